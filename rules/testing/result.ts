import type { Diagnostic, SourcePlace } from '../../engine/index.ts';
import type { FoundAlert } from './found-alert.ts';
import type { Fact } from './scene/index.ts';
import type { TestCase } from './test-file.ts';

/**
 * What came of a case. `todo`: it failed, as its `todo` says it does; `fixed`: it passed although its `todo` says that it fails;
 * `broken`: it could not be run.
 */
export type Outcome = 'passed' | 'failed' | 'todo' | 'fixed' | 'broken';

/** Outcomes with which a run does not pass. */
export const isFailure = (outcome: Outcome): boolean => outcome === 'failed' || outcome === 'fixed';

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
}

/** An event of a case as it was made. */
export interface MadeEvent {
  readonly facts: readonly Fact[];
  /** What followed from the facts, and from which. */
  readonly derived: readonly { readonly field: string; readonly value: string; readonly from: string }[];
}

/** Why a rule came to its result at an event. */
export interface Explanation {
  readonly rule: string;
  /** Which event, from 1. */
  readonly event: number;
  readonly text: (colour: boolean) => string;
  /** The same for programs. */
  readonly json: unknown;
}

/** What came of one case: all that a report may tell. */
export interface CaseResult {
  readonly case: TestCase;
  readonly outcome: Outcome;
  readonly differences: readonly Difference[];
  /** In their order. */
  readonly alerts: readonly FoundAlert[];
  /** Those of the scene; none of a capture. */
  readonly events: readonly MadeEvent[];
  readonly explanations: readonly Explanation[];
  /** Why it could not be run. */
  readonly diagnostic?: Diagnostic;
  /** Milliseconds. */
  readonly duration: number;
}
