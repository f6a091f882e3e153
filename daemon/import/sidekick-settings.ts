/** The configuration of falcosidekick as it reads it: a YAML file whose keys have no case, and the environment, which wins. */
import { LineCounter, parseDocument } from 'yaml';
import { DiagnosticError } from '../../engine/index.ts';

type Tree = Readonly<Record<string, unknown>>;

/** A text and where it stands. */
export interface Setting {
  readonly text: string;
  /** The environment variable that it came from. */
  readonly env?: string;
}

const isTree = (node: unknown): node is Tree =>
  typeof node === 'object' && node !== null && !Array.isArray(node);

/** Values that say nothing: the example that falcosidekick ships has all keys with such values. */
const isEmpty = (node: unknown): boolean =>
  node === undefined || node === null || node === '' || (Array.isArray(node) && node.length === 0);

/** Reads the YAML file. Throws a `DiagnosticError` with the place of what is wrong. */
export function parseSidekickFile(text: string, file: string): Tree {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new DiagnosticError({
      code: 'IMPORT_YAML',
      severity: 'error',
      message: error.message,
      file,
      line,
      column: col,
    });
  }
  let tree: unknown;
  try {
    tree = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    const message = (cause as Error).message;
    throw new DiagnosticError({ code: 'IMPORT_YAML', severity: 'error', message, file }, { cause });
  }
  if (isTree(tree ?? {})) return (tree ?? {}) as Tree;
  throw new DiagnosticError({
    code: 'IMPORT_YAML',
    severity: 'error',
    message: 'the configuration of falcosidekick is a map of keys, and something else was found',
    file,
    line: 1,
    hint: 'name the file that falcosidekick gets with -c, often config.yaml',
  });
}

/** Settings by their paths in small letters (`slack.webhookurl`); what was asked for is remembered. */
export class SidekickSettings {
  readonly #tree: Tree;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #asked = new Set<string>();

  constructor(tree: Tree, env: Readonly<Record<string, string | undefined>> = {}) {
    this.#tree = tree;
    this.#env = env;
  }

  /** What the environment or the file says under a path; undefined if nothing. */
  read(path: string): Setting | undefined {
    const env = this.#fromEnv(path);
    if (env !== undefined) return env;
    const node = this.#node(path);
    if (isEmpty(node) || typeof node === 'object') return undefined;
    return { text: String(node) };
  }

  text(path: string): string | undefined {
    return this.read(path)?.text;
  }

  /** True, false, or undefined if it does not say. */
  flag(path: string): boolean | undefined {
    const text = this.text(path)?.toLowerCase();
    return text === undefined ? undefined : ['true', '1', 't', 'yes', 'on'].includes(text);
  }

  /** A list, or a text with commas. */
  list(path: string): readonly string[] {
    const node = this.#fromEnv(path)?.text ?? this.#node(path);
    if (Array.isArray(node)) return node.map(String);
    return isEmpty(node) || typeof node === 'object' ? [] : pieces(String(node));
  }

  /** A map, or a text such as `key:value,key:value`, of which falcosidekick passes over pieces without exactly one colon. */
  map(path: string): ReadonlyMap<string, Setting> {
    const env = this.#fromEnv(path);
    const node = this.#node(path);
    if (env === undefined && isTree(node))
      return new Map(Object.entries(node).map(([key, value]) => [key, { text: String(value ?? '') }]));
    const text = env?.text ?? (isEmpty(node) || typeof node === 'object' ? '' : String(node));
    const entries = pieces(text).flatMap((piece) => {
      const [key = '', value, ...more] = piece.split(':');
      if (value === undefined || more.length > 0) return [];
      const setting: Setting = { text: value.trim(), ...(env?.env !== undefined && { env: env.env }) };
      return [[key.trim(), setting] as const];
    });
    return new Map(entries);
  }

  /** A variable of the environment. */
  variable(name: string): string | undefined {
    return this.#env[name];
  }

  /** Paths in the file that say something and that nobody asked for. */
  unread(): readonly string[] {
    const paths: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (this.#asked.has(path) || isEmpty(node) || node === false) return;
      if (isTree(node))
        for (const [key, value] of Object.entries(node))
          visit(value, path === '' ? key.toLowerCase() : `${path}.${key.toLowerCase()}`);
      else paths.push(path);
    };
    visit(this.#tree, '');
    return paths;
  }

  /** Takes what stands below a path as read. */
  pass(path: string): void {
    this.#asked.add(path);
  }

  #fromEnv(path: string): Setting | undefined {
    this.#asked.add(path);
    const name = path.toUpperCase().replaceAll('.', '_');
    const value = this.#env[name];
    return value === undefined || value === '' ? undefined : { text: value, env: name };
  }

  #node(path: string): unknown {
    let node: unknown = this.#tree;
    for (const part of path.split('.')) {
      if (!isTree(node)) return undefined;
      const key: string | undefined = Object.keys(node).find((one) => one.toLowerCase() === part);
      node = key === undefined ? undefined : node[key];
    }
    return node;
  }
}

const pieces = (text: string): readonly string[] =>
  text
    .split(',')
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');
