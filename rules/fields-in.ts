import type { ByteString, Expr, Operand, TransformerArg } from '../engine/index.ts';

/** A field as it is written. */
export interface WrittenField {
  readonly name: ByteString;
  readonly arg: ByteString | undefined;
}

/** The fields that a condition, or a part of one, reads; macros resolved. */
export function fieldsIn(expr: Expr | Operand | TransformerArg): readonly WrittenField[] {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return expr.children.flatMap(fieldsIn);
    case 'not':
      return fieldsIn(expr.child);
    case 'field':
      return [expr];
    case 'transformer':
      return expr.values.flatMap(fieldsIn);
    case 'transformer-list':
      return expr.children.flatMap(fieldsIn);
    case 'unary':
      return fieldsIn(expr.left);
    case 'binary':
      return [...fieldsIn(expr.left), ...(expr.right.kind === 'transformer' ? fieldsIn(expr.right) : [])];
    default:
      return [];
  }
}
