import type { Check } from './condition.ts';
import type { Operator } from './operators.ts';
import { subjectOf, type PlanNode } from './plan.ts';
import type { Matching, Program } from './program.ts';
import { isTabled } from './text-table.ts';
import { NO, UNKNOWN, YES } from './value-memo.ts';

/** A rule at events of one type: its index, and what is left to check. */
export interface PlannedRule {
  readonly index: number;
  readonly plan: PlanNode | true;
}

// V8 does not optimise functions that become too large.
const MAX_RULES = 250;
const MAX_CHILDREN = 40;
/** So many checks of one value are worth a table. */
const WORTH_A_TABLE = 4;
/** A rule with more checks than this has a function of its own. */
const MAX_LEAVES = 12;

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

/** How the checks are made that one value or subject decides. */
interface Use {
  cost: number;
  /** One of the checks. */
  readonly check: Check;
}

class Generator {
  readonly program: Program;
  readonly #uses = new Map<PlanNode, number>();
  /** Numbers of checks of each field. */
  readonly #fields = new Map<string, number>();
  readonly #values = new Map<string, Use>();
  readonly #checks = new Numbers<Check>();
  readonly #tables = new Numbers<readonly Check[]>();
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
      ...names('e', this.#tables).map((name, n) => `const ${name} = tables[${n}];`),
      ...names('g', this.#shared).map((name, n) => `const ${name} = reads[${n}];`),
      ...names('m', this.#memos).map((name, n) => `const ${name} = memos[${n}];`),
      // `no` and `yes` are the results at this event; what is smaller is of an earlier one.
      'var no = 0, yes = 1;',
      ...stamps.map((name) => `var ${name} = 0;`),
      ...names('v', this.#shared).map((name) => `var ${name};`),
      ...this.#functions,
      'function restart() {',
      ...['no', ...stamps].map((name) => `  ${name} = 0;`),
      ...names('m', this.#memos).map((name) => `  ${name}.restart();`),
      '}',
      'return function match(event) {',
      '  if (yes >= 0x3ffffffe) restart();',
      '  no += 2;',
      '  yes = no + 1;',
      ...body,
      '};',
    ].join('\n');
    const remembered = Array.from(this.#memos.keys, (key, n) => ({
      check: this.#values.get(key)!.check,
      width: this.#widths[n]!,
    }));
    const shared = Array.from(this.#shared.keys, (key) => this.#checkOf.get(key)!);
    this.program = { source, checks, tables: [...this.#tables.keys], shared, remembered };
  }

  /** Counts how often a part is asked for, and what the checks of a field cost. */
  #count(node: PlanNode): void {
    const uses = (this.#uses.get(node) ?? 0) + 1;
    this.#uses.set(node, uses);
    if (uses > 1) return;
    if (node.kind === 'not') this.#count(node.child);
    else if (node.kind !== 'check') node.children.forEach((child) => this.#count(child));
    else {
      const { check, value } = node;
      const { leftKey, expr } = check;
      this.#fields.set(leftKey, (this.#fields.get(leftKey) ?? 0) + 1);
      if (!this.#checkOf.has(leftKey)) this.#checkOf.set(leftKey, check);
      if (value === undefined) return;
      const use = this.#values.get(value) ?? { cost: 0, check };
      use.cost += COST[expr.op] ?? 1;
      this.#values.set(value, use);
    }
  }

  // ---- rules

  #body(rules: readonly PlannedRule[], matching: Matching): string[] {
    const first = matching === 'first';
    const begin = first ? [] : ['  var found = none;'];
    const end = first ? '  return none;' : '  return found;';
    if (rules.length <= MAX_RULES) return [...begin, ...this.#rules(rules, matching), end];
    const calls: string[] = [];
    for (let i = 0; i < rules.length; i += MAX_RULES) {
      const lines = this.#rules(rules.slice(i, i + MAX_RULES), matching);
      const name = `chunk${i / MAX_RULES}`;
      this.#functions.push(`function ${name}(event${first ? '' : ', found'}) {`, ...lines, end, '}');
      if (first)
        calls.push(
          `  var ${name}found = ${name}(event);`,
          `  if (${name}found !== none) return ${name}found;`,
        );
      else calls.push(`  found = ${name}(event, found);`);
    }
    return [...begin, ...calls, end];
  }

  /**
   * One statement for each rule. What several of them ask first is asked once before them all; where that goes for all rules, nothing is left to
   * do if all answers are no.
   */
  #rules(rules: readonly PlannedRule[], matching: Matching): string[] {
    const names = new Map<PlanNode, string>();
    const asked = sharedLeads(rules).map((lead, n) => {
      names.set(lead, `x${n}`);
      return `  var x${n} = ${this.#expression(lead, '  ')};`;
    });
    if (rules.every(({ plan }) => plan !== true && leads(plan).some((node) => names.has(node))))
      asked.push(
        `  if (${[...names.values()].map((name) => `!${name}`).join(' && ')}) return ${nothing(matching)};`,
      );
    return [...asked, ...rules.map((rule) => this.#rule(rule, matching, names))];
  }

  #rule({ index, plan }: PlannedRule, matching: Matching, names: ReadonlyMap<PlanNode, string>): string {
    const action =
      matching === 'first'
        ? `return [${index}];`
        : `{ if (found === none) found = [${index}]; else found.push(${index}); }`;
    if (plan === true) return `  ${action}`;
    const lead = leads(plan).find((node) => names.has(node));
    if (lead === undefined) return `  if (${this.#expression(plan, '  ')}) ${action}`;
    const parts = behind(plan, lead).map((part) => this.#expression(part, '    '));
    if (parts.length === 0) return `  if (${names.get(lead)!}) ${action}`;
    const rest = this.#joined('and', parts, '  ');
    const isLarge = countLeaves(plan) > MAX_LEAVES;
    return `  if (${names.get(lead)!} && ${isLarge ? this.#outside(rest) : bracketed(rest)}) ${action}`;
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
    return value !== undefined && this.#values.get(value)!.cost >= WORTH_REMEMBERING;
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
      ...(this.#isOfSubject(node)
        ? [`  var result = ${this.#ofSubject(node, '  ')};`]
        : [`  var value = m${m}.value;`, `  var result = ${this.#ofValue(node, '  ')};`]),
      `  m${m}.known[at] = result ? ${YES} : ${NO};`,
      '  return result;',
      '}',
    );
    return call;
  }

  #isOfSubject({ value }: PlanNode): boolean {
    return subjectOf(this.#values.get(value!)!.check) !== undefined;
  }

  /** A part that one subject decides: its checks read their fields themselves. */
  #ofSubject(node: PlanNode, indent: string): string {
    switch (node.kind) {
      case 'check':
        return this.#test(node.check);
      case 'not':
        return negate(this.#ofSubject(node.child, indent));
      default: {
        const { tables, others } = withTables(node);
        const parts = [
          ...tables.map((table) => this.#accepted(table[0]!, `e${this.#tables.of(table)}`)),
          ...others.map((child) => this.#ofSubject(child, `${indent}  `)),
        ];
        return this.#joined(node.kind, parts, indent);
      }
    }
  }

  /** A part that one value decides, as an expression of `value`. */
  #ofValue(node: PlanNode, indent: string): string {
    switch (node.kind) {
      case 'check':
        return `value !== undefined && a${this.#checks.of(node.check)}(value)`;
      case 'not':
        return negate(this.#ofValue(node.child, indent));
      default: {
        const { tables, others } = withTables(node);
        const parts = [
          ...tables.map((table) => `value !== undefined && e${this.#tables.of(table)}(value)`),
          ...others.map((child) => this.#ofValue(child, `${indent}  `)),
        ];
        const operator = node.kind === 'and' ? '&&' : '||';
        return `\n${indent}  ${parts.map(bracketed).join(` ${operator}\n${indent}  `)}\n${indent}`;
      }
    }
  }

  #isRead(check: Check): boolean {
    if (check.accepts === undefined) return false;
    return this.#fields.get(check.leftKey)! > 1 || this.#memos.has(check.leftKey);
  }

  #test(check: Check): string {
    const n = this.#checks.of(check);
    return this.#isRead(check) ? this.#accepted(check, `a${n}`) : `t${n}(event)`;
  }

  /** Asks a function whether it accepts the value that a check reads, which is read once for an event. */
  #accepted(check: Check, accepts: string): string {
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
    return `f${value}(event) !== undefined && ${accepts}(v${value})`;
  }
}

/** The parts of a node, of which one value decides all. In an `or`, checks of one field that a table answers together stand by field. */
function withTables(node: PlanNode & { readonly kind: 'and' | 'or' }): {
  readonly tables: readonly (readonly Check[])[];
  readonly others: readonly PlanNode[];
} {
  if (node.kind === 'and') return { tables: [], others: node.children };
  const parts = new Set<PlanNode>();
  const byField = new Map<string, Set<Check>>();
  const sort = (part: PlanNode): void => {
    if (part.kind === 'or') part.children.forEach(sort);
    else parts.add(part);
    if (part.kind !== 'check' || !isTabled(part.check)) return;
    const { check } = part;
    const checks = byField.get(check.leftKey);
    if (checks === undefined) byField.set(check.leftKey, new Set([check]));
    else checks.add(check);
  };
  sort(node);
  const tables = [...byField.values()].filter(({ size }) => size >= WORTH_A_TABLE);
  const tabled = new Set(tables.flatMap((checks) => [...checks]));
  return {
    tables: tables.map((checks) => [...checks]),
    others: [...parts].filter((part) => part.kind !== 'check' || !tabled.has(part.check)),
  };
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

const nothing = (matching: Matching): string => (matching === 'first' ? 'none' : 'found');

/** What more than one rule asks first. */
function sharedLeads(rules: readonly PlannedRule[]): PlanNode[] {
  const counts = new Map<PlanNode, number>();
  for (const { plan } of rules)
    if (plan !== true) for (const lead of leads(plan)) counts.set(lead, (counts.get(lead) ?? 0) + 1);
  const isShared = (node: PlanNode): boolean => counts.get(node)! > 1;
  return [...new Set(rules.flatMap(({ plan }) => (plan === true ? [] : (leads(plan).find(isShared) ?? []))))];
}

/** What a rule asks first: the rule, its first part, the first part of this … */
function leads(plan: PlanNode): PlanNode[] {
  return plan.kind === 'and' ? [plan, ...leads(plan.children[0]!)] : [plan];
}

/** What is left of a rule when its lead is known to be true. */
function behind(plan: PlanNode, lead: PlanNode): readonly PlanNode[] {
  if (plan === lead || plan.kind !== 'and') return [];
  const [first, ...rest] = plan.children as [PlanNode, ...PlanNode[]];
  return [...behind(first, lead), ...rest];
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
