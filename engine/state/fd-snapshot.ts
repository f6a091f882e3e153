import { bytesOf } from '../bytes.ts';
import { ipv4At, isMappedIpv4, setKernelAddresses } from './addresses.ts';
import { FD, FD_FLAG, Fd, L4 } from './fd.ts';
import type { FdSnapshot } from './snapshot.ts';
import type { Thread } from './thread.ts';
import { MAPPED, serverText, setServer, setTuple, swapAddresses, tuple4Text, tuple6Text } from './tuples.ts';

/** What fd list blocks may hold beside sockets and files; others are left out, as libsinsp does. */
const NAMED: ReadonlySet<number> = new Set([
  FD.FIFO, FD.FILE, FD.DIRECTORY, FD.UNSUPPORTED, FD.SIGNALFD, FD.EVENTPOLL, FD.EVENT, FD.INOTIFY, FD.TIMERFD,
  FD.NETLINK, FD.BPF, FD.USERFAULTFD, FD.IOURING, FD.MEMFD, FD.PIDFD,
]); // prettier-ignore

/**
 * Adds what a capture's fd list says of a thread to the thread's own table.
 *
 * @param serverPorts Takes the ports that sockets are bound to: `fixSocketDirections` needs them when all lists were read.
 */
export function addFds(thread: Thread, snapshots: readonly FdSnapshot[], serverPorts: Set<number>): void {
  for (const snapshot of snapshots) {
    const fd = fdOf(snapshot);
    if (fd === undefined || thread.fds.add(snapshot.fd, fd) === undefined) continue;
    if (fd.type === FD.IPV4_SERVSOCK || fd.type === FD.IPV6_SERVSOCK) serverPorts.add(fd.serverPort);
  }
}

/**
 * Tells clients from servers among the IPv4 sockets of a thread's own table. A socket of /proc has its own end as source: one
 * whose port is a server's is turned round.
 */
export function fixSocketDirections(thread: Thread, serverPorts: ReadonlySet<number>): void {
  for (const fd of thread.fds.values()) {
    if (fd.type !== FD.IPV4_SOCK) continue;
    if (!serverPorts.has(fd.sport)) fd.flags |= FD_FLAG.ROLE_CLIENT;
    else {
      swapAddresses(fd);
      fd.name = tuple4Text(fd);
      fd.flags |= FD_FLAG.ROLE_SERVER;
    }
  }
}

/** The fd that a snapshot describes: add_fd_from_scap of libsinsp. The interfaces are not known yet when it runs. */
function fdOf(snapshot: FdSnapshot): Fd | undefined {
  const fd = new Fd();
  fd.type = snapshot.type;
  fd.flags = FD_FLAG.FROM_PROC;
  fd.ino = snapshot.ino;
  const { l4proto = L4.UNKNOWN, name = '', sport = 0, dport = 0 } = snapshot;
  switch (snapshot.type) {
    case FD.IPV4_SOCK:
      setTuple(fd, snapshot.sip ?? 0, sport, snapshot.dip ?? 0, dport, l4proto);
      fd.name = tuple4Text(fd);
      if (l4proto === L4.TCP) fd.flags |= FD_FLAG.SOCKET_CONNECTED;
      return fd;
    case FD.IPV6_SOCK: {
      const sip = addressBytes(snapshot.sip);
      const dip = addressBytes(snapshot.dip);
      if (isMappedIpv4(sip, 0) && isMappedIpv4(dip, 0)) {
        fd.type = FD.IPV4_SOCK;
        setTuple(fd, ipv4At(sip, MAPPED), sport, ipv4At(dip, MAPPED), dport, l4proto);
        fd.name = tuple4Text(fd);
      } else {
        setTuple(fd, snapshot.sip ?? NO_ADDRESS_6, sport, snapshot.dip ?? NO_ADDRESS_6, dport, l4proto);
        fd.name = tuple6Text(fd);
      }
      if (l4proto === L4.TCP) fd.flags |= FD_FLAG.SOCKET_CONNECTED;
      return fd;
    }
    case FD.IPV4_SERVSOCK:
    case FD.IPV6_SERVSOCK:
      setServer(
        fd,
        snapshot.ip ?? (fd.type === FD.IPV6_SERVSOCK ? NO_ADDRESS_6 : 0),
        snapshot.port ?? 0,
        l4proto,
      );
      fd.name = serverText(fd);
      return fd;
    case FD.UNIX_SOCK:
      setKernelAddresses(fd.ownSocket(), snapshot.source ?? 0, snapshot.destination ?? 0);
      fd.name = name;
      fd.flags |= name === '' ? FD_FLAG.ROLE_CLIENT : FD_FLAG.ROLE_SERVER;
      return fd;
    case FD.FILE_V2:
      fd.name = name;
      fd.openFlags = snapshot.openFlags ?? 0;
      fd.dev = snapshot.dev ?? 0;
      fd.mountId = snapshot.mountId ?? 0;
      return fd;
    default:
      fd.name = name;
      return NAMED.has(snapshot.type) ? fd : undefined;
  }
}

const NO_ADDRESS_6 = '\0'.repeat(16);

function addressBytes(address: FdSnapshot['sip']): Uint8Array {
  return bytesOf(typeof address === 'string' ? address : NO_ADDRESS_6);
}
