/** Reads the keys of a configuration that say where alerts go, without the rest: no secrets are needed. */
import { dirname, resolve } from 'node:path';
import { DiagnosticError, type Diagnostic } from '../../engine/index.ts';
import {
  kindNamed,
  readRouting,
  routingSettings,
  TEXT_FORMATS,
  type RouteProblem,
  type RoutingSettings,
  type TextFormat,
} from '../../outputs/index.ts';
import { configureInput } from './configured-input.ts';
import { falcoOutputs } from './falco-outputs.ts';
import type { FalcoConfig } from './falco-keys.ts';
import { loadFalcoConfig } from './load.ts';
import { leadsBack } from './loops.ts';
import { DEFAULT_INPUTS, namedEntries } from './named.ts';
import { OwnTree, readOwnTree, type Tree } from './own-tree.ts';
import { PlacedFile, type Path, type Place, type WrittenText } from './places.ts';

/** An output as far as routes are concerned. */
export interface RoutedOutput {
  readonly name: string;
  readonly format: TextFormat;
  readonly template: string | undefined;
}

/** Routes as a configuration has them. */
export interface RoutingFile {
  /** Everything that was read to make it. */
  readonly files: readonly string[];
  readonly settings: RoutingSettings;
  /** Undefined if the configuration has no outputs: then names are not checked. */
  readonly outputs: readonly RoutedOutput[] | undefined;
  readonly diagnosticOf: (problem: RouteProblem) => Diagnostic;
  readonly placeOf: (path: Path) => Place;
  /** Where the characters of a text stand: for conditions. */
  readonly textAt: (path: Path) => WrittenText | undefined;
}

export type RoutingFileResult = RoutingFile | { readonly problems: readonly Diagnostic[] };

/** Reads the routes of a configuration of `tiercel run`. Throws a `DiagnosticError` if a file cannot be read or is no YAML; what is wrong with the routes is `problems`. */
export function readRoutingFile(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): RoutingFileResult {
  const { config, files } = loadFalcoConfig({ file, env });
  return routingOf(readOwnTree(files), files, config);
}

/** Reads routes that stand in a map of a file that holds something else, too. */
export function readRoutingPart(file: string, text: string, above: Path): RoutingFileResult {
  let placed: PlacedFile;
  try {
    placed = new PlacedFile(file, text);
  } catch (cause) {
    throw new DiagnosticError(
      { code: 'CONFIG_BAD_YAML', severity: 'error', file, message: (cause as Error).message },
      { cause },
    );
  }
  const tree = new OwnTree([placed], above);
  const known = [...Object.keys(routingSettings.shape), 'outputs'];
  const unknown = Object.keys(tree.keys).filter((key) => !known.includes(key));
  if (unknown.length === 0) return routingOf(tree, [file]);
  const problems = unknown.map((key) =>
    tree.diagnostic({
      path: [key],
      message: `there is no setting ${key} here`,
      hint: `known are ${known.join(', ')}`,
    }),
  );
  return { problems };
}

function routingOf(tree: OwnTree, files: readonly string[], falco?: FalcoConfig): RoutingFileResult {
  const read = readRouting(tree.part((key) => key in routingSettings.shape));
  const problems = [
    ...tree.problems,
    ...('problems' in read ? read.problems.map((problem) => tree.diagnostic(problem)) : []),
  ];
  if ('problems' in read || problems.length > 0) return { problems };
  return {
    files,
    settings: read.settings,
    outputs: outputsOf(tree.keys, falco, dirname(files[0]!)),
    diagnosticOf: (problem) => tree.diagnostic(problem),
    placeOf: (path) => tree.place(path),
    textAt: (path) => tree.text(path),
  };
}

/** Outputs are only wanted by name: what is wrong with them is for others to find. */
function outputsOf(
  keys: Tree,
  falco: FalcoConfig | undefined,
  folder: string,
): readonly RoutedOutput[] | undefined {
  const { outputs } = keys;
  const own =
    Array.isArray(outputs) && outputs.every((name) => typeof name === 'string')
      ? outputs.map((name: string) => ({ name }))
      : namedEntries('outputs', outputs)
          .entries.map(({ settings }) => settings)
          .filter(({ enabled }) => enabled !== false);
  const all: readonly Tree[] = [...own, ...(falco === undefined ? [] : falcosOwn(keys, falco, folder))];
  if (all.length === 0 && outputs === undefined) return undefined;
  return all.map(({ name, kind, format, template }) => ({
    name: String(name),
    format: TEXT_FORMATS.find((known) => known === format) ?? kindNamed(String(kind))?.format ?? 'text',
    template: typeof template === 'string' ? template : undefined,
  }));
}

/** Falco's outputs, but for those by which its alerts come here. */
function falcosOwn(keys: Tree, falco: FalcoConfig, folder: string): readonly Tree[] {
  const inputs = namedEntries('inputs', keys['inputs'] ?? DEFAULT_INPUTS).entries.flatMap(({ settings }) => {
    const checked = configureInput(settings, { env: () => '', file: () => '' });
    return 'input' in checked && checked.input.enabled ? [checked.input] : [];
  });
  return falcoOutputs(falco)
    .map(({ settings }) => settings)
    .filter(
      (settings) =>
        leadsBack(String(settings['kind']), settings, inputs, (path) => resolve(folder, path)) === undefined,
    );
}
