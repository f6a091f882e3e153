import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import type { Extracted, FieldTest, FieldValue } from '../fields/define.ts';
import type { BinaryCheck, Expr, ListExpr, Position, TransformerArg, UnaryCheck, ValueExpr } from './ast.ts';
import { listTest, modifiedTest, pairTest, valueTest } from './compare.ts';
import { bindOperand, type FieldLookup, type Operand } from './operand.ts';
import { operatorProblem } from './operators.ts';
import { ConditionError } from './parser.ts';
import { isSeveral } from './transformers.ts';
import { parseConstant, parseHex } from './values.ts';
import { ValueError } from './value-error.ts';
import { constantWarnings } from './warnings.ts';

/** A check of a condition, ready to be made. Checks without an event's value are false (`exists` too). */
export interface Check {
  /** Equal checks, of this condition or another, have equal keys. */
  readonly key: string;
  readonly expr: UnaryCheck | BinaryCheck;
  readonly left: Operand;
  /** Equal for checks that read the same value. */
  readonly leftKey: string;
  /** The other field of a comparison of two. */
  readonly right: Operand | undefined;
  /** The constants of the right side, as values of the field's type. */
  readonly values: readonly FieldValue[];
  /** The test of the value that `left` gives: present in checks that need nothing else. */
  readonly accepts: ((value: FieldValue | readonly FieldValue[]) => boolean) | undefined;
  readonly test: FieldTest;
}

/** A condition whose fields, operators and constants are bound. */
export type Tree =
  | { readonly kind: 'and' | 'or'; readonly children: readonly Tree[] }
  | { readonly kind: 'not'; readonly child: Tree }
  | { readonly kind: 'check'; readonly check: Check };

export interface ConditionWarning {
  readonly message: string;
  readonly position: Position;
}

/** A checked condition. */
export interface Condition {
  readonly expr: Expr;
  readonly tree: Tree;
  readonly warnings: readonly ConditionWarning[];
}

interface Context {
  readonly lookup: FieldLookup;
  readonly warnings: ConditionWarning[];
  /** Tells the stateful fields of one condition from those of another. */
  readonly scope: string;
  /** Such fields by their key, each read once for an event. */
  readonly stateful: Map<string, Operand>;
  /** How often such a field was bound. */
  statefulUses: number;
  readonly known: Known;
}

/** Parts that were compiled before, and the warnings for those that have any: macros are the same object in all conditions that use them. */
interface Known {
  readonly trees: WeakMap<Expr, Tree>;
  readonly warnings: WeakMap<Expr, readonly ConditionWarning[]>;
}

const knownBy = new WeakMap<FieldLookup, Known>();
let scopes = 0;

/**
 * Binds a condition (with its macros resolved) to its fields and checks it, in Falco's order and words. Throws a `ConditionError` with
 * the position of the check that is wrong.
 */
export function compileCondition(expr: Expr, lookup: FieldLookup): Condition {
  const warnings: ConditionWarning[] = [];
  let known = knownBy.get(lookup);
  if (known === undefined) knownBy.set(lookup, (known = { trees: new WeakMap(), warnings: new WeakMap() }));
  const scope = `#${scopes++}`;
  const tree = compile(expr, { lookup, warnings, scope, stateful: new Map(), statefulUses: 0, known });
  return { expr, tree, warnings };
}

function compile(expr: Expr, context: Context): Tree {
  const { known, warnings, statefulUses } = context;
  const same = known.trees.get(expr);
  if (same !== undefined) {
    warnings.push(...(known.warnings.get(expr) ?? []));
    return same;
  }
  const { length } = warnings;
  const tree = compileAnew(expr, context);
  // What a stateful field gave is kept for one condition.
  if (context.statefulUses === statefulUses) {
    known.trees.set(expr, tree);
    if (warnings.length > length) known.warnings.set(expr, warnings.slice(length));
  }
  return tree;
}

function compileAnew(expr: Expr, context: Context): Tree {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return { kind: expr.kind, children: expr.children.map((child) => compile(child, context)) };
    case 'not':
      return { kind: 'not', child: compile(expr.child, context) };
    case 'identifier':
      throw new ConditionError(`filter error: unexpected identifier '${expr.name}'`, expr.position);
    case 'unary':
    case 'binary':
      try {
        const check = expr.kind === 'unary' ? compileUnary(expr, context) : compileBinary(expr, context);
        return { kind: 'check', check };
      } catch (error) {
        if (error instanceof ValueError) throw new ConditionError(error.message, expr.position);
        throw error;
      }
  }
}

function bind(expr: TransformerArg, context: Context): Operand {
  const { lookup, stateful } = context;
  const operand = bindOperand(expr, lookup);
  if (!operand.stateful) return operand;
  context.statefulUses++;
  const known = stateful.get(operand.key) ?? { ...operand, get: oncePerEvent(operand.get) };
  stateful.set(operand.key, known);
  return known;
}

/** Events are told apart by number and time, as one object may stand for many. */
function oncePerEvent(read: Operand['get']): Operand['get'] {
  let last: Event | undefined;
  let [num, time] = [0, 0];
  let value: Extracted;
  return (event) => {
    if (event !== last || event.num !== num || event.timeLow !== time) {
      last = event;
      num = event.num;
      time = event.timeLow;
      value = read(event);
    }
    return value;
  };
}

function compileUnary(expr: UnaryCheck, context: Context): Check {
  const left = bind(expr.left, context);
  const test = left.field?.test?.('exists', undefined, [], () => true);
  const accepts = test === undefined ? ALWAYS : undefined;
  return check(expr, left, 'exists', [], accepts, test, context);
}

function compileBinary(expr: BinaryCheck, context: Context): Check {
  const { op, modifier } = expr;
  const left = bind(expr.left, context);
  const { type, list } = left.shape;
  const problem = operatorProblem(op, modifier, type, list, left.field?.incomparable);
  if (problem !== undefined) throw new ValueError(`filter error: ${problem}`);
  if (expr.right.kind === 'transformer') return compilePair(expr, left, bind(expr.right, context), context);

  const values = constants(expr, expr.right, left, context);
  const written = modifier === undefined ? op : `${op} ${modifier}`;
  if (left.field?.test !== undefined) {
    // Such fields hand Falco's comparison no length, so that it finds numbers in no list.
    const finds = type === 'CHARBUF' || (op !== 'in' && op !== 'intersects');
    const compare = finds ? valueTest(op, type, values) : () => false;
    const test = left.field.test(op, modifier, values, compare);
    return check(expr, left, written, values, undefined, test, context);
  }
  const accepts = list
    ? severalTest(listTest(op, type, values))
    : modifier === undefined
      ? valueTest(op, type, values)
      : modifiedTest(op, modifier, type, values);
  return check(expr, left, written, values, accepts as Accepts, undefined, context);
}

type Accepts = NonNullable<Check['accepts']>;

const ALWAYS: Accepts = () => true;

const severalTest = (test: (values: readonly FieldValue[]) => boolean): Accepts => {
  return (value) => test(isSeveral(value) ? value : [value]);
};

/** A check with constants: by what accepts the value, or by a test of its own. (Each of thousands is written out once: objects made of others would have a shape each.) */
function check(
  expr: UnaryCheck | BinaryCheck,
  left: Operand,
  op: string,
  values: readonly FieldValue[],
  accepts: Accepts | undefined,
  test: FieldTest | undefined,
  context: Context,
): Check {
  return {
    key: keyOf(left, op, values, context),
    expr,
    left,
    leftKey: leftKeyOf(left, context),
    right: undefined,
    values,
    accepts,
    test: test ?? acceptingTest(left, accepts!),
  };
}

function acceptingTest({ get }: Operand, accepts: Accepts): FieldTest {
  return (event) => {
    const value = get(event);
    return value !== undefined && accepts(value);
  };
}

function constants(
  expr: BinaryCheck,
  right: ValueExpr | ListExpr,
  left: Operand,
  context: Context,
): FieldValue[] {
  const texts = right.kind === 'list' ? right.values : [right.value];
  return texts.map((text) => {
    for (const message of constantWarnings(text, expr.op, context.lookup))
      context.warnings.push({ message, position: right.position });
    const value = constant(text, expr, left);
    // Falco compiles each pattern when it reads it, so that the first wrong constant is the one reported.
    if (expr.op === 'regex') valueTest('regex', left.shape.type, [value]);
    return value;
  });
}

function constant(text: ByteString, { op }: BinaryCheck, left: Operand): FieldValue {
  const { type } = left.shape;
  let bytes: ByteString | undefined = text;
  if (op === 'bcontains' || op === 'bstartswith') bytes = parseHex(text);
  if (bytes === undefined)
    throw new ValueError('filter error: bcontains and bstartswith operator support hex strings only');
  const own = left.base?.parseValue?.(bytes, op);
  if (typeof own === 'object') throw new ValueError(own.error);
  return own === undefined || left.field === undefined ? parseConstant(bytes, type) : own;
}

function compilePair(expr: BinaryCheck, left: Operand, right: Operand, context: Context): Check {
  const { op } = expr;
  const { type, list } = left.shape;
  if (op === 'pmatch' || op === 'regex')
    throw new ValueError(`operator '${op.toUpperCase()}' doesn't support right-hand side fields`);
  if (type === 'IPNET') throw new ValueError("field type 'IPNET' doesn't support right-hand side fields");
  if (left.noRightSide) throw new ValueError(`field '${left.name}' doesn't support right-hand side fields`);
  if (right.noRightSide)
    throw new ValueError(`field '${right.name}' can't be used as a right-hand side field`);
  if (type !== right.shape.type || list !== right.shape.list)
    throw new ValueError(
      `field '${left.name}' has type '${shapeName(left)}' while the right-hand side field '${right.name}' has incompatible type '${shapeName(right)}'`,
    );
  const key = keyOf(left, `${op} val`, [right.key], context);
  const compare = pairTest(op, type);
  const test = (event: Event): boolean => {
    const a = left.get(event);
    if (a === undefined) return false;
    const b = right.get(event);
    if (b === undefined) return false;
    return isSeveral(a) || isSeveral(b) ? comparesSeveral(op, type, a, b) : compare(a, b);
  };
  return { key, expr, left, leftKey: leftKeyOf(left, context), right, values: [], accepts: undefined, test };
}

function comparesSeveral(
  op: BinaryCheck['op'],
  type: Operand['shape']['type'],
  left: Exclude<Extracted, undefined>,
  right: Exclude<Extracted, undefined>,
): boolean {
  return listTest(op, type, isSeveral(right) ? right : [right])(isSeveral(left) ? left : [left]);
}

const shapeName = ({ shape }: Operand): string => `${shape.type}${shape.list ? ' (list)' : ''}`;

const leftKeyOf = (left: Operand, { scope }: Context): string =>
  left.stateful ? `${scope} ${left.key}` : left.key;

function keyOf(left: Operand, op: string, values: readonly FieldValue[], context: Context): string {
  const constants = values.map((value) => (typeof value === 'string' ? quoted(value) : String(value)));
  // (A template would keep its pieces.)
  return [leftKeyOf(left, context), op, constants.join(',')].join(' ');
}

/** Like JSON, which is needed for few texts. */
const quoted = (text: ByteString): string =>
  text.includes('"') || text.includes('\\') ? JSON.stringify(text) : `"${text}"`;
