/**
 * Feeds damaged and made-up input to the parts that read what others wrote, and checks that whatever is wrong with it ends in an error that says so: no
 * other exception, no hang, no memory without bound.
 *
 *     npm run fuzz -- [captures|conditions|rules] [--count 100000] [--seed 1] [--only INPUT]
 *
 * Input number N is the same for the same seed; `--only N` runs that one alone. Exit status 1 if anything was found.
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { Random } from './fuzz/random.ts';
import type { Target } from './fuzz/target.ts';

const TARGETS: Readonly<Record<string, () => Promise<Target>>> = {
  captures: async () => await (await import('./fuzz/captures.ts')).captures(),
  conditions: async () => (await import('./fuzz/conditions.ts')).conditions(),
  rules: async () => (await import('./fuzz/rule-files.ts')).ruleFiles(),
};

interface Plan {
  readonly target: string;
  readonly first: number;
  readonly end: number;
  readonly seed: number;
}

/** What the worker tells of one input in which it found something, or of all when it is done. */
type Report =
  | { kind: 'found'; input: number; what: string }
  | { kind: 'done'; outcomes: [string, number][]; memory: number };

/** An input is taken to hang after this, in milliseconds. */
const HANG = 20_000;
const MEMORY = 512 << 20;

/** The part that runs in a thread of its own, so that a hang can be noticed. */
async function work({ target: name, first, end, seed }: Plan, progress: Int32Array): Promise<void> {
  const target = await TARGETS[name]!();
  const outcomes = new Map<string, number>();
  let memory = 0;
  const tell = (report: Report) => parentPort!.postMessage(report);
  for (let number = first; number < end; number++) {
    Atomics.store(progress, 0, number);
    const input = target.make(new Random(Math.imul(seed, 0x9e3779b1) + number));
    const keep = (): string => {
      const path = join(tmpdir(), `fuzz-${seed}-${number}.${input.extension}`);
      writeFileSync(path, input.bytes);
      return path;
    };
    const start = process.cpuUsage();
    try {
      const outcome = await input.run();
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    } catch (error) {
      const stack = error instanceof Error ? error.stack : String(error);
      tell({ kind: 'found', input: number, what: `${input.how}, kept in ${keep()}\n${stack}` });
    }
    // Of the processor's time, as the machine may have other work.
    const { user, system } = process.cpuUsage(start);
    const took = (user + system) / 1000;
    if (took > target.slow)
      tell({
        kind: 'found',
        input: number,
        what: `${input.how}: took ${Math.round(took)} ms, kept in ${keep()}`,
      });
    if (number % 64 === 0 || end - first === 1) {
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      memory = Math.max(memory, heapUsed + arrayBuffers);
      if (heapUsed + arrayBuffers > MEMORY) {
        tell({ kind: 'found', input: number, what: `${heapUsed + arrayBuffers} bytes of memory in use` });
        break;
      }
    }
  }
  tell({ kind: 'done', outcomes: [...outcomes], memory });
}

/** Starts the worker and watches it. Gives the number of things found. */
function watch(plan: Plan): Promise<number> {
  const progress = new Int32Array(new SharedArrayBuffer(4));
  Atomics.store(progress, 0, plan.first);
  // A thread does not inherit the loader of TypeScript.
  const start = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(import.meta.url)}); })`;
  const worker = new Worker(start, {
    eval: true,
    workerData: { plan, progress },
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  let found = 0;
  let last = -1;
  let since = Date.now();
  return new Promise((resolve) => {
    const stop = (what?: string) => {
      clearInterval(timer);
      if (what !== undefined) {
        found++;
        console.error(`input ${Atomics.load(progress, 0)}: ${what}`);
      }
      void worker.terminate().then(() => resolve(found));
    };
    const timer = setInterval(() => {
      const input = Atomics.load(progress, 0);
      if (input !== last) [last, since] = [input, Date.now()];
      else if (Date.now() - since > HANG) stop(`hangs`);
      if (process.stderr.isTTY) process.stderr.write(`\r${input - plan.first} of ${plan.end - plan.first}`);
    }, 500);
    worker.on('error', (error) => stop(String(error)));
    worker.on('message', (report: Report) => {
      if (report.kind === 'found') {
        found++;
        console.error(`input ${report.input}: ${report.what}`);
        return;
      }
      for (const [outcome, count] of report.outcomes.sort((a, b) => b[1] - a[1]))
        console.log(`${String(count).padStart(8)}  ${outcome}`);
      console.log(`At most ${Math.round(report.memory / 1e6)} MB of memory in use; ${found} things found.`);
      stop();
    });
  });
}

if (isMainThread) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      count: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
    },
  });
  const [target = 'captures'] = positionals;
  const seed = Number(values.seed);
  const first = Number(values.only ?? 0);
  const end = values.only === undefined ? Number(values.count) : first + 1;
  if (![seed, first, end].every(Number.isSafeInteger))
    throw new Error('--count, --seed and --only are whole numbers');
  if (!Object.hasOwn(TARGETS, target))
    throw new Error(`there is no target ${target}, but ${Object.keys(TARGETS).join(', ')}`);
  console.log(`Target ${target}, seed ${seed}, inputs ${first} to ${end - 1}`);
  process.exitCode = (await watch({ target, first, end, seed })) > 0 ? 1 : 0;
} else {
  const { plan, progress } = workerData as { plan: Plan; progress: Int32Array };
  await work(plan, progress);
}
