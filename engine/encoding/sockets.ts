/** Addresses and lists of fds of events in JSON. */
import { byteString, readInt64, readUint64, type ByteString } from '../bytes.ts';
import { parseIpv4, parseIpv6 } from '../filter/network.ts';
import { ipv4TextAt, ipv6TextAt, portAt } from '../state/addresses.ts';
import type { IpAddress } from '../state/snapshot.ts';
import {
  ADDRESS4,
  ADDRESS6,
  ADDRESS_UNIX_PATH,
  FAMILY,
  TUPLE4,
  TUPLE6,
  TUPLE_UNIX,
} from '../state/tuples.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import type { ParameterCodec } from './codec.ts';
import {
  EncodingError,
  intJson,
  isObject,
  rawBytes,
  readInt,
  readKey,
  unexpected,
  unknownKey,
  utf8Json,
  type JsonInput,
  type JsonInputObject,
} from './json.ts';
import { terminated } from './texts.ts';

/** An IPv4 address as a number, or an IPv6 address as 16 bytes, of its text. */
export function readAddress(value: JsonInput): IpAddress {
  const address = typeof value === 'string' ? (parseIpv4(value) ?? parseIpv6(undotted(value))) : undefined;
  if (address === undefined) throw unexpected(value, 'an IPv4 or IPv6 address');
  return address;
}

/** `::ffff:1.2.3.4` with its end as words. */
function undotted(text: ByteString): ByteString {
  const end = text.lastIndexOf(':') + 1;
  const address = end === 0 ? undefined : parseIpv4(text.slice(end));
  if (address === undefined) return text;
  return `${text.slice(0, end)}${(address >>> 16).toString(16)}:${(address & 0xffff).toString(16)}`;
}

function putAddress(address: IpAddress, out: ByteBuffer): void {
  if (typeof address === 'string') out.text(address);
  else out.view.setUint32(out.take(4), address, false);
}

/** An address of 4 or 16 bytes. */
export function address(size: 4 | 16): ParameterCodec {
  return {
    toJson(bytes, _, at, found) {
      if (found !== size) return undefined;
      return `"${size === 4 ? ipv4TextAt(bytes, at) : ipv6TextAt(bytes, at)}"`;
    },
    fromJson(value, out) {
      const read = readAddress(value);
      if ((typeof read === 'string') !== (size === 16))
        throw unexpected(value, size === 4 ? 'an IPv4 address' : 'an IPv6 address');
      putAddress(read, out);
    },
  };
}

const port = (value: JsonInput | undefined, out: ByteBuffer) =>
  out.int(value === undefined ? 0 : Number(readInt(value, 0, 0xffff)), 2);

/** The path at the end of an address of a unix socket, as JSON. */
function pathJson(bytes: Uint8Array, at: number, end: number): ByteString | undefined {
  if (at >= end || bytes[end - 1] !== 0) return undefined;
  const path = byteString(bytes, at, end - 1);
  return path.includes('\0') ? undefined : utf8Json(path);
}

/** `{"ip": "1.2.3.4", "port": 80}` or `{"path": "/run/x"}`; other families stay bytes. */
export const sockaddr: ParameterCodec = {
  toJson(bytes, _, at, size) {
    switch (bytes[at]) {
      case FAMILY.INET:
        if (size !== ADDRESS4.SIZE) return undefined;
        return `{"ip":"${ipv4TextAt(bytes, at + ADDRESS4.IP)}","port":${portAt(bytes, at + ADDRESS4.PORT)}}`;
      case FAMILY.INET6:
        if (size !== ADDRESS6.SIZE) return undefined;
        return `{"ip":"${ipv6TextAt(bytes, at + ADDRESS6.IP)}","port":${portAt(bytes, at + ADDRESS6.PORT)}}`;
      case FAMILY.UNIX: {
        const path = pathJson(bytes, at + ADDRESS_UNIX_PATH, at + size);
        return path === undefined ? undefined : `{"path":${path}}`;
      }
      default:
        return undefined;
    }
  },
  fromJson(value, out) {
    const given = keysOf(value, 'ip or path', ['ip', 'port', 'path']);
    if (given['path'] !== undefined) {
      out.int(FAMILY.UNIX, 1);
      readKey('path', given['path'], (path) => terminated.fromJson(path, out));
      return;
    }
    const ip = readKey('ip', given['ip'] ?? null, readAddress);
    out.int(typeof ip === 'string' ? FAMILY.INET6 : FAMILY.INET, 1);
    putAddress(ip, out);
    port(given['port'], out);
  },
};

/** `{"sip": …, "sport": …, "dip": …, "dport": …}`, or `{"source": …, "destination": …, "path": …}` for unix sockets. */
export const socktuple: ParameterCodec = {
  toJson(bytes, view, at, size) {
    switch (bytes[at]) {
      case FAMILY.INET:
        if (size !== TUPLE4.SIZE) return undefined;
        return `{"sip":"${ipv4TextAt(bytes, at + TUPLE4.SIP)}","sport":${portAt(bytes, at + TUPLE4.SPORT)},"dip":"${ipv4TextAt(bytes, at + TUPLE4.DIP)}","dport":${portAt(bytes, at + TUPLE4.DPORT)}}`;
      case FAMILY.INET6:
        if (size !== TUPLE6.SIZE) return undefined;
        return `{"sip":"${ipv6TextAt(bytes, at + TUPLE6.SIP)}","sport":${portAt(bytes, at + TUPLE6.SPORT)},"dip":"${ipv6TextAt(bytes, at + TUPLE6.DIP)}","dport":${portAt(bytes, at + TUPLE6.DPORT)}}`;
      case FAMILY.UNIX: {
        const path = pathJson(bytes, at + TUPLE_UNIX.PATH, at + size);
        if (path === undefined) return undefined;
        const ends = at + TUPLE_UNIX.SOURCE;
        return `{"source":"${hex(view, ends)}","destination":"${hex(view, ends + 8)}","path":${path}}`;
      }
      default:
        return undefined;
    }
  },
  fromJson(value, out) {
    const given = keysOf(value, 'sip and dip, or path', [
      'sip',
      'sport',
      'dip',
      'dport',
      'source',
      'destination',
      'path',
    ]);
    if (given['path'] !== undefined) {
      out.int(FAMILY.UNIX, 1);
      for (const key of ['source', 'destination'])
        readKey(key, given[key] ?? 0, (end) => out.int64(readInt(end, 0, 0xffff_ffff_ffff_ffffn)));
      readKey('path', given['path'], (path) => terminated.fromJson(path, out));
      return;
    }
    const sip = readKey('sip', given['sip'] ?? null, readAddress);
    const dip = readKey('dip', given['dip'] ?? null, readAddress);
    if (typeof sip !== typeof dip)
      throw new EncodingError('one end has an IPv4 address, the other an IPv6 address');
    out.int(typeof sip === 'string' ? FAMILY.INET6 : FAMILY.INET, 1);
    putAddress(sip, out);
    port(given['sport'], out);
    putAddress(dip, out);
    port(given['dport'], out);
  },
};

/** Kernel addresses are known by their hexadecimal digits. */
const hex = (view: DataView, at: number) => `0x${readUint64(view, at).toString(16)}`;

/** Where an entry of an `fdlist` parameter has its flags, and how long it is. */
const ENTRY = { FLAGS: 8, SIZE: 10 } as const;

/** `[{"fd": 3, "flags": 1}]`: fds with the events that are waited for. */
export const fdlist: ParameterCodec = {
  toJson(_, view, at, size) {
    if (size < 2 || size !== 2 + ENTRY.SIZE * view.getUint16(at, true)) return undefined;
    let list = '';
    for (let entry = at + 2; entry < at + size; entry += ENTRY.SIZE)
      list += `${list === '' ? '' : ','}{"fd":${intJson(readInt64(view, entry))},"flags":${view.getInt16(entry + ENTRY.FLAGS, true)}}`;
    return `[${list}]`;
  },
  fromJson(value, out) {
    if (!Array.isArray(value)) throw unexpected(value, 'a list of objects with fd and flags');
    const entries = value as readonly JsonInput[];
    out.int(Number(readInt(entries.length, 0, 0xffff)), 2);
    for (const entry of entries) {
      const given = keysOf(entry, 'fd and flags', ['fd', 'flags']);
      readKey('fd', given['fd'] ?? null, (fd) => out.int64(readInt(fd, -(1n << 63n), (1n << 63n) - 1n)));
      readKey('flags', given['flags'] ?? 0, (bits) => out.int(Number(readInt(bits, -0x8000, 0xffff)), 2));
    }
  },
};

function keysOf(value: JsonInput, expected: string, known: readonly string[]): JsonInputObject {
  if (!isObject(value) || rawBytes(value) !== undefined)
    throw unexpected(value, `an object with ${expected}`);
  for (const key in value) if (!known.includes(key)) throw unknownKey(key, known);
  return value;
}
