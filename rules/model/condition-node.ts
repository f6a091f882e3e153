import { print, type ByteString, type Check, type Expr, type SourcePlace } from '../../engine/index.ts';
import type { PlacedText } from '../findings/placed-text.ts';
import type { Language } from '../language.ts';

/** A condition with the names of macros still in it, whose parts know their places. Checks are bound. */
export type ConditionNode =
  | { readonly kind: 'and' | 'or'; readonly children: readonly ConditionNode[]; readonly place: SourcePlace }
  | { readonly kind: 'not'; readonly child: ConditionNode; readonly place: SourcePlace }
  | {
      readonly kind: 'macro';
      readonly name: ByteString;
      readonly body: ConditionNode;
      readonly place: SourcePlace;
    }
  | CheckNode;

export interface CheckNode {
  readonly kind: 'check';
  readonly check: Check;
  readonly place: SourcePlace;
  /** The condition that the check stands in, and where in it. */
  readonly text: ConditionText;
  readonly index: number;
}

/** The text that a condition is parsed from: with appends, exceptions and the items of lists. */
export interface ConditionText {
  readonly text: ByteString;
  /** Made where a finding needs it: every byte has its place. */
  readonly placed: () => PlacedText;
}

/** What is needed to make nodes of conditions. */
export interface NodeSource {
  readonly language: Pick<Language, 'compile'>;
  readonly source: ByteString;
  /** The condition of a macro, as a node. */
  readonly macro: (name: ByteString) => ConditionNode;
}

/** Makes the nodes of a condition. */
export function buildNode(
  root: Expr,
  text: ConditionText,
  { language, source, macro }: NodeSource,
): ConditionNode {
  const build = (expr: Expr): ConditionNode => {
    const placed = {
      get place(): SourcePlace {
        return placeOf(expr, text);
      },
    };
    switch (expr.kind) {
      case 'and':
      case 'or':
        return withPlace(placed, { kind: expr.kind, children: expr.children.map(build) });
      case 'not':
        return withPlace(placed, { kind: 'not' as const, child: build(expr.child) });
      case 'identifier':
        return withPlace(placed, { kind: 'macro' as const, name: expr.name, body: macro(expr.name) });
      default: {
        const { tree } = language.compile(expr, source);
        if (tree.kind !== 'check') throw new Error('a check compiles to a check');
        const index = tokenStart(text.text, expr);
        return withPlace(placed, { kind: 'check' as const, check: tree.check, text, index });
      }
    }
  };
  return build(root);
}

/** The place is found when it is asked for. */
const withPlace = <T extends object>(
  placed: { readonly place: SourcePlace },
  node: T,
): T & { readonly place: SourcePlace } => Object.assign(placed, node);

/** The parser stands before the blanks when it begins a part. */
function tokenStart(text: ByteString, { position }: Expr): number {
  let { index } = position;
  while (/[ \t\b\n\r]/.test(text[index] ?? '')) index++;
  return index;
}

const FIRST_TOKEN = /not\b|[a-zA-Z][\w.]*(?:\[[^\]]*\])?|[^ \t\n\r]/y;

function placeOf(expr: Expr, { text, placed }: ConditionText): SourcePlace {
  const start = tokenStart(text, expr);
  FIRST_TOKEN.lastIndex = start;
  const end = FIRST_TOKEN.test(text) ? FIRST_TOKEN.lastIndex : start + 1;
  return placed().place(start, end - start) ?? {};
}

/** All checks of a condition, those in macros included; `negated` says whether an odd number of `not` is round it. */
export function* checksOf(
  node: ConditionNode,
  negated = false,
): Generator<{ readonly node: CheckNode; readonly negated: boolean }> {
  switch (node.kind) {
    case 'check':
      yield { node, negated };
      break;
    case 'not':
      yield* checksOf(node.child, !negated);
      break;
    case 'macro':
      yield* checksOf(node.body, negated);
      break;
    default:
      for (const child of node.children) yield* checksOf(child, negated);
  }
}

/** The checks that are written in a condition itself, not in the macros that it names. */
export function* ownChecksOf(node: ConditionNode): Generator<CheckNode> {
  if (node.kind === 'check') yield node;
  else if (node.kind === 'not') yield* ownChecksOf(node.child);
  else if (node.kind !== 'macro') for (const child of node.children) yield* ownChecksOf(child);
}

/** The parts of a conjunction, however nested and in whatever macros. */
export function* conjunctsOf(node: ConditionNode): Generator<ConditionNode> {
  if (node.kind === 'and') for (const child of node.children) yield* conjunctsOf(child);
  else if (node.kind === 'macro' && node.body.kind === 'and') yield* conjunctsOf(node.body);
  else yield node;
}

/** The place of one value on the right side of a check: in the condition, or in the list that it comes from. */
export function placeOfValue(
  { text: { text, placed }, index, place, check }: CheckNode,
  value: ByteString,
): SourcePlace {
  if (check.expr.kind === 'unary') return place;
  const from = text.indexOf(check.expr.op, index + 1);
  const stop = endOfCheck(text, from);
  for (
    let at = text.indexOf(value, from);
    at >= 0 && from >= 0 && at < stop;
    at = text.indexOf(value, at + 1)
  ) {
    const end = at + value.length;
    if (value !== '' && /[ \t\n\r(,="']/.test(text[at - 1] ?? ' ') && /[ \t\n\r),"']/.test(text[end] ?? ' '))
      return placed().place(at, value.length) ?? place;
    if (value === '') break;
  }
  return place;
}

/** A list ends at its bracket, quotes aside; a single value may hold anything. */
function endOfCheck(text: ByteString, from: number): number {
  const list =
    /[a-z!=<>]+\s*(?:oneof|anyof|allof)?\s*\((?:"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|[^"')])*\)/y;
  list.lastIndex = Math.max(0, from);
  return list.test(text) ? list.lastIndex : text.length;
}

/** A check as it is written, with the names of lists in the place of their items: `proc.name in (shells, tmux)`. */
export function writtenCheck(node: CheckNode): ByteString {
  const { expr } = node.check;
  const whole = print(expr);
  if (expr.kind === 'unary' || expr.right.kind !== 'list') return whole;
  const { text, placed } = node.text;
  const open = text.indexOf('(', text.indexOf(expr.op, node.index + 1));
  const items: ByteString[] = [];
  const item = /[ \t\n\r,]*("(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|[^ \t\n\r,()"']+)/y;
  item.lastIndex = open + 1;
  for (let found = open < 0 ? null : item.exec(text); found !== null; found = item.exec(text)) {
    const written = found[1]!;
    const { list } = placed().spot(item.lastIndex - written.length) ?? {};
    const name = list?.name ?? written;
    if (list === undefined || items.at(-1) !== name) items.push(name);
  }
  // A field in transformers has brackets of its own: then the items are not where they are looked for.
  if (items.length === 0 || items.length > expr.right.values.length) return whole;
  return `${whole.slice(0, whole.length - print(expr.right).length)}(${items.join(', ')})`;
}

/** The constants on the right side as they are written, lists substituted. */
export function constantsOf({ check: { expr } }: CheckNode): readonly ByteString[] {
  if (expr.kind === 'unary' || expr.right.kind === 'transformer') return [];
  return expr.right.kind === 'list' ? expr.right.values : [expr.right.value];
}

/** The name of the field on the left side, if it is one and no transformer. */
export const fieldOf = ({ check }: CheckNode): string | undefined => check.left.field?.field.name;

/** The operator with its modifier: `=`, `in`, `startswith oneof`. */
export function operatorOf({ check: { expr } }: CheckNode): string {
  return expr.kind === 'unary' || expr.modifier === undefined ? expr.op : `${expr.op} ${expr.modifier}`;
}
