import type { RoutedAlert } from '../../outputs/index.ts';
import { Backoff, pause } from './backoff.ts';
import type { HealthRecord } from './health.ts';
import { Full, type AlertSink, type InputContext } from './input.ts';

/** Pauses, in milliseconds, before what the sink did not take is offered again. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 5000;

/**
 * The way into the sink for inputs whose other side cannot be told to come again: what the sink does not take is offered until it does. Whoever waits for `deliver` reads
 * nothing in the meantime, and so the other side waits, too.
 */
export class Intake {
  readonly #sink: AlertSink;
  readonly #health: HealthRecord;
  readonly #log: InputContext['log'];
  readonly #signal: AbortSignal;

  /** `signal` tells that the input stops. */
  constructor(
    sink: AlertSink,
    { health, log, signal }: { health: HealthRecord; log: InputContext['log']; signal: AbortSignal },
  ) {
    this.#sink = sink;
    this.#health = health;
    this.#log = log;
    this.#signal = signal;
  }

  /** True when the alerts and the checkpoint are on disk; false if the input was stopped first: then they are not. */
  async deliver(alerts: readonly RoutedAlert[], checkpoint?: unknown): Promise<boolean> {
    const backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#sink.accept(alerts, checkpoint);
        if (attempt > 1) this.#log.info('alerts are taken again', { attempts: attempt });
        if (this.#health.state === 'waiting') this.#health.state = 'running';
        this.#health.took(alerts.length);
        return true;
      } catch (error) {
        this.#tell(error as Error, attempt);
        const after = error instanceof Full ? error.after : undefined;
        if (!(await pause(after ?? backoff.next(), this.#signal))) return false;
      }
    }
  }

  #tell(error: Error, attempt: number): void {
    this.#health.state = 'waiting';
    this.#health.failed(error.message);
    if (attempt > 1) return;
    if (error instanceof Full) this.#log.warn('alerts are held back', { reason: error.message });
    else this.#log.error('alerts are held back', { reason: error.message });
  }
}
