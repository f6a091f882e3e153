/**
 * JSON as Falco prints it. The fields of an alert pass through two libraries there, jsoncpp and nlohmann; what each does with bytes that
 * are not UTF-8 shows in the result.
 */
import { byteString, bytesOf, toBytes, type ByteString, type Int } from './bytes.ts';

/** A number with a fraction: `0.0` is not `0`. */
export class Double {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** What a JSON text can hold. Strings are byte strings, numbers are integers. */
export type JsonValue = ByteString | Int | boolean | null | Double | readonly JsonValue[] | JsonObject;
export type JsonObject = ReadonlyMap<ByteString, JsonValue>;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const onlyAscii = /^[\0-\x7f]*$/;

/** Text with what is not UTF-8 replaced by U+FFFD, as nlohmann's `error_handler_t::replace` does. */
function validUtf8(text: ByteString): ByteString {
  return onlyAscii.test(text) ? text : toBytes(decoder.decode(bytesOf(text)));
}

/** Where the keys of objects stand: in the order of their bytes, as Falco's do, or in their own. */
export type KeyOrder = 'bytes' | 'given';

/** A JSON text without blanks, as UTF-8 bytes. */
export function toJson(value: JsonValue, order: KeyOrder = 'bytes'): ByteString {
  if (typeof value === 'string') return JSON.stringify(validUtf8(value));
  if (value === null || typeof value !== 'object') return String(value);
  if (value instanceof Double) return doubleText(value.value);
  if (value instanceof Map) {
    const entries = [...(value as JsonObject)];
    if (order === 'bytes') entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, entry]) => `${toJson(key)}:${toJson(entry, order)}`).join(',')}}`;
  }
  return `[${(value as readonly JsonValue[]).map((entry) => toJson(entry, order)).join(',')}]`;
}

/** Shortest digits that mean the number, always with a point or an exponent. */
function doubleText(value: number): ByteString {
  if (!Number.isFinite(value)) return 'null';
  const [mantissa = '', exponent = ''] = Math.abs(value).toExponential().split('e');
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const digits = mantissa.replace('.', '');
  const point = Number(exponent) + 1;
  if (digits.length <= point && point <= 15) return `${sign}${digits.padEnd(point, '0')}.0`;
  if (point > 0 && point <= 15) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
  if (point > -4 && point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  const power = Math.abs(point - 1)
    .toString()
    .padStart(2, '0');
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${sign}${digits[0]}${fraction}e${point - 1 < 0 ? '-' : '+'}${power}`;
}

/** A field's text as it comes out of jsoncpp: it ends at the first NUL, and is UTF-8 whatever the bytes were. */
export function fieldText(text: ByteString): ByteString {
  const nul = text.indexOf('\0');
  const value = nul < 0 ? text : text.slice(0, nul);
  return onlyAscii.test(value) ? value : reencoded(value);
}

const REPLACEMENT = 0xfffd;

/** jsoncpp trusts the first byte of each character for its length, and looks only at the number that comes out. */
function reencoded(text: ByteString): ByteString {
  const units: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const first = text.charCodeAt(i);
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;
    if (length === 0 || i + length > text.length) {
      units.push(REPLACEMENT);
      continue;
    }
    let point = length === 1 ? first : first & (0xff >> (length + 1));
    for (let k = 1; k < length; k++) point = (point << 6) | (text.charCodeAt(i + k) & 0x3f);
    i += length - 1;
    const least = [0, 0, 0x80, 0x800, 0x10000][length]!;
    if (point < least || (point >= 0xd800 && point <= 0xdfff)) units.push(REPLACEMENT);
    else if (point < 0x10000) units.push(point);
    else units.push(0xd800 + (((point - 0x10000) >> 10) & 0x3ff), 0xdc00 + ((point - 0x10000) & 0x3ff));
  }
  let decoded = '';
  for (let i = 0; i < units.length; i += 8192) decoded += String.fromCharCode(...units.slice(i, i + 8192));
  const bytes = new TextEncoder().encode(decoded);
  return byteString(bytes, 0, bytes.length);
}
