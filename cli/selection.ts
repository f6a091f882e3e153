/** Captures and a condition on the command line. */
import { existsSync } from 'node:fs';
import { readRuleFiles, sourcesOfRules } from '../daemon/index.ts';
import type { Diagnostic, Source } from '../engine/index.ts';
import { languageWith, loadRules, type Definitions } from '../rules/index.ts';

/** The macros and lists of rule files, in which rules may be for the sources `given`. */
export async function definitionsOf(
  paths: readonly string[],
  tell: (diagnostic: Diagnostic) => void,
  given: readonly Source[] = [],
): Promise<Definitions | undefined> {
  if (paths.length === 0) return undefined;
  const files = readRuleFiles(paths);
  const sources = await sourcesOfRules(files, given);
  const result = loadRules(files, languageWith({ sources }));
  // What only rules would be concerned by does not matter here.
  result.diagnostics.filter(({ severity }) => severity === 'error').forEach(tell);
  return result;
}

/** Captures come first; what names no file, and does not look as if it were to, begins the condition. */
export function splitArguments(words: readonly string[]): {
  readonly paths: readonly string[];
  readonly condition: string;
} {
  const isCapture = (word: string, i: number): boolean =>
    i === 0 || word === '-' || existsSync(word) || LIKE_A_PATH.test(word);
  const end = words.findIndex((word, i) => !isCapture(word, i));
  const paths = end < 0 ? words : words.slice(0, end);
  return { paths, condition: end < 0 ? '' : words.slice(end).join(' ') };
}

/** No condition begins with a word like this. */
const LIKE_A_PATH = /^[^\s=<>!()]*(?:\/[^\s=<>!()]*|\.(?:scap|jsonl|gz|zst))$/;
