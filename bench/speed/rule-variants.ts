import { stringify } from 'yaml';
import {
  bindField,
  fromBytes,
  print,
  type BinaryCheck,
  type ByteString,
  type Expr,
} from '../../engine/index.ts';
import type { LoadedRule } from '../../rules/index.ts';

/**
 * A rule file with so many variants of each rule, as if a team had written them: the same shape, but other constants, so that hardly a check is equal to one of
 * another variant. Every list of strings gets one more entry, which leaves the meaning as it was, about half of the single strings another ending, and each condition an exception of its own. Macros are resolved
 * first, so nothing is shared by name either.
 */
export function ruleVariants(rules: readonly LoadedRule[], count: number): string {
  const enabled = rules.filter((rule) => rule.enabled);
  const variants = Array.from({ length: count }, (_, i) =>
    enabled.map((rule) => variant(rule, i + 1)),
  ).flat();
  return stringify(variants, { lineWidth: 0 });
}

function variant({ name, desc, condition, priority, tags, definition }: LoadedRule, number: number) {
  return {
    rule: `${fromBytes(name)} (variant ${number})`,
    desc: fromBytes(desc),
    condition: `${fromBytes(new Varier(number).print(condition.expr))} and not proc.name = other-v${number}`,
    output: fromBytes(definition.output),
    priority,
    tags: tags.map(fromBytes),
  };
}

/** Fields whose values come from a fixed set: with another constant a check would not be another check, but a mistake. */
const FIXED =
  /^(evt(?!\.args?\b)|syscall)\.|^container\.(id|type)$|^fd\.(type|typechar|sockfamily|l4proto|is_server)$/;

class Varier {
  readonly #number: number;
  readonly #ending: string;
  /** Single strings so far. */
  #singles = 0;

  constructor(number: number) {
    this.#number = number;
    this.#ending = `-v${number}`;
  }

  /** The text of the varied condition. Falco's own form leaves out quotes that are needed to read it again. */
  print(expr: Expr): ByteString {
    switch (expr.kind) {
      case 'and':
      case 'or':
        return `(${expr.children.map((child) => this.print(child)).join(` ${expr.kind} `)})`;
      case 'not':
        return `not ${this.print(expr.child)}`;
      case 'binary':
        return this.#printCheck(expr);
      default:
        return print(expr);
    }
  }

  #printCheck(check: BinaryCheck): ByteString {
    const { left, op, modifier, right } = check;
    if (right.kind === 'transformer') return print(check);
    const start = `${print(left)} ${op}${modifier === undefined ? '' : ` ${modifier}`}`;
    if (!isVariable(check))
      return op === 'regex' && right.kind !== 'list' ? `${start} ${quote(right.value)}` : print(check);
    if (right.kind === 'list')
      return `${start} (${[...right.values, `other${this.#ending}`].map(quote).join(', ')})`;
    return `${start} ${quote(this.#isNextVaried() ? right.value + this.#ending : right.value)}`;
  }

  /** The first single string is another in every variant, later ones in every other. */
  #isNextVaried(): boolean {
    const single = this.#singles++;
    return single === 0 || (single + this.#number) % 2 === 0;
  }
}

function isVariable({ left, op }: BinaryCheck): boolean {
  if (left.kind !== 'field' || FIXED.test(left.name) || op === 'regex' || op.startsWith('b')) return false;
  const field = bindField(left.name, left.arg);
  return field !== undefined && !('error' in field) && field.type === 'CHARBUF';
}

/** In Falco's quotes a backslash and a blank are a backslash; two backslashes are too, but not before the closing quote. */
const quote = (value: ByteString): ByteString =>
  `"${value.replace(/[\\"]/g, (unit) => (unit === '"' ? '\\"' : '\\ '))}"`;
