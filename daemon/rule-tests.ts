/** Runs files of tests of rules. */
import { DiagnosticError, toBytes, type Diagnostic, type Source } from '../engine/index.ts';
import {
  asksRoutes,
  asksRules,
  CaptureRun,
  checkCases,
  checkRouting,
  diagnosticOfProblem,
  fullName,
  isFailure,
  languageWith,
  loadTestRules,
  readTestFile,
  rulesOf,
  runAlertsCase,
  runEventCase,
  withOverrides,
  type CaptureCase,
  type CaseResult,
  type Explain,
  type Explanation,
  type LoadedRule,
  type LoadedTestRules,
  type Outcome,
  type RuleFile,
  type RunOptions,
  type TestCase,
  type TestFile,
  type TestRoutes,
  type TestRules,
} from '../rules/index.ts';
import { sourcesOfFields } from '../sources/index.ts';
import { readCapture, type ReadProgress } from './capture.ts';
import { pluginsOf, sourcesOfRules, type LoadedPlugins } from './plugins.ts';
import { readRuleFiles } from './rule-files.ts';
import { besideTest, readFile, rulePathsOf } from './test-files.ts';
import type { ExplainRoutes, LoadedTestRoutes } from './test-routes.ts';

/** Which cases are run; all of what is said must be so. */
export interface CaseSelection {
  /** Whether a case is wanted by its full name. */
  readonly name?: (name: string) => boolean;
  /** By the name of a rule that it is about. */
  readonly rule?: (name: string) => boolean;
  /** By a tag of a rule that it is about. */
  readonly tag?: string;
}

/** How the cases of files are run. */
export interface TestFileOptions extends RunOptions {
  readonly select?: CaseSelection;
  /** Whether `only` may leave out cases. */
  readonly allowOnly?: boolean;
  /** Whether the first case that fails ends the run. */
  readonly bail?: boolean;
  /** Tells of the way of an alert through routes, where `explain` tells of rules. */
  readonly explainRoutes?: ExplainRoutes;
  /** falco.yaml or tiercel.yaml, for the plug-ins that it loads. */
  readonly config?: string;
  /** Called while a capture is read. */
  readonly onProgress?: (progress: ReadProgress) => void;
}

/** Runs one file. `onlyMarked`: only the cases that say so. */
export type RunTestFile = (name: string, onlyMarked: boolean) => Promise<TestFileResult>;

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

/** What came of one file. Plain data, so that threads can hand it on. */
export interface TestFileResult {
  readonly name: string;
  readonly results: readonly CaseResult[];
  /** Why its cases could not be run. */
  readonly diagnostics: readonly Diagnostic[];
  /** Cases that `only` left out. */
  readonly leftOut: number;
  /** Cases that the selection left out. */
  readonly unselected: number;
  /** Files that the result hangs on, besides itself: rules and captures. */
  readonly reads: readonly string[];
  /** Milliseconds, from reading the file on. */
  readonly duration: number;
}

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

/** Whether a case of a file says `only`. Its facts may be of the `sources` that plug-ins gave. */
export async function marksOnly(name: string, sources: readonly Source[]): Promise<boolean> {
  try {
    const file = readFile(name);
    if (!file.content.includes('only')) return false;
    return (await readCases(file, sources)).testFile?.cases.some(({ only }) => only) === true;
  } catch (error) {
    // The one who runs it will tell.
    if (error instanceof DiagnosticError) return false;
    throw error;
  }
}

/** What cases are run over: rules, routes, or both. */
interface Ground {
  readonly rules: TestRules | undefined;
  readonly routes: TestRoutes | undefined;
}

/** Runs files of tests one after the other. Rules and routes that several files name are loaded once. */
export class TestFileRunner {
  readonly #options: TestFileOptions;
  #plugins: Promise<LoadedPlugins> | undefined = undefined;
  readonly #cache = new RulesCache();
  readonly #routes = new RoutesCache();

  constructor(options: TestFileOptions) {
    this.#options = options;
  }

  async run(name: string, onlyMarked: boolean): Promise<TestFileResult> {
    const started = performance.now();
    const { sources } = await (this.#plugins ??= pluginsOf(this.#options.config));
    const { testFile, diagnostics } = await orUnread(name, sources);
    const result = { name, results: [], diagnostics, leftOut: 0, unselected: 0, reads: [] };
    const done = (rest: Partial<TestFileResult>): TestFileResult => ({
      ...result,
      ...rest,
      duration: performance.now() - started,
    });
    if (testFile === undefined) return done({});
    const { allowOnly, select = {} } = this.#options;
    const forbidden = allowOnly === true ? [] : forbiddenOnly(testFile);
    if (forbidden.length > 0) return done({ diagnostics: forbidden });
    const marked = testFile.cases.filter(({ only }) => !onlyMarked || only);
    const leftOut = testFile.cases.length - marked.length;
    const named = marked.filter((testCase) => isNamed(testCase, select));
    if (named.length === 0) return done({ leftOut, unselected: marked.length });
    const ofRules = named.some(asksRules) ? await this.#cache.rulesOf(testFile, sources) : NO_RULES;
    const ofRoutes = named.some(asksRoutes)
      ? await this.#routes.routesOf(testFile, this.#options.explainRoutes)
      : NO_ROUTES;
    const { rules } = ofRules;
    const { routes } = ofRoutes;
    const captures = named.flatMap((one) =>
      one.kind === 'capture' ? [besideTest(name, one.capture.value)] : [],
    );
    const reads = [...new Set([...ofRules.paths, ...ofRoutes.reads, ...captures])];
    const found = [...ofRules.diagnostics, ...ofRoutes.diagnostics];
    if (found.length > 0) return done({ diagnostics: found, leftOut, reads });
    const { tag } = select;
    const cases = tag === undefined ? named : named.filter((testCase) => hasTag(testCase, tag, rules));
    const unselected = marked.length - cases.length;
    // Nothing can be said of cases that lack their ground.
    const wrong = [
      ...(rules === undefined ? [] : checkCases(cases.filter(asksRules), rules)),
      ...(routes === undefined ? [] : checkRouting(cases.filter(asksRoutes), routes)),
    ];
    if (wrong.length > 0) return done({ diagnostics: wrong, leftOut, unselected, reads });
    const results = await this.#runCases(cases, { rules, routes }, testFile);
    return done({ results, leftOut, unselected, reads });
  }

  async #runCases(
    cases: readonly TestCase[],
    ground: Ground,
    testFile: TestFile,
  ): Promise<readonly CaseResult[]> {
    const results: CaseResult[] = [];
    for (const testCase of cases) {
      const result = await runCase(testCase, ground, testFile, this.#options);
      results.push(result);
      if (this.#options.bail === true && isFailure(result.outcome)) break;
    }
    return results;
  }
}

/** Reads a test file, whose facts may be of any source. */
async function readCases(file: RuleFile, given: readonly Source[]): Promise<ReturnType<typeof readTestFile>> {
  const named = await sourcesOfFields([file.content]);
  const others = named.filter(({ name }) => given.every((source) => source.name !== name));
  return readTestFile(file, languageWith({ sources: [...given, ...others] }).anyField);
}

async function orUnread(name: string, sources: readonly Source[]): Promise<ReturnType<typeof readTestFile>> {
  try {
    return await readCases(readFile(name), sources);
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return { diagnostics: [error.diagnostic] };
  }
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

const isNamed = (testCase: TestCase, { name, rule }: CaseSelection): boolean =>
  (name === undefined || name(fullName(testCase))) &&
  (rule === undefined || rulesOf(testCase).some(({ value }) => rule(value)));

const hasTag = (testCase: TestCase, tag: string, rules: TestRules | undefined): boolean =>
  testCase.kind === 'alerts'
    ? testCase.alerts.some(({ content: { tags } }) => tags.includes(tag))
    : rulesOf(testCase).some(({ value }) => rules?.find(value)?.tags.includes(toBytes(tag)) === true);

/** Loads each list of rule files once, and once more with each set of overrides. */
class RulesCache {
  readonly #loaded = new Map<string, LoadedTestRules>();

  async rulesOf(
    testFile: TestFile,
    sources: readonly Source[],
  ): Promise<LoadedTestRules & { readonly paths: readonly string[] }> {
    const { paths, diagnostics } = rulePathsOf(testFile);
    if (diagnostics.length > 0) return { rules: undefined, diagnostics, paths };
    return { ...(await this.#load(testFile, paths, sources)), paths };
  }

  async #load(
    { overrides, name }: TestFile,
    paths: readonly string[],
    sources: readonly Source[],
  ): Promise<LoadedTestRules> {
    const key = JSON.stringify(paths);
    const plain =
      this.#loaded.get(key) ?? (await orDiagnostics(() => loadRulesToTest(readRuleFiles(paths), sources)));
    this.#loaded.set(key, plain);
    if (plain.rules === undefined || overrides.length === 0) return plain;
    const ownKey = JSON.stringify([paths, overrides.map((override) => ({ ...override, place: undefined }))]);
    const own = this.#loaded.get(ownKey) ?? withOverrides(plain.rules, overrides, name);
    // What is wrong is told of at its place in each file.
    if (own.rules !== undefined) this.#loaded.set(ownKey, own);
    return own;
  }
}

const NO_RULES = { rules: undefined, diagnostics: [], paths: [] } as const;
const NO_ROUTES: LoadedTestRoutes = { routes: undefined, diagnostics: [], reads: [] };

/** Reads each configuration once. */
class RoutesCache {
  readonly #loaded = new Map<string, LoadedTestRoutes>();

  async routesOf(testFile: TestFile, explain: ExplainRoutes | undefined): Promise<LoadedTestRoutes> {
    const { name, routes } = testFile;
    const key = routes === undefined || routes === 'here' ? name : besideTest(name, routes.value);
    const known = this.#loaded.get(key);
    if (known !== undefined) return known;
    // Outputs are much, and tests of rules do without them.
    const { loadTestRoutes } = await import('./test-routes.ts');
    const loaded = loadTestRoutes(testFile, explain);
    this.#loaded.set(key, loaded);
    return loaded;
  }
}

/** Loads rules for tests, with the sources that they name, and those that plug-ins gave. */
export async function loadRulesToTest(
  files: readonly RuleFile[],
  given: readonly Source[] = [],
): Promise<LoadedTestRules> {
  return loadTestRules(files, languageWith({ sources: await sourcesOfRules(files, given) }));
}

async function orDiagnostics(load: () => Promise<LoadedTestRules>): Promise<LoadedTestRules> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return { rules: undefined, diagnostics: [error.diagnostic] };
  }
}

function runCase(
  testCase: TestCase,
  { rules, routes }: Ground,
  { matching }: TestFile,
  options: TestFileOptions,
): CaseResult | Promise<CaseResult> {
  switch (testCase.kind) {
    case 'alerts':
      return runAlertsCase(testCase, routes!, options);
    case 'capture':
      return runCaptureCase(testCase, new CaptureRun(testCase, rules!, matching, options, routes), options);
    default:
      return runEventCase(testCase, rules!, matching, options, routes);
  }
}

async function runCaptureCase(
  { file, capture }: CaptureCase,
  run: CaptureRun,
  { onProgress, explain }: TestFileOptions,
): Promise<CaseResult> {
  const path = besideTest(file, capture.value);
  const { diagnostics } = await readCapture(path, {
    asks: (code) => run.asks(code),
    sources: run.sources,
    onEvent: (event, visible) => {
      if (visible) run.take(event);
      return true;
    },
    ...(onProgress && { onProgress }),
  });
  const result = run.result(diagnostics.find(({ severity }) => severity === 'error'));
  if (explain === undefined || result.outcome !== 'failed') return result;
  const ofRules = await explainCapture(path, run, run.questions(result), explain);
  return { ...result, explanations: [...ofRules, ...result.explanations] };
}

/** Reads a capture once more: events do not outlive the next. */
async function explainCapture(
  path: string,
  run: CaptureRun,
  questions: ReadonlyMap<number, LoadedRule>,
  explain: Explain,
): Promise<readonly Explanation[]> {
  const last = Math.max(0, ...questions.keys());
  const explanations: Explanation[] = [];
  if (questions.size > 0)
    await readCapture(path, {
      sources: run.sources,
      onEvent: (event) => {
        const rule = questions.get(event.num);
        if (rule !== undefined) explanations.push(run.explain(rule, event, explain));
        return event.num < last;
      },
    });
  return explanations;
}
