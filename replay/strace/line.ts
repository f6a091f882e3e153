/** One line of strace's output, taken apart as far as its kind asks for (strace.c, `print_syscall`, `printleader`). */
import type { ByteString } from '../../engine/index.ts';
import { errorNumber } from './numbers.ts';
import { find, integerOf, noteOf, split, type Digits } from './text.ts';

/** How the times of a log count. */
export type Clock = 'epoch' | 'day' | 'relative' | 'none';

/** What a line begins with. */
export interface Leader {
  /** Undefined without `-f`. */
  readonly tid: number | undefined;
  /** The name of the process (`-Y`). */
  readonly comm: ByteString | undefined;
  /** Nanoseconds: since the epoch, since midnight, or since the line before; 0 without times. */
  readonly time: bigint;
  readonly clock: Clock;
  /** The number of the system call (`-n`). */
  readonly nr: number | undefined;
}

/** What a call returned. */
export interface Result {
  /** The value; a negative one is an error. */
  readonly value: Digits;
  /** What strace tells of an fd that was returned. */
  readonly note: ByteString | undefined;
  /** What stands behind it: `(Timeout)`, or of a process in another pid namespace, `/* 12 in strace's PID NS *\/`. */
  readonly rest: ByteString;
}

/** What the rest of a line tells. */
export type Body =
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly args: readonly ByteString[];
      /** Undefined for a call that did not return. */
      readonly result: Result | undefined;
      /** Nanoseconds (`-T`); undefined without. */
      readonly duration: bigint | undefined;
    }
  /** A call that goes on in another line; `newTid` if an exec gave it the id of the main thread. */
  | { readonly kind: 'unfinished'; readonly text: ByteString; readonly newTid: number | undefined }
  | { readonly kind: 'resumed'; readonly text: ByteString }
  | { readonly kind: 'signal'; readonly signal: string; readonly info: ByteString }
  /** `status` is that of wait(2). */
  | {
      readonly kind: 'exited';
      readonly status: number;
      readonly signal: string | undefined;
      readonly core: boolean;
    }
  /** The thread ended, and one of its process that execs has its id from now on: that was `by` until now. */
  | { readonly kind: 'superseded'; readonly by: number }
  /** Messages of strace, and anything else. */
  | { readonly kind: 'other'; readonly known: boolean };

const PID = /^(?:\[pid +(\d+)(?:<([^>]*)>)?\] *|(\d+)(?:<([^>]*)>)? +)/;
const EPOCH = /^(\d{9,11})(?:\.(\d{1,9}))? +/;
const DAY = /^(\d{1,2}):(\d\d):(\d\d)(?:\.(\d{1,9}))? +/;
const RELATIVE = /^(?:\(\+ +(\d+)\.(\d{1,9})\)|(\d+)\.(\d{1,9})) +/;
const NUMBER = /^\[ *(\d+)\] +/;
const POINTER = /^\[[0-9a-f?]{8,16}\] +/;

/** Ids of processes are below this (PID_MAX_LIMIT). */
const MAX_PID = 1 << 22;

const nanoseconds = (fraction = '') => BigInt(fraction.padEnd(9, '0'));

/** The beginning of a line, and where its body begins. */
export function parseLeader(line: ByteString): { leader: Leader; at: number } {
  let rest = line.trimStart();
  const take = (pattern: RegExp): RegExpExecArray | null => {
    const found = pattern.exec(rest);
    if (found !== null) rest = rest.slice(found[0].length);
    return found;
  };
  let tid: number | undefined;
  let comm: ByteString | undefined;
  const pid = PID.exec(rest);
  if (pid !== null && Number(pid[1] ?? pid[3]) <= MAX_PID) {
    tid = Number(pid[1] ?? pid[3]);
    comm = pid[2] ?? pid[4];
    rest = rest.slice(pid[0].length);
  }
  let time = 0n;
  let clock: Clock = 'none';
  const epoch = take(EPOCH);
  const day = epoch === null ? take(DAY) : null;
  const relative = take(RELATIVE);
  if (epoch !== null) {
    clock = 'epoch';
    time = BigInt(epoch[1]!) * 1_000_000_000n + nanoseconds(epoch[2]);
  } else if (day !== null) {
    clock = 'day';
    const seconds = (Number(day[1]) * 60 + Number(day[2])) * 60 + Number(day[3]);
    time = BigInt(seconds) * 1_000_000_000n + nanoseconds(day[4]);
  } else if (relative !== null) {
    clock = 'relative';
    time = BigInt(relative[1] ?? relative[3]!) * 1_000_000_000n + nanoseconds(relative[2] ?? relative[4]);
  }
  const number = take(NUMBER);
  take(POINTER);
  const nr = number === null ? undefined : Number(number[1]);
  return { leader: { tid, comm, time, clock, nr }, at: line.length - rest.length };
}

/** Ends of lines are looked for in so many of their last bytes: patterns that begin anywhere take long in long lines. */
const TAIL = 48;
const UNFINISHED = /<(?:unfinished|detached|pid changed to (\d+)) \.\.\.>$/;
const RESUMED = /^<\.\.\. \S+ resumed>\s?(.*)$/s;
const SIGNAL = /^--- (SIG\w+|[0-9]+) (\{.*\}) ---$/s;
const EXITED = /^\+\+\+ exited with (\d+) \+\+\+$/;
const KILLED = /^\+\+\+ killed by (\S+)(?: \(core dumped\))? \+\+\+$/;
const SUPERSEDED = /^\+\+\+ superseded by execve in pid (\d+)(?:<.*>)? \+\+\+$/;
/** Messages of strace, and the stacks of `-k`. */
const MESSAGE = /^(?:\S*strace: |--- stopped by |\+\+\+ |> |Process \d+ (?:attached|detached))/;
const CALL = /^(\w+|\?\?\?)\(/;
const DURATION = /<(\d+)\.(\d{1,9})>$/;

/** What is found at the end of a text, and the text before it. */
function cutEnd(text: ByteString, pattern: RegExp): { found: RegExpExecArray | null; before: ByteString } {
  const found = pattern.exec(text.slice(-TAIL));
  return { found, before: found === null ? text : text.slice(0, -found[0].length).trimEnd() };
}

/** What a line tells behind its beginning. */
export function parseBody(body: ByteString): Body {
  const text = body.trimEnd();
  switch (text[0]) {
    case '<': {
      const resumed = RESUMED.exec(text);
      if (resumed !== null) return { kind: 'resumed', text: resumed[1]! };
      break;
    }
    case '-':
    case '+':
      return parseMark(text);
  }
  if (!CALL.test(text)) return { kind: 'other', known: MESSAGE.test(text) };
  const { found, before } = cutEnd(text, UNFINISHED);
  if (found !== null)
    return {
      kind: 'unfinished',
      text: before,
      newTid: found[1] === undefined ? undefined : Number(found[1]),
    };
  return parseCall(text) ?? { kind: 'other', known: false };
}

function parseMark(text: ByteString): Body {
  const signal = SIGNAL.exec(text);
  if (signal !== null) return { kind: 'signal', signal: signal[1]!, info: signal[2]! };
  const exited = EXITED.exec(text);
  if (exited !== null)
    return { kind: 'exited', status: (Number(exited[1]) & 0xff) << 8, signal: undefined, core: false };
  const killed = KILLED.exec(text);
  if (killed !== null)
    return { kind: 'exited', status: 0, signal: killed[1]!, core: text.includes('(core dumped)') };
  const by = SUPERSEDED.exec(text)?.[1];
  if (by !== undefined) return { kind: 'superseded', by: Number(by) };
  return { kind: 'other', known: MESSAGE.test(text) };
}

/** A whole call, from its name to its result; undefined if it is none. */
export function parseCall(text: ByteString): (Body & { kind: 'call' }) | undefined {
  const name = CALL.exec(text)?.[1];
  if (name === undefined) return undefined;
  const open = name.length;
  const close = find(text, open + 1, ')');
  const equals = /^\)\s*= ?/.exec(text.slice(close, close + 4096));
  if (equals === null) return undefined;
  const { found: lasted, before: after } = cutEnd(text.slice(close + equals[0].length), DURATION);
  const { before: inner } = cutEnd(text.slice(open + 1, close), UNFINISHED);
  return {
    kind: 'call',
    name,
    args: split(inner),
    result: parseResult(after),
    duration: lasted === null ? undefined : BigInt(lasted[1]!) * 1_000_000_000n + nanoseconds(lasted[2]),
  };
}

const FAILED = /^-1 (ERRNO_\d+|E[A-Z0-9]+)(.*)$/s;
/** A call that the kernel begins again, or makes EINTR of. */
const RESTARTED = /^\? (ERESTART\w+)/;

function parseResult(text: ByteString): Result | undefined {
  const failed = FAILED.exec(text);
  const error = failed?.[1] ?? RESTARTED.exec(text)?.[1];
  if (error !== undefined) {
    const number = errorNumber(error);
    return number === undefined ? undefined : { value: -number, note: undefined, rest: failed?.[2] ?? '' };
  }
  const end = find(text, 0, ' ');
  const word = text.slice(0, end);
  const value = integerOf(word.replace(/<.*$/s, ''));
  return value === undefined ? undefined : { value, note: noteOf(word), rest: text.slice(end + 1) };
}
