/** Entries with names: `inputs` and `outputs` are maps of a name to settings, or lists of settings with a `name` in them. */
import type { SettingProblem } from '../../outputs/index.ts';

/** Where Falco's `http_output` and falcosidekick's senders go. */
export const DEFAULT_INPUTS = { http: { kind: 'http' } };

/** An input or output of the configuration. */
export interface NamedEntry {
  readonly name: string;
  /** The settings, with the name in them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Leads to the settings. */
  readonly path: readonly (string | number)[];
}

/** The entries under a key. An entry of a list without a name has that of its kind. */
export function namedEntries(
  key: string,
  value: unknown,
): { readonly entries: readonly NamedEntry[]; readonly problems: readonly SettingProblem[] } {
  const entries: NamedEntry[] = [];
  const problems: SettingProblem[] = [];
  const problem = (path: SettingProblem['path'], message: string, hint: string): void =>
    void problems.push({ path, message, hint });
  const example = `write \`${key}: {NAME: {kind: …}}\``;
  if (value === undefined || value === null) return { entries, problems };
  if (typeof value !== 'object') {
    problem([key], `${key} is a map of names to settings`, example);
    return { entries, problems };
  }
  const isList = Array.isArray(value);
  const names = new Set<string>();
  for (const [at, settings] of Object.entries(value)) {
    const path = [key, isList ? Number(at) : at];
    if (!isSettings(settings)) {
      problem(path, 'found no settings, expected keys with values', example);
      continue;
    }
    if (!isList && settings['name'] !== undefined && settings['name'] !== at) {
      problem([...path, 'name'], `the name is ${at} already`, 'take `name` out: the key is the name');
      continue;
    }
    const name = isList ? String(settings['name'] ?? settings['kind'] ?? '') : at;
    if (names.has(name)) {
      problem(path, `there is another one of the name ${name}`, 'give each a `name` of its own');
      continue;
    }
    names.add(name);
    entries.push({ name, settings: { ...settings, name }, path });
  }
  return { entries, problems };
}

const isSettings = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
