/** The keys that tiercel reads beside Falco's own. They stand in the same file, or in one that `config_files` names. */
export const OWN_KEYS = [
  'data_dir',
  'inputs',
  'outputs',
  'routes',
  'default',
  'silences',
  'api',
  'log',
  'shutdown_timeout',
] as const;
export type OwnKey = (typeof OWN_KEYS)[number];

const NAMES: ReadonlySet<string> = new Set(OWN_KEYS);

/** Whether a key of the file is one of tiercel's. */
export const isOwnKey = (key: string): key is OwnKey => NAMES.has(key);
