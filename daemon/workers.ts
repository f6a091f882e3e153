import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ByteString } from '../engine/index.ts';
import { totalSize } from './capture.ts';
import type { FalcoConfig } from './config/falco-keys.ts';
import type { ReplayProgress, ReplayResult } from './pipeline.ts';
import { sum, type ReplayJob } from './replay.ts';

/** What a worker is started with. */
export interface WorkerSetup {
  readonly rulePaths: readonly string[];
  readonly config: FalcoConfig;
  readonly hostname: ByteString;
}

/** To a worker: replay this file, or go on after so many pieces of lines were taken. */
export type WorkerOrder = { readonly kind: 'replay'; readonly path: string } | { readonly kind: 'taken' };

/** From a worker, about the file it replays. */
export type WorkerReport =
  | { readonly kind: 'lines'; readonly lines: ByteString }
  | { readonly kind: 'progress'; readonly progress: ReplayProgress }
  | { readonly kind: 'done'; readonly result: ReplayResult };

/** Pieces of lines that a worker may be ahead of what was taken from it. */
export const WORKER_LEAD = 8;

/** One file, and what came of it so far. */
class Task {
  readonly #reports: WorkerReport[] = [];
  #wake: (() => void) | undefined;
  progress: ReplayProgress = { bytes: 0, total: undefined, events: 0, alerts: 0 };

  push(report: WorkerReport): void {
    if (report.kind === 'progress') this.progress = report.progress;
    else this.#reports.push(report);
    this.#wake?.();
  }

  async next(): Promise<WorkerReport> {
    for (;;) {
      const report = this.#reports.shift();
      if (report !== undefined) return report;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/**
 * Replays several captures at a time, each in a thread. Lines of a later capture wait in its thread (which stops when it is far ahead) until those before are
 * out, so that the output is that of one thread.
 */
export async function replayInWorkers(job: ReplayJob, finish: (result: ReplayResult) => void): Promise<void> {
  const { captures } = job;
  const tasks = captures.map(() => new Task());
  const owners = new Map<Task, Worker>();
  const setup: WorkerSetup = { rulePaths: job.rulePaths, config: job.config, hostname: job.hostname };
  let upcoming = 0;
  const total = totalSize(captures);
  const failures: Promise<never>[] = [];

  const workers = Array.from({ length: Math.min(job.jobs, captures.length) }, () => {
    const worker = new Worker(workerFile, { workerData: setup });
    let task: Task | undefined;
    const assign = (): void => {
      const index = upcoming++;
      task = tasks[index];
      if (task === undefined) return;
      owners.set(task, worker);
      worker.postMessage({ kind: 'replay', path: captures[index]!.path } satisfies WorkerOrder);
    };
    worker.on('message', (report: WorkerReport) => {
      task?.push(report);
      if (report.kind === 'done') assign();
      else if (report.kind === 'progress')
        job.onProgress?.(
          tasks.map(({ progress }) => progress).reduce(sum, { bytes: 0, total, events: 0, alerts: 0 }),
        );
    });
    failures.push(once(worker, 'error').then(([error]) => Promise.reject(error as Error)));
    assign();
    return worker;
  });

  try {
    for (const task of tasks) {
      for (;;) {
        const report = await Promise.race([task.next(), ...failures]);
        if (report.kind === 'done') {
          finish(report.result);
          break;
        }
        if (report.kind !== 'lines') continue;
        await job.onLines(report.lines);
        owners.get(task)!.postMessage({ kind: 'taken' } satisfies WorkerOrder);
      }
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

// The bundle of this thread lies beside that of the command line.
const workerFile = new URL('./replay-worker.js', import.meta.url);
