import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Node,
} from 'yaml';
import { toBytes, type ByteString, type Diagnostic, type SourcePlace } from '../../engine/index.ts';

/** What is wrong with a part of a policy. */
export interface Complaint {
  readonly code: 'POLICY_INVALID' | 'POLICY_SYNTAX' | 'POLICY_IGNORED';
  readonly message: string;
  readonly hint?: string;
}

/** The values of a map by their keys, as far as the reader knows the keys. */
export type Entries<K extends string> = ReadonlyMap<K, Node>;

const MAX_MERGES = 500;

/**
 * The YAML of a policy, with the place of everything in it. Values are read as the API server reads them: YAML 1.1, then as JSON into typed fields,
 * where `null` is as good as absent, and a number is no text.
 */
export class YamlReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #file: string;
  readonly #text: string;
  readonly #lines = new LineCounter();
  #merges = 0;
  readonly #document: Document | undefined;

  constructor(text: string, file: string) {
    this.#file = file;
    this.#text = text;
    const documents = parseAllDocuments(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      uniqueKeys: false,
      version: '1.1',
      merge: true,
    });
    const [first, second] = Array.isArray(documents) ? documents : [];
    this.#document = first;
    for (const error of first?.errors ?? [])
      this.#report(
        { code: 'POLICY_SYNTAX', message: `this is no YAML: ${error.message}` },
        'error',
        error.pos[0],
      );
    if (second?.contents)
      this.ignored(second.contents, {
        code: 'POLICY_IGNORED',
        message: 'a second document: the API server reads only the first',
        hint: 'put all rules into one policy',
      });
  }

  /** The whole document; undefined if there is none. */
  get root(): Node | undefined {
    return this.#document?.contents ?? undefined;
  }

  get failed(): boolean {
    return this.diagnostics.some(({ severity }) => severity === 'error');
  }

  /** Says that the API server refuses something. */
  wrong(node: Node | undefined, complaint: Complaint): void {
    this.#report(complaint, 'error', ...this.#span(node));
  }

  /** Says that the API server makes nothing of something. */
  ignored(node: Node | undefined, complaint: Complaint): void {
    this.#report(complaint, 'warning', ...this.#span(node));
  }

  place(node: Node | undefined): SourcePlace {
    return this.#place(...this.#span(node));
  }

  /** The entries of a map. Keys that are not known are told of, and left out; of a key that comes twice, the last counts. */
  map<K extends string>(node: Node | undefined, what: string, known: readonly K[]): Entries<K> {
    const entries = new Map<K, Node>();
    const map = this.#resolved(node);
    if (map === undefined) return entries;
    if (!isMap(map)) {
      this.wrong(map, {
        code: 'POLICY_INVALID',
        message: `${this.#kind(map)} where ${what} is expected: a map with ${listed(known)}`,
      });
      return entries;
    }
    const merges: Node[] = [];
    for (const { key, value } of map.items) {
      if (!isScalar(key)) continue;
      if (typeof key.value === 'symbol') {
        merges.push(value as Node);
        continue;
      }
      const name = String(key.value);
      if (!isKnown(name, known)) {
        this.ignored(key, {
          code: 'POLICY_IGNORED',
          message: `${what} has no key ${JSON.stringify(name)}: the API server ignores it`,
          hint: `the keys are ${listed(known)}; letters count as they are written`,
        });
        continue;
      }
      if (entries.has(name))
        this.ignored(key, {
          code: 'POLICY_IGNORED',
          message: `${name} stands here twice: the last one counts`,
        });
      const resolved = this.#resolved(value as Node);
      if (resolved === undefined) entries.delete(name);
      else entries.set(name, resolved);
    }
    for (const value of merges) this.#merge(entries, value, what, known);
    return entries;
  }

  /** What `<<` adds: keys of the map's own win, and of several maps the first. */
  #merge<K extends string>(into: Map<K, Node>, value: Node, what: string, known: readonly K[]): void {
    // A map that merges itself would never end, nor would maps that each merge another twice.
    if (++this.#merges > MAX_MERGES) {
      if (this.#merges === MAX_MERGES + 1)
        this.wrong(value, { code: 'POLICY_SYNTAX', message: `more than ${MAX_MERGES} merges ("<<")` });
      return;
    }
    const merged = this.#resolved(value);
    for (const map of isSeq(merged) ? merged.items : [merged])
      for (const [key, inner] of this.map(map as Node | undefined, what, known))
        if (!into.has(key)) into.set(key, inner);
  }

  /** The parts of a list; none where it is absent. */
  list(node: Node | undefined, what: string): readonly Node[] {
    if (node === undefined) return [];
    if (isSeq(node)) return node.items.map((item) => this.#resolved(item as Node) ?? (item as Node));
    this.wrong(node, {
      code: 'POLICY_INVALID',
      message: `${what} is a list, and ${this.#kind(node)} was found`,
      hint: isScalar(node) ? `write [${String(node.value)}]` : 'put a "-" before each part',
    });
    return [];
  }

  texts(node: Node | undefined, what: string): readonly { readonly text: ByteString; readonly node: Node }[] {
    return this.list(node, what).flatMap((item) => {
      const text = this.text(item, `a part of ${what}`);
      return text === undefined ? [] : [{ text, node: item }];
    });
  }

  text(node: Node, what: string): ByteString | undefined {
    if (isScalar(node) && typeof node.value === 'string') return toBytes(node.value);
    // An empty item of a list is the empty text.
    if (isScalar(node) && node.value === null) return '';
    this.wrong(node, {
      code: 'POLICY_INVALID',
      message: `${what} is text, and ${this.#kind(node)} was found`,
      ...(isScalar(node) && { hint: `put it in quotes: "${this.#written(node)}"` }),
    });
    return undefined;
  }

  flag(node: Node | undefined, what: string): boolean | undefined {
    if (node === undefined) return undefined;
    if (isScalar(node) && typeof node.value === 'boolean') return node.value;
    this.wrong(node, {
      code: 'POLICY_INVALID',
      message: `${what} is true or false, and ${this.#kind(node)} was found`,
    });
    return undefined;
  }

  /** A node behind its alias; undefined where it says nothing. */
  #resolved(node: Node | null | undefined): Node | undefined {
    const target = isAlias(node) && this.#document ? node.resolve(this.#document) : node;
    if (target === null || target === undefined) return undefined;
    return isScalar(target) && target.value === null ? undefined : target;
  }

  #kind(node: Node): string {
    if (isMap(node)) return 'a map';
    if (isSeq(node)) return 'a list';
    if (!isScalar(node)) return 'something else';
    switch (typeof node.value) {
      case 'string':
        return `the text ${JSON.stringify(node.value)}`;
      case 'boolean':
        return `${this.#written(node)} (true or false for YAML 1.1)`;
      case 'number':
      case 'bigint':
        return `the number ${this.#written(node)}`;
      default:
        return node.value === null ? 'nothing' : 'something else';
    }
  }

  #written(node: Node): string {
    const [start, end] = node.range ?? [0, 0];
    return this.#text.slice(start, end);
  }

  #span(node: Node | undefined): readonly [number, number?] {
    const [start, end] = node?.range ?? [0, 0];
    if (!isScalar(node)) return [start];
    const firstLine = this.#text.slice(start, end).search(/[\r\n]/);
    return [start, firstLine === -1 ? end : start + firstLine];
  }

  #place(start: number, end?: number): SourcePlace {
    const { line, col } = this.#lines.linePos(start);
    const place = { file: this.#file, line: Math.max(1, line), column: Math.max(1, col) };
    return end === undefined || end <= start ? place : { ...place, endColumn: place.column + end - start };
  }

  #report(
    { code, message, hint }: Complaint,
    severity: 'error' | 'warning',
    start: number,
    end?: number,
  ): void {
    this.diagnostics.push({
      code,
      severity,
      message,
      ...this.#place(start, end),
      ...(hint !== undefined && { hint }),
    });
  }
}

const isKnown = <K extends string>(name: string, known: readonly K[]): name is K =>
  (known as readonly string[]).includes(name);

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
