import type { CST } from 'yaml';
import type { ByteString } from '../../engine/index.ts';
import { flowEnd } from './flow-end.ts';
import { YamlError, type Mark, type YamlNode } from './node.ts';
import { NOT_FOUND, TOP, type Place } from './place.ts';
import { blockText, plainText, quotedText } from './scalar.ts';
import type { YamlSource } from './source.ts';

/**
 * From the syntax tree of `yaml` to nodes as yaml-cpp builds them. The syntax tree is lenient; what yaml-cpp refuses is found here, in the order
 * of the text, and worded as there.
 */

/** Thrown where `yaml` ended a quoted scalar or a flow collection too early, as it wants continuation lines to be indented and yaml-cpp does not. */
export class Misread {
  readonly start: number;
  readonly end: number;
  constructor(start: number, end: number) {
    this.start = start;
    this.end = end;
  }
}

type Props = readonly CST.SourceToken[];
/** yaml-cpp's limit of nesting. */
const MAX_DEPTH = 500;

const TRIVIA: ReadonlySet<string> = new Set(['space', 'comment', 'newline', 'doc-end']);
const isProperty = (token: CST.SourceToken): boolean => token.type === 'anchor' || token.type === 'tag';
const NULLS: ReadonlySet<string> = new Set(['', '~', 'null', 'Null', 'NULL']);

/** Builds the nodes of one document. */
export class Composer {
  readonly #source: YamlSource;
  readonly #anchors = new Map<ByteString, YamlNode>();
  readonly #hasTabs: boolean;
  #depth = 0;

  constructor(source: YamlSource) {
    this.#source = source;
    this.#hasTabs = source.text.includes('\t');
  }

  /** The root, and where text begins that does not belong to the document any more (a further one without `---`). */
  document(token: CST.Document): { root: YamlNode; rest: number | undefined } {
    const marker = token.start.findLastIndex(({ type }) => type === 'doc-start');
    if (marker >= 0 && token.value) this.#checkValue(token.value, token.start.slice(marker));
    const root = this.#node(token.value, token.start, token.offset, TOP);
    const rest = token.end?.find(({ type }) => !TRIVIA.has(type))?.offset;
    const block = token.value?.type;
    if (rest !== undefined && (block === 'block-seq' || block === 'block-map'))
      if (this.#source.column(rest) > this.#source.column(token.value!.offset))
        throw this.#error(NOT_FOUND[block], rest);
    return { root, rest };
  }

  #node(token: CST.Token | null | undefined, props: Props, from: number, place: Place): YamlNode {
    const property = props.find(isProperty);
    const anchors = props.filter(({ type }) => type === 'anchor');
    if (anchors.length > 1)
      throw this.#error('cannot assign multiple anchors to the same node', anchors[1]!.offset);
    if (anchors[0]?.source === '&') throw this.#error('anchor not found after &', anchors[0].offset + 1);
    const mark = property && this.#source.mark(property.offset);
    const tagged = props.some(({ type }) => type === 'tag');
    if (++this.#depth > MAX_DEPTH) throw this.#error('bad file', token?.offset ?? from);
    const node = this.#content(token, mark, tagged, from, place);
    this.#depth--;
    if (anchors[0]) this.#anchors.set(anchors[0].source.slice(1), node);
    return node;
  }

  #content(
    token: CST.Token | null | undefined,
    marked: Mark | undefined,
    tagged: boolean,
    from: number,
    place: Place,
  ): YamlNode {
    if (!token) {
      const mark = marked ?? this.#next(from);
      const atEnd = this.#next(from).offset === this.#source.text.length;
      return tagged && !atEnd ? { kind: 'scalar', mark, value: '' } : { kind: 'null', mark };
    }
    const mark = marked ?? this.#source.mark(token.offset);
    switch (token.type) {
      case 'scalar':
        return this.#plain(token, mark, tagged, place);
      case 'single-quoted-scalar':
      case 'double-quoted-scalar': {
        const { value, end } = quotedText(this.#source, token.offset);
        if (end !== token.offset + token.source.length) throw new Misread(token.offset, end);
        this.#checkEnd(token.end, place, true);
        return { kind: 'scalar', mark, value };
      }
      case 'block-scalar':
        return { kind: 'scalar', mark, value: blockText(this.#source, token.offset, place.column) };
      case 'alias': {
        const name = token.source.slice(1);
        if (name === '') throw this.#error('alias not found after *', token.offset + 1);
        const node = this.#anchors.get(name);
        if (!node) throw this.#error(`the referenced anchor is not defined: ${name}`, token.offset);
        this.#checkEnd(token.end, place, false);
        return node;
      }
      case 'flow-collection':
        return this.#flow(token, mark, place);
      case 'block-map':
        // `{a: b: c}`
        if (place.container.startsWith('flow'))
          throw this.#error(
            NOT_FOUND[place.container],
            token.items[0]?.sep?.find(({ type }) => type === 'map-value-ind')?.offset ?? token.offset,
          );
        return this.#blockMap(token, marked, place);
      case 'block-seq':
        return this.#blockSequence(token, mark, place);
      default:
        if ('source' in token && token.source === '-' && this.#lineBefore(token.offset).trim() !== '')
          throw this.#error('illegal block entry', token.offset);
        throw this.#error(NOT_FOUND[place.container], token.offset);
    }
  }

  #plain(token: CST.FlowScalar, mark: Mark, tagged: boolean, place: Place): YamlNode {
    const start = token.offset;
    const end = start + token.source.length;
    const inFlow = place.container.startsWith('flow');
    if (/^[@`%|>]/.test(token.source)) throw this.#error('unknown token', start);
    if (token.source.startsWith(',')) throw this.#error(NOT_FOUND[place.container], start);
    if (inFlow) {
      const question = token.source.indexOf('?');
      if (question >= 0) throw this.#error('unknown token', start + question);
    } else if (this.#hasTabs) this.#checkTabs(start, end, place.column + 1);
    const value = plainText(this.#source, start, end);
    this.#checkEnd(token.end, place, false);
    return !tagged && NULLS.has(value) ? { kind: 'null', mark } : { kind: 'scalar', mark, value };
  }

  /** Lines that may continue a plain scalar must not be indented by tabs, blank ones included. */
  #checkTabs(start: number, end: number, indent: number): void {
    const { text } = this.#source;
    for (let at = text.indexOf('\n', start); at >= 0; at = text.indexOf('\n', at + 1)) {
      if (at >= end && text.slice(end, at).trim() !== '') return;
      let column = 0;
      while (column < indent && text[at + 1 + column] === ' ') column++;
      if (column < indent && text[at + 1 + column] === '\t')
        throw this.#error('illegal tab when looking for indentation', at + 1 + column);
    }
  }

  #checkEnd(end: readonly CST.SourceToken[] | undefined, place: Place, quoted: boolean): void {
    const extra = end?.find(({ type }) => !TRIVIA.has(type));
    if (!extra || place.container === 'document') return;
    const isScalar = /scalar|comma/.test(extra.type);
    throw this.#error(quoted && isScalar ? 'unexpected scalar' : NOT_FOUND[place.container], extra.offset);
  }

  #blockSequence(token: CST.BlockSequence, mark: Mark, outer: Place): YamlNode {
    const items: YamlNode[] = [];
    const place: Place = { container: 'block-seq', column: this.#source.column(token.offset), outer };
    for (const { start, value } of token.items) {
      const dash = start.find(({ type }) => type === 'seq-item-ind');
      if (dash && this.#lineBefore(dash.offset).includes('\t'))
        throw this.#error('illegal block entry', dash.offset);
      if (dash) items.push(this.#node(value, start, dash.offset + 1, place));
      else if (value)
        throw this.#error(NOT_FOUND['block-seq'], start.find(isProperty)?.offset ?? value.offset);
    }
    return { kind: 'sequence', mark, items };
  }

  #blockMap(token: CST.BlockMap, marked: Mark | undefined, outer: Place): YamlNode {
    const pairs: [YamlNode, YamlNode][] = [];
    let mark = marked;
    let column = -1;
    for (const { start, key, sep, value, explicitKey } of token.items) {
      if (!key && !sep && !explicitKey) continue;
      const question = start.find(({ type }) => type === 'explicit-key-ind');
      const colon = sep?.find(({ type }) => type === 'map-value-ind')?.offset;
      const begin = (question ?? start.find(isProperty) ?? key)?.offset ?? colon!;
      if (column < 0) {
        column = this.#source.column(begin);
        mark ??= this.#source.mark(begin);
      }
      const place: Place = { container: 'block-map', column, outer };
      if (key?.type === 'error' && key.source === '-' && this.#source.column(begin) > column)
        throw this.#error('illegal block entry', begin);
      if (this.#source.column(begin) !== column || key?.type === 'error')
        throw this.#error(NOT_FOUND['block-map'], begin);

      const keyNode = this.#node(key, start, begin, place);
      if (colon === undefined) {
        if (!explicitKey) this.#checkLoneKey(key, begin);
        pairs.push([keyNode, { kind: 'null', mark: this.#source.mark(begin) }]);
        continue;
      }
      if (key && !question) this.#checkKey(begin, colon, outer);
      if (value && !question) this.#checkValue(value, sep ?? []);
      pairs.push([keyNode, this.#node(value, sep ?? [], colon + 1, place)]);
    }
    return { kind: 'map', mark: mark ?? this.#source.mark(token.offset), pairs };
  }

  /** A key stands on one line, has at most 1024 bytes, and no tab before it. */
  #checkKey(begin: number, colon: number, outer: Place): void {
    const newline = this.#source.text.indexOf('\n', begin);
    const before = this.#lineBefore(begin);
    if (/^[ \t]*\t[ \t]*$/.test(before)) {
      let place: Place = outer;
      while (place.column > before.length && place.outer) place = place.outer;
      throw this.#error(NOT_FOUND[place.container], begin);
    }
    if ((newline >= 0 && newline < colon) || colon - begin > 1024 || /\t *$/.test(before))
      throw this.#error('illegal map value', colon);
  }

  /** A word without `:` counts as a key if the file ends before the scanner learns better. */
  #checkLoneKey(key: CST.Token | null | undefined, begin: number): void {
    const { text } = this.#source;
    const word = key && /scalar$/.test(key.type) && 'source' in key ? key : undefined;
    const end = word ? word.offset + word.source.length : begin;
    const lone = key?.type === 'scalar' ? /^[ \t]*(?:\r?\n|$)/.test(text.slice(end)) : end === text.length;
    if (!word || !lone) throw this.#error(NOT_FOUND['block-map'], begin);
    const next = /[#"'|>]|:(?=[ \t\r\n]|$)/g;
    next.lastIndex = end;
    const found = next.exec(text);
    if (found?.[0] === ':') throw this.#error('illegal map value', found.index);
    if (found) throw this.#error(NOT_FOUND['block-map'], begin);
  }

  /** What stands before a place on its line. */
  #lineBefore(offset: number): ByteString {
    return this.#source.text.slice(offset - this.#source.column(offset), offset);
  }

  /** No map or sequence may begin on the line of its key. */
  #checkValue(value: CST.Token, sep: Props): void {
    if (sep.some(({ type }) => type === 'newline')) return;
    if (value.type === 'block-map') {
      const { sep: inner, start } = value.items[0]!;
      const colon = inner?.find(({ type }) => type === 'map-value-ind');
      if (colon) throw this.#error('illegal map value', colon.offset);
      throw this.#error('illegal map key', start[0]?.offset ?? value.offset);
    }
    if (value.type === 'block-seq') throw this.#error('illegal block entry', value.offset);
  }

  #flow(token: CST.FlowCollection, mark: Mark, outer: Place): YamlNode {
    const sequence = token.start.type === 'flow-seq-start';
    const place: Place = { container: sequence ? 'flow-seq' : 'flow-map', column: outer.column, outer };
    const closer = token.end[0];
    const inFlow = outer.container.startsWith('flow');
    if (!inFlow && !/^flow-(?:seq|map)-end$/.test(closer?.type ?? '')) {
      const end = flowEnd(this.#source.text, token.offset);
      if (end !== undefined && /[\r\n]/.test(this.#source.text.slice(token.offset, end)))
        throw new Misread(token.offset, end);
      throw this.#unclosed(token.offset, place);
    }
    const nodes: YamlNode[] = [];
    const pairs: [YamlNode, YamlNode][] = [];
    const empty = (at: number): void => {
      const nothing: YamlNode = { kind: 'null', mark: this.#source.mark(at) };
      if (sequence) nodes.push(nothing);
      else pairs.push([nothing, nothing]);
    };
    let expected = true;
    for (const item of token.items) {
      for (const { type, offset } of item.start) {
        if (type !== 'comma') continue;
        if (this.#source.column(offset) === 0)
          throw this.#error('plain value cannot start with flow indicator character', offset);
        if (expected) empty(offset);
        expected = true;
      }
      const { start, key, sep, value } = item;
      const colon = sep?.find(({ type }) => type === 'map-value-ind')?.offset;
      const begin =
        start.find((prop) => isProperty(prop) || prop.type === 'explicit-key-ind')?.offset ??
        (key ?? (colon === undefined ? value : undefined))?.offset ??
        colon;
      if (begin === undefined) continue;
      if (!expected) throw this.#error(NOT_FOUND[place.container], begin);
      if (key && value && colon === undefined) throw this.#error(NOT_FOUND[place.container], value.offset);
      expected = false;
      if (sequence && colon === undefined && !start.some(({ type }) => type === 'explicit-key-ind')) {
        nodes.push(this.#node(value ?? key, start, begin, place));
        continue;
      }
      const keyNode = this.#node(key ?? (colon === undefined ? value : undefined), start, begin, place);
      let valueNode: YamlNode =
        colon === undefined
          ? { kind: 'null', mark: this.#source.mark(begin) }
          : this.#node(value, sep ?? [], colon + 1, place);
      if (colon === undefined && !sequence) valueNode = this.#soloValue(keyNode, key ?? value, begin);
      if (sequence)
        nodes.push({ kind: 'map', mark: this.#source.mark(begin), pairs: [[keyNode, valueNode]] });
      else pairs.push([keyNode, valueNode]);
    }
    if (!closer) throw this.#unclosed(token.offset, place);
    if ((closer.type === 'flow-seq-end') !== sequence) throw this.#error('illegal flow end', closer.offset);
    this.#checkEnd(token.end.slice(1), outer, false);
    return sequence ? { kind: 'sequence', mark, items: nodes } : { kind: 'map', mark, pairs };
  }

  /** The value that a key without `:` has in `{…}`: nothing, in the place of what follows the key if that is on the same line. */
  #soloValue(key: YamlNode, token: CST.Token | undefined, begin: number): YamlNode {
    const end = token && 'source' in token ? token.offset + token.source.length : begin;
    const next = this.#next(end);
    return { kind: 'null', mark: next.line === key.mark.line ? next : this.#source.mark(begin) };
  }

  /** A flow collection without end swallows the following lines as plain text, up to the first `:` that cannot end a key. */
  #unclosed(start: number, place: Place): YamlError {
    const { text } = this.#source;
    const colons = /["']|:(?=[ \t\r\n])/g;
    colons.lastIndex = start;
    for (let found = colons.exec(text); found && found[0] === ':'; found = colons.exec(text)) {
      const entry = text.slice(Math.max(text.lastIndexOf(',', found.index), start), found.index);
      if (entry.trim().includes('\n')) return this.#error(NOT_FOUND[place.container], found.index);
    }
    return this.#error(NOT_FOUND[place.container], text.length);
  }

  /** The place of the next token, which is where yaml-cpp puts what is not there. */
  #next(from: number): Mark {
    const { text } = this.#source;
    const gap = /(?:[ \t\r\n]+|#[^\n]*)*/y;
    gap.lastIndex = from;
    gap.exec(text);
    const mark = this.#source.mark(gap.lastIndex);
    return gap.lastIndex < text.length ? mark : { ...mark, column: 0 };
  }

  #error(problem: string, offset: number): YamlError {
    return new YamlError(problem, this.#source.mark(offset));
  }
}
