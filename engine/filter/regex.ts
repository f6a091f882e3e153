import { RE2JS } from 're2js';
import { fromBytes, toBytes, type ByteString } from '../bytes.ts';
import { ValueError } from './value-error.ts';

/** What re2js (like Go) says of a pattern, and what RE2 says. */
const MESSAGES: Readonly<Record<string, string>> = {
  'invalid escape sequence': 'invalid escape sequence',
  'invalid character class range': 'invalid character class range',
  'missing closing ]': 'missing ]',
  'missing closing )': 'missing )',
  'unexpected )': 'unexpected )',
  'trailing backslash at end of expression': 'trailing \\',
  'missing argument to repetition operator': 'no argument for repetition operator',
  'invalid repeat count': 'invalid repetition size',
};

/** What re2js offers only inside: the POSIX syntax, through the class behind `RE2JS.compile`, and the function that wraps its objects. */
interface Inside {
  readonly compileImpl: (pattern: string, flags: number, longest: boolean) => unknown;
  readonly wrap: (pattern: string, flags: number, compiled: unknown) => RE2JS;
}

let inside: Inside | undefined;

// Nothing of re2js is touched before the first pattern: it is loaded then.
function insideOf(): Inside {
  if (inside === undefined) {
    const { compileImpl } = RE2JS.compile('').re2().constructor as unknown as Inside;
    const { initTest } = RE2JS as unknown as { readonly initTest: Inside['wrap'] };
    inside = { compileImpl, wrap: initTest };
  }
  return inside;
}

/** RE2's flags under its option `posix_syntax`: negated classes hold the newline, `^` and `$` stand at lines, no Perl syntax. */
const CLASS_NL = 4;

// eslint-disable-next-line no-control-regex
const ASCII = /^[\x00-\x7f]*$/;

/**
 * A test whether the whole of a text matches an RE2 pattern in POSIX syntax. Patterns and texts are UTF-8; a text that is not matches
 * nothing. Throws a `ValueError` in Falco's words.
 */
export function compileRegex(pattern: ByteString): (text: ByteString) => boolean {
  const decoded = fromBytes(pattern);
  if (toBytes(decoded) !== pattern) throw new ValueError('invalid regex pattern: invalid UTF-8');
  const { compileImpl, wrap } = insideOf();
  let compiled: RE2JS;
  try {
    compiled = wrap(decoded, 0, compileImpl(decoded, CLASS_NL, true));
  } catch (error) {
    throw new ValueError(`invalid regex pattern: ${describe(error)}`);
  }
  return (text) => {
    const decodedText = ASCII.test(text) ? text : decode(text);
    return decodedText !== undefined && compiled.testExact(decodedText);
  };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'unexpected error';
  const { error: what = '', input = null } = error as { error?: string; input?: string | null };
  const message = MESSAGES[what];
  if (message === undefined) return 'pattern too large - compile failed';
  if (input === null || input === '') return message;
  const part =
    what === 'invalid character class range' && input.startsWith('[') && !input.startsWith('[:')
      ? strayHyphen(input)
      : input;
  return `${message}: ${toBytes(part)}`;
}

/** Of a class with a hyphen that stands neither first, nor last, nor in a range: the hyphen and what follows it, which RE2 quotes. */
function strayHyphen(input: string): string {
  const members = /(?:\\.|[^\\])(?:-(?!\]).)?/gsu;
  members.lastIndex = input.startsWith('[^') ? 2 : 1;
  for (let first = true; ; first = false) {
    const at = members.lastIndex;
    if (!first && input[at] === '-') return [...input.slice(at)].slice(0, 2).join('');
    if (members.exec(input) === null) return input;
  }
}

/**
 * Text of UTF-8 bytes; undefined if they are none. RE2 takes overlong forms, surrogates and what lies above U+10FFFF for characters where
 * any but ASCII may stand: they become U+10FFFF, which no pattern names.
 */
function decode(text: ByteString): string | undefined {
  let decoded = '';
  for (let i = 0; i < text.length;) {
    const lead = text.charCodeAt(i++);
    if (lead < 0x80) {
      decoded += text[i - 1];
      continue;
    }
    if (lead < 0xc2 || lead > 0xf4) return undefined;
    const more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    let point = lead & (0x3f >> more);
    for (const end = i + more; i < end; i++) {
      const unit = text.charCodeAt(i);
      if (!(unit >= 0x80 && unit < 0xc0)) return undefined;
      point = (point << 6) | (unit & 0x3f);
    }
    const least = [0x80, 0x800, 0x10000][more - 1]!;
    const isCharacter = point >= least && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    decoded += String.fromCodePoint(isCharacter ? point : 0x10ffff);
  }
  return decoded;
}
