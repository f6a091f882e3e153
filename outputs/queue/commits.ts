import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Draft } from './draft.ts';
import { QueueError } from './errors.ts';
import { diskError, type Store } from './store.ts';

/** `accept`: puts something in; refused once the disk has failed. `settle`: gets something out of the way; goes on as long as it can when the disk is full. */
type Purpose = 'accept' | 'settle';

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

/** Commits what many callers want written, in order, in as few transactions as it takes: while one is flushed, the operations for the next gather. */
export class Commits {
  /** Set once the disk failed. Nothing is accepted from then on. */
  failed: QueueError | undefined;
  private readonly store: Store;
  private readonly finish: (draft: Draft) => () => void;
  private readonly onFailed: (error: QueueError) => void;
  private waiting: Operation[] = [];
  private running: Promise<void> | undefined;
  private closed = false;

  /** @param finish drafted into each commit after its operations; what it returns is called after the commit. */
  constructor(
    store: Store,
    finish: (draft: Draft) => () => void,
    onFailed: (error: QueueError) => void,
    readOnly: boolean,
  ) {
    this.store = store;
    this.finish = finish;
    this.onFailed = onFailed;
    if (readOnly) this.closed = true;
    else this.reserve();
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
      this.running ??= this.work();
    });
  }

  /** Resolves when nothing is left to be written. */
  async close(): Promise<void> {
    this.closed = true;
    await this.running;
  }

  private refusal(purpose: Purpose): QueueError | undefined {
    if (this.closed) return new QueueError('closed', 'the queue is closed');
    if (this.failed === undefined) return undefined;
    return purpose === 'settle' && this.failed.problem === 'no_space' ? undefined : this.failed;
  }

  private async work(): Promise<void> {
    // What else comes in this turn goes into the same commit.
    await Promise.resolve();
    while (this.waiting.length > 0) await this.commit(this.waiting.splice(0, MAX_OPERATIONS));
    this.running = undefined;
  }

  private async commit(operations: readonly Operation[]): Promise<void> {
    const draft = new Draft(this.store.tables);
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
      await this.fail(error, drafted);
      return;
    }
    for (const { done } of drafted) done();
    queueMicrotask(after);
  }

  private async fail(error: unknown, operations: readonly Operation[]): Promise<void> {
    const first = this.failed === undefined;
    const cause = await causeOf(error);
    const failed = await diskError(this.store.folder, cause);
    if (failed.problem === 'no_space') rmSync(this.reservePath, { force: true });
    // Settling is tried once more, in the room that was kept for it.
    this.failed = first ? failed : new QueueError('disk', failed.message, failed.hint, { cause });
    const again = operations.filter(({ purpose }) => this.refusal(purpose) === undefined);
    for (const operation of operations) if (!again.includes(operation)) operation.fail(this.failed);
    for (const operation of this.waiting.splice(0))
      if (this.refusal(operation.purpose) === undefined) again.push(operation);
      else operation.fail(this.failed);
    this.waiting = again;
    if (first) queueMicrotask(() => this.onFailed(failed));
  }

  private reserve(): void {
    try {
      writeFileSync(this.reservePath, Buffer.alloc(RESERVE_BYTES), { flush: true });
    } catch (error) {
      this.failed = new QueueError(
        (error as NodeJS.ErrnoException).code === 'ENOSPC' ? 'no_space' : 'disk',
        `${this.reservePath} cannot be written: ${(error as Error).message}`,
        'make room, and start again',
        { cause: error },
      );
      rmSync(this.reservePath, { force: true });
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
    await Promise.race([commitError, setTimeout(1000, undefined, { ref: false })]);
  } catch (cause) {
    return cause as Error;
  }
  return error instanceof Error ? error : new Error(String(error));
}
