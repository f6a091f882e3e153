import type { ByteString } from './bytes.ts';
import { JsonTextError } from './json-text.ts';
import { RawJson } from './raw-json.ts';

/** A value that is being changed: members, elements, or a scalar as JSON. */
type Draft = Map<ByteString, Draft> | Draft[] | ByteString;

/** JSON that is put together value by value. What is not touched stays as it was written. */
export class JsonDraft {
  #root: Draft;

  constructor(from: RawJson) {
    this.#root = draftOf(from);
  }

  get json(): ByteString {
    return written(this.#root);
  }

  /**
   * Puts a value, given as JSON, where keys lead to. What is missing on the way is made: a list where the next key is a number, else an object; what is
   * in the way and neither is replaced.
   */
  set(keys: readonly ByteString[], json: ByteString): void {
    this.#root = placed(this.#root, keys, RawJson.parse(json));
  }

  /** Takes away what keys lead to, if there is anything. */
  remove(keys: readonly ByteString[]): void {
    const last = keys.at(-1);
    const parent = keys.slice(0, -1).reduce<Draft | undefined>(childOf, this.#root);
    if (last === undefined || parent === undefined || typeof parent === 'string') return;
    if (parent instanceof Map) parent.delete(last);
    else if (isIndex(last)) parent.splice(Number(last), 1);
  }

  /** The text of what keys lead to; undefined if there is nothing. */
  get(keys: readonly ByteString[]): ByteString | undefined {
    const found = keys.reduce<Draft | undefined>(childOf, this.#root);
    return found === undefined ? undefined : RawJson.parse(written(found)).text;
  }
}

/** Elements that a list may be filled up with before one that is given. */
const MOST_ELEMENTS = 1000;

const isIndex = (key: ByteString): boolean => /^\d{1,3}$/.test(key) && Number(key) < MOST_ELEMENTS;

function draftOf(raw: RawJson): Draft {
  if (raw.kind === 'array') return raw.elements.map(draftOf);
  if (raw.kind !== 'object') return raw.json;
  const draft = new Map<ByteString, Draft>();
  // Of two members with one name the first counts.
  for (const key of raw.keys) if (!draft.has(key)) draft.set(key, draftOf(raw.get(key)!));
  return draft;
}

function childOf(draft: Draft | undefined, key: ByteString): Draft | undefined {
  if (draft instanceof Map) return draft.get(key);
  return Array.isArray(draft) && isIndex(key) ? draft[Number(key)] : undefined;
}

function placed(draft: Draft | undefined, keys: readonly ByteString[], value: RawJson): Draft {
  const [key, ...rest] = keys;
  if (key === undefined) return draftOf(value);
  if (Array.isArray(draft) && isIndex(key)) {
    while (draft.length <= Number(key)) draft.push('null');
    draft[Number(key)] = placed(draft[Number(key)], rest, value);
    return draft;
  }
  if (draft instanceof Map) return draft.set(key, placed(draft.get(key), rest, value));
  return placed(isIndex(key) ? [] : new Map<ByteString, Draft>(), keys, value);
}

function written(draft: Draft): ByteString {
  if (typeof draft === 'string') return draft;
  if (Array.isArray(draft)) return `[${draft.map(written).join(',')}]`;
  return `{${[...draft].map(([key, value]) => `${jsonText(key)}:${written(value)}`).join(',')}}`;
}

/** A text as JSON. Bytes stay as they are. */
export const jsonText = (text: ByteString): ByteString => JSON.stringify(text);

/** A text as the JSON that it most likely stands for: true, false, a whole number, or text. */
const jsonScalar = (text: ByteString): ByteString =>
  /^(?:true|false|0|-?[1-9]\d{0,19})$/.test(text) ? text : jsonText(text);

/** A text as the JSON that is meant by it: objects and lists that are JSON already, else a scalar. */
export function jsonMeant(text: ByteString): ByteString {
  if (!/^[[{]/.test(text)) return jsonScalar(text);
  try {
    return RawJson.parse(text).json;
  } catch (error) {
    if (error instanceof JsonTextError) return jsonScalar(text);
    throw error;
  }
}

/** Texts as a JSON list. */
export const jsonList = (texts: readonly ByteString[]): ByteString => `[${texts.map(jsonMeant).join(',')}]`;
