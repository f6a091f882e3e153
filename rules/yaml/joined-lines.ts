import type { ByteString } from '../../engine/index.ts';
import { flowEnd } from './flow-end.ts';

/** A quoted scalar or flow collection with blanks in the place of its line breaks and comments, so that nothing else moves. */
export function onOneLine(text: ByteString, start: number, end: number): ByteString {
  const inner = text
    .slice(start, end)
    .replace(
      /(^|[\s,[\]{}])(#[^\n]*)/g,
      (_, before: string, comment: string) => before + ' '.repeat(comment.length),
    )
    .replace(/[\r\n]/g, ' ');
  return text.slice(0, start) + inner + text.slice(end);
}

const VALUE = /^( *(?:- +)*)(?:[\w-]+ *: +)?(?:([[{"'])|[|>][-+0-9]* *(?:#.*)?\r?$)/;

/**
 * Joins the lines of all other values after `from`: a file that has one collection whose lines are not indented has many. Block scalars are
 * passed over. What is missed is found by reading again.
 */
export function joinOthers(text: ByteString, from: number): ByteString {
  let joined = text;
  let skipDeeperThan = Infinity;
  let at = joined.indexOf('\n', from) + 1;
  while (at > 0 && at < joined.length) {
    const newline = joined.indexOf('\n', at);
    const line = joined.slice(at, newline < 0 ? undefined : newline);
    const content = line.search(/[^ \r]/);
    let next = newline + 1;
    if (content >= 0 && content <= skipDeeperThan) {
      skipDeeperThan = Infinity;
      const value = VALUE.exec(line);
      if (value?.[2] !== undefined) {
        const start = at + value[0].length - 1;
        const end = valueEnd(joined, start);
        if (end !== undefined && newline >= 0 && end > newline) {
          joined = onOneLine(joined, start, end);
          next = joined.indexOf('\n', end) + 1;
        }
      } else if (value) skipDeeperThan = value[1]!.length - (value[0].trimStart().startsWith('-') ? 2 : 0);
    }
    at = next;
  }
  return joined;
}

function valueEnd(text: ByteString, start: number): number | undefined {
  if (text[start] === '[' || text[start] === '{') return flowEnd(text, start);
  const quoted = text[start] === '"' ? /"(?:[^"\\]|\\[^])*"/y : /'(?:[^']|'')*'/y;
  quoted.lastIndex = start;
  return quoted.test(text) ? quoted.lastIndex : undefined;
}
