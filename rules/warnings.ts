import type { ByteString, Expr, Operand, TransformerArg } from '../engine/index.ts';
import type { Context } from './context.ts';
import { DEPRECATED_FIELDS, type DeprecatedField } from './codes.ts';
import type { FileResult } from './result.ts';

const EQUALITY: ReadonlySet<string> = new Set(['==', '=', '!=', 'in', 'intersects', 'pmatch']);

/** Warns of deprecated fields in a condition, and of comparisons of JSON fields (`ka.*`, `jevt.*`) with `<NA>`. */
export function warnOfCondition(condition: Expr, context: Context, result: FileResult): void {
  const found = new Findings();
  found.visit(condition);
  if (found.unsafe) result.warn('LOAD_UNSAFE_NA_CHECK', '', context);
  for (const field of Object.keys(DEPRECATED_FIELDS) as DeprecatedField[])
    if (found.fields.has(field))
      result.warn('LOAD_DEPRECATED_ITEM', DEPRECATED_FIELDS[field], context, field);
}

/** In outputs deprecated fields are found as plain text. */
export function warnOfOutput(output: ByteString, context: Context, result: FileResult): void {
  for (const field of Object.keys(DEPRECATED_FIELDS) as DeprecatedField[])
    if (output.includes(field))
      result.warn(
        'LOAD_DEPRECATED_ITEM',
        `usage of deprecated field '${field}' has been detected in the rule output`,
        context,
        field,
      );
}

class Findings {
  readonly fields = new Set<ByteString>();
  unsafe = false;
  #lastIsJson = false;

  visit(expr: Expr): void {
    switch (expr.kind) {
      case 'and':
      case 'or':
        for (const child of expr.children) this.visit(child);
        break;
      case 'not':
        this.visit(expr.child);
        break;
      case 'unary':
        this.#operand(expr.left);
        break;
      case 'binary': {
        this.#lastIsJson = false;
        this.#operand(expr.left);
        if (!this.#lastIsJson || expr.modifier !== undefined || !EQUALITY.has(expr.op)) break;
        const { right } = expr;
        if (right.kind === 'value') this.unsafe ||= right.value === '<NA>';
        else if (right.kind === 'list') this.unsafe ||= right.values.includes('<NA>');
        else this.#operand(right, true);
      }
    }
  }

  #operand(operand: Operand | TransformerArg, equality = false): void {
    switch (operand.kind) {
      case 'field':
        this.fields.add(operand.name);
        this.#lastIsJson = /^(?:ka|jevt)\./.test(operand.name);
        break;
      case 'value':
        if (equality) this.unsafe ||= operand.value === '<NA>';
        break;
      case 'transformer':
        for (const value of operand.values) this.#operand(value, equality);
        break;
      case 'transformer-list':
        for (const child of operand.children) this.#operand(child, equality);
    }
  }
}
