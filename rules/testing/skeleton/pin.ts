import { fromBytes, type AlertValues, type ByteString } from '../../../engine/index.ts';
import { factsKey } from '../expand.ts';
import type { Fact } from '../scene/index.ts';
import type { TestRules } from '../test-rules.ts';
import { firingFactsOf } from './alert-facts.ts';
import { isProven } from './prove.ts';
import { reduceFacts } from './reduce.ts';
import { Trial } from './trial.ts';
import type { SkeletonTest } from './write.ts';

/** Alerts that are alike, by one of them. */
export interface PinnedGroup {
  readonly alert: AlertValues;
  /** The fields that tell it from other groups. */
  readonly fields: readonly ByteString[];
  /** Whether the change of the rules silences it. */
  readonly silenced: boolean;
}

/** A test that holds a change of rules fast. */
export interface PinnedTest {
  /** Undefined where no group could be given again. */
  readonly test: SkeletonTest | undefined;
  /** Indexes of the groups that could not be given again from what is known of their alerts. */
  readonly lacking: readonly number[];
}

/**
 * Makes a test of a rule that was changed to silence some of its alerts: those events are silent, for which the rule fired before, and the others still
 * give alerts. Each case has been tried on both.
 */
export function pinChange(
  before: TestRules,
  after: TestRules,
  rule: ByteString,
  groups: readonly PinnedGroup[],
): PinnedTest {
  const name = fromBytes(rule);
  const trials = [before, after].map((rules) => new Trial(rules, rules.find(name)!));
  const [old, now] = trials as [Trial, Trial];
  const seen = new Set<string>();
  const fires: { facts: readonly Fact[] }[] = [];
  const silent: { facts: readonly Fact[]; why: string }[] = [];
  const lacking: number[] = [];
  groups.forEach(({ alert, fields, silenced }, i) => {
    const keep = new Set(fields.map(fromBytes));
    const holds = (facts: readonly Fact[]): boolean =>
      old.fires(facts) && (silenced ? now.isSilent(facts) : now.fires(facts));
    const found = firingFactsOf(alert, old);
    if (found === undefined || !holds(found)) {
      lacking.push(i);
      return;
    }
    const facts = reduceFacts(found, holds, keep);
    if (seen.has(factsKey(facts))) return;
    seen.add(factsKey(facts));
    if (silenced) silent.push({ facts, why: 'known to be harmless' });
    else fires.push({ facts });
  });
  const test = { rule: name, fires, silent };
  return { test: fires.length + silent.length > 0 && isProven(test, after) ? test : undefined, lacking };
}
