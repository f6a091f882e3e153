import { readInt64Number } from '../../engine/index.ts';

/** Threads whose enter events have been used are forgotten when there are as many as this. */
const SWEEP = 65536;

/** Threads are found by the lower bits of their ids first. */
const PLACES = 4096;

const NO_VIEW = new DataView(new ArrayBuffer(0));

/** The last enter event of a thread. */
export class EnterEvent {
  readonly tid: number;
  /** The buffer that holds it: that of the reader, or its own. */
  view: DataView = NO_VIEW;
  /** Where it begins in `view`. */
  start = 0;
  code = 0;
  /** Whether it waits for its exit event. */
  waiting = false;
  /** Whether it is in a buffer of the reader. */
  lent = false;
  /** Its room is used again for the next one of the same thread. */
  #own = NO_VIEW;

  constructor(tid: number) {
    this.tid = tid;
  }

  /** Copies the event out of the reader's buffer if it still waits. */
  settle(): void {
    const { view, start } = this;
    if (!this.lent) return;
    this.lent = false;
    if (this.waiting) {
      const length = view.getUint32(start + 16, true);
      if (this.#own.byteLength < length) this.#own = new DataView(new ArrayBuffer(length + 64));
      copyBytes(view, start, this.#own, 0, length);
    }
    this.view = this.#own;
    this.start = 0;
  }
}

/** The last enter event of each thread, until its exit event uses it. */
export class EnterEvents {
  readonly #byTid = new Map<number, EnterEvent>();
  readonly #places = new Array<EnterEvent | undefined>(PLACES).fill(undefined);
  /** Those that are in a buffer of the reader; maybe some that no longer are. */
  readonly #lent: EnterEvent[] = [];
  #limit = SWEEP;

  /** Threads that room is kept for. */
  get size(): number {
    return this.#byTid.size;
  }

  /** The enter event that waits for the exit event at `start` of a view. */
  find(view: DataView, start: number): EnterEvent | undefined {
    const event = this.#ofThread(view, start);
    return event?.waiting === true ? event : undefined;
  }

  /** Keeps an enter event, which must stay where it is until `release`. */
  store(view: DataView, start: number): EnterEvent {
    const event = this.#ofThread(view, start) ?? this.#add(readInt64Number(view, start + 8));
    event.view = view;
    event.start = start;
    event.code = view.getUint16(start + 20, true);
    event.waiting = true;
    if (!event.lent) {
      event.lent = true;
      this.#lent.push(event);
    }
    return event;
  }

  /** Takes the events out of the reader's buffers, which may then be used for something else. */
  release(): void {
    for (const event of this.#lent) event.settle();
    this.#lent.length = 0;
  }

  #ofThread(view: DataView, start: number): EnterEvent | undefined {
    const low = view.getInt32(start + 8, true);
    const event = this.#places[low & (PLACES - 1)];
    if (event !== undefined && event.tid === low && view.getInt32(start + 12, true) === 0) return event;
    const other = this.#byTid.get(readInt64Number(view, start + 8));
    if (other !== undefined) this.#places[low & (PLACES - 1)] = other;
    return other;
  }

  #add(tid: number): EnterEvent {
    if (this.#byTid.size >= this.#limit) this.#sweep();
    const event = new EnterEvent(tid);
    this.#byTid.set(tid, event);
    return event;
  }

  #sweep(): void {
    for (const [tid, event] of this.#byTid) if (!event.waiting) this.#byTid.delete(tid);
    this.#places.fill(undefined);
    this.#limit = Math.max(SWEEP, 2 * this.#byTid.size);
  }
}

/**
 * Copies `count` bytes from one view to another. Events are short: a loop over words takes half the time of `TypedArray.set`, which
 * first has to be given an array of its own.
 */
export function copyBytes(from: DataView, start: number, to: DataView, at: number, count: number): void {
  if (count > 256) {
    const bytes = new Uint8Array(from.buffer, from.byteOffset + start, count);
    new Uint8Array(to.buffer, to.byteOffset + at, count).set(bytes);
    return;
  }
  const words = count & ~3;
  let i = 0;
  for (; i < words; i += 4) to.setInt32(at + i, from.getInt32(start + i, true), true);
  for (; i < count; i++) to.setUint8(at + i, from.getUint8(start + i));
}
