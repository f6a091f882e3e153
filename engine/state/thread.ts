import { uint64, type ByteString, type Int } from '../bytes.ts';
import type { Event } from '../event.ts';
import { settleLayout } from '../layout.ts';
import type { EventCode } from '../tables/types.ts';
import { FdTable } from './fd-table.ts';
import type { Fd } from './fd.ts';
import { concatenatePaths } from './path.ts';
import type { ThreadGroup } from './thread-group.ts';
import type { ThreadTable } from './thread-table.ts';

/** Bits of `Thread.flags`: PPM_CL_* of Falco's driver. */
export const CL = {
  CLONE_FILES: 1 << 0,
  CLONE_FS: 1 << 1,
  CLONE_NEWPID: 1 << 6,
  CLONE_PARENT: 1 << 8,
  CLONE_THREAD: 1 << 13,
  CLONE_VM: 1 << 15,
  /** The clone seen from the parent and from the child had the flags the other way round. */
  CLONE_INVERTED: 1 << 16,
  /** Set when the name changed, for the analyser of old. */
  NAME_CHANGED: 1 << 17,
  CLOSED: 1 << 18,
  ACTIVE: 1 << 19,
  CLONE_NEWUSER: 1 << 20,
  PIPE_SOURCE: 1 << 21,
  PIPE_DESTINATION: 1 << 22,
  CLONE_VFORK: 1 << 27,
  CHILD_IN_PIDNS: 1 << 29,
  IS_MAIN_THREAD: 1 << 30,
} as const;

/** So many children that left the table make their parent forget them (threadinfo.h of libsinsp). */
const EXPIRED_CHILDREN_THRESHOLD = 10;

const NO_STRINGS: readonly ByteString[] = [];

/** Control groups, by subsystem. */
export type Cgroups = readonly (readonly [subsystem: ByteString, path: ByteString])[];

const NO_CGROUPS: Cgroups = [];

/** One thread (a process is the thread whose tid is its pid): sinsp_threadinfo of libsinsp. */
export class Thread {
  // What most events look at comes first, so that it lies together in memory.
  tid = -1;
  flags: number = CL.NAME_CHANGED;
  #fds: FdTable | undefined = undefined;

  // What the event before this one of the same thread left behind:
  lastEventFd = 0;
  lastEventCode: EventCode = 0xffff as EventCode;
  /** Whether `enterEvent` belongs to the exit event that comes next. */
  lastEventValid = false;
  /** A copy of the enter event that waits for its exit. */
  enterEvent: Event | undefined = undefined;

  group: ThreadGroup | undefined = undefined;
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
  cgroups: Cgroups = NO_CGROUPS;
  /** Ends with a slash. That of a process is with its main thread: `currentDirectory`. */
  cwd: ByteString = '';
  root: ByteString = '';
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
  cloneTimeLow = 0;
  cloneTimeHigh = 0;

  /** Which container's user table this thread's ids belong to, and what `container.id` shows; '' is the host. */
  containerId: ByteString = '';

  /** In no order that matters; those that left the table stay until the list is cleaned. */
  children: Thread[] = [];
  notExpiredChildren = 0;
  /** Whether this object has left the thread table. */
  expired = false;

  // NUL-separated, until somebody asks for the list.
  #argsText: ByteString = '';
  #args: readonly ByteString[] | undefined = undefined;
  /** The name when the arguments were set. */
  #namedInCommandLine: ByteString = '';
  #commandLine: ByteString | undefined = undefined;
  #envText: ByteString = '';
  #env: readonly ByteString[] | undefined = undefined;

  /** The time of the clone that started this process; nanoseconds since the epoch. */
  get cloneTime(): Int {
    return uint64(this.cloneTimeLow, this.cloneTimeHigh);
  }

  get isMainThread(): boolean {
    return this.tid === this.pid || (this.flags & CL.IS_MAIN_THREAD) !== 0;
  }

  /** Whether the capture told nothing of this thread but its id. */
  get isInvalid(): boolean {
    return this.tid < 0 || this.pid < 0 || this.ptid < 0;
  }

  get isDead(): boolean {
    return (this.flags & CL.CLOSED) !== 0;
  }

  get isInPidNamespace(): boolean {
    return (this.flags & CL.CHILD_IN_PIDNS) !== 0 || (this.tid !== this.vtid && this.vtid >= 0);
  }

  get mainThread(): Thread | undefined {
    if (this.isMainThread) return this;
    const first = this.group?.first;
    return first !== undefined && first.isMainThread ? first : undefined;
  }

  /** This thread's own fd table; `fdTable` gives the one in force. */
  get fds(): FdTable {
    return (this.#fds ??= new FdTable());
  }

  /** The fd table in force: the main thread's where files are shared, else its own. */
  get fdTable(): FdTable | undefined {
    return (this.flags & CL.CLONE_FILES) === 0 ? this.fds : this.mainThread?.fds;
  }

  /** An fd of this thread. Its name now is remembered as the one before the event (`oldName`). */
  fd(num: number): Fd | undefined {
    if (num < 0) return undefined;
    const fd = this.fdTable?.find(num);
    if (fd !== undefined) fd.oldName = fd.name;
    return fd;
  }

  /** Puts an fd in the table in force; undefined when there is none, or it is full. */
  addFd(num: number, fd: Fd): Fd | undefined {
    const table = this.fdTable;
    if (table === undefined) return undefined;
    this.lastEventFd = num;
    return table.add(num, fd);
  }

  removeFd(num: number): void {
    this.fdTable?.remove(num);
  }

  /** Number of open fds of the process. */
  get fdCount(): number {
    return this.mainThread?.fds.size ?? 0;
  }

  /** Number of fds that the process may open; -1 if unknown. */
  get processFdLimit(): Int {
    return this.mainThread?.fdLimit ?? 0;
  }

  /** Number of living threads of the process. */
  get threadCount(): number {
    return this.group?.aliveThreads ?? 0;
  }

  /** Number of living threads of the process without the main thread. */
  get childThreadCount(): number {
    if (this.group === undefined) return 0;
    const main = this.mainThread;
    return main !== undefined && !main.isDead ? this.group.aliveThreads - 1 : this.group.aliveThreads;
  }

  /** `NAME=value`, as this very thread has it; `environment` gives that of its process. */
  get env(): readonly ByteString[] {
    return (this.#env ??= splitStrings(this.#envText));
  }

  /** Sets the environment: NUL-separated strings. */
  setEnv(text: ByteString): void {
    this.#envText = text;
    this.#env = undefined;
  }

  /** Takes over the environment of another thread. */
  copyEnv(from: Thread): void {
    this.#envText = from.#envText;
    this.#env = from.#env;
  }

  /** The environment of the process. */
  get environment(): readonly ByteString[] {
    return (this.mainThread ?? this).env;
  }

  /** The value of an environment variable without the blanks around it; '' when it is not set. */
  environmentValue(name: ByteString): ByteString {
    const prefix = name + '=';
    for (const entry of this.environment)
      if (entry.length > prefix.length && entry.startsWith(prefix))
        return entry.slice(prefix.length).replace(/^ +| +$/g, '');
    return '';
  }

  /** The path of a cgroup; undefined when the subsystem is not there (fields then show `/`). */
  cgroup(subsystem: ByteString): ByteString | undefined {
    for (const [name, path] of this.cgroups) if (name === subsystem) return path;
    return undefined;
  }

  /** Arguments without argv[0]. */
  get args(): readonly ByteString[] {
    return (this.#args ??= splitStrings(this.#argsText));
  }

  /** Name and arguments, as they were when the arguments were set: `proc.cmdline`. */
  get commandLine(): ByteString {
    if (this.#namedInCommandLine === '') return joined(this.comm, this.args);
    return (this.#commandLine ??= joined(this.#namedInCommandLine, this.args));
  }

  /** The working directory of the process; `./` when its main thread is not known. */
  get currentDirectory(): ByteString {
    return this.mainThread?.cwd ?? './';
  }

  /** Changes the working directory of the process; `path` may be relative to that of this thread. */
  changeDirectory(path: ByteString): void {
    const main = this.mainThread;
    if (main === undefined) return;
    const cwd = concatenatePaths(this.cwd, path);
    main.cwd = cwd.endsWith('/') ? cwd : cwd + '/';
  }

  /** Sets the arguments (NUL-separated), and the command line from them and the name of this moment. */
  setArgs(text: ByteString): void {
    this.#argsText = text;
    this.#args = undefined;
    this.#namedInCommandLine = this.comm;
    this.#commandLine = undefined;
  }

  /** Sets the arguments to those of another thread. */
  copyArgs(from: Thread): void {
    this.setArgs(from.#argsText);
  }

  setExepath(path: ByteString): void {
    this.exepath = path.length > 10 && path.endsWith(' (deleted)') ? path.slice(0, -10) : path;
  }

  /** Sets the control groups: NUL-separated `subsystem=path`. */
  setCgroups(text: ByteString): void {
    let cgroups = knownCgroups.get(text);
    if (cgroups === undefined) {
      if (knownCgroups.size >= KNOWN_CGROUPS) knownCgroups.clear();
      cgroups = readCgroups(text);
      // As in libsinsp, what is no control group leaves all as they were.
      if (cgroups === undefined) return;
      knownCgroups.set(text, cgroups);
    }
    this.cgroups = cgroups;
  }

  /** The thread that started this one's process, or the process that took it over. */
  parent(threads: ThreadTable): Thread | undefined {
    return threads.find(this.ptid);
  }

  /** The process `n` generations above: 0 is this process itself. */
  ancestorProcess(threads: ThreadTable, n: number): Thread | undefined {
    let main = this.mainThread;
    for (let i = 0; i < n && main !== undefined; i++) main = threads.find(main.ptid)?.mainThread;
    return main;
  }

  /**
   * The threads above this one, nearest first, until a parent is unknown, has no id, or the chain bites its tail: the walk ends
   * where libsinsp's does (`traverse_parent_state`: a second pointer goes twice as fast).
   */
  *ancestors(threads: ThreadTable): Generator<Thread, void> {
    let slow = threads.find(this.ptid);
    let fast = slow && threads.find(slow.ptid);
    while (slow !== undefined && slow.tid !== -1) {
      yield slow;
      slow = threads.find(slow.ptid);
      for (let i = 0; i < 2; i++) {
        fast = fast && threads.find(fast.ptid);
        if (slow !== undefined && (slow === fast || slow.tid === slow.ptid)) return;
      }
    }
  }

  addChild(child: Thread): void {
    this.children.push(child);
    child.ptid = this.tid;
    this.notExpiredChildren++;
  }

  /** A child has left the table. */
  childExpired(): void {
    this.notExpiredChildren--;
    const gone = this.children.length - this.notExpiredChildren;
    if (gone < 0 || gone >= EXPIRED_CHILDREN_THRESHOLD)
      this.children = this.children.filter((child) => !child.expired);
  }

  /** Gives all children to another process; without one they have the parent 0. */
  giveChildrenTo(reaper: Thread | undefined): void {
    for (const child of this.children) {
      if (child.expired) continue;
      if (reaper === undefined) child.ptid = 0;
      else reaper.addChild(child);
    }
    this.children = [];
    this.notExpiredChildren = 0;
  }

  /** Marks a living thread as dead. */
  die(): void {
    this.flags |= CL.CLOSED;
    this.group?.threadDied();
  }

  /** Makes a dead thread live again: an exec in another thread takes over the dead main thread. */
  resurrect(): void {
    if (!this.isDead) return;
    this.flags &= ~CL.CLOSED;
    if (this.group !== undefined) this.group.aliveThreads++;
  }
}

settleLayout(new Thread(), {
  exeIno: 0n,
  exeInoCtime: 0n,
  exeInoMtime: 0n,
  exeInoCtimeDurationCloneTs: 0n,
  exeInoCtimeDurationPidnsStart: 0n,
  fdLimit: 0n,
  capPermitted: 0n,
  capEffective: 0n,
  capInheritable: 0n,
  pageFaultsMajor: 0n,
  pageFaultsMinor: 0n,
  pidnsInitStart: 0n,
  cloneTimeLow: 0.5,
});

/** Threads in the same control groups have the same list. */
const knownCgroups = new Map<ByteString, Cgroups>();
const KNOWN_CGROUPS = 1000;

function readCgroups(text: ByteString): Cgroups | undefined {
  const cgroups: [ByteString, ByteString][] = [];
  for (const entry of splitStrings(text)) {
    const equals = entry.indexOf('=');
    if (equals < 0) return undefined;
    const subsystem = entry.slice(0, equals).replace('_cgroup', '');
    cgroups.push([cgroupNames.get(subsystem) ?? subsystem, entry.slice(equals + 1)]);
  }
  return cgroups;
}

/** cgroup v1 names of the driver that differ from those in /proc. */
const cgroupNames: ReadonlyMap<string, string> = new Map([
  ['perf', 'perf_event'],
  ['mem', 'memory'],
  ['io', 'blkio'],
]);

/** NUL-separated strings; the last NUL ends the last one. */
function splitStrings(text: ByteString): readonly ByteString[] {
  const rest = text.endsWith('\0') ? text.slice(0, -1) : text;
  return rest === '' ? NO_STRINGS : rest.split('\0');
}

function joined(first: ByteString, rest: readonly ByteString[]): ByteString {
  return rest.length === 0 ? first : first + ' ' + rest.join(' ');
}
