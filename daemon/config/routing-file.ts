/** Reads the keys of tiercel.yaml that say where alerts go, with the places of what is wrong. */
import { readFileSync } from 'node:fs';
import { isMap, isNode, isScalar, LineCounter, parseDocument, Scalar, type Document, type Node } from 'yaml';
import { DiagnosticError, type Diagnostic, type SourcePlace } from '../../engine/index.ts';
import { readRouting, type RouteProblem, type RoutingSettings } from '../../outputs/index.ts';

type Path = RouteProblem['path'];

/** Routes as a file has them. */
export interface RoutingFile {
  readonly settings: RoutingSettings;
  /** Names of outputs that the file has; undefined if it has no `outputs`. */
  readonly outputs: readonly string[] | undefined;
  readonly diagnosticOf: (problem: RouteProblem) => Diagnostic;
  /** Where the characters of a text stand: for conditions. */
  readonly textAt: (path: Path) => WrittenText | undefined;
}

/** A text in a YAML file. */
export interface WrittenText {
  /** The file. */
  readonly name: string;
  readonly content: string;
  /** Indexes of its characters in the file. */
  readonly offsets: readonly number[];
}

/** Reads routes. Throws a `DiagnosticError` if the file cannot be read or is no YAML; what is wrong with the routes is `problems`. */
export function readRoutingFile(name: string): RoutingFile | { readonly problems: readonly Diagnostic[] } {
  const content = contentOf(name);
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false });
  const places = new Places(name, content, document, lines);
  const [broken] = document.errors;
  if (broken !== undefined)
    throw new DiagnosticError({
      code: 'CONFIG_YAML',
      severity: 'error',
      message: broken.message,
      ...places.at(broken.pos[0], broken.pos[1]),
    });
  const root = (document.toJS() ?? {}) as Record<string, unknown>;
  const keys = ['routes', 'default', 'silences'].filter((key) => key in root);
  const read = readRouting(Object.fromEntries(keys.map((key) => [key, root[key]])));
  const diagnosticOf = (problem: RouteProblem): Diagnostic => places.diagnostic(problem);
  if ('problems' in read) return { problems: read.problems.map(diagnosticOf) };
  return {
    settings: read.settings,
    outputs: outputNames(root['outputs']),
    diagnosticOf,
    textAt: (path) => places.text(path),
  };
}

function contentOf(name: string): string {
  try {
    return readFileSync(name, 'utf8');
  } catch (cause) {
    const message = `cannot read ${name}: ${(cause as Error).message}`;
    throw new DiagnosticError(
      { code: 'CONFIG_UNREADABLE', severity: 'error', message, file: name },
      { cause },
    );
  }
}

/** An output without a name has that of its kind. */
function outputNames(outputs: unknown): readonly string[] | undefined {
  if (!Array.isArray(outputs)) return undefined;
  return outputs.flatMap((output: unknown) => {
    if (typeof output !== 'object' || output === null) return [];
    const { name, kind } = output as Record<string, unknown>;
    const named = name ?? kind;
    return typeof named === 'string' ? [named] : [];
  });
}

class Places {
  readonly #name: string;
  readonly #content: string;
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(name: string, content: string, document: Document, lines: LineCounter) {
    this.#name = name;
    this.#content = content;
    this.#document = document;
    this.#lines = lines;
  }

  at(start: number, end: number): SourcePlace {
    const { line, col } = this.#lines.linePos(start);
    const last = this.#lines.linePos(end);
    return {
      file: this.#name,
      line,
      column: col,
      ...(last.line === line && last.col > col && { endColumn: last.col }),
    };
  }

  diagnostic(problem: RouteProblem): Diagnostic {
    const { path, severity, message, hint } = problem;
    const name = path
      .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
      .join('')
      .replace(/^\./, '');
    return {
      code: 'CONFIG_ROUTES',
      severity,
      message: name === '' ? message : `${name}: ${message}`,
      ...(hint !== undefined && { hint }),
      ...this.#place(problem),
    };
  }

  text(path: Path): WrittenText | undefined {
    const offsets = this.#offsets(this.#node(path));
    return offsets && { name: this.#name, content: this.#content, offsets };
  }

  #place({ path, at, isKey }: RouteProblem): SourcePlace {
    const node = isKey === true ? this.#key(path) : this.#node(path);
    if (node?.range) {
      const offsets = at && this.#offsets(node);
      const first = offsets?.[at!.index];
      if (first !== undefined) return this.at(first, offsets![at!.index + at!.length - 1]! + 1);
      return this.at(node.range[0], Math.max(node.range[1], node.range[0] + 1));
    }
    // What is missing is told of where it should be.
    for (let length = path.length - 1; length > 0; length--) {
      const range = this.#node(path.slice(0, length))?.range;
      if (range) return this.at(range[0], range[0] + 1);
    }
    return { file: this.#name };
  }

  #node(path: Path): Node | undefined {
    const node = this.#document.getIn(path, true);
    return isNode(node) ? node : undefined;
  }

  #key(path: Path): Node | undefined {
    const parent =
      path.length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, -1), true);
    if (!isMap(parent)) return undefined;
    const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === path.at(-1));
    return isNode(pair?.key) ? pair.key : undefined;
  }

  /** Where the characters of a text stand, however it is written: what is not blank is looked for, one character after the other. */
  #offsets(node: Node | undefined): readonly number[] | undefined {
    if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return undefined;
    const [start, end] = node.range;
    let at = start + (node.type === Scalar.PLAIN ? 0 : 1);
    const offsets: number[] = [];
    for (let i = 0; i < node.value.length; i++) {
      const found = /\s/.test(node.value[i]!) ? at : this.#content.indexOf(node.value[i]!, at);
      at = Math.min(found < 0 ? at : found, end - 1);
      offsets.push(at);
      at++;
    }
    return offsets;
  }
}
