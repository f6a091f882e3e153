import { fromBytes, toBytes, type ByteString, type Diagnostic, type Expr } from '../engine/index.ts';
import type { LoadedRule } from './compiler.ts';
import type { Context } from './context.ts';
import type { Language } from './language.ts';
import type { LoadedList } from './lists.ts';
import { RuleLoader, type LoaderOptions, type RuleFile } from './loader.ts';
import type { LoadedMacro } from './macros.ts';
import type { FileResult, RuleWarning } from './result.ts';

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

/** Warnings of what a later file may still use. */
const UNUSED: ReadonlySet<string> = new Set(['LOAD_UNUSED_MACRO', 'LOAD_UNUSED_LIST']);

/** Loads rule files together, as Falco does at its start. Problems are in the result; nothing is thrown for them. */
export function loadRules(
  files: readonly RuleFile[],
  language: Language,
  options: LoaderOptions = {},
): LoadResult {
  const loader = new RuleLoader(language, options);
  const results: FileResult[] = [];
  for (const { name, content } of files) {
    const result = loader.load(toBytes(name), content);
    results.push(result);
    if (!result.successful) break;
  }
  const unmet = loader.unmetRequirement();
  const errors: Diagnostic[] =
    unmet === undefined
      ? results.flatMap((file) => fileDiagnostics(file, files).filter(({ severity }) => severity === 'error'))
      : [{ code: 'LOAD_ERR_PLUGIN_REQUIREMENT', severity: 'error', message: fromBytes(unmet) }];
  // Each file compiles the earlier ones anew and warns of them again; only the last knows what none of them uses.
  const warnings = new Map<string, Diagnostic>();
  for (const file of results)
    for (const diagnostic of fileDiagnostics(file, files))
      if (diagnostic.severity === 'warning' && (file === results.at(-1) || !UNUSED.has(diagnostic.code)))
        warnings.set(JSON.stringify(diagnostic), diagnostic);
  return {
    rules: errors.length > 0 ? [] : loader.rules,
    macros: loader.compiled?.macros ?? new Map(),
    lists: loader.compiled?.lists ?? new Map(),
    origins: loader.compiled?.origins ?? new Map(),
    files: results,
    diagnostics: [...errors, ...warnings.values()],
  };
}

/**
 * What is wrong with one file. Places may be in an earlier one, so all are needed. For conditions the place is exact where their text stands
 * in the file as it is; otherwise it is their start.
 */
export function fileDiagnostics(file: FileResult, files: readonly RuleFile[]): Diagnostic[] {
  const diagnose = (
    severity: 'error' | 'warning',
    { code, message, context }: Pick<RuleWarning, 'message' | 'context'> & { readonly code: string },
  ): Diagnostic => {
    const content = files.find(({ name }) => toBytes(name) === context.file)?.content ?? file.content;
    return {
      code,
      severity,
      message: fromBytes(message),
      file: fromBytes(context.file),
      ...placeOf(context, content),
    };
  };
  return [
    ...file.errors.map((error) => diagnose('error', error)),
    ...file.warnings.map((warning) => diagnose('warning', warning)),
  ];
}

function placeOf(context: Context, content: ByteString): { line: number; column: number } {
  const { place, type } = context.location;
  if (type !== 'condition expression') return lineAndColumn(content, place.offset);
  const start = context.parent!.location.place.offset;
  const quote = /["']/.test(content[start] ?? '') ? 1 : 0;
  return content.startsWith(context.condition, start + quote)
    ? lineAndColumn(content, place.offset + quote)
    : lineAndColumn(content, start);
}

function lineAndColumn(content: ByteString, offset: number): { line: number; column: number } {
  const before = content.slice(0, offset).split('\n');
  return { line: before.length, column: fromBytes(before.at(-1)!).length + 1 };
}
