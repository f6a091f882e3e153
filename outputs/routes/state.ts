import { Table, type Codec, type StateJson, type WeightLimit } from './table.ts';

/** Where a table is in state: names hold no blank. */
const NAME_END = ' ';
const CLOCK = 'clock';

/** Two times at once. */
export interface Moment {
  /** Milliseconds since the epoch, as the clock says. */
  readonly wall: number;
  /** The same, but never less than before: when the clock is set back, this one goes on from where it was. */
  readonly steady: number;
  /** `steady` of the moment before. */
  readonly before: number;
}

/** Everything that stages remember, in tables, and the clock that they measure by. */
export class StageState {
  readonly #tables = new Map<string, Table<unknown>>();
  readonly #evictions = new Map<string, number>();
  /** What was restored of tables that are not there (yet). */
  #waiting = new Map<string, [string, unknown][]>();
  #gone = new Set<string>();
  #seq = 0;
  #last = 0;
  #offset = 0;
  #clockBefore: readonly [last: number, offset: number] | undefined;
  #clockTaken: readonly [last: number, offset: number] | undefined;

  /** A table with a name without blanks. `evicted` is told of entries that go because there are too many. */
  table<T>(
    name: string,
    limit: number,
    evicted?: (key: string, value: T) => void,
    codec?: Codec<T>,
    weight?: WeightLimit<T>,
  ): Table<T> {
    const count = (key: string, value: T): void => {
      this.#evictions.set(name, (this.#evictions.get(name) ?? 0) + 1);
      evicted?.(key, value);
    };
    const table = new Table<T>(name, () => ++this.#seq, limit, count, codec, weight);
    this.#tables.set(name, table as unknown as Table<unknown>);
    const entries = this.#waiting.get(name);
    if (entries !== undefined) this.#fill(table as unknown as Table<unknown>, entries);
    this.#waiting.delete(name);
    return table;
  }

  /** How many entries went because there were too many, by the names of tables. */
  get evictions(): ReadonlyMap<string, number> {
    return this.#evictions;
  }

  /** Takes the time of the clock. */
  moment(wall: number): Moment {
    this.#clockBefore ??= [this.#last, this.#offset];
    const before = this.#last;
    if (wall + this.#offset < before) this.#offset = before - wall;
    this.#last = wall + this.#offset;
    return { wall, steady: this.#last, before };
  }

  /** What the clock will say at a time of `Moment.steady`. */
  wallAt(steady: number): number {
    return steady - this.#offset;
  }

  /** What changed since `keep`, by the names of entries; `undefined` is gone. */
  changes(): Map<string, unknown> {
    const changes = new Map<string, unknown>([...this.#gone].map((name) => [name, undefined]));
    for (const [name, table] of this.#tables)
      for (const [key, value] of table.changes()) changes.set(name + NAME_END + key, value);
    this.#clockTaken = [this.#last, this.#offset];
    // That time passed is no change by itself, or every tick would be one.
    if (changes.size > 0) changes.set(CLOCK, [this.#last, this.#offset]);
    return changes;
  }

  /** Says that the changes that were last asked for are kept. What changed since then is not yet. */
  keep(): void {
    for (const table of this.#tables.values()) table.keep();
    this.#gone.clear();
    this.#clockBefore = this.#clockTaken;
  }

  /** Takes everything back that changed since `keep`. */
  undo(): void {
    for (const table of this.#tables.values()) table.undo();
    if (this.#clockBefore !== undefined) [this.#last, this.#offset] = this.#clockBefore;
    this.#clockBefore = undefined;
  }

  /** Everything, as `restore` takes it. */
  json(): Map<string, unknown> {
    const json = new Map<string, unknown>([[CLOCK, [this.#last, this.#offset]]]);
    for (const [name, table] of this.#tables)
      for (const [key, value] of table.json()) json.set(name + NAME_END + key, value);
    return json;
  }

  /** Takes what was kept. What belongs to tables that are not there is to be forgotten (`forgetOthers`). */
  restore(json: StateJson): void {
    const clock = json.get(CLOCK) as [number, number] | undefined;
    if (clock !== undefined) [this.#last, this.#offset] = clock;
    const byTable = new Map<string, [string, unknown][]>();
    for (const [name, value] of json) {
      const end = name.indexOf(NAME_END);
      if (end < 0) continue;
      const table = name.slice(0, end);
      const entries = byTable.get(table) ?? [];
      entries.push([name.slice(end + 1), value]);
      byTable.set(table, entries);
    }
    for (const [name, entries] of byTable) {
      const table = this.#tables.get(name);
      if (table === undefined) this.#waiting.set(name, entries);
      else this.#fill(table, entries);
    }
  }

  /** Names of entries whose tables are not there any more become changes, so that they go. */
  forgetOthers(): void {
    for (const [name, entries] of this.#waiting)
      for (const [key] of entries) this.#gone.add(name + NAME_END + key);
    this.#waiting = new Map();
  }

  #fill(table: Table<unknown>, entries: readonly [string, unknown][]): void {
    this.#seq = Math.max(this.#seq, table.restore(entries));
  }
}
