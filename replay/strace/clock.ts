import type { Clock } from './line.ts';

const DAY = 86_400_000_000_000n;

/**
 * The times of a log as nanoseconds since the epoch. What a log does not tell is made up: the first day of the epoch for times of day, which grow
 * beyond midnight; a start at the epoch for times that count from line to line; a microsecond for each line without a time.
 */
export class LogClock {
  #last = 0n;
  #days = 0n;

  read(time: bigint, clock: Clock): bigint {
    switch (clock) {
      case 'epoch':
        return (this.#last = time);
      case 'day': {
        const now = time + this.#days * DAY;
        // Lines of several processes may be a little out of order.
        if (now + DAY / 2n < this.#last) this.#days++;
        return (this.#last = time + this.#days * DAY);
      }
      case 'relative':
        return (this.#last += time);
      case 'none':
        return (this.#last += 1000n);
    }
  }
}
