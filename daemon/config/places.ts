/** A YAML file as data, with the place of everything in it. */
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { Diagnostic } from '../../engine/index.ts';

export type Path = readonly (string | number)[];

/** Where something stands: see `SourcePlace`. */
export type Place = Pick<Diagnostic, 'file' | 'line' | 'column' | 'endColumn'>;

/** Characters of a text. */
export interface Span {
  readonly index: number;
  readonly length: number;
}

/** One file of settings. */
export class PlacedFile {
  readonly file: string;
  /** The keys of the file; scalars are read as YAML 1.2 has them. */
  readonly tree: Readonly<Record<string, unknown>>;
  /** Keys that stand there twice, by the path to the second. */
  readonly twice: readonly { readonly path: Path; readonly place: Place }[];
  readonly #document: Document;
  readonly #lines = new LineCounter();
  readonly #text: string;

  /** The text is a map in YAML: whoever reads Falco's keys has made sure of that. */
  constructor(file: string, text: string) {
    this.file = file;
    this.#text = text;
    this.#document = parseDocument(text, { lineCounter: this.#lines, uniqueKeys: false });
    this.tree = (this.#document.toJS() as Record<string, unknown> | null) ?? {};
    this.twice = [...this.#doubles(this.#document.contents, [])];
  }

  /** The place of a key. */
  key(path: Path): Place {
    const found = this.#keyNode(path);
    return found === undefined ? this.value(path) : this.#placeOf(found);
  }

  /**
   * The place of a value; of a map or a list, that of its key. Where there is nothing, the nearest place above.
   *
   * @param span Some characters of a text.
   */
  value(path: Path, span?: Span): Place {
    for (let length = path.length; length > 0; length--) {
      const part = path.slice(0, length);
      const node = this.#document.getIn(part, true);
      if (!isNode(node)) continue;
      if (isScalar(node)) return this.#placeOf(node, length === path.length ? span : undefined);
      return this.#placeOf(this.#keyNode(part) ?? node);
    }
    return { file: this.file };
  }

  #keyNode(path: Path): Node | undefined {
    const parent = path.length > 1 ? this.#document.getIn(path.slice(0, -1), true) : this.#document.contents;
    if (!isMap(parent)) return undefined;
    const pair = parent.items.findLast(({ key }) => isNode(key) && String(key) === String(path.at(-1)));
    return isNode(pair?.key) ? pair.key : undefined;
  }

  #placeOf(node: Node, span?: Span): Place {
    const [start, end] = node.range ?? [0, 0];
    const { line, col } = this.#lines.linePos(start);
    const text = this.#text.slice(start, end);
    const firstLine = text.search(/[\r\n]/);
    const length = firstLine === -1 ? text.length : firstLine;
    // A text that is written as it is has its characters where they are; others are shown whole.
    const value = isScalar(node) ? String(node.value) : undefined;
    const before = value !== undefined && span !== undefined && firstLine === -1 ? text.indexOf(value) : -1;
    const [from, to] =
      span === undefined || before === -1
        ? [0, length]
        : [before + span.index, before + span.index + span.length];
    return { file: this.file, line, column: col + from, endColumn: col + Math.max(to, from + 1) };
  }

  *#doubles(node: unknown, path: Path): Iterable<{ path: Path; place: Place }> {
    if (!isMap(node)) return;
    const seen = new Set<string>();
    for (const { key, value } of node.items) {
      const name = String(key);
      const at = [...path, name];
      if (seen.has(name) && isNode(key)) yield { path: at, place: this.#placeOf(key) };
      seen.add(name);
      yield* this.#doubles(value, at);
    }
  }
}
