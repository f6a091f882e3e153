/** The report of tests in the log of GitHub Actions. */
import type { TestReporter } from '../../daemon/index.ts';
import type { Diagnostic } from '../../engine/index.ts';
import { fullName, isFailure, type CaseResult } from '../../rules/index.ts';
import { renderGithub } from '../diagnostics-github.ts';
import { caseLines } from './case-text.ts';
import { PLAIN } from './plain.ts';
import { prettyReporter } from './pretty.ts';
import type { ReportOptions } from './reporters.ts';

/** The report for people, and what is wrong as annotations, which are shown at the lines of a pull request. */
export function githubReporter(options: ReportOptions): TestReporter {
  const annotate = (diagnostic: Diagnostic): void => options.write(renderGithub([diagnostic]));
  const pretty = prettyReporter({ ...options, complain: annotate });
  return {
    ...pretty,
    case(result) {
      pretty.case?.(result);
      if (isFailure(result.outcome)) annotate(annotationOf(result));
    },
  };
}

/** A case that failed, where the first thing is expected that is not so. */
function annotationOf(result: CaseResult): Diagnostic {
  const { case: head, differences } = result;
  const { file, line, column, endColumn } = differences[0]?.place ?? head.place;
  return {
    code: 'TEST_FAILED',
    severity: 'error',
    message: [fullName(head), ...caseLines(result, PLAIN, false)].join('\n'),
    ...(file !== undefined && { file }),
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    ...(endColumn !== undefined && { endColumn }),
  };
}
