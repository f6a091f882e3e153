import { RecentExits } from './recent-exits.ts';
import { Thread } from './thread.ts';
import { ThreadGroup } from './thread-group.ts';

/**
 * Threads that the table holds at most: the default of libsinsp. Falco sets another size (`falco_libs.thread_table_size`), and libsinsp purges
 * idle and invalid threads, only while they capture live.
 */
export const MAX_THREADS = 262144;

/** Threads that are found without a look into the whole table: a power of two. */
const RECENT = 1024;

/** The threads of the machine: sinsp_thread_manager of libsinsp, as it works on captures (no look into /proc). */
export class ThreadTable {
  readonly #threads = new Map<number, Thread>();
  readonly #groups = new Map<number, ThreadGroup>();
  readonly #onLeave: (tid: number) => void;
  /** Threads that were found, by the lower bits of their ids: events come from few threads at a time. */
  readonly #recent = new Array<Thread | undefined>(RECENT).fill(undefined);
  /** Threads that were removed after their end was seen. */
  readonly recentExits = new RecentExits();

  /** @param onLeave Called with the id of each thread that leaves the table, or whose place another takes. */
  constructor(onLeave: (tid: number) => void = () => undefined) {
    this.#onLeave = onLeave;
  }

  get size(): number {
    return this.#threads.size;
  }

  values(): IterableIterator<Thread> {
    return this.#threads.values();
  }

  /** The thread with this id, if it is known. */
  find(tid: number): Thread | undefined {
    const place = tid & (RECENT - 1);
    const recent = this.#recent[place];
    if (recent !== undefined && recent.tid === tid) return recent;
    const thread = this.#threads.get(tid);
    if (thread !== undefined) this.#recent[place] = thread;
    return thread;
  }

  /**
   * The thread with this id. One that is not known is added as an invalid thread, of which nothing but the id is known; undefined
   * only when the table is full.
   */
  get(tid: number): Thread | undefined {
    const known = this.find(tid);
    if (known !== undefined || this.#threads.size >= MAX_THREADS) return known;
    const thread = new Thread();
    thread.tid = tid;
    thread.comm = '<NA>';
    thread.exe = '<NA>';
    return this.add(thread, true);
  }

  /** The process group record of a pid. */
  group(pid: number): ThreadGroup | undefined {
    return this.#groups.get(pid);
  }

  /**
   * Puts a thread in the table, in the place of one with the same id; undefined when the table is full.
   *
   * @param link Whether to make it known to its process and its parent now. Threads of a snapshot are linked when all are there.
   */
  add(thread: Thread, link: boolean): Thread | undefined {
    if (this.#threads.size >= MAX_THREADS) return undefined;
    if (link) this.link(thread);
    const previous = this.#threads.get(thread.tid);
    if (previous !== undefined && previous !== thread) {
      previous.expired = true;
      this.#forget(thread.tid);
    }
    this.#threads.set(thread.tid, thread);
    return thread;
  }

  /** Makes a thread known to its process and to its parent: create_thread_dependencies of libsinsp. */
  link(thread: Thread): void {
    if (thread.isInvalid || thread.group !== undefined) return;
    const reaper = thread.pid === 1 || thread.vpid === 1;
    let group = this.#groups.get(thread.pid);
    if (group === undefined) {
      group = new ThreadGroup(thread.pid, reaper, thread);
      this.#groups.set(thread.pid, group);
    } else group.add(thread, thread.isMainThread);
    thread.group = group;
    if (thread.pid === 1) return;
    const parent = this.find(thread.ptid);
    if (parent === undefined || parent.isInvalid) thread.ptid = 0;
    else parent.addChild(thread);
  }

  /** Takes a thread out of the table. Its children get a new parent; a dead main thread stays as long as others of its process live. */
  remove(tid: number): void {
    const thread = this.#threads.get(tid);
    if (thread === undefined) return;
    const { group } = thread;
    if (thread.isInvalid || group === undefined) {
      this.find(thread.ptid)?.childExpired();
      this.#erase(tid);
      return;
    }
    if (!thread.isDead) thread.die();
    if (thread.children.length > 0) this.#reparent(thread);
    if (group.aliveThreads === 0) {
      this.find(thread.ptid)?.childExpired();
      this.#groups.delete(thread.pid);
      this.#erase(thread.pid);
    }
    if (!thread.isMainThread) {
      this.find(thread.ptid)?.childExpired();
      this.#erase(tid);
    }
  }

  #erase(tid: number): void {
    const thread = this.#threads.get(tid);
    if (thread === undefined) return;
    thread.expired = true;
    this.#threads.delete(tid);
    this.#forget(tid);
  }

  #forget(tid: number): void {
    this.#recent[tid & (RECENT - 1)] = undefined;
    this.#onLeave(tid);
  }

  /** Gives the children of a thread that goes to the process that the kernel named, else to the one that it would choose. */
  #reparent(thread: Thread): void {
    let reaper = thread.reaperTid > 0 ? this.get(thread.reaperTid) : undefined;
    if (reaper === undefined || reaper.isInvalid) reaper = this.findReaper(thread);
    if (reaper !== undefined) {
      thread.reaperTid = reaper.tid;
      if (reaper.pid !== thread.pid && reaper.group !== undefined) reaper.group.reaper = true;
    }
    thread.giveChildrenTo(reaper);
  }

  /**
   * Who takes the children of a thread that ends: another living thread of its process, else the nearest process above, in the
   * same pid namespace as far as one can tell, that is a reaper.
   */
  findReaper(thread: Thread): Thread | undefined {
    if (thread.group !== undefined && thread.group.aliveThreads > 0) {
      const sibling = thread.group.alive(thread);
      if (sibling !== undefined) return sibling;
    }
    const seen = new Set([thread.tid]);
    let parent = this.find(thread.ptid);
    while (parent !== undefined && !seen.has(parent.tid)) {
      seen.add(parent.tid);
      if (parent.isInPidNamespace !== thread.isInPidNamespace) break;
      if (parent.group?.reaper && parent.group.aliveThreads > 0) {
        const reaper = parent.group.alive();
        if (reaper !== undefined) return reaper;
      }
      parent = this.find(parent.ptid);
    }
    return undefined;
  }

  clear(): void {
    for (const thread of this.#threads.values()) thread.expired = true;
    this.#threads.clear();
    this.#groups.clear();
    this.recentExits.clear();
    this.#recent.fill(undefined);
  }
}
