import type { Key } from 'lmdb';
import type { Recent } from './recent.ts';
import { EMPTY_ACCOUNT, type Account, type PendingRecord, type Table, type Tables } from './records.ts';

interface Write {
  readonly key: Key;
  /** undefined: removed. */
  readonly value: unknown;
}

/** A key as maps find it. */
type Place = string | number;
type Writes = Map<Place, Write>;
type AnyTable = Table<Key, unknown>;

/**
 * What one commit is going to write. Several operations are drafted into the same one; each sees what those before it have written, and leaves nothing behind if it throws.
 */
export class Draft {
  readonly tables: Tables;
  private readonly recent: Recent;
  private readonly writes = new Map<AnyTable, Writes>();
  /** What the operation under way has replaced, to take it back. */
  private undo: [Writes, Place, Write | undefined][] = [];
  /** The seq that is given next. */
  next: number;
  constructor(tables: Tables, recent: Recent) {
    this.tables = tables;
    this.recent = recent;
    this.next = recent.next;
  }

  /** Runs one operation: all that it writes, or nothing if it throws. */
  attempt<T>(operation: (draft: Draft) => T): T {
    const { next } = this;
    this.undo = [];
    try {
      return operation(this);
    } catch (error) {
      this.next = next;
      for (const [writes, place, write] of this.undo.reverse())
        if (write === undefined) writes.delete(place);
        else writes.set(place, write);
      throw error;
    }
  }

  /** The next place in the queue. */
  nextSeq(): number {
    return this.next++;
  }

  /** @throws RecordError if what is on disk cannot be read. */
  get<K extends Key, V>(table: Table<K, V>, key: K): V | undefined {
    const write = this.written(table, key);
    return write === undefined ? read(table, key) : (write.value as V | undefined);
  }

  /** A delivery that is to be made. */
  pending(output: string, seq: number): PendingRecord | undefined {
    const { pending } = this.tables;
    const key: [string, number] = [output, seq];
    const write = this.written(pending, key);
    if (write !== undefined) return write.value as PendingRecord | undefined;
    return this.recent.record(output, seq) ?? read(pending, key);
  }

  /** The books of an output. */
  account(output: string): Account {
    const { accounts } = this.tables;
    const write = this.written(accounts, output);
    if (write !== undefined) return write.value as Account;
    return this.recent.account(output) ?? read(accounts, output) ?? EMPTY_ACCOUNT;
  }

  /** Changes the books of an output; gives what they are then. */
  book(output: string, change: (account: Account) => Account): Account {
    const account = change(this.account(output));
    this.put(this.tables.accounts, output, account);
    return account;
  }

  put<K extends Key, V>(table: Table<K, V>, key: K, value: V): void {
    this.write(table, key, value);
  }

  remove<K extends Key, V>(table: Table<K, V>, key: K): void {
    this.write(table, key, undefined);
  }

  /** The keys of a table from `start` on and before `end`, in order, as they are after this draft. */
  *keys<K extends Key[], V>(table: Table<K, V>, start: Key[], end: Key[]): Iterable<K> {
    const drafted: K[] = [];
    for (const [key, value] of this.changes(table)) if (value !== undefined) drafted.push(key);
    const added = drafted
      .filter((key) => compare(key, start) >= 0 && compare(key, end) < 0)
      .sort(compare)
      .values();
    let next = added.next();
    for (const key of table.db.getKeys({ start: start as K, end: end as K })) {
      for (; !next.done && compare(next.value, key) < 0; next = added.next()) yield next.value;
      if (this.written(table, key) === undefined) yield key;
    }
    for (; !next.done; next = added.next()) yield next.value;
  }

  /** The outputs whose books this draft changes. */
  changedOutputs(): string[] {
    return [...this.changes(this.tables.accounts)].map(([output]) => output);
  }

  /** What this draft writes in a table; undefined where it removes. */
  *changes<K extends Key, V>(table: Table<K, V>): Iterable<readonly [K, V | undefined]> {
    const writes = this.writes.get(table as unknown as AnyTable);
    for (const { key, value } of writes?.values() ?? []) yield [key as K, value as V | undefined];
  }

  get empty(): boolean {
    for (const writes of this.writes.values()) if (writes.size > 0) return false;
    return true;
  }

  /** All writes, encoded: what hands them to LMDB, to be called within one batch. It does not throw half-way. */
  encode(): () => void {
    if (this.next !== this.recent.next) this.put(this.tables.meta, 'next', this.next);
    const encoded: { db: AnyTable['db']; key: Key; bytes: Buffer | undefined }[] = [];
    for (const [table, writes] of this.writes)
      for (const { key, value } of writes.values())
        encoded.push({ db: table.db, key, bytes: value === undefined ? undefined : table.encode(value) });
    return () => {
      let last: Promise<boolean> | undefined;
      for (const { db, key, bytes } of encoded) {
        const written = bytes === undefined ? db.remove(key) : db.put(key, bytes);
        // Each promise is that of the batch, which is awaited; they are the same, as a rule.
        if (written !== last) written.catch(() => undefined);
        last = written;
      }
    };
  }

  private written<K extends Key, V>(table: Table<K, V>, key: K): Write | undefined {
    return this.writes.get(table as unknown as AnyTable)?.get(placeOf(key));
  }

  private write<K extends Key, V>(table: Table<K, V>, key: K, value: V | undefined): void {
    const place = placeOf(key);
    let writes = this.writes.get(table as unknown as AnyTable);
    if (writes === undefined) this.writes.set(table as unknown as AnyTable, (writes = new Map()));
    this.undo.push([writes, place, writes.get(place)]);
    writes.set(place, { key, value });
  }
}

/** @throws RecordError if what is on disk cannot be read. */
function read<K extends Key, V>({ db, decode }: Table<K, V>, key: K): V | undefined {
  const bytes = db.get(key);
  return bytes === undefined ? undefined : decode(bytes);
}

const placeOf = (key: Key): Place =>
  typeof key === 'number' ? key : Array.isArray(key) ? key.join('\0') : String(key);

/** Order of keys as LMDB has it, for lists of text and numbers in the same places. */
function compare(a: readonly Key[], b: readonly Key[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const [left, right] = [a[index]!, b[index]!];
    if (left === right) continue;
    if (typeof left === 'number' && typeof right === 'number') return left - right;
    return Buffer.compare(Buffer.from(String(left)), Buffer.from(String(right)));
  }
  return a.length - b.length;
}
