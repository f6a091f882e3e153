import { byteString, readUint64, type ByteString, type Int } from '../bytes.ts';
import { settleLayout } from '../layout.ts';
import { ipv4At } from './addresses.ts';
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
export const L4 = { UNKNOWN: 0, NA: 1, TCP: 2, UDP: 3, ICMP: 4, RAW: 5 } as const;

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

/** Bits of `Fd.openFlags`: PPM_O_*, PPM_FD_* of Falco's driver. */
export const OPEN_FLAG = {
  DIRECTORY: 1 << 10,
  CLOEXEC: 1 << 12,
  F_CREATED: 1 << 14,
  UPPER_LAYER: 1 << 15,
  LOWER_LAYER: 1 << 16,
} as const;

/** EPOLL_CLOEXEC and MFD_CLOEXEC as the driver has them. */
const OWN_CLOEXEC = 1;

/** Where the parts of a socket's addresses stand in `Fd.socket`, by what the socket is. */
const SOCKET_BYTES = 40;
export const IN4 = { SIP: 0, DIP: 4, SPORT: 8, DPORT: 10, L4: 12 } as const;
export const IN6 = { SIP: 0, DIP: 16, SPORT: 32, DPORT: 34, L4: 36 } as const;
export const IN4_SERVER = { IP: 0, PORT: 4, L4: 6 } as const;
export const IN6_SERVER = { IP: 0, PORT: 16, L4: 18 } as const;
export const UNIX = { SOURCE: 0, DESTINATION: 8 } as const;

const NO_SOCKET = new Uint8Array(SOCKET_BYTES);

const SLASH = 0x2f;

/** The parts of a file's name. */
class NameParts {
  readonly name: ByteString;
  readonly directory: ByteString;
  readonly filename: ByteString;
  readonly asDirectory: ByteString;

  constructor(name: ByteString) {
    const slash = name.lastIndexOf('/');
    this.name = name;
    this.directory = parentDirectory(name);
    this.filename = slash < 0 ? '/' : slash === name.length - 1 ? name : name.slice(slash + 1);
    this.asDirectory = `${name}/`;
  }
}

/** One open file descriptor of a process: sinsp_fdinfo of libsinsp. */
export class Fd {
  num = -1;
  type: FdType = FD.UNINITIALIZED;
  /** Path of a file, tuple of a socket, …: what `fd.name` shows. */
  name: ByteString = '';
  /** The path as the system call had it, for files. */
  nameRaw: ByteString = '';
  /** Where its name was remembered when it was opened (`PathNames`), to find what is known of it; -1 if nowhere. */
  place = -1;
  /** The name at the beginning of the current event. */
  oldName: ByteString = '';
  flags = 0;
  openFlags = 0;
  dev = 0;
  mountId = 0;
  ino: Int = 0;
  /** For a pidfd: the process it stands for. */
  pid = 0;
  /**
   * The addresses of a socket, in one memory that the kinds of sockets read differently (`IN4`, …), as in libsinsp: when a socket
   * becomes one of another kind, what was written before shows through, and Falco's alerts show it. Addresses are in network order,
   * ports little-endian. Read it; write to `ownSocket()`.
   */
  socket: Uint8Array = NO_SOCKET;
  /** Whether `socket` is also that of another fd (a copy), so that it must be copied before it is written. */
  #shared = true;
  /** The next one in the order of its table, which sets this. */
  next: Fd | undefined = undefined;
  #parts: NameParts | undefined = undefined;

  /** A copy, as dup and fork make it. */
  clone(): Fd {
    const copy = new Fd();
    copy.num = this.num;
    copy.type = this.type;
    copy.name = this.name;
    copy.nameRaw = this.nameRaw;
    copy.place = this.place;
    copy.oldName = this.oldName;
    copy.flags = this.flags;
    copy.openFlags = this.openFlags;
    copy.dev = this.dev;
    copy.mountId = this.mountId;
    copy.ino = this.ino;
    copy.pid = this.pid;
    copy.socket = this.socket;
    this.#shared = true;
    return copy;
  }

  /** The socket's addresses, for writing. */
  ownSocket(): Uint8Array {
    if (this.#shared) {
      const own = new Uint8Array(SOCKET_BYTES);
      if (this.socket !== NO_SOCKET) own.set(this.socket);
      this.socket = own;
      this.#shared = false;
    }
    return this.socket;
  }

  #port(offset: number): number {
    return this.socket[offset]! | (this.socket[offset + 1]! << 8);
  }

  #address(ipv6: boolean, offset: number): IpAddress {
    return ipv6 ? byteString(this.socket, offset, offset + 16) : ipv4At(this.socket, offset);
  }

  /** Address of the client, for `IPV4_SOCK` and `IPV6_SOCK`. */
  get sip(): IpAddress {
    return this.#address(this.type === FD.IPV6_SOCK, 0);
  }

  /** Address of the server, for `IPV4_SOCK` and `IPV6_SOCK`. */
  get dip(): IpAddress {
    return this.type === FD.IPV6_SOCK ? this.#address(true, IN6.DIP) : this.#address(false, IN4.DIP);
  }

  get sport(): number {
    return this.#port(this.type === FD.IPV6_SOCK ? IN6.SPORT : IN4.SPORT);
  }

  get dport(): number {
    return this.#port(this.type === FD.IPV6_SOCK ? IN6.DPORT : IN4.DPORT);
  }

  /** Transport protocol (`L4`) as stored; `shownL4` is what fields show. */
  get l4proto(): number {
    switch (this.type) {
      case FD.IPV6_SOCK:
        return this.socket[IN6.L4]!;
      case FD.IPV4_SERVSOCK:
        return this.socket[IN4_SERVER.L4]!;
      case FD.IPV6_SERVSOCK:
        return this.socket[IN6_SERVER.L4]!;
      default:
        return this.socket[IN4.L4]!;
    }
  }

  /** Address of a socket that is bound to a port (`*_SERVSOCK`). */
  get serverIp(): IpAddress {
    return this.#address(this.type === FD.IPV6_SERVSOCK, 0);
  }

  get serverPort(): number {
    return this.#port(this.type === FD.IPV6_SERVSOCK ? IN6_SERVER.PORT : IN4_SERVER.PORT);
  }

  /** Kernel addresses of both ends of a unix socket. */
  get unixSource(): Int {
    return this.#kernelAddress(UNIX.SOURCE);
  }

  get unixDestination(): Int {
    return this.#kernelAddress(UNIX.DESTINATION);
  }

  #kernelAddress(offset: number): Int {
    return readUint64(new DataView(this.socket.buffer, this.socket.byteOffset), offset);
  }

  get isServer(): boolean {
    return (this.flags & FD_FLAG.ROLE_SERVER) !== 0;
  }

  get isClient(): boolean {
    return (this.flags & FD_FLAG.ROLE_CLIENT) !== 0;
  }

  get hasRole(): boolean {
    return (this.flags & (FD_FLAG.ROLE_CLIENT | FD_FLAG.ROLE_SERVER)) !== 0;
  }

  get isConnected(): boolean {
    return (this.flags & FD_FLAG.SOCKET_CONNECTED) !== 0;
  }

  /** The directory part of a file's name: parentDirectory. */
  get directory(): ByteString {
    return this.#nameParts.directory;
  }

  /** The last part of a file's name: the name itself if it ends with a slash, `/` without any slash. */
  get filename(): ByteString {
    return this.#nameParts.filename;
  }

  /** The name with a slash at its end: what paths beside this fd start from. */
  get asDirectory(): ByteString {
    const { name } = this;
    return name === '' || name.charCodeAt(name.length - 1) === SLASH ? name : this.#nameParts.asDirectory;
  }

  get #nameParts(): NameParts {
    if (this.#parts === undefined || this.#parts.name !== this.name) this.#parts = new NameParts(this.name);
    return this.#parts;
  }

  get isFile(): boolean {
    return this.type === FD.FILE || this.type === FD.FILE_V2;
  }

  get isDirectory(): boolean {
    return this.type === FD.DIRECTORY;
  }

  /** A connected IPv4 or IPv6 socket: one that has a tuple. */
  get isIpSocket(): boolean {
    return this.type === FD.IPV4_SOCK || this.type === FD.IPV6_SOCK;
  }

  /** IPv4 only, as in libsinsp. */
  get isTcp(): boolean {
    return this.type === FD.IPV4_SOCK && this.socket[IN4.L4] === L4.TCP;
  }

  /** IPv4 only, as in libsinsp. */
  get isUdp(): boolean {
    return this.type === FD.IPV4_SOCK && this.socket[IN4.L4] === L4.UDP;
  }

  /** Whether an exec closes it. */
  get closesOnExec(): boolean {
    if ((this.openFlags & OPEN_FLAG.CLOEXEC) !== 0) return true;
    return (this.type === FD.EVENTPOLL || this.type === FD.MEMFD) && (this.openFlags & OWN_CLOEXEC) !== 0;
  }

  /** Says anew whether an exec closes it. libsinsp clears bit 0 with the old answer, whatever the type. */
  setCloseOnExec(close: boolean): void {
    const kept = this.openFlags & ~(OPEN_FLAG.CLOEXEC | OWN_CLOEXEC);
    this.openFlags = (close ? kept | OPEN_FLAG.CLOEXEC : kept) >>> 0;
  }

  setConnected(): void {
    this.flags =
      (this.flags & ~(FD_FLAG.CONNECTION_PENDING | FD_FLAG.CONNECTION_FAILED)) | FD_FLAG.SOCKET_CONNECTED;
  }
}

settleLayout(new Fd(), { ino: 0n });

/** The directory part of a path as Falco shows it: a path that ends with a slash stays as it is, `/` for files at the top and names without a slash. */
export function parentDirectory(path: ByteString): ByteString {
  const slash = path.lastIndexOf('/');
  if (slash <= 0) return '/';
  return slash === path.length - 1 ? path : path.slice(0, slash);
}

/** The transport protocol that fields show (`L4`): get_l4proto of libsinsp. A socket without a role has none, unless it is raw. */
export function shownL4(fd: Fd): number {
  switch (fd.type) {
    case FD.IPV4_SOCK:
    case FD.IPV6_SOCK:
      return fd.hasRole || fd.l4proto === L4.RAW ? fd.l4proto : L4.NA;
    case FD.IPV4_SERVSOCK:
    case FD.IPV6_SERVSOCK:
      return fd.l4proto;
    default:
      return L4.NA;
  }
}

/** What an fd is, in one character and in a word (`fd.typechar`, `fd.type`). */
export const FD_TYPES: ReadonlyMap<FdType, readonly [char: string, text: string]> = new Map([
  [FD.UNKNOWN, ['o', '<NA>']],
  [FD.FILE, ['f', 'file']],
  [FD.FILE_V2, ['f', 'file']],
  [FD.DIRECTORY, ['d', 'directory']],
  [FD.IPV4_SOCK, ['4', 'ipv4']],
  [FD.IPV4_SERVSOCK, ['4', 'ipv4']],
  [FD.IPV6_SOCK, ['6', 'ipv6']],
  [FD.IPV6_SERVSOCK, ['6', 'ipv6']],
  [FD.FIFO, ['p', 'pipe']],
  [FD.UNIX_SOCK, ['u', 'unix']],
  [FD.EVENT, ['e', 'event']],
  [FD.UNSUPPORTED, ['X', '<NA>']],
  [FD.SIGNALFD, ['s', 'signalfd']],
  [FD.EVENTPOLL, ['l', 'eventpoll']],
  [FD.INOTIFY, ['i', 'inotify']],
  [FD.TIMERFD, ['t', 'timerfd']],
  [FD.NETLINK, ['n', 'netlink']],
  [FD.BPF, ['b', 'bpf']],
  [FD.USERFAULTFD, ['u', 'userfaultfd']],
  [FD.IOURING, ['r', 'io_uring']],
  [FD.MEMFD, ['m', 'memfd']],
  [FD.PIDFD, ['P', 'pidfd']],
]);

/** `fd.typechar`: one character for what an fd is, `?` if that is not known. */
export function typeChar(fd: Fd): ByteString {
  return FD_TYPES.get(fd.type)?.[0] ?? '?';
}

/** `fd.type`: what an fd is, in a word; `<NA>` if that is not known. */
export function typeString(fd: Fd): ByteString {
  return FD_TYPES.get(fd.type)?.[1] ?? '<NA>';
}
