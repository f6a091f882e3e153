import type { Event } from '../../../engine/event.ts';
import type { BoundField, Extracted, Field, FieldType } from '../../../engine/fields/define.ts';
import { EVENTS } from '../../../engine/tables/events.generated.ts';

/** Values by field name, in the place of an event. */
export type FakeValues = Readonly<Record<string, Extracted>>;

/** An event whose fake fields have these values. */
export const fakeEvent = (values: FakeValues, code = 0): Event =>
  ({ values, code, info: EVENTS[code] }) as unknown as Event;

const TYPES: Readonly<Record<string, FieldType>> = {
  text: 'CHARBUF',
  name: 'CHARBUF',
  path: 'CHARBUF',
  bytes: 'BYTEBUF',
  flag: 'BOOL',
  signed: 'INT64',
  id: 'UINT32',
  count: 'UINT64',
  port: 'PORT',
  ip: 'IPADDR',
  net: 'IPNET',
};

/** Finds `fake.text`, `fake.count` and so on, and `fake.texts`, a list of texts. */
export function fakeField(name: string, arg: string | undefined): BoundField | undefined {
  const [prefix, key = ''] = name.split('.');
  const list = key === 'texts';
  const type = list ? 'CHARBUF' : TYPES[key];
  if (prefix !== 'fake' || type === undefined || arg !== undefined) return undefined;
  const get = (event: Event): Extracted => (event as unknown as { values: FakeValues }).values[key];
  const field: Field = { name, type, desc: '', get, ...(list && { list: true as const }) };
  return { field, arg, type, list, format: 'dec', get };
}
