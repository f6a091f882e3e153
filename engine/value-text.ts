import { addressText } from './state/addresses.ts';
import { shortBufferText } from './buffers.ts';
import type { ByteString, Int } from './bytes.ts';
import type { FieldType, FieldValue, PrintFormat } from './fields/define.ts';
import { Double, fieldText, type JsonValue } from './json.ts';
import { padded } from './numbers.ts';
import type { BufferFormat } from './rendering.ts';

/** Bits that integers of each type are printed with: C makes an `int` of smaller ones. */
const WIDTHS: Partial<Record<FieldType, number>> = {
  INT8: 32,
  UINT8: 32,
  INT16: 32,
  UINT16: 32,
  PORT: 32,
  INT32: 32,
  UINT32: 32,
  INT64: 64,
  UINT64: 64,
  RELTIME: 64,
  ABSTIME: 64,
};

/** A field's value as text; undefined for a number whose field says that it is not to be printed. */
export function valueText(
  value: FieldValue,
  type: FieldType,
  format: PrintFormat,
  buffers: BufferFormat,
): ByteString | undefined {
  if (type === 'BYTEBUF') return shortBufferText(String(value), buffers);
  if (type === 'IPADDR') return addressText(value as number | ByteString);
  if (type === 'IPNET') return '<IPNET>';
  switch (typeof value) {
    case 'string':
      return untilNul(value);
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      return type === 'DOUBLE' ? oneDecimal(Number(value)) : integerText(value, type, format);
  }
}

/** C rounds a number that lies just between two to the even one. */
function oneDecimal(value: number): ByteString {
  const between = Number.isInteger(value * 4) && !Number.isInteger(value * 2);
  return (between ? (2 * Math.round((value * 10) / 2)) / 10 : value).toFixed(1);
}

function integerText(value: Int, type: FieldType, format: PrintFormat): ByteString | undefined {
  const width = WIDTHS[type] ?? 64;
  switch (format) {
    case 'oct':
      return bits(value, width).toString(8);
    case 'hex':
      return bits(value, width).toString(16).toUpperCase();
    case '10-padded-dec':
      return width === 64 ? padded(value) : undefined;
    case 'na':
      return type === 'INT64' ? value.toString() : undefined;
    default:
      return value.toString();
  }
}

function bits(value: Int, width: number): Int {
  return value < 0 ? BigInt.asUintN(width, BigInt(value)) : value;
}

/** A field's value in JSON: numbers that are printed in decimal, booleans, else text. */
export function valueJson(
  value: FieldValue,
  type: FieldType,
  format: PrintFormat,
  buffers: BufferFormat,
): JsonValue {
  if (typeof value === 'boolean') return value;
  if (type === 'DOUBLE') return format === 'dec' ? Math.trunc(Number(value)) : new Double(Number(value));
  if (typeof value !== 'string' && WIDTHS[type] !== undefined && (format === 'dec' || format === 'id'))
    return value;
  const text = valueText(value, type, format, buffers);
  return text === undefined ? null : fieldText(text);
}

function untilNul(text: ByteString): ByteString {
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}
