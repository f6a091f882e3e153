import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import {
  byteString,
  unreadable,
  type Diagnostic,
  type Event,
  type FindSource,
  type StateSink,
} from '../engine/index.ts';
import type { Capture } from './capture.ts';
import { captureError } from './failure.ts';
import { FedCapture, type CaptureReader } from './fed-capture.ts';
import { beginsJsonLine, beginsJsonlCapture } from './jsonl/recognise.ts';
import { JsonlReader } from './jsonl/reader.ts';
import { RecordReader } from './records/reader.ts';
import { SECTION_HEADER } from './scap/blocks.ts';
import { ScapReader } from './scap/reader.ts';
import { openPath } from './source/file.ts';
import { GunzipSource, isGzip } from './source/gunzip.ts';
import { PeekedSource, peek, type ByteSource } from './source/source.ts';
import { StreamSource } from './source/stream.ts';
import { beginsStraceLog } from './strace/recognise.ts';

/** A kind of capture, told by its first bytes. */
interface CaptureFormat {
  /** Whether a file that is to be read as a capture can only be meant as one of this kind. */
  matches(start: Uint8Array): boolean;
  /** Whether a file that nobody named is one of this kind. */
  matchesSurely(start: Uint8Array): boolean;
  reader(file: string, sink: StateSink, options: ReadOptions): CaptureReader | Promise<CaptureReader>;
}

/** How captures are read that leave a choice. */
export interface ReadOptions {
  /** Finds the source of files that are no captures of system calls, but events of something else. */
  readonly findSource?: FindSource | undefined;
  /** Bytes of data in an event that is made of a log of strace. Default: 80, as in Falco. */
  readonly snaplen?: number | undefined;
}

/** Bytes that tell the format of a capture. */
const START = 64;

/** Bytes that tell the source of events. */
const SOURCE_START = 1 << 14;

const isScap = (start: Uint8Array): boolean =>
  start.length >= 4 && new DataView(start.buffer, start.byteOffset).getUint32(0, true) === SECTION_HEADER;

const FORMATS: readonly CaptureFormat[] = [
  { matches: isScap, matchesSurely: isScap, reader: (file, sink) => new ScapReader(file, sink) },
  {
    matches: beginsJsonLine,
    matchesSurely: beginsJsonlCapture,
    reader: (file, sink) => new JsonlReader(file, sink),
  },
  {
    matches: beginsStraceLog,
    matchesSurely: beginsStraceLog,
    async reader(file, sink, { snaplen }) {
      const { StraceReader } = await import('./strace/reader.ts');
      return new StraceReader(file, sink, snaplen);
    },
  },
];

/** The bytes of a source, inflated if they are compressed. */
async function inflated(
  source: ByteSource,
  file: string,
  reopen?: () => Promise<ByteSource>,
): Promise<ByteSource> {
  const start = await peek(source, 2);
  const peeked = new PeekedSource(start, source);
  return start !== undefined && isGzip(start) ? new GunzipSource(peeked, file, reopen) : peeked;
}

/** Opens what a source holds, whatever it is; closes the source if that fails. */
async function openSource(
  raw: ByteSource,
  file: string,
  sink: StateSink,
  options: ReadOptions,
  reopen?: () => Promise<ByteSource>,
): Promise<Capture> {
  let source = raw;
  try {
    source = await inflated(raw, file, reopen);
    let start = await peek(source, START);
    if (start === undefined)
      throw source.cutShort
        ? captureError('CAPTURE_TRUNCATED', 'the compressed data end before their first byte', {
            file,
            offset: 0,
          })
        : captureError(
            'CAPTURE_EMPTY',
            'the capture is empty',
            { file, offset: 0 },
            'was anything recorded?',
          );
    if (options.findSource !== undefined && !FORMATS.some((format) => format.matchesSurely(start!))) {
      source = new PeekedSource(start, source);
      start = (await peek(source, SOURCE_START))!;
      const found = await options.findSource(byteString(start, 0, start.length), file);
      if (found !== undefined)
        return new FedCapture(new PeekedSource(start, source), file, new RecordReader(file, found));
    }
    const first = start;
    const format = FORMATS.find((candidate) => candidate.matches(first));
    if (format === undefined)
      throw captureError(
        'CAPTURE_UNKNOWN_FORMAT',
        `this is no capture: it begins with the bytes ${hex(start)}`,
        { file, offset: 0 },
        'a .scap capture begins with 0a 0d 0d 0a, one of JSON lines with {, a log of strace with a call; all may be gzip',
      );
    return new FedCapture(new PeekedSource(start, source), file, await format.reader(file, sink, options));
  } catch (error) {
    await source.close();
    throw error;
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/** Opens a capture that comes from a stream; `name` stands for its file in messages. */
export function openStream(
  stream: Readable,
  name: string,
  sink: StateSink,
  size?: number,
  options: ReadOptions = {},
): Promise<Capture> {
  return openSource(new StreamSource(stream, name, size), name, sink, options);
}

async function openFile(path: string, sink: StateSink, options: ReadOptions): Promise<Capture> {
  if (path === '-') return openStream(process.stdin, '-', sink, undefined, options);
  return openSource(await openPath(path), path, sink, options, () => openPath(path));
}

/** Whether a file begins like a capture, inflated if need be. */
async function isCapture(path: string, findSource: FindSource | undefined): Promise<boolean> {
  let source: ByteSource | undefined;
  try {
    source = await inflated(await openPath(path), path);
    const start = await peek(source, findSource === undefined ? START : SOURCE_START);
    if (start === undefined) return false;
    if (FORMATS.some((format) => format.matchesSurely(start))) return true;
    return (await findSource?.(byteString(start, 0, start.length), path)) !== undefined;
  } catch {
    return false;
  } finally {
    await source?.close();
  }
}

/** A file that holds a capture; its size is unknown for a pipe. */
export interface CaptureFile {
  readonly path: string;
  readonly size: number | undefined;
}

/** The files that a path stands for: itself, or, if it is a directory, the captures in it by name. */
async function filesOf(path: string, findSource?: FindSource): Promise<CaptureFile[]> {
  if (path === '-') return [{ path, size: undefined }];
  try {
    const status = await stat(path);
    if (!status.isDirectory()) return [{ path, size: status.isFile() ? status.size : undefined }];
    const names = (await readdir(path)).sort();
    const files: CaptureFile[] = [];
    for (const name of names) {
      const file = join(path, name);
      const found = await stat(file).catch(() => undefined);
      if (found?.isFile() === true && (await isCapture(file, findSource)))
        files.push({ path: file, size: found.size });
    }
    if (files.length > 0) return files;
  } catch (error) {
    throw unreadable('CAPTURE_UNREADABLE', path, error);
  }
  throw captureError(
    'CAPTURE_NONE',
    `there is no capture in the directory ${path}`,
    { file: path },
    'captures are known by their first bytes, whatever their names',
  );
}

/** The capture files that paths stand for, in order: files and `-` themselves, directories by their captures. Throws a `DiagnosticError`. */
export async function captureFiles(
  paths: readonly string[],
  findSource?: FindSource,
): Promise<CaptureFile[]> {
  return (await Promise.all(paths.map((path) => filesOf(path, findSource)))).flat();
}

/**
 * Opens captures: a file (plain or gzip), `-` for standard input, a directory for all captures in it by name, or several of these,
 * which are read one after the other as if they were one. Throws a `DiagnosticError` for what does not exist or cannot be read;
 * the contents are looked at by `fill` and `next`. What the captures tell of the machine goes to `sink`.
 */
export async function openCapture(
  paths: string | readonly string[],
  sink: StateSink,
  options: ReadOptions = {},
): Promise<Capture> {
  const files: CaptureFile[] = [];
  for (const path of typeof paths === 'string' ? [paths] : paths)
    files.push(...(await filesOf(path, options.findSource)));
  return new CaptureSequence(files, sink, options);
}

/** Captures one after the other. */
class CaptureSequence implements Capture {
  readonly size: number | undefined;
  readonly #files: readonly CaptureFile[];
  readonly #sink: StateSink;
  readonly #options: ReadOptions;
  #index = 0;
  #current: Capture | undefined = undefined;
  /** Bytes and warnings of the files before the current one. */
  #position = 0;
  #warnings: readonly Diagnostic[] = [];

  constructor(files: readonly CaptureFile[], sink: StateSink, options: ReadOptions) {
    this.#files = files;
    this.#sink = sink;
    this.#options = options;
    let size: number | undefined = 0;
    for (const file of files)
      size = size === undefined || file.size === undefined ? undefined : size + file.size;
    this.size = size;
  }

  get file(): string {
    return this.#files[Math.min(this.#index, this.#files.length - 1)]?.path ?? '';
  }

  get position(): number {
    return this.#position + (this.#current?.position ?? 0);
  }

  get warnings(): readonly Diagnostic[] {
    return this.#current === undefined ? this.#warnings : [...this.#warnings, ...this.#current.warnings];
  }

  async fill(): Promise<boolean> {
    for (;;) {
      const file = this.#files[this.#index];
      if (file === undefined) return false;
      try {
        this.#current ??= await openFile(file.path, this.#sink, this.#options);
        if (await this.#current.fill()) return true;
      } catch (error) {
        await this.#leave();
        throw error;
      }
      await this.#leave();
    }
  }

  next(event: Event): boolean {
    return this.#current !== undefined && this.#current.next(event);
  }

  async close(): Promise<void> {
    await this.#current?.close();
    this.#current = undefined;
    this.#index = this.#files.length;
  }

  /** Goes on to the next file. */
  async #leave(): Promise<void> {
    const current = this.#current;
    if (current !== undefined) {
      this.#position += current.position;
      this.#warnings = [...this.#warnings, ...current.warnings];
      this.#current = undefined;
      await current.close();
    }
    this.#index++;
  }
}
