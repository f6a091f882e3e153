import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { unreadable } from '../engine/index.ts';
import { fileText, type RuleFile } from '../rules/index.ts';

/** Whether a file holds tests of rules, by its name. */
export const isTestFile = (path: string): boolean => /\.test\.ya?ml$/.test(path);

/**
 * Reads rule files; of a folder all `.yaml` and `.yml` files in it, by name, but for the tests that may stand beside them. Throws a `DiagnosticError` for what cannot be read.
 */
export function readRuleFiles(paths: readonly string[]): RuleFile[] {
  return paths.flatMap((path) => {
    try {
      const names = statSync(path).isDirectory()
        ? readdirSync(path, { withFileTypes: true })
            .filter((entry) => !entry.isDirectory() && /\.ya?ml$/.test(entry.name) && !isTestFile(entry.name))
            .map(({ name }) => join(path, name))
            .sort()
        : [path];
      return names.map((name) => ({ name, content: fileText(readFileSync(name)) }));
    } catch (cause) {
      throw unreadable('LOAD_ERR_FILE_READ', path, cause);
    }
  });
}
