import type { Event } from '../event.ts';
import { nanosecondsBetween } from './time.ts';

/** So many ends are remembered, for so long (thread_manager.h of libsinsp). */
const REMEMBERED = 8192;
const MAX_AGE = 2e9;

interface Exit {
  readonly key: number;
  readonly timeLow: number;
  readonly timeHigh: number;
}

/**
 * The threads that ended last. A child may end before its parent's clone returns: the clone must then not make it known again.
 */
export class RecentExits {
  readonly #exits: Exit[] = [];
  readonly #latest = new Map<number, Exit>();
  #next = 0;
  /** Whether an end was noted that is earlier than the one before. */
  #clockWentBack = false;
  #last: Exit | undefined = undefined;

  /** Notes the end of a thread; `event` is the first one after it. */
  add(tid: number, ptid: number, event: Event): void {
    const forgotten = this.#exits[this.#next];
    if (forgotten !== undefined && this.#latest.get(forgotten.key) === forgotten)
      this.#latest.delete(forgotten.key);
    const exit = { key: keyOf(tid, ptid), timeLow: event.timeLow, timeHigh: event.timeHigh };
    if (this.#last !== undefined && isBefore(exit, this.#last)) this.#clockWentBack = true;
    this.#last = exit;
    this.#exits[this.#next] = exit;
    this.#latest.set(exit.key, exit);
    this.#next = (this.#next + 1) % REMEMBERED;
  }

  /** Whether this child of this parent ended within the last two seconds before `event`. */
  has(tid: number, ptid: number, event: Event): boolean {
    const latest = this.#latest.get(keyOf(tid, ptid));
    if (latest === undefined) return false;
    if (isRecent(latest, event)) return true;
    // Where the clock goes back, the latest end is not the last one.
    if (!this.#clockWentBack) return false;
    return this.#exits.some((exit) => exit.key === latest.key && isRecent(exit, event));
  }

  clear(): void {
    this.#exits.length = 0;
    this.#latest.clear();
    this.#next = 0;
    this.#clockWentBack = false;
    this.#last = undefined;
  }
}

function isBefore(a: Exit, b: Exit): boolean {
  return a.timeHigh < b.timeHigh || (a.timeHigh === b.timeHigh && a.timeLow < b.timeLow);
}

function isRecent(exit: Exit, event: Event): boolean {
  const age = nanosecondsBetween(exit.timeLow, exit.timeHigh, event.timeLow, event.timeHigh);
  return age >= 0 && age < MAX_AGE;
}

// Linux has no ids above 2^22: 25 and 28 bits of the two are more than enough.
function keyOf(tid: number, ptid: number): number {
  return (ptid & 0x1ffffff) * 0x10000000 + (tid & 0xfffffff);
}
