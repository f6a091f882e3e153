import type { Path, TestDocument } from './document.ts';
import { readFacts } from './field-value.ts';
import type { Problem } from './problem.ts';
import { readOutput } from './read-output.ts';
import { readRoutedTo } from './read-routing.ts';
import type { RawAlert, RawExpectation } from './schema.ts';
import type { ExpectedAlert, Expectation, Placed } from './test-file.ts';

type Report = (problem: Problem) => void;

/** What a test or a case says of the alert beside the facts. */
export type RawAlertParts = Pick<RawAlert, 'output' | 'priority' | 'fields' | 'tags' | 'source' | 'exact'>;

/** Keys that say something of an alert. */
export const ALERT_KEYS = ['output', 'priority', 'fields', 'tags', 'source', 'exact'] as const;

/** Reads what is under `expect`. `rule` is the rule under test. */
export function readExpectation(
  raw: RawExpectation,
  path: Path,
  document: TestDocument,
  rule: Placed<string> | undefined,
  report: Report,
): Expectation {
  const place = document.placeAt(path);
  const alerts = (list: readonly RawAlert[], at: Path): ExpectedAlert[] =>
    list.flatMap((alert, i) => readAlerts(alert, [...at, i], document, rule, report));
  const none = { place, alerts: [], count: undefined, rules: [], routing: undefined };
  if (raw === 'none') return { ...none, others: 'none' };
  if (Array.isArray(raw)) return { ...none, alerts: alerts(raw, path), others: 'none' };
  const { count, rules = {}, alerts: list, others } = raw;
  if (Object.keys(raw).length === 0 || (Object.keys(raw).length === 1 && others !== undefined))
    report({
      code: 'TEST_NO_EXPECTATION',
      message: 'expect: nothing is expected here',
      place,
      hint: 'expected count, rules, alerts, outputs or held_back, or `expect: none` for no alert at all',
    });
  const onlyCount = list === undefined && raw.rules === undefined;
  return {
    place,
    alerts: list === undefined ? [] : alerts(list, [...path, 'alerts']),
    count,
    rules: Object.entries(rules).map(([name, n]) => ({
      rule: name,
      count: n,
      place: document.placeOfKey([...path, 'rules'], name),
    })),
    others: others ?? (onlyCount ? 'any' : 'none'),
    routing: readRoutedTo(raw, path, document, report),
  };
}

function readAlerts(
  raw: RawAlert,
  path: Path,
  document: TestDocument,
  under: Placed<string> | undefined,
  report: Report,
): ExpectedAlert[] {
  const rule =
    raw.rule === undefined ? under : { value: raw.rule, place: document.placeAt([...path, 'rule']) };
  if (rule === undefined) {
    report({
      code: 'TEST_SHAPE',
      message: 'rule: this key is missing',
      place: document.placeAt(path),
      hint: 'which rule gives the alert?',
    });
    return [];
  }
  if (under !== undefined && rule.value !== under.value)
    report({
      code: 'TEST_SHAPE',
      message: `only the rule under test is asked, and this is another one`,
      place: rule.place,
      hint: 'without `rule` on the test, all rules are asked',
      note: { message: 'the rule under test', place: under.place },
    });
  const alert = { ...readAlertParts(raw, path, document, report), rule, event: raw.event };
  checkExact(alert, report);
  return Array.from({ length: raw.count ?? 1 }, () => alert);
}

/** Reads `output`, `priority`, `fields`, …, which stand in the map at the path. */
export function readAlertParts(
  raw: RawAlertParts,
  path: Path,
  document: TestDocument,
  report: Report,
): Omit<ExpectedAlert, 'rule' | 'event'> {
  const place = document.placeAt(path);
  const output = readOutput(raw.output, [...path, 'output'], document, report);
  const exact = raw.exact === true;
  return {
    place,
    output,
    priority: raw.priority,
    source: raw.source,
    tags: raw.tags,
    fields: raw.fields === undefined ? [] : readFacts(document.nodeAt([...path, 'fields']), document, report),
    exact,
  };
}

/** A pattern is not the whole text. */
export function checkExact(
  { exact, output, place }: Pick<ExpectedAlert, 'exact' | 'output' | 'place'>,
  report: Report,
): void {
  if (exact && output?.literal === false)
    report({
      code: 'TEST_SHAPE',
      message: 'output: with `exact`, the whole text is needed',
      place,
      hint: 'write {equals: text} if `*`, `?` or slashes belong to it',
    });
}
