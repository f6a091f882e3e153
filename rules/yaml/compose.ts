import type { ByteString } from '../../engine/index.ts';
import { YamlError, type Mark, type YamlNode } from './node.ts';
import type { Scanner, Token, TokenKind } from './scanner.ts';

/** yaml-cpp's limit of nesting. */
const MAX_DEPTH = 500;

const NULLS: ReadonlySet<string> = new Set(['', '~', 'null', 'Null', 'NULL']);

const nothing = (mark: Mark): YamlNode => ({ kind: 'null', mark });

/** Builds the nodes of one document out of tokens, as yaml-cpp does. Throws a `YamlError`. */
export class Composer {
  readonly #scanner: Scanner;
  readonly #anchors = new Map<ByteString, YamlNode>();
  #depth = 0;
  #inFlowSequence = false;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  /** The root. Markers of the document's start and end are taken. */
  document(): YamlNode {
    if (this.#is('document-start')) this.#scanner.next();
    const root = this.#node();
    while (this.#is('document-end')) this.#scanner.next();
    return root;
  }

  #is(kind: TokenKind): boolean {
    return this.#scanner.peek()?.kind === kind;
  }

  #node(): YamlNode {
    if (++this.#depth >= MAX_DEPTH) throw new YamlError('bad file', this.#scanner.mark);
    const node = this.#content();
    this.#depth--;
    return node;
  }

  #content(): YamlNode {
    const scanner = this.#scanner;
    const first = scanner.peek();
    if (!first) return nothing(scanner.mark);
    const { mark } = first;
    if (first.kind === 'value') return this.#pairWithoutKey(mark);
    if (first.kind === 'alias') {
      const node = this.#anchors.get(first.value);
      if (!node) throw new YamlError(`the referenced anchor is not defined: ${first.value}`, mark);
      scanner.next();
      return node;
    }
    const { tagged, anchor } = this.#properties();
    // Collections are known by their anchors already within themselves.
    const named = <T extends YamlNode>(node: T): T => {
      if (anchor !== undefined) this.#anchors.set(anchor, node);
      return node;
    };
    const token = scanner.peek();
    switch (token?.kind) {
      case 'plain':
        scanner.next();
        if (!tagged && NULLS.has(token.value)) return named(nothing(mark));
        return named({ kind: 'scalar', mark, value: token.value });
      case 'text':
        scanner.next();
        return named({ kind: 'scalar', mark, value: token.value });
      case 'block-sequence':
      case 'flow-sequence': {
        const items: YamlNode[] = [];
        const node = named({ kind: 'sequence', mark, items });
        if (token.kind === 'block-sequence') this.#blockSequence(items);
        else this.#flowSequence(items);
        return node;
      }
      case 'block-map':
      case 'flow-map': {
        const pairs: [YamlNode, YamlNode][] = [];
        const node = named({ kind: 'map', mark, pairs });
        if (token.kind === 'block-map') this.#blockMap(pairs);
        else this.#flowMap(pairs);
        return node;
      }
      case 'key':
        // `[a: b]`
        if (this.#inFlowSequence) {
          const pairs: [YamlNode, YamlNode][] = [];
          const node = named({ kind: 'map', mark, pairs });
          this.#within(false, () => {
            scanner.next();
            const key = this.#node();
            pairs.push([key, this.#optionalValue(token.mark)]);
          });
          return node;
        }
    }
    return named(tagged && token ? { kind: 'scalar', mark, value: '' } : nothing(mark));
  }

  #properties(): { tagged: boolean; anchor: ByteString | undefined } {
    let tag = '';
    let anchor: ByteString | undefined;
    for (let token = this.#scanner.peek(); token; token = this.#scanner.peek()) {
      if (token.kind === 'tag') {
        if (tag !== '') throw new YamlError('cannot assign multiple tags to the same node', token.mark);
        tag = token.value;
      } else if (token.kind === 'anchor') {
        if (anchor !== undefined)
          throw new YamlError('cannot assign multiple anchors to the same node', token.mark);
        anchor = token.value;
      } else break;
      this.#scanner.next();
    }
    return { tagged: tag !== '', anchor };
  }

  #within(inFlowSequence: boolean, read: () => void): void {
    const outer = this.#inFlowSequence;
    this.#inFlowSequence = inFlowSequence;
    read();
    this.#inFlowSequence = outer;
  }

  /** The next token, which must be one of these. */
  #expect(kinds: readonly TokenKind[], problem: string): Token {
    const token = this.#scanner.peek();
    if (!token || !kinds.includes(token.kind))
      throw new YamlError(problem, token?.mark ?? this.#scanner.mark);
    return token;
  }

  #blockSequence(items: YamlNode[]): void {
    const scanner = this.#scanner;
    scanner.next();
    this.#within(false, () => {
      for (;;) {
        const { kind } = this.#expect(['entry', 'block-sequence-end'], 'end of sequence not found');
        scanner.next();
        if (kind === 'block-sequence-end') return;
        const token = scanner.peek();
        const isEmpty = token?.kind === 'entry' || token?.kind === 'block-sequence-end';
        items.push(isEmpty ? nothing(token.mark) : this.#node());
      }
    });
  }

  #flowSequence(items: YamlNode[]): void {
    const problem = 'end of sequence flow not found';
    const scanner = this.#scanner;
    scanner.next();
    this.#within(true, () => {
      for (;;) {
        const token = scanner.peek();
        if (!token) throw new YamlError(problem, scanner.mark);
        if (token.kind === 'flow-sequence-end') return scanner.next();
        items.push(this.#node());
        if (this.#expect(['comma', 'flow-sequence-end'], problem).kind === 'comma') scanner.next();
      }
    });
  }

  #blockMap(pairs: [YamlNode, YamlNode][]): void {
    const scanner = this.#scanner;
    scanner.next();
    this.#within(false, () => {
      for (;;) {
        const token = this.#expect(['key', 'value', 'block-map-end'], 'end of map not found');
        if (token.kind === 'block-map-end') return scanner.next();
        const key = this.#optionalKey(token);
        pairs.push([key, this.#optionalValue(token.mark)]);
      }
    });
  }

  #flowMap(pairs: [YamlNode, YamlNode][]): void {
    const problem = 'end of map flow not found';
    const scanner = this.#scanner;
    scanner.next();
    this.#within(false, () => {
      for (;;) {
        const token = scanner.peek();
        if (!token) throw new YamlError(problem, scanner.mark);
        if (token.kind === 'flow-map-end') return scanner.next();
        const key = this.#optionalKey(token);
        pairs.push([key, this.#optionalValue(token.mark)]);
        if (this.#expect(['comma', 'flow-map-end'], problem).kind === 'comma') scanner.next();
      }
    });
  }

  /** `: b` */
  #pairWithoutKey(mark: Mark): YamlNode {
    const pairs: [YamlNode, YamlNode][] = [];
    this.#within(false, () => {
      this.#scanner.next();
      pairs.push([nothing(mark), this.#node()]);
    });
    return { kind: 'map', mark, pairs };
  }

  #optionalKey(token: Token): YamlNode {
    if (token.kind !== 'key') return nothing(token.mark);
    this.#scanner.next();
    return this.#node();
  }

  /** A value, or nothing, in the place of `mark`. */
  #optionalValue(mark: Mark): YamlNode {
    if (!this.#is('value')) return nothing(mark);
    this.#scanner.next();
    return this.#node();
  }
}
