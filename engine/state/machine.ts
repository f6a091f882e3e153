import type { Event } from '../event.ts';
import { ContainerTable } from './containers.ts';
import { fdEvents } from './fd-events.ts';
import { processEvents } from './process-events.ts';
import type {
  FdSnapshot,
  GroupSnapshot,
  InterfaceSnapshot,
  MachineInfo,
  StateSink,
  ThreadSnapshot,
  UserSnapshot,
} from './snapshot.ts';
import { ThreadTable } from './thread-table.ts';
import { UserTable, userEvents } from './users.ts';

/** Applies one event type to the state. */
export type Apply = (event: Event, machine: Machine) => void;

/**
 * The machine as the events describe it: threads, fds, users, groups, containers. A reader hands it what a capture says at its start
 * (`StateSink`), then every event in order (`apply`).
 */
export class Machine implements StateSink {
  readonly threads = new ThreadTable();
  readonly users = new UserTable();
  readonly containers = new ContainerTable();
  /** Network interfaces of the snapshot. */
  interfaces: InterfaceSnapshot[] = [];
  info: MachineInfo = { cpus: 0, memory: 0, maxPid: 0, hostname: '', bootTime: 0, flags: 0 };
  /** The time of the first event: nanoseconds since the epoch. */
  firstEventTimeLow = 0;
  firstEventTimeHigh = 0;

  restart(): void {}
  machineInfo(info: MachineInfo): void {
    this.info = info;
  }
  addThread(_thread: ThreadSnapshot): void {}
  addFds(_tid: number, _fds: readonly FdSnapshot[]): void {}
  addInterface(entry: InterfaceSnapshot): void {
    this.interfaces.push(entry);
  }
  addUser(_user: UserSnapshot): void {}
  addGroup(_group: GroupSnapshot): void {}
  ready(): void {}

  /**
   * Brings the state up to date with an event, and tells the event its number, thread and fd. Returns false for
   * events that libsinsp keeps from rules.
   */
  apply(event: Event): boolean {
    event.machine = this;
    dispatch[event.code]?.(event, this);
    return true;
  }

  /** Takes a thread out of the table before the next event is applied. */
  removeThreadLater(_tid: number): void {}

  /** Takes an fd out of a thread's table before the next event is applied. */
  removeFdLater(_tid: number, _fd: number): void {}
}

const dispatch: (Apply | undefined)[] = [];
for (const [code, apply] of [...processEvents, ...fdEvents, ...userEvents]) dispatch[code] = apply;
