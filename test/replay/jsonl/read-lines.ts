import { JsonlReader } from '../../../replay/index.ts';
import { readAll, type Reading } from '../scap/read-all.ts';

/** Reads lines, in chunks of the given sizes. */
export function readJsonl(lines: Uint8Array | string, sizes?: readonly number[]): Reading {
  const bytes = typeof lines === 'string' ? new Uint8Array(Buffer.from(lines)) : lines;
  return readAll(bytes, sizes, (sink) => new JsonlReader('test.jsonl', sink));
}
