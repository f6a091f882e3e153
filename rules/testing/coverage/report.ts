import { fromBytes, type SourcePlace } from '../../../engine/index.ts';
import {
  checksOf,
  constantsOf,
  placeOfValue,
  writtenCheck,
  type CheckNode,
} from '../../model/condition-node.ts';
import type { ModelRule, RuleModel } from '../../model/model.ts';
import { currentCodes } from '../../model/reasoning/event-facts.ts';
import { fails, holds } from '../../model/reasoning/reasoner.ts';
import type { CoverageCounts, LeafCounts, RuleCounts } from './counter.ts';

/** What tests show of one check of a rule, or of one stage of a route: it holds when it holds an alert back. */
export interface LeafCoverage {
  readonly kind: 'check' | 'stage';
  /** As it is written. */
  readonly text: string;
  readonly place: SourcePlace;
  readonly held: number;
  readonly failed: number;
  /** Whether it can hold, and fail, at all, as far as can be told: `evt.type = execve` never fails in a rule that is asked at nothing else. */
  readonly canHold: boolean;
  readonly canFail: boolean;
  /** Items of the list on its right side of which none was seen to match, each at its place. */
  readonly unmatched: readonly { readonly value: string; readonly place: SourcePlace }[];
}

/** What tests show of one rule. */
export interface RuleCoverage {
  readonly name: string;
  readonly place: SourcePlace;
  readonly fires: number;
  readonly silent: number;
  readonly leaves: readonly LeafCoverage[];
  /** Exceptions with values that never applied. */
  readonly unusedExceptions: readonly { readonly name: string; readonly place: SourcePlace }[];
  /** Outcomes of checks that are possible, and those that were seen. */
  readonly possible: number;
  readonly seen: number;
}

/** What tests show of rules and of routes. Of a route, `fires` is how many alerts it took, `silent` how many it was asked about and did not; the stages of a route are leaves, too, which hold when they hold an alert back. */
export interface Coverage {
  readonly rules: readonly RuleCoverage[];
  readonly routes: readonly RuleCoverage[];
  readonly possible: number;
  readonly seen: number;
}

/** Outcomes that were seen, in percent of those that are possible; 100 where nothing is. */
export const percentOf = ({ possible, seen }: Pick<Coverage, 'possible' | 'seen'>): number =>
  possible === 0 ? 100 : (100 * seen) / possible;

/** What the counts say of the rules. Rules that are not enabled are left out. */
export function reportCoverage(model: RuleModel, counts: CoverageCounts): Coverage {
  return coverageOf(
    model.rules.flatMap((rule, i) => (rule.loaded.enabled ? [ruleCoverage(model, rule, counts[i]!)] : [])),
  );
}

/** The coverage of these rules and routes together. */
export function coverageOf(rules: readonly RuleCoverage[], routes: readonly RuleCoverage[] = []): Coverage {
  const all = [...rules, ...routes];
  return {
    rules,
    routes,
    possible: all.reduce((sum, { possible }) => sum + possible, 0),
    seen: all.reduce((sum, { seen }) => sum + seen, 0),
  };
}

/** How many outcomes of checks are possible, and were seen. */
export function outcomesOf(leaves: readonly LeafCoverage[]): Pick<Coverage, 'possible' | 'seen'> {
  const outcomes = leaves.flatMap(({ held, failed, canHold, canFail }) => [
    ...(canHold ? [held > 0] : []),
    ...(canFail ? [failed > 0] : []),
  ]);
  return { possible: outcomes.length, seen: outcomes.filter((seen) => seen).length };
}

function ruleCoverage(model: RuleModel, rule: ModelRule, count: RuleCounts): RuleCoverage {
  const codes = model.possibleCodes(rule);
  // A rule that is asked at no event of today's drivers can only be tested with those of others.
  const asked = codes.length > 0 ? codes : currentCodes(rule.codes);
  const leaves = [...checksOf(rule.whole)].map(({ node }, i): LeafCoverage => {
    const leaf = count.leaves[i]!;
    return {
      kind: 'check',
      text: fromBytes(writtenCheck(node)),
      place: node.place,
      held: leaf.held,
      failed: leaf.failed,
      canHold: leaf.held > 0 || model.reasoner.canHold([holds(node)], asked),
      canFail: leaf.failed > 0 || model.reasoner.canHold([fails(node)], asked),
      unmatched: leaf.held === 0 ? [] : unmatchedItems(node, leaf),
    };
  });
  return {
    name: fromBytes(rule.name),
    place: rule.place,
    fires: count.fires,
    silent: count.silent,
    leaves,
    unusedExceptions: rule.exceptions.flatMap(({ exception, place }, i) =>
      count.exceptions[i] === 0 ? [{ name: fromBytes(exception.name), place }] : [],
    ),
    ...outcomesOf(leaves),
  };
}

/** Items of the list of a check that held, of which none was seen to match. */
export function unmatchedItems(node: CheckNode, { items }: LeafCounts): LeafCoverage['unmatched'] {
  const constants = constantsOf(node);
  return items.flatMap((matched, i) => {
    const value = constants[i];
    return matched > 0 || value === undefined
      ? []
      : [{ value: fromBytes(value), place: placeOfValue(node, value) }];
  });
}
