/**
 * How many alerts a queue takes, and how long each caller waits until its alert is on disk.
 *
 *     node --import tsx bench/queue.ts [--seconds 5] [--folder PLACE]
 *
 * The disk decides: `fdatasync` alone, of 4 kB each, is measured first.
 */
import { fdatasyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readAlert } from '../outputs/alert.ts';
import { Queue } from '../outputs/queue/queue.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    folder: { type: 'string', default: join(tmpdir(), 'tiercel-bench') },
  },
});
const span = Number(values.seconds) * 1000;
mkdirSync(values.folder, { recursive: true });
const folder = mkdtempSync(join(values.folder, 'queue-'));

const alert = readAlert(
  JSON.stringify({
    hostname: 'node-1',
    output: '12:34:56.123456789: Warning Sensitive file opened for reading by non-trusted program',
    output_fields: {
      'evt.time': 1_700_000_000_000_000_000,
      'proc.cmdline': 'cat /etc/shadow',
      pad: 'x'.repeat(420),
    },
    priority: 'Warning',
    rule: 'Read sensitive file untrusted',
    source: 'syscall',
    tags: ['filesystem', 'mitre_credential_access', 'T1555'],
    time: '2026-01-31T12:34:56.123456789Z',
  }),
  { input: 'http', received: 1_700_000_000_000 },
);

const milliseconds = (value: number) => `${value.toFixed(2)} ms`;
function describeLatencies(latencies: number[], elapsed: number): string {
  latencies.sort((a, b) => a - b);
  const at = (part: number) => milliseconds(latencies[Math.floor(latencies.length * part)] ?? 0);
  return `${Math.round((latencies.length / elapsed) * 1000)}/s, p50 ${at(0.5)}, p99 ${at(0.99)}`;
}

function measureDisk(): string {
  const file = openSync(join(folder, 'raw'), 'w');
  const page = Buffer.alloc(4096, 1);
  const latencies: number[] = [];
  const began = performance.now();
  while (performance.now() - began < span / 5) {
    const start = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    latencies.push(performance.now() - start);
  }
  return describeLatencies(latencies, performance.now() - began);
}

/** Callers that each wait for their alert before they bring the next; a deliverer takes out what comes in. */
async function measure(writers: number): Promise<string> {
  const queue = await Queue.open(join(folder, `queue-${writers}`));
  const deliveries = [{ output: 'slack', route: { route: 'default' } }];
  const latencies: number[] = [];
  const began = performance.now();
  let taking = true;
  const taker = (async () => {
    for (;;) {
      const seqs = queue.pending('slack', 0, 200).map(({ seq }) => seq);
      if (seqs.length > 0) await queue.delivered('slack', seqs);
      else if (taking) await new Promise((resolve) => setTimeout(resolve, 1));
      else return;
    }
  })();
  await Promise.all(
    Array.from({ length: writers }, async () => {
      while (performance.now() - began < span) {
        const start = performance.now();
        await queue.accept([{ alert, deliveries }]);
        latencies.push(performance.now() - start);
      }
    }),
  );
  const result = describeLatencies(latencies, performance.now() - began);
  taking = false;
  await taker;
  await queue.close();
  return result;
}

console.log(`alerts of ${Buffer.byteLength(alert.json)} bytes, accepted and delivered`);
console.log(`fdatasync alone: ${measureDisk()}`);
for (const writers of [1, 16, 64, 256])
  console.log(`${String(writers).padStart(3)} callers: ${await measure(writers)}`);
rmSync(folder, { recursive: true });
