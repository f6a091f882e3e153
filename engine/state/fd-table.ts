import type { Fd } from './fd.ts';

/** The open file descriptors of a process: sinsp_fdtable of libsinsp. */
export class FdTable {
  readonly #fds = new Map<number, Fd>();

  get size(): number {
    return this.#fds.size;
  }

  find(num: number): Fd | undefined {
    return this.#fds.get(num);
  }

  add(num: number, fd: Fd): void {
    fd.num = num;
    this.#fds.set(num, fd);
  }

  remove(num: number): void {
    this.#fds.delete(num);
  }

  clear(): void {
    this.#fds.clear();
  }

  values(): IterableIterator<Fd> {
    return this.#fds.values();
  }
}
