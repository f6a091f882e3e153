import type { Key } from 'lmdb';
import { EMPTY_ACCOUNT, type Account, type Table, type Tables } from './records.ts';

interface Write {
  readonly table: Table<Key, unknown>;
  readonly key: Key;
  /** undefined: removed. */
  readonly value: unknown;
}

/**
 * What one commit is going to write. Several operations are drafted into the same one; each sees what those before it have written, and leaves nothing behind if it throws.
 */
export class Draft {
  readonly tables: Tables;
  private readonly writes = new Map<string, Write>();
  /** What the operation under way has replaced, to take it back. */
  private undo: [string, Write | undefined][] = [];
  constructor(tables: Tables) {
    this.tables = tables;
  }

  /** Runs one operation: all that it writes, or nothing if it throws. */
  attempt<T>(operation: (draft: Draft) => T): T {
    this.undo = [];
    try {
      return operation(this);
    } catch (error) {
      for (const [place, write] of this.undo.reverse())
        if (write === undefined) this.writes.delete(place);
        else this.writes.set(place, write);
      throw error;
    }
  }

  /** @throws RecordError if what is on disk cannot be read. */
  get<K extends Key, V>(table: Table<K, V>, key: K): V | undefined {
    const write = this.writes.get(placeOf(table, key));
    if (write !== undefined) return write.value as V | undefined;
    const bytes = table.db.get(key);
    return bytes === undefined ? undefined : table.decode(bytes);
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
    for (const { table: of, key, value } of this.writes.values())
      if ((of as unknown) === table && value !== undefined) drafted.push(key as K);
    const added = drafted
      .filter((key) => compare(key, start) >= 0 && compare(key, end) < 0)
      .sort(compare)
      .values();
    let next = added.next();
    for (const key of table.db.getKeys({ start: start as K, end: end as K })) {
      for (; !next.done && compare(next.value, key) < 0; next = added.next()) yield next.value;
      if (!this.writes.has(placeOf(table, key))) yield key;
    }
    for (; !next.done; next = added.next()) yield next.value;
  }

  account(output: string): Account {
    return this.get(this.tables.accounts, output) ?? EMPTY_ACCOUNT;
  }

  /** Changes the books of an output. */
  book(output: string, change: (account: Account) => Account): void {
    this.put(this.tables.accounts, output, change(this.account(output)));
  }

  /** The outputs whose books this draft changes. */
  changedOutputs(): string[] {
    const changed: string[] = [];
    for (const { table, key } of this.writes.values())
      if ((table as unknown) === this.tables.accounts) changed.push(key as string);
    return changed;
  }

  get empty(): boolean {
    return this.writes.size === 0;
  }

  /** All writes, encoded: what hands them to LMDB, to be called within one batch. It does not throw half-way. */
  encode(): () => void {
    const encoded = [...this.writes.values()].map(({ table, key, value }) => ({
      db: table.db,
      key,
      bytes: value === undefined ? undefined : table.encode(value),
    }));
    return () => {
      for (const { db, key, bytes } of encoded)
        // Each promise is that of the batch, which is awaited.
        void (bytes === undefined ? db.remove(key) : db.put(key, bytes)).catch(() => undefined);
    };
  }

  private write<K extends Key, V>(table: Table<K, V>, key: K, value: V | undefined): void {
    const place = placeOf(table, key);
    this.undo.push([place, this.writes.get(place)]);
    this.writes.set(place, { table: table as unknown as Table<Key, unknown>, key, value });
  }
}

function placeOf<K extends Key, V>({ name }: Table<K, V>, key: K): string {
  return Array.isArray(key) ? `${name}\0${key.join('\0')}` : `${name}\0${String(key)}`;
}

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
