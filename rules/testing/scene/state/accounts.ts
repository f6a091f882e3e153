import type { ByteString, Machine } from '../../../../engine/index.ts';
import type { AccountDraft } from '../draft.ts';
import type { Defaults } from '../defaults.ts';

/** Where accounts of people begin on most machines. */
const FIRST_ID = 1000;

/** What fields show for an id without a name. */
const UNKNOWN = '<NA>';

/** The users and groups of a scene: a name always has the same number, in the host and in all containers. */
export class Accounts {
  readonly #machine: Machine;
  readonly #users = new Map<ByteString, number>([['root', 0]]);
  readonly #groups = new Map<ByteString, number>([['root', 0]]);
  /** Numbers that facts give. */
  readonly #taken = new Set<number>();
  #next = FIRST_ID;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Keeps numbers from names that get one. */
  reserve(ids: readonly (number | undefined)[]): void {
    for (const id of ids) if (id !== undefined) this.#taken.add(id);
  }

  /** The number of a user, who then has an account. Undefined if nothing was said. */
  user(container: ByteString, draft: AccountDraft, field: string, defaults: Defaults): number | undefined {
    const id = this.#idOf(this.#users, draft, field, defaults);
    if (id === undefined) return undefined;
    const { users } = this.#machine;
    const known = users.findUser(container, id);
    const name = draft.name ?? known?.name ?? (id === 0 ? 'root' : undefined);
    if (name === undefined || name === UNKNOWN) return id;
    if (draft.name === undefined && draft.homedir === undefined && draft.shell === undefined) {
      if (known === undefined && container === '') users.sawUser('', id, 0);
      return id;
    }
    const user = {
      uid: id,
      gid: known?.gid ?? id,
      name,
      homedir: draft.homedir ?? known?.homedir ?? (id === 0 ? '/root' : `/home/${name}`),
      shell: draft.shell ?? known?.shell ?? '/bin/sh',
    };
    if (container === '') users.addUser(user);
    else users.addContainerUser(container, user);
    return id;
  }

  /** The number of a group, which then has a name. Undefined if nothing was said. */
  group(container: ByteString, draft: AccountDraft, field: string, defaults: Defaults): number | undefined {
    const gid = this.#idOf(this.#groups, draft, field, defaults);
    if (gid === undefined || draft.name === undefined || draft.name === UNKNOWN) return gid;
    const { users } = this.#machine;
    if (container === '') users.addGroup({ gid, name: draft.name });
    else users.addContainerGroup(container, { gid, name: draft.name });
    return gid;
  }

  #idOf(
    ids: Map<ByteString, number>,
    { id, name, homedir, shell }: AccountDraft,
    field: string,
    defaults: Defaults,
  ): number | undefined {
    if (name === undefined) {
      if (id !== undefined || (homedir === undefined && shell === undefined)) return id;
      return 0;
    }
    if (id !== undefined) {
      ids.set(name, id);
      return id;
    }
    let number = ids.get(name);
    if (number === undefined) {
      while (this.#taken.has(this.#next)) this.#next++;
      ids.set(name, (number = this.#next++));
    }
    defaults.note(field, number, 'its name');
    return number;
  }
}
