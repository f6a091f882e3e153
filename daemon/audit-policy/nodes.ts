/** Conditions over the JSON of audit events, made for reasoning: what is read is named by its JSON pointer. */
import {
  compileCondition,
  type BoundField,
  type ByteString,
  type Expr,
  type FieldExpr,
} from '../../engine/index.ts';
import type { CheckNode, ConditionNode } from '../../rules/index.ts';

/** JSON pointers into an audit event, such as `/objectRef/resource`. */
export type Pointer = string;

/** Prefix of names that stand for one group of the user: whether they have it. */
const GROUP = '/user/groups#';

const NOWHERE = { index: 0, line: 1, column: 1 };

/** A field that is the text at a place of the event. It is never read: only its comparisons are reasoned about. */
const TEXT_FIELD: BoundField['field'] = {
  name: 'json.value',
  type: 'CHARBUF',
  desc: '',
  get: () => undefined,
};

const lookup = (_name: ByteString, arg: ByteString | undefined): BoundField => ({
  field: TEXT_FIELD,
  arg,
  type: 'CHARBUF',
  list: false,
  format: 'na',
  get: () => undefined,
});

const fieldAt = (pointer: Pointer): FieldExpr => ({
  kind: 'field',
  name: TEXT_FIELD.name,
  arg: pointer,
  position: NOWHERE,
});

/** The place that a check made here reads. */
export function pointerOf({ check: { left } }: CheckNode): Pointer | undefined {
  return left.field?.field === TEXT_FIELD ? left.field.arg : undefined;
}

function checkNode(expr: Expr): CheckNode {
  const { tree } = compileCondition(expr, lookup);
  if (tree.kind !== 'check') throw new Error('a check compiles to a check');
  return { kind: 'check', check: tree.check, place: {}, text: NO_TEXT, index: 0 };
}

const NO_TEXT: CheckNode['text'] = {
  text: '',
  placed: () => {
    throw new Error('this condition is written nowhere');
  },
};

export const and = (...children: ConditionNode[]): ConditionNode => ({ kind: 'and', children, place: {} });
export const or = (...children: ConditionNode[]): ConditionNode => ({ kind: 'or', children, place: {} });
export const not = (child: ConditionNode): ConditionNode => ({ kind: 'not', child, place: {} });

/** Nothing to satisfy, and nothing that could: a conjunction and a disjunction of no parts. */
export const ALWAYS: ConditionNode = and();
export const NEVER: ConditionNode = or();

export const exists = (pointer: Pointer): ConditionNode =>
  checkNode({ kind: 'unary', op: 'exists', left: fieldAt(pointer), position: NOWHERE });

/** One of the texts; '' is what is not there, as the API server leaves out what is empty. */
export function isOneOf(pointer: Pointer, texts: readonly ByteString[]): ConditionNode {
  const values = texts.filter((text) => text !== '');
  const parts = [
    ...(values.length > 0 ? [listed(pointer, values)] : []),
    ...(values.length < texts.length ? [not(exists(pointer))] : []),
  ];
  return parts.length === 1 ? parts[0]! : or(...parts);
}

/** One of the texts, the empty one not being special. */
export const listed = (pointer: Pointer, values: readonly ByteString[]): ConditionNode =>
  checkNode({
    kind: 'binary',
    op: 'in',
    modifier: undefined,
    left: fieldAt(pointer),
    right: { kind: 'list', values, position: NOWHERE },
    position: NOWHERE,
  });

export const startsWith = (pointer: Pointer, value: ByteString): ConditionNode =>
  checkNode({
    kind: 'binary',
    op: 'startswith',
    modifier: undefined,
    left: fieldAt(pointer),
    right: { kind: 'value', value, position: NOWHERE },
    position: NOWHERE,
  });

/** Whether the user has a group. */
export const hasGroup = (group: ByteString): ConditionNode => exists(GROUP + group);

/** The same check of what stands at a place, so that all fields that read the place are one. */
export function readingFrom(node: CheckNode, pointer: Pointer): ConditionNode {
  return { ...checkNode({ ...node.check.expr, left: fieldAt(pointer) }), place: node.place };
}
