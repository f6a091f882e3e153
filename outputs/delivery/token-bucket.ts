import type { Rate } from '../settings.ts';

/** Lets so many alerts through in a time, those of one time at once if they come so. */
export class TokenBucket {
  private readonly rate: Rate;
  private tokens: number;
  private at: number;
  /** @param elapsed milliseconds of the monotonic clock, here and below. */
  constructor(rate: Rate, elapsed: number) {
    this.rate = rate;
    this.tokens = rate.count;
    this.at = elapsed;
  }

  /** How many may go now. */
  available(elapsed: number): number {
    const { count, per } = this.rate;
    this.tokens = Math.min(count, this.tokens + ((elapsed - this.at) * count) / per);
    this.at = elapsed;
    // Fractions add up to a hair less than a whole.
    return Math.floor(this.tokens + 1e-6);
  }

  take(count: number): void {
    this.tokens -= count;
  }

  /** Milliseconds until the next one may go. */
  wait(elapsed: number): number {
    if (this.available(elapsed) >= 1) return 0;
    return Math.ceil(((1 - this.tokens) * this.rate.per) / this.rate.count);
  }
}
