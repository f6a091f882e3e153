/** Fds: copied, closed, made of something that is no file. */
import type { JsonInput } from '../../../engine/index.ts';
import { bitsOf, fdOf, type Call, type Parameters, type Translate } from '../call.ts';
import { CLOCKS, FILE_BITS, POLL } from '../numbers.ts';
import { fieldsOf, integerOf, itemsOf } from '../text.ts';

/** Flags of files by names of their own: TFD_CLOEXEC and the like. */
const fileNames = (call: Call, i: number) =>
  call.names(i).map((name) => name.replace(/^(?:TFD|EFD|SFD|IN)_/, 'O_'));

/** The inode of a pipe: `3<pipe:[123]>`. */
const inode = (item: string) => Number(/<pipe:\[(\d+)\]>/.exec(item)?.[1] ?? 0);

function pipe(call: Call): Parameters {
  const [first = '', second = ''] = call.items(0);
  return {
    res: call.result,
    fd1: fdOf(first),
    fd2: fdOf(second),
    ino: call.failed ? 0 : inode(first),
  };
}

/** The fds of a poll with what happened to them: `([{fd=3, revents=POLLIN}])` behind the result. */
function polled(call: Call): JsonInput {
  const happened = new Map<number, string>();
  const found = /^\((\[.*\])/s.exec(call.resultRest)?.[1] ?? '';
  for (const item of itemsOf(found)) {
    const fields = fieldsOf(item);
    happened.set(fdOf(fields.get('fd') ?? ''), fields.get('revents') ?? '');
  }
  return call.items(0).map((item) => {
    const fd = fdOf(fieldsOf(item).get('fd') ?? '');
    return { fd, flags: bitsOf(happened.get(fd) ?? '', POLL) };
  });
}

/** Nanoseconds of `{tv_sec=1, tv_nsec=5}`. */
function nanoseconds(fields: ReadonlyMap<string, string>): JsonInput {
  const seconds = BigInt(integerOf(fields.get('tv_sec') ?? '') ?? 0);
  const rest = BigInt(integerOf(fields.get('tv_nsec') ?? '') ?? 0);
  return String(BigInt.asUintN(64, seconds * 1_000_000_000n + rest));
}

const onFd: Translate = (call) => ({ res: call.result, fd: call.fd(0) });

export const DESCRIPTORS: Readonly<Record<string, Translate>> = {
  close: onFd,
  close_range: (call) => ({
    res: call.result,
    first: call.uint32(0),
    last: call.uint32(1),
    flags: call.names(2),
  }),
  dup: (call) => ({ res: call.result, oldfd: call.fd(0) }),
  dup2: (call) => ({ res: call.result, oldfd: call.fd(0), newfd: call.fd(1) }),
  dup3: (call) => ({ res: call.result, oldfd: call.fd(0), newfd: call.fd(1), flags: call.names(2) }),
  fcntl: (call) => ({ res: call.result, fd: call.fd(0), cmd: call.names(1), arg: call.int(2) }),
  ioctl: (call) => ({ res: call.result, fd: call.fd(0), request: call.int(1), argument: call.int(2) }),
  flock: (call) => ({ res: call.result, fd: call.fd(0), operation: call.names(1) }),
  lseek: (call) => ({ res: call.result, fd: call.fd(0), offset: call.int(1), whence: call.names(2) }),
  _llseek: (call) => ({ res: call.result, fd: call.fd(0), offset: call.int(1), whence: call.names(3) }),
  getdents: onFd,
  getdents64: onFd,
  pipe,
  pipe2: (call) => ({ ...pipe(call), flags: call.names(1) }),
  eventfd: (call) => ({ res: call.result, initval: call.int(0), flags: 0 }),
  eventfd2: (call) => ({ res: call.result, flags: fileNames(call, 1), initval: call.int(0) }),
  signalfd: (call) => ({ res: call.result, fd: call.fd(0), mask: 0, flags: 0 }),
  signalfd4: (call) => ({ res: call.result, flags: fileNames(call, 3), fd: call.fd(0), mask: 0 }),
  inotify_init: (call) => ({ res: call.result, flags: 0 }),
  inotify_init1: (call) => ({ res: call.result, flags: fileNames(call, 0) }),
  timerfd_create: (call) => ({
    res: call.result,
    clockid: Math.max(0, CLOCKS.indexOf(call.arg(0))),
    // Of PPM_O_NONBLOCK and PPM_O_CLOEXEC, only the first one fits into the parameter.
    flags: call.arg(1).includes('TFD_NONBLOCK') ? 64 : 0,
  }),
  epoll_create: (call) => ({ res: call.result, size: call.int(0) }),
  epoll_create1: (call) => ({ res: call.result, flags: call.names(0) }),
  epoll_wait: (call) => ({ res: call.result, maxevents: call.int(2) }),
  select: (call) => ({ res: call.result }),
  poll: (call) => ({ res: call.result, fds: polled(call), timeout: call.uint32(2) }),
  ppoll: (call) => ({
    res: call.result,
    fds: polled(call),
    timeout: nanoseconds(call.fields(2)),
    sigmask: 0,
  }),
  nanosleep: (call) => ({ res: call.result, interval: nanoseconds(call.fields(0)) }),
  pidfd_open: (call) => ({ fd: call.result, pid: call.int(0), flags: call.names(1) }),
  pidfd_getfd: (call) => ({
    fd: call.result,
    pid_fd: call.fd(0),
    target_fd: call.fd(1),
    flags: call.uint32(2),
  }),
  memfd_create: (call) => ({ fd: call.result, name: call.text(0), flags: call.names(1) }),
  userfaultfd: (call) => ({ res: call.result, flags: call.bits(0, FILE_BITS) }),
  io_uring_setup(call) {
    const fields = call.fields(1);
    const number = (name: string) => integerOf(fields.get(name) ?? '') ?? 0;
    return {
      res: call.result,
      entries: call.uint32(0),
      sq_entries: number('sq_entries'),
      cq_entries: number('cq_entries'),
      flags: (fields.get('flags') ?? '').split('|'),
      sq_thread_cpu: number('sq_thread_cpu'),
      sq_thread_idle: number('sq_thread_idle'),
      features: (fields.get('features') ?? '').split('|'),
    };
  },
  io_uring_enter: (call) => ({
    res: call.result,
    fd: call.fd(0),
    to_submit: call.uint32(1),
    min_complete: call.uint32(2),
    flags: call.names(3),
    sig: 0,
  }),
  io_uring_register: (call) => ({
    res: call.result,
    fd: call.fd(0),
    opcode: call.names(1),
    arg: call.int(2),
    nr_args: call.uint32(3),
  }),
};
