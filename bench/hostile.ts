/**
 * Sends hostile requests to the daemon, and looks at whether it lives, answers each, and what it holds: `node --import tsx bench/hostile.ts [REQUESTS] [--seed 1]`. Build before.
 */
import fc from 'fast-check';
import { Agent, request as httpRequest } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { hostileRequest, packed, type HostileRequest } from '../test/daemon/inputs/hostile.ts';
import { Measured } from './daemon/process.ts';
import { Sink } from './daemon/sink.ts';
import { renderTable } from './speed/table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: '1' } },
});
const total = Number(positionals[0] ?? 100_000);
const STEPS = 10;
/** Requests that are made at once. */
const PART = 5000;
const CONNECTIONS = 16;

const sink = await Sink.open();
const daemon = await Measured.tiercel([
  { kind: 'http', name: 'hook', url: `http://127.0.0.1:${sink.port}/` },
]);
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
const answers = new Map<number | string, number>();

/** Resolves with the status of the answer, or what went wrong instead. */
function send(hostile: HostileRequest): Promise<number | string> {
  const { sent, headers } = packed(hostile);
  return new Promise((resolve) => {
    const request = httpRequest({
      agent,
      host: '127.0.0.1',
      port: daemon.port,
      method: 'POST',
      path: '/',
      headers: hostile.chunks === 1 ? { ...headers, 'content-length': sent.length } : headers,
    });
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    request.on('response', (response) => response.resume().on('end', () => resolve(response.statusCode!)));
    const step = Math.ceil(sent.length / hostile.chunks);
    for (let at = 0; at < sent.length; at += step) request.write(sent.subarray(at, at + step));
    request.end();
  });
}

const mega = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
const rows = [['requests', 'memory', 'mapped']];
let done = 0;
for (let seed = Number(values.seed); done < total && daemon.alive; seed++) {
  const requests = fc.sample(hostileRequest, { seed, numRuns: Math.min(PART, total - done) }).values();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (const hostile of requests) {
        const answer = await send(hostile);
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
        done++;
      }
    }),
  );
  if (rows.length <= Math.floor((done / total) * STEPS)) {
    const { own, mapped } = daemon.memory;
    rows.push([done.toLocaleString('en'), mega(own), mega(mapped)]);
  }
}
await setTimeout(500);
const lives = daemon.alive && (await send({ body: Buffer.from('{}'), packing: 'none', chunks: 1 })) === 400;
console.log(`${renderTable(rows)}\n`);
console.log(
  JSON.stringify({ requests: done, lives, answers: Object.fromEntries(answers), delivered: sink.requests }),
);
agent.destroy();
await daemon.stop();
sink.close();
process.exitCode = lives ? 0 : 1;
