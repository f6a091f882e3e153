import { DiagnosticError, Event } from '../../engine/index.ts';
import { JsonlWriter, ScapReader } from '../../replay/index.ts';
import { Memory } from '../../test/replay/memory-capture.ts';
import { concat } from '../../test/replay/scap/writer.ts';
import type { Random } from './random.ts';
import type { Seed } from './seeds.ts';

/** Lines are changed as byte strings. */
type Lines = string[];

/** The same captures as JSON lines, as far as they can be read. */
export async function lineSeeds(seeds: readonly Seed[]): Promise<Lines[]> {
  const all: Lines[] = [];
  for (const seed of seeds) {
    const memory = new Memory();
    const writer = new JsonlWriter(memory.output);
    const reader = new ScapReader('seed', writer);
    const event = new Event();
    try {
      reader.feed(concat(...seed));
      while (reader.next(event)) writer.event(event);
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error;
    }
    await writer.close();
    all.push(Buffer.from(memory.bytes).toString('latin1').trimEnd().split('\n'));
  }
  return all;
}

/** Values that stand where others should. */
const AWKWARD = [
  '0', '-1', '1.5', '1e400', '-0', '9007199254740993', '18446744073709551616', '99999999999999999999999999999999', '4294967296', '65536',
  'null', 'true', '""', '[]', '{}', '[[]]', '{"base64":"AA=="}', '{"base64":"!"}', '{"hex":"0"}', '{"hex":"ff"}', '"\\u0000"', '"\\ud800"',
  '"\\u00e9"', '"0x"', '"0xffffffffffffffff"', '"0777"', '"O_RDONLY|"', '"::"', '"1.2.3.4"', '"2026-01-01T00:00:00Z"', '["a",1]',
  '{"ip":"::","port":1}', '{"path":""}', '{"__proto__":1}', '{"uint64":1}', '"x"', '"\xff"',
]; // prettier-ignore

const KEYS = ['state', 'event', 'type', 'dir', 'tid', 'params', 'param_count', 'rest', 'fd', 'name', '__proto__', 'constructor']; // prettier-ignore

/** A value with its key: good enough for what a fuzzer wants to hit. */
const MEMBER = /"(\w+)":("(?:[^"\\]|\\.)*"|-?[\d.]+|true|false|null|\[[^[\]]*\]|\{[^{}]*\})/g;

type Mutation = (lines: Lines, random: Random, seeds: readonly Lines[]) => Lines;

function change(lines: Lines, random: Random, how: (line: string) => string): Lines {
  const at = random.below(lines.length);
  lines[at] = how(lines[at]!);
  return lines;
}

/** Changes one key with its value. */
function changeMember(lines: Lines, random: Random, how: (key: string, value: string) => string): Lines {
  return change(lines, random, (line) => {
    const members = [...line.matchAll(MEMBER)];
    if (members.length === 0) return line;
    const { index, 0: whole, 1: key, 2: value } = random.pick(members);
    return line.slice(0, index) + how(key!, value!) + line.slice(index + whole.length);
  });
}

const mutations: Readonly<Record<string, Mutation>> = {
  value: (lines, random) => changeMember(lines, random, (key) => `"${key}":${random.pick(AWKWARD)}`),
  key: (lines, random) => changeMember(lines, random, (_, value) => `"${random.pick(KEYS)}":${value}`),
  twice: (lines, random) =>
    changeMember(lines, random, (key, value) => `"${key}":${value},"${key}":${random.pick(AWKWARD)}`),
  swapValues(lines, random) {
    const other = random.pick(lines).matchAll(MEMBER).next().value?.[2] ?? 'null';
    return changeMember(lines, random, (key) => `"${key}":${other}`);
  },
  flip: (lines, random) =>
    change(lines, random, (line) => {
      const at = random.below(line.length);
      const flipped = String.fromCharCode((line.charCodeAt(at) || 0) ^ (1 << random.below(8)));
      return line.slice(0, at) + flipped + line.slice(at + 1);
    }),
  cut: (lines, random) => change(lines, random, (line) => line.slice(0, random.below(line.length))),
  nest: (lines, random) =>
    change(lines, random, (line) => {
      const depth = random.pick([1, 100, 100_000]);
      return `{"params":${'['.repeat(depth)}${line}${']'.repeat(depth)}}`;
    }),
  lengthen: (lines, random) =>
    changeMember(lines, random, (key) => `"${key}":"${'x'.repeat(random.pick([300, 70_000, 300_000]))}"`),
  blank: (lines, random) => change(lines, random, () => random.pick(['', ' ', '\r', '[]', '0', '{}', '\0'])),
  remove(lines, random) {
    lines.splice(random.below(lines.length), 1 + random.below(3));
    return lines;
  },
  move(lines, random) {
    const [line = ''] = lines.splice(random.below(lines.length), 1);
    lines.splice(random.below(lines.length + 1), 0, line);
    return lines;
  },
  section(lines, random) {
    lines.splice(random.below(lines.length), 0, random.pick(['{"state":"section"}', '{"state":"started"}']));
    return lines;
  },
  splice: (lines, random, seeds) => [
    ...lines.slice(0, random.below(lines.length)),
    ...random.pick(seeds).slice(random.below(20)),
  ],
};

const names = Object.keys(mutations);

/** A capture of JSON lines made of one of the seeds, with one to three things wrong with it; and what they are. */
export function mutateLines(seeds: readonly Lines[], random: Random): { capture: Uint8Array; how: string } {
  let lines = [...random.pick(seeds)];
  const how: string[] = [];
  for (let i = random.below(3); i >= 0 && lines.length > 0; i--) {
    const name = random.pick(names);
    how.push(name);
    lines = mutations[name]!(lines, random, seeds);
  }
  const end = random.below(4) === 0 ? '' : '\n';
  return {
    capture: new Uint8Array(Buffer.from(lines.join('\n') + end, 'latin1')),
    how: `lines: ${how.join(', ')}`,
  };
}
