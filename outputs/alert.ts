/**
 * The alert as routes and outputs see it, read from the JSON that Falco prints: rules' alerts, those of Falco about itself (which have no tags), and what
 * falcosidekick passes on (which has a `uuid`). An alert is JSON, hence Unicode: text is ordinary JavaScript strings here.
 */
import { hash } from 'node:crypto';
import {
  Double,
  PRIORITIES,
  toBytes,
  type AlertValues,
  type JsonValue,
  type Priority,
} from '../engine/index.ts';
import { JsonError, printJson, readJson, shownJson, type Json, type JsonMap } from './json.ts';

/** 32 hexadecimal digits: half of the SHA-256 of what Falco said (`alertId`). */
export type AlertId = string & { readonly __brand: 'AlertId' };

/** A value of `output_fields`. Falco gives text, numbers, booleans, null for what an event does not have, and lists. */
export type FieldJson = Json;

/** An alert on its way to outputs. */
export interface RoutedAlert {
  readonly id: AlertId;
  /** Milliseconds since the epoch. */
  readonly received: number;
  /** Name of the input that it came from. */
  readonly input: string;
  /** '' in alerts that were read from text. */
  readonly rule: string;
  readonly priority: Priority;
  readonly source: string;
  /** '' if the alert does not say. */
  readonly hostname: string;
  /** RFC 3339, as given. */
  readonly time: string;
  readonly tags: readonly string[];
  /** Falco's line: time, priority and message. '' if the alert has none. */
  readonly output: string;
  /** `output_fields`; integers beyond 2^53 are `bigint`. */
  readonly fields: ReadonlyMap<string, FieldJson>;
  /** The alert's JSON as it came, in one line. */
  readonly json: string;
}

/** Where an alert comes from. */
export interface AlertOrigin {
  readonly input: string;
  /** Milliseconds since the epoch. */
  readonly received: number;
  /** Where it is known already. */
  readonly id?: AlertId;
}

/** Input that is no alert. */
export class AlertError extends Error {
  /** How to mend it. */
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.name = 'AlertError';
    this.hint = hint;
  }
}

/** Bytes of an alert that are read from outside at most. Falco's longest have some ten thousand. */
export const MAX_ALERT_BYTES = 1 << 20;

/**
 * Reads an alert. Of its keys, `rule` (which is empty in what was read from a line of text), `priority` and `time` must be there; what else is missing is empty, and the source `syscall`. Keys that are not known are kept in `json`.
 *
 * @param json UTF-8 if bytes; what is none becomes U+FFFD, as Falco does it.
 * @param most Bytes; what was accepted once may be longer since: routes change alerts, and JSON of text has escapes.
 * @throws AlertError saying what was found and what was expected.
 */
export function readAlert(
  json: string | Buffer,
  origin: AlertOrigin,
  most: number = MAX_ALERT_BYTES,
): RoutedAlert {
  if (json.length > most)
    throw new AlertError(
      `an alert of ${json.length} bytes: at most ${most} are read`,
      'one alert is one JSON object; several stand in lines or in a list',
    );
  const line = oneLine(typeof json === 'string' ? json : json.toString());
  const { value, canonical } = parsed(line);
  return alertOf(value, { json: line, canonical }, origin);
}

/** A text of JSON; `canonical` if it is what `printJson` makes of its value. */
interface AlertText {
  readonly json: string;
  readonly canonical: boolean;
}

function alertOf(value: Json, text: AlertText, { input, received, id }: AlertOrigin): RoutedAlert {
  if (!(value instanceof Map))
    throw new AlertError(
      `an alert is a JSON object, and ${shownJson(value)} was found`,
      'in falco.yaml, `json_output: true` makes Falco print JSON',
    );
  const object = value as JsonMap;
  return {
    id: id ?? idOf(object, text),
    received,
    input,
    rule: required(object, 'rule'),
    priority: priorityOf(object),
    source: optional(object, 'source', DEFAULT_SOURCE),
    hostname: optional(object, 'hostname'),
    time: timeOf(object),
    tags: tagsOf(object),
    output: optional(object, 'output') || optional(object, 'message'),
    fields: fieldsOf(object),
    json: text.json,
  };
}

/** Falco before 0.30 did not say; then nearly everything was system calls. */
const DEFAULT_SOURCE = 'syscall';

/** The id of the alert in a JSON text: equal wherever and whenever the same alert comes. Order of keys, blanks and falcosidekick's `uuid` do not count. */
export function alertId(json: string): AlertId {
  const { value, canonical } = parsed(json);
  return idOf(value as JsonMap, { json, canonical });
}

function idOf(object: JsonMap, { json, canonical }: AlertText): AlertId {
  return hash('sha256', canonical && !object.has('uuid') ? json : saidBy(object)).slice(0, 32) as AlertId;
}

function saidBy(object: JsonMap): string {
  const said = new Map(object);
  said.delete('uuid');
  return printJson(said);
}

function oneLine(text: string): string {
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const line = text.slice(start).trim();
  // Line ends cannot stand within strings of JSON.
  return line.includes('\n') || line.includes('\r') ? line.replaceAll(/[\r\n]+/g, ' ') : line;
}

function parsed(text: string): ReturnType<typeof readJson> {
  if (text === '') throw new AlertError('an alert was expected, and nothing was found');
  try {
    return readJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const hint = text.startsWith('{')
      ? undefined
      : 'in falco.yaml, `json_output: true` makes Falco print JSON';
    throw new AlertError(`not JSON: ${error.message} (character ${error.at + 1})`, hint);
  }
}

function wrong(key: string, value: Json | undefined, expected: string, hint?: string): AlertError {
  return new AlertError(`${key}: ${expected} was expected, and ${shownJson(value)} was found`, hint);
}

function required(object: JsonMap, key: string): string {
  const value = object.get(key);
  if (typeof value === 'string') return value;
  const hint = value === undefined ? `the alert has the keys ${keysOf(object)}` : undefined;
  throw wrong(key, value, 'text', hint);
}

function keysOf(object: JsonMap): string {
  const keys = [...object.keys()];
  return keys.length === 0
    ? '(none)'
    : keys
        .slice(0, 12)
        .map((key) => key.slice(0, 40))
        .join(', ');
}

function optional(object: JsonMap, key: string, missing = ''): string {
  const value = object.get(key) ?? missing;
  if (typeof value !== 'string') throw wrong(key, value, 'text');
  return value;
}

const PRIORITY_OF: ReadonlyMap<string, Priority> = new Map([
  ...PRIORITIES.map((name) => [name.toLowerCase(), name] as const),
  ['info', 'Informational'],
]);

/** A priority by its name in any case; `info` is one, too. */
export function priorityNamed(name: string): Priority | undefined {
  return PRIORITY_OF.get(name.toLowerCase());
}

function priorityOf(object: JsonMap): Priority {
  const value = object.get('priority');
  const priority = typeof value === 'string' ? priorityNamed(value) : undefined;
  if (priority === undefined)
    throw wrong('priority', value, 'a priority', `known are ${PRIORITIES.join(', ')}`);
  return priority;
}

const RFC_3339 =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt ](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,12})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):?[0-5]\d)$/;

/** Whether a text is a time as alerts have it. */
export const isTime = (text: string): boolean => RFC_3339.test(text);

function timeOf(object: JsonMap): string {
  const value = object.get('time');
  if (typeof value !== 'string' || !isTime(value))
    throw wrong('time', value, 'a time such as 2026-01-31T12:34:56.123456789Z');
  return value;
}

function tagsOf(object: JsonMap): readonly string[] {
  const value = object.get('tags') ?? [];
  if (!Array.isArray(value)) throw wrong('tags', value, 'a list of text');
  return (value as readonly Json[]).map((tag, index) => {
    if (typeof tag !== 'string') throw wrong(`tags[${index}]`, tag, 'text');
    return tag;
  });
}

function fieldsOf(object: JsonMap): ReadonlyMap<string, FieldJson> {
  const value = object.get('output_fields') ?? NO_FIELDS;
  if (!(value instanceof Map)) throw wrong('output_fields', value, 'an object');
  return value as JsonMap;
}
const NO_FIELDS: JsonMap = new Map();

/** What an alert says. */
export type AlertContent = Pick<
  RoutedAlert,
  'rule' | 'priority' | 'source' | 'hostname' | 'time' | 'tags' | 'output' | 'fields'
>;

/** The keys of an alert in the order in which Falco prints them. */
function contentMap({ fields, ...content }: Partial<AlertContent>): Map<string, Json> {
  const object = new Map<string, Json>();
  for (const key of CONTENT_KEYS) {
    const value = content[key];
    if (value !== undefined) object.set(key, value);
  }
  if (fields !== undefined) object.set('output_fields', fields);
  return object;
}
const CONTENT_KEYS = ['hostname', 'output', 'priority', 'rule', 'source', 'tags', 'time'] as const;

/** An alert that says something else in some parts. Its id stays, and what the change does not name stays in the JSON. */
export function changeAlert(alert: RoutedAlert, changes: Partial<AlertContent>): RoutedAlert {
  const json = new Map([...(parsed(alert.json).value as JsonMap), ...contentMap(changes)]);
  return { ...alert, ...changes, json: printJson(json) };
}

/** A new alert, such as one of tiercel about itself; its JSON is in one line, as Falco prints it. */
export function composeAlert(content: AlertContent, origin: AlertOrigin): RoutedAlert {
  const object = contentMap(content);
  const json = printJson(object);
  return { ...content, ...origin, id: idOf(object, { json, canonical: true }), json };
}

/** `output_fields` as the engine's conditions read them (`AlertFields`): byte strings, and fractions apart from integers. */
export function alertFieldValues(fields: ReadonlyMap<string, FieldJson>): AlertValues {
  return new Map([...fields].map(([key, value]) => [toBytes(key), engineValue(value)]));
}

/** One of `output_fields` as the engine's conditions read it. */
export function engineValue(value: Json): JsonValue {
  if (typeof value === 'string') return toBytes(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : new Double(value);
  if (value === null || typeof value !== 'object') return value;
  return value instanceof Map
    ? alertFieldValues(value as JsonMap)
    : (value as readonly Json[]).map(engineValue);
}
