/** Finds the files that tests of rules are in, and the files that they name. */
import { existsSync, readdirSync, readFileSync, statSync, type Dirent } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { unreadable, type Diagnostic } from '../engine/index.ts';
import { diagnosticOfProblem, fileText, globTest, type RuleFile, type TestFile } from '../rules/index.ts';
import { isTestFile, readRuleFiles } from './rule-files.ts';

/** The test files that paths stand for: files as they are given, of folders all `*.test.yaml` below. Throws a `DiagnosticError` for a path that is not there. */
export function findTestFiles(paths: readonly string[]): string[] {
  const found = paths.flatMap((path) => {
    try {
      return statSync(path).isDirectory() ? below(path).filter(isTestFile) : [path];
    } catch (cause) {
      throw unreadable('TEST_NO_FILE', path, cause);
    }
  });
  return [...new Set(found)];
}

/** All files below a folder, by name; not those of packages and of hidden folders. */
function below(folder: string): string[] {
  const entries = entriesOf(folder);
  const skipped = (name: string): boolean => name.startsWith('.') || name === 'node_modules';
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skipped(entry.name) ? [] : below(path);
    return [path];
  });
}

const entriesOf = (folder: string): Dirent[] =>
  readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));

/** Throws a `DiagnosticError` for a file that cannot be read. */
export function readFile(path: string): RuleFile {
  try {
    return { name: path, content: fileText(readFileSync(path)) };
  } catch (cause) {
    throw unreadable('TEST_NO_FILE', path, cause);
  }
}

/** A path as a test file names it. */
export const besideTest = (file: string, path: string): string =>
  isAbsolute(path) ? path : join(dirname(file), path);

/** The rule files of a test file, in their order, or why there are none. */
export function rulePathsOf({ name, rules }: TestFile): {
  readonly paths: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
} {
  if (rules === undefined) {
    const sibling = ['yaml', 'yml']
      .map((end) => name.replace(/(?:\.test)?\.ya?ml$/, `.${end}`))
      .find((path) => path !== name && existsSync(path));
    if (sibling !== undefined) return { paths: [sibling], diagnostics: [] };
    const problem = diagnosticOfProblem({
      code: 'TEST_NO_RULES',
      message: `there is no rule file ${name.replace(/(?:\.test)?\.ya?ml$/, '.yaml')} beside this one`,
      place: { file: name, line: 1 },
      hint: 'name the rule files under `rules`',
    });
    return { paths: [], diagnostics: [problem] };
  }
  const diagnostics: Diagnostic[] = [];
  const paths = rules.flatMap(({ value, place }) => {
    const found = expand(besideTest(name, value));
    if (found.length > 0) return found;
    diagnostics.push(
      diagnosticOfProblem({
        code: 'TEST_NO_RULES',
        message: `there is no rule file ${value}`,
        place,
        hint: 'paths are relative to the test file',
      }),
    );
    return [];
  });
  // A pattern after the files that must come first means the others.
  return { paths: [...new Set(paths)], diagnostics };
}

/** The files that a path with `*`, `?` and `**` stands for, and those in a folder; test files are left out. */
function expand(path: string): string[] {
  const found = /[*?]/.test(path)
    ? glob(path).filter((file) => /\.ya?ml$/.test(file) && !isTestFile(file))
    : [path].filter(existsSync);
  return found.flatMap((file) =>
    statSync(file).isDirectory() ? readRuleFiles([file]).map(({ name }) => name) : [file],
  );
}

function glob(path: string): string[] {
  const parts = path.split('/');
  const first = parts.findIndex((part) => /[*?]/.test(part));
  const walk = (folder: string, [part, ...rest]: readonly string[]): string[] => {
    if (part === undefined) return [folder];
    const children = existsSync(folder) && statSync(folder).isDirectory() ? entriesOf(folder) : [];
    if (part === '**') {
      const folders = children.filter(
        (child) => child.isDirectory() && !child.name.startsWith('.') && child.name !== 'node_modules',
      );
      return [
        ...walk(folder, rest),
        ...folders.flatMap(({ name }) => walk(join(folder, name), [part, ...rest])),
      ];
    }
    if (!/[*?]/.test(part)) return existsSync(join(folder, part)) ? walk(join(folder, part), rest) : [];
    const fits = globTest(part);
    return children
      .filter(({ name }) => !name.startsWith('.') && fits(name))
      .flatMap(({ name }) => walk(join(folder, name), rest));
  };
  return [
    ...new Set(walk(parts.slice(0, first).join('/') || (isAbsolute(path) ? '/' : '.'), parts.slice(first))),
  ];
}
