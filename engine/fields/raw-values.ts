import { readInt64, readUint64, type Int } from '../bytes.ts';
import type { Event } from '../event.ts';
import type { BinaryOperator, UnaryOperator } from '../filter/ast.ts';
import { cString, valueTest, type ValueTest } from '../filter/compare.ts';
import { narrow } from '../filter/numbers.ts';
import type { FieldType, FieldValue } from './define.ts';

interface NumberLayout {
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
}

/** How the numbers of each type lie in memory. */
const NUMBERS: Partial<Record<FieldType, NumberLayout>> = {
  INT8: { bits: 8, signed: true },
  UINT8: { bits: 8, signed: false },
  INT16: { bits: 16, signed: true },
  UINT16: { bits: 16, signed: false },
  PORT: { bits: 16, signed: false },
  INT32: { bits: 32, signed: true },
  UINT32: { bits: 32, signed: false },
  INT64: { bits: 64, signed: true },
  UINT64: { bits: 64, signed: false },
  RELTIME: { bits: 64, signed: false },
  ABSTIME: { bits: 64, signed: false },
};

/** Whether values of a type are integers. */
export const isNumber = (type: FieldType): boolean => NUMBERS[type] !== undefined;

/** The integer of a type that begins where parameter `i` does, whatever its length; undefined if the event ends before. */
export function numberAt(event: Event, i: number, type: FieldType): Int | undefined {
  const { bits, signed } = NUMBERS[type]!;
  const { view, start, length } = event;
  const offset = event.offset(i);
  if (offset + bits / 8 > start + length) return undefined;
  switch (bits) {
    case 8:
      return signed ? view.getInt8(offset) : view.getUint8(offset);
    case 16:
      return signed ? view.getInt16(offset, true) : view.getUint16(offset, true);
    case 32:
      return signed ? view.getInt32(offset, true) : view.getUint32(offset, true);
    case 64:
      return signed ? readInt64(view, offset) : readUint64(view, offset);
  }
}

/** Parameter `i` as a number, text or bytes; undefined if it is empty. */
export function rawValue(event: Event, i: number, type: FieldType): FieldValue | undefined {
  if (type === 'CHARBUF') return event.string(i);
  if (event.size(i) === 0) return undefined;
  return isNumber(type) ? numberAt(event, i, type) : event.buffer(i);
}

const LISTS: readonly string[] = ['in', 'intersects'];

/**
 * The test of a value of type `to` with constants that were read as type `from`: libsinsp takes the bytes of the one for the other, so that
 * numbers are cut or filled with zeros, and the bytes of a number are a text.
 */
export function testOfOtherType(
  op: BinaryOperator | UnaryOperator,
  values: readonly FieldValue[],
  from: FieldType,
  to: FieldType,
): ValueTest {
  const constants: FieldValue[] = [];
  for (const value of values) {
    const constant = reinterpreted(value, from, to);
    if (constant === undefined) return () => false;
    // Lists know their texts by all bytes, the other operators up to a NUL.
    constants.push(typeof constant === 'string' && !LISTS.includes(op) ? cString(constant) : constant);
  }
  return valueTest(op, to, constants);
}

function reinterpreted(constant: FieldValue, from: FieldType, to: FieldType): FieldValue | undefined {
  const source = NUMBERS[from];
  if (source === undefined) return undefined;
  const bytes = BigInt.asUintN(source.bits, BigInt(constant));
  const target = NUMBERS[to];
  if (target !== undefined)
    return narrow(target.signed ? BigInt.asIntN(target.bits, bytes) : BigInt.asUintN(target.bits, bytes));
  return to === 'CHARBUF' ? textOf(bytes, source.bits) : undefined;
}

function textOf(number: bigint, bits: number): string {
  let text = '';
  for (let shift = 0; shift < bits; shift += 8)
    text += String.fromCharCode(Number((number >> BigInt(shift)) & 0xffn));
  return text;
}
