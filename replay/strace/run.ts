/** Runs a command under strace, and keeps what strace writes together with the facts of an observer. */
import { once } from 'node:events';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { constants as fsConstants, closeSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DiagnosticError, type ByteString } from '../../engine/index.ts';
import { captureError } from '../failure.ts';
import { Lines } from '../jsonl/lines.ts';
import { parseLeader } from './line.ts';
import { Observer } from './observer.ts';

/**
 * How long strace holds a process after each exec, in microseconds: time to read in /proc what the process has become, before it can end. The delay counts for
 * no time of an event.
 */
const HOLD = 10_000;

/** The flags that strace is called with: everything that it can tell, exact, and parseable. */
const FLAGS: readonly string[] = [
  '-f',
  '-n',
  '-yy',
  '--absolute-timestamps=format:unix,precision:ns',
  '--syscall-times=ns',
  '--pidns-translation',
  `-einject=execve,execveat:delay_exit=${HOLD}`,
];
/** Paths, and all arguments together, have this length at most for the drivers of Falco. */
const LONGEST = 4096;

/** Environments, or everything but those. */
const WITH_ENV = '-v';
const WITHOUT_ENV = '-eabbrev=execve,execveat';

/** A command to be run. */
export interface TracedRun {
  readonly command: string;
  readonly args: readonly string[];
  /** The file that the log is written to. */
  readonly log: string;
  /** Whether environments are kept. Default: true. */
  readonly env?: boolean | undefined;
  /** The image of a container that the processes are to be taken for. */
  readonly container?: string | undefined;
  /** Bytes of data of each call that are kept, if more than are kept of names. */
  readonly snaplen?: number | undefined;
  /** Whether standard output is needed for something else: what the command writes there goes to standard error. Default: false. */
  readonly outputTaken?: boolean | undefined;
}

/** How a command ended. */
export interface TracedEnd {
  /** The exit code; 128 and the signal for one that a signal ended. */
  readonly code: number;
  /** Whether the command was started. */
  readonly started: boolean;
}

/**
 * Runs a command under strace until it and all its descendants have ended. It has the terminal, the input and the output of this process; keys that interrupt
 * go to it alone. Throws a `DiagnosticError` if strace cannot be run.
 */
export async function runTraced(run: TracedRun): Promise<TracedEnd> {
  const directory = await mkdtemp(join(tmpdir(), 'tiercel-'));
  try {
    const pipe = join(directory, 'log');
    await promisify(execFile)('mkfifo', ['-m', '600', pipe]).catch((error: NodeJS.ErrnoException) => {
      throw notRun('mkfifo', error);
    });
    return await trace(run, pipe);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function trace(run: TracedRun, pipe: string): Promise<TracedEnd> {
  const log = openLog(run.log);
  const source = new Socket({
    fd: openSync(pipe, fsConstants.O_RDONLY | fsConstants.O_NONBLOCK),
    readable: true,
    writable: false,
  });
  try {
    const gatherer = new Gatherer(run, log);
    const ended = once(source, 'close');
    source.on('data', (chunk: Buffer) => gatherer.feed(chunk));
    const longest = Math.max(LONGEST, run.snaplen ?? 0);
    const options = [...FLAGS, `-s${longest}`, run.env === false ? WITHOUT_ENV : WITH_ENV, `-o${pipe}`];
    const strace = spawn('strace', [...options, '--', run.command, ...run.args], {
      stdio: ['inherit', run.outputTaken === true ? process.stderr : 'inherit', 'inherit'],
    });
    const code = await whileRunning(gatherer, strace);
    // A pipe that strace has never opened has no end.
    if (!source.closed) openAndClose(pipe);
    await ended;
    gatherer.end();
    return { code, started: gatherer.started };
  } finally {
    source.destroy();
    closeSync(log);
  }
}

function openLog(path: string): number {
  try {
    return openSync(path, 'w', 0o600);
  } catch (error) {
    const { message } = error as Error;
    throw captureError(
      'CAPTURE_UNWRITABLE',
      `the log cannot be written: ${message}`,
      { file: path },
      undefined,
      error,
    );
  }
}

function openAndClose(pipe: string): void {
  try {
    closeSync(openSync(pipe, fsConstants.O_WRONLY | fsConstants.O_NONBLOCK));
  } catch (error) {
    // Nobody reads any more.
    if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
  }
}

/** Waits for strace, and leaves signals to the command. */
async function whileRunning(gatherer: Gatherer, strace: ChildProcess): Promise<number> {
  const ignore = () => {};
  const pass = (signal: NodeJS.Signals) => {
    try {
      if (gatherer.tid !== undefined) process.kill(gatherer.tid, signal);
    } catch {
      // It has ended.
    }
  };
  const signals = [
    ['SIGINT', ignore],
    ['SIGQUIT', ignore],
    ['SIGTERM', pass],
    ['SIGHUP', pass],
  ] as const;
  for (const [signal, handler] of signals) process.on(signal, handler);
  try {
    return await new Promise<number>((resolve, reject) => {
      strace.once('error', (error: NodeJS.ErrnoException) => reject(notRun('strace', error)));
      strace.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal!]));
    });
  } finally {
    for (const [signal, handler] of signals) process.off(signal, handler);
  }
}

function notRun(program: string, error: NodeJS.ErrnoException): DiagnosticError {
  const isMissing = error.code === 'ENOENT';
  return new DiagnosticError(
    {
      code: 'STRACE_NOT_RUN',
      severity: 'error',
      message: isMissing ? `${program} is not installed` : `${program} cannot be run: ${error.message}`,
      ...(program === 'strace' && { hint: INSTALL }),
    },
    { cause: error },
  );
}

const INSTALL =
  'apt-get install strace (Debian, Ubuntu), dnf install strace (Fedora, RHEL), apk add strace (Alpine)';

/** The line in which an exec succeeds. */
const EXECUTED = /^\d+ .*exec.*\)\s*= 0\b[^"]*$/s;

/** Writes the lines of strace and the facts that belong to them. */
class Gatherer {
  /** The process that strace began with. */
  tid: number | undefined = undefined;
  /** Whether an exec has succeeded: the first one is that of the command. */
  started = false;
  readonly #log: number;
  readonly #lines = new Lines();
  readonly #observer: Observer;

  constructor(run: TracedRun, log: number) {
    this.#log = log;
    this.#observer = new Observer(run);
  }

  feed(chunk: Uint8Array): void {
    this.#lines.release();
    this.#lines.feed(chunk);
    let text = '';
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next())
      text += this.#take(line);
    this.#write(text);
  }

  end(): void {
    this.#lines.release();
    if (this.#lines.hasRest) this.#write(this.#take(this.#lines.rest()));
  }

  /** A line with the facts before and behind it. */
  #take(line: ByteString): ByteString {
    const facts: ByteString[] = [];
    if (this.tid === undefined) {
      this.tid = parseLeader(line).leader.tid;
      if (this.tid !== undefined) facts.push(...this.#observer.begin(this.tid));
    }
    this.started ||= EXECUTED.test(line);
    return `${[...facts, line, ...this.#observer.after(line)].join('\n')}\n`;
  }

  #write(text: ByteString): void {
    const bytes = Buffer.from(text, 'latin1');
    for (let at = 0; at < bytes.length;) at += writeSync(this.#log, bytes, at);
  }
}
