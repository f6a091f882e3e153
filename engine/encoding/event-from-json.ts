import type { ByteString, Int } from '../bytes.ts';
import { EVENT_HEADER, type Event } from '../event.ts';
import type { EventInfo } from '../tables/types.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import { codecsOf, putValue } from './codecs.ts';
import { EncodingError, nameHint, shown, type JsonInput, type JsonInputObject } from './json.ts';

/** What an event consists of. */
export interface EventDescription {
  readonly info: EventInfo;
  /** Nanoseconds since the epoch. */
  readonly time: Int;
  readonly tid: Int;
  /** By name; those that are missing, or null, are empty. */
  readonly params: JsonInputObject;
  /** How many parameters the event has, if not all of its type. */
  readonly paramCount?: number;
  /** Bytes behind the last parameter. */
  readonly rest?: ByteString;
}

const MAX_SHORT = 0xffff;

/** Writes an event of the current schema into `out`, from its first byte on, and points `event` at it. Throws an `EncodingError`. */
export function eventFromJson(description: EventDescription, out: ByteBuffer, event: Event): void {
  const { info, params, paramCount: count = info.params.length, rest = '' } = description;
  const values = valuesInOrder(info, params, count);
  const lengthSize = info.largeLengths ? 4 : 2;
  out.clear();
  out.take(EVENT_HEADER + count * lengthSize);
  out.setInt64(0, description.time);
  out.setInt64(8, description.tid);
  out.view.setUint16(20, info.code, true);
  out.view.setUint32(22, count, true);
  let at = out.length;
  for (let i = 0; i < count; i++) {
    const value = values[i];
    if (value !== undefined) putParameter(info, i, value, out);
    const size = out.length - at;
    const place = EVENT_HEADER + i * lengthSize;
    if (info.largeLengths) out.view.setUint32(place, size, true);
    else if (size <= MAX_SHORT) out.view.setUint16(place, size, true);
    else
      throw new EncodingError(
        `${size} bytes are too long: parameters of this event have ${MAX_SHORT} at most`,
        undefined,
        ['params', info.params[i]!.name],
      );
    at = out.length;
  }
  out.text(rest);
  out.view.setUint32(16, out.length, true);
  event.point(out.bytes, out.view, 0);
}

/** The places of an event type's parameters by their names. */
const PLACES: (ReadonlyMap<string, number> | undefined)[] = [];

function placesOf(info: EventInfo): ReadonlyMap<string, number> {
  return (PLACES[info.code] ??= new Map(info.params.map(({ name }, i) => [name, i])));
}

const values: (JsonInput | undefined)[] = [];

/** The values in the order of the schema, in one array that is used again. */
function valuesInOrder(
  info: EventInfo,
  params: JsonInputObject,
  count: number,
): readonly (JsonInput | undefined)[] {
  values.length = 0;
  for (let i = 0; i < count; i++) values.push(undefined);
  let next = 0;
  for (const name in params) {
    // Most come in order.
    const place = info.params[next]?.name === name ? next : placesOf(info).get(name);
    if (place === undefined) throw unknownParameter(info, name);
    if (place >= count)
      throw new EncodingError(
        `the event has ${count} parameters by its param_count, and this is number ${place + 1}`,
        undefined,
        ['params', name],
      );
    values[place] = params[name];
    next = place + 1;
  }
  return values;
}

function unknownParameter(info: EventInfo, name: string): EncodingError {
  const names = info.params.map((param) => param.name);
  return new EncodingError(
    `an event ${info.symbol} has no parameter ${shown(name)}`,
    names.length === 0 ? 'it has none at all' : nameHint(name, names),
    ['params', name],
  );
}

function putParameter(info: EventInfo, i: number, value: JsonInput, out: ByteBuffer): void {
  try {
    putValue(codecsOf(info)[i]!, value, out);
  } catch (error) {
    if (!(error instanceof EncodingError)) throw error;
    throw error.within(info.params[i]!.name).within('params');
  }
}
