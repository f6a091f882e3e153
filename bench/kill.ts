/**
 * Kills a process that takes and delivers alerts, again and again, at moments that it cannot choose, and counts what was lost.
 *
 *     node --import tsx bench/kill.ts [ROUNDS] [--seed 1] [--keep]
 *
 * Each round starts `kill/victim.ts` on the queue that the one before left, gives it alerts as fast as it takes them, and kills it (SIGKILL) after up to 600 ms. The HTTP server that it
 * delivers to is slow, fails, hangs, asks to wait, and lies: it says 500 and has the alert. After the last round the victim may finish. An alert that was acknowledged and reached
 * not both outputs is lost: exit status 1.
 */
import { build } from 'esbuild';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Random } from './fuzz/random.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: '1' }, keep: { type: 'boolean', default: false } },
});
const rounds = Number(positionals[0] ?? 100);
const random = new Random(Number(values.seed));

// Below `node_modules`, so that the bundle finds the packages it leaves out.
const cache = join(import.meta.dirname, '..', 'node_modules', '.cache');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'kill-'));
const victim = join(folder, 'victim.mjs');
await build({
  entryPoints: [join(import.meta.dirname, 'kill', 'victim.ts')],
  outfile: victim,
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  logLevel: 'warning',
});

/** How often each alert came, by output. */
const received = new Map<string, Map<number, number>>();
const acked = new Set<number>();
const OUTPUTS = ['one', 'two'];
/** Alerts that were acknowledged and did not reach an output yet. */
const missing = new Map(OUTPUTS.map((output) => [output, new Set<number>()]));
const missed = (): number => [...missing.values()].reduce((sum, { size }) => sum + size, 0);
const counts = { sent: 0, starts: 0, calls: 0, answers: {} as Record<string, number> };
let healthy = false;

function take(output: string, body: string): void {
  const seen = received.get(output) ?? new Map<number, number>();
  received.set(output, seen);
  for (const line of body.split('\n')) {
    const number = (JSON.parse(line) as { output_fields: { 'evt.num': number } }).output_fields['evt.num'];
    seen.set(number, (seen.get(number) ?? 0) + 1);
    missing.get(output)!.delete(number);
  }
}

/** What the server does with a call. */
function mood(): string {
  const chance = healthy ? 100 : random.below(100);
  if (chance < 4) return 'fail';
  if (chance < 8) return 'lie';
  if (chance < 10) return 'wait';
  if (chance < 11) return 'hang';
  if (chance < 20) return 'slow';
  return 'take';
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const what = mood();
  counts.calls++;
  counts.answers[what] = (counts.answers[what] ?? 0) + 1;
  if (what === 'hang') return;
  if (what === 'slow') await setTimeout(random.below(60));
  if (what === 'take' || what === 'slow' || what === 'lie')
    take(request.url!.slice(1), Buffer.concat(parts).toString());
  response.statusCode = { fail: 503, lie: 500, wait: 429 }[what] ?? 200;
  response.end();
}

// A call whose process was killed ends in an error, which is as it should be.
const server = createServer((request, response) => void answer(request, response).catch(() => undefined));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function start(): ChildProcess {
  counts.starts++;
  const child = spawn(process.execPath, [victim, join(folder, 'queue'), address], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin!.on('error', () => undefined);
  createInterface({ input: child.stdout! }).on('line', (line) => {
    if (line.startsWith('ack ')) acknowledge(Number(line.slice(4)));
  });
  return child;
}

function acknowledge(number: number): void {
  acked.add(number);
  for (const output of OUTPUTS) if (!received.get(output)?.has(number)) missing.get(output)!.add(number);
}

/** Gives alerts for a while: up to 64 that are not acknowledged yet. */
async function feed(child: ChildProcess, milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds;
  const first = counts.sent;
  const before = acked.size;
  while (performance.now() < end) {
    while (counts.sent - first - (acked.size - before) < 64) {
      const number = ++counts.sent;
      child.stdin!.write(
        `${JSON.stringify({
          hostname: 'node-1',
          output: `12:00:00.000000000: Warning number ${number}`,
          output_fields: { 'evt.num': number, pad: 'x'.repeat(random.below(1200)) },
          priority: 'Warning',
          rule: 'Kill',
          source: 'syscall',
          tags: [],
          time: '2026-01-31T12:34:56.123456789Z',
        })}\n`,
      );
    }
    await setTimeout(1);
  }
}

const began = performance.now();
for (let round = 1; round <= rounds; round++) {
  const child = start();
  const exited = once(child, 'exit');
  // One in five dies before it is up, or as soon as it is.
  const early = random.below(5) === 0;
  if (!early) await once(child.stdout!, 'data');
  await feed(child, random.below(early ? 250 : 600));
  child.kill('SIGKILL');
  const [code] = (await exited) as [number | null];
  if (code !== null) throw new Error(`round ${round}: the process ended by itself, with ${code}`);
  if (round % 20 === 0) console.error(`${round} rounds, ${acked.size} accepted, ${missed()} still to come`);
}
healthy = true;
const last = start();
for (let [before, idle] = [missed(), 0]; before > 0 && idle < 60; idle++) {
  await setTimeout(500);
  const now = missed();
  if (now < before) idle = 0;
  before = now;
}
// What is already there may come again: nothing waits for it.
await setTimeout(500);
last.kill('SIGKILL');
await once(last, 'exit');
server.closeAllConnections();
server.close();

const lost = [...missing].flatMap(([output, numbers]) =>
  [...numbers].map((number) => `${number} (${output})`),
);
const deliveries = [...received.values()].flatMap((seen) => [...seen.values()]);
const duplicates = deliveries.reduce((sum, times) => sum + times - 1, 0);
console.log(
  JSON.stringify({
    rounds,
    seed: Number(values.seed),
    seconds: Math.round((performance.now() - began) / 1000),
    ...counts,
    accepted: acked.size,
    delivered: deliveries.length,
    duplicates,
    lost: lost.length,
  }),
);
if (lost.length > 0) console.log(`lost: ${lost.slice(0, 20).join(', ')}`);
if (values.keep) console.log(folder);
else rmSync(folder, { recursive: true });
process.exitCode = lost.length > 0 ? 1 : 0;
