import { EncodingError, fromBytes, toBytes, type ByteString, type JsonInput } from '../../engine/index.ts';

/** A line that is no JSON. */
export class JsonLineError extends Error {
  /** Where in the line reading stopped; undefined if that is not known. */
  readonly at: number | undefined;
  /** Whether the line would be JSON if more followed. */
  readonly cutOff: boolean;

  constructor(message: string, at: number | undefined, cutOff: boolean) {
    super(message);
    this.at = at;
    this.cutOff = cutOff;
  }
}

/** A number that may be beyond 2^53. It may also stand inside a string: this decides only which way is taken. */
const LONG_NUMBER = /[[:,\s]-?\d{16}/;
/** A string, or a number of many digits without a fraction. */
const STRING_OR_LONG_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;
/** An escape: of a character in two halves, of one in one, any other. */
const ESCAPE = /\\(?:u([dD][89abAB][\da-fA-F]{2})\\u([dD][c-fC-F][\da-fA-F]{2})|u([\da-fA-F]{4})|.)/g;

/**
 * Parses a line of UTF-8, given as bytes, to values whose strings are byte strings. Integers of 16 and more digits come out as strings, with
 * all their digits. Throws a `JsonLineError`, or an `EncodingError` for half a character.
 */
export function parseJsonLine(line: ByteString): JsonInput {
  // JSON.parse takes each byte for a character: that of an escape must become its bytes first.
  let text = line.includes('\\u') ? withBytesForEscapes(line) : line;
  try {
    if (LONG_NUMBER.test(text))
      text = text.replace(STRING_OR_LONG_NUMBER, (token) => (token.startsWith('"') ? token : `"${token}"`));
    return JSON.parse(text) as JsonInput;
  } catch (error) {
    throw jsonLineError(line, error);
  }
}

function withBytesForEscapes(line: ByteString): ByteString {
  return line.replace(ESCAPE, (escape: string, high?: string, low?: string, digits?: string) => {
    if (high !== undefined) return toBytes(String.fromCharCode(parseInt(high, 16), parseInt(low!, 16)));
    if (digits === undefined) return escape;
    const unit = parseInt(digits, 16);
    if (unit >= 0xd800 && unit < 0xe000) throw new EncodingError(`${escape} is half a character`);
    return unit < 0x80 ? escape : toBytes(String.fromCharCode(unit));
  });
}

/** What V8 says, with its place in the line as it is. */
function jsonLineError(line: ByteString, error: unknown): JsonLineError {
  let message = error instanceof Error ? error.message : String(error);
  try {
    JSON.parse(line);
  } catch (again) {
    if (again instanceof Error) ({ message } = again);
  }
  const place = /^(.*?)(?: in JSON)? at position (\d+)/.exec(message);
  const cutOff = /^Unexpected end|^Unterminated/.test(message) || Number(place?.[2]) === line.length;
  const at = cutOff ? line.length : place === null ? undefined : Number(place[2]);
  return new JsonLineError(
    fromBytes(cutOff ? 'the line ends in the middle of a value' : (place?.[1] ?? message)),
    at,
    cutOff,
  );
}

/** Column (from 1, in UTF-16 units) of a position in a line. */
export function columnAt(line: ByteString, at: number): number {
  return fromBytes(line.slice(0, at)).length + 1;
}

/** Column of the value that keys lead to, as far as it can be found in the line. */
export function columnOf(line: ByteString, path: readonly string[]): number | undefined {
  let at = -1;
  for (const key of path) {
    const found = line.indexOf(JSON.stringify(key), at + 1);
    if (found < 0) break;
    at = found;
  }
  return at < 0 ? undefined : columnAt(line, at);
}
