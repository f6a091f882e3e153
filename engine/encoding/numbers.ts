/** Numbers of events in JSON: as numbers, as names where names say it all, octal in quotes. */
import { readInt64, readUint64, type ByteString } from '../bytes.ts';
import { flagNames } from '../flags.ts';
import type { FlagValues } from '../tables/types.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import type { ParameterCodec } from './codec.ts';
import { EncodingError, intJson, nameHint, readInt, shown, unexpected, type JsonInput } from './json.ts';

/** Bytes of a number. */
export type Size = 1 | 2 | 4 | 8;

/** Values that one type remembers the text of, and texts that it remembers the value of. */
const REMEMBERED = 1024;

const MIN: Readonly<Record<Size, number | bigint>> = {
  1: -0x80,
  2: -0x8000,
  4: -0x80000000,
  8: -(1n << 63n),
};
const MAX: Readonly<Record<Size, number | bigint>> = {
  1: 0xff,
  2: 0xffff,
  4: 0xffffffff,
  8: (1n << 64n) - 1n,
};

/** An integer; one without a sign may be written with one, as its bits are. */
function putInt(value: JsonInput, size: Size, out: ByteBuffer): void {
  const int = readInt(value, MIN[size], MAX[size]);
  if (size === 8) out.int64(int);
  else out.int(Number(int), size);
}

function unsignedAt(view: DataView, at: number, size: number): number {
  return size === 4 ? view.getUint32(at, true) : size === 2 ? view.getUint16(at, true) : view.getUint8(at);
}

function signedAt(view: DataView, at: number, size: number): number {
  return size === 4 ? view.getInt32(at, true) : size === 2 ? view.getInt16(at, true) : view.getInt8(at);
}

/** An integer as a number. `names` are understood instead of it. */
export function integer(size: Size, signed: boolean, names?: ReadonlyMap<string, number>): ParameterCodec {
  return {
    toJson(_, view, at, found) {
      if (found !== size) return undefined;
      if (size === 8) return intJson(signed ? readInt64(view, at) : readUint64(view, at));
      return String(signed ? signedAt(view, at, size) : unsignedAt(view, at, size));
    },
    fromJson(value, out) {
      const named = typeof value === 'string' ? names?.get(value) : undefined;
      putInt(named ?? value, size, out);
    },
  };
}

/** An integer in octal digits, as modes of files are written: `"0644"`. */
export function octal(size: Size): ParameterCodec {
  return {
    toJson: (_, view, at, found) => (found === size ? octalText(unsignedAt(view, at, size)) : undefined),
    fromJson(value, out) {
      if (typeof value !== 'string') putInt(value, size, out);
      else if (/^0[0-7]{0,11}$/.test(value)) putInt(parseInt(value, 8), size, out);
      else throw unexpected(value, 'an octal number', 'octal numbers begin with 0, as in "0644"');
    },
  };
}

/** A number that is one of several, by its name if it has one. */
export function enumeration(size: Size, values: FlagValues): ParameterCodec {
  const names = new Map<number, ByteString>();
  for (const [name, value] of values) if (!names.has(value)) names.set(value, name);
  return named(
    size,
    (value) => {
      const name = names.get(value);
      return name === undefined ? String(value) : `"${name}"`;
    },
    new Map(values),
  );
}

/** Bits by their names, joined by `|`; bits without a name in hexadecimal digits. */
export function flags(size: Size, values: FlagValues): ParameterCodec {
  const bits = new Map(values);
  const text = (value: number): ByteString => {
    const known = flagNames(value, values);
    let left = value;
    for (const name of known === '' ? [] : known.split('|')) left = (left & ~bits.get(name)!) >>> 0;
    const rest = left !== 0 || known === '' ? `0x${left.toString(16)}` : '';
    return `"${known}${known !== '' && rest !== '' ? '|' : ''}${rest}"`;
  };
  return named(size, text, bits);
}

function named(
  size: Size,
  text: (value: number) => ByteString,
  names: ReadonlyMap<ByteString, number>,
): ParameterCodec {
  const texts = new Map<number, ByteString>();
  const numbers = new Map<ByteString, number>();
  return {
    toJson(_, view, at, found) {
      if (found !== size) return undefined;
      const value = unsignedAt(view, at, size);
      let json = texts.get(value);
      if (json === undefined) {
        json = text(value);
        // Two values of one name would lose one of them.
        if (json.startsWith('"') && fromNames(json.slice(1, -1), size, names) !== value) json = String(value);
        if (texts.size < REMEMBERED) texts.set(value, json);
      }
      return json;
    },
    fromJson(value, out) {
      if (typeof value !== 'string') {
        putInt(value, size, out);
        return;
      }
      let number = numbers.get(value);
      if (number === undefined) {
        number = fromNames(value, size, names);
        if (numbers.size < REMEMBERED && value.length < REMEMBERED) numbers.set(value, number);
      }
      out.int(number, size);
    },
  };
}

function fromNames(text: ByteString, size: Size, names: ReadonlyMap<ByteString, number>): number {
  let number = 0;
  for (const part of text.split('|')) {
    const name = part.trim();
    const bits = names.get(name);
    if (bits !== undefined) number |= bits;
    else if (/^(?:\d+|0x[0-9a-f]+)$/i.test(name)) number |= Number(readInt(name, 0, MAX[size]));
    else throw new EncodingError(`there is no flag ${shown(name)} here`, nameHint(name, [...names.keys()]));
  }
  return number >>> 0;
}

const octalText = (value: number): ByteString => (value === 0 ? '"0"' : `"0${value.toString(8)}"`);
