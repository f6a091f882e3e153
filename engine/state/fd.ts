import type { ByteString, Int } from '../bytes.ts';
import type { IpAddress } from './snapshot.ts';

/** What a file descriptor stands for: `scap_fd_type` of libscap. */
export const FD = {
  UNINITIALIZED: -1,
  UNKNOWN: 0,
  FILE: 1,
  DIRECTORY: 2,
  IPV4_SOCK: 3,
  IPV6_SOCK: 4,
  IPV4_SERVSOCK: 5,
  IPV6_SERVSOCK: 6,
  FIFO: 7,
  UNIX_SOCK: 8,
  EVENT: 9,
  UNSUPPORTED: 10,
  SIGNALFD: 11,
  EVENTPOLL: 12,
  INOTIFY: 13,
  TIMERFD: 14,
  NETLINK: 15,
  FILE_V2: 16,
  BPF: 17,
  USERFAULTFD: 18,
  IOURING: 19,
  MEMFD: 20,
  PIDFD: 21,
} as const;
export type FdType = (typeof FD)[keyof typeof FD];

/** Transport protocols: `scap_l4_proto` of libscap. */
export const L4 = { UNKNOWN: 0, TCP: 1, UDP: 2, ICMP: 3, RAW: 4, NA: 5 } as const;

/** Bits of `Fd.flags`: sinsp_fdinfo::flags of libsinsp. */
export const FD_FLAG = {
  FROM_PROC: 1 << 0,
  ROLE_CLIENT: 1 << 2,
  ROLE_SERVER: 1 << 3,
  IS_SOCKET_PIPE: 1 << 6,
  SOCKET_CONNECTED: 1 << 13,
  IS_CLONED: 1 << 14,
  CONNECTION_PENDING: 1 << 15,
  CONNECTION_FAILED: 1 << 16,
  OVERLAY_UPPER: 1 << 17,
  OVERLAY_LOWER: 1 << 18,
} as const;

/** One open file descriptor of a process: sinsp_fdinfo of libsinsp. */
export class Fd {
  num = -1;
  type: FdType = FD.UNINITIALIZED;
  /** Path of a file, tuple of a socket, …: what `fd.name` shows. */
  name: ByteString = '';
  /** The path as the system call had it, for files. */
  nameRaw: ByteString = '';
  /** The name at the beginning of the current event. */
  oldName: ByteString = '';
  flags = 0;
  openFlags = 0;
  dev = 0;
  mountId = 0;
  ino: Int = 0;
  /** For a pidfd: the process it stands for. */
  pid = 0;

  /** Tuple of an IPv4 or IPv6 socket: source is the client, destination the server. */
  sip: IpAddress = 0;
  dip: IpAddress = 0;
  sport = 0;
  dport = 0;
  l4proto = 0;
  /** Address of a socket that only listens (`*_SERVSOCK`). */
  serverIp: IpAddress = 0;
  serverPort = 0;
  /** Kernel addresses of both ends of a unix socket. */
  unixSource: Int = 0;
  unixDestination: Int = 0;

  clone(): Fd {
    return Object.assign(new Fd(), this);
  }

  get isServer(): boolean {
    return (this.flags & FD_FLAG.ROLE_SERVER) !== 0;
  }

  get isClient(): boolean {
    return (this.flags & FD_FLAG.ROLE_CLIENT) !== 0;
  }

  get isFile(): boolean {
    return this.type === FD.FILE || this.type === FD.FILE_V2;
  }

  get isDirectory(): boolean {
    return this.type === FD.DIRECTORY;
  }
}
