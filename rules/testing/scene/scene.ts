import {
  allFields,
  bindField,
  ByteBuffer,
  didYouMean,
  EncodingError,
  Event,
  eventFromJson,
  FD_TYPES,
  formsOf,
  Machine,
  toBytes,
  typeChar,
  type BoundField,
  type ByteString,
  type EventInfo,
  type JsonInputObject,
  type Thread,
} from '../../../engine/index.ts';
import { Accounts } from './state/accounts.ts';
import { Containers } from './state/containers.ts';
import { Defaults, type Derived } from './defaults.ts';
import { Draft, FIRST_DAY } from './draft.ts';
import { firstFree } from './event/fd-context.ts';
import { settleFds } from './event/own-fd.ts';
import { toldResult } from './event/result.ts';
import { eventType } from './event/type.ts';
import { SceneError, type Fact } from './fact.ts';
import { putFd } from './state/fds.ts';
import { Given } from './given.ts';
import { eventParameters, nameParameters, succeeds } from './event/parameters.ts';
import type { Meanings } from './event/parameter-value.ts';
import { Processes } from './state/processes.ts';
import { readBack, type BoundFact } from './read-back.ts';
import { setters } from './setters/index.ts';
import { stepBack } from './event/state-parameters.ts';
import { takeProcessParameters, tellsOfProcess } from './event/process-parameters.ts';

/** An event of a scene, after the machine has applied it. It stays as it is; the state behind it is that of the scene's latest event. */
export interface SceneEvent {
  readonly event: Event;
  /** Whether rules see it. */
  readonly visible: boolean;
  readonly source: ByteString;
  /** What nobody gave and was filled in, in text. */
  readonly derived: readonly Derived[];
}

const MILLISECOND = 1_000_000n;
/** When every scene begins: nanoseconds since 1970. */
const BEGINNING = BigInt(Date.parse(FIRST_DAY)) * MILLISECOND;

const LOOPBACK = [
  { family: 'ipv4', address: 0x7f000001, netmask: 0xff000000, broadcast: 0 },
  {
    family: 'ipv6',
    address: '\0'.repeat(15) + '\x01',
    netmask: '\xff'.repeat(16),
    broadcast: '\0'.repeat(16),
  },
] as const;

/**
 * A machine on which only happens what facts say. Each event is a real one: the machine is set up so that the facts will hold, the event is made in
 * today's schema, applied, and every given field is read from it again.
 */
export class Scene {
  readonly #machine = new Machine();
  readonly #accounts = new Accounts(this.#machine);
  readonly #containers = new Containers(this.#machine);
  readonly #processes = new Processes(this.#machine);
  #time = BEGINNING - MILLISECOND;
  #latest: Event | undefined = undefined;

  constructor() {
    const machine = this.#machine;
    machine.restart();
    machine.ready();
    machine.started();
    for (const entry of LOOPBACK) machine.interfaces.add({ ...entry, name: 'lo', linkSpeed: 0 });
  }

  /**
   * Makes the event that the facts describe, applies it, and gives it. Later events of the scene see the state that it left. Throws a `SceneError`
   * for facts that cannot be true.
   *
   * @param options.time Nanoseconds since 1970; a millisecond after the event before unless given here or as a fact.
   */
  apply(facts: readonly Fact[], options: { readonly time?: bigint } = {}): SceneEvent {
    const bound = facts.map((fact) => ({ fact, field: fieldOf(fact) }));
    const defaults = new Defaults();
    const draft = draftOf(bound);
    const info = eventType(draft, (field) => facts.find((fact) => fact.field === field));
    nameParameters(info, draft);
    if (tellsOfProcess(info)) takeProcessParameters(draft);
    if (this.#latest !== undefined) this.#machine.removeLeaving(this.#latest);
    this.#time = draft.time ?? options.time ?? this.#time + MILLISECOND;
    const thread = this.#settle(info, draft, defaults);
    stepBack(info, draft, thread);
    const own = settleFds({
      machine: this.#machine,
      containers: this.#containers,
      info,
      draft,
      thread,
      defaults,
    });
    const params = eventParameters(
      info,
      draft,
      thread,
      own,
      () => this.#containers.description(thread.containerId),
      this.#meanings(thread, defaults),
    );
    checkParameters(info, bound);
    const event = this.#event(info, thread, params, draft.params);
    if (draft.cpu !== undefined) event.cpu = draft.cpu;
    const next = (this.#latest?.num ?? 0) + 1;
    if (draft.num !== undefined && draft.num > next) this.#machine.passing.count += draft.num - next;
    const visible = this.#machine.apply(event);
    this.#latest = event;
    readBack(event, { facts: bound, given: draft.params, defaults });
    return { event, visible, source: 'syscall', derived: defaults.all };
  }

  /** Makes the process of an event, and who and what is around it, as the draft says. */
  #settle(info: EventInfo, draft: Draft, defaults: Defaults): Thread {
    const { thread, isNew } = this.#processes.find(draft, defaults);
    const main = thread.mainThread ?? thread;
    const cgroups = this.#containers.settle(draft.container, main.containerId, defaults);
    const executes = (info.name === 'execve' || info.name === 'execveat') && succeeds(info, draft);
    const begins =
      tellsOfProcess(info) && !info.name.startsWith('exec') && Number(toldResult(info, draft) ?? 0) === 0;
    this.#processes.describe(thread, isNew, draft, { time: this.#time, executes, begins }, defaults);
    for (const each of main === thread ? [thread] : [main, thread]) {
      if (draft.process.cgroups !== undefined) this.#machine.containers.start([each]);
      else if (cgroups !== undefined) this.#containers.place(each, cgroups);
      this.#setAccounts(each, draft, defaults);
    }
    return thread;
  }

  #setAccounts(thread: Thread, { user, group, login }: Draft, defaults: Defaults): void {
    const { containerId } = thread;
    const accounts = this.#accounts;
    accounts.reserve([user.id, login.id, group.id]);
    thread.uid = accounts.user(containerId, user, 'user.uid', defaults) ?? thread.uid;
    thread.loginuid = accounts.user(containerId, login, 'user.loginuid', defaults) ?? thread.loginuid;
    thread.gid = accounts.group(containerId, group, 'group.gid', defaults) ?? thread.gid;
    this.#machine.users.sawUser(containerId, thread.uid, thread.gid);
    this.#machine.users.sawGroup(containerId, thread.gid);
  }

  #meanings(thread: Thread, defaults: Defaults): Meanings {
    const machine = this.#machine;
    return {
      account: (kind, name) => {
        const add = kind === 'uid' ? 'user' : 'group';
        return this.#accounts[add](thread.containerId, { name }, `${add}.${kind}`, defaults) ?? 0;
      },
      process: (name) => this.#processes.named(name, this.#time).tid,
      fd: (shown) => {
        const [, char = '', name = ''] = /^<(.)[tuir]?>(.*)$/s.exec(shown) ?? [];
        const [, type = 'file'] = [...FD_TYPES.values()].find(([known]) => known === char) ?? [];
        const { fds } = thread.mainThread ?? thread;
        for (const fd of fds.values()) if (fd.name === name && typeChar(fd) === char) return fd.num;
        const num = firstFree(thread);
        putFd(machine, thread, num, { num, type, name, ends: {} }, 'client', defaults);
        return num;
      },
    };
  }

  #event(info: EventInfo, thread: Thread, params: JsonInputObject, given: ReadonlyMap<string, Given>): Event {
    const event = new Event();
    try {
      eventFromJson({ info, time: this.#time, tid: thread.tid, params }, new ByteBuffer(), event);
    } catch (error) {
      if (!(error instanceof EncodingError)) throw error;
      const name = error.path[1] ?? '';
      throw new SceneError(`evt.arg.${name}: ${error.message}`, given.get(name)?.fact, error.hint);
    }
    return event;
  }
}

const FIELD = /^([^[\]]+)(?:\[(.*)\])?$/s;

/** The field that a fact is about. */
function fieldOf(fact: Fact): BoundField {
  const [, name = fact.field, arg] = FIELD.exec(toBytes(fact.field)) ?? [];
  const found = bindField(name, arg);
  if (found !== undefined && !('error' in found)) return found;
  const known = allFields.flatMap(({ fields }) => fields);
  const forms = known.find((field) => field.name === name);
  throw new SceneError(
    found === undefined ? `there is no field ${fact.field}` : found.error,
    fact,
    forms === undefined
      ? didYouMean(
          name,
          known.map((field) => field.name),
        )
      : `it is written ${formsOf(forms).join(' or ')}`,
  );
}

/** Takes a fact that says that something is not there. */
function setAbsent(draft: Draft, { field }: BoundFact): void {
  const { name } = field.field;
  draft.absent.add(name);
  if (name === 'fd.sip') draft.fd.withoutRole = true;
  const generation = ofParent(name) ? 1 : name === 'proc.aname' ? Number(field.arg ?? Infinity) : Infinity;
  draft.noAncestor = Math.min(draft.noAncestor, generation);
}

const ofParent = (name: string): boolean => name === 'proc.pname' || name === 'proc.ppid';

function draftOf(facts: readonly BoundFact[]): Draft {
  const draft = new Draft();
  for (const bound of facts) {
    const { fact, field } = bound;
    if (fact.value === null) setAbsent(draft, bound);
    else setters.get(field.field.name)?.(draft, new Given(fact, field));
  }
  return draft;
}

/** Parameters that the event lacks are an error of their own: what it has is the best hint. */
function checkParameters(info: EventInfo, facts: readonly BoundFact[]): void {
  for (const { fact, field } of facts) {
    const { name } = field.field;
    if ((name !== 'evt.arg' && name !== 'evt.rawarg') || fact.value === null) continue;
    const { arg = '' } = field;
    if (/^\d+$/.test(arg) || info.params.some((param) => param.name === arg)) continue;
    const names = info.params.map((param) => param.name);
    throw new SceneError(
      `${info.name} has no parameter ${arg}`,
      fact,
      didYouMean(arg, names) ?? `its parameters are ${names.join(', ')}`,
    );
  }
}
