import { byteString } from '../../engine/index.ts';

/** The first key of a line that a writer of ours, or a person, begins a capture with. */
const FIRST_KEY = /^\s*\{\s*"(?:state|num|time|cpu|tid|type|dir|event|params)"\s*:/;

function textOf(start: Uint8Array): string {
  const text = byteString(start, 0, Math.min(start.length, 64));
  return text.startsWith('\xef\xbb\xbf') ? text.slice(3) : text;
}

/** Whether bytes begin as JSON lines do. */
export function beginsJsonLine(start: Uint8Array): boolean {
  return textOf(start).trimStart().startsWith('{');
}

/** Whether bytes begin as a capture of JSON lines, and not as other JSON lines, such as alerts. */
export function beginsJsonlCapture(start: Uint8Array): boolean {
  return FIRST_KEY.test(textOf(start));
}
