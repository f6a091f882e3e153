import type { FieldTest, Extracted } from '../fields/define.ts';
import type { Event } from '../event.ts';
import type { Check } from './condition.ts';
import type { PlanNode } from './plan.ts';
import { print } from './print.ts';

/** Indexes of the rules that match an event, in load order. Valid until the next event is asked for. */
export type Matches = readonly number[];

/** Whether the first rule that matches ends the search, as with Falco's `rule_matching: first`. */
export type Matching = 'first' | 'all';

/** A rule at events of one type: its index, and what is left to check. */
export interface PlannedRule {
  readonly index: number;
  readonly plan: PlanNode | true;
}

/** What no rule matching gives. */
export const NO_MATCHES: Matches = Object.freeze([]);

/** JavaScript for a list of rules, and the checks that it names by number. */
export interface Program {
  readonly source: string;
  readonly checks: readonly Check[];
  /** For each value that is read once for several checks: one of these checks. */
  readonly values: readonly Check[];
}

// V8 does not optimise functions that become too large.
const MAX_LEAVES = 120;
const MAX_CHILDREN = 40;

/**
 * Writes the function that asks rules in their order: `(event) => Matches`. Parts that several rules share are functions that keep their
 * result for the event, a value that several checks share is read once. No text of a rule is in the code: checks stand in a table.
 */
export function generate(rules: readonly PlannedRule[], matching: Matching): Program {
  return new Generator(rules, matching).program;
}

/** Compiles a program; undefined where a content security policy forbids it. */
export function instantiate({ source, checks, values }: Program): ((event: Event) => Matches) | undefined {
  let factory: (
    tests: readonly FieldTest[],
    accepts: readonly Check['accepts'][],
    reads: readonly ((event: Event) => Extracted)[],
    none: Matches,
  ) => (event: Event) => Matches;
  try {
    factory = new Function('tests', 'accepts', 'reads', 'none', source) as typeof factory;
  } catch (error) {
    if (error instanceof EvalError) return undefined;
    throw error;
  }
  return factory(
    checks.map((check) => check.test),
    checks.map((check) => check.accepts),
    values.map((check) => check.left.get),
    NO_MATCHES,
  );
}

/** A program to read: the checks and values behind its numbers as comments, then the code. */
export function printProgram({ source, checks, values }: Program): string {
  const describe = (name: string, text: string) =>
    `// ${name}  ${text.replace(/[^ -~]/g, (unit) => `\\x${unit.charCodeAt(0).toString(16).padStart(2, '0')}`)}`;
  return [
    ...checks.map((check, i) => describe(`${i}`.padStart(4), print(check.expr))),
    ...values.map((check, i) => describe(`v${i}`.padStart(4), print(check.expr.left))),
    source,
  ].join('\n');
}

class Generator {
  readonly program: Program;
  readonly #uses = new Map<PlanNode, number>();
  readonly #readers = new Map<string, number>();
  readonly #checks: Check[] = [];
  readonly #values: Check[] = [];
  readonly #checkNumbers = new Map<PlanNode, number>();
  readonly #valueNumbers = new Map<string, number>();
  readonly #shared = new Map<PlanNode, number>();
  readonly #functions: string[] = [];

  constructor(rules: readonly PlannedRule[], matching: Matching) {
    for (const { plan } of rules) if (plan !== true) this.#count(plan);
    const chunks = this.#chunks(rules, matching);
    const stamps = [...this.#shared.values()].map((n) => `n${n}`);
    const reads = this.#values.map((_, n) => `r${n}`);
    const declare = (names: readonly string[], value: string) =>
      names.length === 0 ? [] : [`var ${names.map((name) => `${name} = ${value}`).join(', ')};`];
    const source = [
      `'use strict';`,
      ...this.#checks.flatMap((check, n) =>
        this.#isRead(check) ? `const a${n} = accepts[${n}];` : `const t${n} = tests[${n}];`,
      ),
      ...this.#values.map((_, n) => `const g${n} = reads[${n}];`),
      // `no` and `yes` are the results of this event; what is smaller is of an earlier one.
      'var no = 0, yes = 1;',
      ...declare(stamps, '0'),
      ...declare(reads, '0'),
      ...declare(
        this.#values.map((_, n) => `v${n}`),
        'undefined',
      ),
      ...this.#functions,
      'return function match(event) {',
      `  if (yes >= 0x3ffffffe) { no = 0; ${[...stamps, ...reads].map((name) => `${name} = 0; `).join('')}}`,
      '  no += 2;',
      '  yes = no + 1;',
      ...chunks,
      '};',
    ].join('\n');
    this.program = { source, checks: this.#checks, values: this.#values };
  }

  /** Counts how often a part is asked for, and how many checks read a value. */
  #count(node: PlanNode): void {
    const uses = (this.#uses.get(node) ?? 0) + 1;
    this.#uses.set(node, uses);
    if (uses > 1) return;
    if (node.kind === 'check') {
      const { leftKey } = node.check;
      this.#readers.set(leftKey, (this.#readers.get(leftKey) ?? 0) + 1);
    } else if (node.kind === 'not') this.#count(node.child);
    else node.children.forEach((child) => this.#count(child));
  }

  #chunks(rules: readonly PlannedRule[], matching: Matching): string[] {
    const chunks: PlannedRule[][] = [];
    let leaves = Infinity;
    for (const rule of rules) {
      const weight = rule.plan === true ? 1 : countLeaves(rule.plan);
      leaves += weight;
      if (leaves > MAX_LEAVES) {
        chunks.push([]);
        leaves = weight;
      }
      chunks.at(-1)!.push(rule);
    }
    const statements = chunks.map((chunk) => chunk.flatMap((rule) => this.#rule(rule, matching)));
    const result = matching === 'first' ? 'none' : 'found';
    const begin = matching === 'first' ? [] : ['  var found = none;'];
    if (statements.length < 2) return [...begin, ...statements.flat(), `  return ${result};`];
    statements.forEach((lines, n) =>
      this.#functions.push(
        `function chunk${n}(event${matching === 'first' ? '' : ', found'}) {`,
        ...lines,
        `  return ${result};`,
        '}',
      ),
    );
    const calls = statements.map((_, n) =>
      matching === 'first'
        ? `  var found${n} = chunk${n}(event);\n  if (found${n} !== none) return found${n};`
        : `  found = chunk${n}(event, found);`,
    );
    return [...begin, ...calls, `  return ${result};`];
  }

  #rule({ index, plan }: PlannedRule, matching: Matching): string[] {
    const action =
      matching === 'first'
        ? `return [${index}];`
        : `{ if (found === none) found = [${index}]; else found.push(${index}); }`;
    return [plan === true ? `  ${action}` : `  if (${this.#expression(plan, '  ')}) ${action}`];
  }

  #expression(node: PlanNode, indent: string): string {
    const shared = this.#uses.get(node)! > 1 && node.kind !== 'not';
    return shared ? `s${this.#sharedNumber(node)}(event)` : this.#plain(node, indent);
  }

  #plain(node: PlanNode, indent: string): string {
    switch (node.kind) {
      case 'check':
        return this.#test(node, node.check);
      case 'not': {
        const inner = this.#expression(node.child, indent);
        return /^\w+\(.*\)$/.test(inner) && !inner.includes(' ') ? `!${inner}` : `!(${inner})`;
      }
      default:
        return this.#joined(node.kind, node.children, indent);
    }
  }

  #joined(kind: 'and' | 'or', children: readonly PlanNode[], indent: string): string {
    const operator = kind === 'and' ? '&&' : '||';
    if (children.length > MAX_CHILDREN) {
      const groups: string[] = [];
      for (let i = 0; i < children.length; i += MAX_CHILDREN)
        groups.push(this.#outside(this.#joined(kind, children.slice(i, i + MAX_CHILDREN), '  ')));
      return groups.join(` ${operator} `);
    }
    const deeper = `${indent}  `;
    const parts = children.map((child) => {
      const text = this.#expression(child, deeper);
      return text.includes(' ') && !text.startsWith('!') ? `(${text})` : text;
    });
    const line = parts.join(` ${operator} `);
    return line.length < 90 && !line.includes('\n')
      ? line
      : `\n${deeper}${parts.join(` ${operator}\n${deeper}`)}\n${indent}`;
  }

  /** Puts an expression into a function of its own. */
  #outside(expression: string): string {
    const name = `p${this.#functions.length}`;
    this.#functions.push(`function ${name}(event) {`, `  return ${expression};`, '}');
    return `${name}(event)`;
  }

  #sharedNumber(node: PlanNode): number {
    const known = this.#shared.get(node);
    if (known !== undefined) return known;
    const n = this.#shared.size;
    this.#shared.set(node, n);
    const expression = this.#plain(node, '  ');
    this.#functions.push(
      `function s${n}(event) {`,
      `  if (n${n} >= no) return n${n} === yes;`,
      `  var result = ${expression};`,
      `  n${n} = result ? yes : no;`,
      '  return result;',
      '}',
    );
    return n;
  }

  #isRead(check: Check): boolean {
    return check.accepts !== undefined && this.#readers.get(check.leftKey)! > 1;
  }

  #test(node: PlanNode, check: Check): string {
    let n = this.#checkNumbers.get(node);
    if (n === undefined) {
      n = this.#checks.push(check) - 1;
      this.#checkNumbers.set(node, n);
    }
    if (!this.#isRead(check)) return `t${n}(event)`;
    const value = this.#valueNumber(check);
    return `(f${value}(event) !== undefined && a${n}(v${value}))`;
  }

  #valueNumber(check: Check): number {
    const known = this.#valueNumbers.get(check.leftKey);
    if (known !== undefined) return known;
    const n = this.#values.push(check) - 1;
    this.#valueNumbers.set(check.leftKey, n);
    this.#functions.push(
      `function f${n}(event) {`,
      `  if (r${n} === no) return v${n};`,
      `  r${n} = no;`,
      `  return v${n} = g${n}(event);`,
      '}',
    );
    return n;
  }
}

function countLeaves(node: PlanNode): number {
  switch (node.kind) {
    case 'check':
      return 1;
    case 'not':
      return countLeaves(node.child);
    default:
      return node.children.reduce((sum, child) => sum + countLeaves(child), 0);
  }
}
