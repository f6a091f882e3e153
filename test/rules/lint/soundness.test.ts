import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { toBytes } from '../../../engine/index.ts';
import { engineLanguage, lintChecks, lintRules, type LintSettings } from '../../../rules/index.ts';
import { hasOracle, oraclePath } from '../../oracle.ts';

/** An argument, compared with one value. */
const SINGLE = /^evt\.arg[.[][\w\]]+ ?(?:=|contains|startswith|endswith|in) ?\S+$/;

/** What lint claims of conditions, each as a rule of its own: codes by condition. */
function claims(conditions: readonly string[], ...codes: readonly string[]): Map<string, string[]> {
  const settings: LintSettings = Object.fromEntries(
    lintChecks.flatMap(({ code }) => (codes.includes(code) ? [] : [[code, 'off'] as const])),
  );
  const rules = conditions.map((condition, i) => ({
    rule: `${i}`,
    desc: 'd',
    condition,
    output: 'o',
    priority: 'NOTICE',
  }));
  const content = toBytes(JSON.stringify(rules, undefined, 1));
  const found = new Map<string, string[]>();
  for (const { code, message } of lintRules([{ name: 'all.yaml', content }], engineLanguage, { settings })) {
    // What is about a value says so itself.
    const rule = /^rule "(\d+)"/.exec(message)?.[1];
    const condition = rule === undefined ? message : conditions[Number(rule)]!;
    found.set(condition, [...(found.get(condition) ?? []), code]);
  }
  return found;
}

describe('what lint claims of conditions that Falco evaluated over captures', function () {
  if (!hasOracle()) return;
  this.timeout(60_000);
  interface Row {
    readonly condition: string;
    readonly capture: string;
    readonly count: number;
  }
  const rows = readFileSync(oraclePath('eval.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  const most = new Map<string, number>();
  for (const { condition, count } of rows) most.set(condition, Math.max(most.get(condition) ?? 0, count));
  let found: Map<string, string[]>;
  before(() => {
    found = claims([...most.keys()], 'never-fires', 'matches-everything');
  });

  it('no condition that matched is said to be one that never can', () => {
    const wrong = [...most].filter(
      ([condition, count]) => count > 0 && found.get(condition)?.includes('never-fires'),
    );
    expect(wrong).to.deep.equal([]);
  });
  it('no single check that matched is said to ask for what an argument never shows', () => {
    const matched = [...most].filter(([condition, count]) => count > 0 && SINGLE.test(condition));
    expect(matched).to.not.have.length(0);
    const conditions = matched.map(([condition]) => condition);
    expect([...claims(conditions, 'impossible-value').keys()]).to.deep.equal([]);
  });
  it('no condition is said to match everything that matched less', () => {
    const all = new Map<string, number>();
    for (const { capture, count } of rows) all.set(capture, Math.max(all.get(capture) ?? 0, count));
    const wrong = rows.filter(
      ({ condition, capture, count }) =>
        found.get(condition)?.includes('matches-everything') && count < all.get(capture)!,
    );
    expect(wrong).to.deep.equal([]);
  });
  it('some are said to, so that the test says something', () => {
    expect([...found.values()].flat()).to.include.members(['never-fires', 'matches-everything']);
  });
});
