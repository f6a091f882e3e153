/** Holds what routes did against what a case expects of them. */
import { align } from './align.ts';
import { factsName } from './expand.ts';
import type { Difference } from './result.ts';
import { ONCE, type HeldAlert, type RoutedDelivery, type RoutesRun } from './routes.ts';
import type { FactValue } from './scene/index.ts';
import type {
  ExpectedDelivery,
  ExpectedHold,
  ExpectedRouting,
  GivenAlert,
  OutputExpectation,
} from './test-file.ts';
import { shownTime } from './time.ts';

/** Something that is not as expected, and the alerts whose ways tell why. */
export interface RoutingDifference {
  readonly difference: Difference;
  /** Which alerts, from 1. */
  readonly alerts: readonly number[];
}

/** What is told of one by one at most. */
const MOST_TOLD = 5;

/** What is not as expected of all alerts together. */
export function judgeRouting(
  { outputs, heldBack, place }: ExpectedRouting,
  run: RoutesRun,
): RoutingDifference[] {
  const found: RoutingDifference[] = [];
  const byOutput = groupBy(run.deliveries, ({ outputName }) => outputName);
  for (const expected of outputs ?? [])
    found.push(...judgeOutput(expected, byOutput.get(expected.output) ?? [], run));
  if (outputs !== undefined)
    for (const [output, deliveries] of byOutput)
      if (!outputs.some((one) => one.output === output))
        found.push(...judgeOutput({ output, place, gets: 0 }, deliveries, run));
  for (const { stage, count, place: at } of heldBack) {
    const held = run.holds.filter((one) => one.stage === stage);
    if (held.length === count) continue;
    found.push({
      difference: {
        key: stage,
        expected: `${count} held back`,
        got: `${held.length} held back`,
        place: at,
      },
      alerts: held.map(({ alert }) => alert),
    });
  }
  return found;
}

function judgeOutput(
  { output, place, gets }: OutputExpectation,
  got: readonly RoutedDelivery[],
  run: RoutesRun,
): RoutingDifference[] {
  if (gets === 'any') return [];
  if (typeof gets === 'number') {
    if (got.length === gets) return [];
    const expected = gets === 0 ? 'nothing' : countText(gets);
    const shown = got.slice(0, MOST_TOLD).map((one) => deliveryName(one, run));
    const more = got.length > shown.length ? [`… ${countText(got.length)} in all`] : [];
    const list = gets === 0 || got.length <= MOST_TOLD ? [...shown, ...more] : [countText(got.length)];
    return [
      {
        difference: {
          key: output,
          expected,
          got: got.length === 0 ? 'nothing' : list.join('\n'),
          place,
        },
        // Those that came are told of; why others did not come is asked of all.
        alerts: got.length > gets ? got.flatMap(({ alert }) => alert ?? []) : missedBy(got, run),
      },
    ];
  }
  const { pairs, missing, extra } = align(gets, got, (expected, one) =>
    isOf(expected, one) ? differencesOf(expected, one, run).length : undefined,
  );
  return [
    ...pairs.flatMap(([expected, one]) =>
      differencesOf(expected, one, run).map((difference) => ({
        difference: { alert: `${output}: ${deliveryName(one, run)}`, ...difference },
        alerts: one.alert === undefined ? [] : [one.alert],
      })),
    ),
    ...missing.map((expected) => ({
      difference: { key: output, expected: expectedName(expected), got: 'nothing', place: expected.place },
      alerts: expected.alert === undefined ? missedBy(got, run) : [expected.alert],
    })),
    ...extra.slice(0, MOST_TOLD).map((one, i) => ({
      difference: {
        key: output,
        expected: 'nothing more',
        got:
          i === MOST_TOLD - 1 && extra.length > MOST_TOLD
            ? `${deliveryName(one, run)}, … ${extra.length} in all`
            : deliveryName(one, run),
        place,
      },
      alerts: one.alert === undefined ? [] : [one.alert],
    })),
  ];
}

/** The alerts that an output did not get. */
function missedBy(got: readonly RoutedDelivery[], { holds, deliveries }: RoutesRun): readonly number[] {
  const has = new Set(got.map(({ alert }) => alert));
  const all = [...deliveries, ...holds].flatMap(({ alert }) => alert ?? []);
  return [...new Set(all)].filter((alert) => !has.has(alert)).sort((a, b) => a - b);
}

const isOf = ({ alert, summary, rule }: ExpectedDelivery, got: RoutedDelivery): boolean =>
  (alert === undefined || alert === got.alert) &&
  (rule === undefined || rule === got.rule) &&
  // A summary is told of as such, or by its own rule.
  (summary === undefined ? got.summary === undefined || rule === got.rule : got.summary !== undefined);

/** What is not as expected of single alerts. `nameOf`: how the case calls one. */
export function judgeAlerts(
  alerts: readonly GivenAlert[],
  nameOf: (nth: number) => string,
  run: RoutesRun,
): RoutingDifference[] {
  const deliveries = groupBy(run.deliveries, ({ alert }) => alert);
  const holds = groupBy(run.holds, ({ alert }) => alert);
  const wrong = alerts.flatMap((alert, i) => {
    const nth = i + 1;
    const way = { got: deliveries.get(nth) ?? [], held: holds.get(nth) ?? [] };
    const differences = judgeAlert(alert, way, run);
    return differences.length === 0 ? [] : [{ nth, differences, place: alert.place }];
  });
  // Many alerts may be written as one (`count`).
  return [...groupBy(wrong, ({ place }) => place).values()].flatMap((alike) =>
    alike.slice(0, MOST_TOLD).flatMap(({ nth, differences }, i) => {
      const more = alike.length > MOST_TOLD && i === MOST_TOLD - 1 ? `, … ${alike.length} in all` : '';
      const name = `${nameOf(nth)}${more}`;
      return differences.map((difference) => ({ difference: { alert: name, ...difference }, alerts: [nth] }));
    }),
  );
}

function groupBy<T, K>(all: readonly T[], keyOf: (one: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return groups;
}

/** What became of one alert. */
interface AlertWay {
  readonly got: readonly RoutedDelivery[];
  readonly held: readonly HeldAlert[];
}

function judgeAlert(
  { outputs, heldBack, place }: GivenAlert,
  { got, held }: AlertWay,
  run: RoutesRun,
): Difference[] {
  const found: Difference[] = [];
  // An output gets an alert twice where routes set something different for it.
  const names = [...new Set(got.map(({ outputName }) => outputName))];
  if (outputs !== undefined) {
    const wanted = outputs.map(({ outputName }) => outputName);
    if (!isSame(wanted, names))
      found.push({ key: 'outputs', expected: wanted.join(', ') || 'none', got: wayOf(names, held), place });
    for (const expected of outputs) {
      const ways = got
        .filter(({ outputName }) => outputName === expected.outputName)
        .map((one) => differencesOf(expected, one, run))
        .sort((a, b) => a.length - b.length);
      for (const difference of ways[0] ?? [])
        found.push({ ...difference, key: `${expected.outputName} ${difference.key}` });
    }
  }
  if (heldBack !== undefined) {
    const told = held.filter(({ stage }) => stage !== ONCE || heldBack.some((one) => one.stage === ONCE));
    const fits =
      told.length === heldBack.length &&
      heldBack.every((expected) => told.some((one) => isHeldBy(expected, one)));
    if (!fits)
      found.push({
        key: 'held_back',
        expected: heldBack.map(expectedHold).join(', ') || 'none',
        got: told.map(holdName).join('\n') || 'none',
        place: heldBack[0]?.place ?? place,
      });
  }
  return found;
}

const isSame = (wanted: readonly string[], got: readonly string[]): boolean =>
  wanted.length === got.length && [...wanted].sort().join('\n') === [...got].sort().join('\n');

function wayOf(outputs: readonly string[], held: readonly HeldAlert[]): string {
  const reasons = held.filter(({ stage }) => stage !== ONCE).map(holdName);
  return [outputs.join(', ') || 'none', ...reasons].join('\n');
}

const isHeldBy = ({ stage, route }: ExpectedHold, held: HeldAlert): boolean =>
  held.stage === stage && (route === undefined || held.route.includes(route));

const expectedHold = ({ stage, route }: ExpectedHold): string =>
  route === undefined ? stage : `${stage} of ${route}`;

const holdName = ({ stage, route, reason }: HeldAlert): string => `${stage} of ${route[0]}: ${reason}`;

const countText = (count: number): string => `${count} ${count === 1 ? 'alert' : 'alerts'}`;

function deliveryName({ alert, rule, summary, at, priority }: RoutedDelivery, { origin }: RoutesRun): string {
  const what = summary === undefined ? `alert ${alert}` : `summary of ${summary}`;
  return `${what} at ${shownTime(at - origin)}: ${priority} ${rule}`;
}

function expectedName(expected: ExpectedDelivery): string {
  const { alert, summary, priority, rule, at, output, text } = expected;
  const parts = [
    summary !== undefined ? `summary of ${summary}` : alert === undefined ? 'an alert' : `alert ${alert}`,
    ...(at === undefined ? [] : [`at ${shownTime(Number(at / 1_000_000n))}`]),
    ...(rule === undefined && priority === undefined
      ? []
      : [`of ${[priority, rule].filter((part) => part !== undefined).join(' ')}`]),
  ];
  const written = (output ?? text)?.written;
  return `${parts.join(' ')}${written === undefined ? '' : `: ${written}`}`;
}

/** How an alert that an output got differs from the expected one. */
function differencesOf(expected: ExpectedDelivery, got: RoutedDelivery, { origin }: RoutesRun): Difference[] {
  const { place, tags, settings } = expected;
  const found: Difference[] = [];
  const compare = (key: string, fits: boolean, wanted: string, is: string, at = place): void => {
    if (!fits) found.push({ key, expected: wanted, got: is, place: at });
  };
  const same = (key: 'rule' | 'priority' | 'source'): void => {
    const wanted = expected[key];
    if (wanted !== undefined) compare(key, wanted === got[key], wanted, got[key]);
  };
  if (expected.summary !== undefined)
    compare(
      'summary',
      expected.summary === got.summary,
      String(expected.summary),
      String(got.summary ?? 'none'),
    );
  if (expected.route !== undefined)
    compare('route', got.route.includes(expected.route), expected.route, got.route.join(' '));
  if (expected.at !== undefined) {
    const at = Number(expected.at / 1_000_000n);
    compare('at', got.at - origin === at, shownTime(at), shownTime(got.at - origin));
  }
  same('rule');
  same('priority');
  same('source');
  if (tags !== undefined)
    compare(
      'tags',
      tags.every((tag) => got.tags.includes(tag)),
      tags.join(', '),
      got.tags.join(', ') || 'none',
    );
  for (const key of ['output', 'text'] as const) {
    const pattern = expected[key];
    if (pattern !== undefined)
      compare(key, pattern.matches(got[key]), pattern.written, got[key], pattern.place);
  }
  for (const fact of expected.fields) {
    const value = got.fields.get(fact.field) ?? null;
    const shown = (one: FactValue): string =>
      factsName([{ field: fact.field, value: one }]).slice(fact.field.length + 1);
    compare(fact.field, isValue(fact.value, value), shown(fact.value), shown(value), fact.place);
  }
  for (const [key, wanted] of Object.entries(settings ?? {}))
    compare(key, got.settings[key] === wanted, wanted, got.settings[key] ?? 'not set');
  return found;
}

function isValue(expected: FactValue, got: FactValue): boolean {
  if (expected === null || got === null) return expected === got;
  if (typeof expected === 'object')
    return (
      typeof got === 'object' &&
      got.length === expected.length &&
      expected.every((one, i) => isValue(one, got[i]!))
    );
  if (typeof got === 'object') return false;
  return typeof expected === typeof got ? expected === got : String(expected) === String(got);
}
