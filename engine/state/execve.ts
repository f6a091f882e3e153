import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import {
  SYSCALL_EXECVEAT_E,
  SYSCALL_EXECVEAT_X,
  SYSCALL_EXECVE_19_E,
  SYSCALL_EXECVE_19_X,
} from '../tables/codes.generated.ts';
import type { EventCode } from '../tables/types.ts';
import { directoryOf, UNKNOWN_DIRECTORY } from './directory.ts';
import { enterEventOf } from './enter-events.ts';
import type { Fd } from './fd.ts';
import type { Apply, Machine } from './machine.ts';
import { concatenatePaths } from './path.ts';
import { CL, type Thread } from './thread.ts';
import { subtract64 } from './time.ts';

/** Bits of the parameter `flags` of execve: PPM_EXE_* of Falco's driver. */
const EXE = { WRITABLE: 1, UPPER_LAYER: 2, FROM_MEMFD: 4, LOWER_LAYER: 8 } as const;

/** Bit of the parameter `flags` of execveat: the path is that of the fd. */
const AT_EMPTY_PATH = 1 << 0;

/** Parameters of execve and execveat. */
const P = {
  EXE: 1,
  ARGS: 2,
  PID: 4,
  PTID: 5,
  FD_LIMIT: 7,
  PAGE_FAULTS_MAJOR: 8,
  PAGE_FAULTS_MINOR: 9,
  VM_SIZE: 10,
  VM_RSS: 11,
  VM_SWAP: 12,
  COMM: 13,
  CGROUPS: 14,
  ENV: 15,
  TTY: 16,
  VPGID: 17,
  LOGINUID: 18,
  FLAGS: 19,
  CAP_INHERITABLE: 20,
  CAP_PERMITTED: 21,
  CAP_EFFECTIVE: 22,
  EXE_INO: 23,
  EXE_INO_CTIME: 24,
  EXE_INO_MTIME: 25,
  UID: 26,
  TRUSTED_EXEPATH: 27,
  PGID: 28,
  GID: 29,
} as const;

/** A program was started: the thread stays, what it runs is new. Older captures leave the later parameters empty. */
const execve: Apply = (event, machine) => {
  const { thread } = event;
  if (thread === undefined || event.returnValue < 0) return;
  // An exec in another thread than the main one takes over the id of the main thread, which may be dead by now.
  thread.resurrect();
  setProgram(thread, event);
  thread.pid = event.int64(P.PID) ?? 0;
  if (thread.isInvalid) complete(thread, event, machine);
  setMemory(thread, event);
  if (!event.isEmpty(P.ENV)) thread.setEnv(event.buffer(P.ENV));
  if (!event.isEmpty(P.CGROUPS)) thread.setCgroups(event.buffer(P.CGROUPS));
  thread.tty = event.uint32(P.TTY) ?? thread.tty;
  setExepath(thread, event);
  thread.vpgid = event.int64(P.VPGID) ?? thread.vpgid;
  setIds(thread, event, machine);
  setFile(thread, event);
  thread.pgid = event.int64(P.PGID) ?? -1;
  thread.fdTable?.retain(staysOpen);
  thread.flags = (thread.flags & KEPT_FLAGS) | CL.ACTIVE | CL.NAME_CHANGED;
  endOtherThreads(thread, machine);
};

/** What a successful execve and execveat tell. */
export const execveEvents: readonly (readonly [EventCode, Apply])[] = [
  [SYSCALL_EXECVE_19_X, execve],
  [SYSCALL_EXECVEAT_X, execve],
];

const KEPT_FLAGS = CL.PIPE_SOURCE | CL.PIPE_DESTINATION | CL.IS_MAIN_THREAD | CL.CLONE_INVERTED;

function staysOpen(fd: Fd): boolean {
  return !fd.closesOnExec;
}

function setProgram(thread: Thread, event: Event): void {
  thread.exe = event.string(P.EXE);
  thread.comm = event.isEmpty(P.COMM) ? thread.exe : event.string(P.COMM);
  thread.setArgs(event.buffer(P.ARGS));
}

/** Nothing was known of this thread so far. */
function complete(thread: Thread, event: Event, machine: Machine): void {
  thread.ptid = event.int64(P.PTID) ?? 0;
  if ((thread.flags & CL.CHILD_IN_PIDNS) === 0) {
    thread.vtid = thread.tid;
    thread.vpid = thread.pid;
  }
  machine.threads.link(thread);
}

function setMemory(thread: Thread, event: Event): void {
  thread.fdLimit = event.exactInt64(P.FD_LIMIT) ?? 0;
  if (event.isEmpty(P.VM_SWAP)) return;
  thread.pageFaultsMajor = event.exactUint64(P.PAGE_FAULTS_MAJOR) ?? 0;
  thread.pageFaultsMinor = event.exactUint64(P.PAGE_FAULTS_MINOR) ?? 0;
  thread.vmSizeKb = event.uint32(P.VM_SIZE) ?? 0;
  thread.vmRssKb = event.uint32(P.VM_RSS) ?? 0;
  thread.vmSwapKb = event.uint32(P.VM_SWAP) ?? 0;
}

/** The path as the kernel knows it; older captures have it only as the enter event names it. */
function setExepath(thread: Thread, event: Event): void {
  if (!event.isEmpty(P.TRUSTED_EXEPATH)) {
    thread.setExepath(event.string(P.TRUSTED_EXEPATH));
    return;
  }
  const enter = enterEventOf(event);
  if (enter?.code === SYSCALL_EXECVE_19_E) {
    const name = enter.string(0);
    thread.setExepath(name === '<NA>' ? name : concatenatePaths(thread.currentDirectory, name));
  } else if (enter?.code === SYSCALL_EXECVEAT_E) thread.setExepath(pathOfExecveat(enter, event));
}

function pathOfExecveat(enter: Event, event: Event): ByteString {
  const dirfd = enter.int64(0) ?? 0;
  const name = enter.string(1);
  const isFd = ((enter.uint32(2) ?? 0) & AT_EMPTY_PATH) !== 0;
  const directory = directoryOf(event.thread, name, dirfd);
  if (directory !== '.' && directory !== UNKNOWN_DIRECTORY) event.fd = event.thread?.fd(dirfd);
  if ((!isFd && name === '<NA>') || directory === UNKNOWN_DIRECTORY) return '<NA>';
  return isFd ? concatenatePaths('', directory) : concatenatePaths(directory, name);
}

function setIds(thread: Thread, event: Event, machine: Machine): void {
  thread.loginuid = event.uint32(P.LOGINUID) ?? thread.loginuid;
  thread.uid = event.uint32(P.UID) ?? thread.uid;
  thread.gid = event.uint32(P.GID) ?? thread.gid;
  machine.users.sawUser(thread.containerId, thread.uid, thread.gid);
  machine.users.sawGroup(thread.containerId, thread.gid);
  if (event.isEmpty(P.CAP_EFFECTIVE)) return;
  thread.capInheritable = event.exactUint64(P.CAP_INHERITABLE) ?? 0;
  thread.capPermitted = event.exactUint64(P.CAP_PERMITTED) ?? 0;
  thread.capEffective = event.exactUint64(P.CAP_EFFECTIVE) ?? 0;
}

/** What the program's file is like. */
function setFile(thread: Thread, event: Event): void {
  const flags = event.uint32(P.FLAGS);
  if (flags !== undefined) {
    thread.exeWritable = (flags & EXE.WRITABLE) !== 0;
    thread.exeUpperLayer = (flags & EXE.UPPER_LAYER) !== 0;
    thread.exeFromMemfd = (flags & EXE.FROM_MEMFD) !== 0;
    thread.exeLowerLayer = (flags & EXE.LOWER_LAYER) !== 0;
  }
  if (event.isEmpty(P.EXE_INO_MTIME)) return;
  thread.exeIno = event.exactUint64(P.EXE_INO) ?? 0;
  thread.exeInoMtime = event.exactUint64(P.EXE_INO_MTIME) ?? 0;
  const changed = event.exactUint64(P.EXE_INO_CTIME) ?? 0;
  thread.exeInoCtime = changed;
  const cloned = thread.cloneTime;
  if (cloned !== 0) thread.exeInoCtimeDurationCloneTs = subtract64(cloned, changed);
  const start = thread.pidnsInitStart;
  if (start !== 0 && changed > start) thread.exeInoCtimeDurationPidnsStart = subtract64(changed, start);
}

/** An exec ends all other threads of its process. */
function endOtherThreads(thread: Thread, machine: Machine): void {
  const { group } = thread;
  if (group === undefined || group.aliveThreads <= 1) return;
  for (const other of [...group.threads])
    if (!other.expired && !other.isMainThread && other.tid !== thread.tid) machine.threads.remove(other.tid);
}
