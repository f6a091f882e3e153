import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import {
  ASYNCEVENT_E,
  CONTAINER_JSON_2_E,
  SYSCALL_CHROOT_X,
  SYSCALL_CLONE3_X,
  SYSCALL_CLONE_20_X,
  SYSCALL_EXECVEAT_X,
  SYSCALL_EXECVE_19_X,
  SYSCALL_FORK_20_X,
  SYSCALL_VFORK_20_X,
} from '../tables/codes.generated.ts';
import { addressText } from './addresses.ts';
import { EVENTS } from '../tables/events.generated.ts';
import { matchCgroup, type CgroupMatch } from './container-cgroups.ts';
import { readContainer } from './container-json.ts';
import { Container, hostContainer, type ContainerType } from './container.ts';
import type { Machine } from './machine.ts';
import type { Cgroups, Thread } from './thread.ts';

/** Marks the types of events that the table follows. */
const CONCERN = new Uint8Array(EVENTS.length);
for (const code of [
  SYSCALL_CLONE_20_X,
  SYSCALL_FORK_20_X,
  SYSCALL_VFORK_20_X,
  SYSCALL_CLONE3_X,
  SYSCALL_EXECVE_19_X,
  SYSCALL_EXECVEAT_X,
  SYSCALL_CHROOT_X,
  ASYNCEVENT_E,
  CONTAINER_JSON_2_E,
])
  CONCERN[code] = 1;

/** Names of the asynchronous events of the container plug-in. */
const ADDED = 'container';
const REMOVED = 'container_removed';

interface Place {
  readonly id: ByteString;
  readonly type: ContainerType | undefined;
}

/** Paths of control groups that are remembered, with the container that each names. */
const CACHED_CGROUPS = 1000;

/**
 * The containers of the machine: the state of Falco's container plug-in, as it works while a capture is replayed. Which container a
 * thread is in is read from its control groups, at the start of the capture and whenever it starts a program, is started, or changes its root;
 * what is known of a container comes from events that the plug-in wrote into the capture.
 */
export class ContainerTable {
  readonly #containers = new Map<ByteString, Container>([['', hostContainer()]]);
  readonly #cgroups = new Map<ByteString, CgroupMatch | undefined>();
  /** Threads in the same control groups share their list. */
  readonly #places = new WeakMap<Cgroups, Place>();
  /** The container that the latest event about a container told of, and the number of that event. */
  #told: Container | undefined = undefined;
  #toldBy = -1;

  /** Container metadata by the short id that threads carry; '' is the host. */
  find(id: ByteString): Container | undefined {
    return this.#containers.get(id);
  }

  /** Whether an IPv4 address is one of any container. */
  hasAddress(address: number): boolean {
    const text = addressText(address);
    for (const { ip } of this.#containers.values()) if (ip === text) return true;
    return false;
  }

  /**
   * The container that this event tells of (added, removed), if it is the latest event that told of one. Numbers are not enough: the
   * events with which a later section of a capture begins are numbered from 1.
   */
  toldBy(event: Event): Container | undefined {
    return event.num === this.#toldBy && tellsOfContainer(event) ? this.#told : undefined;
  }

  /** Once the threads of a snapshot are all there, and the events about the state that may come first have been applied. */
  start(threads: Iterable<Thread>): void {
    for (const thread of threads) this.#locate(thread);
  }

  /** To be called after the machine has applied an event, which readers have brought to the current schema. */
  apply(event: Event, machine: Machine): void {
    if (CONCERN[event.code] === 0) return;
    if (event.code === ASYNCEVENT_E) {
      // Plug-ins with an event source of their own have a number; events of theirs do not concern this one.
      if (event.uint32(0) === 0 && tellsOfContainer(event))
        this.#hear(event, readContainer(untilNul(event.buffer(2))), event.string(1) === ADDED);
    } else if (event.code === CONTAINER_JSON_2_E)
      this.#hear(event, readContainer(untilNul(event.buffer(0))), true);
    else if ((event.int64(0) ?? 0) >= 0) {
      const thread = machine.threads.find(event.tid);
      if (thread !== undefined) this.#locate(thread);
    }
  }

  #hear(event: Event, container: Container | undefined, isThere: boolean): void {
    if (container === undefined) return;
    if (isThere) this.#containers.set(container.id, container);
    else this.#containers.delete(container.id);
    this.#told = container;
    this.#toldBy = event.num;
  }

  /** Finds out which container a thread is in. */
  #locate(thread: Thread): void {
    let place = this.#places.get(thread.cgroups);
    if (place === undefined) this.#places.set(thread.cgroups, (place = this.#placeOf(thread.cgroups)));
    const { id, type } = place;
    thread.containerId = id;
    if (type === undefined) return;
    const container = new Container();
    container.id = id;
    container.type = type;
    this.#containers.set(id, container);
  }

  /** The first container that one of the control groups names. */
  #placeOf(cgroups: Cgroups): Place {
    let place: Place = { id: '', type: undefined };
    for (const [, path] of cgroups) {
      const match = this.#match(path);
      if (match === undefined) continue;
      place = match;
      if (match.id !== '') break;
    }
    return place;
  }

  #match(path: ByteString): CgroupMatch | undefined {
    let match = this.#cgroups.get(path);
    if (match !== undefined || this.#cgroups.has(path)) return match;
    if (this.#cgroups.size >= CACHED_CGROUPS) this.#cgroups.clear();
    match = matchCgroup(path);
    this.#cgroups.set(path, match);
    return match;
  }
}

function tellsOfContainer(event: Event): boolean {
  if (event.code !== ASYNCEVENT_E) return event.code === CONTAINER_JSON_2_E;
  const name = event.string(1);
  return name === ADDED || name === REMOVED;
}

function untilNul(text: ByteString): ByteString {
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}
