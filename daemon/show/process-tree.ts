import { EVENTS, type ByteString, type Event, type Machine, type Thread } from '../../engine/index.ts';
import type { CaptureFile } from '../../replay/index.ts';
import { Process, type ProcessInfo } from './process.ts';
import { observeEvents, type Observer, type Selection } from './show.ts';

/** A process at its place in the tree. */
export interface TreeEntry extends ProcessInfo {
  /** How many processes are above it. */
  readonly depth: number;
  /** The process that started it or, before the capture, had taken it over; undefined at the top. */
  readonly ppid: number | undefined;
  /** Whether no other process of the same parent comes after it. */
  readonly isLast: boolean;
}

/** The processes of one capture. */
export interface ProcessTree {
  readonly capture: string;
  /** The time of its first event, those that tell of the recording itself left aside, in nanoseconds since the epoch; undefined if there is none. */
  readonly start: bigint | undefined;
  /** Each process is followed by those below it: the ones that were there before by their ids, then the others as they began. */
  readonly processes: readonly TreeEntry[];
}

/** What trees are shown with. */
export interface TreeJob extends Selection {
  readonly onTree: (tree: ProcessTree) => Promise<void>;
}

/**
 * Gives the process tree of each capture once it was read. With a filter, or where only some events are selected, the processes with such an event
 * and those above them are in it.
 */
export async function showProcessTrees({ onTree, ...selection }: TreeJob): Promise<void> {
  const everybody = selection.filter === undefined && selection.from === undefined;
  await observeEvents(selection, (capture) => {
    const processes = new ProcessTable(capture);
    return {
      see: (event, selected) => processes.see(event, selected),
      end: () => onTree(processes.tree(everybody)),
    } satisfies Observer;
  });
}

const exitsOf = (...names: readonly ByteString[]): readonly boolean[] =>
  EVENTS.map(({ name, enter }) => !enter && names.includes(name));

const STARTS_PROCESS = exitsOf('clone', 'clone3', 'fork', 'vfork');
const STARTS_PROGRAM = exitsOf('execve', 'execveat');
/** These may come first, and their time means nothing. */
const IS_META: readonly boolean[] = EVENTS.map(({ classes }) => classes.includes('metaevent'));
const ENDS: readonly boolean[] = EVENTS.map(({ name }) => name === 'procexit');

/** Collects the processes of one capture while it is read. */
class ProcessTable {
  readonly #capture: CaptureFile;
  #start: bigint | undefined;
  #now = 0n;
  /** While the processes of the snapshot are registered: the id of one that began with the first event, -1 if none did. */
  #newborn: number | undefined;
  #machine: Machine | undefined;
  /** Parents stand before their children. */
  readonly #all: Process[] = [];
  /** The latest process of each id. */
  readonly #byPid = new Map<number, Process>();
  /** Threads of which nothing but the id is known, with the number of their selected events. */
  readonly #strangers = new Map<Thread, number>();

  constructor(capture: CaptureFile) {
    this.#capture = capture;
  }

  see(event: Event, selected: boolean): boolean {
    const { thread, code, machine } = event;
    this.#now = event.time;
    this.#machine = machine;
    if (this.#start === undefined) {
      if (IS_META[code]) return selected;
      this.#begin(event);
    }
    if (thread === undefined) return selected;
    if (thread.isInvalid) {
      this.#strangers.set(thread, (this.#strangers.get(thread) ?? 0) + (selected ? 1 : 0));
      return selected;
    }
    const process = this.#processOf(thread);
    if (selected) process.events++;
    if (STARTS_PROGRAM[code] && event.returnValue === 0) process.startedProgram(thread, event.time);
    else if (STARTS_PROCESS[code] && event.returnValue > 0) {
      // Its parent is certain now; by its own first event it may have another one.
      const child = machine?.threads.find(event.returnValue);
      if (child !== undefined && !child.isInvalid) this.#processOf(child);
    } else if (ENDS[code] && thread.isMainThread) process.ended(event, thread, this.#machine!);
    return selected;
  }

  /** At the first event the machine knows the processes of the snapshot, and the one that this event may have made known. */
  #begin(event: Event): void {
    this.#start = event.time;
    this.#newborn = STARTS_PROCESS[event.code] ? event.returnValue || event.tid : -1;
    this.#registerAll();
    this.#newborn = undefined;
  }

  /** Snapshots have times of their own for the beginnings of processes, some of them later than the first event. */
  #beginning({ pid, cloneTime }: Thread): bigint | undefined {
    if (this.#newborn !== undefined) return pid === this.#newborn ? this.#start : undefined;
    const time = BigInt(cloneTime);
    if (time >= this.#start! && time <= this.#now) return time;
    // Another process had the id before: this one cannot have been there then.
    return this.#byPid.has(pid) ? this.#now : undefined;
  }

  #registerAll(): void {
    const threads = [...(this.#machine?.threads.values() ?? [])].filter((thread) => !thread.isInvalid);
    for (const thread of threads.sort((a, b) => a.pid - b.pid)) this.#processOf(thread);
  }

  /** The process of a thread; it and the unknown ones above it are registered. */
  #processOf(thread: Thread): Process {
    const known = this.#byPid.get(thread.pid);
    if (known?.has(thread)) return known;
    const fresh: Thread[] = [];
    const seen = new Set<number>();
    let above: Thread | undefined = thread;
    let parent: Process | undefined;
    while (above !== undefined && !above.isInvalid && !seen.has(above.pid)) {
      const registered = this.#byPid.get(above.pid);
      if (registered?.has(above)) {
        parent = registered;
        break;
      }
      fresh.push(above);
      seen.add(above.pid);
      above = this.#machine?.threads.find((above.mainThread ?? above).ptid);
    }
    for (const next of fresh.reverse()) {
      parent = new Process(next, parent, this.#beginning(next.mainThread ?? next));
      this.#all.push(parent);
      this.#byPid.set(next.pid, parent);
    }
    return parent!;
  }

  /** Everybody, or those with selected events and the ones above them. */
  tree(everybody: boolean): ProcessTree {
    if (this.#start === undefined) this.#newborn = -1;
    this.#registerAll();
    const strangers: Process[] = [];
    for (const [thread, events] of this.#strangers) {
      const process = thread.isInvalid ? new Process(thread, undefined, undefined) : this.#processOf(thread);
      process.events += events;
      if (thread.isInvalid) strangers.push(process);
    }
    const all = [...this.#all, ...strangers];
    if (this.#machine !== undefined) for (const process of all) process.describe(this.#machine);
    const kept = everybody ? new Set(all) : withEvents(all);
    const children = new Map<Process | undefined, Process[]>();
    for (const process of all) {
      if (!kept.has(process)) continue;
      const siblings = children.get(process.parent);
      if (siblings === undefined) children.set(process.parent, [process]);
      else siblings.push(process);
    }
    return { capture: this.#capture.path, start: this.#start, processes: walk(children) };
  }
}

/** The processes that have events, and those above them. */
function withEvents(all: readonly Process[]): ReadonlySet<Process> {
  const kept = new Set<Process>();
  for (const process of all) {
    if (process.events === 0) continue;
    for (let at: Process | undefined = process; at !== undefined && !kept.has(at); at = at.parent)
      kept.add(at);
  }
  return kept;
}

/** Depth first, without recursion: a capture may tell of any depth. */
function walk(children: ReadonlyMap<Process | undefined, readonly Process[]>): TreeEntry[] {
  const entries: TreeEntry[] = [];
  const waiting: { readonly process: Process; readonly depth: number; readonly isLast: boolean }[] = [];
  const push = (parent: Process | undefined, depth: number): void => {
    const sorted = [...(children.get(parent) ?? [])].sort(inOrder);
    for (let i = sorted.length - 1; i >= 0; i--)
      waiting.push({ process: sorted[i]!, depth, isLast: i === sorted.length - 1 });
  };
  push(undefined, 0);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { process, depth, isLast } = next;
    entries.push({ ...process.info, depth, ppid: process.parent?.info.pid, isLast });
    push(process, depth + 1);
  }
  return entries;
}

function inOrder({ info: a }: Process, { info: b }: Process): number {
  const [began, other] = [a.began ?? 0n, b.began ?? 0n];
  return began === other ? a.pid - b.pid : began < other ? -1 : 1;
}
