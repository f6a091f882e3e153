import type { SourcePlace } from '../../../engine/index.ts';
import { coverageOf, outcomesOf, type Coverage, type LeafCoverage, type RuleCoverage } from './report.ts';

/** Puts together what several runs show, each over rule files that may be the same, or have some in common. */
export function mergeCoverage(reports: readonly Coverage[]): Coverage {
  return coverageOf(
    merged(reports.flatMap(({ rules }) => rules)),
    merged(reports.flatMap(({ routes }) => routes)),
  );
}

function merged(all: readonly RuleCoverage[]): readonly RuleCoverage[] {
  const rules = new Map<string, RuleCoverage>();
  for (const rule of all) {
    const key = `${rule.name} ${placeKey(rule.place)}`;
    const known = rules.get(key);
    rules.set(key, known === undefined ? rule : mergeRules(known, rule));
  }
  return [...rules.values()];
}

const placeKey = ({ file, line, column }: SourcePlace): string => `${file}:${line}:${column}`;

function mergeRules(a: RuleCoverage, b: RuleCoverage): RuleCoverage {
  const [ofA, ofB] = [keyed(a.leaves), keyed(b.leaves)];
  // What one run had another condition for, and no run has asked, is not wanted: a macro that sites fill in, and tests do, too.
  const merged = [...new Map([...ofA, ...ofB]).keys()].flatMap((key) => {
    const [left, right] = [ofA.get(key), ofB.get(key)];
    if (left !== undefined && right !== undefined) return mergeLeaves(left, right);
    const only = (left ?? right)!;
    return only.held + only.failed > 0 ? only : [];
  });
  const inB = new Set(b.unusedExceptions.map(({ name }) => name));
  return {
    name: a.name,
    place: a.place,
    fires: a.fires + b.fires,
    silent: a.silent + b.silent,
    leaves: merged,
    unusedExceptions: a.unusedExceptions.filter(({ name }) => inB.has(name)),
    ...outcomesOf(merged),
  };
}

/** Checks by where they stand. A macro that stands in a rule twice has its checks twice. */
function keyed(leaves: readonly LeafCoverage[]): ReadonlyMap<string, LeafCoverage> {
  const byKey = new Map<string, LeafCoverage>();
  for (const leaf of leaves) {
    const place = `${leaf.text} ${placeKey(leaf.place)}`;
    let nth = 1;
    while (byKey.has(`${nth} ${place}`)) nth++;
    byKey.set(`${nth} ${place}`, leaf);
  }
  return byKey;
}

function mergeLeaves(a: LeafCoverage, b: LeafCoverage): LeafCoverage {
  const inB = new Set(b.unmatched.map(({ value }) => value));
  return {
    kind: a.kind,
    text: a.text,
    place: a.place,
    held: a.held + b.held,
    failed: a.failed + b.failed,
    canHold: a.canHold || b.canHold,
    canFail: a.canFail || b.canFail,
    // Where a check never held, nothing is said of its items.
    unmatched:
      a.held === 0
        ? b.unmatched
        : b.held === 0
          ? a.unmatched
          : a.unmatched.filter(({ value }) => inB.has(value)),
  };
}
