import { fromBytes } from '../../engine/index.ts';
import { align } from './align.ts';
import { factsName } from './expand.ts';
import { hasValue, shownJson, type FoundAlert } from './found-alert.ts';
import type { Difference } from './result.ts';
import type { Expectation, ExpectedAlert, TestCase } from './test-file.ts';

/** Alerts of one rule that nobody expects are told of one by one up to this many. */
const MOST_UNEXPECTED = 5;

/** What is not as the case expects; nothing if all is. */
export function judge(
  { kind, expected }: Pick<TestCase, 'kind' | 'expected'>,
  found: readonly FoundAlert[],
): Difference[] {
  if (kind === 'silent') return found.map((one) => unexpected(one, expected));
  const { alerts, rules, others } = expected;
  const differences: Difference[] = [];
  const { pairs, missing, extra } = align(alerts, found, (alert, one) =>
    ruleOf(one) === alert.rule.value ? differencesOf(alert, one).length : undefined,
  );
  const single = kind === 'fires';
  for (const [alert, one] of pairs)
    for (const difference of differencesOf(alert, one))
      differences.push(single ? difference : { alert: titleOf(one), ...difference });
  for (const alert of missing)
    differences.push({
      key: 'alert',
      expected: expectedName(alert),
      got: 'none',
      place: alert.place,
      question: { rule: alert.rule.value, event: alert.event },
    });
  const counted = new Set(rules.map(({ rule }) => rule));
  if (others === 'none') {
    const strangers = extra.filter((one) => !counted.has(ruleOf(one)));
    for (const group of groups(strangers)) differences.push(...unexpectedGroup(group, expected));
  }
  for (const { rule, count, place } of rules) {
    const got = found.filter((one) => ruleOf(one) === rule).length;
    if (got !== count)
      differences.push({
        alert: rule,
        key: 'count',
        expected: String(count),
        got: String(got),
        place,
        question: { rule, event: undefined },
      });
  }
  if (expected.count !== undefined && expected.count !== found.length)
    differences.push({
      key: 'count',
      expected: String(expected.count),
      got: `${found.length}${found.length === 0 ? '' : ` (${tally(found)})`}`,
      place: expected.place,
    });
  return differences;
}

const ruleOf = ({ alert }: FoundAlert): string => fromBytes(alert.rule);

const titleOf = (found: FoundAlert): string => `${ruleOf(found)}, event ${found.event}`;

function expectedName({ rule, event, output }: ExpectedAlert): string {
  const at = event === undefined ? '' : ` at event ${event}`;
  return `${rule.value}${at}${output === undefined ? '' : `: ${output.written}`}`;
}

const unexpected = (found: FoundAlert, { place }: Expectation): Difference => ({
  key: 'alert',
  expected: 'none',
  got: `${titleOf(found)}: ${fromBytes(found.alert.message)}`,
  place,
  question: { rule: ruleOf(found), event: found.event },
});

function groups(found: readonly FoundAlert[]): Iterable<readonly FoundAlert[]> {
  const byRule = new Map<string, FoundAlert[]>();
  for (const one of found) {
    const group = byRule.get(ruleOf(one));
    if (group === undefined) byRule.set(ruleOf(one), [one]);
    else group.push(one);
  }
  return byRule.values();
}

function unexpectedGroup(group: readonly FoundAlert[], expected: Expectation): Difference[] {
  if (group.length <= MOST_UNEXPECTED) return group.map((one) => unexpected(one, expected));
  const [first] = group;
  const difference = unexpected(first!, expected);
  return [{ ...difference, got: `${group.length} alerts of ${difference.got}, …` }];
}

const tally = (found: readonly FoundAlert[]): string =>
  Array.from(groups(found), (group) => `${ruleOf(group[0]!)} ${group.length}`).join(', ');

/** How an alert of the right rule differs from the expected one. */
function differencesOf(expected: ExpectedAlert, { alert, event, values }: FoundAlert): Difference[] {
  const { place, output, priority, source, tags, fields, exact } = expected;
  const differences: Difference[] = [];
  const compare = (key: string, fits: boolean, wanted: string, got: string): void => {
    if (!fits) differences.push({ key, expected: wanted, got, place });
  };
  if (expected.event !== undefined)
    compare('event', event === expected.event, String(expected.event), String(event));
  const message = fromBytes(alert.message);
  if (output !== undefined && !output.matches(message))
    differences.push({
      key: 'output',
      expected: output.written,
      got: message,
      place: output.place,
      golden: output.literal,
    });
  if (priority !== undefined) compare('priority', alert.priority === priority, priority, alert.priority);
  if (source !== undefined)
    compare('source', fromBytes(alert.source) === source, source, fromBytes(alert.source));
  for (const fact of fields) {
    const found = values.get(fact.field) ?? { value: undefined, json: null };
    const { field, value } = fact;
    compare(field, hasValue(found, value), factsName([fact]).slice(field.length + 1), shownJson(found.json));
  }
  if (exact) {
    const named = new Set(fields.map(({ field }) => field));
    for (const [field, json] of alert.fields)
      compare(fromBytes(field), named.has(fromBytes(field)), 'no such field', shownJson(json));
  }
  if (tags !== undefined) {
    const got = alert.tags.map(fromBytes);
    const fits = tags.every((tag) => got.includes(tag)) && (!exact || got.every((tag) => tags.includes(tag)));
    compare('tags', fits, tags.join(', '), got.join(', ') || 'none');
  }
  return differences;
}
