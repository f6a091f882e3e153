import { toBytes, type ByteString } from '../../engine/index.ts';
import { END, isBlank, isBlankOrBreak, isBreak, type Cursor } from './cursor.ts';

/**
 * The text of scalars as yaml-cpp makes it. What differs from YAML 1.2: escapes (in plain and block text, a NUL begins one), blocks whose leading
 * blank lines are indented deeper, tabs where indentation is looked for, quotes that the file never closes.
 */

interface Style {
  /** Whether the text ends at the place. */
  readonly atEnd: (cursor: Cursor) => boolean;
  /** For quotes: the end is a byte that must be there. */
  readonly quoted: boolean;
  /** Fits only what is text wherever it stands, in one stride. */
  readonly ordinary: RegExp;
  readonly escape: string;
  /** How line breaks are joined: into blanks, into blanks but for deeper lines, or not at all. */
  readonly join: 'flow' | 'folded' | 'literal';
  /** Whether blanks in front of a line do not count. */
  readonly trimStart: boolean;
  readonly trimEnd: boolean;
  /** What is done with line breaks at the end. */
  readonly chomp: 'clip' | 'strip' | 'keep';
  readonly tabsFail: boolean;
  /** Columns that belong to the block, not to the text. */
  indent: number;
  /** Whether the first line tells the indentation. */
  readonly detectIndent: boolean;
}

const startsComment = (cursor: Cursor): boolean => {
  const unit = cursor.peek();
  if (!isBlankOrBreak(unit)) return false;
  return cursor.peek(unit === '\r' && cursor.peek(1) === '\n' ? 2 : 1) === '#';
};

const endsInBlock = (cursor: Cursor): boolean =>
  (cursor.peek() === ':' && cursor.standsAlone()) || startsComment(cursor);

const endsInFlow = (cursor: Cursor): boolean => {
  const unit = cursor.peek();
  return (
    ',?[]{}'.includes(unit) ||
    (unit === ':' && (cursor.standsAlone() || ',]}'.includes(cursor.peek(1)))) ||
    startsComment(cursor)
  );
};

/* eslint-disable no-control-regex -- NUL begins an escape, and \x04 stands for the end */
const ORDINARY = {
  plain: /[^:#\0\x04\s]+(?: +[^:#\0\x04\s]+)*/y,
  flow: /[^:#,?[\]{}\0\x04\s]+(?: +[^:#,?[\]{}\0\x04\s]+)*/y,
  single: /[^'\0\s]+(?: +[^'\0\s]+)*/y,
  double: /[^"\\\0\s]+(?: +[^"\\\0\s]+)*/y,
  block: /[^\0\x04\r\n]+/y,
} as const;
/* eslint-enable no-control-regex */

/** A plain scalar. `indent` is the least column of its lines. Tells whether it ended because a line was indented less. */
export function plainText(
  cursor: Cursor,
  inFlow: boolean,
  indent: number,
): { value: ByteString; outdented: boolean } {
  return readText(cursor, {
    atEnd: inFlow ? endsInFlow : endsInBlock,
    quoted: false,
    ordinary: inFlow ? ORDINARY.flow : ORDINARY.plain,
    escape: '\0',
    join: 'flow',
    trimStart: true,
    trimEnd: true,
    chomp: 'strip',
    tabsFail: true,
    indent,
    detectIndent: false,
  });
}

/** A quoted scalar, after its first quote. */
export function quotedText(cursor: Cursor, quote: string): ByteString {
  const single = quote === "'";
  return readText(cursor, {
    atEnd: (place) => place.peek() === quote && !(single && place.peek(1) === quote),
    quoted: true,
    ordinary: single ? ORDINARY.single : ORDINARY.double,
    escape: single ? "'" : '\\',
    join: 'flow',
    trimStart: true,
    trimEnd: false,
    chomp: 'clip',
    tabsFail: false,
    indent: 0,
    detectIndent: false,
  }).value;
}

/** A block scalar, after its `|` or `>`, in a collection whose items stand in column `parent` (-1 at the top). */
export function blockText(cursor: Cursor, indicator: string, parent: number): ByteString {
  let chomp: Style['chomp'] = 'clip';
  let indent: number | undefined;
  const header = /^(?:[+-][0-9]|[0-9][+-]|[+-]|[0-9])?/.exec(cursor.text.slice(cursor.at, cursor.at + 2))![0];
  for (const unit of header) {
    cursor.take();
    if (unit === '+') chomp = 'keep';
    else if (unit === '-') chomp = 'strip';
    else if (unit === '0') cursor.fail('cannot set zero indentation for a block scalar');
    else indent = Number(unit);
  }
  while (isBlank(cursor.peek())) cursor.take();
  if (cursor.peek() === '#') cursor.skipLine();
  if (!cursor.ended && !isBreak(cursor.peek())) cursor.fail('unexpected character in block scalar');
  return readText(cursor, {
    atEnd: (place) => place.peek() === END,
    quoted: false,
    ordinary: ORDINARY.block,
    escape: '\0',
    join: indicator === '>' ? 'folded' : 'literal',
    trimStart: false,
    trimEnd: false,
    chomp,
    tabsFail: true,
    indent: (indent ?? 1) + Math.max(parent, 0),
    detectIndent: indent === undefined,
  }).value;
}

/** Reads lines until the text ends; each round takes the rest of a line, its break, and the blanks in front of the next line. */
function readText(cursor: Cursor, style: Style): { value: ByteString; outdented: boolean } {
  const { atEnd, join } = style;
  const plain = !style.quoted && join === 'flow';
  let value = '';
  /** How much of the text an escape protects from being trimmed. */
  let protectedEnd = -1;
  let hasContent = false;
  let opened = join === 'flow';
  let outdented = false;
  let emptyLine = false;
  let deeper = false;
  let breaks = 0;
  let breaksAfterDeeper = false;
  while (!cursor.ended) {
    let kept = value.length;
    let escapedBreak = false;
    while (!atEnd(cursor) && !isBreak(cursor.peek()) && !cursor.ended) {
      if (join === 'flow' && cursor.atMarker()) {
        if (plain) break;
        cursor.fail('illegal document indicator in scalar');
      }
      hasContent = opened = true;
      const run = cursor.takeRun(style.ordinary);
      if (run !== '') {
        value += run;
        kept = value.length;
        continue;
      }
      if (style.escape === '\\' && cursor.peek() === '\\' && isBreak(cursor.peek(1))) {
        cursor.take();
        kept = protectedEnd = value.length;
        escapedBreak = true;
        break;
      }
      if (cursor.peek() === style.escape) {
        value += readEscape(cursor);
        kept = protectedEnd = value.length;
        continue;
      }
      const unit = cursor.take();
      value += unit;
      if (!isBlank(unit)) kept = value.length;
    }
    if (cursor.ended) {
      if (style.quoted) cursor.fail('illegal EOF in scalar');
      break;
    }
    if (plain && cursor.atMarker()) break;
    if (atEnd(cursor)) {
      if (style.quoted) cursor.take();
      break;
    }
    if (join === 'flow') value = value.slice(0, kept);

    cursor.skipBreak();
    const detecting = style.detectIndent && !hasContent;
    while (cursor.peek() === ' ' && (cursor.column < style.indent || detecting) && !atEnd(cursor))
      cursor.take();
    if (detecting) style.indent = Math.max(style.indent, cursor.column);
    while (isBlank(cursor.peek())) {
      if (style.tabsFail && cursor.peek() === '\t' && cursor.column < style.indent)
        cursor.fail('illegal tab when looking for indentation');
      if (!style.trimStart || atEnd(cursor)) break;
      cursor.take();
    }

    const nextEmpty = isBreak(cursor.peek());
    const nextDeeper = isBlank(cursor.peek());
    if (join === 'folded' && breaks === 0 && nextEmpty) breaksAfterDeeper = deeper;
    if (opened) {
      if (join === 'literal') value += '\n';
      else if (join === 'flow') {
        if (nextEmpty) value += '\n';
        else if (!emptyLine && !escapedBreak) value += ' ';
      } else {
        const goesOn = !emptyLine && !nextEmpty && !deeper && !nextDeeper && cursor.column >= style.indent;
        if (nextEmpty && !goesOn) breaks++;
        else value += goesOn ? ' ' : '\n';
        if (!nextEmpty && breaks > 0) {
          value += '\n'.repeat(breaks - 1);
          if (breaksAfterDeeper || nextDeeper || !hasContent) value += '\n';
          breaks = 0;
        }
      }
    }
    emptyLine = nextEmpty;
    deeper = nextDeeper;
    opened = true;
    if (!emptyLine && cursor.column < style.indent) {
      outdented = true;
      break;
    }
  }
  return { value: trimEnd(value, style, protectedEnd), outdented };
}

/** Takes away blanks and line breaks at the end; the unit behind an escape stays. */
function trimEnd(value: ByteString, style: Style, protectedEnd: number): ByteString {
  let text = value;
  const lastBut = (units: string): number => {
    let last = text.length - 1;
    while (last >= 0 && units.includes(text[last]!)) last--;
    return Math.max(last, protectedEnd);
  };
  if (style.trimEnd) text = text.slice(0, lastBut(' \t') + 1 || undefined);
  if (style.chomp === 'keep') return text;
  const last = lastBut('\n');
  if (last < 0) return '';
  return text.slice(0, last + (style.chomp === 'clip' ? 2 : 1));
}

const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0', a: '\x07', b: '\b', t: '\t', '\t': '\t', n: '\n', v: '\v', f: '\f', r: '\r', e: '\x1b', ' ': ' ', '"': '"', "'": "'",
  '\\': '\\', '/': '/', N: '\x85', _: '\xa0', L: '\xe2\x80\xa8', P: '\xe2\x80\xa9',
}; // prettier-ignore
const HEX_LENGTH: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function readEscape(cursor: Cursor): ByteString {
  cursor.take();
  const letter = cursor.take();
  const value = ESCAPES[letter];
  if (value !== undefined) return value;
  const length = HEX_LENGTH[letter];
  if (length === undefined) cursor.fail(`unknown escape character: ${letter}`);
  let digits = '';
  for (let i = 0; i < length; i++) digits += cursor.take();
  if (!/^[0-9a-fA-F]+$/.test(digits)) cursor.fail('bad character found while scanning hex number');
  const code = parseInt(digits, 16);
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) cursor.fail(`invalid unicode: ${code}`);
  return toBytes(String.fromCodePoint(code));
}
