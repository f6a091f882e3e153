import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(import.meta.dirname, '../baseline.json');

/** What is worse than its baseline by more than this is marked. */
const TOLERANCE = 0.1;

/** The ratio of each measurement by its name: no seconds, so that machines can be compared. */
export type Baseline = Readonly<Record<string, number>>;

/** The baseline that is committed; empty if there is none. */
export function readBaseline(): Baseline {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Baseline) : {};
}

/** Writes new ratios over the old ones; measurements that were not made keep theirs. */
export function updateBaseline(measured: Baseline): void {
  const rounded = Object.entries(measured).map(
    ([name, ratio]) => [name, Number(ratio.toPrecision(3))] as const,
  );
  const all = Object.entries({ ...readBaseline(), ...Object.fromEntries(rounded) });
  const sorted = all.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
}

/** How a ratio stands to its baseline. */
export interface Comparison {
  /** 0.2: a fifth worse; below 0: better. */
  readonly change: number;
  readonly worse: boolean;
}

/** Compares a ratio with its baseline; undefined if there is none. */
export function compare(ratio: number, before: number | undefined): Comparison | undefined {
  if (before === undefined) return undefined;
  const change = ratio / before - 1;
  return { change, worse: change > TOLERANCE };
}
