import { Readable } from 'node:stream';
import * as z from 'zod';
import { AlertLines, deliverLines } from './alert-lines.ts';
import { Backoff, pause } from './backoff.ts';
import { HealthRecord } from './health.ts';
import { defineInput, type AlertSink, type Input, type InputContext, type InputHealth } from './input.ts';
import { Intake } from './intake.ts';
import { MOST_RECORD_BYTES } from './records.ts';

const settings = z.strictObject({
  params: z
    .string()
    .optional()
    .describe('What the source is opened with, instead of `open_params` of its plug-in'),
});

export const source = defineInput({
  kind: 'source',
  takesRecords: true,
  summary:
    'Opens a source that knows by itself where its events come from: one that a plug-in defines with `open`.',
  config: settings,
  secrets: [],
  example: { params: 'https://example.com/events' },
  notes: `\`source\` says which one. What it gave and is not on disk when tiercel is killed is lost, unless the source gives it again. When the queue is full, the source is asked for no more. When it fails, it is
opened again, after pauses of one second to a minute; when it ends, so does the input.`,
  open: (config, context) => Promise.resolve(new SourceInput(config, context)),
});

/** Pauses before a source that failed is opened again, in milliseconds. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 60_000;

class SourceInput implements Input {
  readonly ended: Promise<void>;
  readonly #settings: z.output<typeof settings>;
  readonly #context: InputContext;
  readonly #health: HealthRecord;
  readonly #lines: AlertLines;
  readonly #stop = new AbortController();
  #end: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(config: z.output<typeof settings>, context: InputContext) {
    this.#settings = config;
    this.#context = context;
    this.#health = new HealthRecord(context.now);
    this.#lines = new AlertLines('json', context, this.#health);
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  get health(): InputHealth {
    return this.#health.data;
  }

  start(sink: AlertSink): Promise<void> {
    const { log, records } = this.#context;
    const { signal } = this.#stop;
    if (records === undefined) return Promise.reject(new Error('`source` is missing'));
    const intake = new Intake(sink, { health: this.#health, log, signal });
    this.#running = this.#run(intake);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#health.state = 'stopped';
  }

  async #run(intake: Intake): Promise<void> {
    const { log } = this.#context;
    const { signal } = this.#stop;
    const backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);
    while (!signal.aborted) {
      try {
        if (!(await this.#read(intake))) return;
        log.info('the source has ended');
        this.#health.state = 'ended';
        return this.#end();
      } catch (error) {
        if (signal.aborted) return;
        const after = backoff.next();
        this.#health.state = 'connecting';
        this.#health.failed((error as Error).message);
        log.error('the source failed, and is opened again', { reason: (error as Error).message, after });
        await pause(after, signal);
      }
    }
  }

  /** Reads the source to its end; false if the input was stopped before. */
  async #read(intake: Intake): Promise<boolean> {
    const { signal } = this.#stop;
    const pieces = this.#context.records!.open?.(this.#settings.params, signal);
    if (pieces === undefined)
      throw new Error('it does not say where its events come from: its plug-in has no `open`');
    this.#health.state = 'running';
    const stream = Readable.from(buffers(pieces), { objectMode: false });
    const stop = (): void => void stream.destroy();
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await deliverLines(stream, { most: MOST_RECORD_BYTES, lines: this.#lines, intake });
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }
}

async function* buffers(pieces: AsyncIterable<Uint8Array | string>): AsyncGenerator<Buffer> {
  for await (const piece of pieces)
    yield typeof piece === 'string'
      ? Buffer.from(piece)
      : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
}
