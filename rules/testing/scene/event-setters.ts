/** Fields of the event itself. */
import { errnoNumber, type ByteString } from '../../../engine/index.ts';
import type { Draft, Setter, Setters } from './draft.ts';
import type { Given } from './given.ts';

const type: Setter = (draft, given) => (draft.type = given.text());

function direction(draft: Draft, given: Given): void {
  const text = given.text();
  if (text !== '<' && text !== '>')
    given.fail(`evt.dir is "<" or ">", and ${JSON.stringify(given.value)} was given`);
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

const opens =
  (how: keyof Draft['opens']): Setter =>
  (draft, given) => {
    draft.opens[how] = given.flag();
  };

/** Nanoseconds since 1970 of a day and time in UTC. */
function isoTime(given: Given): bigint {
  const text = given.text();
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|\+0000|\+00:00)?$/.exec(text);
  if (match === null)
    given.fail(
      `${text} is no time`,
      'times are written as 2026-11-23T08:12:31.830935172+0000, or as a number of nanoseconds in evt.rawtime',
    );
  const [, day, clock, fraction = ''] = match;
  return BigInt(Date.parse(`${day}T${clock}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** Bytes as text; those that are no text as hexadecimal digits with `0x` in front. */
export function dataBytes(text: ByteString): ByteString {
  if (!/^0x(?:[0-9a-f]{2})+$/i.test(text)) return text;
  return text.slice(2).replace(/../g, (pair) => String.fromCharCode(parseInt(pair, 16)));
}

export const eventSetters: Setters = {
  'evt.type': type,
  'syscall.type': type,
  'evt.asynctype': (draft, given) => (draft.asyncName = given.text()),
  'evt.dir': direction,
  'evt.num': (draft, given) => (draft.num = given.number()),
  'evt.cpu': (draft, given) => (draft.cpu = given.number()),
  'evt.rawtime': (draft, given) => (draft.time = BigInt(given.int())),
  'evt.time.iso8601': (draft, given) => (draft.time = isoTime(given)),
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
  'evt.abspath': (draft, given) => draft.paths.set(given.arg === 'dst' ? 'target' : 'source', given.text()),
  'fs.path.name': path('path'),
  'fs.path.nameraw': path('path'),
  'fs.path.source': path('source'),
  'fs.path.sourceraw': path('source'),
  'fs.path.target': path('target'),
  'fs.path.targetraw': path('target'),
};
