import {
  additionsOf,
  allFields,
  bindFieldOf,
  Engine,
  PRIORITIES,
  staticClass,
  toBytes,
  type Addition,
  type AlertRule,
  type AppendOutput,
  type ByteString,
  type Diagnostic,
  type FieldClass,
  type FieldLookup,
  type Source,
} from '../engine/index.ts';
import {
  alertRuleOf,
  languageWith,
  loadRules,
  selectRules,
  type Language,
  type LoadedRule,
  type LoadResult,
  type RuleFile,
} from '../rules/index.ts';
import { loadPlugins, sourcesOfRules } from './plugins.ts';
import { readRuleFiles } from './rule-files.ts';
import type { FalcoConfig } from './config/falco-keys.ts';
import type { CaptureRule } from './rule-captures.ts';

/** Rules that run: the engine that asks them about events, and what their alerts are made of, by the same index. */
export interface RunningRules {
  readonly engine: Engine;
  readonly alerts: readonly AlertRule[];
  readonly captures: readonly CaptureRule[];
  /** The sources beside system calls that the rule files name. */
  readonly sources: readonly Source[];
}

/** What came of loading rules. */
export interface RulesResult {
  /** Undefined if a file has an error. */
  readonly rules: RunningRules | undefined;
  /** Errors first. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Rule files as `config` says. */
export interface SelectedRules {
  /** In the order in which they were loaded. */
  readonly files: readonly RuleFile[];
  readonly language: Language;
  /** The sources beside system calls that the files name. */
  readonly sources: readonly Source[];
  /** The fields that conditions and outputs of rules for system calls may name, as the engine reads them from events. */
  readonly lookup: FieldLookup;
  /** Everything that the files define; its rules are empty if a file has an error. */
  readonly loaded: LoadResult;
  /** The rules that run, in the order in which they are tried. */
  readonly running: readonly LoadedRule[];
}

/** Loads rule files and folders in the order given, as `config` says. Throws a `DiagnosticError` for what cannot be read. */
export async function loadRunningRules(paths: readonly string[], config: FalcoConfig): Promise<RulesResult> {
  const {
    loaded: { diagnostics },
    running,
    sources,
  } = await loadSelectedRules(paths, config);
  return { rules: hasError(diagnostics) ? undefined : runRules(running, config, sources), diagnostics };
}

/** The same, short of an engine for the rules. With `over`, rules for system calls read their fields from something else than events. */
export async function loadSelectedRules(
  paths: readonly string[],
  config: FalcoConfig,
  over?: (lookup: FieldLookup) => FieldLookup,
): Promise<SelectedRules> {
  const files = readRuleFiles(paths);
  const { sources, warnings } = await loadPlugins(config);
  const selected = loadRuleFiles(files, config, await sourcesOfRules(files, sources), over);
  if (warnings.length === 0) return selected;
  const { loaded } = selected;
  return { ...selected, loaded: { ...loaded, diagnostics: [...loaded.diagnostics, ...warnings] } };
}

/** The same with files that were read, and the sources that they need. */
export function loadRuleFiles(
  files: readonly RuleFile[],
  config: FalcoConfig,
  sources: readonly Source[] = [],
  over: (lookup: FieldLookup) => FieldLookup = (lookup) => lookup,
): SelectedRules {
  const own = staticClass(
    new Map(Object.entries(config.static_fields).map(([name, value]) => [toBytes(name), toBytes(value)])),
  );
  const lookup = bindFieldOf(own);
  const language = languageWith({ bind: over(lookup), sources, own });
  const appendOutput = appendedOutputs(config, own, sources);
  const loaded = loadRules(files, language, { appendOutput });
  const running = selectRules(loaded.rules, {
    priority: PRIORITIES.find((name) => name.toLowerCase() === config.priority)!,
    rules: config.rules.map((entry) => {
      const { rule, tag } = 'enable' in entry ? entry.enable : entry.disable;
      return { enable: 'enable' in entry, rule: toBytes(rule), tag: toBytes(tag) };
    }),
  });
  return { files, language, sources, lookup, loaded, running };
}

/** Makes rules ready to be asked about events. */
export function runRules(
  running: readonly LoadedRule[],
  config: FalcoConfig,
  sources: readonly Source[] = [],
): RunningRules {
  const engine = new Engine(running, { matching: config.rule_matching });
  return { engine, alerts: running.map(alertRuleOf), captures: running, sources };
}

const hasError = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(({ severity }) => severity === 'error');

/** `append_output` of falco.yaml, in the engine's words. */
function appendedOutputs(
  { append_output: entries }: FalcoConfig,
  own: FieldClass,
  sources: readonly Source[],
): readonly Addition[] {
  const appended = entries.map(
    ({
      match,
      extra_output: extraOutput,
      extra_fields: extraFields,
      suggested_output: suggestedOutput,
    }): AppendOutput => ({
      ...(match?.source !== undefined && { source: toBytes(match.source) }),
      ...(match?.tags && { tags: match.tags.map(toBytes) }),
      ...(match?.rule !== undefined && { rule: toBytes(match.rule) }),
      ...(extraOutput !== undefined && { extraOutput: toBytes(extraOutput) }),
      ...(suggestedOutput !== undefined && { suggestedOutput }),
      extraFields: (extraFields ?? []).map((field) => {
        if (typeof field === 'string') return toBytes(field);
        const [key, format] = Object.entries(field)[0]!;
        return { key: toBytes(key), format: toBytes(format) };
      }),
    }),
  );
  // Fields of the user's own stand before those of plug-ins.
  return additionsOf(
    appended,
    new Map<ByteString, readonly FieldClass[]>([
      ['syscall', [...allFields.slice(0, -1), own, allFields.at(-1)!]],
      ...sources.map(({ name, fields }) => [name, [own, ...fields]] as const),
    ]),
  );
}
