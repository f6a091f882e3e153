import { parseOperand, type ByteString, type Expr } from '../../engine/index.ts';

/** A part of a text. */
export interface Token {
  readonly index: number;
  readonly length: number;
}

type Check = Exclude<Expr, { readonly kind: 'and' | 'or' | 'not' | 'identifier' }>;

/** What in a check a message is about. A message that is not here is about the whole left side. */
const PARTS: readonly (readonly [RegExp, 'field' | 'value' | 'operator' | 'right'])[] = [
  [/^filter_check called with nonexistent field ([^[]+)/, 'field'],
  [/^unknown event argument (.+)$/s, 'field'],
  [/^field '(.+)' does not support transformers$/s, 'field'],
  [/^unknown event type (.*)$/s, 'value'],
  [/^(.*) is not a valid (?:port )?number$/s, 'value'],
  [/^unrecognized (?:protocol|IPv4 address|IPv6 address|IP address|IP network) (.*)$/s, 'value'],
  [/^filter error: unrecognized boolean value (.*)$/s, 'value'],
  [/^(?:filter error: )?'.+' (?:operator not supported|with modifier not supported)/s, 'operator'],
  [/^operator '.+' doesn't support right-hand side fields/s, 'operator'],
  [/right-hand side field/, 'right'],
  [/^invalid (?:regex pattern|netmask|v6 netmask)/, 'right'],
  [/^filter parameter too long/, 'right'],
  [/hex strings only$/, 'right'],
  [/^'(.+)' may be a valid field/s, 'value'],
  [/^regex check with '(.+)' may be/s, 'value'],
];

const BLANK = /[ \t\n\v\f\r]/;
const WORD = /"(?:[^"\\]|\\[^])*"?|'(?:[^'\\]|\\[^])*'?|[=!<>~&|]+|[^ \t\n\v\f\r()"'=,]+|[^]/y;

/** The word, the quoted text or the sign at a place; of the end, its place. */
export function wordAt(text: ByteString, from: number): Token {
  let index = from;
  while (index < text.length && BLANK.test(text[index]!)) index++;
  // Nothing follows: the place is right behind what stands there.
  if (index === text.length) {
    while (index > 0 && BLANK.test(text[index - 1]!)) index--;
    return { index, length: 1 };
  }
  WORD.lastIndex = index;
  return { index, length: WORD.exec(text)![0].length };
}

/** The escape that a message is about, in the quoted text that ends at a place: the parser reads it once it has the whole. */
export function escapeBefore(text: ByteString, end: number, message: ByteString): Token | undefined {
  const wrong = /^(?:unsupported string escape sequence: |invalid )(\\[^])/.exec(message)?.[1];
  const quoted = QUOTED.exec(text.slice(0, end));
  if (wrong === undefined || quoted === null) return undefined;
  for (const escape of quoted[0].matchAll(/\\[^]/g))
    if (escape[0] === wrong) return { index: quoted.index + escape.index, length: wrong.length };
  return undefined;
}

const QUOTED = /(?:"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*')$/;

/** The part of a check that a message is about. */
export function tokenOf(text: ByteString, check: Check, message: ByteString): Token {
  const left = leftSide(text, check.position.index);
  for (const [pattern, part] of PARTS) {
    const match = pattern.exec(message);
    if (!match) continue;
    const found = match[1] ?? '';
    switch (part) {
      case 'field': {
        const index = indexOfWord(text, found, left.index);
        if (index === undefined) break;
        return { index, length: leftSide(text, index).length || found.length };
      }
      case 'value': {
        const index = indexOfWord(text, found, left.index + left.length);
        if (index !== undefined) return { index, length: Math.max(found.length, 1) };
        return rightSide(text, check) ?? left;
      }
      case 'operator': {
        const operator = wordAt(text, left.index + left.length);
        const modifier = /[ \t\n\r]+(?:oneof|anyof|allof)(?![^ \t\n\r(])/y;
        modifier.lastIndex = operator.index + operator.length;
        const more = modifier.exec(text)?.[0].length ?? 0;
        return { index: operator.index, length: operator.length + more };
      }
      case 'right':
        return rightSide(text, check) ?? left;
    }
  }
  return left;
}

/** A field with its argument, or a transformer with all that is in it. */
export function leftSide(text: ByteString, from: number): Token {
  let index = from;
  while (BLANK.test(text[index] ?? 'x')) index++;
  try {
    return { index, length: parseOperand(text.slice(index)).end };
  } catch {
    return { index, length: 0 };
  }
}

function rightSide(text: ByteString, check: Check): Token | undefined {
  if (check.kind !== 'binary') return undefined;
  const { right } = check;
  if (right.kind === 'transformer') {
    const { index } = wordAt(text, right.position.index);
    // `val` is no operand by itself.
    const start = text.startsWith('val', index) ? text.indexOf('(', index) + 1 : index;
    return leftSide(text, start);
  }
  return wordAt(text, right.position.index);
}

const EDGE = /[ \t\n\v\f\r()[\]"'=,.<>!]/;

/** Where a word stands by itself, from a place on. */
function indexOfWord(text: ByteString, word: ByteString, from: number): number | undefined {
  if (word === '') return undefined;
  for (let index = text.indexOf(word, from); index >= 0; index = text.indexOf(word, index + 1)) {
    const before = text[index - 1];
    const after = text[index + word.length];
    if ((before === undefined || EDGE.test(before)) && (after === undefined || EDGE.test(after)))
      return index;
  }
  return undefined;
}
