import type { BoundField, Check, FieldValue } from '../../../engine/index.ts';
import { implies, excludes } from './texts.ts';
import { isAlwaysThere, isNumeric, leastValue } from './facts.ts';

/** A check of a value, or its negation. */
export interface Literal {
  readonly check: Check;
  readonly positive: boolean;
}

/** Whether checks of a field can be reasoned about by its values: it is a plain field with one value that is the same whenever it is read. */
export const isPlain = ({ left, accepts }: Check): boolean =>
  left.field !== undefined && accepts !== undefined && !left.shape.list && !left.stateful;

/**
 * Whether one value (or its absence) can satisfy all of these checks of the same field; all but the last are known to go together. False only where none can: texts with NUL bytes in
 * them, which Falco's fields do not have, are left aside.
 */
export function canHaveValue(literals: readonly Literal[]): boolean {
  const { field } = literals[0]!.check.left;
  const positives = literals.filter(({ positive }) => positive);
  if (positives.length === 0) return canBeAbsent(field!, literals);
  const least = leastValue(field!);
  const satisfies = (value: FieldValue): boolean =>
    !(least !== undefined && (typeof value === 'number' || typeof value === 'bigint') && value < least) &&
    literals.every(({ check, positive }) => check.accepts!(value) === positive);
  const finite = finiteValues(literals);
  if (finite !== undefined) return finite.some(satisfies);
  if (field!.type === 'BOOL') return [true, false].some(satisfies);
  if (isNumeric(field!.type)) return aroundConstants(field!, literals).some(satisfies);
  if (field!.type !== 'CHARBUF') return true;
  const last = literals.at(-1)!;
  return !literals.some((other) => other !== last && (areOpposed(last, other) || areOpposed(other, last)));
}

/** The one value that is left, where a check says so. */
export function onlyValue(literals: readonly Literal[]): FieldValue | undefined {
  for (const { check, positive } of literals) {
    const { expr, values } = check;
    if (
      positive &&
      (expr.op === '=' || expr.op === '==') &&
      values.length === 1 &&
      check.left.shape.type !== 'IPNET'
    )
      return values[0];
  }
  return undefined;
}

/** A missing value makes every check false, so negated checks alone are satisfied by it. */
function canBeAbsent(field: BoundField, literals: readonly Literal[]): boolean {
  if (!isAlwaysThere(field)) return true;
  if (literals.some(({ check }) => check.expr.op === 'exists')) return false;
  if (!isNumeric(field.type)) return true;
  return aroundConstants(field, literals).some((value) =>
    literals.every(({ check }) => !check.accepts!(value)),
  );
}

/** The only values that can be, where a check names them: `= a`, `in (a, b)`, `not != a` of a value that is there. */
function finiteValues(literals: readonly Literal[]): readonly FieldValue[] | undefined {
  let least: readonly FieldValue[] | undefined;
  for (const { check, positive } of literals) {
    const { expr, values } = check;
    if (expr.kind === 'unary') continue;
    const { op, modifier } = expr;
    const names = positive
      ? (modifier === undefined && (op === '=' || op === '==' || op === 'in')) ||
        (modifier === 'anyof' && (op === '=' || op === '=='))
      : op === '!=' && modifier === undefined;
    // A network stands for many addresses.
    if (names && check.left.shape.type !== 'IPNET' && values.length < (least?.length ?? Infinity))
      least = values;
  }
  return least;
}

function aroundConstants(field: BoundField, literals: readonly Literal[]): FieldValue[] {
  const least = leastValue(field);
  const candidates = new Set<bigint>([least ?? 0n]);
  for (const { check } of literals)
    for (const value of check.values)
      if (typeof value === 'number' || typeof value === 'bigint')
        for (const distance of [-1n, 0n, 1n]) candidates.add(BigInt(value) + distance);
  const whole = [...candidates].filter((value) => least === undefined || value >= least).map(fieldValue);
  if (field.type !== 'DOUBLE') return whole;
  return whole.flatMap((value) => [value, Number(value) - 0.5, Number(value) + 0.5]);
}

/** Numbers beyond 2^53 are bigints. */
function fieldValue(value: bigint): FieldValue {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function areOpposed(one: Literal, other: Literal): boolean {
  if (one.positive && other.positive) return excludes(one.check, other.check);
  return one.positive && !other.positive && implies(one.check, other.check);
}
