import { CL, type Int, type Machine, type Thread } from '../../../../engine/index.ts';
import type { Draft, ProcessDraft } from '../draft.ts';
import type { Defaults } from '../defaults.ts';
import { leadProcess } from './leaders.ts';
import { nameIn, programOf, setProgram, tellsProgram } from './program.ts';

/** Ids of processes that nobody gave one are counted from here. */
const FIRST_PID = 1001;
const INIT = { pid: 1, name: 'init', exe: '/sbin/init', exepath: '/usr/sbin/init', args: [] } as const;
/** Processes of which nobody says when they started did so a second before the event, those around them a minute before. */
const AGE = 1_000_000_000n;
const AGE_OF_OTHERS = 60_000_000_000n;
const DEFAULT_FD_LIMIT = 1024;
const LOW_32 = 0xffff_ffffn;

/** How the event at hand treats its process. */
export interface Occasion {
  readonly time: bigint;
  /** It starts a program. */
  readonly executes: boolean;
  /** It is the first event of a process. */
  readonly begins: boolean;
}

/** The processes of a scene, as threads of its machine. Those that facts name by the same id are the same. */
export class Processes {
  readonly #machine: Machine;
  #nextPid = FIRST_PID;
  /** Processes of events, by their names: where no id is given, a name tells which is meant. */
  readonly #byName = new Map<string, Thread>();
  #latest: Thread | undefined = undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Finds the thread that a draft is about, or makes it. What it runs and who is above it comes with `describe`. */
  find(draft: Draft, defaults: Defaults): { thread: Thread; isNew: boolean } {
    const { process } = draft;
    const { threads } = this.#machine;
    const { tid, pid } = process;
    const known = tid === undefined && pid === undefined ? this.#meant(process) : threads.find(tid ?? pid!);
    if (known !== undefined && !known.isInvalid && !known.isDead) return { thread: known, isNew: false };
    const id = tid ?? pid ?? this.#newPid();
    if (tid === undefined && pid === undefined) defaults.note('proc.pid', id);
    const main = this.#create(pid ?? id, process);
    if (id === main.tid) return { thread: main, isNew: true };
    return { thread: this.#createThread(id, main), isNew: true };
  }

  /** The process that is meant where none is named by an id: the one of that name, without a name that of the event before. */
  #meant(process: ProcessDraft): Thread | undefined {
    const name = nameIn(process);
    const found = name === undefined ? this.#latest : this.#byName.get(name);
    return found?.expired === true ? undefined : found;
  }

  #newPid(): number {
    while (this.#machine.threads.find(this.#nextPid) !== undefined) this.#nextPid++;
    return this.#nextPid++;
  }

  #create(pid: number, draft: ProcessDraft): Thread {
    const { threads } = this.#machine;
    if (threads.find(pid) !== undefined && !threads.find(pid)!.isInvalid) return threads.find(pid)!;
    const thread = threads.get(pid)!;
    thread.pid = pid;
    thread.vpid = draft.vpid ?? pid;
    thread.vtid = draft.vtid ?? thread.vpid;
    thread.ptid = 0;
    thread.flags |= CL.ACTIVE;
    thread.fdLimit = DEFAULT_FD_LIMIT;
    thread.uid = thread.gid = 0;
    thread.cwd = '/';
    thread.root = '/';
    thread.sid = thread.vpgid = thread.vpid;
    thread.pgid = pid;
    threads.link(thread);
    return thread;
  }

  /** Another thread of a process. */
  #createThread(tid: number, main: Thread): Thread {
    const { threads } = this.#machine;
    const thread = threads.get(tid)!;
    thread.pid = main.pid;
    thread.vpid = main.vpid;
    thread.vtid = tid;
    thread.ptid = main.ptid;
    thread.flags |= CL.CLONE_THREAD | CL.CLONE_FILES | CL.CLONE_VM;
    thread.uid = main.uid;
    thread.gid = main.gid;
    threads.link(thread);
    return thread;
  }

  /** Makes a thread, the processes above it and those that lead its groups as a draft says. */
  describe(thread: Thread, isNew: boolean, draft: Draft, occasion: Occasion, defaults: Defaults): void {
    const { process } = draft;
    const main = thread.mainThread ?? thread;
    const program = programOf(process, isNew || occasion.executes ? undefined : thread, defaults);
    for (const each of main === thread ? [thread] : [main, thread]) {
      if (isNew || occasion.executes || tellsProgram(process)) setProgram(each, program);
      setTraits(each, process);
    }
    const start = startOf(process, occasion.time);
    if (start !== undefined) setStart(main, start);
    else if (isNew) setStart(main, occasion.begins && thread === main ? occasion.time : occasion.time - AGE);
    // The event of a new thread leaves alone what was told of the thread a moment before.
    if (occasion.begins && start === undefined) setStart(thread, occasion.time);
    setFile(thread, process);
    this.#settleAncestors(thread, main, isNew, draft, occasion.time, defaults);
    leadProcess(thread, isNew, draft, (leader) => this.#other(leader, occasion.time), this.#machine.threads);
    this.#latest = thread;
    if (process.tid === undefined && process.pid === undefined) this.#byName.set(program.name, thread);
  }

  /** A process that goes by this name, made if there is none. */
  named(name: string, time: bigint): Thread {
    for (const thread of this.#machine.threads.values())
      if (thread.comm === name && thread.isMainThread && !thread.isDead) return thread;
    return this.#other({ name }, time);
  }

  /** A process beside that of the event. */
  #other(draft: ProcessDraft, time: bigint): Thread {
    const { pid = this.#newPid() } = draft;
    const known = this.#machine.threads.find(pid);
    const isNew = known === undefined || known.isInvalid;
    const other = this.#create(pid, draft);
    if (isNew || tellsProgram(draft))
      setProgram(other, programOf(draft, isNew ? undefined : other, undefined));
    setTraits(other, draft);
    const start = startOf(draft, time);
    if (start !== undefined) setStart(other, start);
    else if (isNew) setStart(other, time - AGE_OF_OTHERS);
    if (isNew && pid !== INIT.pid) this.#adopt(other, this.#init(time));
    return other;
  }

  /** The first process, above all others. */
  #init(time: bigint): Thread {
    const known = this.#machine.threads.find(INIT.pid);
    if (known !== undefined && !known.isInvalid) return known;
    const init = this.#create(INIT.pid, {});
    setProgram(init, INIT);
    setStart(init, time - AGE_OF_OTHERS);
    return init;
  }

  #settleAncestors(
    thread: Thread,
    main: Thread,
    isNew: boolean,
    draft: Draft,
    time: bigint,
    defaults: Defaults,
  ): void {
    const { ancestors, anyAncestor, noAncestor } = draft;
    if (anyAncestor !== undefined) {
      let free = 1;
      while (ancestors.has(free)) free++;
      ancestors.set(free, anyAncestor);
    }
    const { threads } = this.#machine;
    const highest = Math.min(Math.max(0, ...ancestors.keys()), noAncestor - 1);
    let child = main;
    for (let generation = 1; generation <= highest; generation++) {
      const told = ancestors.get(generation) ?? {};
      const parent = this.#ancestor(threads.find(child.ptid)?.mainThread, told, time);
      this.#adopt(child, parent);
      child = parent;
    }
    if (noAncestor === highest + 1) this.#adopt(child, undefined);
    else if (threads.find(child.ptid) === undefined && child.pid !== INIT.pid && (isNew || highest > 0)) {
      this.#adopt(child, this.#init(time));
      if (child === main) defaults.note('proc.pname', INIT.name);
    }
    if (thread !== main) thread.ptid = main.ptid;
  }

  /** The ancestor that is there if it is the one that is told of, else a new one. */
  #ancestor(current: Thread | undefined, told: ProcessDraft, time: bigint): Thread {
    const name = nameIn(told);
    if (told.pid !== undefined) return this.#other(told, time);
    const fits =
      current !== undefined && (name === undefined ? current.pid !== INIT.pid : current.comm === name);
    return this.#other(fits ? { ...told, pid: current.pid } : told, time);
  }

  /** Gives a process another parent, or none. */
  #adopt(child: Thread, parent: Thread | undefined): void {
    const { threads } = this.#machine;
    const before = threads.find(child.ptid);
    if (before === parent && parent !== undefined) return;
    if (before !== undefined && before.children.includes(child)) {
      before.children = before.children.filter((other) => other !== child);
      before.notExpiredChildren--;
    }
    if (parent === undefined) child.ptid = 0;
    else parent.addChild(child);
  }
}

function startOf({ start, age }: ProcessDraft, time: bigint): bigint | undefined {
  if (start !== undefined) return BigInt(start);
  return age === undefined ? undefined : time - BigInt(age);
}

function setStart(thread: Thread, start: bigint): void {
  thread.cloneTimeLow = Number(start & LOW_32);
  thread.cloneTimeHigh = Number((start >> 32n) & LOW_32);
}

/** What a draft says of a process beside its program. */
function setTraits(thread: Thread, draft: ProcessDraft): void {
  const main = thread.mainThread ?? thread;
  if (draft.env !== undefined) main.setEnv(draft.env.map((variable) => `${variable}\0`).join(''));
  if (draft.variables !== undefined) setVariables(main, draft.variables);
  // A recording need not know it: it is empty then.
  if (draft.cwd !== undefined)
    main.cwd = draft.cwd === '' || draft.cwd.endsWith('/') ? draft.cwd : `${draft.cwd}/`;
  if (draft.vpid !== undefined) thread.vpid = draft.vpid;
  if (draft.vtid !== undefined) thread.vtid = draft.vtid;
  else if (draft.vpid !== undefined && thread === main) thread.vtid = draft.vpid;
  if (draft.fdLimit !== undefined) main.fdLimit = draft.fdLimit;
  if (draft.cgroups !== undefined) thread.setCgroups(draft.cgroups.map((group) => `${group}\0`).join(''));
  for (const name of COPIED) {
    const value = draft[name];
    if (value !== undefined) (thread as { -readonly [key in typeof name]: Int | boolean })[name] = value;
  }
}

/** What is named alike in a draft and in a thread. */
const COPIED = [
  'tty', 'exeWritable', 'exeUpperLayer', 'exeLowerLayer', 'exeFromMemfd', 'exeIno', 'exeInoCtime', 'exeInoMtime',
  'pidnsInitStart', 'capPermitted', 'capInheritable', 'capEffective', 'vmSizeKb', 'vmRssKb', 'vmSwapKb', 'pageFaultsMajor',
  'pageFaultsMinor',
] as const satisfies readonly (keyof ProcessDraft & keyof Thread)[]; // prettier-ignore

function setVariables(thread: Thread, variables: ReadonlyMap<string, string>): void {
  const all = new Map(thread.env.map((entry) => [entry.split('=', 1)[0]!, entry]));
  for (const [name, value] of variables) all.set(name, `${name}=${value}`);
  thread.setEnv([...all.values()].map((entry) => `${entry}\0`).join(''));
}

/** When the program's file changed, as compared with other times. */
function setFile(thread: Thread, draft: ProcessDraft): void {
  const { ctimeBeforeStart, ctimeAfterPidns } = draft;
  if (ctimeBeforeStart !== undefined) {
    thread.exeInoCtime = narrowed(BigInt((thread.mainThread ?? thread).cloneTime) - BigInt(ctimeBeforeStart));
    thread.exeInoCtimeDurationCloneTs = ctimeBeforeStart;
  }
  if (ctimeAfterPidns !== undefined) {
    if (thread.exeInoCtime !== 0 && thread.pidnsInitStart === 0)
      thread.pidnsInitStart = narrowed(BigInt(thread.exeInoCtime) - BigInt(ctimeAfterPidns));
    else if (thread.pidnsInitStart !== 0)
      thread.exeInoCtime = narrowed(BigInt(thread.pidnsInitStart) + BigInt(ctimeAfterPidns));
    thread.exeInoCtimeDurationPidnsStart = ctimeAfterPidns;
  }
  if (thread.exeInoCtime !== 0 && thread.exeInoMtime === 0) thread.exeInoMtime = thread.exeInoCtime;
}

const narrowed = (value: bigint): Int => (value <= Number.MAX_SAFE_INTEGER ? Number(value) : value);
