/** Metrics in Prometheus's form. None has labels other than names that the configuration gives, and words of closed lists. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { DeliveryEvent } from '../../outputs/index.ts';
import type { DaemonState } from './state.ts';

interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

/** All metrics of tiercel itself; the reference page is made of this. */
export const METRICS = {
  tiercel_input_alerts_total: {
    type: 'counter',
    help: 'Alerts that an input brought and that are on disk',
    labels: ['input'],
  },
  tiercel_input_events_total: {
    type: 'counter',
    help: 'Events of a source that rules were asked about',
    labels: ['input'],
  },
  tiercel_input_refused_total: {
    type: 'counter',
    help: 'What came and was no alert, or was refused',
    labels: ['input'],
  },
  tiercel_input_errors_total: {
    type: 'counter',
    help: 'Failures of an input: connections, files, a full queue',
    labels: ['input'],
  },
  tiercel_input_running: { type: 'gauge', help: '1 if alerts can come', labels: ['input'] },
  tiercel_input_lag_bytes: {
    type: 'gauge',
    help: 'What is known to wait on the other side of an input',
    labels: ['input'],
  },
  tiercel_routes_suppressed_total: {
    type: 'counter',
    help: 'Alerts that a stage of a route held back',
    labels: ['route', 'stage'],
  },
  tiercel_routes_held: { type: 'gauge', help: 'Alerts that groups keep now', labels: [] },
  tiercel_routes_evicted_total: {
    type: 'counter',
    help: 'Keys of stages that were forgotten because there were too many',
    labels: [],
  },
  tiercel_output_accepted_total: {
    type: 'counter',
    help: 'Alerts that were put into the queue of an output, ever',
    labels: ['output'],
  },
  tiercel_output_delivered_total: {
    type: 'counter',
    help: 'Alerts that a destination has, ever',
    labels: ['output'],
  },
  tiercel_output_dropped_total: {
    type: 'counter',
    help: 'Alerts that were dropped, ever: the queue was full, someone said so, or there were too many dead letters',
    labels: ['output', 'reason'],
  },
  tiercel_output_pending: {
    type: 'gauge',
    help: 'Alerts that wait in the queue of an output',
    labels: ['output'],
  },
  tiercel_output_pending_bytes: { type: 'gauge', help: 'Bytes of the alerts that wait', labels: ['output'] },
  tiercel_output_oldest_pending_seconds: {
    type: 'gauge',
    help: 'Age of the alert that waits longest; 0 if none does',
    labels: ['output'],
  },
  tiercel_output_dead_letters: {
    type: 'gauge',
    help: 'Alerts that were given up, and that someone has to look at',
    labels: ['output'],
  },
  tiercel_output_up: {
    type: 'gauge',
    help: '0 if a destination is down, or does not accept tiercel',
    labels: ['output'],
  },
  tiercel_output_failures_total: {
    type: 'counter',
    help: 'Calls of a destination that failed',
    labels: ['output', 'reason'],
  },
  tiercel_output_send_seconds: {
    type: 'histogram',
    help: 'How long calls of a destination took',
    labels: ['output'],
  },
  tiercel_queue_bytes: {
    type: 'gauge',
    help: 'Length of the file of the queue; it is used again, and never gets shorter',
    labels: [],
  },
  tiercel_queue_failed: {
    type: 'gauge',
    help: '1 while nothing is accepted because the disk is full or failed',
    labels: [],
  },
  tiercel_config_reloads_total: {
    type: 'counter',
    help: 'How often the configuration was read again',
    labels: ['result'],
  },
  tiercel_config_loaded_timestamp_seconds: {
    type: 'gauge',
    help: 'When the configuration that is in force was read',
    labels: [],
  },
} as const satisfies Record<string, Metric>;
type MetricName = keyof typeof METRICS;

const BUCKETS = [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60];

/** Takes what happens, and reads the rest when it is asked for. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #metrics = new Map<MetricName, Counter | Gauge | Histogram>();

  constructor(state: () => DaemonState) {
    for (const [name, { type, help, labels }] of Object.entries(METRICS) as [MetricName, Metric][]) {
      const options = { name, help, labelNames: labels, registers: [this.#registry] };
      this.#metrics.set(
        name,
        type === 'counter'
          ? new Counter(options)
          : type === 'gauge'
            ? new Gauge(options)
            : new Histogram({ ...options, buckets: BUCKETS }),
      );
    }
    collectDefaultMetrics({ register: this.#registry });
    this.#state = state;
  }
  readonly #state: () => DaemonState;
  /** By output: to find one by its labels takes longer than to count. */
  readonly #sendSeconds = new Map<string, Histogram.Internal<string>>();

  delivered(output: string, event: DeliveryEvent): void {
    if (event.kind !== 'delivered' && event.kind !== 'failed') return;
    let histogram = this.#sendSeconds.get(output);
    if (histogram === undefined) {
      histogram = (this.#metrics.get('tiercel_output_send_seconds') as Histogram).labels(output);
      this.#sendSeconds.set(output, histogram);
    }
    histogram.observe(event.milliseconds / 1000);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async text(): Promise<string> {
    this.#collect(this.#state());
    return this.#registry.metrics();
  }

  #collect({ inputs, deliveries, queue, router, reloads, loaded }: DaemonState): void {
    for (const metric of this.#metrics.values()) if (!(metric instanceof Histogram)) metric.reset();
    const now = Date.now();
    const set = (name: MetricName, value: number, labels: Readonly<Record<string, string>> = {}): void => {
      const metric = this.#metrics.get(name);
      if (metric instanceof Counter) metric.inc(labels, value);
      else if (metric instanceof Gauge) metric.set(labels, value);
    };
    for (const [input, { alerts, events, refused, errors, state, lag }] of inputs) {
      set('tiercel_input_alerts_total', alerts, { input });
      if (events !== undefined) set('tiercel_input_events_total', events, { input });
      set('tiercel_input_refused_total', refused, { input });
      set('tiercel_input_errors_total', errors, { input });
      set('tiercel_input_running', state === 'running' ? 1 : 0, { input });
      if (lag) set('tiercel_input_lag_bytes', lag.bytes, { input });
    }
    for (const { route, stage, count } of router.suppressed)
      set('tiercel_routes_suppressed_total', count, { route, stage });
    set('tiercel_routes_held', router.held);
    set(
      'tiercel_routes_evicted_total',
      [...router.evicted.values()].reduce((sum, count) => sum + count, 0),
    );
    for (const {
      output,
      accepted,
      delivered,
      dropped,
      pending,
      pendingBytes,
      oldest,
      dead,
    } of queue.outputs) {
      set('tiercel_output_accepted_total', accepted, { output });
      set('tiercel_output_delivered_total', delivered, { output });
      for (const [reason, count] of Object.entries(dropped))
        set('tiercel_output_dropped_total', count, { output, reason });
      set('tiercel_output_pending', pending, { output });
      set('tiercel_output_pending_bytes', pendingBytes, { output });
      set(
        'tiercel_output_oldest_pending_seconds',
        oldest === undefined ? 0 : Math.max(0, (now - oldest) / 1000),
        { output },
      );
      set('tiercel_output_dead_letters', dead, { output });
    }
    for (const { output, state, failures } of deliveries) {
      set('tiercel_output_up', state === 'ok' || state === 'retrying' ? 1 : 0, { output });
      for (const [reason, count] of Object.entries(failures))
        set('tiercel_output_failures_total', count, { output, reason });
    }
    set('tiercel_queue_bytes', queue.fileBytes);
    set('tiercel_queue_failed', queue.failed === undefined ? 0 : 1);
    set('tiercel_config_reloads_total', reloads.done, { result: 'done' });
    set('tiercel_config_reloads_total', reloads.refused, { result: 'refused' });
    set('tiercel_config_loaded_timestamp_seconds', loaded / 1000);
  }
}
