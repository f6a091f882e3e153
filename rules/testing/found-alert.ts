import {
  bindField,
  compileOutput,
  DEFAULT_ALERT_FORMAT,
  Double,
  formatAlert,
  fromBytes,
  toBytes,
  type Alert,
  type AlertFormat,
  type Event,
  type Extracted,
  type FieldLookup,
  type JsonValue,
} from '../../engine/index.ts';
import { fieldOfKey } from './field-value.ts';
import type { CaseAlert } from './result.ts';
import type { FactValue } from './scene/index.ts';
import type { Expectation } from './test-file.ts';

/** An alert that came. */
export interface FoundAlert {
  readonly alert: Alert;
  /** Which event gave it: of a case the how manieth, from 1; of a capture its `evt.num`. */
  readonly event: number;
  /** The values that fields had then: those that are expected to have some. */
  readonly values: ReadonlyMap<string, FoundValue>;
}

/** The value of a field when a rule fired. */
export interface FoundValue {
  readonly value: Extracted;
  /** As the alert's JSON shows it. */
  readonly json: JsonValue;
}

/** The alert as reports tell of it. */
export const caseAlert = ({ alert, event }: FoundAlert): CaseAlert => ({
  rule: fromBytes(alert.rule),
  event,
  json: alertJson(alert),
});

/** The alert as Falco prints it in JSON. */
export const alertJson = (alert: Alert): string => fromBytes(formatAlert(alert, FORMAT));

const FORMAT: AlertFormat = { ...DEFAULT_ALERT_FORMAT, json: true, iso8601: true };

export type ReadValues = (event: Event) => ReadonlyMap<string, FoundValue>;

const NO_VALUES: ReadonlyMap<string, FoundValue> = new Map();

/** Reads the fields that are expected to have certain values. */
export function valueReader({ alerts }: Expectation, fields: FieldLookup = bindField): ReadValues {
  const names = new Set(alerts.flatMap(({ fields }) => fields.map(({ field }) => field)));
  if (names.size === 0) return () => NO_VALUES;
  const readers = [...names].map((name) => [name, readerOf(name, fields)] as const);
  return (event) => new Map(readers.map(([name, read]) => [name, read(event)]));
}

/** Whether alerts can have a field. */
export const isOutputField = (name: string, fields: FieldLookup = bindField): boolean =>
  fieldOfKey(name, fields)?.field.filterOnly !== true &&
  !('error' in compileOutput(`%${toBytes(name)}`, fields));

function readerOf(name: string, fields: FieldLookup): (event: Event) => FoundValue {
  const output = compileOutput(`%${toBytes(name)}`, fields);
  const bound = fieldOfKey(name, fields);
  if ('error' in output || bound === undefined) return () => ({ value: undefined, json: null });
  return (event) => ({ value: bound.get(event), json: [...output.fields(event).values()][0] ?? null });
}

/** Whether a field has the value that is expected of it. */
export function hasValue({ value, json }: FoundValue, expected: FactValue): boolean {
  if (expected === null) return json === null;
  if (typeof expected === 'object')
    return (
      Array.isArray(json) &&
      json.length === expected.length &&
      expected.every((one, i) => hasValue({ value: undefined, json: json[i] as JsonValue }, one))
    );
  if (typeof expected === 'number' || typeof expected === 'bigint') {
    const number = typeof value === 'number' || typeof value === 'bigint' ? value : json;
    if (number instanceof Double) return number.value === Number(expected);
    // Numbers of both kinds compare rightly.
    return (
      (typeof number === 'number' || typeof number === 'bigint') &&
      !(number < expected) &&
      !(number > expected)
    );
  }
  if (typeof expected === 'boolean') return json === expected;
  return typeof json === 'string'
    ? json === toBytes(expected)
    : json !== null && shownJson(json) === expected;
}

/** A value as people read it. */
export function shownJson(json: JsonValue): string {
  if (json === null) return '<NA>';
  if (typeof json === 'string') return fromBytes(json);
  if (json instanceof Double) return String(json.value);
  if (Array.isArray(json)) return `(${json.map((one) => shownJson(one as JsonValue)).join(',')})`;
  return String(json);
}
