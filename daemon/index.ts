/** What the command line may use of the daemon. */
export { loadFalcoConfig, type ConfigSources, type LoadedConfig } from './config/load.ts';
export type { FalcoConfig } from './config/falco-keys.ts';
