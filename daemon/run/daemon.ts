import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { DiagnosticError, type Diagnostic } from '../../engine/index.ts';
import { Router, type Dropped, type Queue, type QueueError, type RoutedAlert } from '../../outputs/index.ts';
import { Api } from '../api.ts';
import type { ConfiguredInput } from '../config/configured-input.ts';
import type { RunConfig, RunConfigResult } from '../config/run-config.ts';
import { addressText } from '../inputs/address.ts';
import type { AlertSink, RecordReader } from '../inputs/index.ts';
import { Dispatcher } from './dispatcher.ts';
import { Inlets } from './inlets.ts';
import { InternalAlerts } from './internal-alerts.ts';
import { restoredRoutes } from './kept-routes.ts';
import type { DaemonLog } from './log.ts';
import { Metrics } from './metrics.ts';
import { limitsOf, openQueue, QueueEvents } from './opened-queue.ts';
import { Outlets, type OpenOutput } from './outlets.ts';
import { bringsEvents } from './rules.ts';
import { runningSilences } from './silences.ts';
import type { DaemonState } from './state.ts';
import { Watch } from './watch.ts';

/** What a daemon is started with, beside its configuration. */
export interface DaemonOptions {
  /** Reads the configuration; called again for each reload. */
  readonly load: () => RunConfigResult;
  readonly log: DaemonLog;
  /** Loads the rules that are asked about events; for inputs with `as: events`. */
  readonly loadRules?: (
    config: RunConfig,
    onMissing: (missing: readonly Diagnostic[]) => void,
  ) => Promise<EventRulesResult>;
  /** What tiercel's own alerts have as host. */
  readonly hostname: string;
  readonly stdin?: Readable;
}

/** Rules that are asked about alerts which stand for events, and about events of sources. */
export interface EventRules {
  /** The alerts that come of one. */
  evaluate(event: RoutedAlert): readonly RoutedAlert[];
  /** Reads records of a source; undefined for one that is not known. */
  records(source: string): RecordReader | undefined;
}

/** What came of loading rules for events. */
export interface EventRulesResult {
  /** Undefined if one of the diagnostics is an error. */
  readonly rules: EventRules | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Name of the socket in `data_dir` that the commands talk to. */
export const API_SOCKET = 'api.sock';
/** Bytes that the path of a socket may have. */
const MOST_SOCKET_BYTES = 100;

/** Milliseconds for telling clients that their alerts were not taken, when the disk has failed. */
const LAST_ANSWERS = 1000;

/** `tiercel run`: inputs, routes, the queue and the outputs, put together. */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #log: DaemonLog;
  readonly #queue: Queue;
  readonly #dispatcher: Dispatcher;
  readonly #inlets: Inlets;
  readonly #outlets: Outlets;
  readonly #internal: InternalAlerts;
  readonly #metrics: Metrics;
  readonly #api: Api;
  readonly #watch: Watch;
  #config: RunConfig;
  #rules: EventRules | undefined;
  #loaded = Date.now();
  #refusal: string | undefined;
  #phase: DaemonState['phase'] = 'starting';
  #reloading: Promise<unknown> = Promise.resolve();
  readonly #reloads = { done: 0, refused: 0 };

  private constructor(config: RunConfig, queue: Queue, events: QueueEvents, options: DaemonOptions) {
    this.#config = config;
    this.#options = options;
    this.#log = options.log;
    this.#queue = queue;
    this.failed = events.failed;
    this.#dispatcher = new Dispatcher(queue, makeRouter(config, restoredRoutes(queue.states())));
    this.#internal = new InternalAlerts(options.hostname, (alert, notTo, intoReserve) => {
      this.#dispatcher.tell(alert, notTo, intoReserve).catch((error: Error) => {
        this.#log.warn('an alert of tiercel itself was not taken', {
          rule: alert.rule,
          reason: error.message,
        });
      });
    });
    events.onDropped = (dropped) => this.#onDropped(dropped);
    events.onFull = (error) => this.#onFull(error);
    events.onResumed = () => this.#onResumed();
    this.#metrics = new Metrics(() => this.state());
    this.#outlets = new Outlets({
      queue,
      log: options.log,
      happened: (event) => this.#internal.happened(event),
      on: (output, event) => this.#metrics.delivered(output, event),
    });
    this.#api = new Api(
      {
        queue,
        metrics: this.#metrics,
        state: () => this.state(),
        shownConfig: () => this.#config.shown,
        silences: runningSilences(this.#dispatcher, options.log),
        reload: () => this.reload('API'),
      },
      () => this.#config.own.api.token,
    );
    this.#inlets = new Inlets({
      queue,
      log: options.log,
      sink: (input) => this.#sink(input),
      records: (source) => this.#records(source),
      paths: config.own.api.listen === undefined ? this.#api.paths : new Map(),
      ...(options.stdin && { stdin: options.stdin }),
    });
    this.#watch = new Watch(
      () => [...this.#config.files, ...this.#config.falco.rules_files.filter((file) => existsSync(file))],
      () => {
        if (this.#config.falco.watch_config_files) void this.reload('a file changed');
      },
    );
  }

  /** Resolves when the disk has failed (not when it is full: that passes), and nothing will be accepted any more. */
  readonly failed: Promise<QueueError>;

  /** Resolves when no input will ever bring alerts again. */
  get ended(): Promise<void> {
    return this.#inlets.ended;
  }

  /**
   * Opens everything and takes alerts.
   *
   * @throws DiagnosticError for what cannot be opened; then nothing is open any more.
   */
  static async start(config: RunConfig, options: DaemonOptions): Promise<Daemon> {
    const events = new QueueEvents();
    const queue = await openQueue(config, events);
    let daemon: Daemon | undefined;
    try {
      daemon = new Daemon(config, queue, events, options);
      await daemon.#begin();
      return daemon;
    } catch (error) {
      await (daemon?.stop(0) ?? queue.close());
      throw error instanceof DiagnosticError ? error : notStarted(config, error as Error);
    }
  }

  async #begin(): Promise<void> {
    const { own, path } = this.#config;
    this.#rules = await this.#loadRules(this.#config);
    for (const open of await this.#outlets.open(this.#config)) this.#outlets.set(open);
    const socket = join(path(own.data_dir), API_SOCKET);
    if (Buffer.byteLength(socket) <= MOST_SOCKET_BYTES) await this.#api.listenAt(socket);
    else
      this.#log.warn('commands cannot talk to this process: the path of data_dir is too long for a socket');
    const { listen } = own.api;
    if (listen !== undefined) {
      const port = await this.#api.listen({ ...own.api, listen }, path);
      this.#log.info('answers for the API', { address: addressText({ ...listen, port }) });
    }
    this.#dispatcher.start();
    await this.#inlets.change(this.#config);
    this.#phase = 'running';
    const { failed } = this.#queue;
    if (failed?.problem === 'no_space') this.#onFull(failed);
    this.#tellOfOrphans();
    this.#log.info('runs', {
      config: this.#config.file,
      data_dir: path(own.data_dir),
      inputs: this.#config.inputs.map(({ name }) => name).join(', '),
      outputs: this.#config.outputs.map(({ name }) => name).join(', '),
    });
  }

  state(): DaemonState {
    return {
      inputs: this.#inlets.health(),
      deliveries: this.#outlets.health(),
      queue: this.#queue.stats(),
      router: this.#dispatcher.router.stats,
      reloads: this.#reloads,
      loaded: this.#loaded,
      refusal: this.#refusal,
      phase: this.#phase,
    };
  }

  /** Opens files anew: SIGUSR1. */
  async reopen(): Promise<void> {
    await this.#outlets.reopen();
    this.#log.info('opened files anew');
  }

  /** Reads the configuration again. What is wrong is refused as a whole, and the one before goes on; false then. */
  reload(why: string): Promise<boolean> {
    const done = this.#reloading.then(() => this.#reload(why));
    this.#reloading = done;
    return done;
  }

  async #reload(why: string): Promise<boolean> {
    if (this.#phase !== 'running') return false;
    this.#watch.renew();
    const { config, diagnostics } = this.#options.load();
    for (const diagnostic of diagnostics) tellOf(diagnostic, this.#log);
    const [first] = diagnostics;
    if (config === undefined) return this.#refuse(why, first === undefined ? '' : placeText(first));
    const opened: OpenOutput[] = [];
    const rulesBefore = this.#rules;
    let takeBack: (() => Promise<void>) | undefined;
    try {
      const rules = await this.#loadRules(config);
      this.#tellOfRestarts(config);
      takeBack = this.#outlets.release(config);
      opened.push(...(await this.#outlets.open(config)));
      // New inputs bring events at once.
      this.#rules = rules;
      this.#api.renew();
      await this.#inlets.change(config);
      await this.#queue.configure(limitsOf(config.outputs));
      await this.#dispatcher.replace((state) => makeRouter(config, state));
    } catch (error) {
      this.#rules = rulesBefore;
      await Promise.all(opened.map(({ sender }) => sender.close?.()));
      await this.#stayAsItIs(takeBack);
      return this.#refuse(
        why,
        error instanceof DiagnosticError ? placeText(error.diagnostic) : (error as Error).message,
      );
    }
    const names = new Set(config.outputs.map(({ name }) => name));
    for (const name of this.#outlets.names) if (!names.has(name)) this.#outlets.remove(name);
    for (const open of opened) this.#outlets.set(open);
    this.#outlets.retryNow();
    this.#config = config;
    this.#log.setLevel(config.own.log.level);
    this.#watch.renew();
    this.#loaded = Date.now();
    this.#refusal = undefined;
    this.#reloads.done++;
    this.#log.info('the configuration was read again', { why });
    this.#tellOfOrphans();
    this.#internal.happened({
      topic: 'configuration changed',
      message: `the configuration was read again (${why})`,
    });
    return true;
  }

  /** Undoes what a reload has changed until it was refused. */
  async #stayAsItIs(takeBack: (() => Promise<void>) | undefined): Promise<void> {
    const steps = [
      takeBack,
      () => this.#inlets.change(this.#config),
      () => this.#queue.configure(limitsOf(this.#config.outputs)),
    ];
    for (const step of steps)
      try {
        await step?.();
      } catch (error) {
        this.#log.error('not all is as it was before', { reason: (error as Error).message });
      }
  }

  #refuse(why: string, reason: string): false {
    this.#reloads.refused++;
    this.#refusal = reason;
    this.#log.error('the configuration was refused: the one before goes on', { why, reason });
    this.#internal.happened({
      topic: 'configuration refused',
      message: `the configuration was refused, the one before goes on: ${reason}`,
    });
    return false;
  }

  /**
   * Takes no more alerts, delivers what can be delivered in a time, and closes everything. What is left stays in the queue.
   *
   * @param milliseconds For everything after the inputs have stopped.
   */
  async stop(milliseconds: number): Promise<void> {
    this.#phase = 'stopping';
    this.#watch.stop();
    await this.#reloading.catch(() => undefined);
    await this.#inlets.stop();
    this.#internal.flush();
    await this.#dispatcher.close();
    this.#queue.stopWaiting();
    await this.#outlets.stop(milliseconds);
    await this.#api.close();
    const left = this.#queue.stats().outputs.filter(({ pending }) => pending > 0);
    for (const { output, pending } of left)
      this.#log.info('alerts stay in the queue', { output, alerts: pending });
    await this.#queue.close();
  }

  /**
   * Ends when the disk has failed: who waits for an answer is refused, and the queue is not touched again. What it holds comes after the next start, also what is being delivered now.
   *
   * LMDB stays open, and the process is to end at once: lmdb 3.5.6 writes beyond its own memory when it reports a failed write (mdb.c, `mdb_page_flush`: `last_error` has 100 bytes),
   * and whatever it does after that can take the process down. So can the end itself, which is a SIGABRT then.
   */
  async abandon(): Promise<void> {
    this.#phase = 'stopping';
    this.#watch.stop();
    await Promise.race([this.#inlets.stop(), sleep(LAST_ANSWERS)]);
  }

  /** The way into the queue for one input. Rules may change while it goes on. */
  #sink({ name, as, source }: ConfiguredInput): AlertSink {
    const sink = this.#dispatcher.sink(name);
    if (as === 'alerts' || source !== undefined) return sink;
    return {
      accept: (events, checkpoint) =>
        sink.accept(
          events.flatMap((event) => this.#rules?.evaluate(event) ?? []),
          checkpoint,
        ),
    };
  }

  /** Reads records of a source. Rules may change while the input goes on. */
  #records(source: string): RecordReader {
    const reader = (): RecordReader | undefined => this.#rules?.records(source);
    return {
      get kind() {
        return reader()?.kind ?? 'json';
      },
      read: (record, origin) => reader()?.read(record, origin) ?? [],
      open: (params, signal) => reader()?.open?.(params, signal),
    };
  }

  /** @throws DiagnosticError if a rule file has an error. */
  async #loadRules(config: RunConfig): Promise<EventRules | undefined> {
    if (!bringsEvents(config)) return undefined;
    const tell = (found: readonly Diagnostic[]): void => found.forEach((one) => tellOf(one, this.#log));
    const { rules, diagnostics } = (await this.#options.loadRules?.(config, tell)) ?? NO_RULES;
    tell(diagnostics);
    if (rules === undefined) throw new DiagnosticError(diagnostics[0]!);
    return rules;
  }

  #onDropped({ output, reason, count, internal }: Dropped): void {
    this.#log.error('alerts were dropped', { output, reason, alerts: count });
    if (count > internal)
      this.#internal.happened({
        topic: 'alerts dropped',
        message: `alerts for the output ${output} were dropped: ${DROP_MESSAGES[reason]}`,
        output,
        count: count - internal,
        fields: { 'tiercel.reason': reason },
      });
  }

  #onFull({ message, hint }: QueueError): void {
    this.#log.error('the disk is full: nothing is accepted until there is room', {
      reason: message,
      ...(hint !== undefined && { hint }),
    });
    this.#internal.happened({
      topic: 'disk full',
      message: `${message}: no alerts are accepted until there is room`,
    });
  }

  #onResumed(): void {
    this.#log.info('the disk has room again: alerts are accepted');
    this.#internal.happened({
      topic: 'disk has room',
      message: 'the disk has room again: alerts are accepted',
    });
  }

  /** Alerts that wait for outputs that are not there any more. */
  #tellOfOrphans(): void {
    for (const { output, configured, pending } of this.#queue.stats().outputs)
      if (!configured && pending > 0)
        this.#log.warn('alerts wait for an output that the configuration does not have any more', {
          output,
          alerts: pending,
          hint: `put it back, or \`tiercel queue drop --pending ${output}\``,
        });
  }

  #tellOfRestarts({ own, path }: RunConfig): void {
    const now = this.#config;
    if (path(own.data_dir) !== now.path(now.own.data_dir))
      this.#log.warn('another data_dir takes effect after a restart');
    const listens = ({ listen, tls }: RunConfig['own']['api']): string => JSON.stringify([listen, tls]);
    if (listens(own.api) !== listens(now.own.api))
      this.#log.warn('another address of the API takes effect after a restart');
  }
}

const NO_RULES: EventRulesResult = {
  rules: undefined,
  diagnostics: [
    {
      code: 'RUN_NO_RULES',
      severity: 'error',
      message: 'this build asks no rules about events (`as: events`)',
    },
  ],
};

const DROP_MESSAGES: Readonly<Record<Dropped['reason'], string>> = {
  full: 'its queue is full',
  command: 'someone said so',
  dead_full: 'there are too many dead letters',
};

/** The configuration was checked with a router already. */
function makeRouter({ routing, outputs }: RunConfig, state: ReadonlyMap<string, unknown>): Router {
  const { router, problems } = Router.create(routing, { outputs: outputs.map(({ name }) => name), state });
  if (router === undefined) throw new Error(problems[0]!.message);
  return router;
}

const notStarted = ({ file }: RunConfig, error: Error): DiagnosticError =>
  new DiagnosticError(
    { code: 'RUN_NOT_STARTED', severity: 'error', file, message: error.message },
    { cause: error },
  );

function tellOf(diagnostic: Diagnostic, log: DaemonLog): void {
  const { severity, code, hint } = diagnostic;
  const level = severity === 'warning' ? 'warn' : severity;
  log[level](placeText(diagnostic), { code, ...(hint !== undefined && { hint }) });
}

function placeText({ file, line, column, message }: Diagnostic): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return place === '' ? message : `${place}: ${message}`;
}
