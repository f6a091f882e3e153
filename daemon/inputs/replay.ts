import { hostname } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import * as z from 'zod';
import { DiagnosticError, fromBytes, toBytes, type Diagnostic } from '../../engine/index.ts';
import { readAlert, type RoutedAlert } from '../../outputs/index.ts';
import { captureFiles } from '../capture.ts';
import { loadFalcoConfig } from '../config/load.ts';
import type { FalcoConfig } from '../config/falco-keys.ts';
import { replayCapture } from '../pipeline.ts';
import { loadRunningRules, type RunningRules } from '../rules.ts';
import { pause } from './backoff.ts';
import { HealthRecord } from './health.ts';
import { defineInput, type AlertSink, type Input, type InputContext, type InputHealth } from './input.ts';
import { Intake } from './intake.ts';

const settings = z.strictObject({
  captures: z
    .array(z.string().min(1))
    .min(1)
    .describe('Captures, or folders of captures, one after the other'),
  rules: z.array(z.string().min(1)).min(1).describe('Rule files, or folders of them'),
  config: z.string().optional().describe('A falco.yaml that says which rules run and what alerts hold'),
  speed: z
    .union([z.number().positive().max(1_000_000), z.literal('max')])
    .default(1)
    .describe(
      '1: alerts come in the time between them that they came in; 10: ten times as fast; `max`: as fast as possible',
    ),
});
type ReplaySettings = z.output<typeof settings>;

export const replay = defineInput({
  kind: 'replay',
  summary:
    'Plays captures through rules, and takes their alerts: to try out routes and outputs with what has happened.',
  config: settings,
  secrets: [],
  example: { captures: ['incident.scap'], rules: ['/etc/falco/falco_rules.yaml'], speed: 60 },
  notes: `The first alert of a capture comes at once, the others as much later as their times say, divided by \`speed\`. Their times are those of the capture. After a restart it begins again; ids
of alerts are the same then. When the queue is full, it waits.`,
  open: async (config, context) => {
    const files = { captures: config.captures.map(context.path), rules: config.rules.map(context.path) };
    const { config: falco, warnings } = loadFalcoConfig({
      ...(config.config !== undefined && { file: context.path(config.config) }),
      options: ['json_output=true'],
      env: process.env,
    });
    const { rules, diagnostics } = await loadRunningRules(files.rules, falco);
    for (const diagnostic of [...warnings, ...diagnostics]) tell(context, diagnostic);
    const error = diagnostics.find(({ severity }) => severity === 'error');
    if (rules === undefined) throw new DiagnosticError(error!);
    return new ReplayInput({ ...config, ...files }, { rules, config: falco }, context);
  },
});

function tell({ log }: InputContext, { severity, message, file, line }: Diagnostic): void {
  const details = { ...(file !== undefined && { file }), ...(line !== undefined && { line }) };
  if (severity === 'error') log.error(message, details);
  else log.warn(message, details);
}

/** Alerts that are handed on together at most. */
const MOST_TOGETHER = 1000;

interface TimedAlert {
  readonly alert: RoutedAlert;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

class ReplayInput implements Input {
  readonly ended: Promise<void>;
  readonly #settings: ReplaySettings;
  readonly #played: { readonly rules: RunningRules; readonly config: FalcoConfig };
  readonly #context: InputContext;
  readonly #health: HealthRecord;
  readonly #stop = new AbortController();
  #end: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(
    config: ReplaySettings,
    played: { rules: RunningRules; config: FalcoConfig },
    context: InputContext,
  ) {
    this.#settings = config;
    this.#played = played;
    this.#context = context;
    this.#health = new HealthRecord(context.now);
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  get health(): InputHealth {
    return this.#health.data;
  }

  start(sink: AlertSink): Promise<void> {
    const { log } = this.#context;
    const intake = new Intake(sink, { health: this.#health, log, signal: this.#stop.signal });
    this.#health.state = 'running';
    this.#running = this.#run(intake);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#health.state = 'stopped';
  }

  async #run(intake: Intake): Promise<void> {
    const { signal } = this.#stop;
    try {
      for (const { path } of await captureFiles(this.#settings.captures))
        if (!signal.aborted) await this.#play(path, intake);
    } catch (error) {
      if (!(error instanceof Stopped)) this.#fail(error as Error);
    }
    if (signal.aborted) return;
    this.#context.log.info('all captures were replayed', { alerts: this.#health.data.alerts });
    this.#health.state = 'ended';
    this.#end();
  }

  #fail({ message }: Error): void {
    this.#health.failed(message);
    this.#context.log.error('cannot replay', { reason: message });
  }

  async #play(path: string, intake: Intake): Promise<void> {
    const { name, now = Date.now } = this.#context;
    let alerts: TimedAlert[] = [];
    const pace = new Pace(this.#settings.speed, this.#stop.signal);
    const pass = async (): Promise<void> => {
      const passed = alerts;
      alerts = [];
      await this.#pass(passed, pace, intake);
    };
    const { diagnostics } = await replayCapture(path, {
      ...this.#played,
      hostname: toBytes(process.env['FALCO_HOSTNAME'] ?? hostname()),
      onAlert: ({ time }, line) => {
        const alert = readAlert(fromBytes(line), { input: name, received: now() }, Infinity);
        alerts.push({ alert, time: Number(time / 1_000_000n) });
      },
      onProgress: async () => {
        await pass();
        // Inputs and outputs that share the thread have their turn.
        await setImmediate();
      },
    });
    await pass();
    for (const diagnostic of diagnostics) {
      tell(this.#context, diagnostic);
      if (diagnostic.severity === 'error') this.#health.failed(diagnostic.message);
    }
  }

  async #pass(alerts: readonly TimedAlert[], pace: Pace, intake: Intake): Promise<void> {
    if (this.#stop.signal.aborted) throw new Stopped();
    let due: RoutedAlert[] = [];
    const deliver = async (): Promise<void> => {
      const delivered = due;
      due = [];
      if (delivered.length > 0 && !(await intake.deliver(delivered))) throw new Stopped();
    };
    for (const { alert, time } of alerts) {
      const wait = pace.until(time);
      if (wait > 0 || due.length >= MOST_TOGETHER) await deliver();
      if (wait > 0) await pace.wait(time);
      due.push(alert);
    }
    await deliver();
  }
}

/** Ends a replay that is under way. */
class Stopped extends Error {}

/** When alerts are due: as far from the first as they were, faster by a factor. */
class Pace {
  readonly #speed: number | 'max';
  readonly #signal: AbortSignal;
  #origin: { readonly time: number; readonly at: number } | undefined;

  constructor(speed: number | 'max', signal: AbortSignal) {
    this.#speed = speed;
    this.#signal = signal;
  }

  /** Milliseconds from now on; the first alert is due at once. */
  until(time: number): number {
    if (this.#speed === 'max') return 0;
    this.#origin ??= { time, at: performance.now() };
    return this.#origin.at + (time - this.#origin.time) / this.#speed - performance.now();
  }

  async wait(time: number): Promise<void> {
    // Timers know no more than 24 days.
    for (let wait = this.until(time); wait > 0; wait = this.until(time))
      if (!(await pause(Math.min(wait, 86_400_000), this.#signal))) throw new Stopped();
  }
}
