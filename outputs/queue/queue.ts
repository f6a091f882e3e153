import { Commits, type Purpose } from './commits.ts';
import type { Draft } from './draft.ts';
import { QueueError } from './errors.ts';
import { dropWhatIsOver, refuseIfFull, refuseIfOver, type Dropped, type QueueLimits } from './limits.ts';
import { append, bury, dropDead, dropPending, END, revive, settle, type Accepted } from './moves.ts';
import { takeOwnership, type Ownership } from './owner.ts';
import { rank, unrank } from './ranking.ts';
import {
  deadWindows,
  readAccount,
  readAlertOf,
  readDeadLetter,
  readNextSeq,
  readOldest,
  readPending,
  readValue,
  WINDOW,
  type DeadLetter,
  type PendingDelivery,
} from './reading.ts';
import { Recent } from './recent.ts';
import {
  deserializeValue,
  serializeValue,
  type Account,
  type DeadReason,
  type DeadRecord,
} from './records.ts';
import { diskError, openStore, type Store } from './store.ts';

/** What is written in the same transaction as the alerts. Values are kept as the structured clone algorithm does it; `undefined` goes. */
export interface AlsoKept {
  /** By the name of the input: where it goes on after a restart. */
  readonly checkpoints?: ReadonlyMap<string, unknown>;
  /** By a name of the stage's choice. */
  readonly state?: ReadonlyMap<string, unknown>;
  /** true: goes into the room that is kept free for the time when the disk is full. Small things only: that it is full. */
  readonly intoReserve?: boolean;
}

/** One output in numbers. */
export interface OutputStats extends Account {
  readonly output: string;
  /** false: the configuration does not have it any more; what waits for it stays until it comes back or someone drops it. */
  readonly configured: boolean;
  /** When the oldest pending alert was received, in milliseconds since the epoch. */
  readonly oldest: number | undefined;
}

/** A queue in numbers. */
export interface QueueStats {
  readonly outputs: readonly OutputStats[];
  /** Bytes of the file; it never gets shorter, freed room is used again. */
  readonly fileBytes: number;
  readonly failed: QueueError | undefined;
}

/** How a queue is opened. */
export interface QueueOptions {
  /** By name. Outputs that are not here have no limits. */
  readonly outputs?: ReadonlyMap<string, QueueLimits>;
  /** Bytes of dead letters of one output; beyond that the oldest are dropped. 256 MiB if left away. */
  readonly maxDeadBytes?: number;
  /** To look at it only, also while another process works on it. */
  readonly readOnly?: boolean;
  /** Called after alerts were dropped. */
  readonly onDropped?: (dropped: Dropped) => void;
  /** Called when nothing is accepted any more because the disk is full (`no_space`), or failed (`disk`), also if it was when the queue was opened. */
  readonly onFailed?: (error: QueueError) => void;
  /** Called when there is room again on a disk that was full. */
  readonly onResumed?: () => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Which dead letters a command means; all of them if empty. */
export interface DeadSelection {
  readonly output?: string;
  readonly seqs?: readonly number[];
}

const MAX_DEAD_BYTES = 256 << 20;

/**
 * The durable queue: what was accepted is on disk until it is delivered, dead, or dropped, and each of these is one transaction. Any number of callers may write; one process has the folder.
 *
 * Names of outputs, inputs and states are at most 200 bytes long.
 */
export class Queue {
  private readonly store: Store;
  private readonly options: QueueOptions;
  private readonly commits: Commits;
  private readonly recent: Recent;
  private readonly ownership: Ownership | undefined;
  private limits: ReadonlyMap<string, QueueLimits> = new Map();
  private readonly listeners = new Map<string, Set<() => void>>();
  private closing: Promise<void> | undefined;

  private constructor(store: Store, options: QueueOptions, ownership: Ownership | undefined) {
    this.store = store;
    this.options = options;
    this.ownership = ownership;
    this.recent = new Recent(readNextSeq(store.tables));
    this.commits = new Commits(
      store,
      this.recent,
      (draft) => {
        const dropped = dropWhatIsOver(draft, this.limits, options.maxDeadBytes ?? MAX_DEAD_BYTES);
        return () => {
          for (const drop of dropped) if (drop.count > 0) options.onDropped?.(drop);
        };
      },
      { failed: (error) => options.onFailed?.(error), resumed: () => options.onResumed?.() },
      options.readOnly ?? false,
    );
  }

  /**
   * @param folder is made if missing.
   * @throws QueueError `in_use`, `damaged`, `version`, `disk`, `no_space`.
   */
  static async open(folder: string, options: QueueOptions = {}): Promise<Queue> {
    const readOnly = options.readOnly ?? false;
    const store = await openStore(folder, readOnly);
    try {
      const ownership = readOnly ? undefined : await takeOwnership(folder, store.tables);
      const queue = new Queue(store, options, ownership);
      if (!readOnly) await queue.configure(options.outputs ?? new Map());
      else queue.limits = options.outputs ?? new Map();
      return queue;
    } catch (error) {
      await store.root.close();
      throw error instanceof QueueError ? error : diskError(folder, error);
    }
  }

  /** Set while nothing is accepted because the disk is full (`no_space`; deliveries can still be settled), or failed (`disk`; for good). */
  get failed(): QueueError | undefined {
    return this.commits.failed;
  }

  /** Sets the limits anew: at the start, and when the configuration was read again. */
  async configure(outputs: ReadonlyMap<string, QueueLimits>): Promise<void> {
    this.limits = outputs;
    const names = new Set([...outputs.keys(), ...this.store.tables.accounts.db.getKeys()]);
    for (const output of names) {
      const wanted = outputs.get(output)?.when_full === 'drop_lowest_priority' ? 'yes' : 'no';
      if (readAccount(this.store.tables, output).ranked !== wanted)
        await (wanted === 'yes' ? rank : unrank)(this.commits, this.store.tables, output);
    }
    // Limits are looked at where books are touched.
    await this.commits.run('change', (draft) => {
      for (const output of outputs.keys()) draft.book(output, (account) => account);
    });
  }

  /**
   * Resolves once everything is on disk: one flush serves all callers that wait for it.
   *
   * @throws QueueError `full` if the queue of one of the outputs is and blocks; `no_space`, `disk` if the disk is full or failed. Then nothing was accepted.
   */
  accept(entries: readonly Accepted[], also: AlsoKept = {}): Promise<void> {
    return this.acceptNext(() => ({ ...also, entries }), also.intoReserve);
  }

  /**
   * The same for what is asked for when the transaction is made: what comes until then can be in it. Not asked for if nothing is accepted any more.
   *
   * @param intoReserve as in `AlsoKept`.
   */
  async acceptNext(
    make: () => Omit<AlsoKept, 'intoReserve'> & { readonly entries: readonly Accepted[] },
    intoReserve = false,
  ): Promise<void> {
    let made: ReturnType<typeof make> | undefined;
    const outputs = await this.commits.run(intoReserve ? 'change' : 'accept', (draft) => {
      // The operation is tried again when there is room.
      const { entries, checkpoints, state } = (made ??= make());
      const kept = (values: ReadonlyMap<string, unknown> = new Map()) =>
        [...values].map(
          ([key, value]) => [key, value === undefined ? undefined : serializeValue(value)] as const,
        );
      const { tables } = draft;
      const also = [
        [tables.checkpoints, kept(checkpoints)],
        [tables.state, kept(state)],
      ] as const;
      refuseIfFull(draft, this.limits, entries);
      for (const entry of entries) append(draft, entry);
      for (const [table, values] of also)
        for (const [key, value] of values)
          if (value === undefined) draft.remove(table, key);
          else draft.put(table, key, value);
      return outputsOf(entries);
    });
    this.wake(outputs);
  }

  /** The oldest deliveries of an output after a seq (0: from the start); `limit` at most. What cannot be read is buried, not given. */
  pending(output: string, after: number, limit: number): PendingDelivery[] {
    const recent = this.recent.pending(output, after, limit);
    if (recent !== undefined) return recent;
    const { found, damaged } = readPending(this.store.tables, output, after, limit);
    if (found.length < limit) this.recent.follow(output, (found.at(-1)?.seq ?? after) + 1);
    if (damaged.length > 0 && !this.options.readOnly) {
      const why = { reason: 'damaged', message: 'the alert cannot be read from disk', attempts: 0 };
      // A disk that fails is told elsewhere; they are found again then.
      this.bury(output, damaged, why).catch(() => undefined);
    }
    return found;
  }

  /** Whether a delivery is still to be made: limits and commands may have dropped it. */
  isPending(output: string, seq: number): boolean {
    return this.recent.isPending(output, seq) ?? this.store.tables.pending.db.doesExist([output, seq]);
  }

  /** Calls back whenever there may be more to deliver; returns how to stop that. */
  onPending(output: string, listener: () => void): () => void {
    const listeners = this.listeners.get(output) ?? new Set();
    this.listeners.set(output, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Ends deliveries that were made. Resolves with how many there were: those that were dropped meanwhile do not count. */
  delivered(output: string, seqs: readonly number[]): Promise<number> {
    return this.deliveredNext(output, () => seqs);
  }

  /** The same for what is asked for when the transaction is made; it may be asked for twice. */
  deliveredNext(output: string, take: () => readonly number[]): Promise<number> {
    return this.commits.run('settle', (draft) => count(take(), (seq) => settle(draft, output, seq)));
  }

  /** Gives deliveries up: they become dead letters. Resolves with how many there were. */
  bury(output: string, seqs: readonly number[], why: DeadReason): Promise<number> {
    return this.commits.run('settle', (draft) =>
      count(seqs, (seq) => bury(draft, output, seq, why, this.now())),
    );
  }

  /** Dead letters, oldest first, output by output. */
  *dead(output?: string): Iterable<DeadLetter> {
    for (const name of output === undefined ? this.outputs() : [output])
      for (const seqs of deadWindows(this.store.tables, name, END))
        for (const seq of seqs) {
          const letter = this.deadLetter(name, seq);
          if (letter !== undefined) yield letter;
        }
  }

  /** One dead letter. */
  deadLetter(output: string, seq: number): DeadLetter | undefined {
    return readDeadLetter(this.store.tables, output, seq);
  }

  /**
   * Puts dead letters back into the queue, at its end. Resolves with how many; those that cannot be read stay.
   *
   * @throws QueueError as `accept` does; what was put back until then stays so.
   */
  async replay(selection: DeadSelection = {}): Promise<number> {
    return this.eachDead(selection, 'accept', (draft, output, seq, { bytes }) => {
      if (readAlertOf(draft.tables, seq) === undefined) return false;
      refuseIfOver(draft, this.limits, output, bytes);
      return revive(draft, output, seq);
    });
  }

  /** Drops dead letters; resolves with how many. They are counted. */
  async dropDead(selection: DeadSelection = {}): Promise<number> {
    return this.eachDead(
      selection,
      'change',
      (draft, output, seq) => dropDead(draft, output, seq, 'command') !== undefined,
    );
  }

  /** Drops all that waits for an output; resolves with how many. They are counted. */
  async dropPending(output: string): Promise<number> {
    const { pending } = this.store.tables;
    const end = readNextSeq(this.store.tables);
    let dropped = 0;
    for (;;) {
      const keys = [...pending.db.getKeys({ start: [output, 0], end: [output, end], limit: WINDOW })];
      if (keys.length === 0) return dropped;
      dropped += await this.commits.run('change', (draft) =>
        count(keys, ([, seq]) => dropPending(draft, output, seq, 'command') !== undefined),
      );
    }
  }

  /** Where an input goes on; undefined if it never said. */
  checkpoint(input: string): unknown {
    return this.kept('checkpoints', input);
  }

  /** What a stage kept under a name. */
  state(key: string): unknown {
    return this.kept('state', key);
  }

  /** Everything that stages kept, by name. */
  *states(): Iterable<readonly [string, unknown]> {
    const { db, decode } = this.store.tables.state;
    for (const { key, value } of db.getRange()) yield [key, deserializeValue(decode(value))];
  }

  stats(): QueueStats {
    const { lastPageNumber, pageSize } = this.store.root.getStats() as Record<string, number>;
    return {
      outputs: this.outputs().map((output) => ({
        output,
        configured: this.limits.has(output),
        oldest: readOldest(this.store.tables, output),
        ...readAccount(this.store.tables, output),
      })),
      fileBytes: (lastPageNumber! + 1) * pageSize!,
      failed: this.failed,
    };
  }

  /** From now on, what cannot be noted for lack of room is not waited for: it is refused, and comes again after the next start. */
  stopWaiting(): void {
    this.commits.stopWaiting();
  }

  /** Waits for what is being written, and gives the folder free. Deliverers are to be stopped before. */
  close(): Promise<void> {
    return (this.closing ??= this.closeOnce());
  }

  private async closeOnce(): Promise<void> {
    await this.commits.close();
    await this.ownership?.release();
    await this.store.root.close();
  }

  private async eachDead(
    { output, seqs }: DeadSelection,
    purpose: Purpose,
    act: (draft: Draft, output: string, seq: number, record: DeadRecord) => boolean,
  ): Promise<number> {
    const { tables } = this.store;
    const end = readNextSeq(tables);
    let acted = 0;
    for (const name of output === undefined ? this.outputs() : [output])
      for (const window of seqs === undefined ? deadWindows(tables, name, end) : [seqs]) {
        acted += await this.commits.run(purpose, (draft) =>
          count(window, (seq) => {
            const record = draft.get(tables.dead, [name, seq]);
            return record !== undefined && act(draft, name, seq, record);
          }),
        );
        if (purpose === 'accept') this.wake([name]);
      }
    return acted;
  }

  private kept(table: 'checkpoints' | 'state', key: string): unknown {
    const bytes = readValue(this.store.tables[table], key);
    return bytes === undefined ? undefined : deserializeValue(bytes);
  }

  private outputs(): string[] {
    return [...new Set([...this.limits.keys(), ...this.store.tables.accounts.db.getKeys()])].sort();
  }

  private wake(outputs: Iterable<string>): void {
    for (const output of outputs) for (const listener of this.listeners.get(output) ?? []) listener();
  }

  private now(): number {
    return this.options.now?.() ?? Date.now();
  }
}

function outputsOf(entries: readonly Accepted[]): Set<string> {
  const outputs = new Set<string>();
  for (const { deliveries } of entries) for (const { output } of deliveries) outputs.add(output);
  return outputs;
}

function count<T>(items: readonly T[], act: (item: T) => boolean): number {
  return items.filter(act).length;
}
