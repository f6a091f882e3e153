/** What the command line may use of the daemon. */
export { diffAlerts, type AlertChange, type AlertDiff } from './alert-diff.ts';
export * from './audit-policy/index.ts';
export { captureFiles, type ReadProgress } from './capture.ts';
export { loadFalcoConfig } from './config/load.ts';
export type { FalcoConfig } from './config/falco-keys.ts';
export { replayCapture } from './pipeline.ts';
export { RuleProfiler, type RuleProfile } from './rule-profiler.ts';
export { replay, type ReplaySummary } from './replay.ts';
export {
  loadRuleFiles,
  loadRunningRules,
  loadSelectedRules,
  runRules,
  type RunningRules,
  type SelectedRules,
} from './rules.ts';
export type { RouteStep, RouteTrial, RouteTrials } from './route-trial.ts';
export { startWorkers } from './workers.ts';
export { pluginsOf, sourcesOfRules, withSources, type LoadedPlugins } from './plugins.ts';
export { readRuleFiles } from './rule-files.ts';
export { eventJson } from './show/event-json.ts';
export * from './show/event-writers.ts';
export type { ProcessEnd } from './show/process.ts';
export { showProcessTrees, type ProcessTree, type TreeEntry } from './show/process-tree.ts';
export { showEvents, type Selection } from './show/show.ts';
export { RANKINGS, summarizeEvents, type EventSummary, type Ranking } from './show/summary.ts';
export { convertCaptures, LOG_HINT, type ConvertResult } from './convert.ts';
export {
  explain,
  explainEvent,
  nearMisses,
  type ExplainJob,
  type Explanation,
  type Miss,
  type NearMisses,
} from './explain.ts';
export { captureAlerts, readAlerts, type KnownAlert } from './known-alerts.ts';
export * from './rule-tests.ts';
export {
  marksOnly,
  TestFileRunner,
  type CaseSelection,
  type RunTestFile,
  type TestFileOptions,
  type TestFileResult,
} from './test-file-runner.ts';
export { loadRulesToTest } from './test-grounds.ts';
export type { ExplainRoutes } from './test-routes.ts';
export { findTestFiles, readFile as readTestSource } from './test-files.ts';
export { interruptible, Interrupted } from './interrupt.ts';
export { recordCommand, type RecordResult } from './record.ts';
export type { RunConfig, RunConfigResult } from './config/run-config.ts';
export type { Daemon } from './run/daemon.ts';
export type { NewSilence, ToldSilence } from './silences.ts';
export type { QueueChanges } from './queue-access.ts';

/** Loads what `tiercel run` and the commands around it need: much, which the others do without. */
export const loadRunning = () => import('./running.ts');
