/** Text and bytes of events in JSON. */
import { byteString, type ByteString } from '../bytes.ts';
import type { ParameterCodec } from './codec.ts';
import {
  EncodingError,
  rawBytes,
  readStrings,
  readText,
  stringsJson,
  textJson,
  unexpected,
  utf8Json,
  type JsonInput,
} from './json.ts';

/** Text with a NUL behind it, which JSON does without. */
export const terminated: ParameterCodec = {
  toJson(bytes, _, at, size) {
    if (bytes[at + size - 1] !== 0) return undefined;
    const text = byteString(bytes, at, at + size - 1);
    return text.includes('\0') ? undefined : utf8Json(text);
  },
  fromJson(value, out) {
    const raw = rawBytes(value);
    if (raw !== undefined) {
      out.text(raw);
      return;
    }
    if (typeof value !== 'string') throw unexpected(value, 'a string');
    if (value.includes('\0'))
      throw new EncodingError(
        'text ends at its first NUL, and there is one in it',
        'bytes are written as {"base64": "…"}, with the last NUL',
      );
    out.text(value);
    out.int(0, 1);
  },
};

/** Control characters that text of several lines does not have. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/;

/** Any bytes: as text if they are, else as base64. */
export const buffer: ParameterCodec = {
  toJson(bytes, _, at, size) {
    const text = byteString(bytes, at, at + size);
    return CONTROL.test(text) ? undefined : utf8Json(text);
  },
  fromJson: (value, out) => out.text(readStrings(value)),
};

/** Strings with a NUL behind each, as a list; bytes that do not end with a NUL, as text. */
export const strings: ParameterCodec = {
  toJson: (bytes, view, at, size) =>
    stringsJson(byteString(bytes, at, at + size)) ?? buffer.toJson(bytes, view, at, size),
  fromJson: (value, out) => out.text(readStrings(value)),
};

/** Pairs of such strings, as a list of lists of two. */
export const pairs: ParameterCodec = {
  toJson(bytes, _, at, size) {
    const text = byteString(bytes, at, at + size);
    if (!text.endsWith('\0')) return undefined;
    const all = text.slice(0, -1).split('\0').map(textJson);
    if (all.length % 2 !== 0) return undefined;
    let list = '';
    for (let i = 0; i < all.length; i += 2) list += `${i === 0 ? '' : ','}[${all[i]},${all[i + 1]}]`;
    return `[${list}]`;
  },
  fromJson(value, out) {
    if (Array.isArray(value)) for (const pair of value as readonly JsonInput[]) out.text(pairBytes(pair));
    else out.text(readText(value));
  },
};

function pairBytes(pair: JsonInput): ByteString {
  if (!Array.isArray(pair) || pair.length !== 2) throw unexpected(pair, 'a list of two strings');
  return readStrings(pair as readonly JsonInput[]);
}
