import type { TestReporter } from '../../daemon/index.ts';
import type { Diagnostic } from '../../engine/index.ts';
import { prettyReporter } from './pretty.ts';

/** Where a report goes, and how. */
export interface ReportOptions {
  /** Colour, for terminals. */
  readonly colour: boolean;
  /** Whether everything is shown: all cases, what followed from their facts. */
  readonly full: boolean;
  /** Takes the report itself. */
  readonly write: (text: string) => void;
  /** Tells people of what could not be run. */
  readonly complain: (diagnostic: Diagnostic) => void;
}

/** All forms of reports. */
export const REPORTERS = {
  pretty: prettyReporter,
} satisfies Record<string, (options: ReportOptions) => TestReporter>;

export type ReportFormat = keyof typeof REPORTERS;
