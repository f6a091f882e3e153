/** The report of tests for people. */
import { styleText } from 'node:util';
import type { TestFileResult, TestReporter, TestSummary } from '../../daemon/index.ts';
import {
  fullName,
  isFailure,
  type CaseResult,
  type Difference,
  type MadeEvent,
  type Outcome,
} from '../../rules/index.ts';
import { placeText } from '../diagnostics-text.ts';
import type { ReportOptions } from './reporters.ts';

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

const MARKS: Readonly<Record<Outcome, readonly [mark: string, style: Style]>> = {
  passed: ['✓', 'green'],
  failed: ['✗', 'red'],
  fixed: ['✗', 'red'],
  broken: ['!', 'red'],
  todo: ['…', 'yellow'],
};

/** A line for each file, cases that failed in full at the end, and a line that sums up. */
export function prettyReporter({ colour, full, write, complain }: ReportOptions): TestReporter {
  const paint: Paint = (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
  const told = new Set<string>();
  let width = 0;
  return {
    begin({ files }) {
      width = files.reduce((widest, { name }) => Math.max(widest, name.length), 0);
    },
    problem: complain,
    case({ diagnostic }) {
      // The cases of a matrix share their place.
      if (diagnostic === undefined || told.has(JSON.stringify(diagnostic))) return;
      told.add(JSON.stringify(diagnostic));
      complain(diagnostic);
    },
    file(file) {
      if (file.results.length + file.diagnostics.length > 0) write(`${fileLine(file, width, paint)}\n`);
    },
    end(summary) {
      const results = summary.files.flatMap((file) => file.results);
      const shown = full ? results : results.filter(({ outcome }) => isFailure(outcome));
      for (const result of shown) write(`\n${caseText(result, { colour, full }, paint)}`);
      if (summary.files.length === 0) return;
      const said = summary.files.some((file) => file.results.length + file.diagnostics.length > 0);
      write(`${said ? '\n' : ''}${summaryLine(summary, results.length, paint)}\n`);
    },
  };
}

function fileLine(
  { name, results, diagnostics, duration }: TestFileResult,
  width: number,
  paint: Paint,
): string {
  const bad = results.some(({ outcome }) => isFailure(outcome));
  const broken = diagnostics.length > 0 || results.some(({ outcome }) => outcome === 'broken');
  const [mark, style] = MARKS[broken ? 'broken' : bad ? 'failed' : 'passed'];
  const said =
    diagnostics.length > 0
      ? 'could not run'
      : [cases(results.length), ...others(count(results), paint)].join(', ');
  return `${paint(style, mark)} ${name.padEnd(width)}  ${said}  ${paint('dim', milliseconds(duration))}`;
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
function others({ failed, fixed, broken, todo }: Readonly<Record<Outcome, number>>, paint: Paint): string[] {
  return [
    ...(failed > 0 ? [paint(['bold', 'red'], `${failed} failed`)] : []),
    ...(fixed > 0 ? [paint(['bold', 'red'], `${fixed} todo ${fixed === 1 ? 'passes' : 'pass'}`)] : []),
    ...(broken > 0 ? [paint(['bold', 'red'], `${broken} could not run`)] : []),
    ...(todo > 0 ? [paint('yellow', `${todo} todo`)] : []),
  ];
}

function summaryLine(summary: TestSummary, total: number, paint: Paint): string {
  const { outcomes, files, leftOut, unselected, bailed, duration } = summary;
  const broken = files.filter(({ diagnostics }) => diagnostics.length > 0).length;
  const parts = [
    ...(outcomes.passed > 0 ? [paint('green', `${outcomes.passed} passed`)] : []),
    ...others(outcomes, paint),
    ...(broken > 0
      ? [paint(['bold', 'red'], `${broken} ${broken === 1 ? 'file' : 'files'} could not run`)]
      : []),
    ...(leftOut > 0 ? [paint('yellow', `${leftOut} left out by only`)] : []),
    ...(unselected > 0 ? [`${unselected} not selected`] : []),
  ];
  const ran = files.filter(({ results }) => results.length > 0).length;
  const head = `${cases(total)} in ${ran} ${ran === 1 ? 'file' : 'files'}`;
  const end = bailed ? ', ended at the first failure' : '';
  return `${head}: ${parts.length === 0 ? 'nothing was run' : parts.join(', ')}${end} ${paint('dim', `(${(duration / 1000).toFixed(2)} s)`)}`;
}

function caseText(
  result: CaseResult,
  { colour, full }: Pick<ReportOptions, 'colour' | 'full'>,
  paint: Paint,
): string {
  const { case: testCase, outcome, differences, events, explanations } = result;
  const [mark, style] = MARKS[outcome];
  const lines = [
    `${paint(style, mark)} ${paint('bold', fullName(testCase))}`,
    `  ${paint('dim', placeText(testCase.place))}`,
    ...(testCase.why === undefined ? [] : [`  why: ${testCase.why}`]),
  ];
  if (outcome === 'fixed') lines.push('  passes now: remove `todo`');
  if (outcome === 'todo') lines.push(`  todo${testCase.todo === '' ? '' : `: ${testCase.todo}`}`);
  lines.push(...differencesText(differences, paint));
  if (full) lines.push(...eventsText(events, paint));
  for (const { rule, event, text } of explanations) {
    if (explanations.length > 1) lines.push(`  ${rule}, event ${event}`);
    lines.push(...indented(text(colour), 4));
  }
  return `${lines.join('\n')}\n`;
}

/** `- expected` above `+ got`, keys of one alert together. */
function differencesText(differences: readonly Difference[], paint: Paint): string[] {
  const width = Math.max(...differences.map(({ key }) => key.length));
  let last: string | undefined;
  return differences.flatMap(({ alert, key, expected, got }) => {
    const head = alert !== undefined && alert !== last ? [`  ${alert}`] : [];
    last = alert;
    const lines = [
      ...side('-', expected).map((line) => paint('green', line)),
      ...side('+', got).map((line) => paint('red', line)),
    ];
    return [...head, ...lines.map((line, i) => `    ${(i === 0 ? key : '').padEnd(width)}  ${line}`)];
  });
}

const side = (sign: string, text: string): string[] =>
  visible(text)
    .split('\n')
    .map((line, i) => `${i === 0 ? sign : ' '} ${line}`);

/** What a terminal would obey instead of showing it; captures hold anything. */
const visible = (text: string): string => text.replace(/(?!\n)\p{Cc}/gu, '\ufffd');

function eventsText(events: readonly MadeEvent[], paint: Paint): string[] {
  return events.flatMap(({ facts, derived }, i) => [
    `  ${events.length > 1 ? `event ${i + 1}` : 'event'}`,
    ...facts.map(({ field, value }) => `    ${field} = ${value === null ? '<NA>' : String(value)}`),
    ...derived.map(({ field, value, from }) => paint('dim', `    ${field} = ${value}  (${from})`)),
  ]);
}

const indented = (text: string, by: number): string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `${' '.repeat(by)}${line}`);
