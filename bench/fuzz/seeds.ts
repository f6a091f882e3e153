import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { BlockBody } from '../../replay/scap/block-body.ts';
import { PROCESS_VERSIONS, isEventBlock } from '../../replay/scap/blocks.ts';
import { readProcesses } from '../../replay/scap/processes.ts';
import { StateLog } from '../../test/replay/scap/state-log.ts';
import { block, bytes, eventBlock, withoutCount } from '../../test/replay/scap/writer.ts';

/** A small capture: its blocks. */
export type Seed = readonly Uint8Array[];

const root = join(import.meta.dirname, '../..');
/** Old captures, which lie beside the project, if at all. */
const folders = [join(root, 'test/captures'), join(root, '../shared/oracle/captures')];

const EVENTS_OF_SEED = 40;
const LARGEST_BLOCK = 4096;

/** The blocks of a whole capture. */
export function splitBlocks(capture: Uint8Array): Uint8Array[] {
  const view = new DataView(capture.buffer, capture.byteOffset, capture.length);
  const blocks: Uint8Array[] = [];
  for (let at = 0; at + 12 <= capture.length;) {
    const length = view.getUint32(at + 4, true);
    if (length < 12 || at + length > capture.length) break;
    blocks.push(capture.subarray(at, at + length));
    at += length;
  }
  return blocks;
}

function blockType(bytesOfBlock: Uint8Array): number {
  return new DataView(bytesOfBlock.buffer, bytesOfBlock.byteOffset).getUint32(0, true);
}

/** The first processes of a process list. */
function fewProcesses(list: Uint8Array): Uint8Array {
  const type = blockType(list);
  const view = new DataView(list.buffer, list.byteOffset, list.length);
  const body = new BlockBody(list, view, 8, list.length - 4);
  const ends: number[] = [];
  const log = new StateLog();
  log.addThread = () => ends.push(body.at);
  readProcesses(body, PROCESS_VERSIONS.get(type)!, log);
  return block(type, list.subarray(8, ends[Math.min(2, ends.length - 1)]));
}

/** A capture cut down to a few blocks of each kind, and to events from `from` on. */
function cutDown(blocks: readonly Uint8Array[], from: number): Uint8Array[] {
  const kept: Uint8Array[] = [];
  const seen = new Map<number, number>();
  let events = 0;
  for (const one of blocks) {
    const type = blockType(one);
    if (isEventBlock(type)) {
      if (events++ < from || one.length > LARGEST_BLOCK) continue;
      if (events > from + EVENTS_OF_SEED) break;
      kept.push(one);
      continue;
    }
    const count = (seen.get(type) ?? 0) + 1;
    seen.set(type, count);
    if (PROCESS_VERSIONS.has(type)) kept.push(fewProcesses(one));
    else if (count <= 2 && one.length <= LARGEST_BLOCK) kept.push(one);
  }
  return kept;
}

/** Current events as drivers of 2016 wrote them. */
function aged(blocks: Seed): Uint8Array[] {
  return blocks.map((one) =>
    blockType(one) === 0x216 ? eventBlock(withoutCount(one.subarray(10, eventEnd(one))), one[8], 0x204) : one,
  );
}

function eventEnd(one: Uint8Array): number {
  return 10 + new DataView(one.buffer, one.byteOffset).getUint32(26, true);
}

/** Small captures of all kinds: the beginning and the middle of real ones, and old kinds made of them. */
export function seeds(): Seed[] {
  const all: Seed[] = [];
  for (const folder of folders.filter((path) => existsSync(path)))
    for (const name of readdirSync(folder).sort()) {
      if (!name.endsWith('.scap')) continue;
      const file = readFileSync(join(folder, name));
      const blocks = splitBlocks(file[0] === 0x1f ? gunzipSync(file) : file);
      const events = blocks.filter((one) => isEventBlock(blockType(one))).length;
      const beginning = cutDown(blocks, 0);
      all.push(beginning, cutDown(blocks, events >> 1), aged(beginning));
    }
  const flagged = block(0x217, bytes().u16(0).u32(1).raw(new Uint8Array(30)));
  return all.map((blocks, i) => (i % 5 === 0 ? [...blocks, flagged, ...blocks] : blocks));
}
