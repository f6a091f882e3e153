/** A process that fills the disk below a queue; started by `disk.test.ts`. Prints what it saw as JSON. */
import type { QueueError } from '../../../outputs/queue/errors.ts';
import { Queue } from '../../../outputs/queue/queue.ts';
import { numberedAlert } from '../alerts.ts';

const folder = process.argv[2]!;
const problem = (error: QueueError) => error.problem;
const entry = (number: number) => ({
  alert: numberedAlert(number, { bytes: 2000 }),
  deliveries: [{ output: 'a', route: { route: 'default' } }],
});

const told: string[] = [];
let queue = await Queue.open(folder, { onFailed: (error) => told.push(problem(error)) });
let accepted = 0;
let outcome = 'accepted';
while (outcome === 'accepted') {
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, async (_, index) =>
      queue.accept([entry(accepted + index)]).then(() => 'accepted', problem),
    ),
  );
  accepted += outcomes.filter((one) => one === 'accepted').length;
  outcome = outcomes.at(-1)!;
}
const later = await queue.accept([entry(0)]).then(() => 'accepted', problem);
const windowOf = () => queue.pending('a', 0, 100).map(({ seq }) => seq);
const settled = await queue.delivered('a', windowOf()).catch(problem);
const buried = await queue
  .bury('a', windowOf(), { reason: 'poison', message: '', attempts: 1 })
  .catch(problem);
const before = queue.stats().outputs[0];
await queue.close();
queue = await Queue.open(folder);
const reopened = queue.failed?.problem;
const after = queue.stats().outputs[0];
const readable = queue.pending('a', 0, 1e6).length;
await queue.close();
console.log(
  JSON.stringify({ accepted, outcome, later, told, settled, buried, before, reopened, after, readable }),
);
