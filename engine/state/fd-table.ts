import type { Fd } from './fd.ts';

/** fds that a table holds at most: MAX_FD_TABLE_SIZE of libsinsp. */
export const MAX_FDS = 4096;

/** fds below this stand in an array. */
const DENSE = 1024;

/** The bucket counts through which the hash map of libstdc++ grows while fds are added one by one. */
const BUCKET_COUNTS = [0, 13, 29, 59, 127, 257, 541, 1109, 2357, 5087] as const;

class Entry {
  readonly num: number;
  fd: Fd | undefined;
  next: Entry | undefined = undefined;

  constructor(num: number, fd: Fd | undefined) {
    this.num = num;
    this.fd = fd;
  }
}

/**
 * The open file descriptors of a process: sinsp_fdtable of libsinsp.
 *
 * Fields show fds in the order of Falco's hash map (`fd.types`), so the entries are chained as that map (unordered_map of libstdc++)
 * chains them; lookups do not use the chain.
 */
export class FdTable {
  readonly #dense: (Entry | undefined)[] = [];
  readonly #sparse = new Map<number, Entry>();
  #size = 0;
  /** Stands before the first entry of the chain. */
  readonly #head = new Entry(-1, undefined);
  /** For each bucket the entry before its first one. */
  #buckets: (Entry | undefined)[] = [];
  #growth = 0;

  /** The fd that was found last. libsinsp still finds it after `retain` and `clear` removed it, and so do we. */
  #lastNum = -1;
  #last: Fd | undefined = undefined;

  get size(): number {
    return this.#size;
  }

  /** The fd with this number. */
  find(num: number): Fd | undefined {
    if (num === this.#lastNum && num !== -1) return this.#last;
    const fd = this.#entry(num)?.fd;
    if (fd !== undefined) {
      this.#lastNum = num;
      this.#last = fd;
    }
    return fd;
  }

  /** Puts an fd in the table, in the place of one with the same number. Returns undefined when the table is full. */
  add(num: number, fd: Fd): Fd | undefined {
    fd.num = num;
    const entry = this.#entry(num);
    if (entry !== undefined) entry.fd = fd;
    else {
      if (this.#size === MAX_FDS) return undefined;
      this.#insert(new Entry(num, fd));
    }
    this.#lastNum = -1;
    this.#last = undefined;
    return fd;
  }

  remove(num: number): void {
    if (num === this.#lastNum) this.#lastNum = -1;
    if (this.#entry(num) !== undefined) this.#unlink(num);
  }

  /** Removes the fds that `keep` refuses. */
  retain(keep: (fd: Fd) => boolean): void {
    for (let entry = this.#head.next; entry !== undefined; entry = entry.next)
      if (!keep(entry.fd!)) this.#unlink(entry.num);
  }

  clear(): void {
    this.#dense.length = 0;
    this.#sparse.clear();
    this.#size = 0;
    this.#head.next = undefined;
    this.#buckets.fill(undefined);
  }

  /** Forgets which fd was found last. */
  resetCache(): void {
    this.#lastNum = -1;
    this.#last = undefined;
  }

  /** All fds, in the order of Falco's. */
  *values(): Generator<Fd, void> {
    for (let entry = this.#head.next; entry !== undefined; entry = entry.next) yield entry.fd!;
  }

  /** Whether an fd passes a test. */
  some(test: (fd: Fd) => boolean): boolean {
    for (let entry = this.#head.next; entry !== undefined; entry = entry.next)
      if (test(entry.fd!)) return true;
    return false;
  }

  #entry(num: number): Entry | undefined {
    if (num >= 0 && num < DENSE) return num < this.#dense.length ? this.#dense[num] : undefined;
    return this.#sparse.get(num);
  }

  #bucket(num: number): number {
    const count = BUCKET_COUNTS[this.#growth]!;
    return num >= 0 ? num % count : Number(BigInt.asUintN(64, BigInt(num)) % BigInt(count));
  }

  #insert(entry: Entry): void {
    const { num } = entry;
    if (num >= 0 && num < DENSE) {
      while (this.#dense.length <= num) this.#dense.push(undefined);
      this.#dense[num] = entry;
    } else this.#sparse.set(num, entry);
    if (++this.#size > BUCKET_COUNTS[this.#growth]!) this.#grow();
    this.#chain(entry);
  }

  /** Puts an entry before the others of its bucket; before all others if it is the first. */
  #chain(entry: Entry): void {
    const bucket = this.#bucket(entry.num);
    const before = this.#buckets[bucket];
    if (before === undefined) {
      entry.next = this.#head.next;
      this.#head.next = entry;
      this.#buckets[bucket] = this.#head;
      if (entry.next !== undefined) this.#buckets[this.#bucket(entry.next.num)] = entry;
    } else {
      entry.next = before.next;
      before.next = entry;
    }
  }

  /** The next bucket count: all entries are chained anew, in the order they have. */
  #grow(): void {
    this.#buckets = new Array<Entry | undefined>(BUCKET_COUNTS[++this.#growth]!).fill(undefined);
    let entry = this.#head.next;
    this.#head.next = undefined;
    while (entry !== undefined) {
      const { next } = entry;
      this.#chain(entry);
      entry = next;
    }
  }

  #unlink(num: number): void {
    const bucket = this.#bucket(num);
    const start = this.#buckets[bucket]!;
    let before = start;
    while (before.next!.num !== num) before = before.next!;
    const entry = before.next!;
    const { next } = entry;
    // The bucket is empty now if this was its only entry.
    if (
      before === start &&
      (before === this.#head || this.#bucket(before.num) !== bucket) &&
      (next === undefined || this.#bucket(next.num) !== bucket)
    )
      this.#buckets[bucket] = undefined;
    if (next !== undefined) {
      const following = this.#bucket(next.num);
      if (following !== bucket) this.#buckets[following] = before;
    }
    before.next = next;
    if (num >= 0 && num < DENSE) this.#dense[num] = undefined;
    else this.#sparse.delete(num);
    this.#size--;
  }
}
