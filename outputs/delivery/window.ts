import type { PendingDelivery } from '../queue/reading.ts';

/** A delivery that a deliverer has in hand. */
export interface Job extends PendingDelivery {
  /** Calls that were made and may have been the alert's fault. */
  attempts: number;
  /** Not to be tried before; milliseconds of the monotonic clock. */
  notBefore: number;
  /** When it was read from the queue, by the same clock. */
  readonly arrived: number;
  /** In a batch of so many at most: halved when a batch failed and nobody knows because of which alert. */
  batchMost: number;
}

/** Where jobs are read from: deliveries after a seq, oldest first. */
export type ReadPending = (after: number, limit: number) => readonly PendingDelivery[];

/** Jobs in memory beside the capacity that wait for another attempt: alerts that a destination does not get over must not keep the others away. */
const MAX_RETRIED = 1000;

/** The part of an output's queue that is in memory: the oldest deliveries, never more than a few batches and those that failed. */
export class Window {
  private readonly read: ReadPending;
  private readonly capacity: number;
  /** In the order of the queue. */
  private jobs: Job[] = [];
  /** Jobs that are taken are still counted: they may come back. */
  private taken = 0;
  private cursor = 0;
  private more = true;

  constructor(read: ReadPending, capacity: number) {
    this.read = read;
    this.capacity = capacity;
  }

  get size(): number {
    return this.jobs.length + this.taken;
  }

  get waiting(): readonly Job[] {
    return this.jobs;
  }

  /** There is more in the queue. */
  renew(): void {
    this.more = true;
  }

  /** Reads on, where there is room. */
  fill(elapsed: number): void {
    if (!this.more) return;
    let retried = 0;
    for (const { attempts } of this.jobs) if (attempts > 0) retried++;
    const room = this.capacity - this.size + Math.min(retried, MAX_RETRIED);
    if (room < this.capacity / 2) return;
    const read = this.read(this.cursor, room);
    this.more = read.length === room;
    for (const delivery of read)
      this.jobs.push({ ...delivery, attempts: 0, notBefore: 0, arrived: elapsed, batchMost: Infinity });
    this.cursor = read.at(-1)?.seq ?? this.cursor;
  }

  /** The oldest jobs whose time has come, as many as go together. They stay where they are until `take`. */
  ready(elapsed: number, most: number): Job[] {
    const batch: Job[] = [];
    let limit = most;
    for (const job of this.jobs) {
      if (batch.length >= limit) break;
      if (job.notBefore > elapsed) continue;
      if (batch.length >= job.batchMost) break;
      limit = Math.min(limit, job.batchMost);
      batch.push(job);
    }
    return batch;
  }

  take(batch: readonly Job[]): void {
    this.taken += batch.length;
    // Nearly always they are the first.
    if (batch.every((job, index) => job === this.jobs[index])) {
      this.jobs.splice(0, batch.length);
      return;
    }
    const taken = new Set(batch);
    this.jobs = this.jobs.filter((job) => !taken.has(job));
  }

  /** Jobs that were taken come back, to their places. */
  giveBack(batch: readonly Job[]): void {
    this.taken -= batch.length;
    this.jobs = [...this.jobs, ...batch].sort((a, b) => a.seq - b.seq);
  }

  /** Jobs that were taken are done with. */
  finish(count: number): void {
    this.taken -= count;
  }

  /** Takes out, for good, what is in hand and matches. */
  remove(matches: (job: Job) => boolean): Job[] {
    const removed = this.jobs.filter(matches);
    if (removed.length > 0) this.jobs = this.jobs.filter((job) => !removed.includes(job));
    return removed;
  }

  /** Nothing has to wait for its next attempt any more. */
  hurry(): void {
    for (const job of this.jobs) job.notBefore = 0;
  }

  /** When the time of the next job comes; undefined if there is none. */
  next(): number | undefined {
    return this.jobs.length === 0 ? undefined : Math.min(...this.jobs.map(({ notBefore }) => notBefore));
  }
}
