import { toBytes } from '../../engine/index.ts';
import type { YamlScalar } from './node.ts';
import type { YamlSource } from './source.ts';

const isWhite = (unit: string | undefined): boolean =>
  unit === ' ' || unit === '\n' || unit === '\t' || unit === '\r';

/**
 * Where the bytes of a scalar's value stand in the text. Folding and chomping change white space only, so all else comes in the same order in
 * both; in quotes there are escapes besides.
 */
export function scalarPlaces({ text }: YamlSource, { mark, value }: YamlScalar): Uint32Array {
  const places = new Uint32Array(value.length);
  let at = skipProperties(text, mark.offset);
  const style = text[at];
  if (style === '|' || style === '>') at = text.indexOf('\n', at) + 1;
  else if (style === '"' || style === "'") at++;
  for (let i = 0; i < value.length;) {
    if (style === '"' && text[at] === '\\') {
      const { length, gives } = escapeAt(text, at);
      places.fill(at, i, i + gives);
      at += length;
      i += gives;
    } else if (isWhite(value[i])) {
      places[i++] = at;
      if (isWhite(text[at])) at++;
    } else if (isWhite(text[at])) at++;
    else {
      places[i++] = at;
      at += style === "'" && text[at] === "'" ? 2 : 1;
    }
  }
  return places;
}

/** Tags and anchors before a node. */
function skipProperties(text: string, from: number): number {
  const properties = /(?:[!&][^ \t\r\n]*(?:[ \t\r\n]+(?:#[^\n]*\n)?)*)*/y;
  properties.lastIndex = from;
  properties.exec(text);
  return properties.lastIndex;
}

const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** How long an escape in double quotes is, and how many bytes it gives. */
function escapeAt(text: string, at: number): { length: number; gives: number } {
  const letter = text[at + 1] ?? '';
  if (letter === '\n') return { length: 2, gives: 0 };
  if (letter === '\r') return { length: 3, gives: 0 };
  const digits = HEX_DIGITS[letter];
  if (digits !== undefined) {
    const code = parseInt(text.slice(at + 2, at + 2 + digits), 16);
    return { length: 2 + digits, gives: toBytes(String.fromCodePoint(code)).length };
  }
  return { length: 2, gives: letter === 'L' || letter === 'P' ? 3 : 1 };
}
