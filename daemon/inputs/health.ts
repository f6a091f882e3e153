import type { InputHealth } from './input.ts';

/** The health of an input while it changes; `data` is what others see of it. */
export class HealthRecord {
  state: InputHealth['state'] = 'stopped';
  /** Tells what only some inputs know. */
  readonly #more: () => Partial<InputHealth>;
  readonly #now: () => number;
  #alerts = 0;
  #events: number | undefined;
  #lastAlert: number | undefined;
  #refused = 0;
  #errors = 0;
  #lastError: InputHealth['lastError'];

  constructor(now: () => number = Date.now, more: () => Partial<InputHealth> = () => ({})) {
    this.#now = now;
    this.#more = more;
  }

  /** The sink has taken alerts. */
  took(alerts: number): void {
    if (alerts === 0) return;
    this.#alerts += alerts;
    this.#lastAlert = this.#now();
  }

  /** Rules were asked about events. */
  saw(events: number): void {
    this.#events = (this.#events ?? 0) + events;
  }

  /** Something that came was no alert. */
  refused(count = 1): void {
    this.#refused += count;
  }

  /** Something failed that is not the fault of one alert. */
  failed(message: string): void {
    this.#errors++;
    this.#lastError = { message, at: this.#now() };
  }

  get data(): InputHealth {
    return {
      state: this.state,
      alerts: this.#alerts,
      ...(this.#events !== undefined && { events: this.#events }),
      lastAlert: this.#lastAlert,
      refused: this.#refused,
      errors: this.#errors,
      lastError: this.#lastError,
      ...this.#more(),
    };
  }
}
