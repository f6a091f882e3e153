import { halfJitter, type BackOff } from './back-off.ts';

/** Failures in a row after which a destination is taken to be down. */
const PATIENCE = 5;
/** Pause, in milliseconds, after a destination said that it does not know us or what we ask for: only people mend that. */
const REFUSED: BackOff = { first: 60_000, max: 600_000 };

/**
 * Knows whether a destination is there: `closed`, all may go; `open`, nothing; `half-open`, one alert may try. Opens after several failures in a row, or at once when the destination refuses us;
 * what the probe says closes it, or keeps it open for longer.
 */
export class Breaker {
  private readonly backOff: BackOff;
  private readonly random: () => number;
  /** Failures in a row. */
  private failures = 0;
  /** How often it opened without closing between. */
  private opened = 0;
  private until: number | undefined;
  private probing = false;
  constructor(backOff: BackOff, random: () => number) {
    this.backOff = backOff;
    this.random = random;
  }

  /** @param elapsed milliseconds of the monotonic clock, here and below. */
  state(elapsed: number): 'closed' | 'open' | 'half-open' {
    if (this.until === undefined) return 'closed';
    return this.probing || elapsed < this.until ? 'open' : 'half-open';
  }

  /** Milliseconds until something may go; undefined while the outcome of the probe is awaited. */
  wait(elapsed: number): number | undefined {
    if (this.until === undefined) return 0;
    return this.probing ? undefined : Math.max(0, this.until - elapsed);
  }

  /** Something is sent. */
  begin(): void {
    if (this.until !== undefined) this.probing = true;
  }

  /** Returns whether that closed it. */
  succeed(): boolean {
    const closed = this.until !== undefined;
    this.failures = 0;
    this.opened = 0;
    this.until = undefined;
    this.probing = false;
    return closed;
  }

  /** The destination could not be reached, or has a fault. */
  fail(elapsed: number): void {
    this.failures++;
    if (this.until === undefined ? this.failures >= PATIENCE : this.probing) this.open(elapsed, this.backOff);
  }

  /** The destination does not accept us. */
  refuse(elapsed: number): void {
    if (this.until === undefined || this.probing) this.open(elapsed, REFUSED);
  }

  /** The probe came to nothing that says anything about the destination. */
  abandon(): void {
    this.probing = false;
  }

  /** Something was mended, perhaps: try at once. */
  probeNow(elapsed: number): void {
    if (this.until !== undefined) this.until = elapsed;
  }

  private open(elapsed: number, backOff: BackOff): void {
    this.probing = false;
    this.opened++;
    this.until = elapsed + halfJitter(backOff, this.opened, this.random);
  }
}
