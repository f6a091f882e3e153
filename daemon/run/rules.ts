/** The rules that a configuration of `tiercel run` has for events. */
import { DiagnosticError, type Diagnostic } from '../../engine/index.ts';
import {
  loadRunConfig,
  type RunConfig,
  type RunConfigResult,
  type RunConfigSources,
} from '../config/run-config.ts';
import { loadLocalRules, type LocalRulesOptions, type LocalRulesResult } from '../local-rules.ts';

/** Loads the rules that inputs with `as: events` need. Throws a `DiagnosticError` for what cannot be read. */
export const loadRunRules = (
  { falco, inputs }: RunConfig,
  options: Pick<LocalRulesOptions, 'hostname' | 'onMissing'> = {},
): Promise<LocalRulesResult> =>
  loadLocalRules(falco.rules_files, falco, {
    ...options,
    sources: inputs.flatMap(({ source }) => source ?? []),
  });

/** Whether inputs of a configuration bring events. */
export const bringsEvents = ({ inputs }: RunConfig): boolean => inputs.some(({ as }) => as !== 'alerts');

/** Reads a configuration and loads its rules, as `tiercel run` does before it opens anything. */
export async function checkRunConfig(sources: RunConfigSources): Promise<RunConfigResult> {
  const read = loadRunConfig(sources);
  if (read.config === undefined || !bringsEvents(read.config)) return read;
  const { rules, diagnostics } = await orUnreadable(read.config);
  return {
    config: rules === undefined ? undefined : read.config,
    diagnostics: [...read.diagnostics, ...diagnostics],
  };
}

async function orUnreadable(
  config: RunConfig,
): Promise<{ readonly rules: unknown; readonly diagnostics: readonly Diagnostic[] }> {
  try {
    return await loadRunRules(config);
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return { rules: undefined, diagnostics: [error.diagnostic] };
  }
}
