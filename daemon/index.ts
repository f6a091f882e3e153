/** What the command line may use of the daemon. */
export { loadFalcoConfig, type ConfigSources, type LoadedConfig } from './config/load.ts';
export type { FalcoConfig } from './config/falco-keys.ts';
export { replayCapture, type ReplayOptions, type ReplayProgress, type ReplayResult } from './pipeline.ts';
export { replay, type ReplayJob, type ReplaySummary } from './replay.ts';
export { loadRunningRules, type RulesResult, type RunningRules } from './rules.ts';
export { readRuleFiles } from './rule-files.ts';
