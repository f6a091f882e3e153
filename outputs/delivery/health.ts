import type { FailureReason } from '../output.ts';

/**
 * How a deliverer is: `ok`; `retrying`: the last call failed; `down`: several did, now and then one alert tries; `refused`: the destination does not accept us, people have to mend that;
 * `failed`: the queue cannot be written any more; `stopped`.
 */
export type DeliveryState = 'ok' | 'retrying' | 'down' | 'refused' | 'failed' | 'stopped';

/** One deliverer in numbers, since the process started. Times are milliseconds since the epoch. */
export interface DeliveryHealth {
  readonly output: string;
  readonly state: DeliveryState;
  readonly since: number;
  readonly lastDelivered: number | undefined;
  readonly lastFailure:
    { readonly at: number; readonly reason: FailureReason; readonly message: string } | undefined;
  /** Milliseconds until the next attempt while nothing may go; 0 otherwise. */
  readonly pause: number;
  readonly inFlight: number;
  readonly calls: number;
  readonly delivered: number;
  readonly buried: number;
  readonly failures: Readonly<Partial<Record<FailureReason, number>>>;
}

/** What a deliverer tells. */
export type DeliveryEvent =
  | { readonly kind: 'delivered'; readonly count: number; readonly milliseconds: number }
  | {
      readonly kind: 'failed';
      readonly count: number;
      readonly milliseconds: number;
      readonly reason: FailureReason;
      readonly message: string;
    }
  | { readonly kind: 'buried'; readonly count: number; readonly reason: string; readonly message: string }
  | { readonly kind: 'state'; readonly from: DeliveryState; readonly to: DeliveryState };
