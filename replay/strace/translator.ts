/** Makes the events of a log that Falco's driver would have made. */
import {
  EncodingError,
  EVENTS,
  NATIVE_SYSCALLS,
  SYSCALL_CODES,
  SYSCALL_EVENTS,
  type ByteString,
  type EventInfo,
  type FdSnapshot,
  type JsonInputObject,
  type ThreadSnapshot,
} from '../../engine/index.ts';
import { readFd, readThread, StateLines } from '../jsonl/state-lines.ts';
import { childOf, cloneParameters, CLONES } from './births.ts';
import { Call, rawBytes, type Parameters } from './call.ts';
import { TRANSLATIONS } from './calls/index.ts';
import { connectionsOf } from './connections.ts';
import { EFFECTS } from './effects.ts';
import { EventStore } from './event-store.ts';
import { EventWriter } from './event-writer.ts';
import { applyExec, failedExec } from './execs.ts';
import { CONTAINER } from './facts.ts';
import { learnInherited } from './inherited.ts';
import { bornOf, type Birth, type CallEntry, type Entry, type StraceLog } from './log.ts';
import { MachineState } from './machine-state.ts';
import { signalNumber } from './numbers.ts';
import { fieldsOf, integerOf } from './text.ts';
import { blankThread, TracedThread } from './threads.ts';

const event = (symbol: string): EventInfo => EVENTS.find((info) => info.symbol === symbol)!;
const GENERIC = event('GENERIC_X');
const SIGNAL = event('SIGNALDELIVER_E');
const EXIT = event('PROCEXIT_1_E');
const ASYNC = event('ASYNCEVENT_E');
const EXECVE = SYSCALL_EVENTS.get('execve')!;

/** Bytes of data in an event, where Falco is not told otherwise. */
const DEFAULT_SNAPLEN = 80;

/** Makes one pass over a whole log; then `state` and `events` hold everything. */
export class Translator {
  readonly state = new MachineState();
  readonly events = new EventStore();
  readonly #entries: readonly Entry[];
  readonly #births = new Map<number, Birth[]>();
  readonly #connections: ReadonlyMap<number, ByteString>;
  readonly #names: ReadonlyMap<number, ByteString>;
  readonly #snaplen: number;
  readonly #threads = new Map<number, TracedThread>();
  /** Threads that the log does not show coming into being. */
  readonly #originals: TracedThread[] = [];
  readonly #writer = new EventWriter(this.events);
  /** The entry at hand. */
  #at = 0;

  constructor(log: StraceLog, snaplen: number = DEFAULT_SNAPLEN) {
    this.#entries = log.entries;
    this.#names = log.names;
    this.#snaplen = snaplen;
    this.#connections = connectionsOf(log.entries);
    for (const birth of log.births) {
      const known = this.#births.get(birth.child);
      if (known === undefined) this.#births.set(birth.child, [birth]);
      else known.push(birth);
    }
    this.#takeMachine(log.machine);
    for (; this.#at < this.#entries.length; this.#at++) this.#translate(this.#entries[this.#at]!);
    for (const { shared } of this.#originals) {
      const { state, fds } = shared.origin;
      this.state.addThread(state);
      if (fds !== undefined) this.state.addFds(state.tid, [...fds.values()]);
    }
  }

  #takeMachine(facts: readonly JsonInputObject[]): void {
    const lines = new StateLines(this.state);
    for (const fact of facts)
      try {
        if (fact['state'] === CONTAINER) this.#takeContainer(fact);
        else lines.take(fact);
      } catch (error) {
        if (!(error instanceof EncodingError)) throw error;
      }
    lines.end();
  }

  /** Tells of a container as its plug-in does in captures. Readers take it for a part of the state, as it comes first. */
  #takeContainer({ json = '' }: JsonInputObject): void {
    const first = this.#entries.find((entry) => entry.kind !== 'fact');
    if (typeof json !== 'string' || first === undefined) return;
    this.#writer.write(ASYNC, 0, first.time, {
      plugin_id: 0,
      name: 'container',
      data: rawBytes(`${json}\0`),
    });
  }

  #translate(entry: Entry): void {
    switch (entry.kind) {
      case 'call':
        this.#call(entry);
        return;
      case 'signal':
        this.#signal(entry);
        return;
      case 'exit':
        this.#exit(entry);
    }
  }

  /** The thread of an entry. If it was not seen before, it is born now: where a clone of the log made it, the child's event comes first. */
  #threadOf(tid: number, time: bigint): TracedThread {
    const known = this.#threads.get(tid);
    if (known !== undefined) return known;
    const birth = this.#birthOf(tid);
    const parent = birth === undefined ? undefined : this.#threads.get(birth.parent);
    if (birth !== undefined && parent !== undefined) return this.#bear(birth, parent, time);
    const thread = TracedThread.original(
      this.state.threads.get(tid) ?? blankThread(tid, this.#names.get(tid)),
      this.state.fds.get(tid),
    );
    this.#originals.push(thread);
    this.#threads.set(tid, thread);
    return thread;
  }

  /** The clone that made a thread whose first entry is that at hand. */
  #birthOf(tid: number): Birth | undefined {
    const births = this.#births.get(tid) ?? [];
    const index = births.findIndex(({ from }) => from <= this.#at);
    return index < 0 ? undefined : births.splice(index, 1)[0];
  }

  #bear(birth: Birth, parent: TracedThread, time: bigint): TracedThread {
    const clone = this.#entries[birth.entry] as CallEntry;
    const child = childOf(parent, birth.child, clone);
    this.#threads.set(birth.child, child);
    this.#writer.write(
      SYSCALL_EVENTS.get(clone.name)!,
      birth.child,
      time,
      cloneParameters(child.state, clone, 0),
    );
    return child;
  }

  #call(entry: CallEntry): void {
    const { tid, time, name } = entry;
    const thread = this.#threadOf(tid, time);
    const call = new Call(entry, thread, this.#snaplen, this.#connections.get(this.#at));
    learnInherited(call);
    if (CLONES.has(name)) {
      this.#clone(entry, thread);
      return;
    }
    if (name === 'execve' || name === 'execveat') {
      this.#exec(call, tid, time);
      return;
    }
    call.opened = this.#foundFd(call);
    if (!call.failed) EFFECTS[name]?.(call, (other) => this.#threads.get(other));
    const info = SYSCALL_EVENTS.get(name);
    if (info === undefined) {
      this.#writer.write(GENERIC, tid, time, {
        ID: SYSCALL_CODES.get(name) ?? 0,
        nativeID: entry.nr ?? Math.max(0, NATIVE_SYSCALLS.indexOf(name)),
      });
      return;
    }
    const translated = TRANSLATIONS.get(name)?.(call) ?? { [info.params[0]!.name]: call.result };
    for (const params of Array.isArray(translated)
      ? (translated as readonly Parameters[])
      : [translated as Parameters])
      this.#writer.write(info, tid, time, params);
  }

  #clone(entry: CallEntry, parent: TracedThread): void {
    const { tid, time, name, result } = entry;
    this.#writer.write(
      SYSCALL_EVENTS.get(name)!,
      tid,
      time,
      cloneParameters(parent.state, entry, result.value),
    );
    // Unless the child had an entry before.
    const child = bornOf(result);
    const births = this.#births.get(child) ?? [];
    const index = births.findIndex(({ entry: at }) => at === this.#at);
    if (index >= 0 && !this.#threads.has(child)) this.#bear(births.splice(index, 1)[0]!, parent, time);
  }

  #exec(call: Call, tid: number, time: bigint): void {
    if (call.failed) {
      this.#writer.write(SYSCALL_EVENTS.get(call.name)!, tid, time, failedExec(call));
      return;
    }
    const { pid } = call.thread.state;
    for (const [other, { state }] of this.#threads)
      if (state.pid === pid && other !== tid) this.#threads.delete(other);
    this.#writer.write(EXECVE, tid, time, applyExec(call, this.#foundProcess(tid)));
  }

  /** What the recorder wrote behind the entry at hand. */
  #factOf(state: 'process' | 'fd', tid: number): JsonInputObject | undefined {
    for (let i = this.#at + 1; i < this.#entries.length; i++) {
      const entry = this.#entries[i]!;
      if (entry.kind !== 'fact') return undefined;
      if (entry.fact['state'] === state && entry.fact['tid'] === tid) return entry.fact;
    }
    return undefined;
  }

  #foundProcess(tid: number): ThreadSnapshot | undefined {
    return read(this.#factOf('process', tid), readThread);
  }

  #foundFd(call: Call): FdSnapshot | undefined {
    const found = read(this.#factOf('fd', call.thread.state.tid), readFd);
    return found?.fd.fd === call.result ? found.fd : undefined;
  }

  #signal({ tid, time, signal, info }: Entry & { kind: 'signal' }): void {
    const thread = this.#threadOf(tid, time);
    const fields = fieldsOf(info);
    const sig = signalNumber(signal);
    const isFrom = signal === 'SIGKILL' || signal === 'SIGCHLD' || sig >= 32 || fromProcess(signal, fields);
    this.#writer.write(SIGNAL, tid, time, {
      spid: isFrom ? (integerOf((fields.get('si_pid') ?? '').replace(/<.*$/s, '')) ?? 0) : 0,
      dpid: thread.state.tid,
      sig,
    });
  }

  #exit({ tid, time, status, signal, core }: Entry & { kind: 'exit' }): void {
    const thread = this.#threadOf(tid, time);
    const sig = signal === undefined ? 0 : signalNumber(signal);
    this.#threads.delete(tid);
    this.#writer.write(EXIT, tid, time, {
      status: status | sig | (core ? 0x80 : 0),
      ret: status >> 8,
      sig,
      core: core ? 1 : 0,
      reaper_tid: this.#reaperOf(thread),
    });
  }

  /** Who takes the children of a thread that ended: another thread of its process, a subreaper among its ancestors, or init. 0 if it has none. */
  #reaperOf({ state: { pid, ptid } }: TracedThread): number {
    const orphans: TracedThread[] = [];
    let sibling = 0;
    for (const [tid, other] of this.#threads)
      if (other.state.pid === pid) sibling = tid;
      else if (other.state.ptid === pid) orphans.push(other);
    if (orphans.length === 0) return 0;
    if (sibling !== 0) return sibling;
    const reaper = this.#subreaperOf(ptid);
    for (const orphan of orphans) orphan.state.ptid = reaper;
    return reaper;
  }

  #subreaperOf(tid: number): number {
    const seen = new Set<number>();
    for (let next = tid; !seen.has(next);) {
      seen.add(next);
      const ancestor = this.#threads.get(next);
      if (ancestor === undefined) break;
      if (ancestor.shared.subreaper) return next;
      next = ancestor.state.ptid;
    }
    return INIT;
  }
}

/** The process that takes orphans when nobody else does. */
const INIT = 1;

/** Signals of which the driver tells the sender only if a process sent them. */
const OF_PROCESSES: ReadonlySet<string> = new Set(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGTSTP', 'SIGQUIT']);

function fromProcess(signal: string, info: ReadonlyMap<ByteString, ByteString>): boolean {
  const code = info.get('si_code') ?? '';
  return OF_PROCESSES.has(signal) && /^SI_/.test(code) && code !== 'SI_KERNEL';
}

function read<T>(fact: JsonInputObject | undefined, reader: (fact: JsonInputObject) => T): T | undefined {
  if (fact === undefined) return undefined;
  try {
    return reader(fact);
  } catch (error) {
    if (error instanceof EncodingError) return undefined;
    throw error;
  }
}
