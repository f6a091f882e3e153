import type { ByteString, Expr, Operand, TransformerArg } from '../engine/index.ts';

/** What a condition is made of, as `falco -L` lists it. */
export interface ConditionDetails {
  /** With their arguments: `proc.aname[2]`. */
  readonly fields: ReadonlySet<ByteString>;
  readonly operators: ReadonlySet<ByteString>;
  /** Values that `evt.type` or `evt.asynctype` is compared with. */
  readonly events: ReadonlySet<ByteString>;
  readonly macros: ReadonlySet<ByteString>;
  readonly lists: ReadonlySet<ByteString>;
}

interface Known {
  readonly macros: { has(name: ByteString): boolean };
  readonly lists: { has(name: ByteString): boolean };
}

/** Throws where a check names no field at all (`len("abc") = 3`), which Falco cannot describe; `lenient` passes over that. */
export function describeCondition(condition: Expr, known: Known, lenient = false): ConditionDetails {
  const details = new Details(known, lenient);
  details.visit(condition);
  return details;
}

class Details implements ConditionDetails {
  readonly fields = new Set<ByteString>();
  readonly operators = new Set<ByteString>();
  readonly events = new Set<ByteString>();
  readonly macros = new Set<ByteString>();
  readonly lists = new Set<ByteString>();
  readonly #known: Known;
  readonly #lenient: boolean;

  constructor(known: Known, lenient: boolean) {
    this.#known = known;
    this.#lenient = lenient;
  }

  visit(expr: Expr): void {
    switch (expr.kind) {
      case 'and':
      case 'or':
        for (const child of expr.children) this.visit(child);
        break;
      case 'not':
        this.visit(expr.child);
        break;
      case 'identifier':
        if (this.#known.macros.has(expr.name)) this.macros.add(expr.name);
        break;
      case 'unary':
        if (this.#operand(expr.left) === undefined && !this.#lenient)
          throw new Error("can't find field info in unary check expression");
        this.operators.add(expr.op);
        break;
      case 'binary': {
        const field = this.#operand(expr.left);
        if (field === undefined && !this.#lenient)
          throw new Error("can't find field info in binary check expression");
        this.operators.add(expr.modifier === undefined ? expr.op : `${expr.op} ${expr.modifier}`);
        const isEvent = field === 'evt.type' || field === 'evt.asynctype';
        const { right } = expr;
        if (right.kind === 'value') {
          if (isEvent) this.events.add(right.value);
        } else if (right.kind === 'list') {
          for (const value of right.values)
            if (this.#known.lists.has(value)) this.lists.add(value);
            else if (isEvent) this.events.add(value);
        } else this.#operand(right, isEvent);
      }
    }
  }

  /** The last field in the operand. `events`: constants are names of events. */
  #operand(operand: Operand | TransformerArg, events = false): ByteString | undefined {
    switch (operand.kind) {
      case 'field': {
        const name = operand.arg ? `${operand.name}[${operand.arg}]` : operand.name;
        this.fields.add(name);
        return name;
      }
      case 'transformer':
      case 'transformer-list': {
        let last: ByteString | undefined;
        for (const part of operand.kind === 'transformer' ? operand.values : operand.children)
          last = this.#operand(part, events) ?? last;
        return last;
      }
      case 'value':
        if (events) this.events.add(operand.value);
        return undefined;
    }
  }
}
