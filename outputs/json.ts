/**
 * JSON with all that `JSON.parse` loses: integers keep their digits, objects their order, a key that comes twice is an error, and every error has
 * its place. Depth is limited, so that no input exhausts the stack. Text is ordinary JavaScript strings.
 */

/** A value in JSON. Integers beyond 2^53 are `bigint`. */
export type Json = string | number | bigint | boolean | null | readonly Json[] | JsonMap;
export type JsonMap = ReadonlyMap<string, Json>;

/** Objects and lists within one another that are read at most; alerts of Falco have two. */
const MAX_DEPTH = 32;

/** A text that is no JSON, or none that is read here. */
export class JsonError extends Error {
  /** Index of the character where reading stopped. */
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.name = 'JsonError';
    this.at = at;
  }
}

/**
 * Reads a JSON text (RFC 8259). `canonical` says whether the text is what `printJson` makes of the value, as that of Falco is: then nobody has to print it.
 *
 * @throws JsonError
 */
export function readJson(text: string): { readonly value: Json; readonly canonical: boolean } {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.skipBlanks();
  if (reader.at < text.length) throw reader.expected('the end');
  return { value, canonical: reader.canonical };
}

/** What needs no second look: halves of characters (U+D800 to U+DFFF) are good only in pairs. */
const PLAIN = /[^"\\\u0000-\u001f\ud800-\udfff]*/y; // eslint-disable-line no-control-regex
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

/** Digits of an integer that is read at most: making a `bigint` of very many takes long. */
const MAX_DIGITS = 400;

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

class Reader {
  at = 0;
  /** False once something was read that `printJson` writes otherwise, or may do. */
  canonical = true;
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): Json {
    this.skipBlanks();
    switch (this.#text.charCodeAt(this.at)) {
      case OPEN_OBJECT:
        return this.#object(depth + 1);
      case OPEN_LIST:
        return this.#list(depth + 1);
      case QUOTE:
        return this.#string();
      case 0x74:
      case 0x66:
      case 0x6e:
        return this.#word();
      default:
        return this.#number();
    }
  }

  #object(depth: number): JsonMap {
    this.#open(depth);
    const object = new Map<string, Json>();
    if (this.#takes(CLOSE_OBJECT)) return object;
    let greatest: string | undefined;
    do {
      this.skipBlanks();
      const start = this.at;
      if (this.#text.charCodeAt(start) !== QUOTE) throw this.expected('a key in quotes');
      const key = this.#string();
      if (greatest === undefined || key > greatest) greatest = key;
      else {
        if (object.has(key)) throw new JsonError(`the key ${shownText(key)} comes twice`, start);
        this.canonical = false;
      }
      if (!this.#takes(COLON)) throw this.expected('a colon');
      object.set(key, this.value(depth));
    } while (this.#takes(COMMA));
    if (!this.#takes(CLOSE_OBJECT)) throw this.expected('a comma or the end of the object');
    return object;
  }

  #list(depth: number): readonly Json[] {
    this.#open(depth);
    const list: Json[] = [];
    if (this.#takes(CLOSE_LIST)) return list;
    do list.push(this.value(depth));
    while (this.#takes(COMMA));
    if (!this.#takes(CLOSE_LIST)) throw this.expected('a comma or the end of the list');
    return list;
  }

  #open(depth: number): void {
    if (depth > MAX_DEPTH)
      throw new JsonError(`more than ${MAX_DEPTH} objects and lists within one another`, this.at);
    this.at++;
  }

  #string(): string {
    const text = this.#text;
    const start = this.at;
    PLAIN.lastIndex = start + 1;
    PLAIN.test(text);
    const end = PLAIN.lastIndex;
    if (text.charCodeAt(end) !== QUOTE) return this.#longString(start, end);
    this.at = end + 1;
    return text.slice(start + 1, end);
  }

  /** A string with escapes, found by its closing quote: a regular expression would exhaust its stack with one of megabytes. */
  #longString(start: number, from: number): string {
    const text = this.#text;
    for (let end = from; end < text.length; end++) {
      const unit = text.charCodeAt(end);
      if (unit === QUOTE) {
        this.at = end + 1;
        return this.#unescaped(start, end + 1);
      }
      if (unit < SPACE) break;
      if (unit === BACKSLASH) end++;
    }
    throw this.#brokenString(start);
  }

  #unescaped(start: number, end: number): string {
    const token = this.#text.slice(start, end);
    if (!validEscapes(token)) throw this.#brokenString(start);
    const value = JSON.parse(token) as string;
    if (JSON.stringify(value) !== token) this.canonical = false;
    return value;
  }

  #brokenString(start: number): JsonError {
    const text = this.#text;
    for (let at = start + 1; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit === 0x22) break;
      if (unit < 0x20)
        return new JsonError('a control character in a string, which JSON writes as \\u00XX', at);
      if (unit !== 0x5c) continue;
      if (at + 1 < text.length && !ESCAPE.test(text.slice(at, at + 6)))
        return new JsonError(`${shownText(text.slice(at, at + 2))} is no escape of JSON`, at);
      at++;
    }
    return new JsonError('the text ends within a string', text.length);
  }

  #number(): number | bigint {
    const { at } = this;
    const match = this.#match(NUMBER);
    if (match === null) throw this.expected('a value');
    const [token, fraction, exponent] = match;
    const number = Number(token);
    if (fraction !== undefined || exponent !== undefined) {
      if (!Number.isFinite(number)) throw new JsonError(`${token.slice(0, 40)} is beyond all numbers`, at);
      if (String(number) !== token) this.canonical = false;
      return number;
    }
    if (Number.isSafeInteger(number)) {
      if (token === '-0') this.canonical = false;
      return number;
    }
    if (token.length > MAX_DIGITS) throw new JsonError(`a number of ${token.length} digits`, at);
    return BigInt(token);
  }

  #word(): boolean | null {
    switch (this.#match(WORD)?.[0]) {
      case 'true':
        return true;
      case 'false':
        return false;
      case 'null':
        return null;
      default:
        throw this.expected('a value');
    }
  }

  skipBlanks(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.at);
      if (unit !== SPACE && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.canonical = false;
      this.at++;
    }
  }

  #takes(mark: number): boolean {
    this.skipBlanks();
    if (this.#text.charCodeAt(this.at) !== mark) return false;
    this.at++;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.at = pattern.lastIndex;
    return match;
  }

  expected(what: string): JsonError {
    const found =
      this.at < this.#text.length ? shownText(this.#text.slice(this.at, this.at + 12)) : 'the end';
    return new JsonError(`${what} was expected, and ${found} was found`, this.at);
  }
}

const ESCAPE = /^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/;
const BAD_ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|(\\)/g;

function validEscapes(token: string): boolean {
  for (const match of token.matchAll(BAD_ESCAPE)) if (match[1] !== undefined) return false;
  return true;
}

/** A text as part of a message: in quotes, shortened. */
export function shownText(text: string): string {
  const quoted = JSON.stringify(text.length <= 60 ? text : `${text.slice(0, 57)}…`);
  return quoted.replaceAll('\u007f', '\\u007f');
}

/** A value as part of a message. */
export function shownJson(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return shownText(value);
  if (value === null || typeof value !== 'object') return String(value);
  return value instanceof Map ? 'an object' : 'a list';
}

/** A JSON text without blanks, with the keys of all objects in the order of their UTF-16 units: equal for equal values. */
export function printJson(value: Json): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === null || typeof value !== 'object') return String(value);
  if (value instanceof Map) {
    const entries = [...(value as JsonMap)].sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${printJson(entry)}`).join(',')}}`;
  }
  return `[${(value as readonly Json[]).map(printJson).join(',')}]`;
}
