import { bytesOf, type ByteString } from './bytes.ts';
import { Event, EVENT_HEADER } from './event.ts';
import { EVENTS } from './tables/events.generated.ts';
import type { EventCode } from './tables/types.ts';

/**
 * An event made of its parts, as a driver lays it out. `time` is nanoseconds since the epoch; parameters are their bytes, text with its NUL. Throws
 * a `RangeError` where a parameter is longer than the event type allows (64 KiB, but for large types).
 */
export function packEvent(code: EventCode, time: bigint, tid: number, params: readonly ByteString[]): Event {
  const { largeLengths } = EVENTS[code]!;
  const lengthSize = largeLengths ? 4 : 2;
  const values = EVENT_HEADER + lengthSize * params.length;
  const bytes = new Uint8Array(params.reduce((sum, { length }) => sum + length, values));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, time, true);
  view.setBigInt64(8, BigInt(tid), true);
  view.setUint32(16, bytes.length, true);
  view.setUint16(20, code, true);
  view.setUint32(22, params.length, true);
  let at = values;
  params.forEach((param, i) => {
    if (largeLengths) view.setUint32(EVENT_HEADER + i * 4, param.length, true);
    else if (param.length > 0xffff) throw new RangeError(`a parameter of ${param.length} bytes is too long`);
    else view.setUint16(EVENT_HEADER + i * 2, param.length, true);
    bytes.set(bytesOf(param), at);
    at += param.length;
  });
  const event = new Event();
  event.point(bytes, view, 0);
  return event;
}

/** An unsigned 32-bit number as the bytes of a parameter. */
export function uint32Bytes(value: number): ByteString {
  return String.fromCharCode(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);
}
