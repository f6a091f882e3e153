/** Runs cases whose events are made of facts. */
import { makeAlert, type Diagnostic, type Matching } from '../../engine/index.ts';
import type { CoverageRecorder } from './coverage/index.ts';
import { caseAlert, valueReader, type FoundAlert } from './found-alert.ts';
import { judge } from './judge.ts';
import { play } from './play.ts';
import { diagnosticOfProblem } from './problem.ts';
import { explainCase, type Explain } from './explain.ts';
import { headOf, outcomeOf, type CaseResult, type MadeEvent, type Outcome } from './result.ts';
import { routeFound } from './routing-case.ts';
import type { TestRoutes } from './routes.ts';
import { SceneError } from './scene/index.ts';
import { rulesOf, type CaptureCase, type EventCase } from './test-file.ts';
import type { AskedRules, TestRules } from './test-rules.ts';
import { START } from './time.ts';

/** What alerts name as their host. */
export const HOST = 'localhost';

/** What else a run of cases is to give. */
export interface RunOptions {
  /** Counts what cases show of the rules, and of the routes. */
  readonly coverage?: CoverageRecorder;
  /** Explains cases that failed. */
  readonly explain?: Explain;
  /** Explains all of them. */
  readonly explainAll?: boolean;
  /** Whether results hold the alerts. */
  readonly keepAlerts?: boolean;
}

/** Runs one case. `matching` counts for cases without a rule under test; `routes` for those that expect something of them. */
export function runEventCase(
  testCase: EventCase,
  rules: TestRules,
  matching: Matching,
  options: RunOptions = {},
  routes?: TestRoutes,
): CaseResult {
  const { coverage, explain, explainAll = false, keepAlerts = false } = options;
  const started = performance.now();
  const read = valueReader(testCase.expected, rules.language.anyField);
  const asked = rulesToAsk(testCase, rules, matching);
  const alerts: FoundAlert[] = [];
  const events: MadeEvent[] = [];
  coverage?.begin(testCase, rules);
  const finish = (
    outcome: Outcome,
    rest: Partial<Pick<CaseResult, 'differences' | 'diagnostic' | 'explanations'>> = {},
  ): CaseResult => ({
    case: headOf(testCase),
    outcome,
    differences: [],
    explanations: [],
    ...rest,
    alerts: keepAlerts ? alerts.map(caseAlert) : [],
    events,
    duration: performance.now() - started,
  });
  try {
    play(testCase, rules, ({ event, visible, derived }, { facts }, nth) => {
      events.push({ facts, derived });
      if (!visible) return;
      coverage?.see(event, asked.rules, testCase, rules);
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
  const ofRules = judge(testCase, alerts);
  const routed = routes && testCase.expected.routing && routeFound(testCase, alerts, START, routes, options);
  const differences = [...ofRules, ...(routed?.differences ?? [])];
  const outcome = outcomeOf(testCase, differences.length === 0);
  const explains = explain !== undefined && (explainAll || outcome === 'failed');
  const explanations = explains ? explainCase(testCase, asked, rules, ofRules, explain, explainAll) : [];
  return finish(outcome, { differences, explanations: [...explanations, ...(routed?.explanations ?? [])] });
}

/** The rules that a case asks: the one under test, or all. */
export function rulesToAsk(
  testCase: EventCase | CaptureCase,
  rules: TestRules,
  matching: Matching,
): AskedRules {
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

function factDiagnostic(error: SceneError, testCase: EventCase, made: number): Diagnostic {
  const { place } = testCase.events[made] ?? testCase;
  return diagnosticOfProblem({
    code: 'TEST_FACT',
    message: error.message,
    place: error.fact?.place ?? place,
    hint: error.hint,
  });
}
