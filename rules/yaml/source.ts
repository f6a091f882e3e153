import { byteString, toBytes, type ByteString } from '../../engine/index.ts';

/* eslint-disable no-control-regex -- encodings are told by zero bytes */
/** A YAML file as UTF-8 without a byte order mark. The encoding is told by that mark or by the zero bytes round the first character. */
export function yamlText(file: ByteString): ByteString {
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

function fromWide(bytes: ByteString, width: 2 | 4, bigEndian: boolean): ByteString {
  const units: number[] = [];
  for (let at = 0; at + width <= bytes.length; at += width) {
    let unit = 0;
    for (let i = 0; i < width; i++)
      unit = unit * 256 + bytes.charCodeAt(at + (bigEndian ? i : width - 1 - i));
    units.push(unit > 0x10ffff ? 0xfffd : unit);
  }
  let text = '';
  for (const unit of units) text += width === 2 ? String.fromCharCode(unit) : String.fromCodePoint(unit);
  // TextEncoder turns lone surrogates into U+FFFD.
  return toBytes(text);
}

/** The bytes of a file as the loader wants them. */
export function fileText(bytes: Uint8Array): ByteString {
  return byteString(bytes, 0, bytes.length);
}
