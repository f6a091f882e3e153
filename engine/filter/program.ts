import type { Event } from '../event.ts';
import type { FieldTest } from '../fields/define.ts';
import type { ValueTest } from './compare.ts';
import type { Check } from './condition.ts';
import { subjectOf } from './plan.ts';
import { SubjectMemo } from './subject-memo.ts';
import { acceptAny } from './text-table.ts';
import { ValueMemo, type Memo } from './value-memo.ts';

/** Indexes of the rules that match an event, in load order. Valid until the next event is asked for. */
export type Matches = readonly number[];

/** Whether the first rule that matches ends the search, as with Falco's `rule_matching: first`. */
export type Matching = 'first' | 'all';

/** What no rule matching gives. */
export const NO_MATCHES: Matches = Object.freeze([]);

/** JavaScript for a list of rules, and what it names by number. */
export interface Program {
  readonly source: string;
  readonly checks: readonly Check[];
  /** Checks of one field, of which it is asked whether any accepts the value. */
  readonly tables: readonly (readonly Check[])[];
  /** The fields that are read once for several checks, each by one of these checks. */
  readonly shared: readonly Check[];
  /** The fields whose values decide parts that are remembered, each by one of its checks, with the number of these parts. */
  readonly remembered: readonly { readonly check: Check; readonly width: number }[];
}

type Factory = (
  tests: readonly FieldTest[],
  accepts: readonly Check['accepts'][],
  tables: readonly ValueTest[],
  reads: readonly Check['left']['get'][],
  memos: readonly Memo[],
  none: Matches,
) => (event: Event) => Matches;

/** Compiles a program; undefined where a content security policy forbids it. */
export function instantiate(program: Program): ((event: Event) => Matches) | undefined {
  let factory: Factory;
  try {
    factory = new Function('tests', 'accepts', 'tables', 'reads', 'memos', 'none', program.source) as Factory;
  } catch (error) {
    if (error instanceof EvalError) return undefined;
    throw error;
  }
  return factory(
    program.checks.map((check) => check.test),
    program.checks.map((check) => check.accepts),
    program.tables.map(acceptAny),
    program.shared.map((check) => check.left.get),
    program.remembered.map(({ check, width }) => {
      const subject = subjectOf(check);
      return subject === undefined ? new ValueMemo(check.left.get, width) : new SubjectMemo(subject, width);
    }),
    NO_MATCHES,
  );
}
