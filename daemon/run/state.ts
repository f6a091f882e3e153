import type { DeliveryHealth, QueueStats, RouterStats } from '../../outputs/index.ts';
import type { InputHealth } from '../inputs/index.ts';

/** A running daemon in numbers. */
export interface DaemonState {
  /** By the names of inputs. */
  readonly inputs: ReadonlyMap<string, InputHealth>;
  readonly deliveries: readonly DeliveryHealth[];
  readonly queue: QueueStats;
  readonly router: RouterStats;
  readonly reloads: { readonly done: number; readonly refused: number };
  /** When the configuration in force was read; milliseconds since the epoch. */
  readonly loaded: number;
  /** What the last reload was refused for. */
  readonly refusal: string | undefined;
  readonly phase: 'starting' | 'running' | 'stopping';
}

/** What `/readyz` tells. Times are seconds. */
export function readiness(state: DaemonState, now: number) {
  const { inputs, deliveries, queue, refusal, phase } = state;
  const isReady = phase === 'running' && queue.failed === undefined;
  const seconds = (since: number): number => Math.max(0, Math.round((now - since) / 100) / 10);
  return {
    ready: isReady,
    phase,
    ...(queue.failed && { queue_failed: queue.failed.message }),
    ...(refusal !== undefined && { config_refused: refusal }),
    inputs: Object.fromEntries(
      [...inputs].map(([name, { state: is, alerts, events, refused, errors, lastAlert, lastError, lag }]) => [
        name,
        {
          state: is,
          alerts,
          ...(events !== undefined && { events }),
          refused,
          errors,
          ...(lastAlert !== undefined && { last_alert_age: seconds(lastAlert) }),
          ...(lastError && { last_error: lastError.message }),
          ...(lag && { lag_bytes: lag.bytes }),
        },
      ]),
    ),
    outputs: Object.fromEntries(
      queue.outputs.map(({ output, configured, pending, pendingBytes, oldest, dead, delivered, dropped }) => {
        const delivery = deliveries.find((one) => one.output === output);
        return [
          output,
          {
            state: delivery?.state ?? (configured ? 'starting' : 'not configured'),
            pending,
            pending_bytes: pendingBytes,
            ...(oldest !== undefined && { oldest_age: seconds(oldest) }),
            dead_letters: dead,
            delivered,
            dropped: Object.values(dropped).reduce((sum, count) => sum + count, 0),
            ...(delivery?.lastDelivered !== undefined && {
              last_delivered_age: seconds(delivery.lastDelivered),
            }),
            ...(delivery?.lastFailure && {
              last_failure: {
                reason: delivery.lastFailure.reason,
                message: delivery.lastFailure.message,
                age: seconds(delivery.lastFailure.at),
              },
            }),
            ...(delivery && delivery.pause > 0 && { next_attempt_in: Math.round(delivery.pause / 100) / 10 }),
          },
        ];
      }),
    ),
  };
}
