/** When each alert was sent, answered and delivered, by its number. Times are milliseconds. */
export class Journey {
  readonly sent: Float64Array;
  readonly answered: Float64Array;
  readonly delivered: Float64Array;
  /** Alerts that came at their destination, each counted once, and how often one came again. */
  readonly counts = { delivered: 0, again: 0 };

  /** @param most Alerts that there can be. */
  constructor(most: number) {
    this.sent = new Float64Array(most);
    this.answered = new Float64Array(most);
    this.delivered = new Float64Array(most);
  }

  deliver(number: number, now: number): void {
    if (this.delivered[number]! > 0) this.counts.again++;
    else {
      this.delivered[number] = now;
      this.counts.delivered++;
    }
  }
}

/** Spans in order, of all alerts for which there are both times. */
export function spans(from: Float64Array, to: Float64Array): Float64Array {
  const found: number[] = [];
  for (let number = 0; number < from.length; number++)
    if (from[number]! > 0 && to[number]! > 0) found.push(to[number]! - from[number]!);
  return Float64Array.from(found).sort();
}

/** @param part Of 1: 0.99 for p99. */
export const quantile = (sorted: Float64Array, part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
