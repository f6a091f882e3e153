/** What the kernel or strace tells of an fd, as the fd of a capture's initial state. */
import { FD, L4, type ByteString, type FdSnapshot } from '../../engine/index.ts';
import { socketNoteOf } from './addresses.ts';
import { unescape } from './text.ts';

/** Anonymous inodes by what follows `anon_inode:`. */
const ANONYMOUS: readonly (readonly [RegExp, FdSnapshot['type']])[] = [
  [/^\[?eventpoll/, FD.EVENTPOLL],
  [/^\[?eventfd/, FD.EVENT],
  [/^\[?signalfd/, FD.SIGNALFD],
  [/^\[?timerfd/, FD.TIMERFD],
  [/^\[?inotify|^inotify/, FD.INOTIFY],
  [/^\[?pidfd/, FD.PIDFD],
  [/^\[?userfaultfd/, FD.USERFAULTFD],
  [/^\[?io_uring/, FD.IOURING],
  [/^\[?bpf[-_](?:map|prog)/, FD.BPF],
];

/** An fd as `/proc/PID/fd` and strace's `-yy` name what it stands for, its escapes resolved. */
export function fdSnapshotOf(fd: number, note: ByteString): FdSnapshot {
  const socket = socketNoteOf(note);
  if (socket !== undefined) return socketSnapshot(fd, socket);
  if (note.startsWith('/')) {
    const name = note.replace(/<(?:char|block) \d+:\d+>$/, '');
    if (name.startsWith('/memfd:')) return { fd, ino: 0, type: FD.MEMFD, name };
    return { fd, ino: 0, type: FD.FILE_V2, name, openFlags: 0, mountId: 0, dev: 0 };
  }
  const pipe = /^pipe:\[(\d+)\]$/.exec(note)?.[1];
  if (pipe !== undefined) return { fd, ino: Number(pipe), type: FD.FIFO, name: '' };
  if (/^signalfd:|^pid:/.test(note))
    return { fd, ino: 0, type: note.startsWith('pid') ? FD.PIDFD : FD.SIGNALFD, name: '' };
  const anonymous = note.startsWith('anon_inode:') ? note.slice('anon_inode:'.length) : undefined;
  const known = ANONYMOUS.find(([pattern]) => anonymous !== undefined && pattern.test(anonymous));
  return known === undefined
    ? { fd, ino: 0, type: FD.UNSUPPORTED, name: note }
    : { fd, ino: 0, type: known[1], name: '' };
}

/** An fd of a log that was made with `-y` or `-yy`. */
export const tracedFd = (fd: number, note: ByteString): FdSnapshot => fdSnapshotOf(fd, unescape(note));

function socketSnapshot(fd: number, socket: NonNullable<ReturnType<typeof socketNoteOf>>): FdSnapshot {
  if (socket.kind === 'unix')
    return {
      fd,
      ino: socket.inode,
      type: FD.UNIX_SOCK,
      source: 0,
      destination: 0,
      name: socket.path ?? '',
    };
  if (socket.kind === 'other')
    return { fd, ino: 0, type: socket.protocol === 'NETLINK' ? FD.NETLINK : FD.UNSUPPORTED, name: '' };
  const { local, remote, ipv6, protocol } = socket;
  const l4proto = protocol.startsWith('UDP') ? L4.UDP : protocol.startsWith('TCP') ? L4.TCP : L4.RAW;
  const nowhere = ipv6 ? '\0'.repeat(16) : 0;
  const wide = (ip: number | string) => (ipv6 && typeof ip === 'number' ? mapped(ip) : ip);
  if (remote === undefined && local !== undefined && l4proto === L4.TCP)
    return {
      fd,
      ino: 0,
      type: ipv6 ? FD.IPV6_SERVSOCK : FD.IPV4_SERVSOCK,
      ip: wide(local.ip),
      port: local.port,
      l4proto,
    };
  return {
    fd,
    ino: 0,
    type: ipv6 ? FD.IPV6_SOCK : FD.IPV4_SOCK,
    sip: wide(local?.ip ?? nowhere),
    sport: local?.port ?? 0,
    dip: wide(remote?.ip ?? nowhere),
    dport: remote?.port ?? 0,
    l4proto,
  };
}

/** An IPv4 address within IPv6. */
const mapped = (ip: number): ByteString =>
  `${'\0'.repeat(10)}\xff\xff${String.fromCharCode(ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255)}`;
