import type { Event } from '../event.ts';
import { noteText } from '../rendering.ts';
import {
  SOCKET_ACCEPT4_6_X,
  SOCKET_ACCEPT_5_X,
  SOCKET_BIND_X,
  SOCKET_CONNECT_X,
  SOCKET_SOCKETPAIR_X,
  SOCKET_SOCKET_X,
} from '../tables/codes.generated.ts';
import type { EventCode } from '../tables/types.ts';
import { isMappedIpv4, portAt, sameBytes, setKernelAddresses } from './addresses.ts';
import { enterEventOf } from './enter-events.ts';
import { FD, FD_FLAG, Fd, IN4, IN4_SERVER, IN6, IN6_SERVER, L4, OPEN_FLAG } from './fd.ts';
import type { Apply } from './machine.ts';
import type { Thread } from './thread.ts';
import {
  ADDRESS4,
  ADDRESS6,
  ADDRESS_UNIX_PATH,
  FAMILY,
  isAddress,
  isMappedTuple,
  isTuple,
  MAPPED,
  sockaddrText,
  socketName,
  socktupleText,
  swapAddresses,
  takeTuple4,
  takeTuple6,
  textTo,
  TUPLE4,
  TUPLE6,
  TUPLE_UNIX,
  unixText,
} from './tuples.ts';

const EINPROGRESS = 115;
const SOCK = { STREAM: 1, DGRAM: 2, RAW: 3 } as const;
const IPPROTO = { IP: 0, ICMP: 1, TCP: 6, UDP: 17, RAW: 255 } as const;

function l4Of(type: number, protocol: number): number {
  switch (protocol) {
    case IPPROTO.TCP:
      return type === SOCK.RAW ? L4.RAW : L4.TCP;
    case IPPROTO.UDP:
      return type === SOCK.RAW ? L4.RAW : L4.UDP;
    case IPPROTO.ICMP:
      return type === SOCK.RAW ? L4.RAW : L4.ICMP;
    case IPPROTO.RAW:
      return L4.RAW;
    case IPPROTO.IP:
      // SOCK_NONBLOCK and SOCK_CLOEXEC stand in the upper bits of the type.
      if ((type & 0xff) === SOCK.STREAM) return L4.TCP;
      return (type & 0xff) === SOCK.DGRAM ? L4.UDP : L4.UNKNOWN;
    default:
      return L4.UNKNOWN;
  }
}

/** Adds a socket that has no address yet. */
function addSocket(
  event: Event,
  thread: Thread,
  num: number,
  domain: number,
  type: number,
  protocol: number,
  flags: number,
): void {
  const fd = new Fd();
  fd.openFlags = flags;
  if (domain === FAMILY.UNIX) fd.type = FD.UNIX_SOCK;
  else if (domain === FAMILY.INET) {
    fd.type = FD.IPV4_SOCK;
    fd.ownSocket()[IN4.L4] = l4Of(type, protocol);
  } else if (domain === FAMILY.INET6) {
    fd.type = FD.IPV6_SOCK;
    fd.ownSocket()[IN6.L4] = l4Of(type, protocol);
  } else fd.type = domain === FAMILY.NETLINK ? FD.NETLINK : FD.UNKNOWN;
  event.fd = thread.addFd(num, fd);
}

/** Adds a UDP socket whose making the capture missed: something was sent over it to an IP address. */
export function addSocketOfSend(event: Event, thread: Thread): void {
  if (event.returnValue < 0 || event.isEmpty(4)) return;
  const family = event.bytes[event.offset(4)]!;
  const num = event.int64(2);
  if (num !== undefined && (family === FAMILY.INET || family === FAMILY.INET6))
    addSocket(event, thread, num, family, SOCK.DGRAM, IPPROTO.UDP, 0);
}

const socket: Apply = (event) => {
  const { thread } = event;
  const num = event.returnValue;
  if (thread === undefined || num < 0) return;
  const domain = event.uint32(1) ?? 0;
  addSocket(event, thread, num, domain, event.uint32(2) ?? 0, event.uint32(3) ?? 0, event.uint32(4) ?? 0);
};

const bind: Apply = (event) => {
  const { fd, bytes } = event;
  if (fd === undefined || event.returnValue < 0) return;
  const size = event.size(1);
  const at = size === 0 ? 0 : event.offset(1);
  if (!isAddress(bytes, at, size)) return;
  // A socket that is bound to a port is taken for one that listens.
  if (bytes[at] === FAMILY.INET) {
    if (portAt(bytes, at + ADDRESS4.PORT) > 0)
      becomeServer4(fd, IN4.L4, bytes, at + ADDRESS4.IP, at + ADDRESS4.PORT);
  } else if (bytes[at] === FAMILY.INET6 && portAt(bytes, at + ADDRESS6.PORT) > 0) {
    if (isMappedIpv4(bytes, at + ADDRESS6.IP))
      becomeServer4(fd, IN6.L4, bytes, at + ADDRESS6.IP + MAPPED, at + ADDRESS6.PORT);
    else {
      const own = fd.ownSocket();
      fd.type = FD.IPV6_SERVSOCK;
      copyBytes(own, IN6_SERVER.PORT, bytes, at + ADDRESS6.PORT, 2);
      copyBytes(own, IN6_SERVER.IP, bytes, at + ADDRESS6.IP, 16);
      own[IN6_SERVER.L4] = own[IN6.L4]!;
      fd.flags |= FD_FLAG.ROLE_SERVER;
    }
  }
  fd.name = sockaddrText(bytes, at, size);
  noteText(event, fd.name);
};

function becomeServer4(fd: Fd, l4: number, bytes: Uint8Array, ip: number, port: number): void {
  const own = fd.ownSocket();
  fd.type = FD.IPV4_SERVSOCK;
  own[IN4_SERVER.L4] = own[l4]!;
  copyBytes(own, IN4_SERVER.IP, bytes, ip, 4);
  copyBytes(own, IN4_SERVER.PORT, bytes, port, 2);
  fd.flags |= FD_FLAG.ROLE_SERVER;
}

function copyBytes(to: Uint8Array, offset: number, from: Uint8Array, at: number, length: number): void {
  for (let i = 0; i < length; i++) to[offset + i] = from[at + i]!;
}

const connect: Apply = (event) => {
  const { thread, fd, bytes } = event;
  if (thread === undefined || fd === undefined) return;
  const result = event.returnValue;
  if (result < 0 && result !== -EINPROGRESS) return;
  fd.setConnected();
  const enter = enterEventOf(event);
  const entered = enter !== undefined && hasAddress(enter, 1) ? enter : undefined;
  const size = event.size(1);
  if (size === 0) {
    // A fast open of TCP has no tuple.
    if (entered !== undefined) takeDestination(event, fd, entered.bytes, entered.offset(1));
    return;
  }
  const at = event.offset(1);
  if (isTuple(bytes, at, size)) takeConnection(event, fd, entered);
};

function hasAddress(event: Event, param: number): boolean {
  const size = event.size(param);
  return size > 0 && isAddress(event.bytes, event.offset(param), size);
}

/** Takes the address that a connect was called with. The name stays as it was, or becomes what an empty tuple is printed as. */
function takeDestination(event: Event, fd: Fd, bytes: Uint8Array, at: number): void {
  const own = fd.ownSocket();
  if (bytes[at] === FAMILY.INET || (bytes[at] === FAMILY.INET6 && isMappedIpv4(bytes, at + ADDRESS6.IP))) {
    const ipv4 = bytes[at] === FAMILY.INET;
    fd.type = FD.IPV4_SOCK;
    copyBytes(own, IN4.DIP, bytes, at + (ipv4 ? ADDRESS4.IP : ADDRESS6.IP + MAPPED), 4);
    copyBytes(own, IN4.DPORT, bytes, at + (ipv4 ? ADDRESS4.PORT : ADDRESS6.PORT), 2);
  } else if (bytes[at] === FAMILY.INET6) {
    fd.type = FD.IPV6_SOCK;
    copyBytes(own, IN6.DPORT, bytes, at + ADDRESS6.PORT, 2);
    copyBytes(own, IN6.DIP, bytes, at + ADDRESS6.IP, 16);
  } else {
    fd.name = 'NULL';
    noteText(event, fd.name);
  }
}

/**
 * Takes the tuple of a connect. Its destination is what the process passed when the call returned, or the kernel's own; in the first
 * case the address of the enter event counts, since the process could change its memory during the call.
 */
function takeConnection(event: Event, fd: Fd, enter: Event | undefined): void {
  const at = event.offset(1);
  const family = event.bytes[at]!;
  const passed = enter !== undefined && hasAddress(event, 3) ? enter : undefined;
  if (family === FAMILY.INET || family === FAMILY.INET6) {
    const tuple = passed === undefined ? event.bytes : connectionTuple(event, passed);
    const from = passed === undefined ? at : 0;
    let changed: boolean;
    if (family === FAMILY.INET || isMappedTuple(tuple, from)) {
      fd.type = FD.IPV4_SOCK;
      changed = takeTuple4(fd, tuple, from);
    } else {
      fd.type = FD.IPV6_SOCK;
      changed = takeTuple6(fd, tuple, from);
    }
    if (changed && fd.isServer && fd.isUdp) swapAddresses(fd);
    fd.name = socketName(fd);
  } else {
    if (fd.type !== FD.UNIX_SOCK || event.size(1) <= TUPLE_UNIX.PATH) return;
    copyBytes(fd.ownSocket(), 0, event.bytes, at + TUPLE_UNIX.SOURCE, 16);
    fd.name = unixText(fd.socket, 0, unixDestination(event, passed));
  }
  noteText(event, fd.name);
  if (!fd.hasRole) fd.flags |= FD_FLAG.ROLE_CLIENT;
}

/** A copy of the tuple of a connect, with the destination of the enter event if the process passed that of the tuple. */
function connectionTuple(event: Event, enter: Event): Uint8Array {
  const { bytes } = event;
  const at = event.offset(1);
  const tuple = bytes.slice(at, at + event.size(1));
  const ipv4 = tuple[0] === FAMILY.INET;
  const { DIP, DPORT } = ipv4 ? TUPLE4 : TUPLE6;
  const { IP, PORT, SIZE } = ipv4 ? ADDRESS4 : ADDRESS6;
  if (event.size(3) < SIZE || enter.size(1) < SIZE) return tuple;
  const exitAt = event.offset(3);
  const enterAt = enter.offset(1);
  const length = ipv4 ? 4 : 16;
  if (sameBytes(tuple, DPORT, bytes, exitAt + PORT, 2) && sameBytes(tuple, DIP, bytes, exitAt + IP, length)) {
    copyBytes(tuple, DIP, enter.bytes, enterAt + IP, length);
    copyBytes(tuple, DPORT, enter.bytes, enterAt + PORT, 2);
  }
  return tuple;
}

function unixDestination(event: Event, enter: Event | undefined): string {
  const path = (of: Event, param: number, start: number) =>
    textTo(of.bytes, of.offset(param) + start, of.offset(param) + of.size(param));
  const tuple = path(event, 1, TUPLE_UNIX.PATH);
  if (enter === undefined || path(event, 3, ADDRESS_UNIX_PATH).slice(0, 108) !== tuple.slice(0, 108))
    return tuple;
  return path(enter, 1, ADDRESS_UNIX_PATH);
}

const accept: Apply = (event) => {
  const { thread, bytes } = event;
  const num = event.returnValue;
  if (thread === undefined || num < 0) return;
  thread.lastEventFd = num;
  const size = event.size(1);
  if (size === 0) return;
  const at = event.offset(1);
  if (!isTuple(bytes, at, size)) return;
  const fd = new Fd();
  const own = fd.ownSocket();
  const family = bytes[at];
  if (family === FAMILY.INET || (family === FAMILY.INET6 && isMappedTuple(bytes, at))) {
    takeTuple4(fd, bytes, at);
    fd.type = FD.IPV4_SOCK;
    own[IN4.L4] = L4.TCP;
  } else if (family === FAMILY.INET6) {
    takeTuple6(fd, bytes, at);
    fd.type = FD.IPV6_SOCK;
    own[IN6.L4] = L4.TCP;
  } else if (family === FAMILY.UNIX) {
    fd.type = FD.UNIX_SOCK;
    copyBytes(own, 0, bytes, at + TUPLE_UNIX.SOURCE, 16);
  } else return;
  fd.name = socktupleText(bytes, at, size);
  noteText(event, fd.name);
  if (event.code === SOCKET_ACCEPT4_6_X) fd.openFlags = (event.int32(5) ?? 0) & OPEN_FLAG.CLOEXEC;
  fd.flags = FD_FLAG.ROLE_SERVER | FD_FLAG.SOCKET_CONNECTED;
  event.fd = thread.addFd(num, fd);
};

const socketpair: Apply = (event) => {
  const { thread } = event;
  if (thread === undefined || event.returnValue < 0) return;
  const first = event.int64(1) ?? 0;
  const second = event.int64(2) ?? 0;
  if (first === second) {
    event.fd = undefined;
    return;
  }
  const fd = new Fd();
  fd.type = FD.UNIX_SOCK;
  setKernelAddresses(fd.ownSocket(), event.exactUint64(3) ?? 0, event.exactUint64(4) ?? 0);
  const other = fd.clone();
  event.fd = thread.addFd(first, fd);
  thread.addFd(second, other);
};

/** Calls that make sockets and give them addresses. */
export const socketEvents: readonly (readonly [EventCode, Apply])[] = [
  [SOCKET_SOCKET_X, socket],
  [SOCKET_BIND_X, bind],
  [SOCKET_CONNECT_X, connect],
  [SOCKET_ACCEPT_5_X, accept],
  [SOCKET_ACCEPT4_6_X, accept],
  [SOCKET_SOCKETPAIR_X, socketpair],
];
