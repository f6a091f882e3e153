import type { Thread } from './thread.ts';

/** So many threads of a group that are dead or gone make it forget the gone ones (thread_group_info.h of libsinsp). */
const DEAD_THREADS_THRESHOLD = 11;

/** The threads of one process: thread_group_info of libsinsp. */
export class ThreadGroup {
  readonly pid: number;
  /** The main thread comes first where it is known. Threads that were removed stay until the list is cleaned. */
  threads: Thread[];
  aliveThreads = 1;
  /** Whether orphans below are given to this process. */
  reaper: boolean;

  constructor(pid: number, reaper: boolean, first: Thread) {
    this.pid = pid;
    this.reaper = reaper;
    this.threads = [first];
  }

  add(thread: Thread, main: boolean): void {
    if (main) this.threads.unshift(thread);
    else this.threads.push(thread);
    this.aliveThreads++;
  }

  /** One thread has died. */
  threadDied(): void {
    this.aliveThreads--;
    const gone = this.threads.length - this.aliveThreads;
    if (gone < 0 || gone >= DEAD_THREADS_THRESHOLD) this.clean();
  }

  /** Forgets the threads that left the table. */
  clean(): void {
    this.threads = this.threads.filter((thread) => !thread.expired);
  }

  /** The first thread, unless it has left the table. */
  get first(): Thread | undefined {
    const first = this.threads[0];
    return first === undefined || first.expired ? undefined : first;
  }

  /** Any thread that is alive, other than `except`. */
  alive(except?: Thread): Thread | undefined {
    for (const thread of this.threads)
      if (!thread.expired && !thread.isDead && thread !== except) return thread;
    return undefined;
  }
}
