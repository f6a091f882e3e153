import type { Thread } from './thread.ts';

/** The threads of one process: thread_group_info of libsinsp. */
export class ThreadGroup {
  readonly pid: number;
  threads: Thread[] = [];
  aliveThreads = 0;
  reaper = false;

  constructor(pid: number) {
    this.pid = pid;
  }
}
