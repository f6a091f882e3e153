import type { CaptureFile } from '../replay/index.ts';

/**
 * Hands out captures that are replayed at the same time, by their index. The largest go first, so that no thread is left with a large one
 * at the end. But the first that is not done is always being replayed: what waits until its alerts are out does not wait for ever.
 */
export class Schedule {
  /** Those that nobody has yet, the largest first. */
  readonly #left: number[];
  readonly #done: boolean[];
  /** A thread that is no main thread finds nothing there; nor does anybody a second time. */
  readonly #standardInput: number;

  constructor(captures: readonly CaptureFile[]) {
    const size = (index: number): number => captures[index]!.size ?? Infinity;
    this.#left = [...captures.keys()].sort((a, b) => size(b) - size(a) || a - b);
    this.#done = captures.map(() => false);
    this.#standardInput = captures.findIndex(({ path }) => path === '-');
  }

  /** Says that a capture has been replayed. Its thread takes the next before another capture is done. */
  done(index: number): void {
    this.#done[index] = true;
  }

  /** The next capture for a free thread; undefined if there is none for it. Standard input is for the main thread, which does that first. */
  take(isMain: boolean): number | undefined {
    const first = this.#done.indexOf(false);
    const open = this.#left.filter((index) => isMain || index !== this.#standardInput);
    const wanted = isMain && open.includes(this.#standardInput) ? this.#standardInput : first;
    const taken = open.includes(wanted) ? wanted : open[0];
    if (taken !== undefined) this.#left.splice(this.#left.indexOf(taken), 1);
    return taken;
  }
}
