import type { Event } from '../event.ts';
import {
  SYSCALL_BPF_2_X,
  SYSCALL_CLOSE_RANGE_X,
  SYSCALL_CLOSE_X,
  SYSCALL_DUP2_X,
  SYSCALL_DUP3_X,
  SYSCALL_DUP_1_X,
  SYSCALL_EPOLL_CREATE1_X,
  SYSCALL_EPOLL_CREATE_X,
  SYSCALL_EVENTFD2_X,
  SYSCALL_EVENTFD_X,
  SYSCALL_FCNTL_X,
  SYSCALL_INOTIFY_INIT1_X,
  SYSCALL_INOTIFY_INIT_X,
  SYSCALL_IO_URING_SETUP_X,
  SYSCALL_PIDFD_GETFD_X,
  SYSCALL_PIPE2_X,
  SYSCALL_PIPE_X,
  SYSCALL_SIGNALFD4_X,
  SYSCALL_SIGNALFD_X,
  SYSCALL_TIMERFD_CREATE_X,
  SYSCALL_USERFAULTFD_X,
} from '../tables/codes.generated.ts';
import type { EventCode } from '../tables/types.ts';
import { FD, Fd, OPEN_FLAG, type FdType } from './fd.ts';
import type { Apply } from './machine.ts';
import { openEvents } from './open.ts';
import { socketEvents } from './sockets.ts';
import { CL, type Thread } from './thread.ts';
import { transferEvents } from './transfers.ts';

const FCNTL = { DUPFD: 1, SETFD: 3, DUPFD_CLOEXEC: 26 } as const;
const FD_CLOEXEC = 1;
const EPOLL_CLOEXEC = 1;
const CLOSE_RANGE_CLOEXEC = 4;

/** The fd stays until the next event, so that rules see what was closed. */
const close: Apply = (event, machine) => {
  const { thread, fd } = event;
  if (thread !== undefined && fd !== undefined && event.returnValue >= 0)
    machine.removeFdLater(thread.tid, thread.lastEventFd);
};

const closeRange: Apply = (event) => {
  const table = event.thread?.fdTable;
  if (table === undefined || event.returnValue < 0) return;
  const first = event.uint32(1) ?? 0;
  const last = event.uint32(2) ?? 0;
  const isInRange = ({ num }: Fd) => num >= 0 && num >= first && num <= last;
  if (((event.uint32(3) ?? 0) & CLOSE_RANGE_CLOEXEC) === 0) table.retain((fd) => !isInRange(fd));
  else for (const fd of table.values()) if (isInRange(fd)) fd.openFlags |= OPEN_FLAG.CLOEXEC;
};

/** Puts a copy of an fd under another number. */
function addCopy(thread: Thread, original: Fd, num: number, closesOnExec: boolean): Fd | undefined {
  const copy = original.clone();
  copy.setCloseOnExec(closesOnExec);
  return thread.addFd(num, copy);
}

const dup: Apply = (event) => {
  const { thread, fd } = event;
  const num = event.returnValue;
  if (thread === undefined || fd === undefined || num < 0) return;
  // A process that puts something in the place of its standard input or output is taken for a part of a shell's pipe.
  if (num === 0) thread.flags |= CL.PIPE_DESTINATION;
  else if (num === 1) thread.flags |= CL.PIPE_SOURCE;
  const closesOnExec = event.code === SYSCALL_DUP3_X && ((event.uint32(3) ?? 0) & OPEN_FLAG.CLOEXEC) !== 0;
  event.fd = addCopy(thread, fd, num, closesOnExec);
};

const fcntl: Apply = (event) => {
  const { thread, fd } = event;
  if (thread === undefined || fd === undefined || event.returnValue < 0) return;
  const command = event.uint8(2) ?? 0;
  const argument = event.size(3) === 8 ? event.bytes[event.offset(3)]! : 0;
  event.fd = applyCommand(thread, fd, command, argument, event.returnValue);
};

/**
 * Carries out a fcntl that succeeded, and gives the fd that it is about afterwards: a copy, if it made one. `argument` are the lower bits of the command's.
 */
export function applyCommand(
  thread: Thread,
  fd: Fd,
  command: number,
  argument: number,
  result: number,
): Fd | undefined {
  if (command === FCNTL.SETFD) fd.setCloseOnExec((argument & FD_CLOEXEC) !== 0);
  else if (command === FCNTL.DUPFD || command === FCNTL.DUPFD_CLOEXEC)
    return addCopy(thread, fd, result, command === FCNTL.DUPFD_CLOEXEC);
  return fd;
}

const pipe: Apply = (event) => {
  const { thread } = event;
  if (thread === undefined || event.returnValue < 0) return;
  const openFlags = event.code === SYSCALL_PIPE2_X ? (event.uint32(4) ?? 0) : 0;
  const ino = event.exactUint64(3) ?? 0;
  for (const param of [1, 2]) {
    const fd = new Fd();
    fd.type = FD.FIFO;
    fd.ino = ino;
    fd.openFlags = openFlags;
    event.fd = thread.addFd(event.int64(param) ?? 0, fd);
  }
};

/** The fd is that of another process; a failed call adds one too, under its negative result, as in libsinsp. */
const pidfdGetfd: Apply = (event, machine) => {
  const { thread } = event;
  const pidfd = thread?.fd(event.int64(1) ?? -1);
  if (pidfd === undefined || pidfd.type !== FD.PIDFD) return;
  const target = machine.threads.find(pidfd.pid)?.fd(event.int64(2) ?? -1);
  if (thread !== undefined && target !== undefined)
    event.fd = addCopy(thread, target, event.returnValue, true);
};

/** An event whose result is an fd without a name. */
function makes(type: FdType, openFlags: (event: Event) => number = () => 0): Apply {
  return (event) => {
    const { thread } = event;
    const num = event.returnValue;
    if (thread === undefined || num < 0) return;
    const fd = new Fd();
    fd.type = type;
    fd.openFlags = openFlags(event);
    event.fd = thread.addFd(num, fd);
  };
}

const epollFlags = (event: Event) => (((event.uint32(1) ?? 0) & EPOLL_CLOEXEC) !== 0 ? OPEN_FLAG.CLOEXEC : 0);
const shortFlags = (event: Event) => event.uint16(1) ?? 0;

/** What the events of file descriptors change. */
export const fdEvents: readonly (readonly [EventCode, Apply])[] = [
  ...openEvents,
  ...socketEvents,
  ...transferEvents,
  [SYSCALL_CLOSE_X, close],
  [SYSCALL_CLOSE_RANGE_X, closeRange],
  [SYSCALL_DUP_1_X, dup],
  [SYSCALL_DUP2_X, dup],
  [SYSCALL_DUP3_X, dup],
  [SYSCALL_FCNTL_X, fcntl],
  [SYSCALL_PIPE_X, pipe],
  [SYSCALL_PIPE2_X, pipe],
  [SYSCALL_PIDFD_GETFD_X, pidfdGetfd],
  [SYSCALL_EVENTFD_X, makes(FD.EVENT)],
  [SYSCALL_EVENTFD2_X, makes(FD.EVENT, shortFlags)],
  [SYSCALL_SIGNALFD_X, makes(FD.SIGNALFD)],
  [SYSCALL_SIGNALFD4_X, makes(FD.SIGNALFD, shortFlags)],
  [SYSCALL_TIMERFD_CREATE_X, makes(FD.TIMERFD, (event) => event.uint8(2) ?? 0)],
  [SYSCALL_INOTIFY_INIT_X, makes(FD.INOTIFY)],
  [SYSCALL_INOTIFY_INIT1_X, makes(FD.INOTIFY, shortFlags)],
  [SYSCALL_EPOLL_CREATE_X, makes(FD.EVENTPOLL)],
  [SYSCALL_EPOLL_CREATE1_X, makes(FD.EVENTPOLL, epollFlags)],
  [SYSCALL_BPF_2_X, makes(FD.BPF)],
  [SYSCALL_USERFAULTFD_X, makes(FD.USERFAULTFD)],
  [SYSCALL_IO_URING_SETUP_X, makes(FD.IOURING)],
];
