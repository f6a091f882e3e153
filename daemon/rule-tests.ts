/** Runs files of tests of rules. */
import type { Diagnostic, Source } from '../engine/index.ts';
import { isFailure, type CaseResult, type Outcome } from '../rules/index.ts';
import { pluginsOf } from './plugins.ts';
import {
  marksOnly,
  type RunTestFile,
  TestFileRunner,
  type TestFileOptions,
  type TestFileResult,
} from './test-file-runner.ts';

/** Files of tests, and how they are run. */
export interface RuleTestJob extends TestFileOptions {
  readonly files: readonly string[];
  readonly reporter: TestReporter;
  /** Run files in the place of this thread, each one at a time; the options of cases are theirs then. */
  readonly runners?: readonly RunTestFile[];
  /** Whether nothing to run is no failure. */
  readonly allowEmpty?: boolean;
  /** What is to be said of all files together once they were run: findings of their own. */
  readonly conclude?: () => Promise<readonly Diagnostic[]>;
}

/** Takes what comes of tests, file after file in their order. */
export interface TestReporter {
  /** All files, before the first is run. */
  begin?(files: readonly string[]): void;
  /** A file, or what it names, is wrong, or all together. */
  problem?(diagnostic: Diagnostic): void;
  /** A case was run. */
  case?(result: CaseResult): void;
  /** All cases of a file were run. */
  file?(result: TestFileResult): void;
  /** All is done. */
  end?(summary: TestSummary): void;
}

/** What came of all files. */
export interface TestSummary {
  readonly files: readonly TestFileResult[];
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly leftOut: number;
  readonly unselected: number;
  /** What was wrong with files, each told once, and with all together. */
  readonly diagnostics: readonly Diagnostic[];
  /** Whether a failure ended the run before its end. */
  readonly bailed: boolean;
  /** Whether a file or a case could not be run, or there was nothing to run. */
  readonly broken: boolean;
  /** Whether a case failed, or all together is not as it should be. */
  readonly failed: boolean;
  /** Milliseconds. */
  readonly duration: number;
}

/** Reads, checks and runs tests. Files that are wrong are left out, and told of. */
export async function runRuleTests(job: RuleTestJob): Promise<TestSummary> {
  const started = performance.now();
  const { reporter, bail = false, allowEmpty = false, conclude } = job;
  // A configuration that cannot be used ends all, not every file.
  const { sources } = await pluginsOf(job.config);
  const own = new TestFileRunner(job);
  const runners = job.runners ?? [(name: string, onlyMarked: boolean) => own.run(name, onlyMarked)];
  reporter.begin?.(job.files);
  const files: TestFileResult[] = [];
  const outcomes = { passed: 0, failed: 0, todo: 0, fixed: 0, broken: 0 };
  const diagnostics = new Map<string, Diagnostic>();
  /** Rule files that several test files have in common are told of once. */
  const tell = (diagnostic: Diagnostic): void => {
    const { code, file, line, column, message } = diagnostic;
    const key = JSON.stringify([code, file, line, column, message]);
    if (diagnostics.has(key)) return;
    diagnostics.set(key, diagnostic);
    reporter.problem?.(diagnostic);
  };
  let bailed = false;
  for await (const file of inOrder(job.files, runners, sources)) {
    file.diagnostics.forEach(tell);
    for (const result of file.results) {
      outcomes[result.outcome]++;
      reporter.case?.(result);
    }
    files.push(file);
    reporter.file?.(file);
    bailed = bail && file.results.some(({ outcome }) => isFailure(outcome));
    if (bailed) break;
  }
  const sum = (count: (file: TestFileResult) => number): number =>
    files.reduce((total, file) => total + count(file), 0);
  const unselected = sum((file) => file.unselected);
  const isBroken = outcomes.broken > 0 || diagnostics.size > 0;
  const isEmpty = !isBroken && !allowEmpty && sum(({ results }) => results.length) === 0;
  if (isEmpty) tell(nothing(job.files, unselected));
  const findings = bailed ? [] : ((await conclude?.()) ?? []);
  findings.forEach(tell);
  const summary: TestSummary = {
    files,
    outcomes,
    leftOut: sum((file) => file.leftOut),
    unselected,
    diagnostics: [...diagnostics.values()],
    bailed,
    broken: isBroken || isEmpty,
    failed: outcomes.failed + outcomes.fixed + findings.length > 0,
    duration: performance.now() - started,
  };
  reporter.end?.(summary);
  return summary;
}

/** Hands out files to whoever has nothing to do, and gives what came of them in their order. */
async function* inOrder(
  files: readonly string[],
  runners: readonly RunTestFile[],
  sources: readonly Source[],
): AsyncGenerator<TestFileResult> {
  const onlyMarked = (await Promise.all(files.map((name) => marksOnly(name, sources)))).some(
    (marked) => marked,
  );
  const results = files.map(() => later<TestFileResult>());
  // Whoever waits for the first result that fails hears of it; the others are of no interest then.
  for (const { promise } of results) promise.catch(() => undefined);
  let next = 0;
  let ended = false;
  const work = async (run: RunTestFile): Promise<void> => {
    while (next < files.length && !ended) {
      const index = next++;
      await run(files[index]!, onlyMarked).then(results[index]!.resolve, results[index]!.reject);
    }
  };
  const working = runners.map(work);
  try {
    for (const { promise } of results) yield await promise;
  } finally {
    ended = true;
    await Promise.all(working);
  }
}

/** A promise that is kept elsewhere. */
function later<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((keep, fail) => {
    resolve = keep;
    reject = fail;
  });
  return { promise, resolve, reject };
}

const nothing = (files: readonly string[], unselected: number): Diagnostic => ({
  code: 'TEST_NOTHING',
  severity: 'error',
  message: files.length === 0 ? 'there is no test file' : 'there is no case to run',
  ...(files.length === 0 && {
    hint: 'test files are named NAME.test.yaml, and looked for below the paths given',
  }),
  ...(unselected > 0 && { hint: 'the selection leaves out all of them' }),
});
