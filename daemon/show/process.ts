import {
  NOT_AVAILABLE,
  parametersJson,
  type ByteString,
  type Event,
  type Machine,
  type Thread,
} from '../../engine/index.ts';

/** A process as a capture tells of it. Text is byte strings, times are nanoseconds since the epoch. */
export interface ProcessInfo {
  readonly pid: number;
  /** Its latest name; undefined for a thread of which the capture tells nothing but that it did something: `pid` is its id. */
  readonly name: ByteString | undefined;
  readonly exepath: ByteString;
  /** Name and arguments, the latest. */
  readonly cmdline: ByteString;
  readonly uid: number;
  /** Undefined where the capture does not name the user. */
  readonly user: ByteString | undefined;
  /** Undefined outside of containers. */
  readonly container: { readonly id: ByteString; readonly name: ByteString | undefined } | undefined;
  /** When it began; undefined if it was there before the capture. */
  readonly began: bigint | undefined;
  /** Its command line when the capture began, or that of its parent when it began later. */
  readonly firstCmdline: ByteString;
  /** Programs that it started, in their order. */
  readonly execs: readonly { readonly time: bigint; readonly cmdline: ByteString }[];
  /** Undefined if its end is not in the capture. */
  readonly end: ProcessEnd | undefined;
  /** Its selected events. */
  readonly events: number;
}

/** How a process ended; old captures tell only that it did. */
export interface ProcessEnd {
  readonly time: bigint;
  /** What it returned, if no signal ended it. */
  readonly code: number | undefined;
  /** `SIGKILL` */
  readonly signal: ByteString | undefined;
}

/** Two threads of one id whose clones are so far apart (nanoseconds) are of two processes; clocks of snapshots are not exact. */
const TOLERANCE = 2_000_000_000n;

/** A process while its capture is read. */
export class Process {
  readonly parent: Process | undefined;
  events = 0;
  /** The thread that tells of it, until its end is seen. */
  #thread: Thread | undefined;
  readonly #cloneTime: bigint;
  #info: ProcessInfo;
  readonly #execs: { readonly time: bigint; readonly cmdline: ByteString }[] = [];

  /** @param began When it began; undefined if it was there before the capture. */
  constructor(thread: Thread, parent: Process | undefined, began: bigint | undefined) {
    const main = thread.mainThread ?? thread;
    this.parent = parent;
    this.#thread = main;
    this.#cloneTime = BigInt(main.cloneTime);
    this.#info = {
      pid: main.isInvalid ? main.tid : main.pid,
      name: undefined,
      exepath: '',
      cmdline: '',
      uid: main.uid,
      user: undefined,
      container: undefined,
      began,
      firstCmdline: main.isInvalid ? '' : main.commandLine,
      execs: this.#execs,
      end: undefined,
      events: 0,
    };
  }

  get info(): ProcessInfo {
    return { ...this.#info, events: this.events };
  }

  /** Whether a thread with this process's id belongs to it, not to a later process with the same id. */
  has(thread: Thread): boolean {
    const main = thread.mainThread ?? thread;
    if (main === this.#thread) return true;
    if (this.#thread?.isMainThread === false) {
      // Only another of its threads was known so far.
      this.#thread = main;
      return true;
    }
    const { end } = this.#info;
    if (main.tid === main.pid) {
      if (end !== undefined && main.isDead) return true;
      const cloneTime = BigInt(main.cloneTime);
      const distance = cloneTime - this.#cloneTime;
      if (distance >= TOLERANCE || distance <= -TOLERANCE) return false;
      if (end !== undefined && cloneTime > end.time) return false;
      // A program that another thread than the main one started goes on in its place.
      this.#info = { ...this.#info, end: undefined };
      this.#thread = main;
    }
    return true;
  }

  startedProgram(thread: Thread, time: bigint): void {
    this.#execs.push({ time, cmdline: thread.commandLine });
  }

  ended(event: Event, thread: Thread, machine: Machine): void {
    this.#thread = thread;
    this.describe(machine);
    this.#thread = undefined;
    this.#info = { ...this.#info, end: { time: event.time, ...outcome(event) } };
  }

  /** Takes over what the machine knows now. */
  describe(machine: Machine): void {
    const thread = this.#thread;
    if (thread === undefined || thread.isInvalid) return;
    const { uid, containerId } = thread;
    const name = machine.users.findUser(containerId, uid)?.name ?? (uid === 0 ? 'root' : NOT_AVAILABLE);
    this.#info = {
      ...this.#info,
      name: thread.comm,
      exepath: thread.exepath,
      cmdline: thread.commandLine,
      uid,
      user: name === NOT_AVAILABLE ? undefined : name,
      container:
        containerId === ''
          ? undefined
          : { id: containerId, name: machine.containers.find(containerId)?.name || undefined },
    };
  }
}

/** What the end of a process tells: `status` is that of `wait`. */
function outcome(event: Event): Pick<ProcessEnd, 'code' | 'signal'> {
  const { ret, sig, status } = Object.fromEntries(parametersJson(event));
  if (typeof sig === 'string' && sig !== '0') return { code: undefined, signal: sig };
  if (typeof ret === 'number') return { code: ret, signal: undefined };
  if (typeof status !== 'number') return { code: undefined, signal: undefined };
  return (status & 0x7f) === 0
    ? { code: (status >> 8) & 0xff, signal: undefined }
    : { code: undefined, signal: String(status & 0x7f) };
}
