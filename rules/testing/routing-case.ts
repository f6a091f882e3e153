/** Lets the alerts of cases go through routes. */
import { fromBytes } from '../../engine/index.ts';
import { MOST_EXPLAINED } from './explain.ts';
import { alertJson, type FoundAlert } from './found-alert.ts';
import { judgeAlerts, judgeRouting, type RoutingDifference } from './judge-routing.ts';
import { headOf, outcomeOf, type CaseResult, type Difference, type Explanation } from './result.ts';
import type { RoutesRun, RoutesWatcher, TestRoutes } from './routes.ts';
import type { RunOptions } from './run.ts';
import type { AlertContent, AlertsCase, TestCase } from './test-file.ts';

/** An alert on its way into routes. */
interface ComingAlert {
  readonly rule: string;
  readonly said: AlertContent | string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

type RoutingOptions = Pick<RunOptions, 'coverage' | 'explain' | 'explainAll'>;

/** What came of alerts in routes. */
interface Routing {
  readonly differences: readonly Difference[];
  readonly explanations: readonly Explanation[];
}

/** Runs a case whose alerts are given. */
export function runAlertsCase(
  testCase: AlertsCase,
  routes: TestRoutes,
  options: RoutingOptions = {},
): CaseResult {
  const started = performance.now();
  const coming = testCase.alerts.map(({ content, at }) => ({
    rule: content.rule,
    said: content,
    at: milliseconds(at),
  }));
  const { differences, explanations } = route(
    testCase,
    coming,
    milliseconds(testCase.origin),
    routes,
    options,
  );
  return {
    case: headOf(testCase),
    outcome: outcomeOf(testCase, differences.length === 0),
    differences,
    alerts: [],
    events: [],
    explanations,
    duration: performance.now() - started,
  };
}

/** Lets alerts that rules gave go through the routes. `origin`: from when on times count; from the first alert if undefined. */
export function routeFound(
  testCase: TestCase,
  found: readonly FoundAlert[],
  origin: bigint | undefined,
  routes: TestRoutes,
  options: RoutingOptions,
): Routing {
  const coming = found.map(({ alert }) => ({
    rule: fromBytes(alert.rule),
    said: alertJson(alert),
    at: milliseconds(alert.time),
  }));
  return route(testCase, coming, origin === undefined ? undefined : milliseconds(origin), routes, options);
}

function route(
  testCase: TestCase,
  coming: readonly ComingAlert[],
  origin: number | undefined,
  routes: TestRoutes,
  { coverage, explain, explainAll = false }: RoutingOptions,
): Routing {
  const run = play(testCase, coming, origin, routes, coverage?.watch(routes));
  const found = judgeAll(testCase, coming, run);
  const outcome = outcomeOf(testCase, found.length === 0);
  const explains = explain !== undefined && (explainAll || outcome === 'failed');
  const wanted = explainAll
    ? coming.map((_, i) => i + 1)
    : [...new Set(found.flatMap(({ alerts }) => alerts))].sort((a, b) => a - b).slice(0, MOST_EXPLAINED);
  return {
    differences: found.map(({ difference }) => difference),
    explanations: explains ? explainAlerts(coming, origin, routes, wanted) : [],
  };
}

/** Hands the alerts over, one after the other, and lets time pass behind them. */
function play(
  { expected }: TestCase,
  coming: readonly ComingAlert[],
  origin: number | undefined,
  routes: TestRoutes,
  watcher: RoutesWatcher | undefined,
): RoutesRun {
  const run = routes.start(origin);
  for (const { said, at } of coming) run.take(said, at, { watcher });
  const until = expected.routing?.until;
  run.end(until === undefined ? undefined : run.origin + milliseconds(until));
  return run;
}

function judgeAll(
  testCase: TestCase,
  coming: readonly ComingAlert[],
  run: RoutesRun,
): readonly RoutingDifference[] {
  const { routing } = testCase.expected;
  const single =
    testCase.kind === 'alerts'
      ? judgeAlerts(testCase.alerts, (nth) => nameOf(coming[nth - 1]!, nth), run)
      : [];
  return [...single, ...(routing === undefined ? [] : judgeRouting(routing, run))];
}

const nameOf = ({ rule }: ComingAlert, nth: number): string =>
  `alert ${nth}${rule === '' ? '' : `: ${rule}`}`;

/** Lets the alerts go through the routes once more, as what routes remember belongs to their ways. */
function explainAlerts(
  coming: readonly ComingAlert[],
  origin: number | undefined,
  routes: TestRoutes,
  wanted: readonly number[],
): readonly Explanation[] {
  const run = routes.start(origin);
  const last = Math.max(0, ...wanted);
  return coming.slice(0, last).flatMap(({ rule, said, at }, i) => {
    const explanation = run.take(said, at, { explain: wanted.includes(i + 1) });
    return explanation === undefined ? [] : [{ of: 'alert', rule, event: i + 1, ...explanation }];
  });
}

const milliseconds = (nanoseconds: bigint): number => Number(nanoseconds / 1_000_000n);
