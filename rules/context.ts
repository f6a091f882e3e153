import { fromBytes, type ByteString, type Position } from '../engine/index.ts';
import type { Mark } from './yaml/node.ts';

/** What a place in a rule file belongs to, in Falco's words. */
export type ItemType =
  | 'value for' | 'exceptions' | 'exception' | 'exception values' | 'exception value' | 'rules content' | 'rules content item'
  | 'required_engine_version' | 'required plugin versions' | 'required plugin versions entry' | 'required plugin versions alternative'
  | 'list' | 'list item' | 'macro' | 'macro condition' | 'rule' | 'rule condition' | 'condition expression' | 'rule output'
  | 'rule priority' | 'overrides'; // prettier-ignore

/** One link of a context: lines and columns count from 0, in bytes. */
export interface Location {
  /** The name of the file, or the first words of a condition. */
  readonly name: ByteString;
  readonly type: ItemType;
  /** The name of the item; may be empty. */
  readonly item: ByteString;
  readonly place: Mark;
}

const START: Mark = { offset: 0, line: 0, column: 0 };
const SNIPPET_HALF = 80;

/** Where something stands: a chain from the file to the place itself. */
export class Context {
  readonly parent: Context | undefined;
  readonly location: Location;
  /** A text that snippets are taken from instead of the file. */
  readonly condition: ByteString;

  private constructor(parent: Context | undefined, location: Location, condition: ByteString) {
    this.parent = parent;
    this.location = location;
    this.condition = condition;
  }

  static file(name: ByteString): Context {
    return new Context(undefined, { name, type: 'rules content', item: '', place: START }, '');
  }

  at(place: Mark, type: ItemType, item: ByteString = ''): Context {
    return new Context(this, { name: this.file, type, item, place }, '');
  }

  /**
   * A place inside a condition. It is counted from the start of the condition's YAML value, so line and column are right only
   * for conditions on one line; lines of conditions count from 1, those of files from 0.
   */
  inCondition(position: Position, condition: ByteString): Context {
    const short = condition.length > 20 ? `${condition.slice(0, 17)}..."` : `${condition}"`;
    const { place } = this.location;
    return new Context(
      this,
      {
        name: `"${short}`.replace(/[\n\r]/g, ' '),
        type: 'condition expression',
        item: '',
        place: {
          offset: position.index + place.offset,
          line: position.line + place.line,
          column: position.column + place.column,
        },
      },
      condition,
    );
  }

  /** The name of the file. */
  get file(): ByteString {
    return this.parent?.file ?? this.location.name;
  }

  /** From the file inwards. */
  get locations(): readonly Location[] {
    return this.parent ? [...this.parent.locations, this.location] : [this.location];
  }

  /** The line of the place, cut to 80 bytes on either side, and a caret below. `content` is the file as it was read. */
  snippet(content: ByteString): ByteString {
    const text = this.condition === '' ? content : this.condition;
    if (text === '') return '<No context available>\n';
    let at = this.location.place.offset;
    while (at > 0 && (at >= text.length || text[at] === '\n')) at--;
    let from = at;
    while (from > 0 && text[from] !== '\n' && at - from < SNIPPET_HALF) from--;
    let to = at;
    while (to < text.length - 1 && text[to] !== '\n' && to - at < SNIPPET_HALF) to++;
    if (text[from] === '\n') from++;
    if (text[to] === '\n') to--;
    let line = text.slice(from, to + 1);
    if (line === '') return '<No context available>\n';
    if (at - from >= SNIPPET_HALF) line = `...${line.slice(3)}`;
    if (to - at >= SNIPPET_HALF) line = `${line.slice(0, -3)}...`;
    return at - from <= line.length ? `${line}\n${' '.repeat(at - from)}^\n` : `${line}\n`;
  }

  /** As `falco -V` prints it without JSON. */
  toText(): ByteString {
    return this.locations
      .map(({ name, type, item, place }, i) => {
        const named = item === '' ? type : `${type} '${item}'`;
        return `${i === 0 ? 'In ' : '    '}${named}: (${name}:${place.line}:${place.column})\n`;
      })
      .join('');
  }

  /** As in Falco's JSON, with the snippet. Text is decoded. */
  toJson(content: ByteString): ContextJson {
    return {
      locations: this.locations.map(({ name, type, item, place }) => ({
        item_name: fromBytes(item),
        item_type: type,
        position: { column: place.column, line: place.line, name: fromBytes(name), offset: place.offset },
      })),
      snippet: fromBytes(this.snippet(content)),
    };
  }
}

/** A context in Falco's JSON. */
export interface ContextJson {
  readonly locations: readonly {
    readonly item_name: string;
    readonly item_type: ItemType;
    readonly position: {
      readonly column: number;
      readonly line: number;
      readonly name: string;
      readonly offset: number;
    };
  }[];
  readonly snippet: string;
}
