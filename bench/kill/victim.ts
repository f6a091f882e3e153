/**
 * The process that `bench/kill.ts` kills: takes alerts from its input, a line each, into a queue, says `ack N` on its output once line N is on disk, and delivers to an HTTP server.
 * Arguments: folder of the queue, address.
 */
import { createInterface } from 'node:readline';
import { readAlert } from '../../outputs/alert.ts';
import { Deliverer } from '../../outputs/delivery/deliverer.ts';
import { sendError, type Delivery, type SendContext } from '../../outputs/output.ts';
import { Queue } from '../../outputs/queue/queue.ts';

const [folder, address] = process.argv.slice(2) as [string, string];
const OUTPUTS = ['one', 'two'];
const log = { debug() {}, info() {}, warn() {}, error: console.error };

const queue = await Queue.open(folder, {
  outputs: new Map(OUTPUTS.map((output) => [output, { max_bytes: 2 ** 30, when_full: 'block' }])),
});

/** Posts a batch as lines; what the server answers is what happened. */
async function post(output: string, batch: readonly Delivery[], { signal }: SendContext): Promise<void> {
  const body = batch.map(({ alert }) => alert.json).join('\n');
  const { status } = await fetch(`${address}/${output}`, { method: 'POST', body, signal });
  if (status === 429) throw sendError('rate_limited', '429', { after: 5 });
  if (status >= 400) throw sendError('server', String(status));
}

for (const output of OUTPUTS)
  new Deliverer({
    output,
    sender: { send: (batch, context) => post(output, batch, context) },
    queue,
    settings: {
      concurrency: output === 'one' ? 1 : 4,
      batch: { max: output === 'one' ? 20 : 1, wait: 0 },
      rate_limit: undefined,
      timeout: 300,
      retry: { first: 5, max: 50 },
      queue: { max_age: 86_400_000 },
    },
    text: ({ output: text }) => text,
    log,
  }).start();

console.log('ready');
createInterface({ input: process.stdin }).on('line', (line) => {
  const alert = readAlert(line, { input: 'stdin', received: Date.now() });
  const number = alert.fields.get('evt.num') as number;
  queue
    .accept([{ alert, deliveries: OUTPUTS.map((output) => ({ output, route: { route: 'default' } })) }], {
      checkpoints: new Map([['stdin', number]]),
    })
    .then(
      () => process.stdout.write(`ack ${number}\n`),
      (error: Error) => console.error(`not accepted: ${error.message}`),
    );
});
