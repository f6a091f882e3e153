import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isMap, isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { DiagnosticError, unreadable, type Diagnostic } from '../../engine/index.ts';
import { falcoKeys, STRICT_KEYS, type FalcoConfig } from './falco-keys.ts';
import { setOption } from './option.ts';
import { isOwnKey } from './own-keys.ts';

/** A YAML tree whose scalars are text. */
export type RawNode = string | null | RawNode[] | { [key: string]: RawNode };
type RawMap = { [key: string]: RawNode };

/** Where a configuration comes from. */
export interface ConfigSources {
  /** falco.yaml; without one, the values that Falco ships with are taken. */
  readonly file?: string;
  /** `key=value`, as Falco's `-o` takes them; later ones win. */
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** What came of reading a configuration of Falco. */
export interface LoadedConfig {
  readonly config: FalcoConfig;
  /** The file, and those that it includes. */
  readonly files: readonly string[];
  /** Unknown keys, and values that were passed over. */
  readonly warnings: readonly Diagnostic[];
}

/** What Falco's own falco.yaml sets apart from the defaults of its keys. */
const SHIPPED: RawMap = { append_output: [{ suggested_output: 'true' }] };

/** Reads falco.yaml, the files it names, and `-o` options. Throws a `DiagnosticError` where Falco would stop. */
export function loadFalcoConfig({ file, options = [], env = {} }: ConfigSources): LoadedConfig {
  const warnings: Diagnostic[] = [];
  const root: RawMap = file === undefined ? structuredClone(SHIPPED) : readFile(file, env, warnings);
  for (const option of options) if (option.startsWith('config_files')) setOption(root, option);
  const files = includedFiles(root, file);
  for (const included of files) merge(root, readFile(included.path, env, warnings), included);
  for (const option of options) setOption(root, option);

  const problems: Problem[] = [];
  const config = decode(root, problems);
  const known = new Set(warnings.map((warning) => warning.message));
  for (const problem of problems) {
    const diagnostic = describe(problem, file ?? '-o');
    if (known.has(diagnostic.message)) continue;
    if (isFatal(problem)) throw new DiagnosticError({ ...diagnostic, severity: 'error' });
    warnings.push(diagnostic);
  }
  return {
    config: withPluginPaths(config, file === undefined ? '.' : dirname(file)),
    files: [...(file === undefined ? [] : [file]), ...files.map(({ path }) => path)],
    warnings,
  };
}

/** Modules of plug-ins lie beside the file that names them. */
const withPluginPaths = (config: FalcoConfig, folder: string): FalcoConfig =>
  config.plugins === undefined
    ? config
    : {
        ...config,
        plugins: config.plugins.map((plugin) =>
          /^\.{1,2}\//.test(plugin.library_path)
            ? { ...plugin, library_path: resolve(folder, plugin.library_path) }
            : plugin,
        ),
      };

interface Problem {
  readonly path: readonly (string | number)[];
  readonly unknown: boolean;
  readonly message: string;
}

const isFatal = ({ path, unknown }: Problem): boolean => !unknown && STRICT_KEYS.has(String(path[0]));

/** Decodes a tree; what does not decode is left out, told of, and takes its default. */
function decode(root: RawMap, problems: Problem[]): FalcoConfig {
  const tree = structuredClone(root);
  const removed = new Set<string>();
  for (;;) {
    const result = falcoKeys.safeParse(tree);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      const path = issue.path.filter((part) => typeof part !== 'symbol');
      const unknown = issue.code === 'unrecognized_keys';
      for (const place of unknown ? issue.keys.map((key) => [...path, key]) : [path]) {
        problems.push({ path: place, unknown, message: issue.message });
        // What is still wrong after it was removed goes with its whole key.
        const again = removed.has(JSON.stringify(place));
        removed.add(JSON.stringify(place));
        remove(tree, again ? place.slice(0, 1) : place);
      }
    }
  }
}

function remove(tree: RawMap, path: readonly (string | number)[]): void {
  let parent: RawNode = tree;
  // A place inside a list goes with the whole entry.
  const last = path.findIndex((part) => typeof part === 'number');
  const upTo = last === -1 ? path.length - 1 : last;
  for (const part of path.slice(0, upTo)) parent = (parent as RawMap)[part as string] ?? {};
  if (Array.isArray(parent)) parent.splice(Number(path[upTo]), 1);
  else if (parent !== null && typeof parent === 'object') Reflect.deleteProperty(parent, String(path[upTo]));
}

function describe({ path, unknown, message }: Problem, file: string): Diagnostic {
  const key = path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join('');
  return {
    code: unknown ? 'CONFIG_UNKNOWN_KEY' : 'CONFIG_BAD_VALUE',
    severity: 'warning',
    file,
    message: unknown ? `unknown key "${key}"` : `${key}: ${message}`,
    hint: unknown
      ? 'Falco 0.44 has no such key: it is ignored'
      : 'see falco.yaml of Falco 0.44 for the values of this key',
  };
}

function readFile(file: string, env: NonNullable<ConfigSources['env']>, warnings: Diagnostic[]): RawMap {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw unreadable('CONFIG_UNREADABLE', file, cause);
  }
  const lines = new LineCounter();
  // Scalars stay text, as in Falco's YAML library: each key decodes its own.
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines, uniqueKeys: false });
  const error = document.errors[0];
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new DiagnosticError({
      code: 'CONFIG_BAD_YAML',
      severity: 'error',
      file,
      line,
      column: col,
      message: error.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, ''),
      hint: /^Tabs/.test(error.message)
        ? 'indent with blanks: YAML takes no tabs there'
        : 'a config file is a YAML map of keys',
    });
  }
  if (document.contents === null) return {};
  if (!isMap(document.contents))
    throw new DiagnosticError({
      code: 'CONFIG_BAD_YAML',
      severity: 'error',
      file,
      line: 1,
      column: 1,
      message: 'found no map, expected keys with values',
      hint: 'write "key: value" lines',
    });
  const tree = replaceVariables(withoutOwnKeys(document.toJS() as RawMap), env) as RawMap;
  const problems: Problem[] = [];
  decode(tree, problems);
  for (const problem of problems) {
    const place = locate(document, problem.path);
    const { line, col } = lines.linePos(place[0]);
    const diagnostic: Diagnostic = {
      ...describe(problem, file),
      line,
      column: col,
      endColumn: col + place[1] - place[0],
    };
    if (isFatal(problem)) throw new DiagnosticError({ ...diagnostic, severity: 'error' });
    warnings.push(diagnostic);
  }
  return tree;
}

/** Those are `tiercel run`'s, which reads them with other eyes. */
const withoutOwnKeys = (tree: RawMap): RawMap =>
  Object.fromEntries(Object.entries(tree).filter(([key]) => !isOwnKey(key)));

/** Start and end of the key (of a map) or the entry (of a list) at a path. */
function locate(document: Document, path: readonly (string | number)[]): readonly [number, number] {
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  const last = path.at(-1);
  if (isMap(parent))
    for (const pair of parent.items)
      if (isNode(pair.key) && pair.key.range && String(pair.key) === last)
        return [pair.key.range[0], pair.key.range[1]];
  const node = document.getIn(path, true);
  return isNode(node) && node.range ? [node.range[0], node.range[1]] : [0, 0];
}

/** `${NAME}` becomes the variable's value, `$${NAME}` the text `${NAME}`; in values only, as in Falco. */
function replaceVariables(node: RawNode, env: Readonly<Record<string, string | undefined>>): RawNode {
  if (typeof node === 'string')
    return node.replace(/(\$?)\$\{([^}]*)\}/g, (all, escaped: string, name: string) =>
      escaped === '' ? (env[name] ?? '') : all.slice(1),
    );
  if (Array.isArray(node)) return node.map((item) => replaceVariables(item, env));
  if (node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, replaceVariables(value, env)]));
}

interface Included {
  readonly path: string;
  readonly strategy: string;
}

function includedFiles(root: RawMap, main: string | undefined): Included[] {
  const entries = root['config_files'];
  const files: Included[] = [];
  for (const entry of Array.isArray(entries) ? entries : typeof entries === 'string' ? [entries] : []) {
    const path = typeof entry === 'string' ? entry : ((entry as RawMap)['path'] as string);
    const strategy = typeof entry === 'string' ? 'append' : String((entry as RawMap)['strategy'] ?? 'append');
    if (path === main)
      throw new DiagnosticError({
        code: 'CONFIG_LOOP',
        severity: 'error',
        file: path,
        message: 'config_files includes the main config file itself',
        hint: 'remove it from config_files',
      });
    if (!existsSync(path)) continue;
    if (statSync(path).isDirectory())
      for (const name of readdirSync(path).sort()) {
        if (statSync(join(path, name)).isFile()) files.push({ path: join(path, name), strategy });
      }
    else files.push({ path, strategy });
  }
  return files;
}

/** Merges an included file: lists are appended to, or keys replaced, or only missing keys added. */
function merge(root: RawMap, included: RawMap, { path, strategy }: Included): void {
  for (const [key, value] of Object.entries(included)) {
    if (key === 'config_files')
      throw new DiagnosticError({
        code: 'CONFIG_LOOP',
        severity: 'error',
        file: path,
        message: 'config_files in an included config file',
        hint: 'only the main config file may include others',
      });
    const before = root[key];
    if (strategy === 'add-only' && before !== undefined) continue;
    if (strategy === 'append' && Array.isArray(value) && (Array.isArray(before) || before === undefined))
      root[key] = [...(before ?? []), ...value];
    else root[key] = value;
  }
}
