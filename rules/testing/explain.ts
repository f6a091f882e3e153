/** Says why alerts of a case came, or did not. */
import { fromBytes, type Event } from '../../engine/index.ts';
import type { LoadedRule } from '../compiler.ts';
import { decide, type Decision } from '../decision/decide.ts';
import { eventProbe } from '../decision/probe.ts';
import type { ModelRule } from '../model/model.ts';
import type { Difference, Explanation } from './result.ts';
import { play } from './play.ts';
import type { EventCase } from './test-file.ts';
import type { AskedRules, TestRules } from './test-rules.ts';

/** Why a rule came to its result at an event. */
export interface RuleDecision {
  readonly rule: ModelRule;
  readonly decision: Decision;
  /** Whether the rule is asked at events of this type at all. */
  readonly asked: boolean;
  /** The rules that gave an alert before it was its turn. */
  readonly before: readonly string[];
}

/** Puts a decision into words. */
export type Explain = (decision: RuleDecision) => Pick<Explanation, 'text' | 'json'>;

/** More decisions than this are not shown of a case that failed. */
export const MOST_EXPLAINED = 5;

/**
 * Plays a case once more, as events do not outlive the next, and explains what differs, or with `all` what the rules that the case is about made of each
 * event.
 */
export function explainCase(
  testCase: EventCase,
  asked: AskedRules,
  rules: TestRules,
  differences: readonly Difference[],
  explain: Explain,
  all: boolean,
): Explanation[] {
  const explanations: Explanation[] = [];
  const add = (rule: LoadedRule, event: Event, nth: number): void => {
    explanations.push({
      of: 'event',
      rule: fromBytes(rule.name),
      event: nth,
      ...explain(decisionOf(rule, event, asked, rules)),
    });
  };
  const questions = differences.flatMap(({ question }) => question ?? []);
  const named = all ? asked.rules.filter(({ name }) => isAbout(testCase, fromBytes(name))) : [];
  const wanted = (nth: number, isAsked: (rule: LoadedRule) => boolean): Set<LoadedRule> =>
    new Set([
      ...named,
      ...questions.flatMap(({ rule: name, event }) => {
        const rule = rules.find(name);
        if (rule === undefined || (event !== undefined && event !== nth)) return [];
        // Of several events, those are of interest at which the rule is asked; the last one, if there is none.
        const isLast = nth === testCase.events.length && explanations.length === 0;
        return event === nth || isLast || isAsked(rule) ? [rule] : [];
      }),
    ]);
  play(testCase, rules, ({ event }, _, nth) => {
    for (const rule of wanted(nth, (one) => rules.modelOf(one).codes.has(event.code))) add(rule, event, nth);
  });
  return all ? explanations : explanations.slice(0, MOST_EXPLAINED);
}

const isAbout = ({ rule, expected }: EventCase, name: string): boolean =>
  rule?.value === name ||
  expected.alerts.some((alert) => alert.rule.value === name) ||
  expected.rules.some((count) => count.rule === name);

/** Why a rule came to its result at an event, as long as that is valid. */
export function decisionOf(
  rule: LoadedRule,
  event: Event,
  asked: AskedRules,
  rules: TestRules,
): RuleDecision {
  const model = rules.modelOf(rule);
  const decision = decide(model.whole, eventProbe(event));
  const matched = asked.match(event);
  const isHidden = decision.outcome === 'true' && model.codes.has(event.code) && !matched.includes(rule);
  return {
    rule: model,
    decision,
    asked: model.codes.has(event.code),
    before: isHidden ? matched.map(({ name }) => fromBytes(name)) : [],
  };
}
