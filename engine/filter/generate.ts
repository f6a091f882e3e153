import type { Event } from '../event.ts';
import type { FieldTest } from '../fields/define.ts';
import type { Check } from './condition.ts';
import type { Operator } from './operators.ts';
import type { PlanNode } from './plan.ts';
import { print } from './print.ts';
import { NO, UNKNOWN, ValueMemo, YES } from './value-memo.ts';

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

/** JavaScript for a list of rules, and what it names by number. */
export interface Program {
  readonly source: string;
  readonly checks: readonly Check[];
  /** The fields that are read once for several checks, each by one of these checks. */
  readonly shared: readonly Check[];
  /** The fields whose values decide parts that are remembered, each by one of its checks, with the number of these parts. */
  readonly remembered: readonly { readonly check: Check; readonly width: number }[];
}

// V8 does not optimise functions that become too large.
const MAX_LEAVES = 120;
const MAX_CHILDREN = 40;

/** Whether looking a text up is cheaper than the checks of it: the cost of a check, in comparisons, and the sum that is worth it. */
const COST: Partial<Record<Operator, number>> = {
  in: 2,
  contains: 2,
  endswith: 2,
  icontains: 8,
  glob: 4,
  iglob: 4,
  pmatch: 12,
  regex: 12,
};
const WORTH_REMEMBERING = 8;

/**
 * Writes the function that asks rules in their order: `(event) => Matches`. Parts that several rules share are functions that keep their
 * result for the event; parts that one text decides keep it for the text. No text of a rule is in the code: checks stand in a table.
 */
export function generate(rules: readonly PlannedRule[], matching: Matching): Program {
  return new Generator(rules, matching).program;
}

type Factory = (
  tests: readonly FieldTest[],
  accepts: readonly Check['accepts'][],
  reads: readonly Check['left']['get'][],
  memos: readonly ValueMemo[],
  none: Matches,
) => (event: Event) => Matches;

/** Compiles a program; undefined where a content security policy forbids it. */
export function instantiate(program: Program): ((event: Event) => Matches) | undefined {
  let factory: Factory;
  try {
    factory = new Function('tests', 'accepts', 'reads', 'memos', 'none', program.source) as Factory;
  } catch (error) {
    if (error instanceof EvalError) return undefined;
    throw error;
  }
  return factory(
    program.checks.map((check) => check.test),
    program.checks.map((check) => check.accepts),
    program.shared.map((check) => check.left.get),
    program.remembered.map(({ check, width }) => new ValueMemo(check.left.get, width)),
    NO_MATCHES,
  );
}

/** A program to read: the checks and fields behind its numbers as comments, then the code. */
export function printProgram({ source, checks, shared, remembered }: Program): string {
  const describe = (name: string, text: string) =>
    `// ${name.padEnd(5)} ${text.replace(/[^ -~]/g, (unit) => `\\x${unit.charCodeAt(0).toString(16).padStart(2, '0')}`)}`;
  return [
    ...checks.map((check, i) => describe(String(i), print(check.expr))),
    ...shared.map((check, i) => describe(`v${i}`, print(check.expr.left))),
    ...remembered.map(({ check }, i) => describe(`m${i}`, print(check.expr.left))),
    source,
  ].join('\n');
}

/** How the checks of one field are made. */
interface Use {
  checks: number;
  cost: number;
}

class Generator {
  readonly program: Program;
  readonly #uses = new Map<PlanNode, number>();
  readonly #fields = new Map<string, Use>();
  readonly #checks = new Numbers<Check>();
  readonly #shared = new Numbers<string>();
  readonly #memos = new Numbers<string>();
  readonly #kept = new Numbers<PlanNode>();
  readonly #checkOf = new Map<string, Check>();
  readonly #widths: number[] = [];
  readonly #remembered = new Map<PlanNode, string>();
  readonly #functions: string[] = [];

  constructor(rules: readonly PlannedRule[], matching: Matching) {
    for (const { plan } of rules) if (plan !== true) this.#count(plan);
    const body = this.#body(rules, matching);
    const checks = [...this.#checks.keys];
    const names = (letter: string, numbers: Numbers<unknown>) =>
      Array.from(numbers.keys, (_, n) => `${letter}${n}`);
    const stamps = [...names('n', this.#kept), ...names('r', this.#shared)];
    const source = [
      `'use strict';`,
      ...checks.map((check, n) =>
        this.#isRead(check) ? `const a${n} = accepts[${n}];` : `const t${n} = tests[${n}];`,
      ),
      ...names('g', this.#shared).map((name, n) => `const ${name} = reads[${n}];`),
      ...names('m', this.#memos).map((name, n) => `const ${name} = memos[${n}];`),
      // `no` and `yes` are the results at this event; what is smaller is of an earlier one.
      'var no = 0, yes = 1;',
      ...stamps.map((name) => `var ${name} = 0;`),
      ...names('v', this.#shared).map((name) => `var ${name};`),
      ...this.#functions,
      'return function match(event) {',
      `  if (yes >= 0x3ffffffe) { no = 0; ${stamps.map((name) => `${name} = 0; `).join('')}}`,
      '  no += 2;',
      '  yes = no + 1;',
      ...body,
      '};',
    ].join('\n');
    const remembered = Array.from(this.#memos.keys, (key, n) => ({
      check: this.#checkOf.get(key)!,
      width: this.#widths[n]!,
    }));
    const shared = Array.from(this.#shared.keys, (key) => this.#checkOf.get(key)!);
    this.program = { source, checks, shared, remembered };
  }

  /** Counts how often a part is asked for, and what the checks of a field cost. */
  #count(node: PlanNode): void {
    const uses = (this.#uses.get(node) ?? 0) + 1;
    this.#uses.set(node, uses);
    if (uses > 1) return;
    if (node.kind === 'not') this.#count(node.child);
    else if (node.kind !== 'check') node.children.forEach((child) => this.#count(child));
    else {
      const { leftKey, expr } = node.check;
      const use = this.#fields.get(leftKey) ?? { checks: 0, cost: 0 };
      use.checks++;
      use.cost += COST[expr.op] ?? 1;
      this.#fields.set(leftKey, use);
      if (!this.#checkOf.has(leftKey)) this.#checkOf.set(leftKey, node.check);
    }
  }

  // ---- rules

  #body(rules: readonly PlannedRule[], matching: Matching): string[] {
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
    const statements = chunks.map((chunk) => chunk.map((rule) => this.#rule(rule, matching)));
    const first = matching === 'first';
    const begin = first ? [] : ['  var found = none;'];
    const end = first ? '  return none;' : '  return found;';
    if (statements.length < 2) return [...begin, ...statements.flat(), end];
    const calls = statements.flatMap((lines, n) => {
      this.#functions.push(`function chunk${n}(event${first ? '' : ', found'}) {`, ...lines, end, '}');
      return first
        ? [`  var found${n} = chunk${n}(event);`, `  if (found${n} !== none) return found${n};`]
        : [`  found = chunk${n}(event, found);`];
    });
    return [...begin, ...calls, end];
  }

  #rule({ index, plan }: PlannedRule, matching: Matching): string {
    const action =
      matching === 'first'
        ? `return [${index}];`
        : `{ if (found === none) found = [${index}]; else found.push(${index}); }`;
    return plan === true ? `  ${action}` : `  if (${this.#expression(plan, '  ')}) ${action}`;
  }

  // ---- parts

  #expression(node: PlanNode, indent: string): string {
    if (this.#isRemembered(node)) return this.#rememberedCall(node);
    if (node.kind === 'not') return negate(this.#expression(node.child, indent));
    return this.#uses.get(node)! > 1 ? this.#keptCall(node) : this.#plain(node, indent);
  }

  #plain(node: PlanNode, indent: string): string {
    switch (node.kind) {
      case 'check':
        return this.#test(node.check);
      case 'not':
        return negate(this.#plain(node.child, indent));
      default: {
        const parts = node.children.map((child) => this.#expression(child, `${indent}  `));
        return this.#joined(node.kind, parts, indent);
      }
    }
  }

  #joined(kind: 'and' | 'or', parts: readonly string[], indent: string): string {
    if (parts.length > MAX_CHILDREN) {
      const groups: string[] = [];
      for (let i = 0; i < parts.length; i += MAX_CHILDREN)
        groups.push(this.#outside(this.#joined(kind, parts.slice(i, i + MAX_CHILDREN), '  ')));
      return this.#joined(kind, groups, indent);
    }
    const operator = kind === 'and' ? '&&' : '||';
    const line = parts.map(bracketed).join(` ${operator} `);
    if (line.length < 90 && !line.includes('\n')) return line;
    const deeper = `${indent}  `;
    return `\n${deeper}${parts.map(bracketed).join(` ${operator}\n${deeper}`)}\n${indent}`;
  }

  /** Puts an expression into a function of its own. */
  #outside(expression: string): string {
    const name = `p${this.#functions.length}`;
    // A line break behind `return` would end the statement.
    this.#functions.push(`function ${name}(event) {`, `  return (${expression});`, '}');
    return `${name}(event)`;
  }

  /** A part whose result is kept for the event. */
  #keptCall(node: PlanNode): string {
    const isNew = !this.#kept.has(node);
    const n = this.#kept.of(node);
    if (isNew)
      this.#functions.push(
        `function s${n}(event) {`,
        `  if (n${n} >= no) return n${n} === yes;`,
        `  var result = ${this.#plain(node, '  ')};`,
        `  n${n} = result ? yes : no;`,
        '  return result;',
        '}',
      );
    return `s${n}(event)`;
  }

  // ---- checks of one value

  /** Whether a text decides this part, and whether its checks are worth remembering the text. */
  #isRemembered({ value }: PlanNode): boolean {
    return value !== undefined && this.#fields.get(value)!.cost >= WORTH_REMEMBERING;
  }

  #rememberedCall(node: PlanNode): string {
    const known = this.#remembered.get(node);
    if (known !== undefined) return known;
    const m = this.#memos.of(node.value!);
    const place = this.#widths[m] ?? 0;
    this.#widths[m] = place + 1;
    const name = `k${this.#remembered.size}`;
    const call = `${name}(event)`;
    this.#remembered.set(node, call);
    this.#functions.push(
      `function ${name}(event) {`,
      `  var at = m${m}.locate(event, no) + ${place};`,
      `  var known = m${m}.known[at];`,
      `  if (known !== ${UNKNOWN}) return known === ${YES};`,
      `  var value = m${m}.value;`,
      `  var result = ${this.#ofValue(node, '  ')};`,
      `  m${m}.known[at] = result ? ${YES} : ${NO};`,
      '  return result;',
      '}',
    );
    return call;
  }

  /** A part that one value decides, as an expression of `value`. */
  #ofValue(node: PlanNode, indent: string): string {
    switch (node.kind) {
      case 'check':
        return `value !== undefined && a${this.#checks.of(node.check)}(value)`;
      case 'not':
        return negate(this.#ofValue(node.child, indent));
      default: {
        const parts = node.children.map((child) => this.#ofValue(child, `${indent}  `));
        const operator = node.kind === 'and' ? '&&' : '||';
        return `\n${indent}  ${parts.map(bracketed).join(` ${operator}\n${indent}  `)}\n${indent}`;
      }
    }
  }

  #isRead(check: Check): boolean {
    if (check.accepts === undefined) return false;
    const { checks, cost } = this.#fields.get(check.leftKey)!;
    return checks > 1 || (cost >= WORTH_REMEMBERING && this.#memos.has(check.leftKey));
  }

  #test(check: Check): string {
    const n = this.#checks.of(check);
    if (!this.#isRead(check)) return `t${n}(event)`;
    const isNew = !this.#shared.has(check.leftKey);
    const value = this.#shared.of(check.leftKey);
    if (isNew)
      this.#functions.push(
        `function f${value}(event) {`,
        `  if (r${value} === no) return v${value};`,
        `  r${value} = no;`,
        `  return v${value} = g${value}(event);`,
        '}',
      );
    return `f${value}(event) !== undefined && a${n}(v${value})`;
  }
}

/** Numbers things from 0 in the order in which they come. */
class Numbers<K> {
  readonly #numbers = new Map<K, number>();

  get keys(): Iterable<K> & ArrayLike<K> {
    return [...this.#numbers.keys()];
  }

  has(key: K): boolean {
    return this.#numbers.has(key);
  }

  of(key: K): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const n = this.#numbers.size;
    this.#numbers.set(key, n);
    return n;
  }
}

const isCall = (expression: string): boolean => /^!?\w+\(event\)$/.test(expression);
const bracketed = (expression: string): string => (isCall(expression) ? expression : `(${expression})`);
const negate = (expression: string): string => `!${bracketed(expression)}`;

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
