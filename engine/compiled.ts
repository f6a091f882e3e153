import type { ByteString } from './bytes.ts';
import type { Check } from './filter/condition.ts';
import type { PlannedRule } from './filter/generate.ts';
import { aboutOf, printPlan, subjectOf, type Group, type PlanNode } from './filter/plan.ts';
import { print } from './filter/print.ts';
import type { Program } from './filter/program.ts';
import type { EventCode } from './tables/types.ts';

/** What the rules of one source become at events of one type, to be looked at. */
export interface CompiledRules {
  readonly code: EventCode;
  /**
   * JavaScript for all of them together: the body of a function of the constants, which gives the function that is asked about events. Events go through the
   * same code in groups of rules, where a question does not rule these out. Nothing of a rule's text is in it.
   */
  readonly source: string;
  /** What the code names by number, in its order. */
  readonly constants: readonly Constant[];
  /** The rules that can match such events, in the order in which they are asked. */
  readonly rules: readonly CompiledRule[];
}

/** Something that the code names. */
export interface Constant {
  /** As in the code: `t3`, `a3`, `e0`, `g0`, `m0`. */
  readonly name: string;
  /** A check of an event (`t`) or of a value that was read (`a`), or several of which one must hold (`e`); a field to read (`g`); what is remembered of a value (`m`). */
  readonly kind: 'check' | 'field' | 'memory';
  /** The check as it stands in a condition, the field, or what the values are of. */
  readonly text: ByteString;
  /** Indexes of the rules with this check; none for other kinds. */
  readonly rules: readonly number[];
}

/** A rule at events of one type. */
export interface CompiledRule {
  readonly index: number;
  /** Those that are left at these events, each once; none if the rule matches every such event. */
  readonly checks: readonly CompiledCheck[];
  readonly question: Question | undefined;
}

export interface CompiledCheck {
  readonly text: ByteString;
  /** Indexes of the other rules that make the same check at these events. */
  readonly shared: readonly number[];
}

/** What is asked before several rules, and rules them all out if the answer is no. */
export interface Question {
  /** The field that it asks for; `fd` where it asks for several fields of an fd. */
  readonly about: ByteString;
  readonly text: ByteString;
  /** Indexes of all rules that it rules out. */
  readonly rules: readonly number[];
}

/** Describes a program, the rules that it was made of, and what rules several of these out. */
export function describeProgram(
  code: EventCode,
  program: Program,
  planned: readonly PlannedRule[],
  groups: readonly Group[],
): CompiledRules {
  const makers = new Map<Check, number[]>();
  const questions = new Map<number, Question>();
  for (const { question, members } of groups) {
    const rules = members.map((n) => planned[n]!.index);
    const asked = { about: aboutOf(question)!, text: printPlan(question), rules };
    for (const index of rules) questions.set(index, asked);
  }
  const checks = planned.map(({ plan }) => (plan === true ? [] : checksOf(plan)));
  planned.forEach(({ index }, n) => {
    for (const check of checks[n]!) listIn(makers, check).push(index);
  });
  return {
    code,
    source: program.source,
    constants: constantsOf(program, makers),
    rules: planned.map(({ index }, n) => ({
      index,
      checks: checks[n]!.map((check) => ({
        text: print(check.expr),
        shared: makers.get(check)!.filter((other) => other !== index),
      })),
      question: questions.get(index),
    })),
  };
}

function listIn<K>(map: Map<K, number[]>, key: K): number[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}

/** The checks of a plan, each once. */
function checksOf(node: PlanNode, found = new Set<Check>()): Check[] {
  if (node.kind === 'check') found.add(node.check);
  else for (const child of node.kind === 'not' ? [node.child] : node.children) checksOf(child, found);
  return [...found];
}

function constantsOf(
  { source, checks, tables, shared, remembered }: Program,
  makers: ReadonlyMap<Check, readonly number[]>,
): Constant[] {
  const lines = new Set(source.split('\n'));
  return [
    ...checks.map((check, n): Constant => {
      const name = lines.has(`const a${n} = accepts[${n}];`) ? `a${n}` : `t${n}`;
      return { name, kind: 'check', text: print(check.expr), rules: makers.get(check) ?? [] };
    }),
    ...tables.map((some, n): Constant => {
      const rules = new Set(some.flatMap((check) => makers.get(check) ?? []));
      const text = `(${some.map(({ expr }) => print(expr)).join(' or ')})`;
      return { name: `e${n}`, kind: 'check', text, rules: [...rules].sort((a, b) => a - b) };
    }),
    ...shared.map((check, n): Constant => {
      return { name: `g${n}`, kind: 'field', text: print(check.expr.left), rules: [] };
    }),
    ...remembered.map(({ check }, n): Constant => {
      const text = subjectOf(check)?.name ?? print(check.expr.left);
      return { name: `m${n}`, kind: 'memory', text, rules: [] };
    }),
  ];
}
