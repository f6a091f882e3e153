import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  BLOCK_HEADER,
  BLOCK_TRAILER,
  EVENT_FLAGS,
  EVENT_FLAGS_V2,
  EVENT_FLAGS_V2_LARGE,
  isEventBlock,
} from '../../replay/scap/blocks.ts';

/** A recording that is made longer by repeating its events. */
export interface RepeatedCapture {
  /** A .scap file, plain or gzip. */
  readonly source: string;
  readonly times: number;
  /** Whether the file made of it is compressed. */
  readonly gzip?: boolean;
}

/** Between the last event of one round and the first of the next, in nanoseconds. */
const PAUSE = 1_000_000n;
/** Some events have no time of their own: what is outside of these bounds (1970 and 2116, in nanoseconds) stays as it is. */
const FIRST_TIME = 1n << 50n;
const LAST_TIME = 1n << 62n;

/** The bytes of a capture, inflated. */
export function readPlain(path: string): Uint8Array {
  const file = readFileSync(path);
  return file[0] === 0x1f && file[1] === 0x8b ? gunzipSync(file) : file;
}

/**
 * An uncompressed capture with its events repeated: first all blocks that hold no event, then the events, so many `times`, each round later than the one before.
 * Pieces are never changed after they were given.
 */
export function* repeatCapture(capture: Uint8Array, times: number): Generator<Uint8Array, void, undefined> {
  const { state, events } = sortBlocks(capture);
  yield state;
  const round = concatenate(events);
  const view = new DataView(round.buffer, round.byteOffset, round.length);
  const stamps: { readonly at: number; readonly time: bigint }[] = [];
  let [first, last] = [LAST_TIME, FIRST_TIME];
  for (let at = 0; at < round.length; at += view.getUint32(at + 4, true)) {
    const stamp = at + timeOffset(view.getUint32(at, true));
    const time = view.getBigUint64(stamp, true);
    if (time <= FIRST_TIME || time >= LAST_TIME) continue;
    stamps.push({ at: stamp, time });
    if (time < first) first = time;
    if (time > last) last = time;
  }
  const span = last - first + PAUSE;
  for (let i = 0; i < times; i++) {
    for (const { at, time } of stamps) view.setBigUint64(at, time + BigInt(i) * span, true);
    yield round.slice();
  }
}

function sortBlocks(capture: Uint8Array): { state: Uint8Array; events: Uint8Array[] } {
  const view = new DataView(capture.buffer, capture.byteOffset, capture.length);
  const state: Uint8Array[] = [];
  const events: Uint8Array[] = [];
  for (let at = 0; at + BLOCK_HEADER <= capture.length;) {
    const length = view.getUint32(at + 4, true);
    if (length < BLOCK_HEADER + BLOCK_TRAILER || at + length > capture.length) break;
    (isEventBlock(view.getUint32(at, true)) ? events : state).push(capture.subarray(at, at + length));
    at += length;
  }
  return { state: concatenate(state), events };
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Where the time of an event lies in its block: behind the number of the CPU and, in some types, flags. */
function timeOffset(type: number): number {
  const hasFlags = type === EVENT_FLAGS || type === EVENT_FLAGS_V2 || type === EVENT_FLAGS_V2_LARGE;
  return BLOCK_HEADER + 2 + (hasFlags ? 4 : 0);
}

/** How many events there are in a capture so repeated. */
export function countEvents({ source, times }: RepeatedCapture): number {
  return sortBlocks(readPlain(source)).events.length * times;
}

/** Path of a file with the repeated capture; made when it is first asked for, and found again by its name as long as source and number are the same. */
export function repeatedFile({ source, times, gzip = false }: RepeatedCapture): string {
  const content = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 8);
  const name = `tiercel-bench-${basename(source, '.scap')}-${content}-x${times}.scap${gzip ? '.gz' : ''}`;
  const path = join(tmpdir(), name);
  if (existsSync(path)) return path;
  // Whoever else looks for the file finds it whole or not at all.
  const unfinished = `${path}.${process.pid}`;
  if (gzip) writeAll(unfinished, [gzipSync(readFileSync(repeatedFile({ source, times })))]);
  else writeAll(unfinished, repeatCapture(readPlain(source), times));
  renameSync(unfinished, path);
  return path;
}

function writeAll(path: string, pieces: Iterable<Uint8Array>): void {
  const file = openSync(path, 'w');
  try {
    for (const piece of pieces)
      for (let written = 0; written < piece.length;)
        written += writeSync(file, piece, written, piece.length - written);
  } finally {
    closeSync(file);
  }
}
