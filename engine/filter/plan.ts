import type { ByteString } from '../bytes.ts';
import type { Subject } from '../fields/define.ts';
import type { EventCode } from '../tables/types.ts';
import type { Check, Tree } from './condition.ts';
import { isKnowable, knownValue } from './known-values.ts';
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

/** Plans, by their numbers, that are not true where the answer to their question is no. */
export interface Group {
  readonly question: PlanNode;
  readonly members: readonly number[];
}

const opposite = { and: 'or', or: 'and' } as const;

/**
 * Makes equal parts of many conditions one, and brings together what one value decides. Checks have no effects, so that their order
 * matters for the cost only.
 */
export class Planner {
  readonly #nodes = new Map<string, PlanNode>();
  /** Plans of trees that are the same at all event types. */
  readonly #everywhere = new Map<Tree, PlanNode>();
  readonly #varying = new Map<Tree, boolean>();
  /** What trees that vary became so far. */
  readonly #joined = new Map<Tree, { readonly children: readonly PlanNode[]; readonly node: PlanNode }[]>();
  /** Whether a tree must stay as it was written. */
  readonly #written = new Map<Tree, boolean>();

  /**
   * A condition at events of one type: what is certain there is left out, all of it if a boolean comes back. Where reading a field
   * changes what the next reading gives, everything stays as it was written.
   */
  plan(tree: Tree, code: EventCode): PlanNode | boolean {
    let written = this.#written.get(tree);
    if (written === undefined) {
      written = isStateful(tree);
      this.#written.set(tree, written);
    }
    return written ? this.#asWritten(tree) : this.#plan(tree, code);
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
    if (this.#varies(tree)) return this.#planAt(tree, code);
    let plan = this.#everywhere.get(tree);
    if (plan === undefined) {
      plan = this.#planAt(tree, code) as PlanNode;
      this.#everywhere.set(tree, plan);
    }
    return plan;
  }

  /** Whether the plan of a tree can be another at another event type. */
  #varies(tree: Tree): boolean {
    let varies = this.#varying.get(tree);
    if (varies === undefined) {
      if (tree.kind === 'check')
        varies = tree.check.left.field !== undefined && isKnowable(tree.check.left.field);
      else if (tree.kind === 'not') varies = this.#varies(tree.child);
      else varies = tree.children.some((child) => this.#varies(child));
      this.#varying.set(tree, varies);
    }
    return varies;
  }

  #planAt(tree: Tree, code: EventCode): PlanNode | boolean {
    switch (tree.kind) {
      case 'check':
        return this.#check(tree.check, code);
      case 'not': {
        const child = this.#plan(tree.child, code);
        return typeof child === 'boolean' ? !child : this.#not(child);
      }
      default:
        return this.#fold(tree, code);
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

  #fold(tree: Tree & { readonly kind: 'and' | 'or' }, code: EventCode): PlanNode | boolean {
    const decisive = tree.kind === 'or';
    const children: PlanNode[] = [];
    for (const part of tree.children) {
      const child = this.#plan(part, code);
      if (child === decisive) return decisive;
      if (typeof child !== 'boolean') children.push(child);
    }
    if (children.length === 0) return !decisive;
    // At most event types the same is left.
    let joined = this.#joined.get(tree);
    if (joined === undefined) this.#joined.set(tree, (joined = []));
    const same = joined.find((one) => isSame(one.children, children));
    if (same !== undefined) return same.node;
    const node = this.#join(tree.kind, children);
    joined.push({ children, node });
    return node;
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
   * Groups of plans, each with a question that one value decides: none of the group can be true where the answer is no. A plan is in one group at most;
   * groups of the same value ask first whether any of them is worth asking.
   */
  group(plans: readonly (PlanNode | true)[], largest: number): Group[] {
    const wishes = new Map<string, Map<number, PlanNode>>();
    plans.forEach((plan, n) => {
      if (plan === true) return;
      for (const [value, wish] of this.#wishes(plan)) {
        const ofValue = wishes.get(value) ?? new Map<number, PlanNode>();
        wishes.set(value, ofValue.set(n, wish));
      }
    });
    const groups: Group[] = [];
    for (;;) {
      // What all wish alike is shared by them anyway.
      let most: ReadonlyMap<number, PlanNode> | undefined;
      let variety = 1;
      for (const ofValue of wishes.values()) {
        if (ofValue.size <= variety) continue;
        const { size } = new Set(ofValue.values());
        if (size > variety) [most, variety] = [ofValue, size];
      }
      if (most === undefined) return groups;
      const any = this.#combine('or', [...new Set(most.values())]);
      const sorted = [...most].sort(([, a], [, b]) => firstLeaf(a).id - firstLeaf(b).id);
      for (let i = 0; i < sorted.length; i += largest) {
        const some = sorted.slice(i, i + largest);
        const question = this.#combine('or', [...new Set(some.map(([, wish]) => wish))]);
        groups.push({
          question: question === any ? any : this.#combine('and', [any, question]),
          members: some.map(([n]) => n).sort((a, b) => a - b),
        });
      }
      for (const n of [...most.keys()]) for (const ofValue of wishes.values()) ofValue.delete(n);
    }
  }

  /** What a part asks of single values: it is not true where one of these is not. What only excludes something is left out: it hardly ever tells. */
  #wishes(node: PlanNode): ReadonlyMap<string, PlanNode> {
    if (node.kind === 'not' || (node.kind === 'check' && node.check.expr.op === '!=')) return new Map();
    if (node.value !== undefined) return new Map([[node.value, node]]);
    if (node.kind === 'check') return new Map();
    const all = new Map<string, PlanNode[]>();
    for (const child of node.children)
      for (const [value, wish] of this.#wishes(child)) {
        const ofValue = all.get(value);
        if (ofValue === undefined) all.set(value, [wish]);
        else ofValue.push(wish);
      }
    const wishes = new Map<string, PlanNode>();
    for (const [value, some] of all)
      if (node.kind === 'and' || some.length === node.children.length)
        wishes.set(value, this.#combine(node.kind, [...new Set(some)]));
    return wishes;
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

function isSame(some: readonly PlanNode[], others: readonly PlanNode[]): boolean {
  return some.length === others.length && some.every((node, n) => node === others[n]);
}

function firstLeaf(node: PlanNode): PlanNode {
  switch (node.kind) {
    case 'check':
      return node;
    case 'not':
      return firstLeaf(node.child);
    default:
      return firstLeaf(node.children[0]!);
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
