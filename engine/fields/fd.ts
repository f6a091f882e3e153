import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import { signed } from '../numbers.ts';
import { FD_FLAG, L4, parentDirectory, shownL4, typeChar, typeString, type Fd } from '../state/fd.ts';
import {
  SOCKET_ACCEPT4_6_X,
  SOCKET_ACCEPT_5_X,
  SOCKET_SOCKET_X,
  SYSCALL_CREAT_X,
  SYSCALL_EVENTFD2_X,
  SYSCALL_EVENTFD_X,
  SYSCALL_INOTIFY_INIT1_X,
  SYSCALL_INOTIFY_INIT_X,
  SYSCALL_OPENAT2_X,
  SYSCALL_OPENAT_2_X,
  SYSCALL_PIPE2_X,
  SYSCALL_PIPE_X,
  SYSCALL_SIGNALFD4_X,
  SYSCALL_SIGNALFD_X,
  SYSCALL_TIMERFD_CREATE_X,
} from '../tables/codes.generated.ts';
import { indexOf } from './argument.ts';
import type { Extracted, Field, FieldClass, Subject } from './define.ts';
import { NAME_PLACES } from '../state/path-names.ts';
import { fdOf, isAboutFd, nameInEvent, socketFamily } from './fd-of.ts';
import { networkFields } from './fd-net.ts';

function nameOf(event: Event): ByteString | undefined {
  if (!isAboutFd(event)) return undefined;
  const fd = fdOf(event);
  return fd === undefined ? nameInEvent(event, false) : fd.name;
}

function directory(event: Event): ByteString | undefined {
  if (!isAboutFd(event)) return undefined;
  const fd = fdOf(event);
  if (fd !== undefined) return fd.isFile ? fd.directory : fd.isDirectory ? fd.name : undefined;
  const name = nameInEvent(event, false);
  return name === undefined ? undefined : parentDirectory(name);
}

function inContainer(event: Event, text: ByteString | undefined): ByteString | undefined {
  return text === undefined ? undefined : `${event.thread!.containerId}:${text}`;
}

/** What an event would make of its fd, by the code of its exit event; IPv4 stands for all sockets. */
const TYPE_CHARS: ReadonlyMap<number, ByteString> = new Map<number, ByteString>([
  [SYSCALL_OPENAT_2_X, 'f'],
  [SYSCALL_OPENAT2_X, 'f'],
  [SYSCALL_CREAT_X, 'f'],
  [SOCKET_SOCKET_X, '4'],
  [SOCKET_ACCEPT_5_X, '4'],
  [SOCKET_ACCEPT4_6_X, '4'],
  [SYSCALL_PIPE_X, 'p'],
  [SYSCALL_PIPE2_X, 'p'],
  [SYSCALL_EVENTFD_X, 'e'],
  [SYSCALL_EVENTFD2_X, 'e'],
  [SYSCALL_SIGNALFD_X, 's'],
  [SYSCALL_SIGNALFD4_X, 's'],
  [SYSCALL_TIMERFD_CREATE_X, 't'],
  [SYSCALL_INOTIFY_INIT_X, 'i'],
  [SYSCALL_INOTIFY_INIT1_X, 'i'],
]);

/** What all open fds of the event's process are, each once. */
function types(event: Event): readonly ByteString[] | undefined {
  if (!isAboutFd(event)) return undefined;
  const found: ByteString[] = [];
  for (const fd of event.thread!.fdTable?.values() ?? []) {
    const type = typeString(fd);
    if (!found.includes(type)) found.push(type);
  }
  return found;
}

const L4_NAMES: ReadonlyMap<number, ByteString> = new Map([
  [L4.TCP, 'tcp'],
  [L4.UDP, 'udp'],
  [L4.ICMP, 'icmp'],
  [L4.RAW, 'raw'],
]);

/** Reads something of the event's fd, where that is known. */
const ofFd =
  (read: (fd: Fd) => Extracted) =>
  (event: Event): Extracted => {
    const fd = fdOf(event);
    return fd === undefined ? undefined : read(fd);
  };

/** The fd of an event by its name: what is a file, what a directory, all else that is known, and what is known by its name only. */
class NamedFd implements Subject {
  readonly name = 'fd';
  readonly kinds = 4;
  readonly places = NAME_PLACES;
  text: ByteString = '';
  place = -1;

  find(event: Event): number {
    if (!isAboutFd(event)) return -1;
    const fd = fdOf(event);
    if (fd !== undefined) {
      this.text = fd.name;
      this.place = fd.place;
      return fd.isFile ? 0 : fd.isDirectory ? 1 : 2;
    }
    const name = nameInEvent(event, false);
    if (name === undefined) return -1;
    this.text = name;
    this.place = -1;
    return 3;
  }
}
const namedFd = new NamedFd();

const fileFields: readonly Field[] = [
  {
    name: 'fd.num',
    type: 'INT64',
    format: 'id',
    desc: 'Number of the fd (file descriptor) that the system call makes, uses or closes.',
    get: (event) => (isAboutFd(event) ? event.thread!.lastEventFd : undefined),
  },
  {
    name: 'fd.type',
    type: 'CHARBUF',
    format: 'dec',
    desc: 'What the fd is: `file`, `directory`, `ipv4`, `ipv6`, `unix`, `pipe`, `event`, `signalfd`, `eventpoll`, `inotify`, `timerfd`, `netlink`, `bpf`, `userfaultfd`, `io_uring`, `memfd` or `pidfd`.',
    get: ofFd(typeString),
  },
  {
    name: 'fd.typechar',
    type: 'CHARBUF',
    format: 'dec',
    desc: 'What the fd is, in one character: `f` file, `d` directory, `4` IPv4, `6` IPv6, `u` unix socket or userfaultfd, `p` pipe, `e` event, `s` signalfd, `l` eventpoll, `i` inotify, `t` timerfd, `n` netlink, `b` bpf, `r` io_uring, `m` memfd, `P` pidfd, `o` not known.',
    get: (event) => {
      if (!isAboutFd(event)) return undefined;
      const fd = fdOf(event);
      return fd === undefined ? (TYPE_CHARS.get(event.code | 1) ?? 'o') : typeChar(fd);
    },
  },
  {
    name: 'fd.name',
    type: 'CHARBUF',
    subject: namedFd,
    desc: 'What names the fd: the full path of a file, both addresses and ports of a connection (`10.0.0.1:40000->10.0.0.2:443`); empty if nothing does.',
    get: nameOf,
  },
  {
    name: 'fd.directory',
    type: 'CHARBUF',
    subject: namedFd,
    desc: 'For a file, the directory that it is in; for a directory, its path.',
    get: directory,
  },
  {
    name: 'fd.filename',
    type: 'CHARBUF',
    subject: namedFd,
    desc: 'For a file, the last part of its path.',
    get: (event) => {
      const fd = fdOf(event);
      return fd?.isFile ? fd.filename : undefined;
    },
  },
  {
    name: 'fd.nameraw',
    type: 'CHARBUF',
    desc: 'For a file that the recording saw opened, its path as the program gave it, except that double slashes are made single; empty for other fds.',
    get: (event) => {
      if (!isAboutFd(event)) return undefined;
      const fd = fdOf(event);
      return (fd === undefined ? nameInEvent(event, true) : fd.nameRaw)?.replace(/\/{2,}/g, '/');
    },
  },
  {
    name: 'fd.types',
    type: 'CHARBUF',
    format: 'dec',
    list: true,
    arg: { required: false, index: 'FD' },
    noRightSide: true,
    desc: 'What the open fds of the process are, in the words of `fd.type`, each once; `fd.types[0]` is what its standard input is.',
    get: types,
    bind: (arg) => {
      if (arg === undefined) return {};
      if (arg.includes(']')) return undefined;
      const num = indexOf(arg, 64);
      if (num === undefined) return { error: `${arg} is not a valid number` };
      if (num === -1) return {};
      return {
        get: (event) => {
          if (!isAboutFd(event)) return undefined;
          const fd = event.thread!.fd(num);
          return fd === undefined ? undefined : [typeString(fd)];
        },
      };
    },
  },
  {
    name: 'fd.uid',
    type: 'CHARBUF',
    desc: 'Id of the thread and number of the fd written together: tells the fd from those of other threads.',
    get: (event) => (isAboutFd(event) ? `${event.thread!.tid}${event.thread!.lastEventFd}` : undefined),
  },
  {
    name: 'fd.containername',
    type: 'CHARBUF',
    desc: 'Id of the container, a colon and `fd.name`.',
    get: (event) => inContainer(event, nameOf(event)),
  },
  {
    name: 'fd.containerdirectory',
    type: 'CHARBUF',
    desc: 'Id of the container, a colon and `fd.directory`.',
    get: (event) => inContainer(event, directory(event)),
  },
  {
    name: 'fd.name_changed',
    type: 'BOOL',
    desc: 'Whether the event changed the name of the fd, as a packet from another address does on a UDP socket.',
    get: (event) => fdOf(event) && event.fdNameChanged,
  },
  {
    name: 'fd.dev',
    type: 'INT32',
    format: 'hex',
    desc: 'Number of the device that holds the file, major and minor number in one.',
    get: ofFd((fd) => fd.dev | 0),
  },
  {
    name: 'fd.dev.major',
    type: 'INT32',
    format: 'dec',
    desc: 'Major number of the device that holds the file.',
    get: ofFd((fd) => (fd.dev & 0xfff00) >> 8),
  },
  {
    name: 'fd.dev.minor',
    type: 'INT32',
    format: 'dec',
    desc: 'Minor number of the device that holds the file.',
    get: ofFd((fd) => (fd.dev & 0xff) | ((fd.dev >>> 12) & 0xfff00)),
  },
  {
    name: 'fd.ino',
    type: 'INT64',
    format: 'dec',
    desc: 'Inode number of the file, which `proc.exe_ino` shows where the file runs as a program.',
    get: ofFd((fd) => signed(fd.ino, 64)),
  },
  {
    name: 'fd.is_upper_layer',
    type: 'BOOL',
    desc: 'Whether the file is in the upper layer of an overlay file system: in a container, it did not come with the image.',
    get: ofFd((fd) => (fd.flags & FD_FLAG.OVERLAY_UPPER) !== 0),
  },
  {
    name: 'fd.is_lower_layer',
    type: 'BOOL',
    desc: 'Whether the file is in a lower layer of an overlay file system: in a container, it came with the image.',
    get: ofFd((fd) => (fd.flags & FD_FLAG.OVERLAY_LOWER) !== 0),
  },
  {
    name: 'fd.l4proto',
    type: 'CHARBUF',
    desc: 'Protocol of an IP socket: `tcp`, `udp`, `icmp` or `raw`; `<NA>` for other fds.',
    get: ofFd((fd) => L4_NAMES.get(shownL4(fd)) ?? '<NA>'),
  },
  {
    name: 'fd.sockfamily',
    type: 'CHARBUF',
    desc: 'Family of a socket: `ip` or `unix`.',
    get: ofFd(({ type }) => socketFamily(type)),
  },
  {
    name: 'fd.connected',
    type: 'BOOL',
    desc: 'Whether the fd is a socket that is connected.',
    get: ofFd((fd) => fd.isConnected),
  },
];

/** `fd.*`: the file, socket or other thing that a system call's fd stands for. */
export const fdClass: FieldClass = {
  name: 'fd',
  source: 'syscall',
  desc: 'The file descriptor that a system call uses, and the file or connection behind it.',
  fields: [...fileFields, ...networkFields],
};
