import type {
  FdSnapshot,
  GroupSnapshot,
  InterfaceSnapshot,
  MachineInfo,
  StateSink,
  ThreadSnapshot,
  UserSnapshot,
} from '../../../engine/index.ts';

/** Writes down what a capture tells of the machine. */
export class StateLog implements StateSink {
  /** The calls in their order, without their arguments. */
  calls: string[] = [];
  machine: MachineInfo | undefined = undefined;
  threads: ThreadSnapshot[] = [];
  fds = new Map<number, readonly FdSnapshot[]>();
  interfaces: InterfaceSnapshot[] = [];
  users: UserSnapshot[] = [];
  groups: GroupSnapshot[] = [];

  #note(call: string): void {
    if (this.calls.at(-1) !== call) this.calls.push(call);
  }

  restart(): void {
    this.#note('restart');
    this.machine = undefined;
    this.threads = [];
    this.fds = new Map();
    this.interfaces = [];
    this.users = [];
    this.groups = [];
  }

  machineInfo(info: MachineInfo): void {
    this.#note('machineInfo');
    this.machine = info;
  }

  addThread(thread: ThreadSnapshot): void {
    this.#note('addThread');
    this.threads.push(thread);
  }

  addFds(tid: number, fds: readonly FdSnapshot[]): void {
    this.#note('addFds');
    this.fds.set(tid, fds);
  }

  addInterface(entry: InterfaceSnapshot): void {
    this.#note('addInterface');
    this.interfaces.push(entry);
  }

  addUser(user: UserSnapshot): void {
    this.#note('addUser');
    this.users.push(user);
  }

  addGroup(group: GroupSnapshot): void {
    this.#note('addGroup');
    this.groups.push(group);
  }

  ready(): void {
    this.#note('ready');
  }

  started(): void {
    this.#note('started');
  }
}
