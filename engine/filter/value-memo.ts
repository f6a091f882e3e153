import type { Event } from '../event.ts';
import type { Extracted } from '../fields/define.ts';

/** So many values of a field are remembered at first, and in the end if their results fit into so many bytes. */
export const FIRST_ROWS = 32;
export const MAX_ROWS = 8192;
export const MAX_BYTES = 1 << 18;
/** Longer texts hardly recur, and would fill the memory: they are forgotten at once. */
export const MAX_LENGTH = 1024;

/** What `known` may hold. */
export const UNKNOWN = 0;
export const NO = 1;
export const YES = 2;

/** Results of parts of conditions, remembered by what decides them. */
export interface Memo {
  /** Results by row and part. */
  known: Uint8Array;
  /** The row for an event; found once in `time`, a number that differs from event to event. */
  locate(event: Event, time: number): number;
  /** Has the next `locate` look anew, whatever its time. */
  restart(): void;
}

/**
 * Results of all parts of conditions that one value decides, remembered for the values that were met: names of programs, paths and the
 * like recur. Each value has a row in `known`, with a place for each part; the first row is for values that are not kept.
 */
export class ValueMemo implements Memo {
  known: Uint8Array;
  /** The value at the current event. */
  value: Extracted = undefined;
  readonly #read: (event: Event) => Extracted;
  readonly #width: number;
  readonly #rows = new Map<Extracted, number>();
  #row = 0;
  /** When the value was read. */
  #time = 0;

  constructor(read: (event: Event) => Extracted, width: number) {
    this.#read = read;
    this.#width = width;
    this.known = new Uint8Array(FIRST_ROWS * width);
    this.#rows.set(undefined, width);
    this.#row = width;
  }

  locate(event: Event, time: number): number {
    if (this.#time === time) return this.#row;
    this.#time = time;
    const value = this.#read(event);
    return value === this.value ? this.#row : this.#find(value);
  }

  #find(value: Extracted): number {
    this.value = value;
    if (typeof value === 'string' && value.length > MAX_LENGTH) {
      this.known.fill(UNKNOWN, 0, this.#width);
      return (this.#row = 0);
    }
    const rows = this.#rows;
    let row = rows.get(value);
    if (row === undefined) {
      if ((rows.size + 1) * this.#width === this.known.length) this.#makeRoom();
      row = (rows.size + 1) * this.#width;
      rows.set(value, row);
    }
    return (this.#row = row);
  }

  #makeRoom(): void {
    const { known } = this;
    if (this.#rows.size < MAX_ROWS && known.length < MAX_BYTES) {
      this.known = new Uint8Array(2 * known.length);
      this.known.set(known);
    } else {
      this.#rows.clear();
      known.fill(UNKNOWN);
    }
  }

  restart(): void {
    this.#time = 0;
  }
}
