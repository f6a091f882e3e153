/** Tuples and addresses of sockets: as events carry them, as an fd keeps them, as text. */
import { byteString, type ByteString } from '../bytes.ts';
import {
  ipv4TextAt,
  ipv6TextAt,
  isMappedIpv4,
  isZero,
  portAt,
  sameBytes,
  setAddress,
  setPort,
  writeHex,
} from './addresses.ts';
import { FD, IN4, IN4_SERVER, IN6, IN6_SERVER, L4, type Fd } from './fd.ts';
import { sanitize } from './path.ts';
import type { IpAddress } from './snapshot.ts';

/** Address families as the driver sends them: PPM_AF_*. */
export const FAMILY = { UNIX: 1, INET: 2, INET6: 10, NETLINK: 16 } as const;

/** Where things stand in a `socktuple` parameter, after the byte for the family. */
export const TUPLE4 = { SIP: 1, SPORT: 5, DIP: 7, DPORT: 11, SIZE: 13 } as const;
export const TUPLE6 = { SIP: 1, SPORT: 17, DIP: 19, DPORT: 35, SIZE: 37 } as const;
export const TUPLE_UNIX = { SOURCE: 1, PATH: 17 } as const;
/** The same for a `sockaddr` parameter. */
export const ADDRESS4 = { IP: 1, PORT: 5, SIZE: 7 } as const;
export const ADDRESS6 = { IP: 1, PORT: 17, SIZE: 19 } as const;
export const ADDRESS_UNIX_PATH = 1;

/** Offset of the IPv4 address inside a mapped IPv6 one. */
export const MAPPED = 12;

/** Whether a `socktuple` parameter is long enough for its family. */
export function isTuple(bytes: Uint8Array, at: number, size: number): boolean {
  if (size === 0) return false;
  switch (bytes[at]) {
    case FAMILY.INET:
      return size >= TUPLE4.SIZE;
    case FAMILY.INET6:
      return size >= TUPLE6.SIZE;
    case FAMILY.UNIX:
      return size > TUPLE_UNIX.PATH && bytes[at + size - 1] === 0;
    default:
      return true;
  }
}

/** Whether a `sockaddr` parameter is long enough for its family. */
export function isAddress(bytes: Uint8Array, at: number, size: number): boolean {
  if (size === 0) return false;
  switch (bytes[at]) {
    case FAMILY.INET:
      return size >= ADDRESS4.SIZE;
    case FAMILY.INET6:
      return size >= ADDRESS6.SIZE;
    case FAMILY.UNIX:
      return size > ADDRESS_UNIX_PATH && bytes[at + size - 1] === 0;
    default:
      return true;
  }
}

/** The bytes from `at` to a NUL, at most to `end`; none if `at` is beyond. */
export function textTo(bytes: Uint8Array, at: number, end: number): ByteString {
  if (at >= end) return '';
  let stop = at;
  while (stop < end && bytes[stop] !== 0) stop++;
  return byteString(bytes, at, stop);
}

const colonPort = (bytes: Uint8Array, at: number) => ':' + portAt(bytes, at);

/** A `sockaddr` parameter as Falco prints it: `1.2.3.4:80`, `::1:80`, a path, `family 16`. */
export function sockaddrText(bytes: Uint8Array, at: number, size: number): ByteString {
  switch (bytes[at]) {
    case FAMILY.UNIX:
      return sanitize(textTo(bytes, at + ADDRESS_UNIX_PATH, at + size));
    case FAMILY.INET:
      if (size !== ADDRESS4.SIZE) return 'INVALID IPv4';
      return ipv4TextAt(bytes, at + ADDRESS4.IP) + colonPort(bytes, at + ADDRESS4.PORT);
    case FAMILY.INET6:
      if (size !== ADDRESS6.SIZE) return 'INVALID IPv6';
      return ipv6TextAt(bytes, at + ADDRESS6.IP) + colonPort(bytes, at + ADDRESS6.PORT);
    default:
      return `family ${bytes[at]}`;
  }
}

/** A `socktuple` parameter as Falco prints it: `1.2.3.4:5->6.7.8.9:80`, `a->b path` for unix sockets, `family 16`. */
export function socktupleText(bytes: Uint8Array, at: number, size: number): ByteString {
  switch (bytes[at]) {
    case FAMILY.UNIX:
      return unixTupleText(bytes, at, size);
    case FAMILY.INET: {
      if (size !== TUPLE4.SIZE) return 'INVALID IPv4';
      const source = ipv4TextAt(bytes, at + TUPLE4.SIP) + colonPort(bytes, at + TUPLE4.SPORT);
      return source + '->' + ipv4TextAt(bytes, at + TUPLE4.DIP) + colonPort(bytes, at + TUPLE4.DPORT);
    }
    case FAMILY.INET6: {
      if (size !== TUPLE6.SIZE) return 'INVALID IPv6';
      const mapped = isMappedIpv4(bytes, at + TUPLE6.SIP) && isMappedIpv4(bytes, at + TUPLE6.DIP);
      const text = (offset: number) =>
        mapped ? ipv4TextAt(bytes, at + offset + MAPPED) : ipv6TextAt(bytes, at + offset);
      const source = text(TUPLE6.SIP) + colonPort(bytes, at + TUPLE6.SPORT);
      return source + '->' + text(TUPLE6.DIP) + colonPort(bytes, at + TUPLE6.DPORT);
    }
    default:
      return `family ${bytes[at]}`;
  }
}

// The text of both kernel addresses of a unix socket is put together here.
const ends = new Uint8Array(35);
const DASH = 0x2d;
const GREATER = 0x3e;
const BLANK = 0x20;

/** Name of a unix socket: both kernel addresses (16 bytes at `at`) and the path. */
export function unixText(bytes: Uint8Array, at: number, path: ByteString): ByteString {
  let end = writeHex(ends, 0, bytes, at);
  ends[end++] = DASH;
  ends[end++] = GREATER;
  end = writeHex(ends, end, bytes, at + 8);
  ends[end++] = BLANK;
  const text = byteString(ends, 0, end);
  return path === '' ? text : text + sanitize(path);
}

/** Unix `socktuple` parameters that were met last, and their texts: the ends of a connection tell them again and again. */
const unixTuples = new Array<{ readonly tuple: Uint8Array; readonly text: ByteString } | undefined>(256).fill(
  undefined,
);

function unixTupleText(bytes: Uint8Array, at: number, size: number): ByteString {
  const source = at + TUPLE_UNIX.SOURCE;
  // Addresses of the kernel differ in the middle.
  const place = ((bytes[source]! >> 6) + (bytes[source + 1]! << 2) + 5 * bytes[source + 9]!) & 255;
  const known = unixTuples[place];
  if (known !== undefined && known.tuple.length === size && sameBytes(known.tuple, 0, bytes, at, size))
    return known.text;
  const text = unixText(bytes, source, textTo(bytes, at + TUPLE_UNIX.PATH, at + size));
  unixTuples[place] = { tuple: bytes.slice(at, at + size), text };
  return text;
}

/** `ip:port->ip:port` of an IPv4 socket, whatever its protocol. */
export function tuple4Text(fd: Fd): ByteString {
  const { socket } = fd;
  const source = ipv4TextAt(socket, IN4.SIP) + colonPort(socket, IN4.SPORT);
  return source + '->' + ipv4TextAt(socket, IN4.DIP) + colonPort(socket, IN4.DPORT);
}

/** `ip:port->ip:port` of an IPv6 socket, whatever its protocol. */
export function tuple6Text(fd: Fd): ByteString {
  const { socket } = fd;
  const source = ipv6TextAt(socket, IN6.SIP) + colonPort(socket, IN6.SPORT);
  return source + '->' + ipv6TextAt(socket, IN6.DIP) + colonPort(socket, IN6.DPORT);
}

/** `ip:port` of a socket that is bound to a port. */
export function serverText(fd: Fd): ByteString {
  const { socket } = fd;
  return fd.type === FD.IPV6_SERVSOCK
    ? ipv6TextAt(socket, IN6_SERVER.IP) + colonPort(socket, IN6_SERVER.PORT)
    : ipv4TextAt(socket, IN4_SERVER.IP) + colonPort(socket, IN4_SERVER.PORT);
}

/** The name that a socket with a tuple gets from events: without ports for ICMP and raw ones, `<unknown>` without a protocol. */
export function socketName(fd: Fd): ByteString {
  const { socket, l4proto } = fd;
  const hasPorts = l4proto === L4.TCP || l4proto === L4.UDP;
  if (fd.type === FD.IPV4_SOCK) {
    if (hasPorts) return tuple4Text(fd);
    if (l4proto !== L4.ICMP && l4proto !== L4.RAW) return '<unknown>';
    return ipv4TextAt(socket, IN4.SIP) + '->' + ipv4TextAt(socket, IN4.DIP);
  }
  if (!hasPorts && l4proto !== L4.ICMP) return '<unknown>';
  if (!isMappedIpv4(socket, IN6.SIP) || !isMappedIpv4(socket, IN6.DIP))
    return hasPorts ? tuple6Text(fd) : ipv6TextAt(socket, IN6.SIP) + '->' + ipv6TextAt(socket, IN6.DIP);
  const source = ipv4TextAt(socket, IN6.SIP + MAPPED);
  const destination = ipv4TextAt(socket, IN6.DIP + MAPPED);
  if (!hasPorts) return source + '->' + destination;
  // libsinsp takes the ports from where an IPv4 tuple would have them.
  return `${source}${colonPort(socket, IN4.SPORT)}->${destination}${colonPort(socket, IN4.DPORT)}`;
}

/** Sets the tuple of a socket. `fd.type` says of which kind (`IPV4_SOCK` or `IPV6_SOCK`). */
export function setTuple(
  fd: Fd,
  sip: IpAddress,
  sport: number,
  dip: IpAddress,
  dport: number,
  l4proto: number,
): void {
  const at = fd.type === FD.IPV6_SOCK ? IN6 : IN4;
  const socket = fd.ownSocket();
  setAddress(socket, at.SIP, sip);
  setAddress(socket, at.DIP, dip);
  setPort(socket, at.SPORT, sport);
  setPort(socket, at.DPORT, dport);
  socket[at.L4] = l4proto;
}

/** Sets the address of a socket that is bound to a port. `fd.type` says of which kind (`IPV4_SERVSOCK` or `IPV6_SERVSOCK`). */
export function setServer(fd: Fd, ip: IpAddress, port: number, l4proto: number): void {
  const at = fd.type === FD.IPV6_SERVSOCK ? IN6_SERVER : IN4_SERVER;
  const socket = fd.ownSocket();
  setAddress(socket, at.IP, ip);
  setPort(socket, at.PORT, port);
  socket[at.L4] = l4proto;
}

/** Where addresses and ports stand, in a `socktuple` parameter or in `Fd.socket`. */
export interface TupleLayout {
  readonly SIP: number;
  readonly DIP: number;
  readonly SPORT: number;
  readonly DPORT: number;
}

/** The IPv4 addresses in a `socktuple` parameter of mapped IPv6 ones. */
const TUPLE_MAPPED: TupleLayout = {
  SIP: TUPLE6.SIP + MAPPED,
  SPORT: TUPLE6.SPORT,
  DIP: TUPLE6.DIP + MAPPED,
  DPORT: TUPLE6.DPORT,
};

/** Whether a `socktuple` parameter of family INET6 stands for IPv4 addresses at both ends. */
export function isMappedTuple(bytes: Uint8Array, at: number): boolean {
  return isMappedIpv4(bytes, at + TUPLE6.SIP) && isMappedIpv4(bytes, at + TUPLE6.DIP);
}

/**
 * Takes the addresses of a `socktuple` parameter (IPv4, or mapped IPv6) into an fd as those of an IPv4 socket. Nothing changes if it is
 * an IPv4 socket that has them already, in either direction. Returns whether something changed.
 */
export function takeTuple4(fd: Fd, bytes: Uint8Array, at: number): boolean {
  const from = bytes[at] === FAMILY.INET ? TUPLE4 : TUPLE_MAPPED;
  if (fd.type === FD.IPV4_SOCK && hasTuple(fd.socket, IN4, bytes, at, from, 4)) return false;
  return takeTuple(fd, IN4, bytes, at, from, 4);
}

/** The same for an IPv6 `socktuple` parameter and IPv6 sockets. */
export function takeTuple6(fd: Fd, bytes: Uint8Array, at: number): boolean {
  if (fd.type === FD.IPV6_SOCK && hasTuple(fd.socket, IN6, bytes, at, TUPLE6, 16)) return false;
  return takeTuple(fd, IN6, bytes, at, TUPLE6, 16);
}

function hasTuple(
  socket: Uint8Array,
  to: TupleLayout,
  bytes: Uint8Array,
  at: number,
  from: TupleLayout,
  length: number,
): boolean {
  const straight =
    sameBytes(socket, to.SIP, bytes, at + from.SIP, length) &&
    sameBytes(socket, to.SPORT, bytes, at + from.SPORT, 2) &&
    sameBytes(socket, to.DIP, bytes, at + from.DIP, length) &&
    sameBytes(socket, to.DPORT, bytes, at + from.DPORT, 2);
  return (
    straight ||
    (sameBytes(socket, to.SIP, bytes, at + from.DIP, length) &&
      sameBytes(socket, to.SPORT, bytes, at + from.DPORT, 2) &&
      sameBytes(socket, to.DIP, bytes, at + from.SIP, length) &&
      sameBytes(socket, to.DPORT, bytes, at + from.SPORT, 2))
  );
}

function takeTuple(
  fd: Fd,
  to: TupleLayout,
  bytes: Uint8Array,
  at: number,
  from: TupleLayout,
  length: number,
): boolean {
  // A destination that was not known counts as changed, even if it still is not.
  const unknown = isZero(fd.socket, to.DIP, length) || isZero(fd.socket, to.DPORT, 2);
  const sip = take(fd, to.SIP, bytes, at + from.SIP, length);
  const sport = take(fd, to.SPORT, bytes, at + from.SPORT, 2);
  const dip = take(fd, to.DIP, bytes, at + from.DIP, length);
  const dport = take(fd, to.DPORT, bytes, at + from.DPORT, 2);
  return sip || sport || dip || dport || unknown;
}

/** Copies `size` bytes into the socket; false if they were there already. */
function take(fd: Fd, to: number, bytes: Uint8Array, from: number, size: number): boolean {
  if (sameBytes(fd.socket, to, bytes, from, size)) return false;
  const socket = fd.ownSocket();
  for (let i = 0; i < size; i++) socket[to + i] = bytes[from + i]!;
  return true;
}

/** Exchanges source and destination. */
export function swapAddresses(fd: Fd): void {
  const ipv4 = fd.type === FD.IPV4_SOCK;
  const at = ipv4 ? IN4 : IN6;
  const length = ipv4 ? 4 : 16;
  const socket = fd.ownSocket();
  for (let i = 0; i < length; i++) {
    const byte = socket[at.SIP + i]!;
    socket[at.SIP + i] = socket[at.DIP + i]!;
    socket[at.DIP + i] = byte;
  }
  for (let i = 0; i < 2; i++) {
    const byte = socket[at.SPORT + i]!;
    socket[at.SPORT + i] = socket[at.DPORT + i]!;
    socket[at.DPORT + i] = byte;
  }
}
