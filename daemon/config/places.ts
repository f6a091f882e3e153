/** A YAML file as data, with the place of everything in it. */
import {
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  Scalar,
  type Document,
  type Node,
  type Range,
} from 'yaml';
import type { Diagnostic } from '../../engine/index.ts';

export type Path = readonly (string | number)[];

/** Where something stands: see `SourcePlace`. */
export type Place = Pick<Diagnostic, 'file' | 'line' | 'column' | 'endColumn'>;

/** Characters of a text. */
export interface Span {
  readonly index: number;
  readonly length: number;
}

/** A text in a YAML file. */
export interface WrittenText {
  /** The file. */
  readonly name: string;
  readonly content: string;
  /** Indexes of its characters in the file. */
  readonly offsets: readonly number[];
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

  /** The text is a map in YAML: whoever reads Falco's keys, or tests, has made sure of that. */
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

  /** A text with the places of its characters; undefined where there is none. */
  text(path: Path): WrittenText | undefined {
    const node = this.#document.getIn(path, true);
    const offsets = isNode(node) ? this.#offsets(node) : undefined;
    return offsets && { name: this.file, content: this.#text, offsets };
  }

  #keyNode(path: Path): Node | undefined {
    const parent = path.length > 1 ? this.#document.getIn(path.slice(0, -1), true) : this.#document.contents;
    if (!isMap(parent)) return undefined;
    const pair = parent.items.findLast(({ key }) => isNode(key) && String(key) === String(path.at(-1)));
    return isNode(pair?.key) ? pair.key : undefined;
  }

  #placeOf(node: Node, span?: Span): Place {
    const [start, end] = node.range ?? ([0, 0, 0] satisfies Range);
    const offsets = span && this.#offsets(node);
    const first = offsets?.[span!.index];
    if (first !== undefined) return this.#placeAt(first, offsets![span!.index + span!.length - 1]! + 1);
    return this.#placeAt(start, end);
  }

  /** From one character to another, as far as these stand in one line. */
  #placeAt(start: number, end: number): Place {
    const { line, col } = this.#lines.linePos(start);
    const text = this.#text.slice(start, end);
    const firstLine = text.search(/[\r\n]/);
    const length = firstLine === -1 ? text.length : firstLine;
    return { file: this.file, line, column: col, endColumn: col + Math.max(length, 1) };
  }

  /** Where the characters of a text stand, however it is written: what is not blank is looked for, one character after the other. */
  #offsets(node: Node): readonly number[] | undefined {
    if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return undefined;
    const [start, end] = node.range;
    let at = start + (node.type === Scalar.PLAIN ? 0 : 1);
    const offsets: number[] = [];
    for (const character of node.value.split('')) {
      const found = /\s/.test(character) ? at : this.#text.indexOf(character, at);
      at = Math.min(found < 0 ? at : found, end - 1);
      offsets.push(at);
      at++;
    }
    return offsets;
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
