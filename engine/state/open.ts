import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import {
  SYSCALL_CREAT_X,
  SYSCALL_MEMFD_CREATE_X,
  SYSCALL_OPENAT2_X,
  SYSCALL_OPENAT_2_X,
  SYSCALL_OPEN_BY_HANDLE_AT_X,
  SYSCALL_OPEN_X,
  SYSCALL_PIDFD_OPEN_X,
} from '../tables/codes.generated.ts';
import type { EventCode } from '../tables/types.ts';
import { baseOf } from './directory.ts';
import { enterEventOf } from './enter-events.ts';
import { FD, FD_FLAG, Fd, OPEN_FLAG } from './fd.ts';
import type { Apply, Machine } from './machine.ts';
import type { PathName } from './path-names.ts';
import type { Thread } from './thread.ts';

const NO_NAME = '<NA>';

const OPENAT: ReadonlySet<EventCode> = new Set([SYSCALL_OPENAT_2_X, SYSCALL_OPENAT2_X]);

/** Bits of open flags that only the exit event knows: what the kernel did. */
const FROM_EXIT = ~(OPEN_FLAG.F_CREATED - 1);

/** Bits of the `creat_flags` parameter. */
const CREAT_UPPER_LAYER = 1;
const CREAT_LOWER_LAYER = 2;

/** Adds the file that an open of any kind gave. `devParam` is the parameter with its device, which that with its inode follows. */
function addFile(
  event: Event,
  thread: Thread,
  num: number,
  directory: ByteString,
  name: PathName,
  flags: number,
  devParam: number,
): void {
  addNamed(event, thread, num, name, name.from(directory), name.place, flags, devParam);
}

/** The same for a file whose name is known, and the place of that. */
function addNamed(
  event: Event,
  thread: Thread,
  num: number,
  path: PathName,
  name: ByteString,
  place: number,
  flags: number,
  devParam: number,
): void {
  const fd = new Fd();
  fd.type = (flags & OPEN_FLAG.DIRECTORY) !== 0 ? FD.DIRECTORY : FD.FILE_V2;
  fd.openFlags = flags >>> 0;
  fd.ino = event.exactUint64(devParam + 1) ?? 0;
  // Drivers of some versions sent the device alone: libsinsp takes it from open and creat, but not from openat.
  if (!OPENAT.has(event.code) || !event.isEmpty(devParam + 1)) fd.dev = event.uint32(devParam) ?? 0;
  fd.nameRaw = path.path;
  fd.name = name;
  fd.place = place;
  if ((flags & OPEN_FLAG.UPPER_LAYER) !== 0) fd.flags |= FD_FLAG.OVERLAY_UPPER;
  if ((flags & OPEN_FLAG.LOWER_LAYER) !== 0) fd.flags |= FD_FLAG.OVERLAY_LOWER;
  event.fd = thread.addFd(num, fd);
}

/** What the enter event said of the path, which nobody could change meanwhile; undefined if there is no such event or path. */
function enteredName(enter: Event | undefined, param: number, { paths }: Machine): PathName | undefined {
  const name = enter && paths.of(enter, param);
  return name?.path === NO_NAME ? undefined : name;
}

const open: Apply = (event, machine) => {
  const { thread } = event;
  if (thread === undefined) return;
  const enter = enterEventOf(event);
  const num = event.returnValue;
  if (num < 0) return;
  let flags = event.uint32(2) ?? 0;
  const entered = enteredName(enter, 0, machine);
  if (entered !== undefined) flags = (enter!.uint32(1) ?? 0) | (flags & FROM_EXIT);
  addFile(event, thread, num, thread.currentDirectory, entered ?? machine.paths.of(event, 1), flags, 4);
};

const creat: Apply = (event, machine) => {
  const { thread } = event;
  if (thread === undefined) return;
  const enter = enterEventOf(event);
  const num = event.returnValue;
  if (num < 0) return;
  const layer = event.uint16(5) ?? 0;
  let flags = 0;
  if ((layer & CREAT_UPPER_LAYER) !== 0) flags = OPEN_FLAG.UPPER_LAYER;
  else if ((layer & CREAT_LOWER_LAYER) !== 0) flags = OPEN_FLAG.LOWER_LAYER;
  const name = enteredName(enter, 0, machine) ?? machine.paths.of(event, 1);
  addFile(event, thread, num, thread.currentDirectory, name, flags, 3);
};

function openAt(event: Event, machine: Machine, devParam: number): void {
  const { thread } = event;
  if (thread === undefined) return;
  const enter = enterEventOf(event);
  let flags = event.uint32(3) ?? 0;
  let dirfd = event.int64(1);
  const entered = enteredName(enter, 1, machine);
  if (entered !== undefined) {
    flags = (enter!.uint32(2) ?? 0) | (flags & FROM_EXIT);
    dirfd = enter!.int64(0);
  }
  const name = entered ?? machine.paths.of(event, 2);
  const num = event.returnValue;
  // libsinsp looks the directory up even if the call failed, and its table remembers what was looked up last.
  const base = dirfd === undefined ? '' : baseOf(thread, name.path, dirfd);
  if (num < 0) return;
  if (typeof base === 'string') addFile(event, thread, num, base, name, flags, devParam);
  else {
    const below = machine.paths.below(base, name);
    addNamed(event, thread, num, name, below.name, below.place, flags, devParam);
  }
}

const openByHandleAt: Apply = (event, machine) => {
  const { thread } = event;
  if (thread === undefined) return;
  const num = event.returnValue;
  // The driver always gives an absolute path.
  if (num >= 0) addFile(event, thread, num, '', machine.paths.of(event, 3), event.uint32(2) ?? 0, 4);
};

/** Adds an fd even if the call failed, under its negative result, as libsinsp does. */
const memfdCreate: Apply = (event) => {
  const { thread } = event;
  if (thread === undefined) return;
  const num = event.returnValue;
  const fd = new Fd();
  if (num >= 0) {
    fd.type = FD.MEMFD;
    fd.name = event.string(1);
    fd.openFlags = event.uint32(2) ?? 0;
  }
  event.fd = thread.addFd(num, fd);
};

const pidfdOpen: Apply = (event) => {
  const { thread } = event;
  if (thread === undefined) return;
  const num = event.returnValue;
  if (num < 0) return;
  const fd = new Fd();
  fd.type = FD.PIDFD;
  fd.pid = event.int64(1) ?? 0;
  fd.name = `/proc/${fd.pid}`;
  fd.openFlags = event.uint32(2) ?? 0;
  event.fd = thread.addFd(num, fd);
};

/** Calls that give an fd for a path, or for something that looks like one. */
export const openEvents: readonly (readonly [EventCode, Apply])[] = [
  [SYSCALL_OPEN_X, open],
  [SYSCALL_CREAT_X, creat],
  [SYSCALL_OPENAT_2_X, (event, machine) => openAt(event, machine, 5)],
  [SYSCALL_OPENAT2_X, (event, machine) => openAt(event, machine, 6)],
  [SYSCALL_OPEN_BY_HANDLE_AT_X, openByHandleAt],
  [SYSCALL_MEMFD_CREATE_X, memfdCreate],
  [SYSCALL_PIDFD_OPEN_X, pidfdOpen],
];
