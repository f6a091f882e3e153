/** Facts from what is known of an alert or a captured event. */
import {
  fromBytes,
  toBytes,
  type AlertValues,
  type FieldLookup,
  type JsonValue,
} from '../../../engine/index.ts';
import { checksOf } from '../../model/condition-node.ts';
import type { ModelRule } from '../../model/model.ts';
import { fieldOfKey, readScalar } from '../field-value.ts';
import { isOutputField, shownJson } from '../found-alert.ts';
import type { Fact, FactValue } from '../scene/index.ts';
import { nameOf } from './choices.ts';
import { eventTypes, satisfy } from './satisfy.ts';
import type { Trial } from './trial.ts';

/** Fields whose values no test should name: they are new with each event, or say again what others say. */
const FLEETING =
  /^(?:evt\.(?:num|time|rawtime|datetime|reltime|latency|hostname|cpu|args|info|source|count|pluginname|plugininfo)|thread\.|proc\.(?:\w*pid|duration|\w*\.ts|vm\w*)|container\.(?:start_ts|duration|full_id)|fd\.(?:ino|dev|uid|cport|lport))/;

/** The names of the fields that a rule's condition reads, and that alerts can have. */
export function fieldsRead({ whole }: ModelRule, fields?: FieldLookup): readonly string[] {
  const names = [...checksOf(whole)].flatMap(({ node: { check } }) =>
    [check.left.base, check.right?.base].flatMap((field) => (field ? [nameOf(field)] : [])),
  );
  return [...new Set(names)].filter((name) => isOutputField(name, fields));
}

/** What values say, as far as facts can: the event's type first, then what the condition reads. */
export function factsOf(values: AlertValues, rule: ModelRule, fields?: FieldLookup): readonly Fact[] {
  const read = fieldsRead(rule, fields);
  const rank = (name: string): number =>
    name === 'evt.type' ? -1 : read.includes(name) ? read.indexOf(name) : read.length;
  return [...values]
    .flatMap(([key, json]): Fact[] => {
      const field = fromBytes(key);
      const value = factValue(field, json, fields);
      return value === undefined || (FLEETING.test(field) && !read.includes(field)) ? [] : [{ field, value }];
    })
    .sort((a, b) => rank(a.field) - rank(b.field));
}

function factValue(name: string, json: JsonValue, fields: FieldLookup | undefined): FactValue | undefined {
  const field = fieldOfKey(name, fields);
  if (field === undefined || json === null || json === '<NA>') return undefined;
  if (Array.isArray(json)) return json.map((one) => shownJson(one as JsonValue));
  const text = shownJson(json);
  return text === '' ? undefined : readScalar(toBytes(text), field.type);
}

/**
 * Facts at which the rule fires, from values of an alert of it: those that cannot be true beside the others are left out, and what is missing is
 * looked for in the condition. Undefined where there are none.
 */
export function firingFactsOf(values: AlertValues, trial: Trial): readonly Fact[] | undefined {
  const facts = factsOf(values, trial.rules.modelOf(trial.rule), trial.fields);
  if (facts[0]?.field === 'evt.type' || trial.rule.source !== 'syscall') return mended(facts, trial);
  for (const type of eventTypes(trial)) {
    const found = mended([{ field: 'evt.type', value: type }, ...facts], trial);
    if (found !== undefined) return found;
  }
  return undefined;
}

function mended(given: readonly Fact[], trial: Trial): readonly Fact[] | undefined {
  let facts = given;
  for (;;) {
    const { error } = trial.attempt(facts);
    if (error === undefined) break;
    // Facts of less use stand behind.
    const wrong = error.fact?.field ?? facts.at(-1)?.field;
    const fewer = facts.filter(({ field }) => field !== wrong || field === 'evt.type');
    if (fewer.length === facts.length) return undefined;
    facts = fewer;
  }
  return trial.fires(facts) ? facts : satisfy(trial, facts);
}
