import type { Failure } from '../output.ts';
import type { Clock } from './clock.ts';
import type { DeliveryEvent, DeliveryHealth, DeliveryState } from './health.ts';

/** Counts what a deliverer does, remembers how it is, and tells. */
export class Tally {
  state: DeliveryState = 'stopped';
  private readonly clock: Clock;
  private readonly tell: (event: DeliveryEvent) => void;
  private readonly counts = { calls: 0, delivered: 0, buried: 0 };
  private readonly failures: Partial<Record<Failure['reason'], number>> = {};
  private since: number;
  private lastDelivered: number | undefined;
  private lastFailure: DeliveryHealth['lastFailure'];

  constructor(clock: Clock, tell: (event: DeliveryEvent) => void) {
    this.clock = clock;
    this.tell = tell;
    this.since = clock.now();
  }

  enter(state: DeliveryState): void {
    const from = this.state;
    if (from === state) return;
    this.state = state;
    this.since = this.clock.now();
    this.tell({ kind: 'state', from, to: state });
  }

  called(): void {
    this.counts.calls++;
  }

  delivered(count: number, milliseconds: number): void {
    this.counts.delivered += count;
    this.lastDelivered = this.clock.now();
    this.tell({ kind: 'delivered', count, milliseconds });
  }

  failed({ reason, message }: Failure, count: number, milliseconds: number): void {
    this.failures[reason] = (this.failures[reason] ?? 0) + 1;
    this.lastFailure = { at: this.clock.now(), reason, message };
    this.tell({ kind: 'failed', count, milliseconds, reason, message });
  }

  buried(count: number, reason: string, message: string): void {
    this.counts.buried += count;
    this.tell({ kind: 'buried', count, reason, message });
  }

  health(): Omit<DeliveryHealth, 'output' | 'pause' | 'inFlight'> {
    const { state, since, lastDelivered, lastFailure, counts, failures } = this;
    return { state, since, lastDelivered, lastFailure, ...counts, failures: { ...failures } };
  }
}
