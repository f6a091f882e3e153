import { byteString, type ByteString } from '../../engine/index.ts';

/** A YAML text ready to be scanned: UTF-8 without a byte order mark. */
export class YamlSource {
  readonly text: ByteString;

  constructor(file: ByteString) {
    this.text = decode(file);
  }
}

/* eslint-disable no-control-regex -- encodings are told by zero bytes */
/** The encoding is told by a byte order mark or by the zero bytes round the first character. */
function decode(file: ByteString): ByteString {
  if (file.startsWith('\xef\xbb\xbf')) return file.slice(3);
  if (file.startsWith('\x00\x00\xfe\xff')) return fromWide(file.slice(4), 4, true);
  if (file.startsWith('\xff\xfe\x00\x00')) return fromWide(file.slice(4), 4, false);
  if (file.startsWith('\xfe\xff')) return fromWide(file.slice(2), 2, true);
  if (file.startsWith('\xff\xfe')) return fromWide(file.slice(2), 2, false);
  if (/^\0\0\0[^]/.test(file)) return fromWide(file, 4, true);
  if (/^[\x01-\xfe]\0\0\0/.test(file)) return fromWide(file, 4, false);
  if (/^\0[\x01-\xfe]/.test(file)) return fromWide(file, 2, true);
  if (/^[\x01-\xba\xbc-\xbe\xc0-\xee\xf0-\xfd]\0/.test(file)) return fromWide(file, 2, false);
  return file;
}
/* eslint-enable no-control-regex */

const REPLACEMENT = 0xfffd;
const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

function fromWide(bytes: ByteString, width: 2 | 4, bigEndian: boolean): ByteString {
  const units: number[] = [];
  for (let at = 0; at + width <= bytes.length; at += width) {
    let unit = 0;
    for (let i = 0; i < width; i++)
      unit = unit * 256 + bytes.charCodeAt(at + (bigEndian ? i : width - 1 - i));
    units.push(unit);
  }
  return (width === 2 ? joinPairs(units) : units).map(utf8).join('');
}

/** Code points of UTF-16. A high surrogate without a low one takes the place of the unit behind it, as in yaml-cpp. */
function joinPairs(units: readonly number[]): number[] {
  const codes: number[] = [];
  for (let at = 0; at < units.length; at++) {
    let unit = units[at]!;
    while (isHigh(unit)) {
      const next = units[++at];
      if (next !== undefined && isLow(next)) {
        unit = 0x10000 + ((unit & 0x3ff) << 10) + (next & 0x3ff);
        break;
      }
      codes.push(REPLACEMENT);
      if (next === undefined) return codes;
      if (!isHigh(next)) break;
      unit = next;
    }
    codes.push(isLow(unit) ? REPLACEMENT : unit);
  }
  return codes;
}

/** Falco's encoding, which knows no wrong code points but the one that stands for the end of a text. */
function utf8(code: number): ByteString {
  if (code === 4) return utf8(REPLACEMENT);
  if (code < 0x80) return String.fromCharCode(code);
  const tail = (shift: number): number => 0x80 | ((code >>> shift) & 0x3f);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), tail(0));
  if (code < 0x10000) return String.fromCharCode(0xe0 | (code >> 12), tail(6), tail(0));
  return String.fromCharCode(0xf0 | ((code >>> 18) & 7), tail(12), tail(6), tail(0));
}

/** The bytes of a file as the loader wants them. */
export function fileText(bytes: Uint8Array): ByteString {
  return byteString(bytes, 0, bytes.length);
}
