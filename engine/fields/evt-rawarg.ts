import { readInt64, readUint64, type ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import { parseConstant } from '../filter/values.ts';
import { ValueError } from '../filter/value-error.ts';
import type { JsonValue } from '../json.ts';
import { renderingOf } from '../rendering.ts';
import type { ParamInfo, ParamType } from '../tables/types.ts';
import { valueJson, valueText } from '../value-text.ts';
import type { BoundField, FieldError, FieldType, FieldValue } from './define.ts';
import { indexIn, parameterIndex } from './evt-traits.ts';

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
  fd32: 'FD32',
  pid32: 'PID32',
};

const fieldType = (param: ParamInfo): FieldType => FIELD_TYPES[param.type] ?? 'BYTEBUF';

/** Parameter `i` as a number or text; undefined if it is empty or has another length than its type. */
function rawValue(event: Event, i: number): FieldValue | undefined {
  const type = fieldType(event.info.params[i]!);
  if (type === 'CHARBUF') return event.string(i);
  const size = event.size(i);
  if (size === 0) return undefined;
  const { view } = event;
  const offset = event.offset(i);
  switch (type) {
    case 'INT8':
      return size === 1 ? view.getInt8(offset) : undefined;
    case 'UINT8':
      return size === 1 ? view.getUint8(offset) : undefined;
    case 'INT16':
      return size === 2 ? view.getInt16(offset, true) : undefined;
    case 'UINT16':
    case 'PORT':
      return size === 2 ? view.getUint16(offset, true) : undefined;
    case 'INT32':
      return size === 4 ? view.getInt32(offset, true) : undefined;
    case 'UINT32':
      return size === 4 ? view.getUint32(offset, true) : undefined;
    case 'INT64':
      return size === 8 ? readInt64(view, offset) : undefined;
    case 'UINT64':
    case 'RELTIME':
    case 'ABSTIME':
      return size === 8 ? readUint64(view, offset) : undefined;
    default:
      return event.buffer(i);
  }
}

/** What outputs show where there is nothing to show. */
const emptyValue = (type: FieldType): FieldValue => (type === 'BYTEBUF' ? '' : 0);

/**
 * `evt.rawarg.x`, whose type is that of the first parameter with this name in any event type. An event's own parameter may have another type,
 * which then is what is compared and shown.
 */
export function bindRaw(first: ParamInfo): Partial<BoundField> {
  const indexes = parameterIndex(first.name);
  const get = (event: Event): FieldValue | undefined => {
    const i = indexIn(event, indexes);
    return i < 0 ? undefined : rawValue(event, i);
  };
  function show<T>(
    event: Event,
    as: (value: FieldValue, type: FieldType, format: ParamInfo['format']) => T,
  ): T | undefined {
    const i = indexIn(event, indexes);
    if (i < 0) return undefined;
    const param = event.info.params[i]!;
    const type = fieldType(param);
    return as(rawValue(event, i) ?? emptyValue(type), type, param.format);
  }
  return {
    type: fieldType(first),
    format: first.format,
    get,
    text: (event) =>
      show(event, (value, type, format) => valueText(value, type, format, renderingOf(event).bufferFormat)),
    json: (event): JsonValue =>
      show(event, (value, type, format) => valueJson(value, type, format, renderingOf(event).bufferFormat)) ??
      null,
    parseValue: (text, op) => parse(text, op, first),
    // Lists of numbers are searched by their bytes, with a length of 0 for the event's number; modifiers are not looked at.
    test: (op, _modifier, _values, compare) => {
      if (op === 'exists') return (event) => get(event) !== undefined;
      const searches = op === 'in' || op === 'intersects';
      return (event) => {
        const value = get(event);
        return value !== undefined && !(searches && typeof value !== 'string') && compare(value);
      };
    },
  };
}

function parse(text: ByteString, op: string, param: ParamInfo): FieldValue | FieldError {
  const name = INCOMPARABLE[param.type];
  if (name !== undefined) return { error: `filter error: '${op}' operator not supported for type '${name}'` };
  const number = UNREADABLE[param.type];
  if (number !== undefined) return { error: `wrong parameter type ${number}` };
  try {
    return parseConstant(text, fieldType(param));
  } catch (error) {
    if (error instanceof ValueError) return { error: error.message };
    throw error;
  }
}
