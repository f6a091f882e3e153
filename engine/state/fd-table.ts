import { Fd } from './fd.ts';

/** fds that a table holds at most: MAX_FD_TABLE_SIZE of libsinsp. */
export const MAX_FDS = 4096;

/** fds below this stand in an array. */
const DENSE = 1024;

/** The bucket counts through which the hash map of libstdc++ grows while fds are added one by one. */
const BUCKET_COUNTS = [0, 13, 29, 59, 127, 257, 541, 1109, 2357, 5087] as const;

/**
 * The open file descriptors of a process: sinsp_fdtable of libsinsp.
 *
 * Fields show fds in the order of Falco's hash map (`fd.types`), so they are chained as that map (unordered_map of libstdc++)
 * chains its entries; lookups do not use the chain. An fd can be in one table only, and there once.
 */
export class FdTable {
  readonly #dense: (Fd | undefined)[] = [];
  readonly #sparse = new Map<number, Fd>();
  #size = 0;
  /** Stands before the first fd of the chain. */
  readonly #head = new Fd();
  /** For each bucket the fd before its first one. */
  #buckets: (Fd | undefined)[] = [];
  #growth = 0;

  /** The number of the fd that was found last. libsinsp still finds that one after `retain` and `clear` removed it, and so do we. */
  #lastNum = -1;
  /** The fd that was found last, once one of them has removed it. */
  #removed: Fd | undefined = undefined;

  get size(): number {
    return this.#size;
  }

  /** The fd with this number. */
  find(num: number): Fd | undefined {
    const fd = this.#at(num);
    if (fd === undefined) return num === this.#lastNum && num !== -1 ? this.#removed : undefined;
    this.#lastNum = num;
    return fd;
  }

  /** Puts an fd in the table, in the place of one with the same number. Returns undefined when the table is full. */
  add(num: number, fd: Fd): Fd | undefined {
    fd.num = num;
    const previous = this.#at(num);
    if (previous !== undefined) this.#replace(previous, fd);
    else {
      if (this.#size === MAX_FDS) return undefined;
      this.#insert(fd);
    }
    this.#forgetLast();
    return fd;
  }

  remove(num: number): void {
    if (num === this.#lastNum) this.#forgetLast();
    const fd = this.#at(num);
    if (fd !== undefined) this.#unlink(fd);
  }

  /** Removes the fds that `keep` refuses. */
  retain(keep: (fd: Fd) => boolean): void {
    for (let fd = this.#head.next; fd !== undefined; fd = fd.next)
      if (!keep(fd)) {
        if (fd.num === this.#lastNum) this.#removed = fd;
        this.#unlink(fd);
      }
  }

  clear(): void {
    this.#removed = this.find(this.#lastNum);
    this.#dense.length = 0;
    this.#sparse.clear();
    this.#size = 0;
    this.#head.next = undefined;
    this.#buckets.fill(undefined);
  }

  /** All fds, in the order of Falco's. */
  *values(): Generator<Fd, void> {
    for (let fd = this.#head.next; fd !== undefined; fd = fd.next) yield fd;
  }

  /** Whether an fd passes a test. */
  some(test: (fd: Fd) => boolean): boolean {
    for (let fd = this.#head.next; fd !== undefined; fd = fd.next) if (test(fd)) return true;
    return false;
  }

  /** Forgets which fd was found last. */
  #forgetLast(): void {
    this.#lastNum = -1;
    this.#removed = undefined;
  }

  #at(num: number): Fd | undefined {
    if (num >= 0 && num < DENSE) return num < this.#dense.length ? this.#dense[num] : undefined;
    return this.#sparse.get(num);
  }

  #bucket(num: number): number {
    const count = BUCKET_COUNTS[this.#growth]!;
    // Of whole numbers of 32 bits the processor finds the remainder itself.
    if (num >= 0 && num <= 0x7fffffff) return (num | 0) % count;
    return Number(BigInt.asUintN(64, BigInt(num)) % BigInt(count));
  }

  #set(fd: Fd): void {
    const { num } = fd;
    if (num >= 0 && num < DENSE) {
      while (this.#dense.length <= num) this.#dense.push(undefined);
      this.#dense[num] = fd;
    } else this.#sparse.set(num, fd);
  }

  #insert(fd: Fd): void {
    this.#set(fd);
    if (++this.#size > BUCKET_COUNTS[this.#growth]!) this.#grow();
    this.#chain(fd);
  }

  /** Puts an fd in the place of one with its number. */
  #replace(previous: Fd, fd: Fd): void {
    if (previous === fd) return;
    this.#set(fd);
    let before = this.#buckets[this.#bucket(fd.num)]!;
    while (before.next !== previous) before = before.next!;
    before.next = fd;
    const { next } = previous;
    fd.next = next;
    if (next === undefined) return;
    const following = this.#bucket(next.num);
    if (this.#buckets[following] === previous) this.#buckets[following] = fd;
  }

  /** Puts an fd before the others of its bucket; before all others if it is the first. */
  #chain(fd: Fd): void {
    const bucket = this.#bucket(fd.num);
    const before = this.#buckets[bucket];
    if (before === undefined) {
      fd.next = this.#head.next;
      this.#head.next = fd;
      this.#buckets[bucket] = this.#head;
      if (fd.next !== undefined) this.#buckets[this.#bucket(fd.next.num)] = fd;
    } else {
      fd.next = before.next;
      before.next = fd;
    }
  }

  /** The next bucket count: all fds are chained anew, in the order they have. */
  #grow(): void {
    this.#buckets = new Array<Fd | undefined>(BUCKET_COUNTS[++this.#growth]!).fill(undefined);
    let fd = this.#head.next;
    this.#head.next = undefined;
    while (fd !== undefined) {
      const { next } = fd;
      this.#chain(fd);
      fd = next;
    }
  }

  /** Takes an fd out; it still leads to the one after it. */
  #unlink(fd: Fd): void {
    const { num, next } = fd;
    const bucket = this.#bucket(num);
    const start = this.#buckets[bucket]!;
    let before = start;
    while (before.next !== fd) before = before.next!;
    const following = next === undefined ? -1 : this.#bucket(next.num);
    // The bucket is empty now if this was its only fd.
    if (
      before === start &&
      following !== bucket &&
      (before === this.#head || this.#bucket(before.num) !== bucket)
    )
      this.#buckets[bucket] = undefined;
    if (following >= 0 && following !== bucket) this.#buckets[following] = before;
    before.next = next;
    if (num >= 0 && num < DENSE) this.#dense[num] = undefined;
    else this.#sparse.delete(num);
    this.#size--;
  }
}
