import { runRuleTests } from '../../daemon/index.ts';
import { CoverageRecorder } from '../../rules/index.ts';

/** Runs test files of rules: which cases do not pass, and which checks of the rules never come out true, or never false, though they can. */
export async function objectionsTo(files: readonly string[]): Promise<readonly string[]> {
  const coverage = new CoverageRecorder();
  const wrong: string[] = [];
  await runRuleTests({
    files,
    coverage,
    reporter: {
      problem: ({ message }) => wrong.push(message),
      case: (result) => {
        if (result.outcome !== 'passed') wrong.push(`${result.outcome}: ${result.case.name}`);
      },
    },
  });
  const { rules } = coverage.report();
  if (rules.length === 0) wrong.push('no rule was tested');
  for (const { name, leaves } of rules)
    for (const { text, held, failed, canHold, canFail } of leaves) {
      if (canHold && held === 0) wrong.push(`${name}: never true: ${text}`);
      if (canFail && failed === 0) wrong.push(`${name}: never false: ${text}`);
    }
  return wrong;
}
