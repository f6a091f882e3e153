/**
 * The unit in which replays are measured: walks the blocks of an uncompressed .scap file and does nothing else. Its time grows and shrinks with the machine as
 * that of a replay does, so that ratios to it can be compared between machines; it must not be made faster or slower.
 *
 *     node bench/yardstick.mjs FILE
 *
 * Prints the number of events, and a sum that keeps the reads from being optimised away.
 */
import { closeSync, openSync, readSync } from 'node:fs';

/** Blocks that hold events: replay/scap/blocks.ts. */
const EVENT_BLOCKS = new Set([0x204, 0x208, 0x216, 0x217, 0x221, 0x222]);
/** Two bytes of the header of the event: any would do. */
const LOOKED_AT = 30;

const buffer = new Uint8Array(16 << 20);
const view = new DataView(buffer.buffer);
const file = openSync(process.argv[2], 'r');
let [events, sum, end] = [0, 0, 0];
for (;;) {
  const count = readSync(file, buffer, end, buffer.length - end, null);
  if (count === 0) break;
  end += count;
  let at = 0;
  while (at + 8 <= end) {
    const type = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    if (length < 12 || at + length > end) break;
    if (EVENT_BLOCKS.has(type)) {
      events++;
      sum += view.getUint16(at + LOOKED_AT, true);
    }
    at += length;
  }
  buffer.copyWithin(0, at, end);
  end -= at;
}
closeSync(file);
console.log(JSON.stringify({ events, sum }));
