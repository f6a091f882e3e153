/** Replays the captures of the reference data and compares fields with what Falco printed for them. */
import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fromBytes } from '../../../engine/bytes.ts';
import { Event } from '../../../engine/event.ts';
import type { Extracted, Field, FieldClass, FieldValue } from '../../../engine/fields/define.ts';
import { pathFields } from '../../../engine/fields/evt-path.ts';
import { addressText } from '../../../engine/state/addresses.ts';
import { Machine } from '../../../engine/state/machine.ts';
import { sanitize } from '../../../engine/state/path.ts';
import type { IpAddress } from '../../../engine/state/snapshot.ts';
import { ScapReader } from '../../../replay/scap/reader.ts';
import { oraclePath } from '../../oracle.ts';
import { bindField } from './bind-field.ts';

/** Fields by name as Falco's JSON has them. Integers of 16 and more digits are texts that begin with `int:`. */
export type Printed = Readonly<Record<string, unknown>>;

/** Recordings larger than this (bytes) are compared only where the reference data is required. */
const LARGE = 400_000;

/** Recordings with their fields: `fields/<name>.fields.jsonl.gz` or `.state.jsonl.gz`. The large ones only with REQUIRE_ORACLE=1. */
export function recordings(): string[] {
  const all = process.env['REQUIRE_ORACLE'] === '1';
  return readdirSync(oraclePath('fields')).filter(
    (name) => name.endsWith('.jsonl.gz') && (all || statSync(oraclePath('fields', name)).size < LARGE),
  );
}

/** A value as Falco's JSON has it; undefined where it has `null`. */
function printed(field: Field, value: Extracted): unknown {
  if (value === undefined) return undefined;
  if (typeof value === 'object')
    return value.length === 0 ? undefined : value.map((each) => printedOne(field, each));
  return printedOne(field, value as FieldValue);
}

function printedOne(field: Field, value: FieldValue): unknown {
  if (field.type === 'IPADDR') return addressText(value as IpAddress);
  if (field.type === 'IPNET') return '<IPNET>';
  if (typeof value === 'string') return fromBytes(sanitize(value));
  if (typeof value === 'boolean') return value;
  if (field.format === 'hex') return (Number(value) >>> 0).toString(16).toUpperCase();
  const digits = value.toString();
  return field.type !== 'DOUBLE' && digits.replace('-', '').length >= 16 ? `int:${digits}` : Number(value);
}

function parseLine(line: string): Printed {
  return JSON.parse(line.replace(/"([\w.[\]]+)":(-?\d{16,})(?=[,}])/g, '"$1":"int:$2"')) as Printed;
}

/** A field with its argument, and what outputs read of it. */
function boundField(classes: readonly FieldClass[], text: string): { field: Field; get: Field['get'] } {
  const { field, bound } = bindField(classes, text);
  return { field, get: bound.shown ?? bound.get };
}

/** Calls `visit` for each event that Falco printed, for `limit` of them at most. */
export function replay(
  recording: string,
  visit: (event: Event, wanted: Printed) => void,
  limit = Infinity,
): void {
  const name = recording.slice(0, recording.indexOf('.'));
  const text = gunzipSync(readFileSync(oraclePath('fields', recording))).toString();
  const lines = text.trimEnd().split('\n');
  const own = oraclePath('captures', `${name}.scap`);
  const bytes = readFileSync(existsSync(own) ? own : oraclePath('..', 'captures', `${name}.scap`));
  const machine = new Machine();
  const reader = new ScapReader(name, machine);
  reader.feed(bytes[0] === 0x1f ? gunzipSync(bytes) : bytes);
  const event = new Event();
  const end = Math.min(lines.length, limit);
  let at = 0;
  let wanted = parseLine(lines[0]!);
  while (at < end && reader.next(event)) {
    if (!machine.apply(event) || event.num !== wanted['evt.num']) continue;
    visit(event, wanted);
    if (++at < end) wanted = parseLine(lines[at]!);
  }
  expect(at, 'events').to.equal(end);
}

/** Names of the fields that the reference data has, with their arguments: `proc.aname[1]`. */
export function printedNames(prefixes: readonly string[]): string[] {
  const rule = readFileSync(oraclePath('fields', 'all-fields.yaml'), 'utf8');
  return [...rule.matchAll(/%([a-z][\w.]*(?:\[\w+\])?)/g)]
    .map(([, name]) => name!)
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
}

/** Compares all values of the named fields over a recording; returns the first differences as text, and how many values there were. */
export function compareFields(
  recording: string,
  classes: readonly FieldClass[],
  names: readonly string[],
): { differences: string[]; compared: number } {
  const fields = names.map((name) => ({ name, ...boundField(classes, name) }));
  // Falco prints this one before JSON is made, and it changes which fd the event is about.
  const [absolutePath] = pathFields;
  const differences: string[] = [];
  let compared = 0;
  replay(recording, (event, wanted) => {
    absolutePath!.get(event);
    for (const { name, field, get } of fields) {
      if (field.stateful) get(event);
      const got = JSON.stringify(printed(field, get(event)));
      const expected = JSON.stringify(wanted[name]);
      compared++;
      if (got !== expected && differences.length < 20)
        differences.push(`${event.num} ${event.info.symbol} ${name}: ${got} instead of ${expected}`);
    }
  });
  return { differences, compared };
}
