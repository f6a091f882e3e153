import type { Event } from '../event.ts';
import type { Thread } from '../state/thread.ts';
import type { ThreadTable } from '../state/thread-table.ts';

/** Chains of parents are shorter than this, or loops. */
const LONGEST_CHAIN = 64;

/** An index beyond every chain of parents. */
const BEYOND = 0xffff;

const scratch: Thread[] = [];

/**
 * The threads above `thread`, nearest first, where libsinsp's walk ends too (`Thread.ancestors`). The array is reused by the next
 * call: read it at once.
 */
export function ancestorsOf(thread: Thread, threads: ThreadTable): readonly Thread[] {
  scratch.length = 0;
  let parent = threads.find(thread.ptid);
  while (parent !== undefined && parent.tid !== -1 && (scratch.length === 0 || parent.tid !== parent.ptid)) {
    // A chain this long bites its own tail: only the careful walk knows where it ends.
    if (scratch.length === LONGEST_CHAIN) return [...thread.ancestors(threads)];
    scratch.push(parent);
    parent = threads.find(parent.ptid);
  }
  return scratch;
}

/** The main thread of the parent of the event's process. */
export function parentProcess(event: Event): Thread | undefined {
  const main = event.thread?.mainThread;
  return main === undefined ? undefined : event.machine?.threads.find(main.ptid)?.mainThread;
}

/** The main thread of the process `n` generations above the event's; 0 is itself. Negative numbers are beyond every chain. */
export function ancestorProcess(event: Event, n: number): Thread | undefined {
  const { thread, machine } = event;
  if (thread === undefined || machine === undefined) return undefined;
  return thread.ancestorProcess(machine.threads, n < 0 || n > BEYOND ? BEYOND : n);
}

/**
 * Who leads the session or process group whose id `idOf` gives: the process with that id, else the eldest ancestor in an
 * unbroken line with the same id. Ids of another pid namespace (`isVirtual`) cannot be looked up.
 */
export function leaderOf(
  event: Event,
  idOf: (thread: Thread) => number,
  isVirtual: boolean,
): Thread | undefined {
  const { thread, machine } = event;
  if (thread === undefined || machine === undefined) return undefined;
  const id = idOf(thread);
  if (id === -1) return undefined;
  if (!isVirtual || !thread.isInPidNamespace) {
    const leader = machine.threads.find(id);
    if (leader !== undefined) return leader;
  }
  let leader: Thread | undefined;
  for (const ancestor of ancestorsOf(thread, machine.threads)) {
    if (idOf(ancestor) !== id) break;
    leader = ancestor;
  }
  return leader;
}
