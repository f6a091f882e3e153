import type {
  FdSnapshot,
  GroupSnapshot,
  InterfaceSnapshot,
  MachineInfo,
  StateSink,
  ThreadSnapshot,
  UserSnapshot,
} from './snapshot.ts';

/** Hands what a capture tells of the machine to several sinks, in their order. */
export class StateTee implements StateSink {
  readonly #sinks: readonly StateSink[];

  constructor(...sinks: readonly StateSink[]) {
    this.#sinks = sinks;
  }

  restart(): void {
    for (const sink of this.#sinks) sink.restart();
  }

  machineInfo(info: MachineInfo): void {
    for (const sink of this.#sinks) sink.machineInfo(info);
  }

  addThread(thread: ThreadSnapshot): void {
    for (const sink of this.#sinks) sink.addThread(thread);
  }

  addFds(tid: number, fds: readonly FdSnapshot[]): void {
    for (const sink of this.#sinks) sink.addFds(tid, fds);
  }

  addInterface(entry: InterfaceSnapshot): void {
    for (const sink of this.#sinks) sink.addInterface(entry);
  }

  addUser(user: UserSnapshot): void {
    for (const sink of this.#sinks) sink.addUser(user);
  }

  addGroup(group: GroupSnapshot): void {
    for (const sink of this.#sinks) sink.addGroup(group);
  }

  ready(): void {
    for (const sink of this.#sinks) sink.ready();
  }

  started(): void {
    for (const sink of this.#sinks) sink.started();
  }
}
