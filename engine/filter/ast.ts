/**
 * The tree of a condition, as libsinsp has it (filter/ast.h). Strings are byte strings. `position` is where the parser
 * stood when it began the node.
 */

/** A place in a condition: byte index from 0, line and column from 1. */
export interface Position {
  readonly index: number;
  readonly line: number;
  readonly column: number;
}

interface Node {
  readonly position: Position;
}

/** `a and b and …` */
export interface AndExpr extends Node {
  readonly kind: 'and';
  readonly children: readonly Expr[];
}

/** `a or b or …` */
export interface OrExpr extends Node {
  readonly kind: 'or';
  readonly children: readonly Expr[];
}

/** `not a` */
export interface NotExpr extends Node {
  readonly kind: 'not';
  readonly child: Expr;
}

/** The name of a macro. */
export interface IdentifierExpr extends Node {
  readonly kind: 'identifier';
  readonly name: string;
}

/** `field exists` */
export interface UnaryCheck extends Node {
  readonly kind: 'unary';
  readonly left: Operand;
  readonly op: UnaryOperator;
}

/** `field = value`, `field in (…)`, `field startswith oneof (…)`, `field = val(other.field)` */
export interface BinaryCheck extends Node {
  readonly kind: 'binary';
  readonly left: Operand;
  readonly op: BinaryOperator;
  /** The word between a string operator and its list. */
  readonly modifier: Modifier | undefined;
  readonly right: ValueExpr | ListExpr | Transformer;
}

/** A constant: string or number, both as text. */
export interface ValueExpr extends Node {
  readonly kind: 'value';
  readonly value: string;
}

/** `(a, b, c)` on the right of an operator. */
export interface ListExpr extends Node {
  readonly kind: 'list';
  readonly values: readonly string[];
}

/** `proc.name`, `proc.aname[2]` */
export interface FieldExpr extends Node {
  readonly kind: 'field';
  readonly name: string;
  readonly arg: string | undefined;
}

/** `tolower(proc.name)`, `join(",", (proc.name, "x"))`, on the right also `val(proc.pname)` */
export interface Transformer extends Node {
  readonly kind: 'transformer';
  readonly name: TransformerName | 'val';
  readonly values: readonly TransformerArg[];
  /** `getopt(…)[x]` */
  readonly arg: string | undefined;
}

/** `(a, "b", len(c))` as an argument of a transformer. */
export interface TransformerList extends Node {
  readonly kind: 'transformer-list';
  readonly children: readonly TransformerArg[];
}

export type Operand = FieldExpr | Transformer;
export type TransformerArg = FieldExpr | Transformer | TransformerList | ValueExpr;
export type Expr = AndExpr | OrExpr | NotExpr | IdentifierExpr | UnaryCheck | BinaryCheck;

export type UnaryOperator = 'exists';
export type NumberOperator = '<=' | '<' | '>=' | '>';
export type StringOperator =
  | '==' | '=' | '!=' | 'glob' | 'iglob' | 'contains' | 'icontains' | 'bcontains' | 'startswith' | 'bstartswith'
  | 'endswith' | 'regex'; // prettier-ignore
export type ListOperator = 'intersects' | 'in' | 'pmatch';
export type BinaryOperator = NumberOperator | StringOperator | ListOperator;
export type Modifier = 'oneof' | 'anyof' | 'allof';
export type TransformerName =
  'tolower' | 'toupper' | 'b64' | 'basename' | 'len' | 'join' | 'concat' | 'getopt';
