import type { Readable } from 'node:stream';
import * as z from 'zod';
import { AlertLines, alertTextSettings, deliverLines, longestPiece } from './alert-lines.ts';
import { HealthRecord } from './health.ts';
import { defineInput, type AlertSink, type Input, type InputContext, type InputHealth } from './input.ts';
import { Intake } from './intake.ts';

const settings = z.strictObject(alertTextSettings);

export const stdin = defineInput({
  kind: 'stdin',
  takesRecords: true,
  summary: 'Reads alerts from standard input, one in a line, until it ends: `falco | tiercel run …`.',
  config: settings,
  secrets: [],
  example: {},
  notes: `What was read and is not on disk when tiercel is killed is lost; when it is told to stop, it first stores what it has read. When the queue is full, reading waits, and with it whoever
writes.`,
  open: (config, context) => Promise.resolve(new StdinInput(config, context)),
});

class StdinInput implements Input {
  readonly ended: Promise<void>;
  readonly #settings: z.output<typeof settings>;
  readonly #context: InputContext;
  readonly #health: HealthRecord;
  readonly #stream: Readable;
  readonly #stop = new AbortController();
  #end: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(config: z.output<typeof settings>, context: InputContext) {
    this.#settings = config;
    this.#context = context;
    this.#health = new HealthRecord(context.now);
    this.#stream = context.stdin ?? process.stdin;
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  get health(): InputHealth {
    return this.#health.data;
  }

  start(sink: AlertSink): Promise<void> {
    this.#health.state = 'running';
    this.#running = this.#read(sink);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#stream.destroy();
    await this.#running;
    this.#health.state = 'stopped';
  }

  async #read(sink: AlertSink): Promise<void> {
    const { log } = this.#context;
    const { signal } = this.#stop;
    const intake = new Intake(sink, { health: this.#health, log, signal });
    const lines = new AlertLines(this.#settings.format, this.#context, this.#health);
    try {
      await deliverLines(this.#stream, { most: longestPiece(this.#settings, this.#context), lines, intake });
    } catch (error) {
      if (!signal.aborted) {
        log.error('cannot read standard input', { reason: (error as Error).message });
        this.#health.failed((error as Error).message);
      }
    }
    if (signal.aborted) return;
    log.info('standard input has ended');
    this.#health.state = 'ended';
    this.#end();
  }
}
