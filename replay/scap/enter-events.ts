/** Threads whose enter events have been used are forgotten when there are as many as this. */
const SWEEP = 65536;

/** A copy of an enter event. Its room is used again for the next one of the same thread. */
export class EnterEvent {
  bytes: Uint8Array = new Uint8Array(64);
  view: DataView = new DataView(this.bytes.buffer);
  length = 0;
  /** Whether it waits for its exit event. */
  waiting = false;
}

/** The last enter event of each thread, until its exit event uses it. */
export class EnterEvents {
  readonly #byTid = new Map<number, EnterEvent>();
  #limit = SWEEP;

  find(tid: number): EnterEvent | undefined {
    const event = this.#byTid.get(tid);
    return event?.waiting === true ? event : undefined;
  }

  store(tid: number, bytes: Uint8Array, start: number, length: number): void {
    let event = this.#byTid.get(tid);
    if (event === undefined) {
      if (this.#byTid.size >= this.#limit) this.#sweep();
      event = new EnterEvent();
      this.#byTid.set(tid, event);
    }
    if (event.bytes.length < length) {
      event.bytes = new Uint8Array(length + 64);
      event.view = new DataView(event.bytes.buffer);
    }
    copyBytes(bytes, start, event.bytes, 0, length);
    event.length = length;
    event.waiting = true;
  }

  #sweep(): void {
    for (const [tid, event] of this.#byTid) if (!event.waiting) this.#byTid.delete(tid);
    this.#limit = Math.max(SWEEP, 2 * this.#byTid.size);
  }
}

/** Copies bytes between buffers; a plain loop is faster for the few that events have. */
export function copyBytes(from: Uint8Array, start: number, to: Uint8Array, at: number, count: number): void {
  if (count > 96) to.set(from.subarray(start, start + count), at);
  else for (let i = 0; i < count; i++) to[at + i] = from[start + i]!;
}
