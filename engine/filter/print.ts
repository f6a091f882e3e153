import type { ByteString } from '../bytes.ts';
import type { Expr, ListExpr, Operand, TransformerArg, ValueExpr } from './ast.ts';

const ESCAPED: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
  '"': '\\"',
};

/** A constant as it must stand in a condition: in quotes where it holds a blank, an escape, a quote or `=`. */
export function quote(value: ByteString): ByteString {
  if (!/[\b\f\n\r\t =\\"']/.test(value)) return value;
  return `"${value.replace(/[\b\f\n\r\t\\"]/g, (unit) => ESCAPED[unit]!)}"`;
}

/** A condition as text, in the form in which Falco prints compiled conditions: brackets round every `and` and `or`. */
export function print(expr: Expr | Operand | TransformerArg | ListExpr | ValueExpr): ByteString {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return `(${expr.children.map(print).join(` ${expr.kind} `)})`;
    case 'not':
      return `not ${print(expr.child)}`;
    case 'identifier':
      return expr.name;
    case 'value':
      return quote(expr.value);
    case 'list':
      return `(${expr.values.map(quote).join(', ')})`;
    case 'transformer-list':
      return `(${expr.children.map(print).join(',')})`;
    case 'unary':
      return `${print(expr.left)} ${expr.op}`;
    case 'binary':
      return `${print(expr.left)} ${expr.op}${expr.modifier === undefined ? '' : ` ${expr.modifier}`} ${print(expr.right)}`;
    case 'field':
      return expr.name + printArg(expr.arg);
    case 'transformer':
      return `${expr.name}(${expr.values.map(print).join(',')})${printArg(expr.arg)}`;
  }
}

function printArg(arg: ByteString | undefined): ByteString {
  if (arg === undefined) return '';
  return arg === '' ? '[""]' : `[${quote(arg)}]`;
}
