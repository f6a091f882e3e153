/** Fields of the event itself. */
import { errnoNumber, type ByteString } from '../../../../engine/index.ts';
import { FIRST_DAY, type Draft, type Setter, type Setters } from '../draft.ts';
import { shownValue } from '../fact.ts';
import type { Given } from '../given.ts';

const type: Setter = (draft, given) => (draft.type = given.text());

function direction(draft: Draft, given: Given): void {
  const text = given.text();
  if (text !== '<' && text !== '>')
    given.fail(`evt.dir is "<" or ">", and ${shownValue(given.value)} was given`);
  draft.enter = text === '>';
}

/** `SUCCESS`, the name of an error, or a number. */
function result(draft: Draft, given: Given): void {
  const text = given.text();
  if (text === 'SUCCESS') draft.result.failed = false;
  else {
    const error = errnoNumber(text);
    if (error === undefined)
      given.fail(`evt.res is SUCCESS or the name of an error such as ENOENT, and ${text} was given`);
    draft.result.value = -error;
  }
}

function parameter(draft: Draft, given: Given): void {
  if (/^\d+$/.test(given.arg)) draft.paramsAt.set(Number(given.arg), given);
  else draft.params.set(given.arg, given);
}

const path =
  (role: 'path' | 'source' | 'target'): Setter =>
  (draft, given) => {
    draft.paths.set(role, given.text());
  };

/** The whole path, which the call need not have been given like this. */
const wholePath =
  (role: 'path' | 'source' | 'target'): Setter =>
  (draft, given) => {
    if (!draft.paths.has(role)) draft.paths.set(role, given.text());
  };

const opens =
  (how: keyof Draft['opens']): Setter =>
  (draft, given) => {
    draft.opens[how] = given.flag();
  };

const BILLION = 1_000_000_000n;
const TIME = /^(?:(\d{4}-\d\d-\d\d)[T ])?(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|\+00:?00)?$/;

/** Nanoseconds since 1970 of a time as Falco shows it: in UTC, or in the time zone of now. Without a day, that on which scenes begin. */
function time(given: Given, isLocal: boolean): bigint {
  const match = TIME.exec(given.text());
  if (match === null)
    given.fail(
      `${given.fact.field} is a time, and ${given.text()} was given`,
      'write it as Falco shows it, or give evt.rawtime: nanoseconds since 1970',
    );
  const [, day = FIRST_DAY, clock, fraction = ''] = match;
  const seconds = BigInt(Date.parse(`${day}T${clock}Z`)) / 1000n;
  const ahead = isLocal ? BigInt(-60 * new Date().getTimezoneOffset()) : 0n;
  return (seconds - ahead) * BILLION + BigInt(fraction.padEnd(9, '0'));
}

const moment =
  (isLocal: boolean): Setter =>
  (draft, given) => {
    draft.time = time(given, isLocal);
  };

/** The same without nanoseconds, which another fact may tell. */
const second =
  (isLocal: boolean): Setter =>
  (draft, given) => {
    draft.time ??= time(given, isLocal);
  };

/** Bytes as text; those that are no text as hexadecimal digits with `0x` in front. */
export function dataBytes(text: ByteString): ByteString {
  if (!/^0x(?:[0-9a-f]{2})+$/i.test(text)) return text;
  return text.slice(2).replace(/../g, (pair) => String.fromCharCode(parseInt(pair, 16)));
}

/** By field. */
export const eventSetters: Setters = {
  'evt.type': type,
  'syscall.type': type,
  'evt.asynctype': (draft, given) => (draft.asyncName = given.text()),
  'evt.dir': direction,
  'evt.num': (draft, given) => (draft.num = given.number()),
  'evt.cpu': (draft, given) => (draft.cpu = given.number()),
  'evt.rawtime': (draft, given) => (draft.time = BigInt(given.int())),
  'evt.rawtime.s': (draft, given) => (draft.time ??= BigInt(given.int()) * BILLION),
  'evt.time.iso8601': moment(false),
  'evt.time': moment(true),
  'evt.time.s': second(true),
  'evt.datetime': moment(true),
  'evt.datetime.s': second(true),
  'evt.res': result,
  'evt.rawres': ({ result }, given) => (result.value = given.int()),
  'evt.failed': ({ result }, given) => (result.failed = given.flag()),
  'evt.arg': parameter,
  'evt.rawarg': parameter,
  'evt.buffer': (draft, given) => (draft.data = dataBytes(given.text())),
  'evt.buflen': ({ result }, given) => (result.value ??= given.int()),
  'evt.is_open_read': opens('read'),
  'evt.is_open_write': opens('write'),
  'evt.is_open_exec': opens('exec'),
  'evt.is_open_create': opens('create'),
  'evt.abspath': (draft, given) => wholePath(given.arg === 'dst' ? 'target' : 'source')(draft, given),
  'fs.path.name': wholePath('path'),
  'fs.path.nameraw': path('path'),
  'fs.path.source': wholePath('source'),
  'fs.path.sourceraw': path('source'),
  'fs.path.target': wholePath('target'),
  'fs.path.targetraw': path('target'),
};
