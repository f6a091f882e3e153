import { toBytes, type ByteString, type Diagnostic, type Expr } from '../engine/index.ts';
import { UNUSED_CODES } from './codes.ts';
import type { LoadedRule } from './compiler.ts';
import type { Language } from './language.ts';
import type { LoadedList } from './lists.ts';
import { RuleLoader, type LoaderOptions, type RuleFile } from './loader.ts';
import type { LoadedMacro } from './macros.ts';
import type { FileResult } from './result.ts';

/** What a set of rule files gave. */
export interface LoadResult {
  /** In the order of the files; all of them, also those that are not enabled. Empty if a file failed. */
  readonly rules: readonly LoadedRule[];
  readonly macros: ReadonlyMap<ByteString, LoadedMacro>;
  readonly lists: ReadonlyMap<ByteString, LoadedList>;
  /** Which macro a tree in a condition came from. */
  readonly origins: ReadonlyMap<Expr, ByteString>;
  /** One for each file that was tried: loading stops at the first that fails. */
  readonly files: readonly FileResult[];
  /** Errors first, then warnings, in the order in which they were found. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Loads rule files together, as Falco does at its start. Problems are in the result; nothing is thrown for them. */
export function loadRules(
  files: readonly RuleFile[],
  language: Language,
  options: LoaderOptions = {},
): LoadResult {
  const loader = new RuleLoader(language, options);
  const results: FileResult[] = [];
  const errors: Diagnostic[] = [];
  // Each file compiles the earlier ones anew and warns of them again; only the last knows what none of them uses.
  let unused: Diagnostic[] = [];
  const warnings = new Map<string, Diagnostic>();
  for (const { name, content } of files) {
    const result = loader.load(toBytes(name), content);
    results.push(result);
    const found = loader.diagnose(result, files);
    unused = found.filter(({ code }) => UNUSED_CODES.has(code));
    for (const diagnostic of found)
      if (diagnostic.severity === 'error') errors.push(diagnostic);
      else if (!UNUSED_CODES.has(diagnostic.code)) warnings.set(JSON.stringify(diagnostic), diagnostic);
    if (!result.successful) break;
  }
  const unmet = loader.diagnoseUnmet(files);
  if (unmet) errors.splice(0, errors.length, unmet);
  return {
    rules: errors.length > 0 ? [] : loader.rules,
    macros: loader.compiled?.macros ?? new Map(),
    lists: loader.compiled?.lists ?? new Map(),
    origins: loader.compiled?.origins ?? new Map(),
    files: results,
    diagnostics: [...errors, ...warnings.values(), ...unused],
  };
}
