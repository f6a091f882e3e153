/** What the command line may use of the daemon. */
export {
  diffAlerts,
  type AlertChange,
  type AlertDiff,
  type AlertDiffJob,
  type RuleAlerts,
} from './alert-diff.ts';
export * from './audit-policy/index.ts';
export { captureFiles, type ReadProgress } from './capture.ts';
export { loadFalcoConfig, type ConfigSources, type LoadedConfig } from './config/load.ts';
export type { FalcoConfig } from './config/falco-keys.ts';
export { replayCapture, type ReplayOptions, type ReplayProgress, type ReplayResult } from './pipeline.ts';
export type { Imported, SidekickSources } from './import/sidekick.ts';
export type { LocalRules, LocalRulesResult } from './local-rules.ts';
export { RuleProfiler, type CheckCost, type RuleCost, type RuleProfile } from './rule-profiler.ts';
export { replay, type ReplayJob, type ReplaySummary } from './replay.ts';
export {
  loadRuleFiles,
  loadRunningRules,
  loadSelectedRules,
  runRules,
  type RulesResult,
  type RunningRules,
  type SelectedRules,
} from './rules.ts';
export type { RouteStep, RouteTrial, RouteTrials } from './route-trial.ts';
export { startWorkers, type WorkerSetup } from './workers.ts';
export { pluginsOf, sourcesOfRules, type LoadedPlugins } from './plugins.ts';
export { readRuleFiles } from './rule-files.ts';
export { eventJson } from './show/event-json.ts';
export * from './show/event-writers.ts';
export type { ProcessEnd, ProcessInfo } from './show/process.ts';
export { showProcessTrees, type ProcessTree, type TreeEntry, type TreeJob } from './show/process-tree.ts';
export { showEvents, type Selection, type ShowJob } from './show/show.ts';
export {
  RANKINGS,
  summarizeEvents,
  type EventSummary,
  type Ranking,
  type SummaryJob,
} from './show/summary.ts';
export { convertCaptures, LOG_HINT, type ConvertJob, type ConvertResult } from './convert.ts';
export {
  explain,
  explainEvent,
  FARTHEST,
  nearMisses,
  type ExplainJob,
  type Explanation,
  type Miss,
  type NearMisses,
} from './explain.ts';
export { alertInLine, captureAlerts, readAlerts, type KnownAlert } from './known-alerts.ts';
export * from './rule-tests.ts';
export type { ExplainRoutes } from './test-routes.ts';
export { findTestFiles, readFile as readTestSource } from './test-files.ts';
export { interruptible, Interrupted } from './interrupt.ts';
export { recordCommand, type RecordJob, type RecordResult } from './record.ts';
export type { RunConfig, RunConfigResult } from './config/run-config.ts';
export type { Daemon, DaemonOptions } from './run/daemon.ts';
export type { DaemonLog } from './run/log.ts';
export type { NewSilence, ToldSilence } from './silences.ts';
export type { QueueChanges } from './queue-access.ts';

/** Loads what `tiercel run` and the commands around it need: much, which the others do without. */
export const loadRunning = () => import('./running.ts');
