/** Runs the cases of one file of tests. */
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
  readTestFile,
  rulesOf,
  runAlertsCase,
  runEventCase,
  type CaptureCase,
  type CaseResult,
  type Explain,
  type Explanation,
  type LoadedRule,
  type RuleFile,
  type RunOptions,
  type TestCase,
  type TestFile,
  type TestRules,
} from '../rules/index.ts';
import { sourcesOfFields } from '../sources/index.ts';
import { readCapture, type ReadProgress } from './capture.ts';
import { pluginsOf, withSources, type LoadedPlugins } from './plugins.ts';
import { besideTest, readFile } from './test-files.ts';
import type { ExplainRoutes, LoadedTestRoutes } from './test-routes.ts';
import { RoutesCache, RulesCache, type Ground } from './test-grounds.ts';

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

/** Runs one file. `onlyMarked`: only the cases that say so. */
export type RunTestFile = (name: string, onlyMarked: boolean) => Promise<TestFileResult>;

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

const NO_RULES = { rules: undefined, diagnostics: [], paths: [] } as const;
const NO_ROUTES: LoadedTestRoutes = { routes: undefined, diagnostics: [], reads: [] };

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

/** Reads a test file, whose facts may be of any source. */
async function readCases(file: RuleFile, given: readonly Source[]): Promise<ReturnType<typeof readTestFile>> {
  const named = await sourcesOfFields([file.content]);
  return readTestFile(file, languageWith({ sources: withSources(given, named) }).anyField);
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
