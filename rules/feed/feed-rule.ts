/**
 * Feed rules: a rule for Falco that matches every event that other rules may want, and whose alerts hold the fields that these rules read. So the others can be
 * evaluated elsewhere, over the stream of its alerts.
 */
import { stringify } from 'yaml';
import {
  DiagnosticError,
  fieldsIn,
  fromBytes,
  parse,
  print,
  toBytes,
  type ByteString,
  type Expr,
  type FieldLookup,
  type FieldUse,
} from '../../engine/index.ts';
import { MANY_EVENT_TYPES, type LoadedRule } from '../compiler.ts';
import { engineLanguage } from '../language.ts';
import { loadRules } from '../load.ts';
import { needsOf } from './needs.ts';

/** The tag of feed rules: what has it is an event, not an alert. */
export const FEED_TAG = 'tiercel_feed';

/** A field of a rule with something to say of its way. */
export interface FieldRemark {
  readonly rule: ByteString;
  readonly field: ByteString;
  readonly use: FieldUse;
  readonly remark: string;
}

/** A feed rule, and what is to be said of it. */
export interface FeedRule {
  /** A rule file for Falco. */
  readonly text: string;
  /** What `output_fields` of its alerts hold, besides the time. */
  readonly fields: readonly ByteString[];
  /** The events that it matches by name; undefined if it asks all. */
  readonly events: readonly ByteString[] | undefined;
  /** Rules that can match more than a hundred kinds of events. */
  readonly wide: readonly ByteString[];
  /** Rules that are not about system calls, so that no field of theirs travels. */
  readonly foreign: readonly ByteString[];
  /** Fields that do not travel: rules find them absent. */
  readonly left: readonly FieldRemark[];
  /** Fields that travel, with less to them than in the event. */
  readonly limited: readonly FieldRemark[];
}

/** What a feed rule is made of. */
export interface FeedSource {
  readonly rules: readonly LoadedRule[];
  /** The fields that they were loaded with. */
  readonly lookup: FieldLookup;
  /** Name of the feed rule. */
  readonly name: string;
}

/** Makes the feed rule that some rules need. Throws a `DiagnosticError` where Falco would not load it. */
export function makeFeedRule({ rules, lookup, name }: FeedSource): FeedRule {
  const mine = rules.filter(({ source }) => source === 'syscall');
  const fields = new Set<ByteString>(['evt.type']);
  const left: FieldRemark[] = [];
  const limited: FieldRemark[] = [];
  for (const rule of mine)
    for (const { key, use, carriage } of needsOf(rule, lookup)) {
      const remark = { rule: rule.name, field: key, use };
      if ('why' in carriage) left.push({ ...remark, remark: carriage.why });
      else {
        for (const need of carriage.needs) fields.add(need);
        if (carriage.limit !== undefined) limited.push({ ...remark, remark: carriage.limit });
      }
    }
  const names = new Set(mine.flatMap((rule) => eventsOf(rule)));
  const wide = mine.filter(({ eventTypes }) => eventTypes > MANY_EVENT_TYPES).map((rule) => rule.name);
  const events = wide.length > 0 ? undefined : [...names].sort();
  const feed = {
    fields: [...fields].sort(byNumbers),
    events,
    wide,
    foreign: rules.filter(({ source }) => source !== 'syscall').map((rule) => rule.name),
    left,
    limited,
  };
  const condition = [
    ...(events === undefined ? [] : [`evt.type in (${events.join(', ')})`]),
    ...commonParts(mine, lookup),
  ];
  const text = feedFile(
    name,
    condition.length === 0 ? 'evt.type exists' : condition.join(' and '),
    feed.fields,
  );
  return { ...feed, text: verified(text, feed.fields) };
}

/** The events of plug-ins stand in each rule's index, whatever it is about. */
const eventsOf = ({ condition: { expr } }: LoadedRule): ByteString[] =>
  [...engineLanguage.eventNames(expr)].filter(
    (name) => name !== 'NA' && (name !== 'asyncevent' || print(expr).includes(name)),
  );

const byNumbers = new Intl.Collator('en', { numeric: true }).compare;

/** Longer parts cost more than they spare. */
const MAX_PART = 400;

/** Parts that all conditions demand: no rule matches where one of them is false. */
function commonParts(rules: readonly LoadedRule[], lookup: FieldLookup): readonly ByteString[] {
  const [first, ...others] = rules.map(({ condition }) => new Set(demands(condition.expr).map(print)));
  if (first === undefined) return [];
  return [...first].filter(
    (part) =>
      part.length <= MAX_PART && others.every((other) => other.has(part)) && canStandAlone(part, lookup),
  );
}

const demands = (expr: Expr): readonly Expr[] =>
  expr.kind === 'and' ? expr.children.flatMap(demands) : [expr];

/** Whether a part means the same in the feed rule: it reads back as it is, and has neither event types nor what only this side knows. */
function canStandAlone(part: ByteString, lookup: FieldLookup): boolean {
  try {
    const expr = parse(part);
    return (
      print(expr) === part &&
      fieldsIn(expr).every(({ name, arg }) => {
        const found = lookup(name, arg);
        const isTheirs = engineLanguage.isField(arg === undefined ? name : `${name}[${arg}]`, 'syscall');
        return (
          found !== undefined &&
          !('error' in found) &&
          found.field.stateful !== true &&
          isTheirs &&
          !['evt.type', 'syscall.type'].includes(name)
        );
      })
    );
  } catch {
    return false;
  }
}

const HEAD = ` Written by \`tiercel feed-rule\`: Falco streams events with it to tiercel, which evaluates local rules on them.
 In falco.yaml: rule_matching: all (else a rule that matches first hides the event), json_output: true, priority: debug.`;

function feedFile(name: string, condition: ByteString, fields: readonly ByteString[]): string {
  const rule = {
    rule: name,
    desc: 'No finding: an event for rules that are evaluated outside of Falco.',
    condition: fromBytes(condition),
    output: `event for local rules: ${fields.map((field) => `%${fromBytes(field)}`).join(' ')}`,
    priority: 'DEBUG',
    source: 'syscall',
    tags: [FEED_TAG],
    warn_evttypes: false,
  };
  const comment = HEAD.split('\n')
    .map((line) => `#${line}\n`)
    .join('');
  return `${comment}${stringify([rule], { lineWidth: 120 })}`;
}

/** The text, when it loads and prints the fields. */
function verified(text: string, fields: readonly ByteString[]): string {
  const file = 'feed rule';
  const { rules, diagnostics } = loadRules([{ name: file, content: toBytes(text) }], engineLanguage);
  const error = diagnostics.find(({ severity }) => severity === 'error');
  if (error !== undefined) throw new DiagnosticError(error);
  const printed = new Set(rules[0]?.output.names);
  const lost = fields.filter((field) => !printed.has(field));
  if (lost.length > 0)
    throw new DiagnosticError({
      code: 'FEED_FIELD_UNPRINTABLE',
      severity: 'error',
      message: `an output cannot name ${lost.map(fromBytes).join(', ')}`,
      hint: 'use another field in the rules',
    });
  return text;
}

/** The fields that the feed rules among some rules carry; undefined if there is none. */
export function carriedFields(rules: readonly LoadedRule[]): ReadonlySet<ByteString> | undefined {
  const feeds = rules.filter(({ tags }) => tags.includes(FEED_TAG));
  if (feeds.length === 0) return undefined;
  return new Set(feeds.flatMap(({ output, extraFields }) => [...output.names, ...extraFields.keys()]));
}
