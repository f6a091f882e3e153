import type { ByteString, Expr, Position } from '../engine/index.ts';
import type { MacroItem } from './items.ts';

/** A macro with the macros in it resolved. */
export interface LoadedMacro {
  readonly name: ByteString;
  condition: Expr;
  /** Whether a rule or another macro refers to it. */
  used: boolean;
  /** As it was defined. */
  readonly definition: MacroItem;
}

/** What resolving a condition gave, and which trees it took for the names of macros. */
interface Resolved {
  readonly expr: Expr;
  readonly uses: ReadonlyMap<ByteString, Expr>;
  readonly origins: readonly (readonly [Expr, ByteString])[];
}

/** Results of earlier files: a condition whose macros did not change stays the same object. */
export type ResolvedConditions = WeakMap<Expr, Resolved>;

interface Problem {
  readonly error: string;
  readonly position: Position;
}

/**
 * Replaces the names of macros in conditions by their trees. Trees are shared, not copied: a macro is the same object in all rules that use
 * it, and positions in it are those of the macro's own text.
 */
export class MacroResolver {
  readonly #macros: ReadonlyMap<ByteString, LoadedMacro>;
  readonly #known: ResolvedConditions;
  /** The trees that stand where a macro's name stood, with the macro's name (of nested ones: the outermost). */
  readonly origins = new Map<Expr, ByteString>();

  constructor(macros: ReadonlyMap<ByteString, LoadedMacro>, known: ResolvedConditions) {
    this.#macros = macros;
    this.#known = known;
  }

  /** `visibility` bounds which macros are seen. Gives the tree, or the first thing that is wrong. */
  resolve(condition: Expr, visibility: number): { readonly expr: Expr } | Problem {
    const known = this.#known.get(condition);
    if (known && this.#holds(known, visibility)) return this.#take(known);
    const run = new Resolution(this.#macros, visibility);
    const expr = run.resolve(condition);
    const problem = run.loop ?? run.unknown;
    if (problem) return problem;
    const resolved = { expr, uses: run.uses, origins: run.origins };
    this.#known.set(condition, resolved);
    return this.#take(resolved);
  }

  #holds({ uses }: Resolved, visibility: number): boolean {
    for (const [name, expr] of uses) {
      const macro = this.#macros.get(name);
      if (macro?.condition !== expr || macro.definition.index >= visibility) return false;
    }
    return true;
  }

  #take(resolved: Resolved): Resolved {
    for (const name of resolved.uses.keys()) this.#macros.get(name)!.used = true;
    for (const [expr, name] of resolved.origins) this.origins.set(expr, name);
    return resolved;
  }
}

/** Macros that use others twice double a condition each time. Falco's memory is the limit there. */
const MAX_SIZE = 250_000;

class Resolution {
  readonly #macros: ReadonlyMap<ByteString, LoadedMacro>;
  readonly #visibility: number;
  readonly #path: ByteString[] = [];
  /** Trees within macros, which are shared: each is resolved once. */
  readonly #known = new Map<Expr, Expr>();
  /** How many nodes a resolved tree has, those of shared ones each time. */
  readonly #sizes = new Map<Expr, number>();
  readonly uses = new Map<ByteString, Expr>();
  readonly origins: (readonly [Expr, ByteString])[] = [];
  /** A loop, or a condition that grows too large. */
  loop: Problem | undefined;
  unknown: Problem | undefined;

  constructor(macros: ReadonlyMap<ByteString, LoadedMacro>, visibility: number) {
    this.#macros = macros;
    this.#visibility = visibility;
  }

  resolve(expr: Expr): Expr {
    const known = this.#known.get(expr);
    if (known) return known;
    const resolved = this.#resolve(expr);
    if (this.#path.length > 0) this.#known.set(expr, resolved);
    if (this.#sizeOf(resolved) > MAX_SIZE)
      this.loop ??= {
        error: `the macros make this condition larger than ${MAX_SIZE} checks`,
        position: expr.position,
      };
    return resolved;
  }

  #sizeOf(expr: Expr): number {
    if (expr.kind === 'not') return 1 + this.#sizeOf(expr.child);
    if (expr.kind !== 'and' && expr.kind !== 'or') return 1;
    let size = this.#sizes.get(expr);
    if (size === undefined) {
      size = 1;
      for (const child of expr.children) size += this.#sizeOf(child);
      this.#sizes.set(expr, size);
    }
    return size;
  }

  #resolve(expr: Expr): Expr {
    switch (expr.kind) {
      case 'and':
      case 'or': {
        const children = expr.children.map((child) => this.resolve(child));
        return children.some((child, i) => child !== expr.children[i]) ? { ...expr, children } : expr;
      }
      case 'not': {
        const child = this.resolve(expr.child);
        return child === expr.child ? expr : { ...expr, child };
      }
      case 'identifier':
        return this.#macro(expr.name, expr);
      default:
        return expr;
    }
  }

  #macro(name: ByteString, expr: Expr): Expr {
    const { position } = expr;
    const macro = this.#macros.get(name);
    if (!macro || macro.definition.index >= this.#visibility) {
      this.unknown ??= { error: `Undefined macro '${name}' used in filter.`, position };
      return expr;
    }
    if (this.#path.includes(name)) {
      this.loop ??= { error: `reference loop in macro '${name}'`, position };
      return expr;
    }
    this.#path.push(name);
    const body = this.resolve(macro.condition);
    this.#path.pop();
    this.uses.set(name, macro.condition);
    this.origins.push([body, name]);
    return body;
  }
}
