import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import { GROUP_ADDED_E, GROUP_DELETED_E, USER_ADDED_E, USER_DELETED_E } from '../tables/codes.generated.ts';
import type { EventCode } from '../tables/types.ts';
import type { Accounts } from './accounts.ts';
import type { Apply } from './machine.ts';
import type { GroupSnapshot, UserSnapshot } from './snapshot.ts';

/** What the kernel's -1 is as an unsigned id: nobody at all. */
export const NO_ID = 0xffffffff;

/** Longest name of a user or group that libscap keeps (MAX_CREDENTIALS_STR_LEN without its NUL). */
const NAME_LENGTH = 255;
/** Longest home directory and shell (SCAP_MAX_PATH_SIZE without its NUL). */
const PATH_LENGTH = 1023;

/**
 * Users and groups by id: sinsp_usergroup_manager of libsinsp, as it works while a capture is replayed.
 *
 * In a replay only the host has a table. Those of containers are read live from `/etc/passwd` inside the container, and the events that would
 * hand them on (`USER_ADDED` with a container's id) lead libsinsp to read that file again, which a replay cannot: ids in containers have no
 * names, but for root, which the fields name themselves. Who knows what stands in that file can say so (`addContainerUser`).
 */
export class UserTable {
  /**
   * The accounts of the machine that replays, if ids may be looked up there when a capture does not say whose they are. Falco does so, at the
   * risk of naming somebody who does not exist where the capture was made.
   */
  local: Accounts | undefined = undefined;
  readonly #users = new Map<number, UserSnapshot>();
  readonly #groups = new Map<number, GroupSnapshot>();
  /** Those of containers, by the id of the container. */
  readonly #containerUsers = new Map<ByteString, Map<number, UserSnapshot>>();
  readonly #containerGroups = new Map<ByteString, Map<number, GroupSnapshot>>();

  /** The user `uid` of a container ('' is the host). */
  findUser(containerId: ByteString, uid: number): UserSnapshot | undefined {
    return containerId === '' ? this.#users.get(uid) : this.#containerUsers.get(containerId)?.get(uid);
  }

  /** The group `gid` of a container ('' is the host). */
  findGroup(containerId: ByteString, gid: number): GroupSnapshot | undefined {
    return containerId === '' ? this.#groups.get(gid) : this.#containerGroups.get(containerId)?.get(gid);
  }

  /** All users of the host that are known. */
  users(): Iterable<UserSnapshot> {
    return this.#users.values();
  }

  /** All groups of the host that are known. */
  groups(): Iterable<GroupSnapshot> {
    return this.#groups.values();
  }

  clear(): void {
    this.#users.clear();
    this.#groups.clear();
    this.#containerUsers.clear();
    this.#containerGroups.clear();
  }

  /** Adds a user of the host, or renames one that is known, which keeps its group. */
  addUser(user: UserSnapshot): void {
    if (isNssEntry(user.name)) return;
    const known = this.#users.get(user.uid);
    this.#users.set(user.uid, {
      uid: user.uid,
      gid: known?.gid ?? user.gid,
      name: user.name.slice(0, NAME_LENGTH),
      homedir: user.homedir.slice(0, PATH_LENGTH),
      shell: user.shell.slice(0, PATH_LENGTH),
    });
  }

  /** Adds a group of the host, or renames one that is known. */
  addGroup(group: GroupSnapshot): void {
    if (isNssEntry(group.name)) return;
    this.#groups.set(group.gid, { gid: group.gid, name: group.name.slice(0, NAME_LENGTH) });
  }

  /** Adds a user of a container, as a live Falco finds them in its `/etc/passwd`. */
  addContainerUser(containerId: ByteString, user: UserSnapshot): void {
    put(this.#containerUsers, containerId, user.uid, user);
  }

  /** Adds a group of a container. */
  addContainerGroup(containerId: ByteString, group: GroupSnapshot): void {
    put(this.#containerGroups, containerId, group.gid, group);
  }

  /**
   * Tells the table that a thread of the host or of a container runs as `uid` now. A user of the host that is not known yet is then
   * looked for among the local accounts; root needs no looking for.
   */
  sawUser(containerId: ByteString, uid: number, gid: number): void {
    if (containerId !== '' || uid === NO_ID || this.#users.has(uid)) return;
    if (uid === 0) this.addUser({ uid, gid, name: 'root', homedir: '/root', shell: '<NA>' });
    else {
      const user = this.local?.findUser(uid);
      if (user !== undefined) this.addUser(user);
    }
  }

  /** As `sawUser`, for groups. */
  sawGroup(containerId: ByteString, gid: number): void {
    if (containerId !== '' || gid === NO_ID || this.#groups.has(gid)) return;
    const group = gid === 0 ? { gid, name: 'root' } : this.local?.findGroup(gid);
    if (group !== undefined) this.addGroup(group);
  }

  removeUser(containerId: ByteString, uid: number): void {
    if (containerId === '') this.#users.delete(uid);
  }

  removeGroup(containerId: ByteString, gid: number): void {
    if (containerId === '') this.#groups.delete(gid);
  }
}

function put<T>(
  tables: Map<ByteString, Map<number, T>>,
  container: ByteString,
  id: number,
  account: T,
): void {
  const table = tables.get(container) ?? new Map<number, T>();
  tables.set(container, table.set(id, account));
}

/** Lines `+…` and `-…` of a password file are directives of the name service switch, not users. */
function isNssEntry(name: ByteString): boolean {
  return name.startsWith('+') || name.startsWith('-');
}

const addUser: Apply = (event, machine) => {
  if (containerOf(event, 5) !== '') return;
  machine.users.addUser({
    uid: event.uint32(0) ?? 0,
    gid: event.uint32(1) ?? 0,
    name: event.string(2),
    homedir: event.string(3),
    shell: event.string(4),
  });
};

const removeUser: Apply = (event, machine) => {
  machine.users.removeUser(containerOf(event, 5), event.uint32(0) ?? 0);
};

const addGroup: Apply = (event, machine) => {
  if (containerOf(event, 2) !== '') return;
  machine.users.addGroup({ gid: event.uint32(0) ?? 0, name: event.string(1) });
};

const removeGroup: Apply = (event, machine) => {
  machine.users.removeGroup(containerOf(event, 2), event.uint32(0) ?? 0);
};

/** The container's id in parameter `i`; '' is the host. A parameter without bytes is not the host: its text is `<NA>`. */
function containerOf(event: Event, i: number): ByteString {
  return event.string(i);
}

/** What each event does to the user table. */
export const userEvents: readonly (readonly [EventCode, Apply])[] = [
  [USER_ADDED_E, addUser],
  [USER_DELETED_E, removeUser],
  [GROUP_ADDED_E, addGroup],
  [GROUP_DELETED_E, removeGroup],
];
