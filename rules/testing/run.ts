/** Runs cases whose events are made of facts. */
import { fromBytes, makeAlert, type Diagnostic, type Event, type Matching } from '../../engine/index.ts';
import type { LoadedRule } from '../compiler.ts';
import { valueReader, type FoundAlert } from './found-alert.ts';
import { judge } from './judge.ts';
import { diagnosticOfProblem } from './problem.ts';
import type { CaseResult, Explanation, MadeEvent, Outcome } from './result.ts';
import { Scene, SceneError, type SceneEvent } from './scene/index.ts';
import { rulesOf, type CaseEvent, type EventCase, type TestCase } from './test-file.ts';
import type { AskedRules, TestRules } from './test-rules.ts';

/** When the first event of a case happens, 2026-01-01T00:00:00Z: nanoseconds since 1970. */
const START = 1_767_225_600_000_000_000n;

/** What alerts name as their host. */
export const HOST = 'localhost';

/** Says why a rule came to its result at an event. */
export type Explain = (
  rule: LoadedRule,
  event: Event,
  rules: TestRules,
) => Pick<Explanation, 'text' | 'json'>;

/** Looks at an event and the rules that were asked about it, before the next event comes. */
export type Observe = (
  event: Event,
  asked: readonly LoadedRule[],
  testCase: TestCase,
  rules: TestRules,
) => void;

export interface RunOptions {
  /** Sees every event at which rules were asked. */
  readonly observe?: Observe;
  /** Explains cases that failed. */
  readonly explain?: Explain;
  /** Explains all of them. */
  readonly explainAll?: boolean;
}

/** Runs one case. `matching` counts for cases without a rule under test. */
export function runEventCase(
  testCase: EventCase,
  rules: TestRules,
  matching: Matching,
  { observe, explain, explainAll = false }: RunOptions = {},
): CaseResult {
  const started = performance.now();
  const read = valueReader(testCase.expected);
  const asked = rulesToAsk(testCase, rules, matching);
  const alerts: FoundAlert[] = [];
  const events: MadeEvent[] = [];
  const finish = (
    outcome: Outcome,
    rest: Partial<Pick<CaseResult, 'differences' | 'diagnostic' | 'explanations'>> = {},
  ): CaseResult => ({
    case: testCase,
    outcome,
    differences: [],
    explanations: [],
    ...rest,
    alerts,
    events,
    duration: performance.now() - started,
  });
  try {
    play(testCase, ({ event, visible, derived }, { facts }, nth) => {
      events.push({ facts, derived });
      if (!visible) return;
      observe?.(event, asked.rules, testCase, rules);
      for (const rule of asked.match(event))
        alerts.push({
          alert: makeAlert(rules.alertRule(rule), event, HOST),
          event: nth,
          values: read(event),
        });
    });
  } catch (error) {
    if (!(error instanceof SceneError)) throw error;
    return testCase.todo === undefined
      ? finish('broken', { diagnostic: factDiagnostic(error, testCase, events.length) })
      : finish('todo');
  }
  const differences = judge(testCase, alerts);
  const outcome = outcomeOf(testCase, differences.length === 0);
  const explains = explain !== undefined && (explainAll || outcome === 'failed');
  const explanations = explains ? explainCase(testCase, rules, explain) : [];
  return finish(outcome, { differences, explanations });
}

/** What a case that passed, or did not, comes to. */
export function outcomeOf({ todo }: TestCase, passed: boolean): Outcome {
  if (todo === undefined) return passed ? 'passed' : 'failed';
  return passed ? 'fixed' : 'todo';
}

/** The rules that a case asks: the one under test, or all. */
export function rulesToAsk(testCase: TestCase, rules: TestRules, matching: Matching): AskedRules {
  const { rule: tested } = testCase;
  if (tested === undefined)
    return rules.together(
      matching,
      rulesOf(testCase).map(({ value }) => value),
    );
  const rule = rules.find(tested.value);
  // Only a test that is known to fail may be there before its rule.
  return rule === undefined ? NOBODY : rules.alone(rule);
}

const NOBODY: AskedRules = { rules: [], match: () => [], asks: () => false };

/** Makes the events of a case, one after the other over one state. */
function play(
  { events }: EventCase,
  onEvent: (event: SceneEvent, made: CaseEvent, nth: number) => void,
): void {
  const scene = new Scene();
  events.forEach((made, i) => onEvent(scene.apply(made.facts, { time: START + made.at }), made, i + 1));
}

/** Plays a case once more: events do not outlive the next. */
function explainCase(testCase: EventCase, rules: TestRules, explain: Explain): Explanation[] {
  const named = new Set(rulesOf(testCase).map(({ value }) => value));
  const explained = [...named].flatMap((name) => rules.find(name) ?? []);
  const explanations: Explanation[] = [];
  play(testCase, ({ event }, _, nth) => {
    for (const rule of explained)
      explanations.push({ rule: fromBytes(rule.name), event: nth, ...explain(rule, event, rules) });
  });
  return explanations;
}

function factDiagnostic(error: SceneError, testCase: EventCase, made: number): Diagnostic {
  const { place } = testCase.events[made] ?? testCase;
  return diagnosticOfProblem({
    code: 'TEST_FACT',
    message: error.message,
    place: error.fact?.place ?? place,
    hint: error.hint,
  });
}
