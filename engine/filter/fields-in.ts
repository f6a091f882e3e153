import type { Expr, FieldExpr, Operand, TransformerArg } from './ast.ts';

/** The fields that a condition, or a part of one, reads, in the order in which they are written; of macros, none. */
export function fieldsIn(expr: Expr | Operand | TransformerArg): readonly FieldExpr[] {
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
