import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { DiagnosticError, unreadable } from '../engine/index.ts';
import { lintChecks, lintSettings, type LintSettings } from '../rules/index.ts';

/** The `tiercel.yaml` in the folder of a file, or the nearest above it. */
export function findSettings(path: string): string | undefined {
  const start = resolve(path);
  let folder = existsSync(start) && statSync(start).isDirectory() ? start : dirname(start);
  for (;;) {
    const file = join(folder, 'tiercel.yaml');
    if (existsSync(file)) return file;
    const above = dirname(folder);
    if (above === folder) return undefined;
    folder = above;
  }
}

/** What `lint:` in a `tiercel.yaml` says; other keys are other commands'. Throws a `DiagnosticError` for what it cannot mean. */
export function readSettings(file: string): LintSettings {
  const fail = (message: string, hint?: string, place: object = {}): never => {
    throw new DiagnosticError({
      code: 'LINT_ERR_SETTINGS',
      severity: 'error',
      message,
      file,
      ...place,
      ...(hint !== undefined && { hint }),
    });
  };
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable('LINT_ERR_SETTINGS', file, error);
  }
  const lines = new LineCounter();
  // YAML 1.1 would read `off` as false.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeAt = (offset: number): object => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const [error] = document.errors;
  if (error !== undefined) fail(error.message, undefined, placeAt(error.pos[0]));
  const found: unknown = document.toJS();
  const lint = typeof found === 'object' && found !== null && 'lint' in found ? found.lint : {};
  const parsed = lintSettings.safeParse(lint ?? {});
  const placeOf = (path: readonly PropertyKey[]): object => {
    const node = document.getIn(['lint', ...path], true);
    const range =
      typeof node === 'object' && node !== null && 'range' in node ? (node.range as number[]) : [0];
    return placeAt(range[0] ?? 0);
  };
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const { path } = issue!;
    return fail(`lint.${path.join('.')}: expected off, info, warning or error`, undefined, placeOf(path));
  }
  for (const code of Object.keys(parsed.data))
    if (!lintChecks.some((check) => check.code === code))
      fail(`there is no check "${code}"`, '`tiercel lint --list` has all', placeOf([code]));
  return parsed.data;
}
