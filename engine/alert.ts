import type { ByteString } from './bytes.ts';
import type { Event } from './event.ts';
import type { Output } from './format.ts';
import { toJson, type JsonObject, type JsonValue } from './json.ts';
import { alertTime, isoTime, localTime } from './times.ts';

/** What a rule found. Text is byte strings. */
export interface Alert {
  readonly rule: ByteString;
  /** As Falco prints it: `Warning`, `Informational`. */
  readonly priority: ByteString;
  readonly source: ByteString;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly hostname: ByteString;
  readonly tags: readonly ByteString[];
  /** The rule's output, without time and priority. */
  readonly message: ByteString;
  /** The fields that the output names, and those that `append_output` adds. */
  readonly fields: JsonObject;
}

/** A field that `append_output` adds to alerts: an output of its own, or with `raw` the value of the field that it names. */
export interface ExtraField {
  readonly key: ByteString;
  readonly output: Output;
  readonly raw: boolean;
}

/** What an alert takes from its rule. */
export interface AlertRule {
  readonly name: ByteString;
  readonly priority: ByteString;
  readonly source: ByteString;
  readonly tags: readonly ByteString[];
  readonly output: Output;
  readonly extraFields: readonly ExtraField[];
}

/** The alert of a rule for an event; it holds nothing of the event. */
export function makeAlert(rule: AlertRule, event: Event, hostname: ByteString): Alert {
  const message = rule.output.text(event);
  const fields: Map<ByteString, JsonValue> = rule.output.fields(event);
  for (const { key, output, raw } of rule.extraFields)
    fields.set(key, raw ? (output.fields(event).get(key) ?? null) : output.text(event));
  return {
    rule: rule.name,
    priority: rule.priority,
    source: rule.source,
    time: event.time,
    hostname,
    tags: rule.tags,
    message,
    fields,
  };
}

/** How alerts are printed: keys of falco.yaml. */
export interface AlertFormat {
  /** json_output */
  readonly json: boolean;
  /** json_include_output_property */
  readonly includeOutput: boolean;
  /** json_include_message_property */
  readonly includeMessage: boolean;
  /** json_include_output_fields_property */
  readonly includeFields: boolean;
  /** json_include_tags_property */
  readonly includeTags: boolean;
  /** time_format_iso_8601: else the time of day in the local zone. */
  readonly iso8601: boolean;
  /** Seconds east of UTC now; the zone of this process (`TZ`) if left away. */
  readonly utcOffset?: () => number;
}

/** What falco.yaml says when it says nothing. */
export const DEFAULT_ALERT_FORMAT: AlertFormat = {
  json: false,
  includeOutput: true,
  includeMessage: false,
  includeFields: true,
  includeTags: true,
  iso8601: false,
};

/** An alert as one line, without its line feed: bytes that are UTF-8 in JSON, and whatever the event held in text. */
export function formatAlert(alert: Alert, format: AlertFormat): ByteString {
  if (!format.json) return alertText(alert, format);
  const line = new Map<ByteString, JsonValue>([
    ['hostname', alert.hostname],
    ['priority', alert.priority],
    ['rule', alert.rule],
    ['source', alert.source],
    ['time', alertTime(alert.time)],
  ]);
  if (format.includeOutput) line.set('output', alertText(alert, format));
  if (format.includeMessage) line.set('message', alert.message);
  if (format.includeTags) line.set('tags', [...new Set(alert.tags)].sort(byBytes));
  if (format.includeFields) line.set('output_fields', allFields(alert, format));
  return toJson(line);
}

/**
 * An alert of Falco about itself, as one line: falco_outputs::handle_msg prints those in a form of their own, of which falco.yaml
 * changes nothing but `json_output`.
 */
export function formatInternalAlert(alert: Alert, { json, utcOffset }: AlertFormat): ByteString {
  const { hostname, priority, rule, source, message, fields } = alert;
  if (json)
    return toJson(
      new Map<ByteString, JsonValue>([
        ['hostname', hostname],
        ['output', message],
        ['output_fields', fields],
        ['priority', priority],
        ['rule', rule],
        ['source', source],
        ['time', alertTime(alert.time)],
      ]),
    );
  const values = [...fields]
    .sort(([a], [b]) => byBytes(a, b))
    .map(([key, value]) => `${key}=${toJson(value)}`);
  const time = localTime(alert.time, utcOffset?.() ?? localOffset(), { date: false, ns: true });
  return `${time}: ${priority} ${message} (${values.join(' ')})`;
}

/** Seconds east of UTC in the zone of this process. */
const localOffset = (): number => -60 * new Date().getTimezoneOffset();

const byBytes = (a: ByteString, b: ByteString): number => (a < b ? -1 : a > b ? 1 : 0);

function alertText(alert: Alert, { iso8601, utcOffset }: AlertFormat): ByteString {
  const time = iso8601
    ? isoTime(alert.time)
    : localTime(alert.time, utcOffset?.() ?? localOffset(), { date: false, ns: true });
  return `${time}: ${alert.priority} ${alert.message}`;
}

/** The alert's fields and the one that its time is printed with. */
function allFields(alert: Alert, { iso8601 }: AlertFormat): JsonObject {
  const name = iso8601 ? 'evt.time.iso8601' : 'evt.time';
  return alert.fields.has(name)
    ? alert.fields
    : new Map([...alert.fields, [name, BigInt.asIntN(64, alert.time)]]);
}
