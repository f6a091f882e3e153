import type { CaptureWriter } from './capture-writer.ts';
import { captureError } from './failure.ts';
import type { ByteOutput } from './output/output.ts';
import { PiecewiseOutput } from './output/piecewise.ts';
import { FileTarget, StreamTarget } from './output/target.ts';
import { JsonlWriter } from './jsonl/writer.ts';
import { ScapWriter } from './scap/writer.ts';

/** A kind of capture that can be written, told by the end of the file's name. */
interface WriteFormat {
  readonly extension: string;
  readonly create: (output: ByteOutput) => CaptureWriter;
}

const FORMATS: readonly WriteFormat[] = [
  { extension: 'scap', create: (output) => new ScapWriter(output) },
  { extension: 'jsonl', create: (output) => new JsonlWriter(output) },
];

/** What captures can be written as: the last parts of names, without the dot. */
export const WRITE_FORMATS: readonly string[] = FORMATS.map(({ extension }) => extension);

/** A capture that is being written. Either its writer is closed, or it is abandoned. */
export interface NewCapture {
  readonly writer: CaptureWriter;
  /** Gives it up: there will be no file. */
  abandon(): Promise<void>;
}

export interface CreateOptions {
  /** One of `WRITE_FORMATS`. Default: by the name of the file. */
  readonly format?: string | undefined;
  /** Default: if the name ends in `.gz`. */
  readonly gzip?: boolean | undefined;
}

/**
 * Begins a capture: a file, or standard output for `-`. The file gets its name when the writer is closed. Throws a `DiagnosticError` where that is
 * not possible, or the format is not clear.
 */
export async function createCapture(path: string, options: CreateOptions = {}): Promise<NewCapture> {
  const name = path.replace(/\.gz$/i, '');
  const wanted =
    options.format ?? (path === '-' ? 'scap' : name.slice(name.lastIndexOf('.') + 1).toLowerCase());
  const format = FORMATS.find(({ extension }) => extension === wanted);
  if (format === undefined)
    throw captureError(
      'CAPTURE_UNKNOWN_FORMAT',
      `nothing can be written as "${wanted}"`,
      { file: path },
      `let the name end in ${WRITE_FORMATS.map((extension) => `.${extension}`).join(' or ')} (and .gz), or say the format`,
    );
  const target = path === '-' ? new StreamTarget(process.stdout) : await FileTarget.open(path);
  const output = new PiecewiseOutput(target, path, options.gzip ?? name !== path);
  return { writer: format.create(output), abandon: () => output.abandon() };
}
