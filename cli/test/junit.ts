/** The report of tests as JUnit XML, as Jenkins, GitLab and others read it. */
import type { TestFileResult, TestReporter, TestSummary } from '../../daemon/index.ts';
import type { Diagnostic } from '../../engine/index.ts';
import { fullName, isFailure, type CaseResult } from '../../rules/index.ts';
import { renderDiagnostic } from '../diagnostics.ts';
import { caseLines } from './case-text.ts';
import { PLAIN, visible } from './plain.ts';

/** One document at the end: a test suite for each file. */
export const junitReporter = (write: (text: string) => void): TestReporter => ({
  end: (summary) => write(junitXml(summary)),
});

function junitXml(summary: TestSummary): string {
  const told = new Set(summary.files.flatMap((file) => file.diagnostics.map(({ message }) => message)));
  const suites = [
    ...summary.files.flatMap((file) =>
      file.results.length + file.diagnostics.length === 0 ? [] : [fileSuite(file)],
    ),
    // What is wrong with all files together.
    ...summary.diagnostics
      .filter(({ message }) => !told.has(message))
      .map((diagnostic) => suite('tiercel test', [problemCase('tiercel test', diagnostic)], 0)),
  ];
  const counts = suites.map((each) => each.counts).reduce(added, NONE);
  const attributes = attributesOf({
    name: 'tiercel test',
    ...counts,
    time: seconds(summary.duration),
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${attributes}>\n${suites.map(({ xml }) => xml).join('')}</testsuites>\n`;
}

interface Counts {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
}

const NONE: Counts = { tests: 0, failures: 0, errors: 0, skipped: 0 };

const added = (a: Counts, b: Counts): Counts => ({
  tests: a.tests + b.tests,
  failures: a.failures + b.failures,
  errors: a.errors + b.errors,
  skipped: a.skipped + b.skipped,
});

/** An element with what it counts as. */
interface Counted {
  readonly xml: string;
  readonly counts: Counts;
}

const fileSuite = ({ name, results, diagnostics, duration }: TestFileResult): Counted =>
  suite(
    name,
    [
      ...results.map((result) => caseElement(name, result)),
      ...diagnostics.map((diagnostic) => problemCase(name, diagnostic)),
    ],
    duration,
  );

function suite(name: string, cases: readonly Counted[], duration: number): Counted {
  const counts = cases.map((each) => each.counts).reduce(added, NONE);
  const attributes = attributesOf({ name, ...counts, time: seconds(duration) });
  return {
    xml: `  <testsuite${attributes}>\n${cases.map(({ xml }) => xml).join('')}  </testsuite>\n`,
    counts,
  };
}

function caseElement(file: string, result: CaseResult): Counted {
  const { case: head, outcome, diagnostic, duration } = result;
  const attributes = attributesOf({
    name: fullName(head),
    classname: classOf(file),
    file,
    line: head.place.line,
    time: seconds(duration),
  });
  const text = caseLines(result, PLAIN, false).join('\n');
  if (diagnostic !== undefined) return withBody(attributes, 'error', diagnostic.message, textOf(diagnostic));
  if (isFailure(outcome)) return withBody(attributes, 'failure', messageOf(result), text);
  if (outcome === 'todo') return withBody(attributes, 'skipped', `todo: ${head.todo ?? ''}`, '');
  return { xml: `    <testcase${attributes}/>\n`, counts: { ...NONE, tests: 1 } };
}

const problemCase = (file: string, diagnostic: Diagnostic): Counted =>
  withBody(
    attributesOf({
      name: diagnostic.code,
      classname: classOf(file),
      file: diagnostic.file ?? file,
      line: diagnostic.line,
      time: '0',
    }),
    'error',
    diagnostic.message,
    textOf(diagnostic),
  );

const COUNTED = { error: 'errors', failure: 'failures', skipped: 'skipped' } as const;

function withBody(attributes: string, kind: keyof typeof COUNTED, message: string, text: string): Counted {
  const body = text === '' ? '/>' : `>${escaped(text)}</${kind}>`;
  const type = kind === 'skipped' ? {} : { type: kind };
  return {
    xml: `    <testcase${attributes}>\n      <${kind}${attributesOf({ message, ...type })}${body}\n    </testcase>\n`,
    counts: { ...NONE, tests: 1, [COUNTED[kind]]: 1 },
  };
}

function messageOf({ outcome, differences }: CaseResult): string {
  const [first] = differences;
  if (outcome === 'fixed' || first === undefined) return 'passes now: remove `todo`';
  return `${first.key}: expected ${first.expected}, got ${first.got}`;
}

const textOf = (diagnostic: Diagnostic): string => renderDiagnostic(diagnostic, { colour: false });

/** Jenkins groups by what stands before the last dot. */
const classOf = (file: string): string =>
  file
    .replace(/(?:\.test)?\.ya?ml$/, '')
    .replaceAll('.', '_')
    .replaceAll('/', '.');

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3);

const attributesOf = (attributes: object): string =>
  Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escaped(String(value)).replaceAll('\n', '&#10;')}"`)
    .join('');

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string): string =>
  text
    .split('\n')
    .map(visible)
    .join('\n')
    .replace(/[&<>"]/g, (unit) => ENTITIES[unit]!);
