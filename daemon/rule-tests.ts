/** Runs files of tests of rules. */
import { DiagnosticError, toBytes, type Diagnostic } from '../engine/index.ts';
import {
  CaptureRun,
  checkCases,
  diagnosticOfProblem,
  fullName,
  isFailure,
  loadTestRules,
  readTestFile,
  rulesOf,
  runEventCase,
  withOverrides,
  type CaptureCase,
  type CaseResult,
  type LoadedTestRules,
  type Outcome,
  type RunOptions,
  type TestCase,
  type TestFile,
  type TestRules,
} from '../rules/index.ts';
import { readCapture, type ReadProgress } from './capture.ts';
import { readRuleFiles } from './rule-files.ts';
import { besideTest, readFile, rulePathsOf } from './test-files.ts';

/** Which cases are run; all of what is said must be so. */
export interface CaseSelection {
  /** Whether a case is wanted by its full name. */
  readonly name?: (name: string) => boolean;
  /** By the name of a rule that it is about. */
  readonly rule?: (name: string) => boolean;
  /** By a tag of a rule that it is about. */
  readonly tag?: string;
}

/** Files of tests, and how they are run. */
export interface RuleTestJob extends RunOptions {
  readonly files: readonly string[];
  readonly select?: CaseSelection;
  /** Whether `only` may leave out cases. */
  readonly allowOnly?: boolean;
  /** Whether the first case that fails ends the run. */
  readonly bail?: boolean;
  readonly reporter: TestReporter;
  /** Called while a capture is read. */
  readonly onProgress?: (progress: ReadProgress) => void;
}

/** Takes what comes of tests, as it comes. */
export interface TestReporter {
  /** All files have been read and checked. */
  begin?(plan: TestPlan): void;
  /** A file, or what it names, is wrong. */
  problem?(diagnostic: Diagnostic): void;
  /** A case was run. */
  case?(result: CaseResult): void;
  /** All cases of a file were run. */
  file?(result: TestFileResult): void;
  /** All is done. */
  end?(summary: TestSummary): void;
}

export interface TestPlan {
  readonly files: readonly { readonly name: string; readonly cases: number }[];
}

export interface TestFileResult {
  readonly name: string;
  readonly results: readonly CaseResult[];
  /** Why its cases could not be run, or not all. */
  readonly diagnostics: readonly Diagnostic[];
  /** Milliseconds, from reading the file on. */
  readonly duration: number;
}

export interface TestSummary {
  readonly files: readonly TestFileResult[];
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Cases that `only` left out. */
  readonly leftOut: number;
  /** Cases that the selection left out. */
  readonly unselected: number;
  /** Whether a failure ended the run before its end. */
  readonly bailed: boolean;
  /** Whether a file or a case could not be run. */
  readonly broken: boolean;
  /** Milliseconds. */
  readonly duration: number;
}

/** A file that was read, and the cases of it that are to be run. */
interface PlannedFile {
  readonly name: string;
  readonly testFile: TestFile | undefined;
  readonly rules: TestRules | undefined;
  readonly cases: readonly TestCase[];
  readonly diagnostics: readonly Diagnostic[];
  readonly duration: number;
}

/** Reads, checks and runs tests. Files that are wrong are left out, and told of. */
export async function runRuleTests(job: RuleTestJob): Promise<TestSummary> {
  const started = performance.now();
  const { reporter, bail = false } = job;
  const { planned, leftOut, unselected } = plan(job);
  reporter.begin?.({ files: planned.map(({ name, cases }) => ({ name, cases: cases.length })) });
  // Rule files that several test files have in common are told of once.
  for (const diagnostic of new Set(planned.flatMap(({ diagnostics }) => diagnostics)))
    reporter.problem?.(diagnostic);
  const files: TestFileResult[] = [];
  const outcomes = { passed: 0, failed: 0, todo: 0, fixed: 0, broken: 0 };
  let bailed = false;
  for (const { name, testFile, rules, cases, diagnostics, duration } of planned) {
    const begun = performance.now();
    const results: CaseResult[] = [];
    if (testFile !== undefined && rules !== undefined)
      for (const testCase of cases) {
        const result = await runCase(testCase, rules, testFile, job);
        results.push(result);
        outcomes[result.outcome]++;
        reporter.case?.(result);
        bailed = bail && isFailure(result.outcome);
        if (bailed) break;
      }
    const file = { name, results, diagnostics, duration: duration + performance.now() - begun };
    files.push(file);
    reporter.file?.(file);
    if (bailed) break;
  }
  const summary: TestSummary = {
    files,
    outcomes,
    leftOut,
    unselected,
    bailed,
    broken: outcomes.broken > 0 || planned.some(({ diagnostics }) => diagnostics.length > 0),
    duration: performance.now() - started,
  };
  reporter.end?.(summary);
  return summary;
}

function plan(job: RuleTestJob): { planned: readonly PlannedFile[]; leftOut: number; unselected: number } {
  const read = job.files.map((name) => {
    const started = performance.now();
    return { name, ...readTestFile(readFile(name)), duration: performance.now() - started };
  });
  const some = read.some(({ testFile }) => testFile?.cases.some(({ only }) => only));
  const cache = new RulesCache();
  let leftOut = 0;
  let unselected = 0;
  const planned = read.map(({ name, testFile, diagnostics, duration }): PlannedFile => {
    const started = performance.now();
    const unplanned = { name, testFile, rules: undefined, cases: [], diagnostics, duration };
    if (testFile === undefined) return unplanned;
    const forbidden = job.allowOnly === true ? [] : forbiddenOnly(testFile);
    if (forbidden.length > 0) return { ...unplanned, diagnostics: forbidden };
    const wanted = testFile.cases.filter(({ only }) => !some || only);
    leftOut += testFile.cases.length - wanted.length;
    const named = wanted.filter((testCase) => isNamed(testCase, job.select));
    unselected += wanted.length - named.length;
    if (named.length === 0) return unplanned;
    const { rules, diagnostics: found } = cache.rulesOf(testFile);
    if (rules === undefined) return { ...unplanned, diagnostics: found };
    const { tag } = job.select ?? {};
    const cases = tag === undefined ? named : named.filter((testCase) => hasTag(testCase, tag, rules));
    unselected += named.length - cases.length;
    return {
      ...unplanned,
      rules,
      cases,
      diagnostics: checkCases(cases, rules),
      duration: duration + performance.now() - started,
    };
  });
  return {
    // Nothing can be said of cases that lack their ground.
    planned: planned.map((file) =>
      file.diagnostics.length > 0 ? { ...file, rules: undefined, cases: [] } : file,
    ),
    leftOut,
    unselected,
  };
}

function forbiddenOnly({ cases }: TestFile): Diagnostic[] {
  const first = cases.find(({ only }) => only);
  if (first === undefined) return [];
  return [
    diagnosticOfProblem({
      code: 'TEST_ONLY',
      message: '`only` leaves out all other cases',
      place: first.place,
      hint: 'take `only` away, or run with --allow-only',
    }),
  ];
}

const isNamed = (testCase: TestCase, { name, rule }: CaseSelection = {}): boolean =>
  (name === undefined || name(fullName(testCase))) &&
  (rule === undefined || rulesOf(testCase).some(({ value }) => rule(value)));

const hasTag = (testCase: TestCase, tag: string, rules: TestRules): boolean =>
  rulesOf(testCase).some(({ value }) => rules.find(value)?.tags.includes(toBytes(tag)) === true);

/** Loads each list of rule files once, and once more with each set of overrides. */
class RulesCache {
  readonly #loaded = new Map<string, LoadedTestRules>();

  rulesOf(testFile: TestFile): LoadedTestRules {
    const { paths, diagnostics } = rulePathsOf(testFile);
    if (diagnostics.length > 0) return { rules: undefined, diagnostics };
    const key = JSON.stringify(paths);
    const plain = this.#loaded.get(key) ?? orDiagnostics(() => loadTestRules(readRuleFiles(paths)));
    this.#loaded.set(key, plain);
    const { overrides, name } = testFile;
    if (plain.rules === undefined || overrides.length === 0) return plain;
    const ownKey = JSON.stringify([paths, overrides.map((override) => ({ ...override, place: undefined }))]);
    const own = this.#loaded.get(ownKey) ?? withOverrides(plain.rules, overrides, name);
    // What is wrong is told of at its place in each file.
    if (own.rules !== undefined) this.#loaded.set(ownKey, own);
    return own;
  }
}

function orDiagnostics(load: () => LoadedTestRules): LoadedTestRules {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return { rules: undefined, diagnostics: [error.diagnostic] };
  }
}

function runCase(
  testCase: TestCase,
  rules: TestRules,
  { matching }: TestFile,
  job: RuleTestJob,
): CaseResult | Promise<CaseResult> {
  return testCase.kind === 'capture'
    ? runCaptureCase(testCase, new CaptureRun(testCase, rules, matching, job), job)
    : runEventCase(testCase, rules, matching, job);
}

async function runCaptureCase(
  { file, capture }: CaptureCase,
  run: CaptureRun,
  { onProgress }: RuleTestJob,
): Promise<CaseResult> {
  const { diagnostics } = await readCapture(besideTest(file, capture.value), {
    asks: (code) => run.asks(code),
    onEvent: (event, visible) => {
      if (visible) run.take(event);
      return true;
    },
    ...(onProgress && { onProgress }),
  });
  return run.result(diagnostics.find(({ severity }) => severity === 'error'));
}
