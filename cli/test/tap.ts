/** The report of tests as TAP 14 (testanything.org). */
import type { TestFileResult, TestReporter } from '../../daemon/index.ts';
import type { Diagnostic } from '../../engine/index.ts';
import { fullName, isFailure, type CaseResult } from '../../rules/index.ts';
import { renderDiagnostic } from '../diagnostics.ts';
import { placeText } from '../diagnostics-text.ts';
import { caseLines } from './case-text.ts';
import { PLAIN, visible } from './plain.ts';
import type { ReportOptions } from './reporters.ts';

/** A subtest for each file, a test point for each case; what is to be said of one stands in a block of YAML behind it. */
export function tapReporter({ full, write }: ReportOptions): TestReporter {
  let points = 0;
  write('TAP version 14\n');
  return {
    file(file) {
      if (file.results.length + file.diagnostics.length > 0) write(fileText(file, ++points, full));
    },
    end({ diagnostics, files }) {
      const told = new Set(files.flatMap((file) => file.diagnostics.map(({ message }) => message)));
      const others = diagnostics.filter(({ message }) => !told.has(message));
      for (const diagnostic of others)
        write(`not ok ${++points} - ${escaped(diagnostic.message)}\n${block(about(diagnostic), '  ')}`);
      write(`1..${points}\n`);
    },
  };
}

function fileText({ name, results, diagnostics }: TestFileResult, point: number, full: boolean): string {
  const cases = results.map((result, i) => caseText(result, i + 1, full));
  const problems = diagnostics.map(
    (diagnostic, i) =>
      `    not ok ${i + 1} - ${escaped(diagnostic.message)}\n${block(about(diagnostic), '      ')}`,
  );
  const isGood = diagnostics.length === 0 && results.every(isGoodResult);
  const lines = [...cases, ...problems];
  return `# Subtest: ${escaped(name)}\n${lines.join('')}    1..${lines.length}\n${isGood ? 'ok' : 'not ok'} ${point} - ${escaped(name)}\n`;
}

const isGoodResult = ({ outcome }: CaseResult): boolean => !isFailure(outcome) && outcome !== 'broken';

function caseText(result: CaseResult, point: number, full: boolean): string {
  const { case: head, outcome, diagnostic } = result;
  const verdict = outcome === 'passed' ? 'ok' : 'not ok';
  const todo = outcome === 'todo' ? ` # TODO ${escaped(head.todo ?? '')}`.trimEnd() : '';
  const line = `    ${verdict} ${point} - ${escaped(fullName(head))}${todo}\n`;
  if (outcome === 'passed' && !full) return line;
  const lines = diagnostic === undefined ? caseLines(result, PLAIN, full) : about(diagnostic);
  return line + block([`at ${placeText(head.place)}`, ...lines], '      ');
}

const about = (diagnostic: Diagnostic): string[] =>
  renderDiagnostic(diagnostic, { colour: false }).split('\n');

/** Text as a YAML block, which TAP allows behind a test point. */
const block = (lines: readonly string[], indent: string): string =>
  ['---', 'message: |2', ...lines.map((line) => `  ${visible(line)}`.trimEnd()), '...']
    .map((line) => `${indent}${line}\n`)
    .join('');

/** What stands behind a number sign is a directive. */
const escaped = (text: string): string => visible(text).replace(/[\\#]/g, '\\$&');
