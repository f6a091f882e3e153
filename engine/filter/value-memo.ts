import type { Event } from '../event.ts';
import type { Extracted } from '../fields/define.ts';

/** So many values of a field are remembered. */
const ROWS = 1024;

/** What `known` may hold. */
export const UNKNOWN = 0;
export const NO = 1;
export const YES = 2;

/**
 * Results of all parts of conditions that one value decides, remembered for the values that were met: names of programs, paths and the
 * like recur. Each value has a row in `known`, with a place for each part.
 */
export class ValueMemo {
  readonly known: Uint8Array;
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
    this.known = new Uint8Array(ROWS * width);
    this.#rows.set(undefined, 0);
  }

  /** The row of the value that the field has at an event; it is read once in `time`, a number that differs from event to event. */
  locate(event: Event, time: number): number {
    if (this.#time === time) return this.#row;
    this.#time = time;
    const value = this.#read(event);
    return value === this.value ? this.#row : this.#find(value);
  }

  #find(value: Extracted): number {
    const rows = this.#rows;
    let row = rows.get(value);
    if (row === undefined) {
      if (rows.size === ROWS) {
        rows.clear();
        this.known.fill(UNKNOWN);
      }
      row = rows.size * this.#width;
      rows.set(value, row);
    }
    this.value = value;
    return (this.#row = row);
  }
}
