import type { Event } from '../event.ts';
import {
  SYSCALL_CLONE3_X,
  SYSCALL_CLONE_20_X,
  SYSCALL_FORK_20_X,
  SYSCALL_VFORK_20_X,
} from '../tables/codes.generated.ts';
import type { EventCode } from '../tables/types.ts';
import { FD_FLAG } from './fd.ts';
import type { Apply, Machine } from './machine.ts';
import { CL, Thread } from './thread.ts';
import { add64, nanosecondsBetween } from './time.ts';

/** A thread that was cloned longer ago is another one whose end was not seen (CLONE_STALE_TIME_NS of libsinsp). */
const STALE = 2e9;

/** Parameters of clone, clone3, fork and vfork. */
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
  FLAGS: 15,
  UID: 16,
  GID: 17,
  VTID: 18,
  VPID: 19,
  PIDNS_START: 20,
} as const;

const clone: Apply = (event, machine) => {
  const result = event.returnValue;
  if (result === 0) cloneInChild(event, machine);
  else if (result > 0) cloneInCaller(event, machine, result);
};

/** What every clone tells. */
export const cloneEvents: readonly (readonly [EventCode, Apply])[] = [
  [SYSCALL_CLONE_20_X, clone],
  [SYSCALL_FORK_20_X, clone],
  [SYSCALL_VFORK_20_X, clone],
  [SYSCALL_CLONE3_X, clone],
];

/** The clone as its caller saw it return: makes the child known, unless the child's own event is the better source. */
function cloneInCaller(event: Event, machine: Machine, childTid: number): void {
  const { threads } = machine;
  const caller = threads.get(event.tid);
  event.thread = caller;
  if (caller === undefined) return;
  const known = !caller.isInvalid;
  if (!known) {
    caller.pid = event.int64(P.PID) ?? 0;
    caller.ptid = event.int64(P.PTID) ?? 0;
    setVirtualIds(caller, event);
    threads.link(caller);
  }

  // In another pid namespace the result is no id of ours, and the child's event tells more. A child of vfork may have
  // ended before its caller goes on.
  const flags = event.uint32(P.FLAGS) ?? 0;
  if ((flags & (CL.CHILD_IN_PIDNS | CL.CLONE_NEWPID | CL.CLONE_PARENT | CL.CLONE_VFORK)) !== 0) return;
  if (event.tid !== caller.vtid || event.code === SYSCALL_VFORK_20_X) return;
  if (threads.recentExits.has(childTid, event.tid, event)) return;

  const previous = threads.find(childTid);
  if (previous !== undefined) {
    if ((previous.flags & CL.CLONE_INVERTED) !== 0) return;
    threads.remove(childTid);
  }

  const child = new Thread();
  child.flags = flags;
  child.tid = childTid;
  if ((flags & CL.CLONE_THREAD) === 0) {
    if (known) copyProcess(child, caller);
    child.pid = childTid;
    child.ptid = caller.tid;
  } else {
    child.pid = caller.pid;
    child.ptid = caller.ptid;
    child.flags |= CL.CLONE_FILES;
  }
  child.vtid = child.tid;
  child.vpid = child.pid;
  describe(child, event, machine);
  child.pidnsInitStart = machine.info.bootTime;
  if (known) inherit(child, caller);
  else copyProgram(caller, child);

  if (threads.add(child, true) === undefined) return;
  if (previous !== undefined) machine.reset(event);
}

/** The clone as the child sees it: its first event. */
function cloneInChild(event: Event, machine: Machine): void {
  const { threads } = machine;
  const previous = event.thread;
  let replaces = false;
  if (previous !== undefined && (previous.cloneTimeLow !== 0 || previous.cloneTimeHigh !== 0)) {
    const age = nanosecondsBetween(
      previous.cloneTimeLow,
      previous.cloneTimeHigh,
      event.timeLow,
      event.timeHigh,
    );
    // The caller's event has told of it.
    if (age >= 0 && age < STALE) return;
    threads.remove(event.tid);
    replaces = true;
    event.thread = undefined;
  }

  const child = new Thread();
  child.tid = event.tid;
  child.pid = event.int64(P.PID) ?? 0;
  child.ptid = event.int64(P.PTID) ?? 0;
  setVirtualIds(child, event);
  child.flags = (event.uint32(P.FLAGS) ?? 0) | CL.CLONE_INVERTED;
  const isProcess = (child.flags & CL.CLONE_THREAD) === 0;
  if (!isProcess) child.flags |= CL.CLONE_FILES;

  // A process is like its parent, a thread like the main thread of its process.
  const model = threads.get(isProcess ? child.ptid : child.pid);
  if (model === undefined) {
    event.thread = undefined;
    return;
  }
  const known = !model.isInvalid;
  if (!known && !isProcess) {
    model.pid = child.pid;
    model.ptid = child.ptid;
    model.vpid = child.vpid;
    model.vtid = model.vpid;
    threads.link(model);
  }
  describe(child, event, machine);
  if (known) {
    inherit(child, model);
    if (isProcess) copyProcess(child, model);
  } else if (!isProcess) copyProgram(model, child);
  if ((child.flags & (CL.CHILD_IN_PIDNS | CL.CLONE_NEWPID)) !== 0 || child.tid !== child.vtid) {
    const start = event.exactUint64(P.PIDNS_START);
    if (start !== undefined) child.pidnsInitStart = add64(start, machine.info.bootTime);
  } else child.pidnsInitStart = machine.info.bootTime;

  event.thread = threads.add(child, true);
  if (event.thread !== undefined && replaces) machine.reset(event);
}

function setVirtualIds(thread: Thread, event: Event): void {
  if (event.isEmpty(P.VPID)) {
    thread.vtid = thread.tid;
    thread.vpid = -1;
  } else {
    thread.vtid = event.int64(P.VTID) ?? 0;
    thread.vpid = event.int64(P.VPID) ?? 0;
  }
}

/** What the event itself says of the child. */
function describe(child: Thread, event: Event, machine: Machine): void {
  child.exe = event.string(P.EXE);
  child.comm = event.isEmpty(P.COMM) ? child.exe : event.string(P.COMM);
  child.setArgs(event.buffer(P.ARGS));
  child.fdLimit = event.exactInt64(P.FD_LIMIT) ?? 0;
  if (!event.isEmpty(P.VM_SWAP)) {
    child.pageFaultsMajor = event.exactUint64(P.PAGE_FAULTS_MAJOR) ?? 0;
    child.pageFaultsMinor = event.exactUint64(P.PAGE_FAULTS_MINOR) ?? 0;
    child.vmSizeKb = event.uint32(P.VM_SIZE) ?? 0;
    child.vmRssKb = event.uint32(P.VM_RSS) ?? 0;
    child.vmSwapKb = event.uint32(P.VM_SWAP) ?? 0;
  }
  child.uid = event.uint32(P.UID) ?? 0;
  child.gid = event.uint32(P.GID) ?? 0;
  machine.users.sawUser('', child.uid, child.gid);
  machine.users.sawGroup('', child.gid);
  if (!event.isEmpty(P.CGROUPS)) child.setCgroups(event.buffer(P.CGROUPS));
  child.cloneTimeLow = event.timeLow;
  child.cloneTimeHigh = event.timeHigh;
}

/** What a thread takes over from the one that it is like. */
function inherit(child: Thread, from: Thread): void {
  child.setExepath(from.exepath);
  child.exeWritable = from.exeWritable;
  child.exeUpperLayer = from.exeUpperLayer;
  child.exeLowerLayer = from.exeLowerLayer;
  child.exeFromMemfd = from.exeFromMemfd;
  child.root = from.root;
  child.sid = from.sid;
  child.vpgid = from.vpgid;
  child.pgid = from.pgid;
  child.tty = from.tty;
  child.loginuid = from.loginuid;
  child.capPermitted = from.capPermitted;
  child.capInheritable = from.capInheritable;
  child.capEffective = from.capEffective;
  child.exeIno = from.exeIno;
  child.exeInoCtime = from.exeInoCtime;
  child.exeInoMtime = from.exeInoMtime;
  child.exeInoCtimeDurationCloneTs = from.exeInoCtimeDurationCloneTs;
}

/** What a process has for all its threads. */
function copyProcess(child: Thread, from: Thread): void {
  const table = from.fdTable;
  if (table !== undefined)
    for (const fd of table.values()) {
      const copy = fd.clone();
      copy.flags |= FD_FLAG.IS_CLONED;
      child.fds.add(fd.num, copy);
    }
  child.cwd = from.currentDirectory;
  child.copyEnv(from);
}

/** Nothing was known of this thread: it runs what the other one runs. */
function copyProgram(thread: Thread, from: Thread): void {
  thread.exe = from.exe;
  thread.comm = from.comm;
  thread.copyArgs(from);
}
