/** Builds events for tests, byte for byte as a capture holds them. */
import { bytesOf } from '../engine/bytes.ts';
import { Event, EVENT_HEADER } from '../engine/event.ts';
import { EVENTS } from '../engine/tables/events.generated.ts';
import type { EventCode, ParamType } from '../engine/tables/types.ts';

/**
 * A parameter's value: numbers for numeric types; byte strings for text (a NUL is added) and for raw bytes; lists for NUL-separated
 * strings; `undefined` for an empty parameter. Bytes are taken as they are, whatever the type.
 */
export type ParamValue = number | bigint | string | readonly string[] | Uint8Array | undefined;

const SIZES: Partial<Record<ParamType, 1 | 2 | 4 | 8>> = {
  int8: 1, uint8: 1, flags8: 1, enumflags8: 1, sigtype: 1,
  int16: 2, uint16: 2, flags16: 2, enumflags16: 2, port: 2, syscallid: 2,
  int32: 4, uint32: 4, flags32: 4, enumflags32: 4, uid: 4, gid: 4, mode: 4, fd32: 4, pid32: 4, sigset: 4, ipv4addr: 4,
  int64: 8, uint64: 8, errno: 8, fd: 8, pid: 8, reltime: 8, abstime: 8,
}; // prettier-ignore

const TEXTS: readonly ParamType[] = ['charbuf', 'fspath', 'fsrelpath'];

function encode(type: ParamType, value: ParamValue): Uint8Array {
  if (value === undefined) return new Uint8Array(0);
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return bytesOf(TEXTS.includes(type) ? value + '\0' : value);
  if (typeof value === 'object') return bytesOf(value.map((text) => text + '\0').join(''));
  const size = SIZES[type];
  if (size === undefined) throw new Error(`A parameter of type ${type} cannot be the number ${value}`);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt.asIntN(64, BigInt(value)), true);
  return bytes.slice(0, size);
}

/** The bytes of an event: header, lengths, values. Parameters beyond the event type's own are raw bytes. */
export function eventBytes(
  code: EventCode,
  tid: number,
  timeNs: number | bigint,
  params: readonly ParamValue[],
): Uint8Array {
  const info = EVENTS[code]!;
  const values = params.map((value, i) => encode(info.params[i]?.type ?? 'bytebuf', value));
  const lengthSize = info.largeLengths ? 4 : 2;
  const start = EVENT_HEADER + lengthSize * values.length;
  const bytes = new Uint8Array(values.reduce((sum, value) => sum + value.length, start));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(timeNs), true);
  view.setBigInt64(8, BigInt(tid), true);
  view.setUint32(16, bytes.length, true);
  view.setUint16(20, code, true);
  view.setUint32(22, values.length, true);
  let offset = start;
  values.forEach((value, i) => {
    if (info.largeLengths) view.setUint32(EVENT_HEADER + i * 4, value.length, true);
    else view.setUint16(EVENT_HEADER + i * 2, value.length, true);
    bytes.set(value, offset);
    offset += value.length;
  });
  return bytes;
}

/** An event made of `eventBytes`, ready to be applied. */
export function syntheticEvent(
  code: EventCode,
  tid: number,
  timeNs: number | bigint,
  params: readonly ParamValue[],
): Event {
  const bytes = eventBytes(code, tid, timeNs, params);
  const event = new Event();
  event.point(bytes, new DataView(bytes.buffer), 0);
  return event;
}

function ipBytes(text: string): number[] {
  if (!text.includes(':')) return text.split('.').map(Number);
  const [head = '', tail] = text.split('::');
  const words = (part: string) => (part === '' ? [] : part.split(':').map((word) => parseInt(word, 16)));
  const front = words(head);
  const back = tail === undefined ? [] : words(tail);
  const all = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
  return all.flatMap((word) => [word >> 8, word & 255]);
}

const family = (ip: string) => (ip.includes(':') ? 10 : 2);
const portBytes = (port: number) => [port & 255, port >> 8];

/** A `sockaddr` parameter: an address and port (IPv6 without dotted ends). */
export function sockaddrBytes(ip: string, port: number): Uint8Array {
  return Uint8Array.from([family(ip), ...ipBytes(ip), ...portBytes(port)]);
}

/** A `socktuple` parameter of two addresses of the same family. */
export function socktupleBytes(sip: string, sport: number, dip: string, dport: number): Uint8Array {
  return Uint8Array.from([
    family(sip),
    ...ipBytes(sip),
    ...portBytes(sport),
    ...ipBytes(dip),
    ...portBytes(dport),
  ]);
}

/** A `sockaddr` parameter of a unix socket. */
export function unixSockaddrBytes(path: string): Uint8Array {
  return Uint8Array.from([1, ...bytesOf(path), 0]);
}

/** A `socktuple` parameter of a unix socket. */
export function unixTupleBytes(source: bigint, destination: bigint, path: string): Uint8Array {
  const ends = new DataView(new ArrayBuffer(16));
  ends.setBigUint64(0, source, true);
  ends.setBigUint64(8, destination, true);
  return Uint8Array.from([1, ...new Uint8Array(ends.buffer), ...bytesOf(path), 0]);
}
