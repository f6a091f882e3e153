import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import { Rendering } from '../rendering.ts';
import {
  PROCINFO_E,
  SCHEDSWITCH_6_E,
  SYSCALL_EXECVEAT_E,
  SYSCALL_EXECVE_19_X,
} from '../tables/codes.generated.ts';
import { ContainerTable } from './containers.ts';
import { dropEnterEvent } from './enter-events.ts';
import { FD_PARAMETER, TRAIT, TRAITS } from './event-traits.ts';
import { fdEvents } from './fd-events.ts';
import { addFds, fixSocketDirections } from './fd-snapshot.ts';
import { NetworkInterfaces } from './interfaces.ts';
import { processEvents } from './process-events.ts';
import type {
  FdSnapshot,
  GroupSnapshot,
  InterfaceSnapshot,
  IpAddress,
  MachineInfo,
  StateSink,
  ThreadSnapshot,
  UserSnapshot,
} from './snapshot.ts';
import { threadOf } from './thread-snapshot.ts';
import { ThreadTable } from './thread-table.ts';
import { Passing } from './passing.ts';
import { PathNames } from './path-names.ts';
import type { Thread } from './thread.ts';
import { UserTable, userEvents } from './users.ts';

/** Applies one event type to the state. */
export type Apply = (event: Event, machine: Machine) => void;

/** Flag of a capture block: the event is there for the state only (SCAP_DF_STATE_ONLY). */
export const STATE_ONLY = 1;

const NOTHING_KNOWN: MachineInfo = { cpus: 0, memory: 0, maxPid: 0, hostname: '', bootTime: 0, flags: 0 };

/**
 * The machine as the events describe it: threads, fds, users, groups, containers. A reader hands it what a capture says at its start
 * (`StateSink`), then every event in order (`apply`). It does what libsinsp does while it reads a capture.
 */
export class Machine implements StateSink {
  readonly threads: ThreadTable = new ThreadTable((tid) => this.passing.forget(tid));
  readonly users = new UserTable();
  readonly containers = new ContainerTable();
  /** Settings for the text of events. */
  readonly rendering = new Rendering();
  #paths: PathNames | undefined = undefined;
  /** Which events a reader need not give. */
  readonly passing = new Passing((code) => dispatch[code] !== undefined);
  /** Network interfaces of the snapshot; empty until `started`. */
  readonly interfaces = new NetworkInterfaces();
  /** Names of hosts by their addresses, for `fd.sip.name` and its like; a replay knows none. */
  readonly hostNames = new Map<IpAddress, ByteString>();
  /**
   * The machine as libsinsp knows it. It forgets what the capture says at its beginning (scap_platform_init runs after the file was
   * opened), and knows it only after a `restart`.
   */
  info: MachineInfo = NOTHING_KNOWN;
  /** The name of the host that rules run on, which events of plug-ins have as theirs. */
  host: ByteString = '';
  /** The time of the first event that is no meta event: nanoseconds since the epoch. */
  firstEventTimeLow = 0;
  firstEventTimeHigh = 0;

  /** Ports that sockets of the snapshot are bound to. */
  readonly #serverPorts = new Set<number>();
  // What only comes into force with `started`.
  #newInterfaces: InterfaceSnapshot[] = [];
  #newUsers: UserSnapshot[] = [];
  #newGroups: GroupSnapshot[] = [];
  /** Whether the state at the beginning of a section is still being told. */
  #starting = false;
  #startedBefore = false;

  /** Number of the latest event. */
  #count = 0;
  #countBeforeRestart = 0;

  // What the latest event removes before the next is applied.
  #leavingTid = -1;
  #leavingFdTid = -1;
  readonly #leavingFds: number[] = [];

  /** The paths that system calls name. Their memory is large, and made when the first one does. */
  get paths(): PathNames {
    return (this.#paths ??= new PathNames());
  }

  restart(): void {
    this.threads.clear();
    this.passing.clear();
    this.passing.held = true;
    this.interfaces.clear();
    this.#newInterfaces = [];
    this.#newUsers = [];
    this.#newGroups = [];
    this.#leavingTid = -1;
    this.#leavingFds.length = 0;
    this.firstEventTimeLow = this.firstEventTimeHigh = 0;
    this.#count += this.passing.take();
    if (!this.#starting) this.#countBeforeRestart = this.#count;
    this.#count = 0;
    this.#starting = true;
  }

  machineInfo(info: MachineInfo): void {
    this.info = info;
  }

  addThread(snapshot: ThreadSnapshot): void {
    const thread = threadOf(snapshot);
    this.users.sawUser('', thread.uid, thread.gid);
    this.users.sawGroup('', thread.gid);
    this.threads.add(thread, false);
  }

  addFds(tid: number, fds: readonly FdSnapshot[]): void {
    const thread = this.threads.find(tid);
    if (thread !== undefined) addFds(thread, fds, this.#serverPorts);
  }

  addInterface(entry: InterfaceSnapshot): void {
    this.#newInterfaces.push(entry);
  }

  addUser(user: UserSnapshot): void {
    this.#newUsers.push(user);
  }

  addGroup(group: GroupSnapshot): void {
    this.#newGroups.push(group);
  }

  ready(): void {
    if (!this.#startedBefore) this.info = NOTHING_KNOWN;
    for (const thread of this.threads.values()) this.threads.link(thread);
  }

  /** Hands on the interfaces and users that the capture told of at the start of its section. */
  tellGiven(sink: StateSink): void {
    for (const entry of this.#newInterfaces) sink.addInterface(entry);
    for (const user of this.#newUsers) sink.addUser(user);
    for (const group of this.#newGroups) sink.addGroup(group);
  }

  /** What the snapshot has beside threads counts after the events with which a section begins. */
  started(): void {
    this.#starting = false;
    for (const entry of this.#newInterfaces) this.interfaces.add(entry);
    for (const user of this.#newUsers) this.users.addUser(user);
    for (const group of this.#newGroups) this.users.addGroup(group);
    for (const thread of this.threads.values()) fixSocketDirections(thread, this.#serverPorts);
    if (this.#startedBefore) this.#count = this.#countBeforeRestart;
    else this.containers.start(this.threads.values());
    this.#startedBefore = true;
  }

  /**
   * Brings the state up to date with an event, and tells the event its number, thread and fd. Returns false for
   * events that libsinsp keeps from rules.
   */
  apply(event: Event): boolean {
    const { code } = event;
    const traits = TRAITS[code]!;
    if (this.firstEventTimeLow === 0 && this.firstEventTimeHigh === 0 && (traits & TRAIT.META) === 0) {
      this.firstEventTimeLow = event.timeLow;
      this.firstEventTimeHigh = event.timeHigh;
    }
    const { passing } = this;
    event.machine = this;
    this.#count += passing.take() + 1;
    passing.held = this.#starting || (this.firstEventTimeLow === 0 && this.firstEventTimeHigh === 0);
    event.num = this.#count;
    this.removeLeaving(event);
    this.reset(event);
    const apply = dispatch[code];
    if ((traits & TRAIT.MOVES) !== 0) this.#applyMove(event, apply);
    else {
      if (apply !== undefined) apply(event, this);
      this.#compareName(event);
      this.containers.apply(event, this);
    }

    const { thread } = event;
    if (thread === undefined) event.thread = this.threads.find(event.tid);
    else {
      if (thread.enterEvent !== undefined && (traits & TRAIT.ENTER) === 0) dropEnterEvent(thread);
      if (!thread.expired) passing.saw(thread);
    }
    return !this.#starting && (traits & TRAIT.HIDDEN) === 0 && (event.blockFlags & STATE_ONLY) === 0;
  }

  /** Applies an event after which its thread may be in another container: its ids are then of that container. */
  #applyMove(event: Event, apply: Apply | undefined): void {
    const before = event.thread?.containerId ?? '';
    if (apply !== undefined) apply(event, this);
    this.#compareName(event);
    this.containers.apply(event, this);
    const { thread } = event;
    if (thread === undefined || thread.containerId === before) return;
    this.users.sawGroup(thread.containerId, thread.gid);
    this.users.sawUser(thread.containerId, thread.uid, thread.gid);
  }

  #compareName(event: Event): void {
    const { fd } = event;
    if (fd !== undefined) event.fdNameChanged = fd.name !== fd.oldName;
  }

  /**
   * Finds the thread, the error and the fd of an event before it is applied; again where applying it has replaced its thread
   * (sinsp_parser::reset of libsinsp).
   */
  reset(event: Event): void {
    const { code, tid } = event;
    const traits = TRAITS[code]!;
    event.fd = undefined;
    event.errorCode = 0;
    if ((traits & TRAIT.DETACHED) !== 0) {
      event.thread = code === PROCINFO_E ? this.threads.find(tid) : undefined;
      return;
    }
    const thread = (traits & TRAIT.LOOKS_UP_ONLY) !== 0 ? this.threads.find(tid) : this.threads.get(tid);
    event.thread = thread;
    if (thread === undefined || code === SCHEDSWITCH_6_E) return;
    if ((traits & TRAIT.ENTER) !== 0) {
      thread.lastEventFd = -1;
      thread.lastEventCode = code;
      if ((traits & TRAIT.USES_FD) === 0) return;
      thread.lastEventFd = event.int64(FD_PARAMETER[code]!) ?? -1;
      event.fd = thread.fd(thread.lastEventFd);
      return;
    }
    const { lastEventCode } = thread;
    thread.lastEventValid =
      code === lastEventCode + 1 || (code === SYSCALL_EXECVE_19_X && lastEventCode === SYSCALL_EXECVEAT_E);
    if (!thread.lastEventValid) thread.lastEventFd = -1;
    if ((traits & TRAIT.RETURNS) !== 0 && event.paramCount > 0) {
      const { returnValue } = event;
      if (returnValue < 0) event.errorCode = (0 - (returnValue | 0)) | 0;
    }
    if ((traits & TRAIT.USES_FD) !== 0) this.#findFd(event, thread);
  }

  #findFd(event: Event, thread: Thread): void {
    if (thread.lastEventFd === -1) {
      const place = FD_PARAMETER[event.code]!;
      const num = place >= 0 ? event.int64(place) : undefined;
      if (num !== undefined) thread.lastEventFd = num;
    }
    event.fd = thread.fd(thread.lastEventFd);
  }

  /** Takes out of the tables what the event before this one removed, which rules could still see. */
  removeLeaving(event: Event): void {
    if (this.#leavingTid !== -1) this.#removeThread(event);
    if (this.#leavingFds.length > 0) this.#removeFds();
  }

  /** Takes a thread out of the table before the next event is applied. */
  removeThreadLater(tid: number): void {
    this.#leavingTid = tid;
    this.passing.held = true;
  }

  /** Takes an fd out of a thread's table before the next event is applied. All fds of one event belong to one thread. */
  removeFdLater(tid: number, fd: number): void {
    this.#leavingFdTid = tid;
    this.#leavingFds.push(fd);
    this.passing.held = true;
  }

  #removeThread(event: Event): void {
    const tid = this.#leavingTid;
    this.#leavingTid = -1;
    this.threads.recentExits.add(tid, this.threads.find(tid)?.ptid ?? -1, event);
    this.threads.remove(tid);
  }

  #removeFds(): void {
    const thread = this.threads.find(this.#leavingFdTid);
    if (thread !== undefined) for (const fd of this.#leavingFds) thread.removeFd(fd);
    this.#leavingFds.length = 0;
  }
}

const dispatch: (Apply | undefined)[] = new Array<Apply | undefined>(TRAITS.length).fill(undefined);
for (const [code, apply] of [...processEvents, ...fdEvents, ...userEvents]) dispatch[code] = apply;
