/** A thread that replays captures one after the other: see `workers.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { Replayer, type ReplayOrder } from './replayer.ts';
import { loadRunningRules } from './rules.ts';
import type { WorkerSetup } from './workers.ts';

const port = parentPort!;

/** Loads the rules, at once. */
async function load({ rulePaths, config, hostname }: WorkerSetup): Promise<Replayer> {
  const { rules } = await loadRunningRules(rulePaths, config);
  if (rules === undefined) throw new Error('the rules changed on disk while they were loaded');
  return new Replayer({ rules, config, hostname }, (report) =>
    port.postMessage(report, report.kind === 'lines' ? [report.lines.buffer] : []),
  );
}

// What is wrong with rules is told by the main thread, which loads them too and orders nothing then.
const loaded = load(workerData as WorkerSetup);
loaded.catch(() => undefined);

port.on('message', (order: ReplayOrder) => {
  loaded
    .then((replayer) => replayer.take(order))
    .catch((error: unknown) => {
      // An error here is a mistake of ours: it ends the process with its stack.
      setImmediate(() => {
        throw error;
      });
    });
});
