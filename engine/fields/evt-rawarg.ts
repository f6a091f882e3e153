import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import type { ValueTest } from '../filter/compare.ts';
import { parseConstant } from '../filter/values.ts';
import { ValueError } from '../filter/value-error.ts';
import type { JsonValue } from '../json.ts';
import { renderingOf } from '../rendering.ts';
import type { ParamInfo, ParamType } from '../tables/types.ts';
import { valueJson, valueText } from '../value-text.ts';
import type { BoundField, FieldError, FieldType, FieldValue } from './define.ts';
import { indexIn, parameterIndex } from './evt-traits.ts';
import { isNumber, numberAt, rawValue, testOfOtherType } from './raw-values.ts';

/** The type of field that a parameter is compared and printed as. */
const FIELD_TYPES: Partial<Record<ParamType, FieldType>> = {
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  errno: 'INT64',
  fd: 'INT64',
  pid: 'INT64',
  uint8: 'UINT8',
  flags8: 'UINT8',
  enumflags8: 'UINT8',
  sigtype: 'UINT8',
  uint16: 'UINT16',
  flags16: 'UINT16',
  enumflags16: 'UINT16',
  syscallid: 'UINT16',
  port: 'PORT',
  uint32: 'UINT32',
  flags32: 'UINT32',
  enumflags32: 'UINT32',
  mode: 'UINT32',
  uid: 'UINT32',
  gid: 'UINT32',
  uint64: 'UINT64',
  reltime: 'RELTIME',
  abstime: 'ABSTIME',
  charbuf: 'CHARBUF',
  fspath: 'CHARBUF',
  fsrelpath: 'CHARBUF',
};

/** Types that can be compared but that no constant can be read as, with their numbers (ppm_param_type). */
const UNREADABLE: Partial<Record<ParamType, number>> = { bytebuf: 10, syscallid: 18, sigtype: 19 };

/** Falco's names of the types that cannot be compared at all. */
const INCOMPARABLE: Partial<Record<ParamType, string>> = {
  sockaddr: 'SOCKADDR',
  socktuple: 'SOCKTUPLE',
  fdlist: 'FDLIST',
  dyn: 'DYNAMIC',
  uid: 'UID',
  gid: 'GID',
  sigset: 'SIGSET',
  charbufarray: 'CHARBUFARRAY',
  charbufpairarray: 'CHARBUF_PAIR_ARRAY',
  fd32: '<NA>',
  pid32: '<NA>',
};

/** The type of field that a parameter is as `evt.rawarg`. */
export const rawFieldType = (param: ParamInfo): FieldType => FIELD_TYPES[param.type] ?? 'BYTEBUF';

/** Types that libsinsp does not show. */
const HIDDEN: ReadonlySet<ParamType> = new Set(['sockaddr']);

/**
 * `evt.rawarg.x`, whose type is that of the first parameter with this name in any event type. An event's own parameter may have another type,
 * which then is what is compared and shown.
 */
export function bindRaw(first: ParamInfo): Partial<BoundField> {
  const indexes = parameterIndex(first.name);
  const firstType = rawFieldType(first);
  const get = (event: Event): FieldValue | undefined => {
    const i = indexIn(event, indexes);
    return i < 0 ? undefined : rawValue(event, i, rawFieldType(event.info.params[i]!));
  };
  const incomparable = INCOMPARABLE[first.type];
  return {
    type: firstType,
    format: first.format,
    ...(incomparable !== undefined && { incomparable }),
    get,
    text: (event) => {
      const i = indexIn(event, indexes);
      if (i < 0) return undefined;
      const param = event.info.params[i]!;
      if (HIDDEN.has(param.type)) return undefined;
      const type = rawFieldType(param);
      const value = rawValue(event, i, type) ?? (isNumber(type) ? 0 : '');
      return valueText(value, type, param.format, renderingOf(event).bufferFormat);
    },
    json: (event): JsonValue => {
      const i = indexIn(event, indexes);
      if (i < 0) return null;
      const param = event.info.params[i]!;
      if (HIDDEN.has(param.type)) return null;
      const type = rawFieldType(param);
      // Of an empty number libsinsp reads what follows in the event.
      const value = rawValue(event, i, type) ?? (isNumber(type) ? (numberAt(event, i, type) ?? 0) : '');
      return valueJson(value, type, param.format, renderingOf(event).bufferFormat);
    },
    parseValue: (text) => parse(text, first),
    // Lists of numbers are searched by their bytes, with a length of 0 for the event's number; modifiers are not looked at.
    test: (op, _modifier, values, compare) => {
      if (op === 'exists') return (event) => get(event) !== undefined;
      const searches = op === 'in' || op === 'intersects';
      const tests = new Map<FieldType, ValueTest>([[firstType, compare]]);
      const testOf = (type: FieldType): ValueTest => {
        let test = tests.get(type);
        if (test === undefined) tests.set(type, (test = testOfOtherType(op, values, firstType, type)));
        return test;
      };
      return (event) => {
        const i = indexIn(event, indexes);
        if (i < 0) return false;
        const type = rawFieldType(event.info.params[i]!);
        if (searches && isNumber(type)) return false;
        const value = rawValue(event, i, type);
        return value !== undefined && testOf(type)(value);
      };
    },
  };
}

function parse(text: ByteString, param: ParamInfo): FieldValue | FieldError {
  const number = UNREADABLE[param.type];
  if (number !== undefined) return { error: `wrong parameter type ${number}` };
  try {
    return parseConstant(text, rawFieldType(param));
  } catch (error) {
    if (error instanceof ValueError) return { error: error.message };
    throw error;
  }
}
