/**
 * Text and numbers as captures hold them.
 *
 * **Byte strings.** Falco's strings are bytes without an encoding: names of files and programs may hold anything. In `engine/`
 * every string is a byte string: one UTF-16 unit (0–255) for each byte. Length, order, prefixes and patterns are then those
 * of the bytes, as in Falco. Text is decoded where people meet it: rule files are encoded when they are read (`toBytes`), output is
 * written with the encoding `latin1`, which gives the bytes back unchanged.
 *
 * **Integers.** A 64-bit integer is a `number` while it is safe (|n| < 2^53) and a `bigint` beyond.
 * JavaScript compares the two kinds with each other rightly (`<`, `==`).
 */

/** A string with one unit per byte. */
export type ByteString = string;

/** A 64-bit integer with all its digits. */
export type Int = number | bigint;

interface Latin1Slice {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
}

// Node decodes bytes twice as fast as any portable way; a browser has no Buffer.
const nodeBuffer = (globalThis as { Buffer?: { prototype: Latin1Slice } })['Buffer'];
const slice = nodeBuffer?.prototype.latin1Slice;

/** The bytes `start` to `end` (exclusive) as a byte string. */
export const byteString: (bytes: Uint8Array, start: number, end: number) => ByteString =
  slice === undefined
    ? (bytes, start, end) => {
        let text = '';
        for (let i = start; i < end; i += 8192)
          text += String.fromCharCode(...bytes.subarray(i, Math.min(end, i + 8192)));
        return text;
      }
    : (bytes, start, end) => slice.call(bytes, start, end);

/** The bytes of a byte string. */
export function bytesOf(text: ByteString): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

// eslint-disable-next-line no-control-regex
const onlyAscii = /^[\x00-\x7f]*$/;

/** Ordinary text as UTF-8 bytes. */
export function toBytes(text: string): ByteString {
  if (onlyAscii.test(text)) return text;
  const bytes = encoder.encode(text);
  return byteString(bytes, 0, bytes.length);
}

/** UTF-8 bytes as ordinary text; bytes that are not UTF-8 become U+FFFD. */
export function fromBytes(text: ByteString): string {
  return onlyAscii.test(text) ? text : decoder.decode(bytesOf(text));
}

const TWO_32 = 4294967296;

// Small numbers are given as they are: V8's interpreter makes objects on the heap of sums beyond 31 bits, whatever comes out, and fields that
// once held such an object are slower for good.

/** Unsigned 64-bit integer of two halves. */
export function uint64(low: number, high: number): Int {
  if (high === 0) return low;
  return high < 0x200000 ? high * TWO_32 + low : (BigInt(high) << 32n) | BigInt(low);
}

/** Signed 64-bit integer of two unsigned halves. */
function int64(low: number, high: number): Int {
  if (high === 0) return low;
  if (high < 0x200000) return high * TWO_32 + low;
  const signed = high | 0;
  return signed < 0 && signed >= -0x200000
    ? exactNegative(low, signed)
    : (BigInt(signed) << 32n) | BigInt(low);
}

// -2^53 itself is not a safe integer.
function exactNegative(low: number, high: number): Int {
  const n = high * TWO_32 + low;
  return n === -9007199254740992 ? BigInt(n) : n;
}

/** Unsigned little-endian 64-bit integer at `offset`. */
export function readUint64(view: DataView, offset: number): Int {
  return uint64(view.getUint32(offset, true), view.getUint32(offset + 4, true));
}

/** Signed little-endian 64-bit integer at `offset`. */
export function readInt64(view: DataView, offset: number): Int {
  return int64(view.getUint32(offset, true), view.getUint32(offset + 4, true));
}

/** Signed little-endian 64-bit integer at `offset` as the nearest `number`: for ids, fds, lengths and results. */
export function readInt64Number(view: DataView, offset: number): number {
  const low = view.getInt32(offset, true);
  const high = view.getInt32(offset + 4, true);
  return high === low >> 31 ? low : high * TWO_32 + (low >>> 0);
}
