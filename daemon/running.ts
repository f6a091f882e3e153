/** What the command line may use of the daemon that runs beside Falco. */
export { ENDPOINTS } from './api.ts';
export { loadRunConfig } from './config/run-config.ts';
export { runConfigSchema } from './config/run-schema.ts';
export { checkRunConfig, loadRunRules } from './run/rules.ts';
export { changeQueue, lookIntoQueue } from './queue-access.ts';
export { API_SOCKET, Daemon } from './run/daemon.ts';
export { describeRun } from './run/describe.ts';
export { silencesOf } from './silences.ts';
export { openLog } from './run/log.ts';
export { METRICS } from './run/metrics.ts';
export { readRoutingFile } from './config/routing-file.ts';
export { importSidekick } from './import/sidekick.ts';
export { parseSidekickFile } from './import/sidekick-settings.ts';
export { RouteTrials } from './route-trial.ts';
