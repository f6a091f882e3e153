import { Worker } from 'node:worker_threads';
import type { ByteString } from '../engine/index.ts';
import type { CaptureFile } from '../replay/index.ts';
import { totalSize } from './capture.ts';
import type { FalcoConfig } from './config/falco-keys.ts';
import type { ReplayProgress, ReplayResult } from './pipeline.ts';
import { sum, type ReplayJob } from './replay.ts';
import { Replayer, type ReplayOrder, type ReplayReport } from './replayer.ts';
import { Schedule } from './schedule.ts';

/** What a worker is started with. */
export interface WorkerSetup {
  readonly rulePaths: readonly string[];
  readonly config: FalcoConfig;
  readonly hostname: ByteString;
}

/**
 * Starts threads that will replay captures beside the main thread: at once, so that they load the rules while the main thread loads them. They keep
 * no process from ending until they are given something to do.
 */
export function startWorkers(count: number, setup: WorkerSetup): readonly Worker[] {
  return Array.from({ length: count }, () => {
    const worker = new Worker(workerFile, { workerData: setup });
    worker.unref();
    return worker;
  });
}

// The bundle of this thread lies beside that of the command line.
const workerFile = new URL('./replay-worker.js', import.meta.url);

/** Replays captures at the same time in the main thread and in workers, which end with it. The output is that of one thread. */
export async function replayTogether(job: ReplayJob, finish: (result: ReplayResult) => void): Promise<void> {
  const { workers } = job;
  const replay = new SharedReplay(job);
  try {
    for (const worker of workers) worker.ref();
    replay.start();
    await replay.print(finish);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** So many bytes of lines may wait until they can be printed, in all. */
const HELD = 1 << 26;

/** One capture, and what came of it. */
class Task {
  readonly capture: CaptureFile;
  /** Lines that were not printed yet. */
  lines: Uint8Array[] = [];
  /** Their bytes, and those of what is being printed. */
  held = 0;
  result: ReplayResult | undefined = undefined;
  progress: ReplayProgress = { bytes: 0, total: undefined, events: 0, alerts: 0 };
  /** Gives orders to the thread that replays it. */
  order: (order: ReplayOrder) => void = () => undefined;
  waits = false;

  constructor(capture: CaptureFile) {
    this.capture = capture;
  }
}

/** A replay that several threads share. */
class SharedReplay {
  readonly #job: ReplayJob;
  readonly #tasks: readonly Task[];
  readonly #schedule: Schedule;
  readonly #running = new Set<Task>();
  readonly #size: number | undefined;
  /** Bytes of lines of all captures. */
  #held = 0;
  /** The capture whose lines are printed. */
  #printed: Task | undefined = undefined;
  #wake: () => void = () => undefined;
  #failure: { readonly error: unknown } | undefined = undefined;

  constructor(job: ReplayJob) {
    this.#job = job;
    this.#tasks = job.captures.map((capture) => new Task(capture));
    this.#schedule = new Schedule(job.captures);
    this.#size = totalSize(job.captures);
  }

  /** Gives all threads something to do, and more when they are done. */
  start(): void {
    const main: Replayer = new Replayer(this.#job, (report) => take(report));
    const take = this.#begin(true, (order) => {
      main.take(order).catch((error: unknown) => this.#fail(error));
    });
    for (const worker of this.#job.workers) {
      worker.on('error', (error) => this.#fail(error));
      worker.on(
        'message',
        this.#begin(false, (order) => worker.postMessage(order)),
      );
    }
  }

  /** Orders a thread to replay one capture after the other. Gives what takes its reports. */
  #begin(isMain: boolean, order: (order: ReplayOrder) => void): (report: ReplayReport) => void {
    let index: number | undefined;
    const next = (): void => {
      index = this.#schedule.take(isMain);
      if (index === undefined) return;
      const task = this.#tasks[index]!;
      task.order = order;
      this.#running.add(task);
      order({ kind: 'replay', path: task.capture.path });
      this.#balance();
    };
    next();
    return (report) => {
      const task = this.#tasks[index!]!;
      switch (report.kind) {
        case 'lines':
          task.lines.push(report.lines);
          this.#hold(task, report.lines.length);
          break;
        case 'progress':
          task.progress = report.progress;
          this.#job.onProgress?.(
            this.#tasks
              .map(({ progress }) => progress)
              .reduce(sum, { bytes: 0, total: this.#size, events: 0, alerts: 0 }),
          );
          return;
        case 'done': {
          const { events, alerts } = report.result;
          task.progress = {
            ...task.progress,
            bytes: task.capture.size ?? task.progress.bytes,
            events,
            alerts,
          };
          task.result = report.result;
          this.#running.delete(task);
          this.#schedule.done(index!);
          next();
        }
      }
      this.#wake();
    };
  }

  #hold(task: Task, bytes: number): void {
    task.held += bytes;
    this.#held += bytes;
    this.#balance();
  }

  /** Lets all wait while too much is held; the one whose lines are printed only until they are. */
  #balance(): void {
    for (const task of this.#running) {
      const waits = this.#held > HELD && (task !== this.#printed || task.held > 0);
      if (waits !== task.waits) task.order({ kind: waits ? 'wait' : 'go' });
      task.waits = waits;
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  /** Hands over all lines in the order of the captures, as they come. */
  async print(finish: (result: ReplayResult) => void): Promise<void> {
    for (const task of this.#tasks) {
      this.#printed = task;
      this.#balance();
      for (;;) {
        if (this.#failure !== undefined) throw this.#failure.error;
        const { lines, result } = task;
        task.lines = [];
        for (const piece of lines) {
          await this.#job.onLines(piece);
          this.#hold(task, -piece.length);
        }
        if (result !== undefined) {
          finish(result);
          break;
        }
        if (task.lines.length === 0 && task.result === undefined)
          await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }
}
