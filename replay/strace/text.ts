/**
 * The notation of strace: arguments are taken apart as text, and read only where they are asked for. Brackets, strings, comments and what stands in angle
 * brackets behind fds are passed over as a whole. Every function takes any text and reads it once.
 */
import type { ByteString } from '../../engine/index.ts';

/** Index of the quote that ends the string whose first quote is at `at`; the end of the text if there is none. */
function endOfString(text: ByteString, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const char = text[i];
    if (char === '\\') i++;
    else if (char === '"') return i;
  }
  return text.length;
}

/** Whether `<` at `at` begins what strace tells of an fd or a process: it stands right behind a number or AT_FDCWD. */
function isNote(text: ByteString, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  const next = text[at + 1];
  if (next === '<' || next === ' ' || next === '=') return false;
  return (before >= 48 && before <= 57) || text.startsWith('AT_FDCWD', at - 8);
}

const KIND = /^[\w-]+:\[/;

/** Index of the `>` that ends the note which begins at `at`; `at` itself if there is none. */
function endOfNote(text: ByteString, at: number): number {
  if (text[at + 1] !== '/' && KIND.test(text.slice(at + 1, at + 32))) {
    for (let i = at + 1; i < text.length; i++)
      if (text[i] === '"') i = endOfString(text, i);
      else if (text[i] === ']' && text[i + 1] === '>') return i + 1;
    return at;
  }
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '>') return i;
    // Devices: </dev/null<char 1:3>>
    if (text[i] === '<') {
      const end = text.indexOf('>', i);
      if (end < 0) return at;
      i = end;
    }
  }
  return at;
}

/** Notes and comments that have no end: after so many no more are looked for, since each look goes through the whole text. */
const ENDLESS = 16;

/** Index of the first of `chars` from `from` on that stands in no brackets, string or the like; the length of the text if there is none. */
export function find(text: ByteString, from: number, chars: string): number {
  let depth = 0;
  let endless = 0;
  for (let i = from; i < text.length; i++) {
    const char = text[i]!;
    if (depth === 0 && chars.includes(char)) return i;
    switch (char) {
      case '"':
        i = endOfString(text, i);
        break;
      case '/':
        if (text[i + 1] === '*' && endless < ENDLESS) {
          const end = text.indexOf('*/', i + 2);
          if (end > 0) i = end + 1;
          else endless++;
        }
        break;
      case '<':
        if (isNote(text, i) && endless < ENDLESS) {
          const end = endOfNote(text, i);
          if (end === i) endless++;
          i = end;
        }
        break;
      case '(':
      case '[':
      case '{':
        depth++;
        break;
      case ')':
      case ']':
      case '}':
        if (depth > 0) depth--;
    }
  }
  return text.length;
}

/** The parts between commas. */
export function split(text: ByteString): ByteString[] {
  const parts: ByteString[] = [];
  if (text.trim() === '') return parts;
  for (let from = 0; from <= text.length;) {
    const end = find(text, from, ',');
    parts.push(text.slice(from, end).trim());
    from = end + 1;
  }
  return parts;
}

/** What stands between the brackets of a list or structure; of `[3 => 5]` what the call made of it. Undefined for anything else. */
function inner(text: ByteString, open: string, close: string): ByteString | undefined {
  if (!text.startsWith(open)) return undefined;
  const end = find(text, 1, close);
  return end < text.length ? text.slice(1, end) : undefined;
}

/** The items of a list. None for anything else. */
export function itemsOf(text: ByteString): ByteString[] {
  const items = inner(text, '[', ']');
  return items === undefined ? [] : split(items);
}

/** The fields of a structure. Of `{…} => {…}`, those of the second one stand for those that it has too. */
export function fieldsOf(text: ByteString): ReadonlyMap<ByteString, ByteString> {
  const fields = new Map<ByteString, ByteString>();
  for (let rest = text; ;) {
    const body = inner(rest, '{', '}');
    if (body === undefined) return fields;
    for (const part of split(body)) {
      const equals = find(part, 0, '=');
      if (equals < part.length) fields.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
    }
    const after = rest.slice(body.length + 2).trimStart();
    if (!after.startsWith('=> {')) return fields;
    rest = after.slice(3);
  }
}

/** The bytes of the string that a text begins with; undefined if it begins with something else. */
export function bytesOfString(text: ByteString): ByteString | undefined {
  // The names of abstract sockets: @"name"
  const at = text.startsWith('@"') ? 1 : 0;
  if (text[at] !== '"') return undefined;
  return unescape(text.slice(at + 1, endOfString(text, at)));
}

const LETTERS: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  v: '\v',
  f: '\f',
  a: '\x07',
  b: '\b',
};
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|([^]))/g;

/** What escapes stand for. */
export function unescape(text: ByteString): ByteString {
  if (!text.includes('\\')) return text;
  return text.replace(ESCAPE, (_, hex?: string, octal?: string, char?: string) => {
    if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
    if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & 0xff);
    return LETTERS[char!] ?? char!;
  });
}

/** A number as JSON input of the engine's encoding holds it: digits in a string where a double would lose some. */
export type Digits = number | string;

const INTEGER = /^(-?\d+|0x[0-9a-f]+)(?![\w.])/;

/** The integer that a text begins with, octal with a leading 0; 0 for NULL. */
export function integerOf(text: ByteString): Digits | undefined {
  const found = INTEGER.exec(text)?.[1];
  if (found === undefined) return text === 'NULL' ? 0 : undefined;
  if (/^0[0-7]+$/.test(found)) return parseInt(found, 8);
  const number = Number(found);
  return Number.isSafeInteger(number) ? number : found;
}

/** The numbers of a product or sum of flags, `8192*1024`, or undefined. */
export function productOf(text: ByteString): Digits | undefined {
  const factors = text.split('*').map((factor) => integerOf(factor.trim()));
  if (factors.length === 1) return factors[0];
  let product = 1n;
  for (const factor of factors) {
    if (factor === undefined) return undefined;
    product *= BigInt(factor);
  }
  const number = Number(product);
  return Number.isSafeInteger(number) ? number : BigInt.asUintN(64, product).toString();
}

/** What strace tells of an fd or a process, without its angle brackets: `3</etc/passwd>`. */
export function noteOf(text: ByteString): ByteString | undefined {
  const at = text.indexOf('<');
  if (at < 1 || !/^(?:-?\d+|AT_FDCWD)$/.test(text.slice(0, at)) || !isNote(text, at)) return undefined;
  const end = endOfNote(text, at);
  return end === at ? undefined : text.slice(at + 1, end);
}

/** The names that are joined by `|`, also in the comment behind a number (`-X verbose`). */
export function namesOf(text: ByteString): ByteString[] {
  const comment = /^(?:-?\d+|0x[0-9a-f]+) \/\* (.*) \*\/$/.exec(text)?.[1];
  return (comment ?? text).split('|').map((name) => name.trim());
}
