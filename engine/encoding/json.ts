/**
 * Values in JSON that keep every byte. Text is UTF-8; what is not becomes `{"base64": "…"}`. Integers beyond 2^53, where most programs
 * lose digits, stand in quotes.
 */
import { didYouMean } from '../spelling.ts';
import { bytesOf, fromBytes, type ByteString, type Int } from '../bytes.ts';

/** A parsed JSON text. Its strings are byte strings. */
export type JsonInput = ByteString | number | boolean | null | readonly JsonInput[] | JsonInputObject;
export interface JsonInputObject {
  readonly [key: string]: JsonInput;
}

/** JSON that does not describe what it should. */
export class EncodingError extends Error {
  readonly hint: string | undefined;
  /** The keys that lead to the place, the outermost first. */
  readonly path: readonly string[];

  constructor(message: string, hint?: string, path: readonly string[] = []) {
    super(message);
    this.name = 'EncodingError';
    this.hint = hint;
    this.path = path;
  }

  /** The same error, seen from one level further out. */
  within(key: string): EncodingError {
    return new EncodingError(this.message, this.hint, [key, ...this.path]);
  }
}

/** The error for a value that is not what was expected. */
export function unexpected(value: JsonInput, expected: string, hint?: string): EncodingError {
  return new EncodingError(`${expected} was expected, and ${shown(value)} was found`, hint);
}

/** A hint for a name that is not known: what may have been meant, or else what there is. */
export function nameHint(misspelt: JsonInput, known: readonly string[]): string {
  const near = typeof misspelt === 'string' ? didYouMean(misspelt, known) : undefined;
  return near ?? `known are ${known.join(', ')}`;
}

/** The error for a key that an object cannot have. */
export function unknownKey(key: string, known: readonly string[]): EncodingError {
  return new EncodingError(`there is no key ${shown(key)} here`, nameHint(key, known), [key]);
}

/** Reads the value of a key; an error tells the key. */
export function readKey<T>(key: string, value: JsonInput, read: (value: JsonInput) => T): T {
  try {
    return read(value);
  } catch (error) {
    throw error instanceof EncodingError ? error.within(key) : error;
  }
}

/** A value in a message. */
export function shown(value: JsonInput): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const text = fromBytes(JSON.stringify(value));
  return text.length <= 60 ? text : `${text.slice(0, 57)}…"`;
}

export function isObject(value: JsonInput): value is JsonInputObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Printable ASCII without what JSON has to escape. */
const PLAIN = /^[ !#-[\]-~]*$/;
// eslint-disable-next-line no-control-regex
const ASCII = /^[\x00-\x7f]*$/;
const strict = new TextDecoder('utf-8', { fatal: true });

function isUtf8(text: ByteString): boolean {
  if (ASCII.test(text)) return true;
  try {
    strict.decode(bytesOf(text));
    return true;
  } catch {
    return false;
  }
}

/** A string in JSON; undefined if it is not UTF-8. */
export function utf8Json(text: ByteString): ByteString | undefined {
  if (PLAIN.test(text)) return `"${text}"`;
  return isUtf8(text) ? JSON.stringify(text) : undefined;
}

/** Any bytes in JSON, as base64. */
export function bytesJson(bytes: ByteString): ByteString {
  return `{"base64":"${btoa(bytes)}"}`;
}

/** A string in JSON, whatever its bytes are. */
export function textJson(text: ByteString): ByteString {
  return utf8Json(text) ?? bytesJson(text);
}

/** Strings that each end with a NUL, as a list. Undefined if the last one does not. */
export function stringsJson(strings: ByteString): ByteString | undefined {
  if (strings === '') return '[]';
  if (!strings.endsWith('\0')) return undefined;
  return `[${strings.slice(0, -1).split('\0').map(textJson).join(',')}]`;
}

/** A 64-bit integer in JSON: in quotes where a double would not hold it. */
export function intJson(value: Int): ByteString {
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : `"${BigInt(value)}"`;
}

/** The bytes of `{"base64": "…"}` or `{"hex": "…"}`; undefined for another value. */
export function rawBytes(value: JsonInput): ByteString | undefined {
  if (!isObject(value)) return undefined;
  const { base64, hex } = value;
  if (typeof base64 === 'string') return fromBase64(base64);
  if (typeof hex === 'string') return fromHex(hex);
  return undefined;
}

function fromBase64(text: string): ByteString {
  try {
    return atob(text);
  } catch {
    throw unexpected(text, 'base64').within('base64');
  }
}

function fromHex(text: string): ByteString {
  const digits = text.replaceAll(' ', '');
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits))
    throw unexpected(text, 'pairs of hexadecimal digits').within('hex');
  return digits.replace(/../g, (pair) => String.fromCharCode(parseInt(pair, 16)));
}

/** The bytes of a string, or of one that is not UTF-8. */
export function readText(value: JsonInput): ByteString {
  if (typeof value === 'string') return value;
  const raw = rawBytes(value);
  if (raw === undefined) throw unexpected(value, 'a string', BYTES_HINT);
  return raw;
}

const BYTES_HINT = 'bytes that are not UTF-8 are written as {"base64": "…"} or {"hex": "…"}';

/** The bytes of a list of strings, each with a NUL behind it; those of a string are taken as they are. */
export function readStrings(value: JsonInput): ByteString {
  if (!Array.isArray(value)) return readText(value);
  let strings = '';
  for (const item of value as readonly JsonInput[]) {
    const text = readText(item);
    if (text.includes('\0')) throw new EncodingError('a string of a list cannot hold a NUL');
    strings += `${text}\0`;
  }
  return strings;
}

/** An integer: a number while a double holds it, digits or hexadecimal digits (`0x1f`) in quotes. */
export function readInt(value: JsonInput, min: Int, max: Int): Int {
  let int: Int;
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw unexpected(value, 'an integer');
    int = value;
  } else if (typeof value === 'string' && /^(?:[+-]?\d{1,25}|0x[0-9a-f]{1,16})$/i.test(value)) {
    const exact = BigInt(value.startsWith('+') ? value.slice(1) : value);
    const near = Number(exact);
    int = Number.isSafeInteger(near) ? near : exact;
  } else throw unexpected(value, 'an integer');
  if (int < min || int > max) throw unexpected(value, `an integer from ${min} to ${max}`);
  return int;
}
