import type { Severity, SourcePlace } from '../../engine/index.ts';
import type { RuleModel } from '../model/model.ts';

/** What a check found. Text is decoded. */
export interface Finding {
  readonly place: SourcePlace;
  /** What was found, and what it does. */
  readonly message: string;
  /** How to mend it. */
  readonly hint?: string;
  readonly notes?: readonly (SourcePlace & { readonly message: string })[];
}

/** One thing that Falco accepts and a reviewer would not. Its documentation and its tests derive from it. */
export interface LintCheck {
  /** As in findings, in comments and in `tiercel.yaml`. */
  readonly code: string;
  readonly severity: Severity;
  /** What it finds, in one sentence. */
  readonly what: string;
  /** Why that matters, and what Falco does. */
  readonly why: string;
  /** A rule file with one finding, of this check. */
  readonly bad: string;
  /** The same, mended: no finding at all. */
  readonly good: string;
  readonly check: (model: RuleModel) => Iterable<Finding>;
}
