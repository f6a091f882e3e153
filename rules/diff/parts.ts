import type {
  BinaryCheck,
  ByteString,
  Expr,
  IdentifierExpr,
  ListExpr,
  UnaryCheck,
} from '../../engine/index.ts';

/** A check, or the name of a macro. */
export type Leaf = UnaryCheck | BinaryCheck | IdentifierExpr;

/** A check against the items of a list. */
export type ListCheck = BinaryCheck & { readonly right: ListExpr };

/**
 * A condition without what makes no difference: brackets round an `and` in an `and` or an `or` in an `or`, and pairs of `not`. Equal parts are
 * one object.
 */
export type Part =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Part[] }
  | { readonly kind: 'not'; readonly part: Part }
  | { readonly kind: 'check'; readonly check: Leaf };

/** Makes the parts of conditions that are to be compared: all with one table, so that equal parts are found equal. */
export class PartTable {
  readonly #known = new Map<string, Part>();
  readonly #numbers = new Map<Part, number>();
  /** Trees of macros are shared by the conditions that use them. */
  readonly #made = new WeakMap<Expr, Part>();

  partOf(expr: Expr): Part {
    const made = this.#made.get(expr) ?? this.#make(expr);
    this.#made.set(expr, made);
    return made;
  }

  #make(expr: Expr): Part {
    switch (expr.kind) {
      case 'and':
      case 'or': {
        const parts = expr.children.flatMap((child) => {
          const part = this.partOf(child);
          return part.kind === expr.kind ? part.parts : [part];
        });
        return this.#one(`${expr.kind} ${parts.map((part) => this.#numbers.get(part)).join(' ')}`, {
          kind: expr.kind,
          parts,
        });
      }
      case 'not': {
        const part = this.partOf(expr.child);
        return part.kind === 'not'
          ? part.part
          : this.#one(`not ${this.#numbers.get(part)}`, { kind: 'not', part });
      }
      default:
        return this.#one(textOf(expr), { kind: 'check', check: expr });
    }
  }

  #one(key: string, part: Part): Part {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, part);
    this.#numbers.set(part, this.#numbers.size);
    return part;
  }
}

/** Everything of a check but its place. */
const textOf = (check: Leaf): string =>
  JSON.stringify(check, (key, value: unknown) => (key === 'position' ? undefined : value));

/** Whether a check compares with a list: then its items are compared one by one. */
export const isListCheck = (check: Leaf): check is ListCheck =>
  check.kind === 'binary' && check.right.kind === 'list';

/** What a check is about: equal for checks that differ in the items of their lists only. */
export const subjectOf = (check: Leaf): string =>
  textOf(isListCheck(check) ? { ...check, right: { ...check.right, values: [] } } : check);

/** What is in one set of texts, in its order, and not in another. */
export function without(texts: readonly ByteString[], others: readonly ByteString[]): ByteString[] {
  const known = new Set(others);
  return [...new Set(texts)].filter((text) => !known.has(text));
}
