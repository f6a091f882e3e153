/** Threads whose enter events have been used are forgotten when there are as many as this. */
const SWEEP = 65536;

/** A copy of an enter event. Its room is used again for the next one of the same thread. */
export class EnterEvent {
  view: DataView = new DataView(new ArrayBuffer(64));
  length = 0;
  /** Whether it waits for its exit event. */
  waiting = false;
}

/** The last enter event of each thread, until its exit event uses it. */
export class EnterEvents {
  readonly #byTid = new Map<number, EnterEvent>();
  #limit = SWEEP;

  /** Threads that room is kept for. */
  get size(): number {
    return this.#byTid.size;
  }

  find(tid: number): EnterEvent | undefined {
    const event = this.#byTid.get(tid);
    return event?.waiting === true ? event : undefined;
  }

  store(tid: number, view: DataView, start: number, length: number): void {
    let event = this.#byTid.get(tid);
    if (event === undefined) {
      if (this.#byTid.size >= this.#limit) this.#sweep();
      event = new EnterEvent();
      this.#byTid.set(tid, event);
    }
    if (event.view.byteLength < length) event.view = new DataView(new ArrayBuffer(length + 64));
    copyBytes(view, start, event.view, 0, length);
    event.length = length;
    event.waiting = true;
  }

  #sweep(): void {
    for (const [tid, event] of this.#byTid) if (!event.waiting) this.#byTid.delete(tid);
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
