import { readInt64, readUint64 } from './bytes.ts';
import type { Event } from './event.ts';
import { fieldText, type JsonValue } from './json.ts';
import { parameterCount, parameterText } from './parameters.ts';
import { renderingOf } from './rendering.ts';
import type { ParamInfo } from './tables/types.ts';
import { NO_ID } from './state/users.ts';

/** All parameters of an event by their names, in their order, as `parameterJson` gives them. */
export function parametersJson(event: Event): ReadonlyMap<string, JsonValue> {
  const values = new Map<string, JsonValue>();
  const count = parameterCount(event);
  for (let i = 0; i < count; i++) values.set(event.info.params[i]!.name, parameterJson(event, i));
  return values;
}

/**
 * Parameter `i` as JSON: numbers, fds, ids and results as numbers with all their digits, lists of strings as lists, what is empty as null.
 * Everything else is the text that `evt.arg` shows: flags and the like by their names, relative paths made absolute, addresses; numbers that
 * Falco prints in hexadecimal or octal too.
 */
export function parameterJson(event: Event, i: number): JsonValue {
  const param = event.info.params[i]!;
  const size = event.size(i);
  if (size === 0) return null;
  const offset = event.offset(i);
  if (isList(param)) return event.strings(i).map(fieldText);
  const number =
    param.type === 'dyn'
      ? numberAt(event, { ...param, type: variantOf(event, param, offset) }, offset + 1, size - 1)
      : numberAt(event, param, offset, size);
  if (number !== undefined) return number;
  const { plain, resolved } = parameterText(event, i, renderingOf(event).bufferFormat);
  const text = resolved === '' ? plain : resolved;
  return text === '<NA>' ? null : fieldText(text);
}

/** The driver declares arguments, environments and control groups as plain bytes. */
const isList = ({ type, name }: ParamInfo): boolean =>
  type === 'charbufarray' ||
  type === 'charbufpairarray' ||
  (type === 'bytebuf' && (name === 'args' || name === 'env' || name === 'cgroups'));

const variantOf = (event: Event, param: ParamInfo, offset: number): ParamInfo['type'] =>
  param.variants?.[event.bytes[offset]!]?.type ?? 'dyn';

/** The number that a parameter is; undefined for all that is shown as text. */
function numberAt(
  { view }: Event,
  { type, format }: ParamInfo,
  offset: number,
  size: number,
): JsonValue | undefined {
  if (format === 'hex' || format === 'oct') return undefined;
  switch (type) {
    case 'int8':
      return size === 1 ? view.getInt8(offset) : undefined;
    case 'uint8':
      return size === 1 ? view.getUint8(offset) : undefined;
    case 'int16':
      return size === 2 ? view.getInt16(offset, true) : undefined;
    case 'uint16':
    case 'port':
      return size === 2 ? view.getUint16(offset, true) : undefined;
    case 'int32':
      return size === 4 ? view.getInt32(offset, true) : undefined;
    case 'uint32':
      return size === 4 ? view.getUint32(offset, true) : undefined;
    case 'uid':
    case 'gid':
      if (size !== 4) return undefined;
      return view.getUint32(offset, true) === NO_ID ? -1 : view.getUint32(offset, true);
    case 'int64':
    case 'errno':
    case 'fd':
    case 'pid':
      return size === 8 ? readInt64(view, offset) : undefined;
    case 'uint64':
    case 'reltime':
    case 'abstime':
      return size === 8 ? readUint64(view, offset) : undefined;
    default:
      return undefined;
  }
}
