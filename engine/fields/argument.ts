import type { ByteString } from '../bytes.ts';

const NUMBER = /^[ \t\n\v\f\r]*([+-]?\d+)$/;
const INT64_MAX = 2n ** 63n - 1n;

/**
 * The whole number that an argument is, as the C library's `%d` reads it: blanks and a sign may come first, beyond 64 bits it
 * saturates, then the lowest 32 bits count. Undefined if it is none.
 */
export function indexOf(arg: ByteString): number | undefined {
  const digits = NUMBER.exec(arg)?.[1];
  return digits === undefined ? undefined : Number(BigInt.asIntN(32, saturated(digits)));
}

/** The same for 64 bits. */
export function longIndexOf(arg: ByteString): number | undefined {
  const digits = NUMBER.exec(arg)?.[1];
  return digits === undefined ? undefined : Number(saturated(digits));
}

function saturated(digits: string): bigint {
  const value = BigInt(digits.startsWith('+') ? digits.slice(1) : digits);
  return value > INT64_MAX ? INT64_MAX : value < -INT64_MAX - 1n ? -INT64_MAX - 1n : value;
}
