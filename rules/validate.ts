import { toBytes, type ByteString } from '../engine/index.ts';
import type { Language } from './language.ts';
import { RuleLoader, type LoaderOptions, type RuleFile } from './loader.ts';
import type { FileResult, FileResultJson } from './result.ts';
import { isUtf8 } from './utf8.ts';

/** Falco's verdict on rule files. */
export interface Validation {
  readonly successful: boolean;
  readonly files: readonly FileResult[];
  /** A plugin that the rules need is not there. Falco then prints nothing else. A byte string. */
  readonly unmet?: ByteString;
}

/** Judges rule files as `falco -V a.yaml -V b.yaml` does: each one with all that stood in the ones before, whether those were right or not. */
export function validateRules(
  files: readonly RuleFile[],
  language: Language,
  options?: LoaderOptions,
): Validation {
  const loader = new RuleLoader(language, options);
  const results: FileResult[] = [];
  for (const { name, content } of files) {
    results.push(loader.load(toBytes(name), content));
    const unmet = loader.unmetRequirement();
    if (unmet !== undefined) return { successful: false, files: results, unmet };
  }
  return { successful: results.every(({ successful }) => successful), files: results };
}

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
