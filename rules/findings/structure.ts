import type { ByteString } from '../../engine/index.ts';
import { lookup, YamlError, type Mark, type YamlMap, type YamlNode, type YamlScalar } from '../yaml/node.ts';
import { readYaml } from '../yaml/read.ts';
import type { SourceText } from './source-text.ts';
import type { Token } from './token.ts';

/** The nodes of a file, read again to find the place of what was said about an item as a whole. */
export class Structure {
  readonly #source: SourceText;
  readonly #maps = new Map<number, YamlMap>();
  readonly #scalars: YamlScalar[] = [];
  /** None if the file is no YAML. */
  readonly documents: readonly YamlNode[] = [];

  constructor(source: SourceText) {
    this.#source = source;
    try {
      this.documents = readYaml(source.text);
      for (const document of this.documents) this.#collect(document);
      this.#scalars.sort((a, b) => a.mark.offset - b.mark.offset);
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
    }
  }

  /** The map that begins at a place. */
  map({ offset }: Mark): YamlMap | undefined {
    return this.#maps.get(offset);
  }

  /** A key of a map, the `nth` of this name. */
  key(map: YamlMap, name: ByteString, nth = 0): Token | undefined {
    const keys = map.pairs.map(([key]) => key).filter((key) => key.kind === 'scalar' && key.value === name);
    return keys[nth] && this.token(keys[nth]);
  }

  value(map: YamlMap, name: ByteString): Token | undefined {
    const node = lookup(map, name);
    return node && this.token(node);
  }

  /** The value of a key, or of a list the first item with this text. */
  entry(map: YamlMap, name: ByteString, item?: ByteString): Token | undefined {
    const node = lookup(map, name);
    const found =
      node?.kind === 'sequence' && item !== undefined
        ? node.items.find((one) => one.kind === 'scalar' && one.value.trim() === item)
        : undefined;
    return (found ?? node) && this.token((found ?? node)!);
  }

  /** A node as far as it goes on its first line; of blocks, the indicator. */
  token(node: YamlNode): Token {
    return { index: node.mark.offset, length: this.#lengthAt(node.mark.offset, node) };
  }

  #lengthAt(offset: number, node: YamlNode): number {
    const line = /[^\r\n]*/y;
    line.lastIndex = offset;
    const rest = line.exec(this.#source.text)![0];
    const first = rest[0];
    if (first === '|' || first === '>' || node.kind === 'null') return 1;
    if (first === '"' || first === "'")
      return (/^(?:"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?)/.exec(rest)?.[0] ?? first).length;
    if (node.kind === 'scalar' && rest.startsWith(node.value)) return node.value.length;
    return Math.max(rest.replace(/[ \t]+#.*$|[ \t]+$/, '').length, 1);
  }

  /** A quoted scalar that swallowed keys: its closing quote is missing, or stands much later. */
  unclosedQuote(): YamlScalar | undefined {
    return this.#scalars.find(
      ({ mark, value }) =>
        /["']/.test(this.#source.text[mark.offset] ?? '') &&
        /[\s](?:- )?(?:rule|macro|list|desc|condition|output|priority|items|tags|source|enabled):\s/.test(
          value,
        ),
    );
  }

  /** Each node once: aliases of aliases stand for more than there is room for. */
  #collect(document: YamlNode): void {
    const seen = new Set([document]);
    for (const node of seen)
      if (node.kind === 'scalar') this.#scalars.push(node);
      else if (node.kind === 'sequence') for (const item of node.items) seen.add(item);
      else if (node.kind === 'map') {
        this.#maps.set(node.mark.offset, node);
        for (const [key, value] of node.pairs) seen.add(key).add(value);
      }
  }
}

/** The names of the keys of a map. */
export const keysOf = (map: YamlMap): ByteString[] =>
  map.pairs.flatMap(([key]) => (key.kind === 'scalar' ? [key.value] : []));
