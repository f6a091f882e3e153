/** How long to wait after the n-th failure. */
export interface BackOff {
  /** Milliseconds, after the first. */
  readonly first: number;
  /** Milliseconds. */
  readonly max: number;
}

/** A span that doubles with each failure and never exceeds `max`: what chance is taken of. @param failures counts from 1. */
export function longestPause({ first, max }: BackOff, failures: number): number {
  return Math.min(max, first * 2 ** Math.min(failures - 1, 52));
}

/** Full jitter: anything up to the longest pause, so that many callers that failed together do not come back together. @param random gives numbers from 0 up to 1. */
export function fullJitter(backOff: BackOff, failures: number, random: () => number): number {
  return random() * longestPause(backOff, failures);
}

/** Half of it is certain: for the one probe of a destination that is down. */
export function halfJitter(backOff: BackOff, failures: number, random: () => number): number {
  const longest = longestPause(backOff, failures);
  return longest / 2 + (random() * longest) / 2;
}
