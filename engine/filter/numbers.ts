import type { ByteString, Int } from '../bytes.ts';
import { ValueError } from './value-error.ts';

const MAX_UINT64 = 2n ** 64n - 1n;
const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);

/** As `number` if safe, else as it is. */
export function narrow(value: bigint): Int {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
}

function digits(text: ByteString): bigint {
  // As sscanf reads an integer that must reach to the end of the text.
  const match = /^[ \t\n\v\f\r]*([+-]?)(\d+)$/.exec(text);
  if (match === null) throw new ValueError(`${text} is not a valid number`);
  const value = BigInt(match[2]!);
  return match[1] === '-' ? -value : value;
}

/** An unsigned constant: it saturates at 64 bits, and loses the bits above `bits`. Throws a `ValueError`. */
export function parseUnsigned(text: ByteString, bits: 8 | 16 | 32 | 64): Int {
  const value = digits(text);
  const limited = value > MAX_UINT64 || value < -MAX_UINT64 ? MAX_UINT64 : value;
  return narrow(BigInt.asUintN(bits, limited));
}

/** A signed constant: it saturates at 64 bits, and loses the bits above `bits`. Throws a `ValueError`. */
export function parseSigned(text: ByteString, bits: 8 | 16 | 32 | 64): Int {
  const value = digits(text);
  const limited = value > MAX_INT64 ? MAX_INT64 : value < MIN_INT64 ? MIN_INT64 : value;
  return narrow(BigInt.asIntN(bits, limited));
}
