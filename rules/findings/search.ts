import type { ByteString, Expr, Operand, Position, SourcePlace, TransformerArg } from '../../engine/index.ts';
import type { MacroItem } from '../items.ts';
import type { Language } from '../language.ts';
import type { PlacedText } from './placed-text.ts';
import type { Sources } from './sources.ts';
import { escapeBefore, leftSide, tokenOf, wordAt, type Token } from './token.ts';

/** What was looked for in a condition, and where it stands: in its own text, or in that of a macro. */
export interface Found {
  readonly text: PlacedText;
  readonly token: Token;
  /** The macros that lead there, the outermost first, with the places where they are named. */
  readonly through: readonly { readonly macro: ByteString; readonly place: SourcePlace | undefined }[];
}

type Leaf = Exclude<Expr, { readonly kind: 'and' | 'or' | 'not' }>;

/** Finds in conditions what messages are about. */
export class ConditionSearch {
  readonly #sources: Sources;
  readonly #language: Language;
  readonly #macro: (name: ByteString) => MacroItem | undefined;

  constructor(sources: Sources, language: Language, macro: (name: ByteString) => MacroItem | undefined) {
    this.#sources = sources;
    this.#language = language;
    this.#macro = macro;
  }

  /** What an error or a warning is about. `source` is the event source of the rule. */
  message(text: PlacedText, message: ByteString, source: ByteString): Found | undefined {
    const undefinedName =
      /^(?:Undefined macro|reference loop in macro|filter error: unexpected identifier) '(.*?)'/s.exec(
        message,
      )?.[1];
    return this.#find(text, (leaf, { text: own }) => {
      if (leaf.kind === 'identifier')
        return leaf.name === undefinedName ? wordAt(own, leaf.position.index) : undefined;
      return this.#messages(leaf, source).includes(message) ? tokenOf(own, leaf, message) : undefined;
    });
  }

  /** Where a field is named. */
  field(text: PlacedText, name: ByteString): Found | undefined {
    return this.#find(text, (leaf, { text: own }) => {
      const position = leaf.kind === 'identifier' ? undefined : positionOfField(leaf, name);
      return position && leftSide(own, position.index);
    });
  }

  #messages(leaf: Leaf, source: ByteString): ByteString[] {
    try {
      const { warnings } = this.#language.compile(leaf, source);
      this.#language.eventTypeCount(leaf);
      return warnings.map(({ message }) => message);
    } catch (error) {
      return error instanceof Error ? [error.message] : [];
    }
  }

  #find(
    text: PlacedText,
    test: (leaf: Leaf, text: PlacedText) => Token | undefined,
    seen: ReadonlySet<ByteString> = new Set(),
  ): Found | undefined {
    let expr: Expr;
    try {
      expr = this.#language.parse(text.text);
    } catch (error) {
      if (!(error instanceof Error && 'position' in error)) return undefined;
      const { index } = error.position as Position;
      const token = escapeBefore(text.text, index, error.message) ?? wordAt(text.text, index);
      return { text, token, through: [] };
    }
    for (const leaf of leavesOf(expr)) {
      const token = test(leaf, text);
      if (token) return { text, token, through: [] };
      const macro = leaf.kind === 'identifier' && !seen.has(leaf.name) ? this.#macro(leaf.name) : undefined;
      const found = macro && this.#find(this.#sources.condition(macro), test, new Set([...seen, macro.name]));
      if (!found) continue;
      const named = wordAt(text.text, leaf.position.index);
      const place = text.place(named.index, named.length);
      return { ...found, through: [{ macro: macro.name, place }, ...found.through] };
    }
    return undefined;
  }
}

/** The checks and the names of macros in a condition, in their order. */
function leavesOf(expr: Expr): Leaf[] {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return expr.children.flatMap(leavesOf);
    case 'not':
      return leavesOf(expr.child);
    default:
      return [expr];
  }
}

function positionOfField(
  check: Exclude<Leaf, { kind: 'identifier' }>,
  name: ByteString,
): Position | undefined {
  const inOperand = (operand: Operand | TransformerArg): Position | undefined => {
    switch (operand.kind) {
      case 'field':
        return operand.name === name ? operand.position : undefined;
      case 'value':
        return undefined;
      case 'transformer':
        return operand.values.map(inOperand).find((position) => position);
      case 'transformer-list':
        return operand.children.map(inOperand).find((position) => position);
    }
  };
  const left = inOperand(check.left);
  if (left || check.kind === 'unary' || check.right.kind !== 'transformer') return left;
  return inOperand(check.right);
}
