import type { Diagnostic, SourcePlace } from '../../engine/index.ts';
import type { Fact } from './scene/index.ts';
import { rulesOf, type TestCase } from './test-file.ts';

/**
 * What came of a case. `todo`: it failed, as its `todo` says it does; `fixed`: it passed although its `todo` says that it fails;
 * `broken`: it could not be run.
 */
export type Outcome = 'passed' | 'failed' | 'todo' | 'fixed' | 'broken';

/** Outcomes with which a run does not pass. */
export const isFailure = (outcome: Outcome): boolean => outcome === 'failed' || outcome === 'fixed';

/** What a case that passed, or did not, comes to. */
export function outcomeOf({ todo }: TestCase, passed: boolean): Outcome {
  if (todo === undefined) return passed ? 'passed' : 'failed';
  return passed ? 'fixed' : 'todo';
}

/** What can be asked why: a rule, and the event, from 1; undefined where it may be any. */
export interface Question {
  readonly rule: string;
  readonly event: number | undefined;
}

/** One thing that is not as expected. Text is ordinary text. */
export interface Difference {
  /** Which alert it is about, if there may be several. */
  readonly alert?: string;
  /** What differs: `alert`, `output`, `priority`, `tags`, `source`, `count`, the name of a field. */
  readonly key: string;
  readonly expected: string;
  readonly got: string;
  /** Where it is expected. */
  readonly place: SourcePlace;
  /** Of an output: whether a text was expected, and no pattern. */
  readonly golden?: boolean;
  /** Of an alert that did not come, or should not have. */
  readonly question?: Question;
}

/** An event of a case as it was made. */
export interface MadeEvent {
  readonly facts: readonly Fact[];
  /** What followed from the facts, and from which. */
  readonly derived: readonly { readonly field: string; readonly value: string; readonly from: string }[];
}

/** Why a rule came to its result at an event, or which way an alert went through routes. */
export interface Explanation {
  readonly of: 'event' | 'alert';
  /** The rule, or that of the alert. */
  readonly rule: string;
  /** Which event, or alert of the case, from 1. */
  readonly event: number;
  readonly text: string;
  /** The same for programs. */
  readonly json: unknown;
}

/** An alert of a case. */
export interface CaseAlert {
  readonly rule: string;
  /** Which event gave it: of a case the how manieth, from 1; of a capture its `evt.num`. */
  readonly event: number;
  /** As Falco prints it in JSON. */
  readonly json: string;
}

/** A case without what it says. */
export type CaseHead = Pick<TestCase, 'kind' | 'file' | 'place' | 'suite' | 'name' | 'why' | 'todo'> & {
  /** The rules that it is about. */
  readonly rules: readonly string[];
};

/** The head of a case. */
export const headOf = (testCase: TestCase): CaseHead => {
  const { kind, file, place, suite, name, why, todo } = testCase;
  const rules = [...new Set(rulesOf(testCase).map(({ value }) => value))];
  return { kind, file, place, suite, name, why, todo, rules };
};

/** What came of one case: all that a report may tell. Plain data, so that threads can hand it on. */
export interface CaseResult {
  readonly case: CaseHead;
  readonly outcome: Outcome;
  readonly differences: readonly Difference[];
  /** In their order, where they are asked for. */
  readonly alerts: readonly CaseAlert[];
  /** Those of the scene; none of a capture. */
  readonly events: readonly MadeEvent[];
  readonly explanations: readonly Explanation[];
  /** Why it could not be run. */
  readonly diagnostic?: Diagnostic;
  /** Milliseconds. */
  readonly duration: number;
}
