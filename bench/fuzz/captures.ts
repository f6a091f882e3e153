import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { loadFalcoConfig, loadRunningRules, type RunningRules } from '../../daemon/index.ts';
import {
  allFields,
  DEFAULT_ALERT_FORMAT,
  DiagnosticError,
  Event,
  formatAlert,
  fromBytes,
  Machine,
  makeAlert,
} from '../../engine/index.ts';
import {
  JsonlReader,
  ScapReader,
  StraceReader,
  openStream,
  type Capture,
  type CaptureReader,
} from '../../replay/index.ts';
import { lineSeeds, mutateLines } from './lines.ts';
import { mutate } from './mutate.ts';
import type { Random } from './random.ts';
import { seeds } from './seeds.ts';
import { mutateLog } from './strace.ts';
import type { Target } from './target.ts';

/** Kinds of captures, as often as they are made. */
const KINDS = ['scap', 'scap', 'scap', 'jsonl', 'jsonl', 'strace'] as const;

/** One input in this many comes compressed, through the asynchronous part of the reader. */
const COMPRESSED = 20;

/** The rules that we ship, and one that reads every field of every event. */
const rules = await fuzzRules();

async function fuzzRules(): Promise<RunningRules> {
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
  const loaded = await loadRunningRules([join(import.meta.dirname, '../../rules/library'), file], config);
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

type Kind = (typeof KINDS)[number];

const READERS = { scap: ScapReader, jsonl: JsonlReader, strace: StraceReader } as const;

function readInChunks(capture: Uint8Array, kind: Kind, random: Random): CaptureReader {
  const machine = new Machine();
  const reader: CaptureReader = new READERS[kind]('input', machine);
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

/** Damaged captures, .scap, JSON lines and logs of strace, through a whole replay: reader, machine, rules, alerts. */
export async function captures(): Promise<Target> {
  const all = seeds();
  const lines = await lineSeeds(all);
  return {
    slow: 2000,
    make(random) {
      const kind = random.pick(KINDS);
      const { capture, how } =
        kind === 'scap'
          ? mutate(all, random)
          : kind === 'jsonl'
            ? mutateLines(lines, random)
            : mutateLog(random);
      return { how, bytes: capture, extension: kind, run: () => run(capture, kind, random) };
    },
  };
}
