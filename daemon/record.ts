import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiagnosticError } from '../engine/index.ts';
import { createCapture, runTraced } from '../replay/index.ts';
import type { ReadProgress } from './capture.ts';
import { convertCaptures, type ConvertResult } from './convert.ts';
import { interruptible } from './interrupt.ts';

/** A command that is recorded, and into what. */
export interface RecordJob {
  readonly command: string;
  readonly args: readonly string[];
  /** A file of one of the `WRITE_FORMATS`, or `-` for standard output: what the command writes there goes to standard error then. */
  readonly output: string;
  /** A file for the log of strace, which stays. */
  readonly keepLog?: string | undefined;
  /** Bytes of data in an event. Default: 80, as in Falco. */
  readonly snaplen?: number | undefined;
  /** Whether environments are recorded. Default: true. */
  readonly env?: boolean | undefined;
  /** The image of a container that the command is to be taken for. */
  readonly container?: string | undefined;
  /** Called while the capture is written, after the command has ended. */
  readonly onProgress?: (progress: ReadProgress) => void;
}

/** A recording in numbers. */
export interface RecordResult extends ConvertResult {
  /** The exit code of the command; 128 and the signal if a signal ended it. */
  readonly code: number;
}

/** Runs a command under strace and writes a capture of it. Throws a `DiagnosticError` if strace or the command cannot be run, or nothing be written. */
export async function recordCommand(job: RecordJob): Promise<RecordResult> {
  // A file that cannot be written is no reason to have run the command.
  await (await createCapture(job.output)).abandon();
  const directory = await mkdtemp(join(tmpdir(), 'tiercel-'));
  try {
    const log = job.keepLog ?? join(directory, 'strace.log');
    const { command, args, env, container, snaplen, output, onProgress } = job;
    const outputTaken = output === '-';
    const { code, started } = await runTraced({ command, args, log, env, container, snaplen, outputTaken });
    if (!started) throw notStarted(command);
    const result = await interruptible((signal) =>
      convertCaptures({
        captures: [log],
        output,
        snaplen,
        signal,
        ...(onProgress !== undefined && { onProgress }),
      }),
    );
    return { ...result, code };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function notStarted(command: string): DiagnosticError {
  return new DiagnosticError({
    code: 'COMMAND_NOT_RUN',
    severity: 'error',
    message: `strace could not start ${command}: it says why above`,
    hint: 'where a container forbids ptrace: docker run --cap-add SYS_PTRACE …',
  });
}
