/** The lines of a log in the order in which what they tell of was over: calls in one piece, with their times. */
import type { ByteString, JsonInputObject } from '../../engine/index.ts';
import { LogClock } from './clock.ts';
import { isRemark, parseFact } from './facts.ts';
import { LogTraits } from './log-traits.ts';
import { parseBody, parseCall, parseLeader, type Body, type Leader, type Result } from './line.ts';

interface Happening {
  readonly tid: number;
  /** Nanoseconds since the epoch at which it was over. */
  readonly time: bigint;
}

/** A call that returned. */
export interface CallEntry extends Happening {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly ByteString[];
  readonly result: Result;
  readonly nr: number | undefined;
}

/** What a log tells, one after the other. */
export type Entry =
  | CallEntry
  | (Happening & { readonly kind: 'signal'; readonly signal: string; readonly info: ByteString })
  | (Happening & {
      readonly kind: 'exit';
      readonly status: number;
      readonly signal: string | undefined;
      readonly core: boolean;
    })
  /** What a recorder wrote between the lines: the process or fd of the call before, as it was then. */
  | { readonly kind: 'fact'; readonly fact: JsonInputObject };

/** A process or thread that was made in the log. */
export interface Birth {
  readonly child: number;
  readonly parent: number;
  /** The first entry that can be one of the child, and the one that tells of it. */
  readonly from: number;
  readonly entry: number;
}

const BIRTHS: ReadonlySet<string> = new Set(['clone', 'clone3', 'fork', 'vfork']);

/** A call of which only the beginning is known. */
interface Pending {
  readonly text: ByteString;
  readonly leader: Leader;
  /** Entries before it. */
  readonly from: number;
}

/** Stands for the id of the only process of a log without ids, until a call has told it. */
const UNTOLD = 0;

/** Calls that return the id of their thread; programs that use libc begin with the first one. */
const IDS: ReadonlySet<string> = new Set(['set_tid_address', 'gettid', 'getpid']);

/** Gathers a log, line by line. */
export class StraceLog {
  readonly entries: Entry[] = [];
  readonly births: Birth[] = [];
  /** Facts that stand before the first line: those of the machine. */
  readonly machine: JsonInputObject[] = [];
  /** Lines that are none of strace's, and the number of the first of them. */
  strange = 0;
  firstStrange = 0;
  /** What the calls show of the flags that the log was made with. */
  readonly traits = new LogTraits();
  /** What processes were called when they were first seen, where the log tells. */
  readonly names = new Map<number, ByteString>();
  readonly #pending = new Map<number, Pending>();
  #lineNumber = 0;
  /** The id of the only process, once it is told; that of a process like any other if it never is. */
  #told = 2;
  /** Whether the counts of `-c` and `-C` have begun, with which a log ends. */
  #counts = false;
  readonly #clock = new LogClock();

  /** Takes the next line. */
  add(line: ByteString): void {
    this.#lineNumber++;
    this.#counts ||= line.startsWith('% time');
    if (this.#counts || line.trim() === '') return;
    if (isRemark(line)) {
      const fact = parseFact(line);
      if (fact === undefined) return;
      if (this.entries.length === 0) this.machine.push(fact);
      else this.entries.push({ kind: 'fact', fact });
      return;
    }
    const { leader, at } = parseLeader(line);
    this.#take(leader, parseBody(line.slice(at)));
  }

  /** Says that there is no more line. */
  end(): void {
    this.entries.forEach((entry, i) => {
      if (entry.kind !== 'fact' && entry.tid === UNTOLD) this.entries[i] = { ...entry, tid: this.#told };
    });
    this.births.forEach((birth, i) => {
      if (birth.parent === UNTOLD) this.births[i] = { ...birth, parent: this.#told };
    });
    this.traits.isRecorded = this.machine.length > 0;
    const shown = new Set(this.entries.map((entry) => (entry.kind === 'fact' ? UNTOLD : entry.tid)));
    this.traits.hasLostChildren =
      this.births.length > 0 && !this.births.some(({ child }) => shown.has(child));
  }

  #take(leader: Leader, body: Body): void {
    const tid = leader.tid ?? UNTOLD;
    const time = this.#clock.read(leader.time, leader.clock);
    if (leader.clock === 'epoch') this.traits.hasDates = true;
    if (leader.comm !== undefined && !this.names.has(tid)) this.names.set(tid, leader.comm);
    switch (body.kind) {
      case 'unfinished':
        this.#pending.set(body.newTid ?? tid, { text: body.text, leader, from: this.entries.length });
        return;
      case 'resumed': {
        const pending = this.#pending.get(tid);
        if (pending === undefined) return;
        this.#pending.delete(tid);
        const call = parseCall(pending.text + body.text);
        // The line was written when the call was over.
        if (call !== undefined) this.#call(tid, time, call, pending.leader.nr, pending.from);
        else this.#strange();
        return;
      }
      case 'call':
        this.#call(tid, time + (body.duration ?? 0n), body, leader.nr, this.entries.length);
        return;
      case 'signal':
        this.entries.push({ ...body, tid, time });
        return;
      case 'exited':
        this.#pending.delete(tid);
        this.entries.push({ ...body, kind: 'exit', tid, time });
        return;
      case 'superseded': {
        const exec = this.#pending.get(body.by);
        if (exec === undefined) return;
        this.#pending.delete(body.by);
        this.#pending.set(tid, exec);
        return;
      }
      case 'other':
        if (!body.known) this.#strange();
    }
  }

  #call(
    tid: number,
    time: bigint,
    call: Body & { kind: 'call' },
    nr: number | undefined,
    from: number,
  ): void {
    const { name, args, result } = call;
    this.traits.see(name, args);
    if (result === undefined) return;
    if (tid === UNTOLD && IDS.has(name) && this.#told === 2) this.#told = Number(result.value);
    if (BIRTHS.has(name) && Number(result.value) > 0)
      this.births.push({ child: bornOf(result), parent: tid, from, entry: this.entries.length });
    this.entries.push({ kind: 'call', tid, time, name, args, result, nr });
  }

  #strange(): void {
    this.strange++;
    if (this.firstStrange === 0) this.firstStrange = this.#lineNumber;
  }
}

/** The id of a new process as strace counts; in another pid namespace, the call returned another one. */
export function bornOf({ value, rest }: Result): number {
  const ours = /^\/\* (\d+) in strace's PID NS \*\//.exec(rest)?.[1];
  return Number(ours ?? value);
}
