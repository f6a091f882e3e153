/**
 * Feeds damaged captures, .scap and JSON lines, to a whole replay (reader, machine, rules, alerts), and checks that whatever is wrong with them ends in a `DiagnosticError`: no other
 * exception, no hang, no memory without bound.
 *
 *     npm run fuzz -- [--count 100000] [--seed 1] [--only INPUT]
 *
 * Input number N is the same for the same seed; `--only N` runs that one alone. Exit status 1 if anything was found.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { loadFalcoConfig, loadRunningRules, type RunningRules } from '../daemon/index.ts';
import {
  allFields,
  DEFAULT_ALERT_FORMAT,
  DiagnosticError,
  Event,
  formatAlert,
  fromBytes,
  Machine,
  makeAlert,
} from '../engine/index.ts';
import { JsonlReader, ScapReader, openStream, type Capture, type CaptureReader } from '../replay/index.ts';
import { lineSeeds, mutateLines } from './fuzz/lines.ts';
import { mutate } from './fuzz/mutate.ts';
import { Random } from './fuzz/random.ts';
import { seeds } from './fuzz/seeds.ts';

interface Plan {
  readonly first: number;
  readonly end: number;
  readonly seed: number;
}

/** What the worker tells of one input in which it found something, or of all when it is done. */
type Report =
  | { kind: 'found'; input: number; what: string }
  | { kind: 'done'; outcomes: [string, number][]; memory: number };

/** An input may take this long, in milliseconds, … */
const SLOW = 2000;
/** … and is taken to hang after this. */
const HANG = 20_000;
const MEMORY = 512 << 20;

/** One input in this many is a capture of JSON lines. */
const LINES = 3;

/** One input in this many comes compressed, through the asynchronous part of the reader. */
const COMPRESSED = 20;

/** The rules that we ship, and one that reads every field of every event. */
const rules = fuzzRules();

function fuzzRules(): RunningRules {
  const outputs = allFields
    .flatMap(({ fields }) => fields)
    .filter(({ filterOnly, arg }) => filterOnly !== true && arg?.required !== true)
    .map(({ name }) => `%${name}`);
  const file = join(mkdtempSync(join(tmpdir(), 'fuzz-rules-')), 'every-field.yaml');
  const everything = {
    rule: 'Every field',
    desc: 'd',
    condition: 'evt.num >= 0',
    output: outputs.join(' '),
    priority: 'DEBUG',
  };
  writeFileSync(file, JSON.stringify([everything]));
  const { config } = loadFalcoConfig({ options: ['rule_matching=all', 'append_output=[]'] });
  const loaded = loadRunningRules([join(import.meta.dirname, '../rules/library'), file], config);
  if (loaded.rules === undefined) throw new Error(JSON.stringify(loaded.diagnostics));
  return loaded.rules;
}

const format = { ...DEFAULT_ALERT_FORMAT, json: true, iso8601: true };

/** What every event goes through in a replay. */
function use(event: Event, machine: Machine): void {
  for (let i = 0; i < event.paramCount; i++)
    if (event.offset(i) + event.size(i) > event.bytes.length)
      throw new Error(`parameter ${i} of ${event.info.symbol} ends behind its buffer`);
  if (!machine.apply(event)) return;
  for (const index of rules.engine.match(event)) {
    const line = formatAlert(makeAlert(rules.alerts[index]!, event, 'host'), format);
    if (index === rules.alerts.length - 1 && JSON.parse(fromBytes(line)) === null)
      throw new Error('an alert without JSON');
  }
}

type Kind = 'scap' | 'lines';

function readInChunks(capture: Uint8Array, kind: Kind, random: Random): CaptureReader {
  const machine = new Machine();
  const reader: CaptureReader =
    kind === 'scap' ? new ScapReader('input', machine) : new JsonlReader('input', machine);
  const event = new Event();
  const most = random.pick([16, 300, 5000, capture.length]);
  for (let at = 0; at < capture.length;) {
    const size = 1 + random.below(most);
    reader.release();
    reader.feed(capture.slice(at, at + size));
    while (reader.next(event)) use(event, machine);
    at += size;
  }
  reader.release();
  if (reader.complete?.() === true) while (reader.next(event)) use(event, machine);
  reader.finish(false);
  return reader;
}

async function readCompressed(capture: Uint8Array, random: Random): Promise<Capture> {
  const packed = gzipSync(capture, { level: 1 });
  if (random.below(2) === 0) packed[random.below(packed.length)]! ^= 1 << random.below(8);
  const end = random.below(2) === 0 ? random.below(packed.length) : packed.length;
  const machine = new Machine();
  const reading = await openStream(Readable.from([packed.subarray(0, end)]), 'input', machine);
  const event = new Event();
  try {
    while (await reading.fill()) while (reading.next(event)) use(event, machine);
  } finally {
    await reading.close();
  }
  return reading;
}

/** Runs one input and gives its outcome: the code of the error, or those of the warnings. */
async function run(capture: Uint8Array, kind: Kind, random: Random): Promise<string> {
  try {
    const { warnings } =
      random.below(COMPRESSED) === 0
        ? await readCompressed(capture, random)
        : readInChunks(capture, kind, random);
    const codes = [...new Set(warnings.map((warning) => warning.code))].sort();
    return codes.length === 0 ? 'read' : `read, with ${codes.join(' and ')}`;
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    const { code, message, file } = error.diagnostic;
    if (message === '' || file !== 'input') throw new Error(`${code} without its place`, { cause: error });
    return code;
  }
}

/** The part that runs in a thread of its own, so that a hang can be noticed. */
async function work({ first, end, seed }: Plan, progress: Int32Array): Promise<void> {
  const all = seeds();
  const lines = await lineSeeds(all);
  const outcomes = new Map<string, number>();
  let memory = 0;
  const tell = (report: Report) => parentPort!.postMessage(report);
  for (let input = first; input < end; input++) {
    Atomics.store(progress, 0, input);
    const random = new Random(Math.imul(seed, 0x9e3779b1) + input);
    const kind: Kind = random.below(LINES) === 0 ? 'lines' : 'scap';
    const { capture, how } = kind === 'scap' ? mutate(all, random) : mutateLines(lines, random);
    const start = performance.now();
    try {
      const outcome = await run(capture, kind, random);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    } catch (error) {
      const path = join(tmpdir(), `fuzz-${seed}-${input}.${kind === 'scap' ? 'scap' : 'jsonl'}`);
      writeFileSync(path, capture);
      const stack = error instanceof Error ? error.stack : String(error);
      tell({ kind: 'found', input, what: `${how}, kept in ${path}\n${stack}` });
    }
    const took = performance.now() - start;
    if (took > SLOW) tell({ kind: 'found', input, what: `${how}: took ${Math.round(took)} ms` });
    if (input % 64 === 0 || end - first === 1) {
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      memory = Math.max(memory, heapUsed + arrayBuffers);
      if (heapUsed + arrayBuffers > MEMORY) {
        tell({ kind: 'found', input, what: `${heapUsed + arrayBuffers} bytes of memory in use` });
        break;
      }
    }
  }
  tell({ kind: 'done', outcomes: [...outcomes], memory });
}

/** Starts the worker and watches it. Gives the number of things found. */
function watch(plan: Plan): Promise<number> {
  const progress = new Int32Array(new SharedArrayBuffer(4));
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
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
    },
  });
  const seed = Number(values.seed);
  const first = Number(values.only ?? 0);
  const end = values.only === undefined ? Number(values.count) : first + 1;
  if (![seed, first, end].every(Number.isSafeInteger))
    throw new Error('--count, --seed and --only are whole numbers');
  console.log(`Seed ${seed}, inputs ${first} to ${end - 1}`);
  process.exitCode = (await watch({ first, end, seed })) > 0 ? 1 : 0;
} else {
  const { plan, progress } = workerData as { plan: Plan; progress: Int32Array };
  await work(plan, progress);
}
