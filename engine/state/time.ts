import type { Int } from '../bytes.ts';

const TWO_32 = 4294967296;

/** Nanoseconds from one time to another; exact below 2^53 (104 days). */
export function nanosecondsBetween(fromLow: number, fromHigh: number, toLow: number, toHigh: number): number {
  return (toHigh - fromHigh) * TWO_32 + (toLow - fromLow);
}

/** Unsigned 64-bit sum. */
export function add64(a: Int, b: Int): Int {
  return integer(BigInt(a) + BigInt(b));
}

/** Unsigned 64-bit difference: below zero it wraps. */
export function subtract64(a: Int, b: Int): Int {
  return integer(BigInt(a) - BigInt(b));
}

function integer(exact: bigint): Int {
  const unsigned = BigInt.asUintN(64, exact);
  return unsigned <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(unsigned) : unsigned;
}
