import { Bench } from 'tinybench';
import {
  loadFalcoConfig,
  loadRuleFiles,
  runRules,
  readRuleFiles,
  type RunningRules,
} from '../../daemon/index.ts';
import {
  DEFAULT_ALERT_FORMAT,
  Event,
  formatAlert,
  Machine,
  makeAlert,
  parse,
  type StateSink,
} from '../../engine/index.ts';
import { ScapReader } from '../../replay/index.ts';
import { isEventBlock } from '../../replay/scap/blocks.ts';
import { engineLanguage, loadRules } from '../../rules/index.ts';
import { readPlain } from './repeated-capture.ts';
import type { Care, Figures, Measurement, Section } from './section.ts';
import { library, ruleSets, workloads, type RuleSet, type Workload } from './workloads.ts';

/** Bytes that a replay reads at a time. */
const CHUNK = 1 << 20;

const { config } = loadFalcoConfig({ options: ['append_output=[]'] });

/** The parts of a replay, each alone, in this process. */
export const parts: Section = {
  title: 'Parts, in one process',
  legend: 'walks: CPU time, in the time it takes to walk over the block of one event in memory',
  columns: [
    { key: 'rate', head: 'per second', digits: 0 },
    { key: 'ns', head: 'ns each', digits: 0 },
    { key: 'ratio', head: 'walks', digits: 1 },
  ],
  measurements: [
    ...ruleSets.flatMap((rules) => [parsing(rules), loading(rules)]),
    ...chosenWorkloads().flatMap((workload, i, all) =>
      all.findIndex(({ capture }) => capture === workload.capture) === i
        ? [decoding(workload), state(workload), evaluation(workload)]
        : [evaluation(workload)],
    ),
    formatting('text', false),
    formatting('JSON', true),
  ],
};

/** One recording of our own, and the one that Falco is measured with. */
function chosenWorkloads(): Workload[] {
  return workloads.filter(({ name }) => /^(podman|modern)\//.test(name));
}

/** Measures something that does `count` equal pieces of work. */
async function time(name: string, { quick }: Care, count: number, work: () => unknown): Promise<Figures> {
  const capture = readPlain(workloads[0]!.capture.source);
  const blocks = walk(capture);
  const bench = new Bench({
    time: quick ? 200 : 1000,
    iterations: 5,
    warmupTime: quick ? 100 : 500,
    warmupIterations: 2,
    throws: true,
    now: cpuTime,
  });
  bench.add('walk', () => walk(capture)).add(name, work);
  await bench.run();
  const [unit, ns] = [blocks, count].map((pieces, i) => nanoseconds(bench, i) / pieces) as [number, number];
  return { rate: 1e9 / ns, ns, ratio: ns / unit };
}

/** CPU time of this process in milliseconds: a pass takes longer than the system lets one process run while others wait. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function nanoseconds(bench: Bench, task: number): number {
  const { result } = bench.tasks[task]!;
  if (!('latency' in result)) throw new Error(`${bench.tasks[task]!.name} gave no result`);
  return result.latency.p50 * 1e6;
}

let seen = 0;

/** What the yardstick does, without reading the file. Gives the number of events. */
function walk(capture: Uint8Array): number {
  const view = new DataView(capture.buffer, capture.byteOffset, capture.length);
  let events = 0;
  for (let at = 0; at + 8 <= capture.length; at += view.getUint32(at + 4, true))
    if (isEventBlock(view.getUint32(at, true))) {
      events++;
      seen += view.getUint16(at + 30, true);
    }
  return events;
}

function parsing({ name, paths }: RuleSet): Measurement {
  return {
    name: `parse ${name}`,
    measure: (care) => {
      const texts = loadRules(readRuleFiles(paths), engineLanguage).rules.map((rule) => rule.conditionText);
      return time('parse', care, texts.length, () =>
        texts.forEach((text) => (seen += parse(text).position.line)),
      );
    },
  };
}

function loading({ name, paths }: RuleSet): Measurement {
  return {
    name: `load ${name}`,
    measure: (care) => time('load', care, running(paths).alerts.length, () => running(paths)),
  };
}

function running(paths: readonly string[]): RunningRules {
  const selected = loadRuleFiles(readRuleFiles(paths), config);
  if (selected.loaded.rules.length === 0) throw new Error(selected.loaded.diagnostics[0]!.message);
  return runRules(selected.running, config);
}

/** Reads a capture from memory to its end, or until `use` says that it is enough. Gives the number of events. */
function read(capture: Uint8Array, sink: StateSink, use: (event: Event) => boolean): number {
  const reader = new ScapReader('capture', sink);
  const event = new Event();
  const chunk = new Uint8Array(CHUNK);
  let events = 0;
  for (let at = 0; at < capture.length; at += CHUNK) {
    const piece = capture.subarray(at, at + CHUNK);
    reader.release();
    // The reader changes old events where they lie, so that it is given a copy, as from a file.
    chunk.set(piece);
    reader.feed(chunk.subarray(0, piece.length));
    while (reader.next(event)) {
      events++;
      if (!use(event)) return events;
    }
  }
  reader.release();
  reader.finish(false);
  return events;
}

/** A machine that takes no notice of anything. */
const nobody: StateSink = {
  restart: () => undefined,
  machineInfo: () => undefined,
  addThread: () => undefined,
  addFds: () => undefined,
  addInterface: () => undefined,
  addUser: () => undefined,
  addGroup: () => undefined,
  ready: () => undefined,
  started: () => undefined,
};

function captureName({ name }: Workload): string {
  return name.split('/')[0]!;
}

function decoding(workload: Workload): Measurement {
  return {
    name: `decode ${captureName(workload)}`,
    measure: (care) => {
      const capture = readPlain(workload.capture.source);
      const pass = (): number => read(capture, nobody, () => true);
      return time('decode', care, pass(), pass);
    },
  };
}

function state(workload: Workload): Measurement {
  return {
    name: `state ${captureName(workload)}`,
    measure: (care) => {
      const capture = readPlain(workload.capture.source);
      const pass = (): number => {
        const machine = new Machine();
        return read(capture, machine, (event) => machine.apply(event) || true);
      };
      return time('state', care, pass(), pass);
    },
  };
}

function evaluation(workload: Workload): Measurement {
  return {
    name: `evaluate ${workload.name}`,
    measure: (care) => {
      const capture = readPlain(workload.capture.source);
      const { engine } = running(workload.rules.paths);
      const pass = (): number => {
        const machine = new Machine();
        return read(capture, machine, (event) => {
          if (machine.apply(event)) seen += engine.match(event).length;
          return true;
        });
      };
      return time('evaluate', care, pass(), pass);
    },
  };
}

/** A pass must be long for a clock that counts microseconds. */
const FORMATTINGS = 500;

/** Alerts of the first event that each rule matches, while the machine stands there. */
function formatting(name: string, json: boolean): Measurement {
  return {
    name: `format ${name}`,
    measure: (care) => {
      const { engine, alerts } = running(library.paths);
      const capture = readPlain(workloads[0]!.capture.source);
      const moments = alerts.flatMap((rule, index) => {
        const machine = new Machine();
        let moment: Event | undefined;
        read(capture, machine, (event) => {
          if (machine.apply(event) && engine.match(event).includes(index)) moment = event;
          return moment === undefined;
        });
        return moment === undefined ? [] : [{ rule, event: moment }];
      });
      const format = { ...DEFAULT_ALERT_FORMAT, json };
      return time('format', care, moments.length * FORMATTINGS, () => {
        for (let i = 0; i < FORMATTINGS; i++)
          for (const { rule, event } of moments)
            seen += formatAlert(makeAlert(rule, event, 'bench'), format).length;
      });
    },
  };
}
