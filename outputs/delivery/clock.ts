/** Time as deliverers know it. Delays follow the monotonic clock, ages the one on the wall: an alert's `received` is of that. */
export interface Clock {
  /** Milliseconds since the epoch. It may jump. */
  now(): number;
  /** Milliseconds since some moment. It never goes back. */
  elapsed(): number;
  /** Calls back once, after some milliseconds; returns how to cancel that. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** What `setTimeout` takes at most: some 24 days. */
const LONGEST = 2 ** 31 - 1;

/** The clocks of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, Math.min(milliseconds, LONGEST));
    return () => clearTimeout(timer);
  },
};
