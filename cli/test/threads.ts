import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { RunTestFile, TestFileResult } from '../../daemon/index.ts';
import type { Coverage } from '../../rules/index.ts';
import type { TestSetup } from './setup.ts';

/** What a thread is told to do. */
export type ThreadOrder =
  | { readonly kind: 'file'; readonly name: string; readonly onlyMarked: boolean }
  | { readonly kind: 'coverage' };

/** What it answers. */
export type ThreadAnswer =
  | { readonly kind: 'file'; readonly result: TestFileResult }
  | { readonly kind: 'coverage'; readonly coverage: Coverage | undefined };

// The bundle of the thread lies beside that of the command line.
const WORKER = new URL('./test-worker.js', import.meta.url);

/** Threads that run test files at the same time. */
export class TestThreads {
  readonly #workers: readonly Worker[];

  constructor(count: number, setup: TestSetup) {
    this.#workers = Array.from({ length: count }, () => new Worker(WORKER, { workerData: setup }));
  }

  /** Each runs one file at a time. */
  get runners(): readonly RunTestFile[] {
    return this.#workers.map((worker) => async (name, onlyMarked) => {
      const answer = await ask(worker, { kind: 'file', name, onlyMarked });
      if (answer.kind !== 'file') throw new Error('a thread answers what it is asked');
      return answer.result;
    });
  }

  /** What the files that each of them ran show of the rules. */
  async coverage(): Promise<readonly Coverage[]> {
    const answers = await Promise.all(this.#workers.map((worker) => ask(worker, { kind: 'coverage' })));
    return answers.flatMap((answer) => (answer.kind === 'coverage' ? (answer.coverage ?? []) : []));
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/** Waits for the answer to an order. Throws what the thread throws. */
async function ask(worker: Worker, order: ThreadOrder): Promise<ThreadAnswer> {
  worker.postMessage(order);
  const [answer] = (await once(worker, 'message')) as [ThreadAnswer];
  return answer;
}
