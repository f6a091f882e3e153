import type {
  FdSnapshot,
  GroupSnapshot,
  InterfaceSnapshot,
  MachineInfo,
  StateSink,
  ThreadSnapshot,
  UserSnapshot,
} from '../../engine/index.ts';

/** A machine of which nothing is known. */
const UNKNOWN_MACHINE: MachineInfo = {
  cpus: 1,
  memory: 0,
  maxPid: 0,
  hostname: '',
  bootTime: 0,
  flags: 0,
};

/** Keeps what a log tells of the machine until all of the log is read, and then hands it on. */
export class MachineState implements StateSink {
  readonly threads = new Map<number, ThreadSnapshot>();
  readonly fds = new Map<number, readonly FdSnapshot[]>();
  #machine: MachineInfo = UNKNOWN_MACHINE;
  readonly #interfaces: InterfaceSnapshot[] = [];
  readonly #users: UserSnapshot[] = [];
  readonly #groups: GroupSnapshot[] = [];

  restart(): void {}

  machineInfo(info: MachineInfo): void {
    this.#machine = info;
  }

  addThread(thread: ThreadSnapshot): void {
    this.threads.set(thread.tid, thread);
  }

  addFds(tid: number, fds: readonly FdSnapshot[]): void {
    this.fds.set(tid, fds);
  }

  addInterface(entry: InterfaceSnapshot): void {
    this.#interfaces.push(entry);
  }

  addUser(user: UserSnapshot): void {
    this.#users.push(user);
  }

  addGroup(group: GroupSnapshot): void {
    this.#groups.push(group);
  }

  ready(): void {}

  started(): void {}

  /** Tells another one everything, up to the first event that may complete the state. */
  tell(sink: StateSink): void {
    sink.restart();
    sink.machineInfo(this.#machine);
    for (const entry of this.#interfaces) sink.addInterface(entry);
    for (const user of this.#users) sink.addUser(user);
    for (const group of this.#groups) sink.addGroup(group);
    for (const thread of this.threads.values()) sink.addThread(thread);
    for (const [tid, fds] of this.fds) sink.addFds(tid, fds);
    sink.ready();
  }
}
