import type { FieldType } from '../fields/define.ts';
import type { BinaryOperator, Modifier, UnaryOperator } from './ast.ts';

export type Operator = BinaryOperator | UnaryOperator;

const EQUALITY: readonly Operator[] = ['=', '==', '!='];
const ORDER: readonly Operator[] = ['<', '<=', '>', '>='];
const SETS: readonly Operator[] = ['in', 'intersects'];

const NUMERIC = new Set([...EQUALITY, ...ORDER, ...SETS]);
const BOOLEAN = new Set([...EQUALITY, ...SETS]);
const TEXT = new Set<Operator>([
  ...NUMERIC,
  ...(['contains', 'icontains', 'startswith', 'endswith', 'glob', 'iglob', 'pmatch', 'regex'] as const),
]);
const BUFFER = new Set<Operator>([
  ...BOOLEAN,
  ...(['contains', 'startswith', 'endswith', 'bcontains', 'bstartswith'] as const),
]);
const LIST_TYPES = new Set<FieldType>(['CHARBUF', 'UINT64', 'RELTIME', 'ABSTIME', 'BOOL', 'IPADDR', 'IPNET']);

/**
 * Falco's words for an operator that values of this type do not have; undefined if they have it.
 *
 * @param incomparable Falco's name of a type that has no operators but `exists`.
 */
export function operatorProblem(
  op: Operator,
  modifier: Modifier | undefined,
  type: FieldType,
  list: boolean,
  incomparable?: string,
): string | undefined {
  // Falco names both forms of equality alike.
  const name = op === '==' ? '=' : op;
  if (op === 'exists') return undefined;
  if (incomparable !== undefined) return `'${name}' operator not supported for type '${incomparable}'`;
  if (list) {
    if (!LIST_TYPES.has(type)) return `list filters are not supported for type '${type}'`;
    return SETS.includes(op) ? undefined : `'${name}' operator not supported list filters`;
  }
  switch (type) {
    case 'CHARBUF':
      return TEXT.has(op) ? undefined : `'${name}' operator not supported for string filters`;
    case 'BYTEBUF':
      return BUFFER.has(op) ? undefined : `'${name}' operator not supported for buffer filters`;
    case 'BOOL':
      // Falco says "numeric" here too.
      return BOOLEAN.has(op) ? undefined : `'${name}' operator not supported for numeric filters`;
    case 'IPADDR':
    case 'IPNET':
      if (BOOLEAN.has(op)) return undefined;
      return modifier === undefined
        ? `'${name}' operator not supported for ip address and network filters`
        : `'${name}' with modifier not supported for ip address and network filters`;
    case 'DYNAMIC':
      return `'${name}' operator not supported for type 'DYNAMIC'`;
    default:
      return NUMERIC.has(op) ? undefined : `'${name}' operator not supported for numeric filters`;
  }
}
