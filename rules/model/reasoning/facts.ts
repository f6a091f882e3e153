import type { BoundField, Check, FieldType } from '../../../engine/index.ts';

/** Fields that have a value at every event. */
const ALWAYS_THERE: ReadonlySet<string> = new Set([
  'evt.num',
  'evt.time',
  'evt.time.s',
  'evt.time.iso8601',
  'evt.datetime',
  'evt.rawtime',
  'evt.rawtime.s',
  'evt.rawtime.ns',
  'evt.reltime',
  'evt.type',
  'evt.dir',
  'evt.cpu',
]);

export const isAlwaysThere = ({ field, arg }: BoundField): boolean =>
  arg === undefined && ALWAYS_THERE.has(field.name);

const UNSIGNED: ReadonlySet<FieldType> = new Set([
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'PORT',
  'ABSTIME',
  'RELTIME',
]);
const SIGNED: ReadonlySet<FieldType> = new Set(['INT8', 'INT16', 'INT32', 'INT64', 'DOUBLE']);

/** Whether values are numbers; comparisons of them change only round their constants. */
export const isNumeric = (type: FieldType): boolean => UNSIGNED.has(type) || SIGNED.has(type);

/** The least value that a field can have. Events are numbered from 1. */
export function leastValue({ field, type }: BoundField): bigint | undefined {
  if (field.name === 'evt.num') return 1n;
  return UNSIGNED.has(type) ? 0n : undefined;
}

/** Why a check is false at every event, whatever its field's value: behaviours of Falco that no one means. Undefined if it is not known to be. */
export function neverTrue({ left, expr, values }: Check): string | undefined {
  if (expr.kind === 'unary' || expr.right.kind === 'transformer') return undefined;
  // Of an empty list field every value is in any list.
  if (values.length === 0 && !left.shape.list) return 'its list is empty';
  const name = left.field?.field.name;
  if (name === 'fd.ip' && !['=', '==', '!='].includes(expr.op)) return `Falco never finds fd.ip in a list`;
  return undefined;
}
