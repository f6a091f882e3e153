import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import { parameterMeaning } from '../parameters.ts';
import { directoryOf } from '../state/directory.ts';
import { FD, type Fd, type FdType } from '../state/fd.ts';
import { PathName } from '../state/path-names.ts';
import {
  SOCKET_ACCEPT4_6_X,
  SOCKET_ACCEPT_5_X,
  SOCKET_CONNECT_X,
  SYSCALL_CREAT_X,
  SYSCALL_OPENAT2_X,
  SYSCALL_OPENAT_2_X,
  SYSCALL_OPEN_BY_HANDLE_AT_X,
  SYSCALL_OPEN_X,
} from '../tables/codes.generated.ts';
import { EVENTS } from '../tables/events.generated.ts';

/** By event code: whether its system call makes, uses or closes an fd. */
const ABOUT_FD: readonly boolean[] = EVENTS.map(({ flags }) =>
  flags.some((flag) => flag === 'creates_fd' || flag === 'uses_fd' || flag === 'destroys_fd'),
);

/** Whether an event is about an fd at all: without that no field of fds has a value. */
export function isAboutFd(event: Event): boolean {
  return ABOUT_FD[event.code]! && event.thread !== undefined;
}

/** The fd that an event is about, if it is about one and that is known. */
export function fdOf(event: Event): Fd | undefined {
  const { fd, thread } = event;
  if (thread === undefined || !ABOUT_FD[event.code]!) return undefined;
  return fd ?? (thread.lastEventFd === -1 ? undefined : thread.fd(thread.lastEventFd));
}

/** The family of an fd that is a socket of the internet or a Unix socket. */
export function socketFamily(type: FdType): 'ip' | 'unix' | undefined {
  switch (type) {
    case FD.IPV4_SOCK:
    case FD.IPV6_SOCK:
    case FD.IPV4_SERVSOCK:
    case FD.IPV6_SERVSOCK:
      return 'ip';
    case FD.UNIX_SOCK:
      return 'unix';
    default:
      return undefined;
  }
}

/**
 * What stands for an fd's name where the fd is not known, as after a failed open: the path or the addresses among the event's parameters, empty for
 * other events. Undefined for enter events.
 *
 * @param raw Whether to give the path of openat as it was passed.
 */
export function nameInEvent(event: Event, raw: boolean): ByteString | undefined {
  if (event.info.enter) return undefined;
  switch (event.code) {
    case SYSCALL_OPEN_X:
    case SYSCALL_CREAT_X:
    case SOCKET_ACCEPT_5_X:
    case SOCKET_ACCEPT4_6_X:
    case SOCKET_CONNECT_X:
      return parameterMeaning(event, 1, 'normal');
    case SYSCALL_OPENAT_2_X:
    case SYSCALL_OPENAT2_X: {
      if (event.isEmpty(2)) return undefined;
      const name = pathIn(event, 2);
      if (raw) return name.path;
      const dirfd = event.int64(1);
      return dirfd === undefined ? undefined : name.from(directoryOf(event.thread, name.path, dirfd));
    }
    case SYSCALL_OPEN_BY_HANDLE_AT_X:
      return event.string(3);
    default:
      return '';
  }
}

const pathIn = (event: Event, i: number): PathName =>
  event.machine === undefined ? new PathName(event.string(i)) : event.machine.paths.of(event, i);
