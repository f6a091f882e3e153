/** What other folders may use of the sources: the registry. A source is loaded when something needs it. */
import type { ByteString, FindSource, Source } from '../engine/index.ts';

/** A source that tiercel brings, before it is loaded. */
export interface BuiltInSource {
  readonly name: ByteString;
  /** The plug-ins of Falco that it stands for, and those whose fields its events have too. */
  readonly plugins: readonly ByteString[];
  /** The first parts of the names of its fields. */
  readonly prefixes: readonly ByteString[];
  /** Whether the first bytes of a file are surely of it. */
  readonly matches: (start: ByteString) => boolean;
  /** @param settings `init_config`, where it has settings; throws a `TypeError` for those that are wrong. */
  readonly load: (settings?: unknown) => Promise<Source>;
}

export const builtInSources: readonly BuiltInSource[] = [
  {
    name: 'k8s_audit',
    plugins: ['k8saudit', 'k8saudit-aks', 'k8saudit-eks', 'k8saudit-gke', 'k8saudit-ovh', 'json'],
    prefixes: ['ka', 'jevt', 'json'],
    matches: (start) => /^\s*[[{]/.test(start) && /"audit\.k8s\.io\/|"auditID"\s*:/.test(start),
    load: async () => (await import('./k8s-audit/index.ts')).default,
  },
  {
    name: 'aws_cloudtrail',
    plugins: ['cloudtrail'],
    prefixes: ['ct', 's3', 'ec2', 'ecr', 'iam', 'jevt', 'json'],
    matches: (start) =>
      /^\s*[[{]/.test(start) && /"eventTime"\s*:/.test(start) && /"eventSource"\s*:/.test(start),
    load: async () => (await import('./aws-cloudtrail/index.ts')).default,
  },
  {
    name: 'json',
    plugins: [],
    prefixes: ['jevt', 'json'],
    // Whatever is JSON may be meant.
    matches: () => false,
    load: async (settings) => (await import('./json/index.ts')).jsonSourceWith(settings),
  },
];

/**
 * Finds the source whose events a file holds, by its first bytes. A file of JSON that tells nothing is taken for one of `expected`, the sources that rules
 * are for.
 */
export function sourceFinder(expected: readonly Source[] = []): FindSource {
  return async (start) => {
    const known = builtInSources.find(({ matches }) => matches(start));
    if (known !== undefined) return known.load();
    return (
      expected.find(({ matches }) => matches(start)) ??
      (/^\s*[[{]/.test(start) ? expected.find(({ records }) => records.kind === 'json') : undefined)
    );
  };
}

/** The plug-ins of Falco that the sources which tiercel brings stand for. `json` alone is the source of any JSON. */
export const builtInPlugins: ReadonlySet<string> = new Set([
  ...builtInSources.flatMap(({ plugins }) => plugins),
  'json',
]);

/** The source that stands for a plug-in of Falco's. */
export async function builtInSource(plugin: string, settings?: unknown): Promise<Source | undefined> {
  const found =
    builtInSources.find(({ name }) => name === plugin) ??
    builtInSources.find(({ plugins }) => plugins.includes(plugin));
  return found?.load(settings);
}

/** The source with this name, if tiercel brings it. */
export async function sourceNamed(name: string): Promise<Source | undefined> {
  return builtInSources.find((source) => source.name === name)?.load();
}

/** The sources that rule files name, in `source:` or by a plug-in in `required_plugin_versions`. */
export function sourcesIn(texts: Iterable<ByteString>): Promise<Source[]> {
  const wanted = new Set<BuiltInSource>();
  for (const text of texts)
    for (const source of builtInSources) if (spokenOf(text, source)) wanted.add(source);
  return Promise.all(builtInSources.filter((source) => wanted.has(source)).map(({ load }) => load()));
}

/** The sources whose fields texts may name: tests of rules, conditions, formats. */
export function sourcesOfFields(texts: Iterable<ByteString>): Promise<Source[]> {
  const words = new Set([...texts].flatMap((text) => text.match(/\b[a-z][a-z0-9]*(?=\.)/g) ?? []));
  return Promise.all(
    builtInSources
      .filter(({ prefixes }) => prefixes.some((prefix) => words.has(prefix)))
      .map(({ load }) => load()),
  );
}

/** The sources that plug-ins bring, or whose fields they read. */
export function sourcesOfPlugins(names: readonly ByteString[]): Promise<Source[]> {
  return Promise.all(
    builtInSources
      .filter(({ plugins }) => plugins.some((plugin) => names.includes(plugin)))
      .map(({ load }) => load()),
  );
}

const NAMED = /\b(?:source|name)["']?\s*:\s*["']?([\w-]+)/g;

function spokenOf(text: ByteString, { name, plugins }: BuiltInSource): boolean {
  for (const [, word = ''] of text.matchAll(NAMED)) if (word === name || plugins.includes(word)) return true;
  return false;
}
