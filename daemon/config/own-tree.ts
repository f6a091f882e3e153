import { readFileSync } from 'node:fs';
import type { Diagnostic } from '../../engine/index.ts';
import type { RouteProblem, SettingProblem } from '../../outputs/index.ts';
import { isOwnKey } from './own-keys.ts';
import { PlacedFile, type Path, type Place, type WrittenText } from './places.ts';

export type Tree = Readonly<Record<string, unknown>>;

/** Something that is wrong or doubtful with settings, by the path to it. */
export type TreeProblem = SettingProblem &
  Pick<RouteProblem, 'at'> & { readonly severity?: Diagnostic['severity'] };

/** Tiercel's keys of all files that make a configuration; each key stands in one of them. */
export class OwnTree {
  readonly keys: Tree;
  /** Keys that stand somewhere twice. */
  readonly problems: readonly Diagnostic[];
  readonly #files: readonly PlacedFile[];
  readonly #above: Path;

  /** @param above Leads to the map that has the keys, in files that hold something else, too. */
  constructor(files: readonly PlacedFile[], above: Path = []) {
    this.#files = files;
    this.#above = above;
    const keys: Record<string, unknown> = {};
    const problems: Diagnostic[] = [];
    for (const placed of files) {
      for (const { path, place } of placed.twice)
        if (isOwnKey(String(path[0])))
          problems.push(
            settingDiagnostic(place, `${String(path.at(-1))} stands here twice`, 'leave one of them'),
          );
      for (const [key, value] of Object.entries(mapAt(placed.tree, above))) {
        if (above.length === 0 && !isOwnKey(key)) continue;
        const before = files.find((other) => other !== placed && key in other.tree);
        if (key in keys)
          problems.push(
            settingDiagnostic(
              placed.key([key]),
              `${key} stands in ${before!.file}, too`,
              'one file has all of it',
            ),
          );
        else keys[key] = value;
      }
    }
    this.keys = keys;
    this.problems = problems;
  }

  /** The keys that are wanted. */
  part(isWanted: (key: string) => boolean): Record<string, unknown> {
    return Object.fromEntries(Object.entries(this.keys).filter(([key]) => isWanted(key)));
  }

  /** A problem at its place. */
  diagnostic({ path, message, hint, severity = 'error', at }: TreeProblem): Diagnostic {
    const missing = /^there is no setting /.test(message);
    const placed = this.#fileOf(path);
    const place = missing
      ? placed.key([...this.#above, ...path])
      : placed.value([...this.#above, ...path], at);
    const name = path
      .map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? key : `.${key}`))
      .join('');
    const text = missing || name === '' ? message : `${name}: ${message}`;
    return { ...settingDiagnostic(place, text, hint, missing), severity };
  }

  /** Where a value stands, or the nearest place above. */
  place(path: Path): Place {
    return this.#fileOf(path).value([...this.#above, ...path]);
  }

  /** A text with the places of its characters. */
  text(path: Path): WrittenText | undefined {
    return this.#fileOf(path).text([...this.#above, ...path]);
  }

  #fileOf(path: Path): PlacedFile {
    if (this.#above.length > 0) return this.#files[0]!;
    return this.#files.find(({ tree }) => String(path[0]) in tree) ?? this.#files[0]!;
  }
}

/** Tiercel's keys of a configuration: of a file, and those that it includes. */
export const readOwnTree = (files: readonly string[]): OwnTree =>
  new OwnTree(files.map((name) => new PlacedFile(name, readFileSync(name, 'utf8'))));

/** Something that is wrong with settings, where it stands. */
const settingDiagnostic = (place: Place, message: string, hint?: string, isUnknown = false): Diagnostic => ({
  code: isUnknown ? 'CONFIG_UNKNOWN_KEY' : 'CONFIG_BAD_VALUE',
  severity: 'error',
  ...place,
  message,
  ...(hint !== undefined && { hint }),
});

function mapAt(tree: Tree, path: Path): Tree {
  let value: unknown = tree;
  for (const key of path) value = (value as Tree | undefined)?.[key];
  return typeof value === 'object' && value !== null ? (value as Tree) : {};
}
