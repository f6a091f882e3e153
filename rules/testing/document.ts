import { bindField, fromBytes, toBytes, type FieldLookup, type SourcePlace } from '../../engine/index.ts';
import { SourceText } from '../findings/source-text.ts';
import type { RuleFile } from '../loader.ts';
import type { YamlNode } from '../yaml/node.ts';
import { readYaml } from '../yaml/read.ts';

/** A document as plain values: maps are objects, all scalars but nothing (`null`) are text. */
export type Plain = string | null | Plain[] | { [key: string]: Plain };

export type Path = readonly (string | number)[];

/** What makes a document no plain value. */
export interface PlainProblem {
  readonly node: YamlNode;
  readonly message: string;
  readonly hint?: string;
}

/** Aliases of aliases stand for more nodes than there is room for. */
const MOST_NODES = 1_000_000;

/** A YAML file of one document, with places. */
export class TestDocument extends SourceText {
  readonly name: string;
  /** The fields that keys may name. */
  readonly fields: FieldLookup;
  readonly documents: readonly YamlNode[];

  /** Throws a `YamlError`. */
  constructor({ name, content }: RuleFile, fields: FieldLookup = bindField) {
    super(content, toBytes(name));
    this.fields = fields;
    this.name = name;
    this.documents = readYaml(content);
  }

  get root(): YamlNode {
    return this.documents[0] ?? { kind: 'null', mark: { offset: 0, line: 0, column: 0 } };
  }

  /** The root as a plain value; a map that has a key twice has the first. */
  plain(onProblem: (problem: PlainProblem) => void): Plain {
    return new PlainReader(onProblem).read(this.root);
  }

  /** The node that a path of keys and indexes leads to, or as far as it leads. */
  nodeAt(path: Path): YamlNode {
    let node = this.root;
    for (const step of path) {
      const next = childOf(node, step);
      if (next === undefined) break;
      node = next;
    }
    return node;
  }

  placeOf(node: YamlNode): SourcePlace {
    const { offset } = node.mark;
    if (node.kind !== 'scalar') return this.place(offset);
    const quoted = /["']/.test(this.text[offset] ?? '') ? 1 : 0;
    return this.place(offset + quoted, offset + quoted + Math.max(node.value.length, 1));
  }

  placeAt(path: Path): SourcePlace {
    return this.placeOf(this.nodeAt(path));
  }

  /** The place of a key; of the map, where it lacks the key. */
  placeOfKey(path: Path, key: string): SourcePlace {
    const map = this.nodeAt(path);
    const name = toBytes(key);
    const found = map.kind === 'map' && map.pairs.find(([k]) => k.kind === 'scalar' && k.value === name);
    return this.placeOf(found ? found[0] : map);
  }
}

/** What stands in a node under a key or an index; undefined where nothing does. */
export function childOf(node: YamlNode, step: string | number): YamlNode | undefined {
  if (node.kind === 'sequence') return node.items[Number(step)];
  if (node.kind !== 'map') return undefined;
  const name = toBytes(String(step));
  return node.pairs.find(([key]) => key.kind === 'scalar' && key.value === name)?.[1];
}

class PlainReader {
  readonly #onProblem: (problem: PlainProblem) => void;
  readonly #open = new Set<YamlNode>();
  #count = 0;

  constructor(onProblem: (problem: PlainProblem) => void) {
    this.#onProblem = onProblem;
  }

  read(node: YamlNode): Plain {
    if (node.kind === 'scalar') return fromBytes(node.value);
    if (node.kind === 'null') return null;
    if (this.#open.has(node)) {
      this.#onProblem({ node, message: 'an anchor stands for a part of itself' });
      return null;
    }
    if (++this.#count > MOST_NODES) {
      if (this.#count === MOST_NODES + 1)
        this.#onProblem({ node, message: `aliases make the file larger than ${MOST_NODES} nodes` });
      return null;
    }
    this.#open.add(node);
    const value = node.kind === 'sequence' ? node.items.map((item) => this.read(item)) : this.#map(node);
    this.#open.delete(node);
    return value;
  }

  #map({ pairs }: YamlNode & { kind: 'map' }): Plain {
    const map: { [key: string]: Plain } = {};
    const firsts = new Map<string, YamlNode>();
    for (const [key, value] of pairs) {
      if (key.kind !== 'scalar') {
        this.#onProblem({ node: key, message: 'a key must be text' });
        continue;
      }
      const name = fromBytes(key.value);
      if (name === '<<')
        this.#onProblem({
          node: key,
          message: 'merge keys (`<<`) are not supported',
          hint: 'what several cases have in common stands under `base`',
        });
      else if (firsts.has(name)) this.#onProblem({ node: key, message: `the key ${name} stands twice` });
      else {
        firsts.set(name, key);
        Object.defineProperty(map, name, {
          value: this.read(value),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      }
    }
    return map;
  }
}
