/** Makes the events of a log that Falco's driver would have made. */
import {
  ByteBuffer,
  EncodingError,
  Event,
  EVENTS,
  eventFromJson,
  NATIVE_SYSCALLS,
  SYSCALL_CODES,
  SYSCALL_EVENTS,
  type ByteString,
  type EventInfo,
  type FdSnapshot,
  type JsonInput,
  type JsonInputObject,
  type ParamInfo,
  type ThreadSnapshot,
} from '../../engine/index.ts';
import { readFd, readThread, StateLines } from '../jsonl/state-lines.ts';
import { childOf, cloneParameters, CLONES } from './births.ts';
import { Call, fdOf, rawBytes, type Parameters } from './call.ts';
import { TRANSLATIONS } from './calls/index.ts';
import { connectionsOf } from './connections.ts';
import { EFFECTS } from './effects.ts';
import { EventStore } from './event-store.ts';
import { applyExec, failedExec } from './execs.ts';
import { CONTAINER } from './facts.ts';
import { tracedFd } from './fd-notes.ts';
import { bornOf, type Birth, type CallEntry, type Entry, type StraceLog } from './log.ts';
import { MachineState } from './machine-state.ts';
import { signalNumber } from './numbers.ts';
import { fieldsOf, integerOf, noteOf, unescape } from './text.ts';
import { blankThread, TracedThread } from './threads.ts';

const event = (symbol: string): EventInfo => EVENTS.find((info) => info.symbol === symbol)!;
const GENERIC = event('GENERIC_X');
const SIGNAL = event('SIGNALDELIVER_E');
const EXIT = event('PROCEXIT_1_E');
const ASYNC = event('ASYNCEVENT_E');
const EXECVE = SYSCALL_EVENTS.get('execve')!;

/** Bytes of data in an event, where Falco is not told otherwise. */
export const DEFAULT_SNAPLEN = 80;

/** Makes one pass over a whole log; then `state` and `events` hold everything. */
export class Translator {
  readonly state = new MachineState();
  readonly events = new EventStore();
  readonly #entries: readonly Entry[];
  readonly #births = new Map<number, Birth[]>();
  readonly #connections: ReadonlyMap<number, ByteString>;
  readonly #snaplen: number;
  readonly #threads = new Map<number, TracedThread>();
  /** Threads that the log does not show coming into being. */
  readonly #originals: TracedThread[] = [];
  readonly #buffer = new ByteBuffer();
  readonly #event = new Event();
  /** The entry at hand, and the time of the last event. */
  #at = 0;
  #time = 0n;

  constructor(log: StraceLog, snaplen: number = DEFAULT_SNAPLEN) {
    this.#entries = log.entries;
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
    this.#emit(ASYNC, 0, first.time, { plugin_id: 0, name: 'container', data: rawBytes(`${json}\0`) });
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
      this.state.threads.get(tid) ?? blankThread(tid),
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
    this.#emit(SYSCALL_EVENTS.get(clone.name)!, birth.child, time, cloneParameters(child.state, clone, 0));
    return child;
  }

  #call(entry: CallEntry): void {
    const { tid, time, name } = entry;
    const thread = this.#threadOf(tid, time);
    const call = new Call(entry, thread, this.#snaplen, this.#connections.get(this.#at));
    this.#takeFds(call);
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
      this.#emit(GENERIC, tid, time, {
        ID: SYSCALL_CODES.get(name) ?? 0,
        nativeID: entry.nr ?? Math.max(0, NATIVE_SYSCALLS.indexOf(name)),
      });
      return;
    }
    const translated = TRANSLATIONS.get(name)?.(call) ?? { [info.params[0]!.name]: call.result };
    for (const params of Array.isArray(translated)
      ? (translated as readonly Parameters[])
      : [translated as Parameters])
      this.#emit(info, tid, time, params);
  }

  #clone(entry: CallEntry, parent: TracedThread): void {
    const { tid, time, name, result } = entry;
    this.#emit(SYSCALL_EVENTS.get(name)!, tid, time, cloneParameters(parent.state, entry, result.value));
    // Unless the child had an entry before.
    const births = this.#births.get(bornOf(result)) ?? [];
    const index = births.findIndex(({ entry: at }) => at === this.#at);
    if (index >= 0) this.#bear(births.splice(index, 1)[0]!, parent, time);
  }

  #exec(call: Call, tid: number, time: bigint): void {
    if (call.failed) {
      this.#emit(SYSCALL_EVENTS.get(call.name)!, tid, time, failedExec(call));
      return;
    }
    this.#emit(EXECVE, tid, time, applyExec(call, this.#foundProcess(tid)));
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

  /** Learns of the directory and the fds that a call shows and nobody opened in the log: they were there at the start. */
  #takeFds(call: Call): void {
    const { shared } = call.thread;
    for (const arg of call.args) {
      const note = noteOf(arg);
      if (note === undefined) continue;
      if (arg.startsWith('AT_FDCWD')) {
        if (shared.cwd === undefined && shared.origin.fds !== undefined && shared.origin.state.cwd === '')
          shared.origin.state.cwd = unescape(note);
        shared.cwd = unescape(note);
        continue;
      }
      const fd = fdOf(arg);
      if (shared.fds.has(fd)) continue;
      shared.fds.add(fd);
      const { fds } = shared.origin;
      if (fds !== undefined && !fds.has(fd)) fds.set(fd, tracedFd(fd, note));
    }
    if (call.failed) return;
    if (call.resultNote !== undefined) shared.fds.add(Number(call.result));
    if (call.name === 'close') shared.fds.delete(call.fd(0));
    for (const i of PAIRS[call.name] ?? []) for (const item of call.items(i)) shared.fds.add(fdOf(item));
  }

  #signal({ tid, time, signal, info }: Entry & { kind: 'signal' }): void {
    const thread = this.#threadOf(tid, time);
    const fields = fieldsOf(info);
    const sig = signalNumber(signal);
    const isFrom = signal === 'SIGKILL' || signal === 'SIGCHLD' || sig >= 32 || fromProcess(signal, fields);
    this.#emit(SIGNAL, tid, time, {
      spid: isFrom ? (integerOf((fields.get('si_pid') ?? '').replace(/<.*$/s, '')) ?? 0) : 0,
      dpid: thread.state.tid,
      sig,
    });
  }

  #exit({ tid, time, status, signal, core }: Entry & { kind: 'exit' }): void {
    const thread = this.#threadOf(tid, time);
    const sig = signal === undefined ? 0 : signalNumber(signal);
    this.#threads.delete(tid);
    this.#emit(EXIT, tid, time, {
      status: status | sig | (core ? 0x80 : 0),
      ret: status >> 8,
      sig,
      core: core ? 1 : 0,
      reaper_tid: this.#reaperOf(thread),
    });
  }

  /** Who takes the children of a thread that ended: another thread of its process, a subreaper among its ancestors, or init. 0 if it has none. */
  #reaperOf({ state: { pid, ptid } }: TracedThread): number {
    let sibling = 0;
    let hasChild = false;
    const orphans: TracedThread[] = [];
    for (const [tid, other] of this.#threads) {
      if (other.state.pid === pid) sibling = tid;
      else if (other.state.ptid === pid) {
        hasChild = true;
        orphans.push(other);
      }
    }
    if (!hasChild) return 0;
    if (sibling !== 0) return sibling;
    let reaper = INIT;
    const seen = new Set<number>();
    for (
      let ancestor = this.#threads.get(ptid);
      ancestor !== undefined;
      ancestor = this.#threads.get(ancestor.state.ptid)
    ) {
      if (seen.has(ancestor.state.pid)) break;
      seen.add(ancestor.state.pid);
      if (!ancestor.shared.subreaper) continue;
      reaper = ancestor.state.pid;
      break;
    }
    for (const orphan of orphans) orphan.state.ptid = reaper;
    return reaper;
  }

  #emit(info: EventInfo, tid: number, time: bigint, params: Parameters): void {
    if (time > this.#time) this.#time = time;
    const values: Record<string, JsonInput> = {};
    for (const param of info.params) {
      const value = params[param.name];
      if (value !== undefined)
        values[param.name] = param.values === undefined ? (value as JsonInput) : numberOf(value, param);
    }
    for (;;)
      try {
        eventFromJson({ info, time: this.#time, tid, params: values }, this.#buffer, this.#event);
        break;
      } catch (error) {
        // A value that no kernel would give: the parameter is left empty, as the driver does with what it cannot read.
        const name = error instanceof EncodingError && error.path[0] === 'params' ? error.path[1] : undefined;
        if (name === undefined || (values[name] ?? null) === null) throw error;
        values[name] = null;
      }
    this.events.add(this.#event);
  }
}

/** The process that takes orphans when nobody else does. */
const INIT = 1;

/** Arguments that hold the two fds that a call made. */
const PAIRS: Readonly<Record<string, readonly number[]>> = { pipe: [0], pipe2: [0], socketpair: [3] };

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

const VALUES = new WeakMap<ParamInfo, ReadonlyMap<string, number>>();

/** The number of flags or an enumerator by names; those that the event table does not know count nothing. */
function numberOf(value: Parameters[string], param: ParamInfo): JsonInput {
  if (!Array.isArray(value)) return value as JsonInput;
  let values = VALUES.get(param);
  if (values === undefined) VALUES.set(param, (values = new Map(param.values)));
  let number = 0;
  for (const name of value as readonly ByteString[]) number |= values.get(name) ?? 0;
  return (number & (WIDTHS[param.type] ?? -1)) >>> 0;
}

/** Bits of the numbers that flags and enumerators are written as, where they are not 32. */
const WIDTHS: Readonly<Record<string, number>> = {
  flags8: 0xff,
  enumflags8: 0xff,
  flags16: 0xffff,
  enumflags16: 0xffff,
};
