/** A thread that runs test files one after the other: see `threads.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { prepareRunner, type TestSetup } from './setup.ts';
import type { ThreadAnswer, ThreadOrder } from './threads.ts';

const port = parentPort!;
const { runner, coverage } = prepareRunner(workerData as TestSetup);

const answer = (message: ThreadAnswer): void => port.postMessage(message);

port.on('message', (order: ThreadOrder) => {
  if (order.kind === 'coverage') {
    answer({ kind: 'coverage', coverage: coverage?.report() });
    return;
  }
  runner
    .run(order.name, order.onlyMarked)
    .then((result) => answer({ kind: 'file', result }))
    .catch((error: unknown) => {
      // An error here is a mistake of ours: it ends the process with its stack.
      setImmediate(() => {
        throw error;
      });
    });
});
