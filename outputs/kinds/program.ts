import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import * as z from 'zod';
import { defineOutput, sendError, type OutputLog, type Sender } from '../output.ts';

/** A program that gets alerts on its standard input, as Falco's `program_output`. */
export const program = defineOutput({
  kind: 'program',
  summary: 'Starts a program and writes each alert as a line to its standard input.',
  config: z.strictObject({
    program: z.string().min(1).describe('What the shell is to run (`/bin/sh -c`)'),
    keep_alive: z
      .boolean()
      .default(false)
      .describe('One process for all alerts; without, one for each, which has to end with status 0'),
  }),
  secrets: [],
  batch: { max: 1 },
  format: 'text',
  escape: () => 'line',
  example: { program: "jq '.rule' >> /tmp/rules" },
  notes:
    'Without `keep_alive`, delivered is what the program ended with status 0 for. With it, delivered is what its standard input has taken: what it had not read yet when it dies is lost to it. SIGUSR1 starts it anew.',
  async open({ program: command, keep_alive: keep }, { log }) {
    return keep
      ? new KeptProgram(command, log)
      : {
          send: (batch, { signal }) =>
            runOnce(command, batch.map(({ text }) => `${text()}\n`).join(''), signal),
        };
  },
});

type Running = ChildProcessByStdio<Writable, null, Readable>;

/** The shell and what it starts are one group, so that all of it can be ended. */
function start(command: string): Running {
  return spawn('/bin/sh', ['-c', command], { stdio: ['pipe', 'inherit', 'pipe'], detached: true });
}

function end(child: Running): void {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

/** Bytes of the program's complaints that an error shows. */
const EXCERPT = 200;

/** Collects the end of what a program complains of. */
function complaints(child: Running): () => string {
  let last = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (last = (last + text).slice(-EXCERPT)));
  return () => last.trim().replaceAll(/\s+/g, ' ');
}

function runOnce(command: string, lines: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = start(command);
    const said = complaints(child);
    const onAbort = (): void => end(child);
    signal.addEventListener('abort', onAbort, { once: true });
    // A program need not read its input.
    child.stdin.on('error', () => {});
    child.on('error', (error) =>
      reject(sendError('client', `${command}: ${error.message}`, { cause: error })),
    );
    child.on('close', (status, killed) => {
      signal.removeEventListener('abort', onAbort);
      if (status === 0) return resolve();
      const how = status === null ? `ended by ${killed}` : `status ${status}`;
      const message = [`${command}: ${signal.aborted ? 'did not end in time' : how}`, said()]
        .filter(Boolean)
        .join(': ');
      // The shell says so where there is no such program, or none that can be run.
      const missing = status === 127 || status === 126;
      reject(sendError(signal.aborted ? 'timeout' : missing ? 'client' : 'server', message));
    });
    if (signal.aborted) onAbort();
    child.stdin.end(lines);
  });
}

/** Time for a program to end after its input has. */
const PATIENCE = 5000;

class KeptProgram implements Sender {
  readonly #command: string;
  readonly #log: OutputLog;
  #child: Running | undefined;

  constructor(command: string, log: OutputLog) {
    this.#command = command;
    this.#log = log;
  }

  async send(...[batch, { signal }]: Parameters<Sender['send']>): Promise<void> {
    const child = (this.#child ??= this.#start());
    const lines = batch.map(({ text }) => `${text()}\n`).join('');
    await new Promise<void>((resolve, reject) => {
      const fail = (message: string): void => {
        child.off('exit', onExit);
        signal.removeEventListener('abort', onAbort);
        reject(sendError(signal.aborted ? 'timeout' : 'network', `${this.#command}: ${message}`));
      };
      const onExit = (): void => fail('ended before it had read its input');
      const onAbort = (): void => {
        // A part of the lines may be in the pipe: the next ones must not be put behind it.
        this.#child = undefined;
        end(child);
        fail('does not read its input');
      };
      child.once('exit', onExit);
      signal.addEventListener('abort', onAbort, { once: true });
      child.stdin.write(lines, (error) => {
        // Input that is destroyed half-way says nothing of it here.
        if (error || child.stdin.destroyed) return fail(error?.message ?? 'closed its input');
        child.off('exit', onExit);
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
    });
  }

  #start(): Running {
    const child = start(this.#command);
    const said = complaints(child);
    child.stdin.on('error', () => {});
    child.on('error', () => {});
    child.on('exit', (status, signal) => {
      if (this.#child === child) {
        this.#child = undefined;
        this.#log.warn(`${this.#command} ended: ${signal ?? `status ${status}`} ${said()}`.trim());
      }
    });
    return child;
  }

  async reopen(): Promise<void> {
    await this.close();
  }

  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const late = setTimeout(() => end(child), PATIENCE);
    child.stdin.end();
    await ended;
    clearTimeout(late);
  }
}
