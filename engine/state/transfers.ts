import type { Event } from '../event.ts';
import { noteText } from '../rendering.ts';
import {
  SOCKET_RECVFROM_X,
  SOCKET_RECVMMSG_X,
  SOCKET_RECVMSG_X,
  SOCKET_RECV_X,
  SOCKET_SENDMMSG_X,
  SOCKET_SENDMSG_X,
  SOCKET_SENDTO_X,
  SOCKET_SEND_X,
  SYSCALL_PREADV_X,
  SYSCALL_PREAD_X,
  SYSCALL_PWRITEV_X,
  SYSCALL_PWRITE_X,
  SYSCALL_READV_X,
  SYSCALL_READ_X,
  SYSCALL_WRITEV_X,
  SYSCALL_WRITE_X,
} from '../tables/codes.generated.ts';
import type { EventCode } from '../tables/types.ts';
import { portAt, sameBytes } from './addresses.ts';
import { FD, FD_FLAG, IN4, IN4_SERVER, IN6, L4, type Fd } from './fd.ts';
import type { Apply, Machine } from './machine.ts';
import { addSocketOfSend } from './sockets.ts';
import type { Thread } from './thread.ts';
import {
  FAMILY,
  isMappedTuple,
  isTuple,
  socketName,
  socktupleText,
  swapAddresses,
  takeTuple4,
  takeTuple6,
  TUPLE_UNIX,
} from './tuples.ts';

/** Calls that move data through an fd and tell no addresses. */
export const PLAIN_TRANSFERS: readonly EventCode[] = [
  SYSCALL_READ_X,
  SYSCALL_READV_X,
  SYSCALL_PREAD_X,
  SYSCALL_PREADV_X,
  SYSCALL_WRITE_X,
  SYSCALL_WRITEV_X,
  SYSCALL_PWRITE_X,
  SYSCALL_PWRITEV_X,
];

/** Takes the addresses of a `socktuple` parameter into an fd: update_fd of libsinsp. False if nothing changed. */
function updateAddresses(fd: Fd, bytes: Uint8Array, at: number, machine: Machine): boolean {
  const family = bytes[at];
  if (family === FAMILY.INET) {
    if (fd.type === FD.IPV4_SERVSOCK) fd.ownSocket()[IN4.L4] = fd.socket[IN4_SERVER.L4]!;
    fd.type = FD.IPV4_SOCK;
    if (!takeTuple4(fd, bytes, at)) return false;
  } else if (family === FAMILY.INET6) {
    if (isMappedTuple(bytes, at)) {
      fd.type = FD.IPV4_SOCK;
      if (!takeTuple4(fd, bytes, at)) return false;
    } else if (!takeTuple6(fd, bytes, at)) return false;
  } else if (family === FAMILY.UNIX) {
    fd.type = FD.UNIX_SOCK;
    if (!sameBytes(fd.socket, 0, bytes, at + TUPLE_UNIX.SOURCE, 16)) {
      const own = fd.ownSocket();
      for (let i = 0; i < 16; i++) own[i] = bytes[at + TUPLE_UNIX.SOURCE + i]!;
    }
    return true;
  }
  // TCP would fail if the address changed in the middle of a connection.
  if (fd.type === FD.IPV4_SOCK && fd.socket[IN4.L4] === L4.UNKNOWN) fd.ownSocket()[IN4.L4] = L4.UDP;
  else if (fd.type === FD.IPV6_SOCK && fd.socket[IN6.L4] === L4.UNKNOWN) fd.ownSocket()[IN6.L4] = L4.UDP;
  machine.interfaces.completeTuple(fd);
  return true;
}

/**
 * Guesses from the ports that a thread uses whether a socket is a client's or a server's. The ports are read as those of an IPv4 tuple,
 * whatever the socket is, as in libsinsp.
 */
function guessRole(fd: Fd, thread: Thread, incoming: boolean): void {
  const table = thread.fdTable;
  const sport = portAt(fd.socket, IN4.SPORT);
  const dport = portAt(fd.socket, IN4.DPORT);
  const isBound =
    table?.some(
      ({ type, socket }) =>
        (type === FD.IPV4_SOCK && portAt(socket, IN4.DPORT) === dport) ||
        (type === FD.IPV4_SERVSOCK && portAt(socket, IN4_SERVER.PORT) === dport),
    ) ?? false;
  if (!isBound) {
    fd.flags |= FD_FLAG.ROLE_CLIENT;
    return;
  }
  const usesPort =
    table?.some(({ type, socket }) => type === FD.IPV4_SOCK && portAt(socket, IN4.SPORT) === sport) ?? false;
  if (!usesPort) fd.flags |= FD_FLAG.ROLE_SERVER;
  else if (!fd.hasRole) fd.flags |= incoming ? FD_FLAG.ROLE_SERVER : FD_FLAG.ROLE_CLIENT;
}

/** Takes the tuple of a transfer into the fd, turned so that its source is the client. */
function takeTransfer(event: Event, fd: Fd, thread: Thread, machine: Machine, param: number): void {
  const size = event.size(param);
  if (size === 0) return;
  const at = event.offset(param);
  const { bytes } = event;
  if (!isTuple(bytes, at, size) || !updateAddresses(fd, bytes, at, machine)) return;
  if (!fd.isIpSocket) {
    fd.name = socktupleText(bytes, at, size);
    noteText(event, fd.name);
    return;
  }
  const incoming = !isSend(event.code);
  if (!fd.hasRole) guessRole(fd, thread, incoming);
  if (incoming ? fd.isClient : fd.isServer) swapAddresses(fd);
  fd.name = socketName(fd);
  noteText(event, fd.name);
}

function isSend(code: EventCode): boolean {
  return (
    code === SOCKET_SENDTO_X ||
    code === SOCKET_SENDMSG_X ||
    code === SOCKET_SEND_X ||
    code === SOCKET_SENDMMSG_X
  );
}

/** A transfer that worked shows that a socket is connected. */
const transfer: Apply = (event) => {
  const { fd } = event;
  if (fd !== undefined && fd.isIpSocket && event.returnValue >= 0) fd.setConnected();
};

/** A transfer that tells the addresses, unless those of a TCP connection are known. */
function addressed(event: Event, machine: Machine, param: number): void {
  const { fd, thread } = event;
  if (fd === undefined || thread === undefined || event.returnValue < 0) return;
  if (fd.isIpSocket) fd.setConnected();
  if (fd.name === '' || !fd.isTcp) takeTransfer(event, fd, thread, machine, param);
}

const send: Apply = (event, machine) => {
  if (event.fd === undefined && event.thread !== undefined) addSocketOfSend(event, event.thread);
  addressed(event, machine, 4);
};

/** Old captures have these events without values. */
const manyMessages: Apply = (event, machine) => {
  if (!event.isEmpty(0)) addressed(event, machine, 4);
};

/** Calls that move data through fds. fds that come along (SCM_RIGHTS) are looked up in /proc by a live Falco, never in a replay. */
export const transferEvents: readonly (readonly [EventCode, Apply])[] = [
  ...PLAIN_TRANSFERS.map((code) => [code, transfer] as const),
  [SOCKET_RECV_X, (event, machine) => addressed(event, machine, 4)],
  [SOCKET_RECVFROM_X, (event, machine) => addressed(event, machine, 2)],
  [SOCKET_RECVMSG_X, (event, machine) => addressed(event, machine, 3)],
  [SOCKET_RECVMMSG_X, manyMessages],
  [SOCKET_SEND_X, send],
  [SOCKET_SENDTO_X, send],
  [SOCKET_SENDMSG_X, send],
  [SOCKET_SENDMMSG_X, manyMessages],
];
