import type { ByteString } from '../../engine/index.ts';
import { Cursor, END, isBlank, isBlankOrBreak, isBreak } from './cursor.ts';
import type { Mark } from './node.ts';
import { blockText, plainText, quotedText } from './scalar.ts';
import { readTag } from './tag.ts';

/** What a YAML text is made of. Starts and ends of block collections stand where the indentation tells them. */
export type TokenKind =
  | 'directive' | 'document-start' | 'document-end'
  | 'block-sequence' | 'block-map' | 'block-sequence-end' | 'block-map-end' | 'entry'
  | 'flow-sequence' | 'flow-map' | 'flow-sequence-end' | 'flow-map-end' | 'comma'
  | 'key' | 'value' | 'anchor' | 'alias' | 'tag' | 'plain' | 'text'; // prettier-ignore

/** A part of a YAML text and where it begins. */
export interface Token {
  readonly kind: TokenKind;
  readonly mark: Mark;
  /** The text of scalars; the name of anchors, aliases and directives; the tag, empty if it says nothing. */
  readonly value: ByteString;
  /** Of directives. */
  readonly args: readonly ByteString[];
  /** Tokens of what may be a key wait until that is known. */
  state: State;
}

type State = 'valid' | 'invalid' | 'unknown';

interface Indent {
  readonly column: number;
  readonly kind: 'none' | 'sequence' | 'map';
  state: State;
}

/** What will have been a key if a `:` follows, and what stands and falls with it. */
interface PossibleKey {
  readonly mark: Mark;
  readonly flowLevel: number;
  readonly indent: Indent | undefined;
  readonly tokens: readonly Token[];
}

/** A key stands on one line, and has no more bytes than this. */
const LONGEST_KEY = 1024;

/**
 * The tokens of a YAML text as yaml-cpp finds them, one after the other when they are asked for: what is wrong further on does not matter
 * where reading has stopped before. Throws a `YamlError`.
 */
export class Scanner {
  readonly #cursor: Cursor;
  readonly #queue: Token[] = [];
  #first = 0;
  readonly #indents: Indent[] = [{ column: -1, kind: 'none', state: 'valid' }];
  readonly #keys: PossibleKey[] = [];
  readonly #flows: ('sequence' | 'map')[] = [];
  #ended = false;
  #keyAllowed = true;
  /** False behind a quoted scalar on the same line. */
  #scalarAllowed = true;
  /** Behind a quoted scalar or a closing bracket in a flow collection a `:` needs nothing after it. */
  #afterJson = false;

  constructor(text: ByteString) {
    this.#cursor = new Cursor(text);
  }

  /** Where the scanner stands, which is behind the tokens that were asked for. */
  get mark(): Mark {
    return this.#cursor.mark;
  }

  /** The next token; undefined at the end. */
  peek(): Token | undefined {
    for (;;) {
      const token = this.#queue[this.#first];
      if (token?.state === 'valid') return token;
      if (token?.state === 'invalid') this.#first++;
      else if (this.#ended) return token;
      else this.#scan();
    }
  }

  /** Takes the token that `peek` gave. */
  next(): void {
    this.#first++;
    if (this.#first < 1024) return;
    this.#queue.splice(0, this.#first);
    this.#first = 0;
  }

  get #inBlock(): boolean {
    return this.#flows.length === 0;
  }

  #push(kind: TokenKind, mark: Mark = this.mark, value = '', args: readonly ByteString[] = []): Token {
    const token: Token = { kind, mark, value, args, state: 'valid' };
    this.#queue.push(token);
    return token;
  }

  #scan(): void {
    const cursor = this.#cursor;
    this.#skipToToken();
    this.#closeIndents();
    if (cursor.ended) {
      cursor.column = 0;
      this.#closeAllIndents();
      this.#keys.length = 0;
      this.#ended = true;
      return;
    }
    const unit = cursor.peek();
    if (cursor.column === 0) {
      if (unit === '%') return this.#directive();
      if (cursor.atMarker(['---'])) return this.#marker('document-start');
      if (cursor.atMarker(['...'])) return this.#marker('document-end');
    }
    if (unit === '[' || unit === '{') return this.#openFlow();
    if (unit === ']' || unit === '}') return this.#closeFlow();
    if (unit === ',') return this.#comma();
    if (unit === '-' && cursor.standsAlone()) return this.#entry();
    if (unit === '?' && isBlankOrBreak(cursor.peek(1))) return this.#explicitKey();
    if (unit === ':' && this.#isValue()) return this.#value();
    if (unit === '*' || unit === '&') return this.#anchorOrAlias();
    if (unit === '!') return this.#tag();
    if (this.#inBlock && (unit === '|' || unit === '>')) return this.#blockScalar();
    if (!this.#scalarAllowed) cursor.fail('unexpected scalar');
    if (unit === '"' || unit === "'") return this.#quotedScalar();
    if (this.#startsPlain()) return this.#plainScalar();
    cursor.fail('unknown token');
  }

  #skipToToken(): void {
    const cursor = this.#cursor;
    for (;;) {
      while (isBlank(cursor.peek())) {
        // Tabs are no indentation: no key begins behind one.
        if (this.#inBlock && cursor.peek() === '\t') this.#keyAllowed = false;
        cursor.take();
      }
      if (cursor.peek() === '#') cursor.skipLine();
      if (!isBreak(cursor.peek())) return;
      cursor.skipBreak();
      this.#dropKey();
      this.#scalarAllowed = true;
      if (this.#inBlock) this.#keyAllowed = true;
    }
  }

  #isValue(): boolean {
    if (this.#inBlock) return this.#cursor.standsAlone();
    const next = this.#cursor.peek(1);
    return this.#afterJson || isBlankOrBreak(next) || ',]}'.includes(next);
  }

  #startsPlain(): boolean {
    const cursor = this.#cursor;
    const unit = cursor.peek();
    if (',[]{}#&*!|>\'"%@`'.includes(unit)) return false;
    if (this.#inBlock) return !('-?:'.includes(unit) && cursor.standsAlone());
    const next = cursor.peek(1);
    return unit !== '?' && !('-:'.includes(unit) && (isBlank(next) || next === END));
  }

  // ---- indentation

  #openIndent(kind: 'sequence' | 'map', column: number): { indent: Indent; token: Token } | undefined {
    if (!this.#inBlock) return undefined;
    const last = this.#indents.at(-1)!;
    if (column < last.column) return undefined;
    // A sequence may stand in the column of the keys round it.
    if (column === last.column && !(kind === 'sequence' && last.kind === 'map')) return undefined;
    const indent: Indent = { column, kind, state: 'valid' };
    this.#indents.push(indent);
    return { indent, token: this.#push(`block-${kind}`) };
  }

  #closeIndents(): void {
    if (!this.#inBlock) return;
    const cursor = this.#cursor;
    for (let last = this.#indents.at(-1); last; last = this.#indents.at(-1)) {
      if (last.column < cursor.column) break;
      const isEntry = cursor.peek() === '-' && cursor.standsAlone();
      if (last.column === cursor.column && !(last.kind === 'sequence' && !isEntry)) break;
      this.#closeIndent();
    }
    while (this.#indents.at(-1)?.state === 'invalid') this.#closeIndent();
  }

  #closeAllIndents(): void {
    if (!this.#inBlock) return;
    while (this.#indents.length > 0 && this.#indents.at(-1)!.kind !== 'none') this.#closeIndent();
  }

  #closeIndent(): void {
    const { kind, state } = this.#indents.pop()!;
    if (state !== 'valid') this.#dropKey();
    else if (kind !== 'none') this.#push(`block-${kind}-end`);
  }

  // ---- what may be a key

  #mayBeKey(): void {
    const level = this.#flows.length;
    if (!this.#keyAllowed || this.#keys.at(-1)?.flowLevel === level) return;
    const mark = this.mark;
    const opened = this.#inBlock ? this.#openIndent('map', mark.column) : undefined;
    const tokens = [...(opened ? [opened.token] : []), this.#push('key')];
    const key = { mark, flowLevel: level, indent: opened?.indent, tokens };
    settle(key, 'unknown');
    this.#keys.push(key);
  }

  /** What might have been a key on this level is none. */
  #dropKey(): void {
    const key = this.#keys.at(-1);
    if (key?.flowLevel !== this.#flows.length) return;
    settle(key, 'invalid');
    this.#keys.pop();
  }

  /** Decides whether what may be a key on this level is one. */
  #decideKey(): boolean {
    const key = this.#keys.at(-1);
    if (key?.flowLevel !== this.#flows.length) return false;
    this.#keys.pop();
    const { line, at } = this.#cursor;
    const isKey = line === key.mark.line && at - key.mark.offset <= LONGEST_KEY;
    settle(key, isKey ? 'valid' : 'invalid');
    return isKey;
  }

  // ---- tokens

  #directive(): void {
    const cursor = this.#cursor;
    this.#closeAllIndents();
    this.#keys.length = 0;
    this.#keyAllowed = this.#afterJson = false;
    const mark = this.mark;
    cursor.take();
    const word = (): ByteString => {
      const start = cursor.at;
      while (!cursor.ended && !isBlankOrBreak(cursor.peek())) cursor.take();
      return cursor.text.slice(start, cursor.at);
    };
    const name = word();
    const args: ByteString[] = [];
    for (;;) {
      while (isBlank(cursor.peek())) cursor.take();
      if (cursor.ended || isBreak(cursor.peek()) || cursor.peek() === '#') break;
      args.push(word());
    }
    this.#push('directive', mark, name, args);
  }

  #marker(kind: 'document-start' | 'document-end'): void {
    this.#closeAllIndents();
    this.#keys.length = 0;
    this.#keyAllowed = this.#afterJson = false;
    this.#push(kind);
    this.#cursor.skip(3);
  }

  #openFlow(): void {
    this.#mayBeKey();
    this.#keyAllowed = true;
    this.#afterJson = false;
    const kind = this.#cursor.peek() === '[' ? 'sequence' : 'map';
    this.#push(`flow-${kind}`);
    this.#cursor.take();
    this.#flows.push(kind);
  }

  #closeFlow(): void {
    const flow = this.#flows.at(-1);
    if (flow === undefined) this.#cursor.fail('illegal flow end');
    this.#endEntry(flow);
    this.#keyAllowed = false;
    this.#afterJson = true;
    const mark = this.mark;
    const kind = this.#cursor.take() === ']' ? 'sequence' : 'map';
    if (kind !== flow) this.#cursor.fail('illegal flow end', mark);
    this.#flows.pop();
    this.#push(`flow-${kind}-end`, mark);
  }

  #comma(): void {
    const cursor = this.#cursor;
    if (cursor.column === 0) cursor.fail('plain value cannot start with flow indicator character');
    if (!this.#scalarAllowed) cursor.fail('unexpected scalar');
    const flow = this.#flows.at(-1);
    if (flow !== undefined) this.#endEntry(flow);
    this.#keyAllowed = true;
    this.#afterJson = false;
    this.#push('comma');
    cursor.take();
  }

  /** In a flow map, a key may have no value. */
  #endEntry(flow: 'sequence' | 'map'): void {
    if (flow === 'sequence') this.#dropKey();
    else if (this.#decideKey()) this.#push('value');
  }

  #entry(): void {
    if (!this.#inBlock || !this.#keyAllowed) this.#cursor.fail('illegal block entry');
    this.#openIndent('sequence', this.#cursor.column);
    this.#keyAllowed = true;
    this.#afterJson = false;
    this.#push('entry');
    this.#cursor.take();
  }

  #explicitKey(): void {
    if (this.#inBlock) {
      if (!this.#keyAllowed) this.#cursor.fail('illegal map key');
      this.#openIndent('map', this.#cursor.column);
    }
    this.#keyAllowed = this.#inBlock;
    this.#push('key');
    this.#cursor.take();
  }

  #value(): void {
    const behindKey = this.#decideKey();
    this.#afterJson = false;
    if (!behindKey && this.#inBlock) {
      if (!this.#keyAllowed) this.#cursor.fail('illegal map value');
      this.#openIndent('map', this.#cursor.column);
    }
    this.#keyAllowed = !behindKey && this.#inBlock;
    this.#scalarAllowed = true;
    this.#push('value');
    this.#cursor.take();
  }

  #anchorOrAlias(): void {
    const cursor = this.#cursor;
    this.#mayBeKey();
    this.#keyAllowed = this.#afterJson = false;
    const mark = this.mark;
    const indicator = cursor.take();
    const kind = indicator === '*' ? 'alias' : 'anchor';
    const start = cursor.at;
    while (!cursor.ended && !'[]{},'.includes(cursor.peek()) && !isBlankOrBreak(cursor.peek())) cursor.take();
    if (cursor.at === start) cursor.fail(`${kind} not found after ${indicator}`);
    if (!cursor.ended && '[{'.includes(cursor.peek()))
      cursor.fail(`illegal character found while scanning ${kind}`);
    this.#push(kind, mark, cursor.text.slice(start, cursor.at));
  }

  #tag(): void {
    this.#mayBeKey();
    this.#keyAllowed = this.#afterJson = false;
    const mark = this.mark;
    this.#push('tag', mark, readTag(this.#cursor));
  }

  #plainScalar(): void {
    // The indentation that counts is the one round a map that this may be a key of.
    const indent = this.#inBlock ? (this.#indents.at(-1)?.column ?? 0) + 1 : 0;
    this.#mayBeKey();
    const mark = this.mark;
    const { value, outdented } = plainText(this.#cursor, !this.#inBlock, indent);
    this.#keyAllowed = outdented;
    this.#afterJson = false;
    this.#push('plain', mark, value);
  }

  #quotedScalar(): void {
    this.#mayBeKey();
    const mark = this.mark;
    const value = quotedText(this.#cursor, this.#cursor.take());
    this.#keyAllowed = false;
    this.#scalarAllowed = !this.#inBlock;
    this.#afterJson = true;
    this.#push('text', mark, value);
  }

  #blockScalar(): void {
    const mark = this.mark;
    const indicator = this.#cursor.take();
    const value = blockText(this.#cursor, indicator, this.#indents.at(-1)?.column ?? 0);
    this.#keyAllowed = true;
    this.#afterJson = false;
    this.#push('text', mark, value);
  }
}

function settle({ indent, tokens }: PossibleKey, state: State): void {
  if (indent) indent.state = state;
  for (const token of tokens) token.state = state;
}
