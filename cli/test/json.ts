/** The report of tests for programs. */
import type { TestFileResult, TestReporter, TestSummary } from '../../daemon/index.ts';
import type { Diagnostic, SourcePlace } from '../../engine/index.ts';
import {
  percentOf,
  type CaseResult,
  type Difference,
  type MadeEvent,
  type RuleCoverage,
} from '../../rules/index.ts';
import { VERSION } from '../version.ts';
import type { ReportOptions } from './reporters.ts';

/** One JSON document at the end, with everything; a case is a line. docs/reference/test-report.md has its keys. */
export const jsonReporter = ({ write, coverage }: ReportOptions): TestReporter => ({
  end(summary) {
    write(reportJson(summary, coverage()));
  },
});

function reportJson(summary: TestSummary, coverage: ReturnType<ReportOptions['coverage']>): string {
  const { outcomes, leftOut, unselected, bailed, broken, failed, duration } = summary;
  const total = summary.files.reduce((sum, { results }) => sum + results.length, 0);
  const head = {
    version: 1,
    tiercel: VERSION,
    result: broken ? 'broken' : failed ? 'failed' : 'passed',
    cases: { total, ...outcomes, leftOut, unselected },
    bailed,
    duration: rounded(duration),
    diagnostics: summary.diagnostics.map(diagnosticJson),
    ...(coverage && {
      coverage: {
        percent: percentOf(coverage),
        seen: coverage.seen,
        possible: coverage.possible,
        rules: coverage.rules.map((rule) => ({
          ...coveredJson(rule),
          fires: rule.fires,
          silent: rule.silent,
        })),
        routes: coverage.routes.map(({ fires: took, silent: passedBy, ...route }) => ({
          ...coveredJson(route),
          took,
          passedBy,
        })),
      },
    }),
  };
  return `${withMembers(head, { files: list(summary.files.map(fileJson), ' ') })}\n`;
}

const coveredJson = ({ name, seen, possible }: Pick<RuleCoverage, 'name' | 'seen' | 'possible'>): object => ({
  name,
  percent: percentOf({ seen, possible }),
  seen,
  possible,
});

const fileJson = ({ name, results, diagnostics, duration }: TestFileResult): string =>
  withMembers(
    { name, duration: rounded(duration), diagnostics: diagnostics.map(diagnosticJson) },
    { cases: list(results.map(caseJson), '  ') },
  );

function caseJson(result: CaseResult): string {
  const { case: head, outcome, differences, alerts, events, explanations, diagnostic, duration } = result;
  const { kind, suite, name, why, todo, rules, place } = head;
  return withMembers(
    {
      name,
      suite: suite ?? null,
      kind,
      rules,
      ...placeJson(place),
      outcome,
      ...(why !== undefined && { why }),
      ...(todo !== undefined && { todo }),
      duration: rounded(duration),
      ...(diagnostic && { diagnostic: diagnosticJson(diagnostic) }),
      differences: differences.map(differenceJson),
      events: events.map(eventJson),
      explanations: explanations.map(({ of, event, json }) => ({ [of]: event, ...(json as object) })),
    },
    // As Falco prints them: numbers keep all their digits.
    { alerts: list(alerts.map(({ event, json }) => `{"event":${event},"alert":${json}}`)) },
  );
}

const differenceJson = ({ alert, key, expected, got, place }: Difference): object => ({
  ...(alert !== undefined && { alert }),
  key,
  expected,
  got,
  ...placeJson(place),
});

const eventJson = ({ facts, derived }: MadeEvent): object => ({
  facts: Object.fromEntries(facts.map(({ field, value }) => [field, value])),
  derived,
});

const placeJson = ({ file, line, column, endColumn }: SourcePlace): SourcePlace => ({
  ...(file !== undefined && { file }),
  ...(line !== undefined && { line }),
  ...(column !== undefined && { column }),
  ...(endColumn !== undefined && { endColumn }),
});

const diagnosticJson = ({ code, severity, message, hint, notes, ...place }: Diagnostic): object => ({
  code,
  severity,
  message,
  ...placeJson(place),
  ...(hint !== undefined && { hint }),
  ...(notes && { notes: notes.map(({ message: text, ...at }) => ({ message: text, ...placeJson(at) })) }),
});

/** An object with members that are JSON already behind its own. */
const withMembers = (object: object, members: Readonly<Record<string, string>>): string =>
  `${JSON.stringify(object, plainNumbers).slice(0, -1)}${Object.entries(members)
    .map(([key, json]) => `,"${key}":${json}`)
    .join('')}}`;

/** A list of what is JSON already, each item on a line of its own where there is an indent. */
function list(items: readonly string[], indent?: string): string {
  if (items.length === 0 || indent === undefined) return `[${items.join(',')}]`;
  return `[\n${items.map((item) => `${indent}${item}`).join(',\n')}\n${indent.slice(1)}]`;
}

/** Numbers beyond those that JSON readers keep are text. */
const plainNumbers = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? (Number.isSafeInteger(Number(value)) ? Number(value) : String(value)) : value;

const rounded = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000;
