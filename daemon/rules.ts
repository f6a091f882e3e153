import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  allFields,
  byteString,
  DiagnosticError,
  Engine,
  PRIORITIES,
  toBytes,
  type AlertRule,
  type Diagnostic,
} from '../engine/index.ts';
import {
  engineLanguage,
  loadRules,
  selectRules,
  type AppendedOutput,
  type LoadedRule,
  type RuleFile,
} from '../rules/index.ts';
import type { FalcoConfig } from './config/falco-keys.ts';

/** Rules that run: the engine that asks them about events, and what their alerts are made of, by the same index. */
export interface RunningRules {
  readonly engine: Engine;
  readonly alerts: readonly AlertRule[];
}

export interface RulesResult {
  /** Undefined if a file has an error. */
  readonly rules: RunningRules | undefined;
  /** Errors first. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Loads rule files and folders in the order given, as `config` says. Throws a `DiagnosticError` for what cannot be read. */
export function loadRunningRules(paths: readonly string[], config: FalcoConfig): RulesResult {
  const { rules, diagnostics } = loadRules(readRuleFiles(paths), engineLanguage, {
    appendOutput: appendedOutputs(config),
  });
  if (diagnostics.some(({ severity }) => severity === 'error')) return { rules: undefined, diagnostics };
  const selected = selectRules(rules, {
    priority: PRIORITIES.find((name) => name.toLowerCase() === config.priority)!,
    rules: config.rules.map((entry) => {
      const { rule, tag } = 'enable' in entry ? entry.enable : entry.disable;
      return { enable: 'enable' in entry, rule: toBytes(rule), tag: toBytes(tag) };
    }),
  });
  const engine = new Engine(
    selected.map((rule) => ({ ...rule, enabled: true })),
    { matching: config.rule_matching },
  );
  return { rules: { engine, alerts: selected.map(alertRule) }, diagnostics };
}

function alertRule({ name, priority, source, tags, output, extraFields }: LoadedRule): AlertRule {
  return {
    name,
    priority,
    source,
    tags,
    output,
    extraFields: [...extraFields].map(([key, field]) => ({ key, ...field })),
  };
}

/** The files that paths stand for: themselves, or, for a folder, its `.yaml` and `.yml` files by name. */
export function readRuleFiles(paths: readonly string[]): RuleFile[] {
  const files: RuleFile[] = [];
  for (const path of paths) {
    try {
      const names = statSync(path).isDirectory()
        ? readdirSync(path)
            .filter((name) => /\.ya?ml$/.test(name))
            .sort()
            .map((name) => join(path, name))
        : [path];
      for (const name of names) {
        const bytes = readFileSync(name);
        files.push({ name: toBytes(name), content: byteString(bytes, 0, bytes.length) });
      }
      if (names.length === 0) throw new Error('the folder holds no .yaml or .yml file');
    } catch (cause) {
      throw new DiagnosticError(
        {
          code: 'LOAD_ERR_FILE_READ',
          severity: 'error',
          file: path,
          message: `cannot read rules: ${(cause as Error).message}`,
          hint: 'name a rule file, or a folder with rule files, after -r',
        },
        { cause },
      );
    }
  }
  return files;
}

/** `append_output` of falco.yaml, in the order in which Falco applies its parts. */
function appendedOutputs(config: FalcoConfig): AppendedOutput[] {
  const appended: AppendedOutput[] = [];
  for (const entry of config.append_output) {
    const { source, tags, rule } = entry.match ?? {};
    const match = {
      ...(source && { source: toBytes(source) }),
      ...(tags && { tags: tags.map(toBytes) }),
      ...(rule && { rule: toBytes(rule) }),
    };
    if (entry.extra_output) appended.push({ ...match, format: toBytes(entry.extra_output) });
    if (entry.suggested_output === true)
      for (const name of suggestedFields())
        appended.push({ ...match, format: `${name.replaceAll('.', '_')}=%${name}` });
    const fields = (entry.extra_fields ?? []).map((field) =>
      typeof field === 'string'
        ? { key: toBytes(field), format: toBytes(`%${field}`), raw: true }
        : { key: toBytes(Object.keys(field)[0]!), format: toBytes(Object.values(field)[0]!), raw: false },
    );
    for (const field of fields.filter(({ raw }) => !raw)) appended.push({ ...match, field });
    for (const field of fields.filter(({ raw }) => raw)) appended.push({ ...match, field });
  }
  return appended;
}

/** Fields that Falco suggests for every output, in the order in which it lists them. */
function suggestedFields(): string[] {
  return allFields.flatMap(({ fields }) =>
    fields.filter(({ suggested }) => suggested === true).map(({ name }) => name),
  );
}
