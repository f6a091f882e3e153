/** The outputs of a running daemon: one deliverer each, and what it tells. */
import {
  Deliverer,
  type ConfiguredOutput,
  type DeliveryEvent,
  type DeliveryHealth,
  type OutputLog,
  type Queue,
  type Sender,
} from '../../outputs/index.ts';
import type { RunConfig } from '../config/run-config.ts';
import { isInternal, type InternalEvent } from './internal-alerts.ts';
import type { DaemonLog } from './log.ts';

/** An output that is opened and not yet at work. */
export interface OpenOutput {
  readonly output: ConfiguredOutput;
  readonly fingerprint: string;
  readonly sender: Sender;
  readonly log: OutputLog;
}

interface Outlet extends OpenOutput {
  /** Undefined while the one before it ends what is under way. */
  deliverer: Deliverer | undefined;
  ready: Promise<void>;
}

/** What all outputs have to do with. */
export interface OutletsOptions {
  readonly queue: Queue;
  readonly log: DaemonLog;
  /** Told of what tiercel has to say about itself. */
  readonly happened: (event: InternalEvent) => void;
  /** Told of each delivery, for metrics. */
  readonly on: (output: string, event: DeliveryEvent) => void;
}

/** Time, in milliseconds, between looks at whether everything is delivered. */
const LOOK = 25;

/** The outputs that are at work, by name. A reload sets, replaces and removes them one by one; what waits for them stays in the queue. */
export class Outlets {
  readonly #options: OutletsOptions;
  readonly #outlets = new Map<string, Outlet>();
  /** Those that end. */
  readonly #ending = new Set<Promise<void>>();

  constructor(options: OutletsOptions) {
    this.#options = options;
  }

  /** Those that a configuration does not leave as they are give free what only one can have. Returns what takes it back. */
  release(config: RunConfig): () => Promise<void> {
    const wanted = new Map(config.outputs.map(({ name }) => [name, outputFingerprint(config, name)]));
    const back = [...this.#outlets].flatMap(([name, { fingerprint, sender }]) =>
      wanted.get(name) === fingerprint ? [] : (sender.release?.() ?? []),
    );
    return async () => void (await Promise.all(back.map((take) => take())));
  }

  /** Opens the outputs of a configuration that are new or changed; `set` puts them to work. Throws for the first that cannot be opened, and closes the others. */
  async open(config: RunConfig): Promise<OpenOutput[]> {
    const { outputs, path } = config;
    const opened: OpenOutput[] = [];
    try {
      for (const output of outputs) {
        const fingerprint = outputFingerprint(config, output.name);
        if (this.#outlets.get(output.name)?.fingerprint === fingerprint) continue;
        const log = this.#options.log.for({ output: output.name }, output.redact);
        opened.push({ output, fingerprint, log, sender: await openSender(output, path, log) });
      }
      return opened;
    } catch (error) {
      await Promise.all(opened.map(({ sender }) => sender.close?.()));
      throw error;
    }
  }

  /** Sets an output to work. If there is one of its name, that ends first what it has under way, so that nothing is sent by both. */
  set(open: OpenOutput): void {
    const before = this.#outlets.get(open.output.name);
    const outlet: Outlet = { ...open, deliverer: undefined, ready: Promise.resolve() };
    const begin = (): void => {
      // Another one may have come in its place meanwhile.
      if (this.#outlets.get(open.output.name) !== outlet) return void open.sender.close?.();
      outlet.deliverer = this.#deliverer(outlet);
      outlet.deliverer.start();
    };
    this.#outlets.set(open.output.name, outlet);
    if (before === undefined) begin();
    else outlet.ready = this.#end(before, before.output.common.timeout).then(begin);
  }

  /** Takes an output out of work. What waits for it stays in the queue. */
  remove(name: string): void {
    const outlet = this.#outlets.get(name);
    if (outlet === undefined) return;
    this.#outlets.delete(name);
    void this.#end(outlet, outlet.output.common.timeout);
  }

  get names(): readonly string[] {
    return [...this.#outlets.keys()];
  }

  /** What is wrong with a destination may be mended: nothing waits any longer. */
  retryNow(): void {
    for (const { deliverer } of this.#outlets.values()) deliverer?.retryNow();
  }

  /** Opens files anew. */
  async reopen(): Promise<void> {
    await Promise.all(
      [...this.#outlets.values()].map(async ({ sender, log }) => {
        try {
          await sender.reopen?.();
        } catch (error) {
          log.error('cannot be opened anew', { reason: (error as Error).message });
        }
      }),
    );
  }

  health(): DeliveryHealth[] {
    return [...this.#outlets.values()].flatMap(({ deliverer }) => (deliverer ? [deliverer.health()] : []));
  }

  /** Delivers what can be delivered, until a time is up; then ends. */
  async stop(milliseconds: number): Promise<void> {
    const end = performance.now() + milliseconds;
    while (performance.now() < end && this.#hasWork())
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    const rest = Math.max(0, end - performance.now());
    for (const outlet of this.#outlets.values()) void this.#end(outlet, rest);
    await Promise.all(this.#ending);
  }

  /** Whether something waits for a destination that takes alerts. */
  #hasWork(): boolean {
    const waiting = new Map(
      this.#options.queue.stats().outputs.map(({ output, pending }) => [output, pending]),
    );
    return this.health().some(
      ({ output, state, inFlight }) => inFlight > 0 || (state === 'ok' && (waiting.get(output) ?? 0) > 0),
    );
  }

  #end(outlet: Outlet, bound: number): Promise<void> {
    const ended = outlet.ready
      .then(() => (outlet.deliverer === undefined ? outlet.sender.close?.() : outlet.deliverer.stop(bound)))
      .catch((error: Error) => outlet.log.error('did not end well', { reason: error.message }))
      .finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
    return ended;
  }

  #deliverer({ output, sender, log }: Outlet): Deliverer {
    const { name, common, text, redact } = output;
    const { queue } = this.#options;
    return new Deliverer({
      output: name,
      sender,
      queue: {
        pending: (...args) => queue.pending(...args),
        isPending: (...args) => queue.isPending(...args),
        deliveredNext: (...args) => queue.deliveredNext(...args),
        onPending: (...args) => queue.onPending(...args),
        bury: async (of, seqs, why) => {
          // Of what becomes of tiercel's own alerts nobody is told.
          const told = seqs.filter((seq) => {
            const [delivery] = queue.pending(of, seq - 1, 1);
            return delivery?.seq === seq && !isInternal(delivery.alert);
          });
          const buried = await queue.bury(of, seqs, why);
          log.error('gave alerts up: they are dead letters', { alerts: buried, ...why });
          if (told.length > 0)
            this.#options.happened({
              topic: 'dead letters',
              message: `alerts for the output ${name} were given up and are dead letters now: ${why.message}`,
              output: name,
              count: told.length,
              fields: { 'tiercel.reason': why.reason },
            });
          return buried;
        },
      },
      settings: common,
      text,
      log,
      redact,
      on: (event) => this.#on(output, log, event),
    });
  }

  #on({ name }: ConfiguredOutput, log: OutputLog, event: DeliveryEvent): void {
    this.#options.on(name, event);
    if (event.kind === 'failed')
      log.warn('alerts were not taken', { alerts: event.count, reason: event.reason, error: event.message });
    if (event.kind !== 'state') return;
    const { from, to } = event;
    if (to === 'down' || to === 'refused') {
      const message =
        to === 'down'
          ? `the output ${name} is down: its alerts wait in the queue`
          : `the destination of the output ${name} does not accept tiercel: its alerts wait in the queue`;
      log.error(message);
      this.#options.happened({
        topic: 'output down',
        message,
        output: name,
        fields: { 'tiercel.state': to },
      });
    } else if ((from === 'down' || from === 'refused') && to === 'ok') {
      log.info('is up again');
      this.#options.happened({ topic: 'output up', message: `the output ${name} is up again`, output: name });
    }
  }
}

async function openSender(
  output: ConfiguredOutput,
  path: (path: string) => string,
  log: OutputLog,
): Promise<Sender> {
  try {
    return await output.open({ path, log });
  } catch (error) {
    throw new Error(`output ${output.name}: ${output.redact((error as Error).message)}`, { cause: error });
  }
}

function outputFingerprint({ fingerprints }: RunConfig, name: string): string {
  const { settings, files } = fingerprints.get(`outputs.${name}`)!;
  return `${settings} ${files}`;
}
