import type { ByteString, Int } from './bytes.ts';
import type { PrintFormat } from './fields/define.ts';

/** Width of an integer in bits. */
export type Width = 8 | 16 | 32 | 64;

/** The integer's bits without a sign. */
function unsigned(value: Int, width: Width): Int {
  if (value >= 0) return value;
  return width === 64 ? BigInt.asUintN(64, BigInt(value)) : Number(value) + 2 ** width;
}

/** The integer's bits with a sign. */
export function signed(value: Int, width: Width): Int {
  if (width !== 64) return value >= 2 ** (width - 1) ? Number(value) - 2 ** width : value;
  return value > 0x7fff_ffff_ffff_ffffn ? BigInt.asIntN(64, BigInt(value)) : value;
}

/**
 * An event's parameter as text. libsinsp prints decimal numbers of 32 and 64 bits with a sign, whether their type has one or not; smaller ones
 * are an `int` to C, sign or no sign included. Octal numbers begin with 0, hexadecimal ones are in upper case.
 *
 * @param value As its type has it, with its sign or without.
 */
export function parameterNumber(value: Int, width: Width, format: PrintFormat): ByteString {
  const printed = width === 64 ? 64 : 32;
  switch (format) {
    case 'oct':
      return value === 0 ? '0' : `0${unsigned(value, printed).toString(8)}`;
    case 'hex':
      return unsigned(value, printed).toString(16).toUpperCase();
    case '10-padded-dec':
      return padded(signed(value, printed));
    default:
      return signed(value, printed).toString();
  }
}

/** At least nine digits: nanoseconds. */
export function padded(value: Int): ByteString {
  return value < 0 ? `-${(-value).toString().padStart(8, '0')}` : value.toString().padStart(9, '0');
}

/** A number with six significant digits, as `%g` of C prints it. */
export function shortest(value: number): ByteString {
  if (value === 0) return '0';
  const [digits = '', exponent = ''] = value.toExponential(5).split('e');
  const power = Number(exponent);
  if (power < -4 || power >= 6) {
    const sign = power < 0 ? '-' : '+';
    return `${trimZeros(digits)}e${sign}${Math.abs(power).toString().padStart(2, '0')}`;
  }
  return trimZeros(value.toFixed(5 - power));
}

function trimZeros(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
}
