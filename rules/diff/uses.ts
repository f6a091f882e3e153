import type { ByteString, Expr } from '../../engine/index.ts';
import type { Language } from '../language.ts';
import { substituteLists } from '../lists.ts';
import type { Definitions } from '../condition-checker.ts';

/** Finds which macros and lists conditions use, also by way of others. */
export class Uses {
  readonly #definitions: Definitions;
  readonly #language: Language;
  readonly #ofMacros = new Map<ByteString, ReadonlySet<string>>();

  constructor(definitions: Definitions, language: Language) {
    this.#definitions = definitions;
    this.#language = language;
  }

  /** What a condition names, as `macro NAME` and `list NAME`. `text` is as written, lists not yet replaced. */
  of(text: ByteString): ReadonlySet<string> {
    const { macros, lists } = this.#definitions;
    const uses = new Set<string>();
    const copies = Array.from(lists.values(), (list) => ({ ...list, used: false }));
    const substituted = substituteLists(text, copies);
    for (const { name, used } of copies) if (used) this.#addList(name, uses);
    for (const name of namesIn(this.#language.parse(substituted))) {
      if (!macros.has(name)) continue;
      uses.add(`macro ${name}`);
      for (const use of this.#ofMacro(name)) uses.add(use);
    }
    return uses;
  }

  #addList(name: ByteString, uses: Set<string>): void {
    if (uses.has(`list ${name}`)) return;
    uses.add(`list ${name}`);
    for (const item of this.#definitions.lists.get(name)!.definition.items)
      if (this.#definitions.lists.has(item)) this.#addList(item, uses);
  }

  #ofMacro(name: ByteString): ReadonlySet<string> {
    const known = this.#ofMacros.get(name);
    if (known !== undefined) return known;
    const uses = this.of(this.#definitions.macros.get(name)!.definition.condition);
    this.#ofMacros.set(name, uses);
    return uses;
  }
}

function namesIn(expr: Expr): readonly ByteString[] {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return expr.children.flatMap(namesIn);
    case 'not':
      return namesIn(expr.child);
    case 'identifier':
      return [expr.name];
    default:
      return [];
  }
}
