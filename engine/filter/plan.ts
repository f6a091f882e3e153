import type { EventCode } from '../tables/types.ts';
import type { Check, Tree } from './condition.ts';
import { knownValue } from './known-values.ts';

/** A condition, or a part of one, as it is at events of one type. Equal parts of all rules are one node. */
export type PlanNode =
  | { readonly id: number; readonly kind: 'and' | 'or'; readonly children: readonly PlanNode[] }
  | { readonly id: number; readonly kind: 'not'; readonly child: PlanNode }
  | { readonly id: number; readonly kind: 'check'; readonly check: Check };

/** Makes equal conditions of many rules one. */
export class Planner {
  readonly #nodes = new Map<string, PlanNode>();

  /** A condition at events of one type: what is certain there is left out, all of it if a boolean comes back. */
  plan(tree: Tree, code: EventCode): PlanNode | boolean {
    switch (tree.kind) {
      case 'check':
        return this.#check(tree.check, code);
      case 'not':
        return this.#not(this.plan(tree.child, code));
      default:
        return this.#join(tree.kind, tree.children, code);
    }
  }

  #check(check: Check, code: EventCode): PlanNode | boolean {
    const known = check.left.field === undefined ? undefined : knownValue(check.left.field, code);
    if (known !== undefined && check.accepts !== undefined)
      return known.value !== undefined && check.accepts(known.value);
    return this.#node(check.key, (id) => ({ id, kind: 'check', check }));
  }

  #not(child: PlanNode | boolean): PlanNode | boolean {
    if (typeof child === 'boolean') return !child;
    if (child.kind === 'not') return child.child;
    return this.#node(`!${child.id}`, (id) => ({ id, kind: 'not', child }));
  }

  #join(kind: 'and' | 'or', trees: readonly Tree[], code: EventCode): PlanNode | boolean {
    const decisive = kind === 'or';
    const children: PlanNode[] = [];
    for (const tree of trees) {
      const child = this.plan(tree, code);
      if (child === decisive) return decisive;
      if (typeof child !== 'boolean' && !children.includes(child)) children.push(child);
    }
    if (children.length < 2) return children[0] ?? !decisive;
    const key = `${kind} ${children.map((child) => child.id).join(' ')}`;
    return this.#node(key, (id) => ({ id, kind, children }));
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
