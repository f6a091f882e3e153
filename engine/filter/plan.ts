import type { ByteString } from '../bytes.ts';
import type { Subject } from '../fields/define.ts';
import type { EventCode } from '../tables/types.ts';
import type { Check, Tree } from './condition.ts';
import { knownValue } from './known-values.ts';
import { print } from './print.ts';

interface Node {
  readonly id: number;
  /**
   * What alone decides the node: the key of a text or the name of a subject (`subjectOf`); undefined if there is nothing, or more than
   * one thing.
   */
  readonly value: string | undefined;
}

/** A condition, or a part of one, as it is at events of one type. Equal parts of all rules are one node. */
export type PlanNode = Node &
  (
    | { readonly kind: 'and' | 'or'; readonly children: readonly PlanNode[] }
    | { readonly kind: 'not'; readonly child: PlanNode }
    | { readonly kind: 'check'; readonly check: Check }
  );

/** So many alternatives that want something of the same value are worth a look at all these wishes first. */
const WORTH_A_GUARD = 3;

const opposite = { and: 'or', or: 'and' } as const;

/**
 * Makes equal parts of many conditions one, and brings together what one value decides. Checks have no effects, so that their order
 * matters for the cost only.
 */
export class Planner {
  readonly #nodes = new Map<string, PlanNode>();

  /**
   * A condition at events of one type: what is certain there is left out, all of it if a boolean comes back. Where reading a field
   * changes what the next reading gives, everything stays as it was written.
   */
  plan(tree: Tree, code: EventCode): PlanNode | boolean {
    return isStateful(tree) ? this.#asWritten(tree) : this.#plan(tree, code);
  }

  #asWritten(tree: Tree): PlanNode {
    switch (tree.kind) {
      case 'check':
        return this.#leaf(tree.check);
      case 'not':
        return this.#not(this.#asWritten(tree.child));
      default:
        return this.#combine(
          tree.kind,
          tree.children.map((child) => this.#asWritten(child)),
        );
    }
  }

  #plan(tree: Tree, code: EventCode): PlanNode | boolean {
    switch (tree.kind) {
      case 'check':
        return this.#check(tree.check, code);
      case 'not': {
        const child = this.#plan(tree.child, code);
        return typeof child === 'boolean' ? !child : this.#not(child);
      }
      default:
        return this.#fold(tree.kind, tree.children, code);
    }
  }

  #check(check: Check, code: EventCode): PlanNode | boolean {
    const { left, accepts } = check;
    const known = left.field === undefined ? undefined : knownValue(left.field, code);
    if (known !== undefined && accepts !== undefined)
      return known.value !== undefined && accepts(known.value);
    return this.#leaf(check);
  }

  #leaf(check: Check): PlanNode {
    return this.#node(check.key, (id) => ({ id, value: decisive(check), kind: 'check', check }));
  }

  #not(child: PlanNode): PlanNode {
    if (child.kind === 'not') return child.child;
    return this.#node(`!${child.id}`, (id) => ({
      id,
      value: child.value,
      kind: 'not',
      child,
    }));
  }

  #fold(kind: 'and' | 'or', trees: readonly Tree[], code: EventCode): PlanNode | boolean {
    const decisive = kind === 'or';
    const children: PlanNode[] = [];
    for (const tree of trees) {
      const child = this.#plan(tree, code);
      if (child === decisive) return decisive;
      if (typeof child !== 'boolean') children.push(child);
    }
    return children.length === 0 ? !decisive : this.#join(kind, children);
  }

  /** The conjunction or disjunction of nodes, put in order: see the steps. */
  #join(kind: 'and' | 'or', children: readonly PlanNode[]): PlanNode {
    const parts = this.#groupValues(kind, this.#groupNegations(kind, [...new Set(children)]));
    return this.#combine(kind, kind === 'or' ? this.#guard(parts) : parts);
  }

  /** `not a and not b` is `not (a or b)`. */
  #groupNegations(kind: 'and' | 'or', children: readonly PlanNode[]): readonly PlanNode[] {
    const negated = children.filter((child) => child.kind === 'not');
    if (negated.length < 2) return children;
    const inner = negated.map(({ child }) => child);
    const group = this.#not(this.#join(opposite[kind], inner));
    return replaceGroup(children, new Set<PlanNode>(negated), group);
  }

  /** What the same value decides becomes one part. */
  #groupValues(kind: 'and' | 'or', children: readonly PlanNode[]): readonly PlanNode[] {
    let parts = children;
    for (const [value, group] of groupBy(children, (child) => child.value))
      if (value !== undefined && group.length > 1 && group.length < children.length)
        parts = replaceGroup(parts, new Set(group), this.#combine(kind, group));
    return parts;
  }

  /**
   * Of many alternatives `value is this and …`, `value is that and …` hardly one can be true for a given value: asking first whether any can
   * spares looking at them all.
   */
  #guard(children: readonly PlanNode[]): readonly PlanNode[] {
    const wishes = new Map<string, Map<PlanNode, PlanNode>>();
    for (const child of children) {
      if (child.kind !== 'and') continue;
      for (const part of child.children) {
        if (part.value === undefined) continue;
        const ofValue = wishes.get(part.value) ?? new Map<PlanNode, PlanNode>();
        wishes.set(part.value, ofValue.set(child, part));
      }
    }
    let most: ReadonlyMap<PlanNode, PlanNode> = new Map();
    for (const ofValue of wishes.values()) if (ofValue.size > most.size) most = ofValue;
    if (most.size < WORTH_A_GUARD) return children;
    const group = new Set(most.keys());
    const guarded = this.#combine('and', [
      this.#combine('or', [...new Set(most.values())]),
      this.#combine('or', [...group]),
    ]);
    const others = this.#guard(children.filter((child) => !group.has(child)));
    return [guarded, ...others];
  }

  /**
   * Questions that each ask whether any of several rules can match at all, as far as one value tells: for each rule its question, if there is one.
   * A rule cannot match where the answer to its question is no. Plans that are `undefined` get none.
   */
  questions(plans: readonly (PlanNode | true | undefined)[]): readonly (PlanNode | undefined)[] {
    const questions = plans.map((): PlanNode | undefined => undefined);
    for (;;) {
      const wishes = new Map<string, Map<number, PlanNode>>();
      plans.forEach((plan, n) => {
        if (plan === undefined || plan === true || questions[n] !== undefined) return;
        for (const part of plan.kind === 'and' ? plan.children : [plan]) {
          if (part.value === undefined || part.kind === 'not') continue;
          const ofValue = wishes.get(part.value) ?? new Map<number, PlanNode>();
          if (!ofValue.has(n)) wishes.set(part.value, ofValue.set(n, part));
        }
      });
      const most = [...wishes.values()].reduce(
        (a, b) => (b.size > a.size ? b : a),
        new Map<number, PlanNode>(),
      );
      if (most.size < 2) return questions;
      const question = this.#combine('or', [...new Set(most.values())]);
      for (const n of most.keys()) questions[n] = question;
    }
  }

  #combine(kind: 'and' | 'or', children: readonly PlanNode[]): PlanNode {
    if (children.length === 1) return children[0]!;
    const [{ value }] = children as [PlanNode];
    const common = children.every((child) => child.value === value) ? value : undefined;
    const key = `${kind} ${children.map((child) => child.id).join(' ')}`;
    return this.#node(key, (id) => ({ id, value: common, kind, children }));
  }

  #node(key: string, make: (id: number) => PlanNode): PlanNode {
    let node = this.#nodes.get(key);
    if (node === undefined) {
      node = make(this.#nodes.size);
      this.#nodes.set(key, node);
    }
    return node;
  }
}

/** What alone decides a check, if its results are worth remembering. */
function decisive(check: Check): string | undefined {
  const { left, accepts, leftKey } = check;
  if (accepts === undefined || left.shape.type !== 'CHARBUF' || left.shape.list || left.stateful)
    return undefined;
  return subjectOf(check)?.name ?? leftKey;
}

/** What the field of a check is read from, if that decides other fields too. */
export function subjectOf({ left }: Check): Subject | undefined {
  const { field } = left;
  return field?.arg === undefined ? field?.field.subject : undefined;
}

/** What alone decides a part, for people: a subject or a field; undefined if there is more than one such thing. */
export function aboutOf(node: PlanNode): ByteString | undefined {
  if (node.value === undefined) return undefined;
  if (node.kind === 'check') return subjectOf(node.check)?.name ?? print(node.check.expr.left);
  return aboutOf(node.kind === 'not' ? node.child : node.children[0]!);
}

/** A part as a condition: see `print`. */
export function printPlan(node: PlanNode): ByteString {
  switch (node.kind) {
    case 'check':
      return print(node.check.expr);
    case 'not':
      return `not ${printPlan(node.child)}`;
    default:
      return `(${node.children.map(printPlan).join(` ${node.kind} `)})`;
  }
}

/** Whether a condition has a field that changes when it is read. */
export function isStateful(tree: Tree): boolean {
  switch (tree.kind) {
    case 'check':
      return tree.check.left.stateful || tree.check.right?.stateful === true;
    case 'not':
      return isStateful(tree.child);
    default:
      return tree.children.some(isStateful);
  }
}

/** Puts `one` in the place of the first of a group. */
function replaceGroup(
  nodes: readonly PlanNode[],
  group: ReadonlySet<PlanNode>,
  one: PlanNode,
): readonly PlanNode[] {
  const first = nodes.findIndex((node) => group.has(node));
  return nodes.flatMap((node, i) => (i === first ? [one] : group.has(node) ? [] : [node]));
}

function groupBy(
  nodes: readonly PlanNode[],
  keyOf: (node: PlanNode) => string | undefined,
): ReadonlyMap<string | undefined, readonly PlanNode[]> {
  const groups = new Map<string | undefined, PlanNode[]>();
  for (const node of nodes) {
    const key = keyOf(node);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [node]);
    else group.push(node);
  }
  return groups;
}
