import { toBytes, type ByteString } from '../../engine/index.ts';
import { YamlError } from './node.ts';
import type { YamlSource } from './source.ts';

/**
 * The text of scalars as yaml-cpp makes it. What differs from YAML 1.2: escapes, blocks whose leading blank lines are indented deeper,
 * tabs where indentation is looked for, quotes that the file never closes.
 */

const isBlank = (unit: string | undefined): boolean => unit === ' ' || unit === '\t';

/** A plain scalar that the lexer found from `start` to `end`. */
export function plainText(source: YamlSource, start: number, end: number): ByteString {
  const raw = source.text.slice(start, end);
  const nul = raw.indexOf('\0');
  if (nul >= 0) throw nulByte(source, start + nul);
  return raw.includes('\n') ? foldLines(raw.split(/\r?\n/)) : raw.replace(/[ \t]+$/, '');
}

function nulByte(source: YamlSource, at: number): YamlError {
  return new YamlError(`unknown escape character: ${source.text[at + 1] ?? '\x04'}`, source.mark(at + 2));
}

function foldLines(lines: readonly string[]): ByteString {
  let text = lines[0]!.replace(/[ \t]+$/, '');
  let emptyLine = false;
  for (const line of lines.slice(1)) {
    const content = line.replace(/^[ \t]+|[ \t]+$/g, '');
    if (content === '') text += '\n';
    else text += (emptyLine ? '' : ' ') + content;
    emptyLine = content === '';
  }
  return text;
}

/** A quoted scalar and where it ends (after the quote). A quote that is never closed takes the rest of the file. */
export function quotedText(source: YamlSource, start: number): { value: ByteString; end: number } {
  const { text } = source;
  const quote = text[start]!;
  let value = '';
  let kept = 0;
  let at = start + 1;
  let emptyLine = false;
  while (at < text.length) {
    let escapedBreak = false;
    for (;;) {
      const unit = text[at];
      if (unit === undefined) throw new YamlError('illegal EOF in scalar', source.mark(at));
      if (unit === '\n' || (unit === '\r' && text[at + 1] === '\n')) break;
      if (unit === quote && !(quote === "'" && text[at + 1] === "'")) return { value, end: at + 1 };
      if (text[at - 1] === '\n' && /^(?:---|\.\.\.)(?:[ \t\r\n]|$)/.test(text.slice(at, at + 4)))
        throw new YamlError('illegal document indicator in scalar', source.mark(at));
      if (unit === "'" && quote === "'") {
        value += "'";
        at += 2;
        kept = value.length;
      } else if (unit === '\\' && quote === '"') {
        if (/^\r?\n/.test(text.slice(at + 1, at + 3))) {
          at++;
          kept = value.length;
          escapedBreak = true;
          break;
        }
        const escape = unescape(source, at);
        value += escape.value;
        at = escape.end;
        kept = value.length;
      } else {
        value += unit;
        at++;
        if (!isBlank(unit)) kept = value.length;
      }
    }
    value = value.slice(0, kept);
    at += text[at] === '\r' ? 2 : 1;
    while (isBlank(text[at])) at++;
    const nextEmpty = text[at] === '\n' || (text[at] === '\r' && text[at + 1] === '\n');
    if (nextEmpty) value += '\n';
    else if (!emptyLine && !escapedBreak) value += ' ';
    emptyLine = nextEmpty;
    kept = value.length;
  }
  return { value: value.replace(/\n+$/, '\n'), end: at };
}

const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0', a: '\x07', b: '\b', t: '\t', '\t': '\t', n: '\n', v: '\v', f: '\f', r: '\r', e: '\x1b', ' ': ' ', '"': '"', "'": "'",
  '\\': '\\', '/': '/', N: '\x85', _: '\xa0', L: '\xe2\x80\xa8', P: '\xe2\x80\xa9',
}; // prettier-ignore
const HEX_LENGTH: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function unescape(source: YamlSource, at: number): { value: ByteString; end: number } {
  const letter = source.text[at + 1] ?? '\x04';
  const value = ESCAPES[letter];
  if (value !== undefined) return { value, end: at + 2 };
  const length = HEX_LENGTH[letter];
  if (length === undefined) throw new YamlError(`unknown escape character: ${letter}`, source.mark(at + 2));
  const end = at + 2 + length;
  const digits = source.text.slice(at + 2, end);
  if (digits.length < length || !/^[0-9a-fA-F]+$/.test(digits))
    throw new YamlError('bad character found while scanning hex number', source.mark(end));
  const code = parseInt(digits, 16);
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
    throw new YamlError(`invalid unicode: ${code}`, source.mark(end));
  return { value: toBytes(String.fromCodePoint(code)), end };
}

/** A block scalar (`|`, `>`) that starts at `start` inside a collection whose items stand in column `parent` (-1 at the top). */
export function blockText(source: YamlSource, start: number, parent: number): ByteString {
  const { text } = source;
  const header = /^[|>]([+-][0-9]|[0-9][+-]|[+-]|[0-9])?/.exec(text.slice(start, start + 3))![0];
  const digit = /[0-9]/.exec(header);
  if (digit?.[0] === '0')
    throw new YamlError(
      'cannot set zero indentation for a block scalar',
      source.mark(start + digit.index + 1),
    );
  let at = start + header.length;
  while (isBlank(text[at])) at++;
  if (text[at] === '#') at = lineEnd(text, at);
  if (at < text.length && text[at] !== '\n' && !text.startsWith('\r\n', at))
    throw new YamlError('unexpected character in block scalar', source.mark(at));

  const block: Block = {
    folded: header[0] === '>',
    indent: (digit === null ? 1 : Number(digit[0])) + Math.max(parent, 0),
    detect: digit === null,
  };
  const value = blockLines(source, at, block);
  if (header.includes('+')) return value;
  const trimmed = value.replace(/\n+$/, '');
  return header.includes('-') || trimmed === '' || trimmed === value ? trimmed : `${trimmed}\n`;
}

interface Block {
  readonly folded: boolean;
  indent: number;
  readonly detect: boolean;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  if (end < 0) return text.length;
  return text[end - 1] === '\r' && end > from ? end - 1 : end;
}

/** The lines after a header, joined; `at` is the end of the header's line. */
function blockLines(source: YamlSource, from: number, block: Block): ByteString {
  const { text } = source;
  let at = from;
  let value = '';
  let opened = false;
  let hasContent = false;
  let emptyLine = false;
  let deeper = false;
  let breaks = 0;
  let breaksAfterDeeper = false;
  while (at < text.length) {
    at += text[at] === '\r' ? 2 : 1;
    let column = 0;
    while (text[at] === ' ' && (column < block.indent || (block.detect && !hasContent))) {
      at++;
      column++;
    }
    if (block.detect && !hasContent) block.indent = Math.max(block.indent, column);
    if (text[at] === '\t' && column < block.indent)
      throw new YamlError('illegal tab when looking for indentation', source.mark(at));

    const nextEmpty = text[at] === '\n' || text.startsWith('\r\n', at);
    const nextDeeper = isBlank(text[at]);
    if (block.folded && breaks === 0 && nextEmpty) breaksAfterDeeper = deeper;
    if (opened) {
      if (!block.folded) value += '\n';
      else {
        if (!emptyLine && !nextEmpty && !deeper && !nextDeeper && column >= block.indent) value += ' ';
        else if (nextEmpty) breaks++;
        else value += '\n';
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
    if (!emptyLine && column < block.indent) break;

    const end = lineEnd(text, at);
    if (end > at) {
      const nul = text.slice(at, end).indexOf('\0');
      if (nul >= 0) throw nulByte(source, at + nul);
      hasContent = true;
      value += text.slice(at, end);
    }
    at = end;
  }
  return value;
}
