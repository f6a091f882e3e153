import type { ByteString } from './bytes.ts';
import { compacted, stringEnd, unescaped, valueEnd } from './json-text.ts';

export type RawJsonKind = 'object' | 'array' | 'string' | 'number' | 'true' | 'false' | 'null';

/**
 * A value of a JSON text, as the text has it: numbers keep all digits and their form, strings their bytes, objects all of their members in order; of
 * two with one name the first counts. What is inside a value is looked at when it is asked for: of a large document with few questions, most is passed
 * over once.
 */
export class RawJson {
  /** The document, without blanks between its tokens. */
  readonly #text: ByteString;
  readonly #start: number;
  readonly #end: number;
  readonly kind: RawJsonKind;
  #keys: readonly ByteString[] | undefined = undefined;
  #values: readonly RawJson[] | undefined = undefined;

  private constructor(text: ByteString, start: number, end: number) {
    this.#text = text;
    this.#start = start;
    this.#end = end;
    this.kind = kindAt(text, start);
  }

  /** Reads one document, blanks around it allowed. Throws a `JsonTextError`. */
  static parse(text: ByteString): RawJson {
    const compact = compacted(text);
    return new RawJson(compact, 0, compact.length);
  }

  /** The value as JSON: as it was written, without blanks between tokens. */
  get json(): ByteString {
    return this.#start === 0 && this.#end === this.#text.length
      ? this.#text
      : this.#text.slice(this.#start, this.#end);
  }

  /** Bytes of `json`. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** The text of a string; undefined for all other kinds. */
  get string(): ByteString | undefined {
    if (this.kind !== 'string') return undefined;
    return unescaped(this.#text.slice(this.#start + 1, this.#end - 1));
  }

  /** The text of a string, and of other values their JSON. */
  get text(): ByteString {
    return this.string ?? this.json;
  }

  /** The elements of an array; none for all other kinds. */
  get elements(): readonly RawJson[] {
    if (this.kind !== 'array') return NOTHING;
    return (this.#values ??= this.#read().values);
  }

  /** The names of an object's members, in order; none for all other kinds. */
  get keys(): readonly ByteString[] {
    if (this.kind !== 'object') return NO_KEYS;
    return this.#members().map(unescaped);
  }

  /** The values of an object's members, in order, those of names that come again too; none for all other kinds. */
  get values(): readonly RawJson[] {
    if (this.kind !== 'object') return NOTHING;
    this.#members();
    return this.#values!;
  }

  /** What keys lead to, one after the other: members of objects, elements of arrays by their number. Undefined if there is nothing. */
  get(...keys: readonly ByteString[]): RawJson | undefined {
    let value: RawJson = this as RawJson;
    for (const key of keys) {
      const found = value.kind === 'object' ? value.#member(key) : value.#element(key);
      if (found === undefined) return undefined;
      value = found;
    }
    return value;
  }

  #member(key: ByteString): RawJson | undefined {
    const raw = this.#members();
    let found = raw.indexOf(key);
    if (found < 0 || key.includes('\\')) found = raw.findIndex((name) => unescaped(name) === key);
    return found < 0 ? undefined : this.#values![found];
  }

  #element(key: ByteString): RawJson | undefined {
    return /^[+-]?\d+$/.test(key) ? this.elements[Number(key)] : undefined;
  }

  #members(): readonly ByteString[] {
    if (this.#keys === undefined) {
      const { keys, values } = this.#read();
      this.#keys = keys;
      this.#values = values;
    }
    return this.#keys;
  }

  /** The members or elements, one level deep. The text is known to be right. */
  #read(): { readonly keys: readonly ByteString[]; readonly values: readonly RawJson[] } {
    const text = this.#text;
    const last = this.#end - 1;
    const isObject = this.kind === 'object';
    const keys: ByteString[] = [];
    const values: RawJson[] = [];
    let at = this.#start + 1;
    while (at < last) {
      if (isObject) {
        const end = stringEnd(text, at);
        keys.push(text.slice(at + 1, end - 1));
        at = end + 1;
      }
      const end = valueEnd(text, at);
      values.push(new RawJson(text, at, end));
      at = end + 1;
    }
    return { keys, values };
  }
}

const NOTHING: readonly RawJson[] = [];
const NO_KEYS: readonly ByteString[] = [];

function kindAt(text: ByteString, at: number): RawJsonKind {
  switch (text.charCodeAt(at)) {
    case 0x7b:
      return 'object';
    case 0x5b:
      return 'array';
    case 0x22:
      return 'string';
    case 0x74:
      return 'true';
    case 0x66:
      return 'false';
    case 0x6e:
      return text.charCodeAt(at + 1) === 0x75 ? 'null' : 'number';
    default:
      return 'number';
  }
}
