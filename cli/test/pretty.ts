/** The report of tests for people. */
import type { TestFileResult, TestReporter, TestSummary } from '../../daemon/index.ts';
import { fullName, isFailure, type CaseResult, type Outcome } from '../../rules/index.ts';
import { paint, type Layout } from '../columns.ts';
import { placeText } from '../diagnostics-text.ts';
import { caseLines } from './case-text.ts';
import type { ReportOptions } from './reporters.ts';

type Style = Parameters<typeof paint>[0];

const MARKS: Readonly<Record<Outcome, readonly [mark: string, style: Style]>> = {
  passed: ['✓', 'green'],
  failed: ['✗', 'red'],
  fixed: ['✗', 'red'],
  broken: ['!', 'red'],
  todo: ['…', 'yellow'],
};

/** A line for each file, cases that failed in full at the end, and a line that sums up. */
export function prettyReporter({ layout, full, write, complain }: ReportOptions): TestReporter {
  const told = new Set<string>();
  let width = 0;
  return {
    begin(files) {
      width = files.reduce((widest, { length }) => Math.max(widest, length), 0);
    },
    problem: complain,
    case({ diagnostic }) {
      // The cases of a matrix share their place.
      if (diagnostic === undefined || told.has(JSON.stringify(diagnostic))) return;
      told.add(JSON.stringify(diagnostic));
      complain(diagnostic);
    },
    file(file) {
      if (file.results.length + file.diagnostics.length > 0) write(`${fileLine(file, width, layout)}\n`);
    },
    end(summary) {
      const results = summary.files.flatMap((file) => file.results);
      const shown = full ? results : results.filter(({ outcome }) => isFailure(outcome));
      for (const result of shown) write(`\n${caseText(result, layout, full)}`);
      if (summary.files.length === 0) return;
      const said = summary.files.some((file) => file.results.length + file.diagnostics.length > 0);
      write(`${said ? '\n' : ''}${summaryLine(summary, results.length, layout)}\n`);
    },
  };
}

function fileLine(
  { name, results, diagnostics, duration }: TestFileResult,
  width: number,
  layout: Layout,
): string {
  const bad = results.some(({ outcome }) => isFailure(outcome));
  const broken = diagnostics.length > 0 || results.some(({ outcome }) => outcome === 'broken');
  const [mark, style] = MARKS[broken ? 'broken' : bad ? 'failed' : 'passed'];
  const said =
    diagnostics.length > 0
      ? 'could not run'
      : [cases(results.length), ...others(count(results), layout)].join(', ');
  return `${paint(style, mark, layout)} ${name.padEnd(width)}  ${said}  ${paint('dim', milliseconds(duration), layout)}`;
}

const cases = (n: number): string => `${n} ${n === 1 ? 'case' : 'cases'}`;

const milliseconds = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;

function count(results: readonly CaseResult[]): Record<Outcome, number> {
  const outcomes = { passed: 0, failed: 0, fixed: 0, broken: 0, todo: 0 };
  for (const { outcome } of results) outcomes[outcome]++;
  return outcomes;
}

/** What is to be said of cases that did not pass. */
function others(
  { failed, fixed, broken, todo }: Readonly<Record<Outcome, number>>,
  layout: Layout,
): string[] {
  return [
    ...(failed > 0 ? [paint(['bold', 'red'], `${failed} failed`, layout)] : []),
    ...(fixed > 0
      ? [paint(['bold', 'red'], `${fixed} todo ${fixed === 1 ? 'passes' : 'pass'}`, layout)]
      : []),
    ...(broken > 0 ? [paint(['bold', 'red'], `${broken} could not run`, layout)] : []),
    ...(todo > 0 ? [paint('yellow', `${todo} todo`, layout)] : []),
  ];
}

function summaryLine(summary: TestSummary, total: number, layout: Layout): string {
  const { outcomes, files, leftOut, unselected, bailed, duration } = summary;
  const broken = files.filter(({ diagnostics }) => diagnostics.length > 0).length;
  const parts = [
    ...(outcomes.passed > 0 ? [paint('green', `${outcomes.passed} passed`, layout)] : []),
    ...others(outcomes, layout),
    ...(broken > 0
      ? [paint(['bold', 'red'], `${broken} ${broken === 1 ? 'file' : 'files'} could not run`, layout)]
      : []),
    ...(leftOut > 0 ? [paint('yellow', `${leftOut} left out by only`, layout)] : []),
    ...(unselected > 0 ? [`${unselected} not selected`] : []),
  ];
  const ran = files.filter(({ results }) => results.length > 0).length;
  const head = `${cases(total)} in ${ran} ${ran === 1 ? 'file' : 'files'}`;
  const end = bailed ? ', ended at the first failure' : '';
  return `${head}: ${parts.length === 0 ? 'nothing was run' : parts.join(', ')}${end} ${paint('dim', `(${(duration / 1000).toFixed(2)} s)`, layout)}`;
}

function caseText(result: CaseResult, layout: Layout, full: boolean): string {
  const [mark, style] = MARKS[result.outcome];
  const { place } = result.case;
  const lines = [
    `${paint(style, mark, layout)} ${paint('bold', fullName(result.case), layout)}`,
    `  ${paint('dim', placeText(place), layout)}`,
    ...caseLines(result, layout, full).map((line) => `  ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}
