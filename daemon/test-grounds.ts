/** What cases of tests are run over. Rules and routes that several files name are loaded once. */
import { DiagnosticError, type Source } from '../engine/index.ts';
import {
  languageWith,
  loadTestRules,
  withOverrides,
  type LoadedTestRules,
  type RuleFile,
  type TestFile,
  type TestRoutes,
  type TestRules,
} from '../rules/index.ts';
import { sourcesOfRules } from './plugins.ts';
import { readRuleFiles } from './rule-files.ts';
import { besideTest, rulePathsOf } from './test-files.ts';
import type { ExplainRoutes, LoadedTestRoutes } from './test-routes.ts';

/** What cases are run over: rules, routes, or both. */
export interface Ground {
  readonly rules: TestRules | undefined;
  readonly routes: TestRoutes | undefined;
}

/** Loads each list of rule files once, and once more with each set of overrides. */
export class RulesCache {
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

/** Reads each configuration once. */
export class RoutesCache {
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
