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

/**
 * Replaces the names of macros in conditions by their trees. Trees are shared, not copied: a macro is the same object in all rules that use
 * it, and positions in it are those of the macro's own text.
 */
export class MacroResolver {
  readonly #macros: ReadonlyMap<ByteString, LoadedMacro>;
  /** The trees that stand where a macro's name stood, with the macro's name (of nested ones: the outermost). */
  readonly origins = new Map<Expr, ByteString>();

  constructor(macros: ReadonlyMap<ByteString, LoadedMacro>) {
    this.#macros = macros;
  }

  /** `visibility` bounds which macros are seen. Gives the tree, or the first thing that is wrong. */
  resolve(condition: Expr, visibility: number): { expr: Expr } | { error: string; position: Position } {
    const run = new Resolution(this.#macros, visibility, this.origins);
    const expr = run.resolve(condition);
    const problem = run.loop ?? run.unknown;
    if (problem) return problem;
    for (const name of run.resolved) this.#macros.get(name)!.used = true;
    return { expr };
  }
}

class Resolution {
  readonly #macros: ReadonlyMap<ByteString, LoadedMacro>;
  readonly #visibility: number;
  readonly #origins: Map<Expr, ByteString>;
  readonly #path: ByteString[] = [];
  readonly resolved = new Set<ByteString>();
  loop: { error: string; position: Position } | undefined;
  unknown: { error: string; position: Position } | undefined;

  constructor(
    macros: ReadonlyMap<ByteString, LoadedMacro>,
    visibility: number,
    origins: Map<Expr, ByteString>,
  ) {
    this.#macros = macros;
    this.#visibility = visibility;
    this.#origins = origins;
  }

  resolve(expr: Expr): Expr {
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
    this.resolved.add(name);
    this.#origins.set(body, name);
    return body;
  }
}
