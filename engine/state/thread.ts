import type { ByteString, Int } from '../bytes.ts';
import type { Event } from '../event.ts';
import type { EventCode } from '../tables/types.ts';
import type { FdTable } from './fd-table.ts';
import type { ThreadGroup } from './thread-group.ts';

/** Bits of `Thread.flags`: PPM_CL_* of Falco's driver. */
export const CL = {
  CLONE_FILES: 1 << 0,
  CLONE_FS: 1 << 1,
  CLONE_NEWPID: 1 << 6,
  CLONE_PARENT: 1 << 8,
  CLONE_THREAD: 1 << 13,
  CLONE_VM: 1 << 15,
  /** Set when the name changed, for the analyser of old. */
  NAME_CHANGED: 1 << 17,
  CLOSED: 1 << 18,
  ACTIVE: 1 << 19,
  CLONE_NEWUSER: 1 << 20,
  CLONE_VFORK: 1 << 27,
  CHILD_IN_PIDNS: 1 << 29,
  IS_MAIN_THREAD: 1 << 30,
} as const;

/** One thread (a process is the thread whose tid is its pid): sinsp_threadinfo of libsinsp. */
export class Thread {
  tid = -1;
  pid = -1;
  /** The thread that started this one. */
  ptid = -1;
  reaperTid = -1;
  sid = -1;
  vtid = -1;
  vpid = -1;
  vpgid = -1;
  pgid = -1;
  comm: ByteString = '';
  /** argv[0] */
  exe: ByteString = '';
  exepath: ByteString = '';
  /** Arguments without argv[0]. */
  args: readonly ByteString[] = [];
  /** `NAME=value` */
  env: readonly ByteString[] = [];
  /** Subsystem and path. */
  cgroups: readonly (readonly [subsystem: ByteString, path: ByteString])[] = [];
  cwd: ByteString = '';
  root: ByteString = '';
  cmdline: ByteString = '';
  exeWritable = false;
  exeUpperLayer = false;
  exeLowerLayer = false;
  exeFromMemfd = false;
  exeIno: Int = 0;
  /** Nanoseconds since the epoch, as are all times here. */
  exeInoCtime: Int = 0;
  exeInoMtime: Int = 0;
  exeInoCtimeDurationCloneTs: Int = 0;
  exeInoCtimeDurationPidnsStart: Int = 0;
  flags = 0;
  fdLimit: Int = -1;
  uid = 0xffffffff;
  gid = 0xffffffff;
  loginuid = 0xffffffff;
  capPermitted: Int = 0;
  capEffective: Int = 0;
  capInheritable: Int = 0;
  vmSizeKb = 0;
  vmRssKb = 0;
  vmSwapKb = 0;
  pageFaultsMajor: Int = 0;
  pageFaultsMinor: Int = 0;
  pidnsInitStart: Int = 0;
  tty = 0;
  cloneTime: Int = 0;
  lastExecTime: Int = 0;

  /** Which container's user table this thread's ids belong to, and what `container.id` shows; '' is the host. */
  containerId: ByteString = '';

  group: ThreadGroup | undefined = undefined;
  readonly children: Thread[] = [];
  notExpiredChildren = 0;

  /** This thread's own table; `fdTable` gives the one in force. */
  fds: FdTable;

  // What the event before this one of the same thread left behind:
  lastEventFd = -1;
  lastEventCode: EventCode = -1 as EventCode;
  lastEventValid = false;
  /** A copy of the enter event that waits for its exit. */
  enterEvent: Event | undefined = undefined;
  lastEventTimeLow = 0;
  lastEventTimeHigh = 0;
  previousEventTimeLow = 0;
  previousEventTimeHigh = 0;

  constructor(fds: FdTable) {
    this.fds = fds;
  }
}
