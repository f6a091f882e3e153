/** State of stages: small, bounded, and JSON at any moment. */

/** State as JSON, by the names of its entries. */
export type StateJson = ReadonlyMap<string, unknown>;

interface Entry<T> {
  /** Grows with each change, so that what is restored keeps its order. */
  readonly seq: number;
  readonly value: T;
}

/** How the values of a table become JSON. */
export interface Codec<T> {
  readonly encode: (value: T) => unknown;
  readonly decode: (json: unknown) => T;
}

/** A limit of what the values of a table are together, beside their number. */
export interface WeightLimit<T> {
  readonly most: number;
  readonly of: (value: T) => number;
}

const asIs: Codec<unknown> = { encode: (value) => value, decode: (json) => json };

/**
 * Values by their keys. Values never change, but are replaced. Of more than `limit`, or of what weighs more than it may, those go that were longest not replaced; `evicted` is told. One is
 * always kept, whatever it weighs.
 */
export class Table<T> {
  readonly name: string;
  readonly #limit: number;
  readonly #evicted: (key: string, value: T) => void;
  readonly #codec: Codec<T>;
  #entries = new Map<string, Entry<T>>();
  /** What stood there when changes were last kept. */
  readonly #before = new Map<string, Entry<T> | undefined>();
  /** What stood there when changes were last asked for. */
  #taken = new Map<string, Entry<T> | undefined>();
  readonly #nextSeq: () => number;
  readonly #limitOfWeight: WeightLimit<T> | undefined;
  #weight = 0;

  constructor(
    name: string,
    nextSeq: () => number,
    limit: number,
    evicted: (key: string, value: T) => void,
    codec: Codec<T> = asIs as Codec<T>,
    weight?: WeightLimit<T>,
  ) {
    this.name = name;
    this.#nextSeq = nextSeq;
    this.#limit = limit;
    this.#evicted = evicted;
    this.#codec = codec;
    this.#limitOfWeight = weight;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.value;
  }

  set(key: string, value: T): void {
    const old = this.#entries.get(key);
    this.#remember(key, old);
    const entry = { seq: this.#nextSeq(), value };
    if (old !== undefined) this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#weigh(old, entry);
    while (this.#isOver()) {
      const [oldest, { value: gone }] = this.#entries.entries().next().value!;
      this.delete(oldest);
      this.#evicted(oldest, gone);
    }
  }

  #isOver(): boolean {
    const { size } = this.#entries;
    return size > this.#limit || (size > 1 && this.#weight > (this.#limitOfWeight?.most ?? Infinity));
  }

  #weigh(gone: Entry<T> | undefined, come: Entry<T> | undefined): void {
    const limit = this.#limitOfWeight;
    if (limit === undefined) return;
    if (gone !== undefined) this.#weight -= limit.of(gone.value);
    if (come !== undefined) this.#weight += limit.of(come.value);
  }

  delete(key: string): void {
    const old = this.#entries.get(key);
    if (old === undefined) return;
    this.#remember(key, old);
    this.#entries.delete(key);
    this.#weigh(old, undefined);
  }

  /** From the one that was longest not replaced. Entries may be deleted and replaced meanwhile. */
  *entries(): Generator<readonly [string, T]> {
    for (const [key, { value }] of [...this.#entries]) yield [key, value];
  }

  #remember(key: string, old: Entry<T> | undefined): void {
    if (!this.#before.has(key)) this.#before.set(key, old);
  }

  /** What changed since changes were kept; `undefined` is gone. */
  *changes(): Generator<readonly [string, unknown]> {
    this.#taken = new Map([...this.#before.keys()].map((key) => [key, this.#entries.get(key)]));
    for (const [key, entry] of this.#taken) yield [key, entry && this.#json(entry)];
  }

  /** Says that the changes that were last asked for are kept; what changed since then is not. */
  keep(): void {
    for (const [key, entry] of this.#taken)
      if (this.#entries.get(key) === entry) this.#before.delete(key);
      else this.#before.set(key, entry);
    this.#taken.clear();
  }

  /** Takes back what changed since changes were kept. */
  undo(): void {
    this.#taken.clear();
    if (this.#before.size === 0) return;
    for (const [key, entry] of this.#before) {
      this.#weigh(this.#entries.get(key), entry);
      if (entry === undefined) this.#entries.delete(key);
      else this.#entries.set(key, entry);
    }
    this.#before.clear();
    this.#sort();
  }

  *json(): Generator<readonly [string, unknown]> {
    for (const [key, entry] of this.#entries) yield [key, this.#json(entry)];
  }

  #json({ seq, value }: Entry<T>): unknown {
    return [seq, this.#codec.encode(value)];
  }

  /** Takes entries as `json` gave them. Gives the highest number of an entry. */
  restore(entries: Iterable<readonly [string, unknown]>): number {
    let last = 0;
    for (const [key, json] of entries) {
      const [seq, value] = json as [number, unknown];
      const entry = { seq, value: this.#codec.decode(value) };
      this.#weigh(this.#entries.get(key), entry);
      this.#entries.set(key, entry);
      last = Math.max(last, seq);
    }
    this.#sort();
    return last;
  }

  #sort(): void {
    this.#entries = new Map([...this.#entries].sort(([, a], [, b]) => a.seq - b.seq));
  }
}
