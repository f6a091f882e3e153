import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { Draft } from './draft.ts';
import { QueueError } from './errors.ts';
import type { Recent } from './recent.ts';
import { diskError, freeBytes, fullError, roomOf, type Store } from './store.ts';

/**
 * - `accept`: puts something in; refused while the disk is full
 * - `settle`: notes what has happened already; waits while the disk is full and even the room that was kept for it is used up
 * - `change`: what somebody asked for; done if there is room, else refused
 *
 * All are refused once the disk has failed.
 */
export type Purpose = 'accept' | 'settle' | 'change';

interface Operation {
  readonly purpose: Purpose;
  readonly run: (draft: Draft) => void;
  readonly done: () => void;
  readonly fail: (error: unknown) => void;
}

/** Operations in one commit at most: what comes meanwhile waits for the next. */
const MAX_OPERATIONS = 2000;
/** Room that is kept free for taking things out of the queue once the disk is full. */
const RESERVE_BYTES = 2 << 20;
/** Room, beside the reserve, with which a disk that was full is taken to have room again. */
const ENOUGH_BYTES = 2 << 20;
/** Milliseconds between looks at whether it has. */
const LOOK = 1000;

/** Is told of the disk. */
export interface DiskObserver {
  /** Nothing is accepted from now on. */
  failed(error: QueueError): void;
  /** There is room again, and alerts are accepted. */
  resumed(): void;
}

/** Commits what many callers want written, in order, in as few transactions as it takes: while one is flushed, the operations for the next gather. */
export class Commits {
  /** Set while the disk is full, and for good once it failed. */
  failed: QueueError | undefined;
  private readonly store: Store;
  private readonly recent: Recent;
  private readonly finish: (draft: Draft) => () => void;
  private readonly observer: DiskObserver;
  private waiting: Operation[] = [];
  private running: Promise<void> | undefined;
  private closed = false;
  /** The disk is full and the reserve used up: what waits is tried again at the next look. */
  private stalled = false;
  /** Whether anything waits for room. */
  private patient = true;
  /** Whether the reserve is there. Without it, as much is left free in the file itself. */
  private reserved = false;
  private look: NodeJS.Timeout | undefined;

  /**
   * @param recent follows each commit.
   * @param finish drafted into each commit after its operations; what it returns is called after the commit.
   */
  constructor(
    store: Store,
    recent: Recent,
    finish: (draft: Draft) => () => void,
    observer: DiskObserver,
    readOnly: boolean,
  ) {
    this.store = store;
    this.recent = recent;
    this.finish = finish;
    this.observer = observer;
    if (readOnly) this.closed = true;
    else this.begin();
  }

  /**
   * Resolves with what the operation returned, once all that it wrote is on disk.
   *
   * @param operation is drafted beside others: what it throws, it is rejected with alone.
   */
  run<T>(purpose: Purpose, operation: (draft: Draft) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const refusal = this.refusal(purpose);
      if (refusal !== undefined) {
        reject(refusal);
        return;
      }
      let result: T;
      this.waiting.push({
        purpose,
        run: (draft) => void (result = operation(draft)),
        done: () => resolve(result),
        fail: reject,
      });
      this.goOn();
    });
  }

  /** From now on, nothing waits for room: what does or would is refused. */
  stopWaiting(): void {
    this.patient = false;
    clearTimeout(this.look);
    if (this.stalled) this.refuseAll();
  }

  /** Resolves when nothing is left to be written. */
  async close(): Promise<void> {
    this.closed = true;
    this.stopWaiting();
    await this.running;
  }

  private refuseAll(): void {
    for (const { fail } of this.waiting.splice(0)) fail(this.failed);
  }

  private refusal(purpose: Purpose): QueueError | undefined {
    if (this.closed) return new QueueError('closed', 'the queue is closed');
    if (this.failed === undefined) return undefined;
    return purpose !== 'accept' && this.failed.problem === 'no_space' ? undefined : this.failed;
  }

  private goOn(): void {
    if (this.waiting.length > 0) this.running ??= this.work();
  }

  private async work(): Promise<void> {
    while (this.waiting.length > 0 && !this.stalled) {
      // What else comes in this turn, from all connections that have something, goes into the same commit.
      await setImmediate();
      await this.commit(this.waiting.splice(0, MAX_OPERATIONS));
    }
    this.running = undefined;
  }

  private async commit(operations: readonly Operation[]): Promise<void> {
    if (!this.reserved && this.failed === undefined && roomOf(this.store) < RESERVE_BYTES) {
      this.fail(fullError(this.store.folder), operations);
      return;
    }
    const draft = new Draft(this.store.tables, this.recent);
    const drafted: Operation[] = [];
    for (const operation of operations)
      try {
        draft.attempt(operation.run);
        drafted.push(operation);
      } catch (error) {
        operation.fail(error);
      }
    let after: () => void;
    try {
      after = draft.attempt(this.finish);
      if (!draft.empty) await this.store.root.batch(draft.encode());
    } catch (error) {
      this.fail(diskError(this.store.folder, await causeOf(error)), drafted);
      return;
    }
    this.recent.apply(draft);
    for (const { done } of drafted) done();
    queueMicrotask(after);
  }

  private fail(failed: QueueError, operations: readonly Operation[]): void {
    const isFirst = this.failed === undefined;
    const isFull = failed.problem === 'no_space';
    if (isFirst || !isFull) this.failed = failed;
    const again: Operation[] = [];
    for (const operation of [...operations, ...this.waiting.splice(0)]) {
      const { purpose, fail } = operation;
      // The first time, what may be tried is tried once more, in the room that was kept for it.
      if (isFull && (purpose === 'settle' || (purpose === 'change' && isFirst))) again.push(operation);
      else fail(this.failed);
    }
    this.waiting = again;
    if (isFull) this.waitForRoom(!isFirst);
    if (isFirst || !isFull) queueMicrotask(() => this.observer.failed(failed));
  }

  private begin(): void {
    const failed = this.reserve();
    if (failed === undefined) return;
    if (failed.problem === 'no_space' && roomOf(this.store) >= RESERVE_BYTES + ENOUGH_BYTES) {
      this.lookLater();
      return;
    }
    this.failed = failed;
    if (failed.problem === 'no_space') this.waitForRoom(false);
    queueMicrotask(() => this.observer.failed(failed));
  }

  private waitForRoom(stalled: boolean): void {
    rmSync(this.reservePath, { force: true });
    this.reserved = false;
    this.stalled = stalled;
    if (stalled && !this.patient) this.refuseAll();
    this.lookLater();
  }

  private lookLater(): void {
    clearTimeout(this.look);
    if (this.patient) this.look = setTimeout(() => this.lookForRoom(), LOOK).unref();
  }

  /** The file of the queue does not get shorter: what was taken out of it is room, too. */
  private lookForRoom(): void {
    const isFull = this.failed !== undefined;
    if (roomOf(this.store) >= RESERVE_BYTES + ENOUGH_BYTES) {
      this.failed = undefined;
      if (isFull) this.observer.resumed();
    }
    if (this.failed !== undefined || this.reserve() !== undefined) this.lookLater();
    this.stalled = false;
    this.goOn();
  }

  /** Takes the room that is given up when the disk is full. */
  private reserve(): QueueError | undefined {
    try {
      if (freeBytes(this.store.folder) < RESERVE_BYTES) return fullError(this.store.folder);
      writeFileSync(this.reservePath, Buffer.alloc(RESERVE_BYTES), { flush: true });
      this.reserved = true;
      return undefined;
    } catch (error) {
      rmSync(this.reservePath, { force: true });
      return diskError(this.store.folder, error);
    }
  }

  private get reservePath(): string {
    return join(this.store.folder, 'reserve');
  }
}

/** lmdb tells why a commit failed in a promise beside it, which is rejected soon after. */
async function causeOf(error: unknown): Promise<Error> {
  const { commitError } = error as { commitError?: Promise<never> };
  try {
    await Promise.race([commitError, sleep(1000, undefined, { ref: false })]);
  } catch (cause) {
    return cause as Error;
  }
  return error instanceof Error ? error : new Error(String(error));
}
