import type { ByteString } from '../../engine/index.ts';
import type { Cursor } from './cursor.ts';

const WORD = /[a-zA-Z0-9-]/;
const TAG_UNIT = /[a-zA-Z0-9#;/?:@&=+$_.~*'()-]|%[0-9a-fA-F]{2}/y;
const URI_UNIT = /[a-zA-Z0-9#;/?:@&=+$,_.!~*'()[\]-]|%[0-9a-fA-F]{2}/y;

/** Length of what stands at the cursor. */
function lengthOf(unit: RegExp, cursor: Cursor): number {
  unit.lastIndex = cursor.at;
  return unit.exec(cursor.text)?.[0].length ?? 0;
}

/** Reads a tag. What it says matters nowhere, only that a tag is there: empty if it counts as none (`!<>`, `!<?>`). */
export function readTag(cursor: Cursor): ByteString {
  cursor.take();
  if (!cursor.ended && cursor.peek() === '<') return readVerbatim(cursor);
  const bad = readHandle(cursor);
  if (bad || cursor.peek() !== '!') return '!';
  cursor.take();
  const start = cursor.at;
  while (!cursor.ended && lengthOf(TAG_UNIT, cursor) > 0) cursor.skip(lengthOf(TAG_UNIT, cursor));
  if (cursor.at === start) cursor.fail('tag handle with no suffix');
  return '!';
}

function readVerbatim(cursor: Cursor): ByteString {
  cursor.take();
  const start = cursor.at;
  while (!cursor.ended) {
    if (cursor.peek() === '>') {
      const tag = cursor.text.slice(start, cursor.at);
      cursor.take();
      return tag === '?' ? '' : tag;
    }
    const length = lengthOf(URI_UNIT, cursor);
    if (length === 0) break;
    cursor.skip(length);
  }
  cursor.fail('end of verbatim tag not found');
}

/** Reads what stands before a second `!`, or all of a tag without one. True if it cannot be the name of a handle. */
function readHandle(cursor: Cursor): boolean {
  let firstBad: Cursor['mark'] | undefined;
  while (!cursor.ended) {
    if (cursor.peek() === '!') {
      if (firstBad) cursor.fail('illegal character found while scanning tag handle', firstBad);
      break;
    }
    if (!firstBad && WORD.test(cursor.peek())) {
      cursor.take();
      continue;
    }
    firstBad ??= cursor.mark;
    const length = lengthOf(TAG_UNIT, cursor);
    if (length === 0) break;
    cursor.skip(length);
  }
  return firstBad !== undefined;
}
