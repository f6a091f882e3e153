import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import { duration } from '../../outputs/index.ts';
import { AlertLines, alertTextSettings, deliverLines, longestPiece } from './alert-lines.ts';
import { Backoff } from './backoff.ts';
import { keepConnecting } from './connecting.ts';
import { HealthRecord } from './health.ts';
import { defineInput, type AlertSink, type Input, type InputContext, type InputHealth } from './input.ts';
import { Intake } from './intake.ts';

const settings = z.strictObject({
  command: z
    .union([z.string().min(1), z.array(z.string()).min(1)])
    .describe('A list is started as it is: the program, then its arguments; text is a command of /bin/sh'),
  ...alertTextSettings,
  cwd: z.string().optional().describe('Folder that it is started in; default: that of tiercel'),
  env: z
    .record(z.string(), z.string())
    .default({})
    .describe('Variables beside those that tiercel itself has'),
  restart: z
    .strictObject({
      first: duration.prefault('1s').describe('Pause before it is started again; doubles with each time'),
      max: duration
        .prefault('1m')
        .describe('Longest pause; a program that ran for so long starts with the first pause again'),
    })
    .prefault({})
    .describe('When it is started again after it has ended, however it did'),
  stop_timeout: duration
    .prefault('5s')
    .describe('How long it may take to end after SIGTERM; then comes SIGKILL, to all processes of its group'),
});

export const program = defineInput({
  kind: 'program',
  takesRecords: true,
  summary:
    'Runs a program and reads alerts from its output, one in a line; what it says to standard error goes to the log.',
  config: settings,
  secrets: ['env'],
  example: {
    command: ['kubectl', 'logs', '-n', 'falco', '-l', 'app.kubernetes.io/name=falco', '-f', '--tail=0'],
  },
  notes: `The program is started again whenever it ends. When the queue is full, its output is not read, and it has to wait. When tiercel stops, it gets SIGTERM, and what it still writes is read.
What it wrote and is not on disk when tiercel is killed is lost.`,
  open: (config, context) => Promise.resolve(new ProgramInput(config, context)),
});

/** Bytes of a line of standard error that go to the log. */
const MOST_STDERR = 2000;

class ProgramInput implements Input {
  readonly ended = new Promise<void>(() => undefined);
  readonly #settings: z.output<typeof settings>;
  readonly #context: InputContext;
  readonly #health: HealthRecord;
  readonly #lines: AlertLines;
  /** Ends pauses between starts. */
  readonly #stopping = new AbortController();
  /** Gives up on a sink that takes nothing. */
  readonly #giveUp = new AbortController();
  #child: ChildProcess | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(config: z.output<typeof settings>, context: InputContext) {
    this.#settings = config;
    this.#context = context;
    this.#health = new HealthRecord(context.now);
    this.#lines = new AlertLines(config.format, context, this.#health);
  }

  get health(): InputHealth {
    return this.#health.data;
  }

  start(sink: AlertSink): Promise<void> {
    const { log } = this.#context;
    const intake = new Intake(sink, { health: this.#health, log, signal: this.#giveUp.signal });
    this.#running = this.#run(intake);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#signal('SIGTERM');
    const deadline = setTimeout(() => {
      this.#giveUp.abort();
      this.#signal('SIGKILL');
    }, this.#settings.stop_timeout);
    await this.#running;
    clearTimeout(deadline);
    this.#health.state = 'stopped';
  }

  async #run(intake: Intake): Promise<void> {
    const { first, max } = this.#settings.restart;
    const { signal } = this.#stopping;
    const backoff = new Backoff(first, max);
    await keepConnecting({
      once: async () => {
        const started = performance.now();
        const end = await this.#once(intake);
        if (performance.now() - started >= max) backoff.reset();
        return end;
      },
      message: 'the program has ended, and is started again',
      backoff,
      health: this.#health,
      log: this.#context.log,
      signal,
    });
  }

  /** Runs it once; resolves to how it ended, when all of its output was read. */
  async #once(intake: Intake): Promise<string> {
    const { command, cwd, env } = this.#settings;
    const most = longestPiece(this.#settings, this.#context);
    const [file, ...args] = typeof command === 'string' ? ['/bin/sh', '-c', command] : command;
    const child = spawn(file!, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that what it starts is told to stop, too.
      detached: true,
      env: { ...process.env, ...env },
      ...(cwd !== undefined && { cwd: this.#context.path(cwd) }),
    });
    this.#child = child;
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) =>
        resolve(`cannot run ${file}: ${error.code ?? error.message}`),
      );
      child.once('close', (status, signal) =>
        resolve(signal === null ? `exit status ${status}` : `signal ${signal}`),
      );
    });
    child.once('spawn', () => (this.#health.state = 'running'));
    this.#log(child.stderr);
    try {
      if (!(await deliverLines(child.stdout, { most, lines: this.#lines, intake }))) child.stdout.destroy();
    } catch (error) {
      this.#health.failed((error as Error).message);
    }
    const end = await ended;
    this.#child = undefined;
    return end;
  }

  #log(stderr: Readable): void {
    const { log } = this.#context;
    const lines = createInterface({ input: stderr, crlfDelay: Infinity });
    lines.on('line', (line) => log.info('the program says', { stderr: line.slice(0, MOST_STDERR) }));
    stderr.on('error', () => lines.close());
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // It has ended in the meantime.
    }
  }
}
