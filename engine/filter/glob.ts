import type { ByteString } from '../bytes.ts';

/** One place of a pattern: a byte, or the set of bytes that may stand there (256 flags). */
type Place = number | Uint8Array;

/** A pattern cut at its stars: the pieces between them. `undefined` if it can match nothing. */
type Pieces = readonly (readonly Place[])[] | undefined;

const STAR = 42;
const ANY = new Uint8Array(256).fill(1);

/** The names of fnmatch's character classes in the C locale. */
const CLASSES: Readonly<Record<string, RegExp>> = {
  alpha: /[a-zA-Z]/,
  digit: /[0-9]/,
  alnum: /[a-zA-Z0-9]/,
  upper: /[A-Z]/,
  lower: /[a-z]/,
  space: /[ \t\n\v\f\r]/,
  blank: /[ \t]/,
  punct: /[!-/:-@[-`{-~]/,
  print: /[ -~]/,
  graph: /[!-~]/,
  // eslint-disable-next-line no-control-regex
  cntrl: /[\x00-\x1f\x7f]/,
  xdigit: /[0-9a-fA-F]/,
};

/** Lower case of an ASCII letter, other bytes as they are. */
export const lowerAscii = (unit: number): number => (unit >= 65 && unit <= 90 ? unit + 32 : unit);

/**
 * A test whether a text matches a pattern as fnmatch(3) of the GNU C library does without flags, or with FNM_CASEFOLD: `*` and `?` match `/`
 * too, `{a,b}` has no meaning. Time grows with the product of both lengths at worst.
 */
export function compileGlob(pattern: ByteString, foldCase = false): (text: ByteString) => boolean {
  const pieces = parse(pattern, foldCase);
  if (pieces === undefined) return () => false;
  const fold = foldCase ? lowerAscii : undefined;
  const [first, ...rest] = pieces;
  if (rest.length === 0) return (text) => text.length === first!.length && fits(first!, text, 0, fold);
  const last = rest.pop()!;
  const least = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return (text) => {
    if (text.length < least || !fits(first!, text, 0, fold)) return false;
    const end = text.length - last.length;
    if (!fits(last, text, end, fold)) return false;
    let at = first!.length;
    for (const piece of rest) {
      while (at + piece.length <= end && !fits(piece, text, at, fold)) at++;
      if (at + piece.length > end) return false;
      at += piece.length;
    }
    return true;
  };
}

function fits(
  piece: readonly Place[],
  text: ByteString,
  at: number,
  fold: ((unit: number) => number) | undefined,
): boolean {
  for (let i = 0; i < piece.length; i++) {
    const place = piece[i]!;
    const unit = fold === undefined ? text.charCodeAt(at + i) : fold(text.charCodeAt(at + i));
    if (typeof place === 'number' ? place !== unit : place[unit] === 0) return false;
  }
  return true;
}

function parse(pattern: ByteString, foldCase: boolean): Pieces {
  const pieces: Place[][] = [[]];
  for (let i = 0; i < pattern.length;) {
    const unit = pattern.charCodeAt(i);
    const piece = pieces[pieces.length - 1]!;
    if (unit === STAR) {
      pieces.push([]);
      i++;
      continue;
    }
    if (pattern[i] === '[') {
      const bracket = parseBracket(pattern, i + 1, foldCase);
      if (bracket === 'never') return undefined;
      if (bracket !== 'literal') {
        piece.push(bracket.set);
        i = bracket.end;
        continue;
      }
    }
    if (pattern[i] === '?') {
      piece.push(ANY);
      i++;
      continue;
    }
    if (pattern[i] === '\\') i++;
    if (i === pattern.length) return undefined;
    const literal = pattern.charCodeAt(i);
    piece.push(foldCase ? lowerAscii(literal) : literal);
    i++;
  }
  return pieces;
}

type Bracket = { readonly set: Uint8Array; readonly end: number } | 'literal' | 'never';

/**
 * Reads a bracket expression from behind its `[`. One that is not closed makes the `[` an ordinary byte; an unknown class, or an escape
 * at the end, makes the whole pattern match nothing.
 */
function parseBracket(pattern: ByteString, from: number, foldCase: boolean): Bracket {
  const set = new Uint8Array(256);
  const fold = (unit: number) => (foldCase ? lowerAscii(unit) : unit);
  let i = from;
  const negated = pattern[i] === '!' || pattern[i] === '^';
  if (negated) i++;
  for (let first = true; first || pattern[i] !== ']'; first = false) {
    if (i >= pattern.length) return 'literal';
    const named = /^\[:([a-z]*):\]/.exec(pattern.slice(i, i + 40));
    if (named !== null) {
      const members = CLASSES[named[1]!];
      if (members === undefined) return 'never';
      for (let unit = 0; unit < 256; unit++) if (members.test(String.fromCharCode(unit))) set[fold(unit)] = 1;
      i += named[0].length;
      continue;
    }
    const low = parseMember(pattern, i, '.=');
    if (low === undefined) return 'never';
    i = low.end;
    let high = low;
    if (pattern[i] === '-' && i + 1 < pattern.length && pattern[i + 1] !== ']') {
      const upper = parseMember(pattern, i + 1, '.');
      if (upper === undefined) return 'never';
      high = upper;
      i = upper.end;
    }
    const top = fold(high.unit);
    for (let unit = fold(low.unit); unit <= top; unit++) set[unit] = 1;
  }
  if (negated) for (let unit = 0; unit < 256; unit++) set[unit] = 1 - set[unit]!;
  return { set, end: i + 1 };
}

/** One byte in brackets: itself, escaped, `[.x.]` or (but not as the end of a range) `[=x=]`. */
function parseMember(
  pattern: ByteString,
  at: number,
  kinds: string,
): { readonly unit: number; readonly end: number } | undefined {
  if (pattern[at] === '\\')
    return at + 1 < pattern.length ? { unit: pattern.charCodeAt(at + 1), end: at + 2 } : undefined;
  const kind = pattern[at + 1];
  if (pattern[at] === '[' && kind !== undefined && kinds.includes(kind)) {
    if (pattern.startsWith(`${kind}]`, at + 3)) return { unit: pattern.charCodeAt(at + 2), end: at + 5 };
    // A name of more bytes than one is unknown in the C locale, one that is not closed is wrong.
    if (kind === '.') return undefined;
  }
  return { unit: pattern.charCodeAt(at), end: at + 1 };
}
