/** The inputs of a running daemon. */
import type { Readable } from 'node:stream';
import type { ConfiguredInput } from '../config/configured-input.ts';
import type { Fingerprint } from '../config/run-config.ts';
import type { AlertSink, Input, InputHealth, PathHandler, RecordReader } from '../inputs/index.ts';
import type { Queue } from '../../outputs/index.ts';
import type { DaemonLog } from './log.ts';

/** What all inputs have to do with. */
export interface InletsOptions {
  readonly queue: Queue;
  readonly log: DaemonLog;
  readonly sink: (input: ConfiguredInput) => AlertSink;
  /** Reads records of a source, and asks the rules about their events. */
  readonly records: (source: string) => RecordReader;
  /** What inputs that listen for HTTP answer beside alerts. */
  readonly paths: ReadonlyMap<string, PathHandler>;
  readonly stdin?: Readable;
}

/** An input that is opened and does not take alerts yet. */
interface Inlet {
  readonly configured: ConfiguredInput;
  readonly fingerprint: Fingerprint;
  readonly path: (path: string) => string;
  readonly input: Input;
}

/** What the inputs of a configuration are. */
export interface WantedInputs {
  readonly inputs: readonly ConfiguredInput[];
  readonly fingerprints: ReadonlyMap<string, Fingerprint>;
  readonly path: (path: string) => string;
}

/** The inputs that are at work, by name. `change` brings them in line with a configuration. */
export class Inlets {
  readonly #options: InletsOptions;
  #inlets: readonly Inlet[] = [];
  /** Those that end. */
  readonly #stopping = new Set<Promise<void>>();
  #onEnded: () => void = () => undefined;
  /** Resolves when no input will ever bring alerts again. */
  readonly ended = new Promise<void>((resolve) => (this.#onEnded = resolve));

  constructor(options: InletsOptions) {
    this.#options = options;
  }

  /**
   * Makes the inputs what a configuration says. Those that stay as they were go on as if nothing had happened.
   *
   * @throws if one cannot be opened or started; then all are as they were before.
   */
  async change(wanted: WantedInputs): Promise<void> {
    const next: Inlet[] = [];
    for (const configured of wanted.inputs) {
      const fingerprint = wanted.fingerprints.get(`inputs.${configured.name}`)!;
      const kept = this.#inlets.find(
        ({ configured: { name }, fingerprint: { settings, files }, input }) =>
          name === configured.name &&
          settings === fingerprint.settings &&
          (files === fingerprint.files || input.renew !== undefined),
      );
      if (kept !== undefined) renew(kept);
      next.push(
        kept ?? {
          configured,
          fingerprint,
          path: wanted.path,
          input: await this.#open(configured, wanted.path),
        },
      );
    }
    const gone = this.#inlets.filter((inlet) => !next.includes(inlet));
    const come = next.filter((inlet) => !this.#inlets.includes(inlet));
    const before = this.#inlets;
    await Promise.all(gone.map((inlet) => this.#end(inlet)));
    const started: Inlet[] = [];
    try {
      for (const inlet of come) {
        await this.#start(inlet);
        started.push(inlet);
      }
    } catch (error) {
      await Promise.all(started.map((inlet) => this.#end(inlet)));
      const back: Inlet[] = before.filter((inlet) => !gone.includes(inlet));
      for (const { configured, fingerprint, path } of gone) {
        const inlet = { configured, fingerprint, path, input: await this.#open(configured, path) };
        await this.#start(inlet);
        back.push(inlet);
      }
      this.#inlets = back;
      throw error;
    }
    this.#inlets = next;
    void Promise.all(next.map(({ input }) => input.ended)).then(() => {
      if (this.#inlets === next) this.#onEnded();
    });
  }

  health(): ReadonlyMap<string, InputHealth> {
    return new Map(this.#inlets.map(({ configured, input }) => [configured.name, input.health]));
  }

  async stop(): Promise<void> {
    for (const inlet of this.#inlets) void this.#stop(inlet);
    await Promise.all(this.#stopping);
  }

  /** Resolves when another input can begin in the place of one. */
  async #end(inlet: Inlet): Promise<void> {
    inlet.input.release?.();
    const stopped = this.#stop(inlet);
    if (inlet.input.release === undefined) await stopped;
  }

  #stop({ input, configured }: Inlet): Promise<void> {
    const stopped = input
      .stop()
      .catch((error: Error) => {
        this.#options.log.error('an input did not stop well', {
          input: configured.name,
          reason: error.message,
        });
      })
      .finally(() => this.#stopping.delete(stopped));
    this.#stopping.add(stopped);
    return stopped;
  }

  async #open(configured: ConfiguredInput, path: (path: string) => string): Promise<Input> {
    const { queue, log, paths, records, stdin } = this.#options;
    const { source } = configured;
    const checkpoint = queue.checkpoint(configured.name);
    try {
      return await configured.open({
        log: log.for({ input: configured.name }, configured.redact),
        path,
        paths,
        ...(source !== undefined && { records: records(source) }),
        ...(checkpoint !== undefined && { checkpoint }),
        ...(stdin && { stdin }),
      });
    } catch (error) {
      throw failure(configured, error);
    }
  }

  async #start({ configured, input }: Inlet): Promise<void> {
    try {
      await input.start(this.#options.sink(configured));
    } catch (error) {
      throw failure(configured, error);
    }
  }
}

function renew({ configured, input }: Inlet): void {
  try {
    input.renew?.();
  } catch (error) {
    throw failure(configured, error);
  }
}

const failure = ({ name, redact }: ConfiguredInput, error: unknown): Error =>
  new Error(`input ${name}: ${redact((error as Error).message)}`, { cause: error });
