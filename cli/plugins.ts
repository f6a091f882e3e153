import { InvalidArgumentError } from 'commander';
import { pluginsOf, withSources, type LoadedPlugins } from '../daemon/index.ts';
import {
  didYouMean,
  toBytes,
  type Diagnostic,
  type FieldLookup,
  type Plugin,
  type Source,
} from '../engine/index.ts';
import { CONTAINER_PLUGIN, languageWith, type Language } from '../rules/index.ts';
import { builtInPlugins, builtInSources, sourcesOfPlugins } from '../sources/index.ts';
import { tellOf } from './diagnostics.ts';

/** The plug-ins that can be loaded: that of containers, and those of other sources. */
const KNOWN: readonly string[] = [CONTAINER_PLUGIN.name, ...builtInPlugins];

export const PLUGIN_FLAG = '--plugin <name>';

/** What the flag does, for commands that judge as a Falco with these plug-ins. */
export const PLUGIN_HELP = `plug-in that Falco loads beside container: ${KNOWN.slice(1).join(', ')}; repeat for several, or put commas between them`;

export const CONFIG_FLAG = '-c, --config <file>';

/** What the flag does, for commands that take nothing else from a configuration. */
export const CONFIG_HELP = 'falco.yaml or tiercel.yaml, for the plug-ins that it loads';

/** What the configuration in a file loads. Tells of plug-ins that only Falco has. */
export async function configuredPlugins(file: string | undefined): Promise<LoadedPlugins> {
  const loaded = await pluginsOf(file);
  tellOf(...loaded.warnings);
  return loaded;
}

/** Takes the value of a flag that names plug-ins. */
export function addPlugins(value: string, previous: readonly string[] = []): readonly string[] {
  const names = value.split(',').map((name) => name.trim());
  for (const name of names)
    if (name !== 'none' && !KNOWN.includes(name)) {
      const hint = didYouMean(name, KNOWN) ?? `there are ${KNOWN.join(', ')}`;
      throw new InvalidArgumentError(`there is no plug-in "${name}" here; ${hint}`);
    }
  return [...previous, ...names];
}

/**
 * The language of a Falco that has loaded these plug-ins, and those of a configuration, beside the one of containers: sources with the fields of those that are named, and no
 * others; and the sources that are no plug-ins of Falco's.
 */
export async function languageOf(
  plugins: readonly string[],
  { falcos, sources: given }: Pick<LoadedPlugins, 'falcos' | 'sources'>,
  bind?: FieldLookup,
): Promise<Language> {
  const names = new Set([...plugins, ...falcos]);
  const sources = await sourcesOfPlugins([...names]);
  const loaded = sources.flatMap(({ plugin, aliases, extractors }) =>
    [plugin, ...aliases, ...extractors].filter(({ name }) => names.has(name)),
  );
  // A plug-in that only reads fields brings no source.
  const shown = sources
    .filter(({ plugin, aliases }) => [plugin, ...aliases].some(({ name }) => names.has(name)))
    .map((source) => withFieldsOf(source, names));
  return languageWith({
    ...(bind && { bind }),
    sources: withSources(shown, given),
    loaded: [CONTAINER_PLUGIN, ...loaded],
  });
}

function withFieldsOf(source: Source, names: ReadonlySet<string>): Source {
  const others = new Set(source.extractors.map(({ name }) => name));
  const none: readonly Plugin[] = [];
  return {
    ...source,
    plugin: [source.plugin, ...source.aliases].find(({ name }) => names.has(name)) ?? source.plugin,
    aliases: none,
    extractors: none,
    fields: source.fields.filter(({ name }) => !others.has(name) || names.has(name)),
  };
}

/** Findings of rules that need a plug-in or a source which tiercel has: with the flag that loads it. */
export function withPluginHints(found: readonly Diagnostic[]): Diagnostic[] {
  return found.map((diagnostic) => {
    const { code, message } = diagnostic;
    if (code !== 'LOAD_ERR_PLUGIN_REQUIREMENT' && code !== 'LOAD_UNKNOWN_SOURCE') return diagnostic;
    const words = message.match(/[\w-]+/g) ?? [];
    const source = builtInSources.find(({ name, plugins }) =>
      words.some((word) => word === name || plugins.includes(toBytes(word))),
    );
    if (source === undefined)
      return diagnostic.hint?.startsWith('no plug-in') === true
        ? { ...diagnostic, hint: `${diagnostic.hint}; -c takes the plug-ins of a falco.yaml or tiercel.yaml` }
        : diagnostic;
    const plugins = [source.plugins[0]!, 'json'].join(',');
    return { ...diagnostic, hint: `as a Falco with these plug-ins: --plugin ${plugins}` };
  });
}
