import type { ByteString } from '../bytes.ts';
import { parseSigned } from '../filter/numbers.ts';
import { ValueError } from '../filter/value-error.ts';

/**
 * The whole number that an argument is, as the C library's `%d` reads it: blanks and a sign may come first, beyond 64 bits it
 * saturates, then the lowest `bits` count. Undefined if it is none.
 */
export function indexOf(arg: ByteString, bits: 32 | 64 = 32): number | undefined {
  try {
    return Number(parseSigned(arg, bits));
  } catch (error) {
    if (error instanceof ValueError) return undefined;
    throw error;
  }
}
