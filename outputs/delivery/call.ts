import { SendError, type Delivery, type Failure, type OutputLog, type Sender } from '../output.ts';
import type { Clock } from './clock.ts';

/** Milliseconds that a sender gets to end by itself once it was told to. */
const GRACE = 1000;

/** Why calls are aborted. */
const STOPPING = new DOMException('tiercel stops', 'AbortError');
const TIMEOUT = new DOMException('the time is up', 'TimeoutError');

/** What came of a call: undefined if all was delivered. */
export type CallOutcome = Failure | 'stopping' | undefined;

/** What a call is made with. */
export interface CallContext {
  readonly log: OutputLog;
  readonly clock: Clock;
  /** Milliseconds that it has. */
  readonly timeout: number;
}

/** One call of a sender. It has its time, and some grace, whatever it does. */
export class Call {
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #log: OutputLog;
  #cancelGrace: (() => void) | undefined;
  #giveUp: ((outcome: CallOutcome) => void) | undefined;

  constructor({ log, clock, timeout }: CallContext) {
    this.#log = log;
    this.#clock = clock;
    this.#timeout = timeout;
  }

  /** Calls the sender; to be done once. */
  run(sender: Sender, batch: readonly Delivery[]): Promise<CallOutcome> {
    return new Promise((resolve) => {
      const cancelTimeout = this.#clock.after(this.#timeout, () => this.abort(TIMEOUT));
      const end = (outcome: CallOutcome): void => {
        cancelTimeout();
        this.#cancelGrace?.();
        resolve(outcome);
      };
      this.#giveUp = end;
      const fail = (error: unknown): void => end(this.#outcomeOf(error));
      try {
        sender
          .send(batch, { signal: this.#controller.signal, log: this.#log })
          .then(() => end(undefined), fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  /** Ends it earlier. */
  abort(reason: DOMException = STOPPING): void {
    const { signal } = this.#controller;
    if (signal.aborted) return;
    this.#cancelGrace = this.#clock.after(GRACE, () => this.#giveUp?.(this.#outcomeOf(reason)));
    this.#controller.abort(reason);
  }

  #outcomeOf(error: unknown): CallOutcome {
    const { reason } = this.#controller.signal as { reason: unknown };
    return reason === STOPPING ? 'stopping' : failureOf(error, reason === TIMEOUT, this.#timeout);
  }
}

/** What an error of a sender means. Those that it did not mean to throw count as faults of the destination: they are tried again, and an alert that causes them is found. */
function failureOf(error: unknown, timedOut: boolean, timeout: number): Failure {
  if (timedOut) return { retry: true, reason: 'timeout', message: `no answer within ${timeout} ms` };
  if (error instanceof SendError) return error.failure;
  const { message, code } = error as NodeJS.ErrnoException;
  const reason = code !== undefined && NETWORK_CODES.has(code) ? 'network' : 'server';
  return { retry: true, reason, message: message ?? String(error) };
}

const NETWORK_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
]);
