import type { Diagnostic } from '../../engine/index.ts';
import type { Language } from '../language.ts';
import { loadRules } from '../load.ts';
import type { LoaderOptions, RuleFile } from '../loader.ts';
import { checks } from './checks/index.ts';
import { RuleModel } from '../model/model.ts';
import { Suppressions, type LintSettings } from './settings.ts';

/** How rule files are reviewed. */
export interface LintOptions extends LoaderOptions {
  /** Levels by code: those of `tiercel.yaml`. */
  readonly settings?: LintSettings;
}

/**
 * Reviews rule files, loaded together in their order: what Falco accepts and a reviewer would not, at its place, by file and line. For files that do not
 * load: why they do not.
 */
export function lintRules(
  files: readonly RuleFile[],
  language: Language,
  { settings = {}, ...options }: LintOptions = {},
): Diagnostic[] {
  const loaded = loadRules(files, language, options);
  const errors = loaded.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return errors;
  const model = new RuleModel(files, loaded, language);
  const off = new Map(model.files.map((file) => [file.name, new Suppressions(file)]));
  const found = new Map<string, Diagnostic>();
  for (const { code, severity: own, check } of checks) {
    const severity = settings[code] ?? own;
    if (severity === 'off') continue;
    for (const { place, ...finding } of check(model)) {
      if (off.get(place.file ?? '')?.has(code, place.line ?? 0) === true) continue;
      const diagnostic = { code, severity, ...place, ...finding };
      // What stands in a macro would else be told once for every rule that uses it.
      const key = [code, place.file, place.line, place.column].join(':');
      if (!found.has(key)) found.set(key, diagnostic);
    }
  }
  const order = new Map(model.files.map(({ name }, i) => [name, i]));
  const rank = ({ file = '' }: Diagnostic): number => order.get(file) ?? 0;
  return [...found.values()].sort(
    (a, b) => rank(a) - rank(b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}
