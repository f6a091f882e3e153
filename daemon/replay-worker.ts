/** A thread that replays captures one after the other: see `workers.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ByteString } from '../engine/index.ts';
import { replayCapture } from './pipeline.ts';
import { loadRunningRules } from './rules.ts';
import { WORKER_LEAD, type WorkerOrder, type WorkerReport, type WorkerSetup } from './workers.ts';

/** Lines are handed over in pieces of about this many bytes. */
const PIECE = 1 << 16;

const port = parentPort!;
const { rulePaths, config, hostname } = workerData as WorkerSetup;
const { rules } = loadRunningRules(rulePaths, config);
if (rules === undefined) throw new Error('the rules changed on disk while they were replayed');

const report = (message: WorkerReport): void => port.postMessage(message);
let ahead = 0;
let resume: (() => void) | undefined;

async function replay(path: string): Promise<void> {
  let lines: ByteString = '';
  const pass = (): void => {
    if (lines === '') return;
    ahead++;
    report({ kind: 'lines', lines });
    lines = '';
  };
  const result = await replayCapture(path, {
    rules: rules!,
    config,
    hostname,
    onAlert: (_alert, line) => {
      lines += `${line}\n`;
      if (lines.length >= PIECE) pass();
    },
    onProgress: async (progress) => {
      report({ kind: 'progress', progress });
      pass();
      while (ahead >= WORKER_LEAD) await new Promise<void>((resolve) => (resume = resolve));
    },
  });
  pass();
  report({ kind: 'done', result });
}

port.on('message', (order: WorkerOrder) => {
  if (order.kind === 'taken') {
    ahead--;
    resume?.();
    return;
  }
  replay(order.path).catch((error: unknown) => {
    // An error here is a mistake of ours: it ends the process with its stack.
    setImmediate(() => {
      throw error;
    });
  });
});
