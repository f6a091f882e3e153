import type { TestReporter } from '../../daemon/index.ts';
import type { Coverage } from '../../rules/index.ts';
import type { Diagnostic } from '../../engine/index.ts';
import type { Layout } from '../columns.ts';
import { githubReporter } from './github.ts';
import { jsonReporter } from './json.ts';
import { prettyReporter } from './pretty.ts';
import { tapReporter } from './tap.ts';

/** Where a report goes, and how. */
export interface ReportOptions {
  readonly layout: Layout;
  /** Whether everything is shown: all cases, what followed from their facts. */
  readonly full: boolean;
  /** Takes the report itself. */
  readonly write: (text: string) => void;
  /** Tells people of what could not be run. */
  readonly complain: (diagnostic: Diagnostic) => void;
  /** What the cases show of the rules, once all were run; undefined where nobody asked. */
  readonly coverage: () => Coverage | undefined;
}

/** All forms of reports. */
export const REPORTERS = {
  pretty: prettyReporter,
  json: jsonReporter,
  tap: tapReporter,
  github: githubReporter,
} satisfies Record<string, (options: ReportOptions) => TestReporter>;

export type ReportFormat = keyof typeof REPORTERS;

/** One reporter that hands everything on to several. */
export const together = (reporters: readonly TestReporter[]): TestReporter => ({
  begin: (files) => reporters.forEach((reporter) => reporter.begin?.(files)),
  problem: (diagnostic) => reporters.forEach((reporter) => reporter.problem?.(diagnostic)),
  case: (result) => reporters.forEach((reporter) => reporter.case?.(result)),
  file: (result) => reporters.forEach((reporter) => reporter.file?.(result)),
  end: (summary) => reporters.forEach((reporter) => reporter.end?.(summary)),
});
