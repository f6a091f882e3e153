import type { InterfaceSnapshot, MachineInfo, StateSink } from '../../engine/index.ts';
import type { BlockBody } from './block-body.ts';
import * as B from './blocks.ts';
import { readFds } from './fds.ts';
import { readInterfaces } from './interfaces.ts';
import { readMachineInfo } from './machine-info.ts';
import { readProcesses } from './processes.ts';
import { readUsers, type UserList } from './users.ts';

/**
 * Hands the blocks before the first event to a sink. Processes and fds go there as they are read; of several lists of users or interfaces libscap
 * keeps only the last.
 */
export class StateBlocks {
  readonly #sink: StateSink;
  #machine: MachineInfo | undefined = undefined;
  #interfaces: readonly InterfaceSnapshot[] = [];
  #users: UserList = { users: [], groups: [] };

  constructor(sink: StateSink) {
    this.#sink = sink;
  }

  /** A section begins. What is known of the machine outlives the end of the section before, as in libscap. */
  begin(): void {
    this.#interfaces = [];
    this.#users = { users: [], groups: [] };
    this.#sink.restart();
    if (this.#machine !== undefined) this.#sink.machineInfo(this.#machine);
  }

  /** Takes one block; those of unknown types are passed over. Throws a `BlockError`. */
  take(type: number, body: BlockBody): void {
    const processes = B.PROCESS_VERSIONS.get(type);
    if (processes !== undefined) {
      readProcesses(body, processes, this.#sink);
      return;
    }
    switch (type) {
      case B.MACHINE_INFO:
      case B.MACHINE_INFO_INT:
        this.#machine = readMachineInfo(body);
        this.#sink.machineInfo(this.#machine);
        break;
      case B.FDS:
      case B.FDS_INT:
        readFds(body, 1, this.#sink);
        break;
      case B.FDS_V2:
        readFds(body, 2, this.#sink);
        break;
      case B.INTERFACES:
      case B.INTERFACES_INT:
        this.#interfaces = readInterfaces(body, 1);
        break;
      case B.INTERFACES_V2:
        this.#interfaces = readInterfaces(body, 2);
        break;
      case B.USERS:
      case B.USERS_INT:
        this.#users = readUsers(body, 1);
        break;
      case B.USERS_V2:
        this.#users = readUsers(body, 2);
        break;
    }
  }

  /** The first event has come. */
  end(): void {
    for (const entry of this.#interfaces) this.#sink.addInterface(entry);
    for (const user of this.#users.users) this.#sink.addUser(user);
    for (const group of this.#users.groups) this.#sink.addGroup(group);
    this.#interfaces = [];
    this.#users = { users: [], groups: [] };
    this.#sink.ready();
  }
}
