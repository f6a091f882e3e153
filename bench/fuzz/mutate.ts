import { concat } from '../../test/replay/scap/writer.ts';
import type { Random } from './random.ts';
import { splitBlocks, type Seed } from './seeds.ts';

/** Numbers that lengths and counts like to be wrong with. */
const AWKWARD = [0, 1, 2, 3, 4, 7, 8, 11, 12, 13, 22, 26, 40, 255, 256, 1023, 1024, 1025, 4096, 4097, 65535, 65536, 65544,
  0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff]; // prettier-ignore

type Mutation = (capture: Uint8Array, random: Random, seeds: readonly Seed[]) => Uint8Array;

const viewOf = (capture: Uint8Array) => new DataView(capture.buffer, capture.byteOffset, capture.length);

/** Writes a wrong number of 1, 2 or 4 bytes. */
function lie(capture: Uint8Array, at: number, size: 1 | 2 | 4, random: Random): void {
  if (at < 0 || at + size > capture.length) return;
  const view = viewOf(capture);
  const old = size === 4 ? view.getUint32(at, true) : size === 2 ? view.getUint16(at, true) : capture[at]!;
  const value = random.pick([
    old + random.pick([-8, -4, -1, 1, 4, 8]),
    random.pick(AWKWARD),
    random.next(),
    random.below(capture.length),
  ]);
  if (size === 4) view.setUint32(at, value, true);
  else if (size === 2) view.setUint16(at, value, true);
  else capture[at] = value;
}

/** Offset and length of a block, by chance. */
function someBlock(capture: Uint8Array, random: Random): { at: number; length: number } {
  const blocks = splitBlocks(capture);
  if (blocks.length === 0) return { at: 0, length: capture.length };
  const one = random.pick(blocks);
  return { at: one.byteOffset - capture.byteOffset, length: one.length };
}

const mutations: Readonly<Record<string, Mutation>> = {
  flipBits(capture, random) {
    for (let i = random.below(8); i >= 0; i--) capture[random.below(capture.length)]! ^= 1 << random.below(8);
    return capture;
  },
  setBytes(capture, random) {
    for (let i = random.below(4); i >= 0; i--)
      capture[random.below(capture.length)] = random.pick([0, 1, 0x7f, 0x80, 0xff]);
    return capture;
  },
  lieAnywhere(capture, random) {
    lie(capture, random.below(capture.length), random.pick([1, 2, 4] as const), random);
    return capture;
  },
  lieInBlock(capture, random) {
    const { at, length } = someBlock(capture, random);
    const place = random.pick([at, at + 4, at + length - 4]);
    lie(capture, place, 4, random);
    // At times both ends of the block tell the same lie.
    if (place === at + 4 && random.below(2) === 0 && length >= 12)
      viewOf(capture).setUint32(at + length - 4, viewOf(capture).getUint32(place, true), true);
    return capture;
  },
  /** Time, tid, length, type, count and lengths of parameters; or whatever stands there in a state block. */
  lieInHeader(capture, random) {
    const { at } = someBlock(capture, random);
    lie(
      capture,
      at + 10 + random.pick([0, 8, 16, 20, 22, 26, 28, 30, 32, 34]),
      random.pick([2, 4] as const),
      random,
    );
    return capture;
  },
  truncate: (capture, random) => capture.subarray(0, random.below(capture.length)),
  remove(capture, random) {
    const at = random.below(capture.length);
    return concat(capture.subarray(0, at), capture.subarray(at + random.below(64)));
  },
  insert(capture, random) {
    const at = random.below(capture.length);
    const junk = Uint8Array.from({ length: 1 + random.below(64) }, () => random.next());
    return concat(capture.subarray(0, at), junk, capture.subarray(at));
  },
  shuffleBlocks(capture, random) {
    const blocks = splitBlocks(capture);
    for (let i = 1 + random.below(6); i > 0 && blocks.length > 0; i--) {
      const from = random.below(blocks.length);
      const to = random.below(blocks.length);
      const one = blocks[from]!;
      const what = random.below(3);
      if (what === 0) blocks.splice(to, 0, one);
      else if (what === 1) blocks.splice(from, 1);
      else [blocks[from], blocks[to]] = [blocks[to]!, one];
    }
    return concat(...blocks);
  },
  splice(capture, random, seeds) {
    const other = concat(...random.pick(seeds));
    const at = random.below(2) === 0 ? someBlock(capture, random).at : random.below(capture.length);
    const from = random.below(2) === 0 ? someBlock(other, random).at : random.below(other.length);
    return concat(capture.subarray(0, at), other.subarray(from));
  },
};

const names = Object.keys(mutations);

/** A capture made of one of the seeds, with one to three things wrong with it; and what they are. */
export function mutate(seeds: readonly Seed[], random: Random): { capture: Uint8Array; how: string } {
  let capture = concat(...random.pick(seeds));
  const how: string[] = [];
  for (let i = random.below(3); i >= 0 && capture.length > 0; i--) {
    const name = random.pick(names);
    how.push(name);
    capture = mutations[name]!(capture, random, seeds);
  }
  return { capture, how: how.join(', ') };
}
