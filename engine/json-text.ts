/**
 * JSON as text, as Go's fastjson takes it, which Falco's plug-ins read events with: numbers and escapes may be malformed, text may hold control
 * characters, and nesting ends at 300.
 */
import { toBytes, type ByteString } from './bytes.ts';

/** A text that is no JSON. */
export class JsonTextError extends Error {
  /** Index of the byte where reading stopped. */
  readonly at: number;
  /** Whether the text would be JSON if more followed. */
  readonly cutOff: boolean;

  constructor(message: string, at: number, cutOff = false) {
    super(message);
    this.name = 'JsonTextError';
    this.at = at;
    this.cutOff = cutOff;
  }
}

/** Values deeper than this are refused. */
const MAX_JSON_DEPTH = 300;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Behind the string that begins at `at`; -1 if it does not end. */
export function stringEnd(text: ByteString, at: number): number {
  let quote = text.indexOf('"', at + 1);
  while (quote > 0) {
    let slashes = quote;
    while (slashes > at + 1 && text.charCodeAt(slashes - 1) === BACKSLASH) slashes--;
    if ((quote - slashes) % 2 === 0) return quote + 1;
    quote = text.indexOf('"', quote + 1);
  }
  return -1;
}

/** Behind the value that begins at `start`, in a text that `compacted` gave. */
export function valueEnd(text: ByteString, start: number): number {
  let at = start;
  let depth = 0;
  do {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = stringEnd(text, at);
        break;
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        depth++;
        at++;
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        depth--;
        at++;
        break;
      case COMMA:
      case COLON:
        at++;
        break;
      default:
        at = wordEnd(text, at + 1);
    }
  } while (depth > 0);
  return at;
}

/** Behind a number or a word. */
function wordEnd(text: ByteString, start: number): number {
  let at = start;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === COMMA || code === CLOSE_OBJECT || code === CLOSE_ARRAY) break;
  }
  return at;
}

/** Checks that a text is one JSON document, and gives it without blanks between its tokens. Throws a `JsonTextError`. */
export function compacted(text: ByteString): ByteString {
  return new Compactor(text).run();
}

class Compactor {
  readonly #text: ByteString;
  #at = 0;
  /** What was not put into the pieces yet begins here. */
  #kept = 0;
  readonly #pieces: ByteString[] = [];
  /** For each container that is open whether it is an object. */
  readonly #open: boolean[] = [];

  constructor(text: ByteString) {
    this.#text = text;
  }

  run(): ByteString {
    this.#skipBlanks();
    do this.#value();
    while (this.#goesOn());
    const text = this.#text;
    if (this.#at < text.length) throw this.#unexpected('the end of the document');
    if (this.#kept === 0) return text;
    this.#pieces.push(text.slice(this.#kept, this.#at));
    return this.#pieces.join('');
  }

  /** Reads a scalar or an empty container, or opens a container up to its first value. */
  #value(): void {
    const text = this.#text;
    for (;;) {
      if (this.#open.length >= MAX_JSON_DEPTH)
        throw new JsonTextError(`values stand in one another more than ${MAX_JSON_DEPTH} deep`, this.#at);
      const code = text.charCodeAt(this.#at);
      if (code !== OPEN_OBJECT && code !== OPEN_ARRAY) {
        if (code === QUOTE) this.#string();
        else this.#scalar();
        return;
      }
      const isObject = code === OPEN_OBJECT;
      this.#at++;
      this.#skipBlanks();
      if (text.charCodeAt(this.#at) === (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) {
        this.#at++;
        return;
      }
      this.#open.push(isObject);
      if (isObject) this.#key();
    }
  }

  /** Closes what ends behind a value. True if another value follows. */
  #goesOn(): boolean {
    const text = this.#text;
    for (;;) {
      this.#skipBlanks();
      const inObject = this.#open[this.#open.length - 1];
      if (inObject === undefined) return false;
      const code = text.charCodeAt(this.#at);
      if (code === COMMA) {
        this.#at++;
        this.#skipBlanks();
        if (inObject) this.#key();
        return true;
      }
      if (code !== (inObject ? CLOSE_OBJECT : CLOSE_ARRAY))
        throw this.#unexpected(inObject ? 'a comma or }' : 'a comma or ]');
      this.#open.pop();
      this.#at++;
    }
  }

  #key(): void {
    const text = this.#text;
    if (text.charCodeAt(this.#at) !== QUOTE) throw this.#unexpected('the name of a member in quotes');
    this.#string();
    this.#skipBlanks();
    if (text.charCodeAt(this.#at) !== COLON) throw this.#unexpected('a colon');
    this.#at++;
    this.#skipBlanks();
  }

  #string(): void {
    const end = stringEnd(this.#text, this.#at);
    if (end < 0) throw new JsonTextError('the string that begins here does not end', this.#at, true);
    this.#at = end;
  }

  #scalar(): void {
    SCALAR.lastIndex = this.#at;
    if (!SCALAR.test(this.#text)) throw this.#unexpected('a value');
    this.#at = SCALAR.lastIndex;
  }

  #skipBlanks(): void {
    const text = this.#text;
    if (!isBlank(text.charCodeAt(this.#at))) return;
    if (this.#at > this.#kept) this.#pieces.push(text.slice(this.#kept, this.#at));
    do this.#at++;
    while (isBlank(text.charCodeAt(this.#at)));
    this.#kept = this.#at;
  }

  #unexpected(wanted: string): JsonTextError {
    const found = this.#text[this.#at];
    return found === undefined
      ? new JsonTextError(`the text ends where ${wanted} should be`, this.#at, true)
      : new JsonTextError(`${JSON.stringify(found)} where ${wanted} should be`, this.#at);
  }
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** A word, or digits, points, signs and exponents in whatever order; one sign alone is none, but at the end of the text. */
const SCALAR = /true|false|null|[+-]?(?:[iI][nN][fF]|[nN][aA][nN])|[\d.eE+-]{2,}|[\d.eE]|[+-](?![^])/y;

const SHORT: Readonly<Record<string, ByteString>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** An escape: of a character by its number, a surrogate with what may be its other half, any other. */
const ESCAPE = /\\(?:u([dD][89a-fA-F][\da-fA-F]{2})(?:\\u([\da-fA-F]{4}))?|u([\da-fA-F]{4})|([^]?))/g;

/** The text between the quotes of a string, its escapes replaced; wrong ones stay as they are. */
export function unescaped(raw: ByteString): ByteString {
  if (!raw.includes('\\')) return raw;
  return raw.replace(
    ESCAPE,
    (escape: string, surrogate?: string, other?: string, number?: string, short?: string) => {
      if (number !== undefined) return toBytes(String.fromCharCode(parseInt(number, 16)));
      if (surrogate === undefined) return SHORT[short!] ?? escape;
      if (other === undefined) return escape;
      const pair = String.fromCharCode(parseInt(surrogate, 16), parseInt(other, 16));
      // What is no pair is one character that stands for something unknown.
      return toBytes(/^[\ud800-\udbff][\udc00-\udfff]$/.test(pair) ? pair : '\ufffd');
    },
  );
}
