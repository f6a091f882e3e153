import { toBytes, type ByteString, type Diagnostic } from '../engine/index.ts';
import type { Language } from './language.ts';
import { UNUSED_CODES } from './codes.ts';
import { RuleLoader, type LoaderOptions, type RuleFile } from './loader.ts';
import type { FileResult, FileResultJson } from './result.ts';
import { isUtf8 } from './utf8.ts';

/** Falco's verdict on rule files. */
export interface Validation {
  readonly successful: boolean;
  readonly files: readonly FileResult[];
  /** The findings for people, one list for each file; only if they were asked for. */
  readonly diagnostics: readonly (readonly Diagnostic[])[];
  /** A plugin that the rules need is not there. Falco then prints nothing else. A byte string. */
  readonly unmet?: ByteString;
}

/** Judges rule files as `falco -V a.yaml -V b.yaml` does: each one with all that stood in the ones before, whether those were right or not. */
export function validateRules(
  files: readonly RuleFile[],
  language: Language,
  { explain = false, ...options }: LoaderOptions & { readonly explain?: boolean } = {},
): Validation {
  const loader = new RuleLoader(language, options);
  const results: FileResult[] = [];
  const diagnostics: Diagnostic[][] = [];
  const told = new Set<string>();
  for (const { name, content } of files) {
    const result = loader.load(toBytes(name), content);
    results.push(result);
    if (explain) {
      const found = loader.diagnose(result, files);
      const ofSchema = loader
        .diagnoseSchema(result, files)
        .filter((one) => !found.some(({ line, column }) => line === one.line && column === one.column));
      // Each file compiles the earlier ones anew and warns of them again, and of what a later one may use.
      const isLast = results.length === files.length;
      diagnostics.push(
        [...found, ...ofSchema].sort(byPlace).filter((diagnostic) => {
          if (diagnostic.severity === 'error') return true;
          if (!isLast && UNUSED_CODES.has(diagnostic.code)) return false;
          const text = JSON.stringify(diagnostic);
          return !told.has(text) && told.add(text);
        }),
      );
    }
    const unmet = loader.unmetRequirement();
    if (unmet === undefined) continue;
    if (explain) diagnostics.splice(-1, 1, [loader.diagnoseUnmet(files)!]);
    return { successful: false, files: results, diagnostics, unmet };
  }
  return { successful: results.every(({ successful }) => successful), files: results, diagnostics };
}

/** Errors first, then in the order of the text. */
const byPlace = (a: Diagnostic, b: Diagnostic): number =>
  Number(b.severity === 'error') - Number(a.severity === 'error') ||
  (a.line ?? 0) - (b.line ?? 0) ||
  (a.column ?? 0) - (b.column ?? 0);

/** The JSON that `falco -V … -o json_output=true` prints. */
export function validationJson({ files }: Validation): {
  falco_load_results: readonly FileResultJson[];
} {
  return { falco_load_results: files.map((file) => file.toJson()) };
}

/** Whether Falco could print its JSON: it ends with an error where a name or a snippet is not UTF-8 (cut within a character, too). */
export function isPrintable({ files }: Validation): boolean {
  return files.every((file) => isUtf8(file.toText()));
}

/** What `falco -V …` prints without JSON. A byte string. */
export function validationText({ files }: Validation): ByteString {
  return files
    .map((file) =>
      file.successful && file.warnings.length > 0 ? `${file.name}: Ok, with warnings` : file.toText(),
    )
    .join('\n');
}
