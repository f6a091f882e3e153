import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  defineSource,
  didYouMean,
  DiagnosticError,
  type Diagnostic,
  type Source,
  type SourceDefinition,
} from '../engine/index.ts';
import type { RuleFile } from '../rules/index.ts';
import { builtInPlugins, builtInSource, sourcesIn } from '../sources/index.ts';
import type { FalcoConfig } from './config/falco-keys.ts';

/** A plug-in as `plugins:` of falco.yaml has it. */
export type PluginEntry = NonNullable<FalcoConfig['plugins']>[number];

/** What the plug-ins of a configuration give. */
export interface LoadedPlugins {
  readonly sources: readonly Source[];
  /** Those of Falco's own plug-ins among them, by the names that `required_plugin_versions` has. */
  readonly falcos: readonly string[];
  /** `open_params`, by the names of sources: for their `open`. */
  readonly params: ReadonlyMap<string, string>;
  /** Plug-ins that only Falco has: rules for their sources are left out. */
  readonly warnings: readonly Diagnostic[];
}

/**
 * The sources that a configuration loads: of `plugins`, those that `load_plugins` names, or all. Falco's own plug-ins (`libk8saudit.so`) are those that tiercel brings; others are modules of JavaScript
 * (`./my-source.mjs`, beside the configuration) or npm packages whose default export is a source, or a function that makes one of `init_config`.
 *
 * @throws DiagnosticError for one that cannot be loaded, or that is none.
 */
export async function loadPlugins(
  { plugins = [], load_plugins: names }: Pick<FalcoConfig, 'plugins' | 'load_plugins'>,
  folder: string = process.cwd(),
): Promise<LoadedPlugins> {
  const sources = new Map<string, Source>();
  const falcos: string[] = [];
  const params = new Map<string, string>();
  const warnings: Diagnostic[] = [];
  for (const entry of names?.map((name) => entryNamed(name, plugins)) ?? plugins) {
    if (isContainerPlugin(entry)) continue;
    const source = await loadPlugin(entry, folder);
    if (source === undefined) {
      warnings.push(notHere(entry));
      continue;
    }
    if ((sources.get(source.name) ?? source) !== source)
      throw refusal(
        `two plug-ins have the source ${source.name}`,
        'leave one of them away in `load_plugins`',
      );
    sources.set(source.name, source);
    const known = falcosName(entry);
    if (known !== undefined) falcos.push(known);
    const { open_params: given } = entry;
    if (given !== undefined && given !== null)
      params.set(source.name, typeof given === 'string' ? given : JSON.stringify(given));
  }
  return { sources: [...sources.values()], falcos, params, warnings };
}

/** What the configuration in a file loads: falco.yaml or tiercel.yaml; nothing without one. Throws a `DiagnosticError` as `loadPlugins` and Falco do. */
export async function pluginsOf(file: string | undefined): Promise<LoadedPlugins> {
  if (file === undefined) return NO_PLUGINS;
  // Most commands that may be given a configuration are not.
  const { loadFalcoConfig } = await import('./config/load.ts');
  return loadPlugins(loadFalcoConfig({ file, env: process.env }).config);
}

const NO_PLUGINS: LoadedPlugins = { sources: [], falcos: [], params: new Map(), warnings: [] };

/** The sources for rule files: those that plug-ins gave, and of those that tiercel brings, which the files name. */
export async function sourcesOfRules(
  files: readonly RuleFile[],
  given: readonly Source[] = [],
): Promise<readonly Source[]> {
  return withSources(given, await sourcesIn(files.map(({ content }) => content)));
}

/** Sources, and those of others whose names are not taken. */
export const withSources = (sources: readonly Source[], others: readonly Source[]): readonly Source[] => [
  ...sources,
  ...others.filter(({ name }) => sources.every((source) => source.name !== name)),
];

/** What it does is done anyway. */
const isContainerPlugin = ({ name, library_path: path }: PluginEntry): boolean =>
  name === 'container' || basename(path) === 'libcontainer.so';

const notHere = ({ name, library_path: path }: PluginEntry): Diagnostic => ({
  code: 'CONFIG_PLUGIN_OF_FALCO',
  severity: 'warning',
  message: `the plug-in "${name}" (${path}) is a library of Falco's that tiercel does not bring: its events and fields are not known`,
  hint: `it brings ${[...builtInPlugins].join(', ')}; others can be written in JavaScript: docs/how-to/write-a-source.md`,
});

/** What tiercel brings needs no entry of its own. */
function entryNamed(name: string, plugins: readonly PluginEntry[]): PluginEntry {
  const entry = plugins.find((one) => one.name === name);
  if (entry !== undefined) return entry;
  if (builtInPlugins.has(name)) return { name, library_path: `lib${name}.so` };
  const known = [...plugins.map((one) => one.name), ...builtInPlugins];
  throw refusal(
    `load_plugins names "${name}", and \`plugins\` has none of this name`,
    didYouMean(name, known) ?? 'add it to `plugins`, with its library_path',
  );
}

/** The plug-in of Falco's that a library is, if tiercel brings it. */
function falcosName({ name, library_path: path }: PluginEntry): string | undefined {
  if (!path.endsWith('.so')) return undefined;
  return [name, basename(path, '.so').replace(/^lib/, '')].find((one) => builtInPlugins.has(one));
}

/** Undefined for libraries of Falco's that are not known. */
async function loadPlugin(entry: PluginEntry, folder: string): Promise<Source | undefined> {
  const { name, library_path: path, init_config: settings } = entry;
  if (path.endsWith('.so')) {
    const known = falcosName(entry);
    return known === undefined ? undefined : withSettings(() => builtInSource(known, settings), name);
  }
  const module = await importModule(path, folder, name);
  return sourceOf(module.default, settings, name, path);
}

async function importModule(
  path: string,
  folder: string,
  name: string,
): Promise<{ readonly default?: unknown }> {
  try {
    return (await import(addressOf(path, folder))) as { readonly default?: unknown };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const hint =
      code === 'ERR_UNKNOWN_FILE_EXTENSION'
        ? 'this Node.js runs no TypeScript: translate it first, or use Node.js 22.18 or later'
        : code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
          ? 'library_path is a file beside the configuration (./my-source.mjs), or the name of an installed npm package'
          : undefined;
    throw refusal(`cannot load the plug-in "${name}" from ${path}: ${message.split('\n')[0]}`, hint, cause);
  }
}

/** What `import` is given: a file, or a package that is looked for from the configuration's folder first. */
function addressOf(path: string, folder: string): string {
  const file = resolve(folder, path);
  if (/^\.{0,2}\//.test(path) || existsSync(file)) return pathToFileURL(file).href;
  try {
    return pathToFileURL(createRequire(join(folder, 'plugins')).resolve(path)).href;
  } catch {
    return path;
  }
}

/** Tells whose settings were wrong. */
async function withSettings<T>(make: () => T | Promise<T>, name: string): Promise<T> {
  try {
    return await make();
  } catch (cause) {
    throw refusal(`init_config of the plug-in "${name}": ${(cause as Error).message}`, undefined, cause);
  }
}

async function sourceOf(exported: unknown, settings: unknown, name: string, path: string): Promise<Source> {
  const made: unknown =
    typeof exported === 'function'
      ? await withSettings(() => (exported as (settings: unknown) => unknown)(settings), name)
      : exported;
  if (isSource(made)) return made;
  if (isDefinition(made)) return defineSource(made);
  throw refusal(
    `the plug-in "${name}" (${path}) has no source as its default export`,
    'export default defineSource({name, summary, fields, records, parse, describe}): docs/how-to/write-a-source.md',
  );
}

const has = (value: unknown, ...keys: readonly string[]): value is object =>
  typeof value === 'object' && value !== null && keys.every((key) => key in value);

const isSource = (value: unknown): value is Source =>
  has(value, 'name', 'fields', 'records', 'extractors') &&
  has((value as { records: unknown }).records, 'parse');

/** What `defineSource` is given: plug-ins that do not find the package may export it as it is. */
const isDefinition = (value: unknown): value is SourceDefinition<unknown> =>
  has(value, 'name', 'fields', 'records', 'parse', 'describe');

const refusal = (message: string, hint?: string, cause?: unknown): DiagnosticError =>
  new DiagnosticError(
    { code: 'CONFIG_PLUGIN', severity: 'error', message, ...(hint !== undefined && { hint }) },
    { cause },
  );
