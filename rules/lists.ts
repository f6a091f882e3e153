import { ConditionError, type ByteString, type Position } from '../engine/index.ts';
import { joinItems } from './exceptions.ts';
import type { ListItem, Written } from './items.ts';
import { RuleError } from './result.ts';

/** A list with the lists in it replaced by their items, one level deep. */
export interface LoadedList {
  readonly name: ByteString;
  readonly items: readonly ByteString[];
  /** The hash of the name if that is one word, so that it stands for the list only where that word stands. */
  readonly word: number | undefined;
  /** Whether a condition or another list refers to it. */
  used: boolean;
  /** As it was defined. */
  readonly definition: ListItem;
}

/** Lists in lists multiply. Falco's memory is the limit there; these are ours, for all lists together and for the text of one condition. */
const MAX_ITEMS = 2_000_000;
const MAX_TEXT = 8 << 20;
/** Each name that is replaced moves the text behind it. */
const MAX_MOVED = 256 << 20;

/**
 * Resolves references of lists to lists. Only what the other list itself holds comes in, so a name in it stays a word: a chain of lists in the
 * natural order is resolved one level deep, in the opposite order wholly, by the text of the conditions. Throws a `RuleError` where they become too many.
 */
export function resolveLists(definitions: ReadonlyMap<ByteString, ListItem>): Map<ByteString, LoadedList> {
  const lists = new Map<ByteString, LoadedList>();
  const used = new Set<ByteString>();
  let total = 0;
  for (const definition of definitions.values()) {
    for (const item of definition.items) total += definitions.get(item)?.items.length ?? 1;
    if (total > MAX_ITEMS)
      throw new RuleError(
        'LOAD_ERR_VALIDATE',
        `lists in lists make more than ${MAX_ITEMS} items`,
        definition.context,
      );
    const items = resolved(definition, definitions, ({ items }) => items, used);
    const { name } = definition;
    const word = /[ \t\n\r(),=]/.test(name) ? undefined : hashOf(name);
    lists.set(name, { name, items, word, used: false, definition });
  }
  for (const name of used) lists.get(name)!.used = true;
  return lists;
}

/** Where the items of a list stand, one for each item of the `LoadedList`. */
export const writtenItems = (
  definition: ListItem,
  definitions: ReadonlyMap<ByteString, ListItem>,
): readonly Written[] => resolved(definition, definitions, ({ written }) => written);

function resolved<T>(
  definition: ListItem,
  definitions: ReadonlyMap<ByteString, ListItem>,
  partsOf: (list: ListItem) => readonly T[],
  used?: Set<ByteString>,
): T[] {
  return definition.items.flatMap((item, i) => {
    const other = definitions.get(item);
    if (!other || other.index >= definition.visibility) return [partsOf(definition)[i]!];
    used?.add(item);
    return partsOf(other);
  });
}

const START: Position = { index: 0, line: 1, column: 1 };

const BLANKS = ' \t\n\r';
const DELIMITERS = `${BLANKS}(),=`;
const isOneOf = (units: string, unit: string | undefined): boolean =>
  unit !== undefined && units.includes(unit);

/** What is between two places of a text becomes the items of a list, with blanks round them. */
export type Edit = (
  start: number,
  end: number,
  before: ByteString,
  list: LoadedList,
  after: ByteString,
) => void;

/**
 * Replaces the names of lists in a condition by their items, as text and wherever they stand between delimiters, quotes included. Tells each
 * replacement, in the text as it then is. Throws a `ConditionError` where the text becomes too long.
 */
export function substituteLists(
  condition: ByteString,
  lists: Iterable<LoadedList>,
  edited?: Edit,
): ByteString {
  let text = condition;
  let words = wordsOf(text);
  for (const list of lists) {
    if (list.word !== undefined && words[list.word & WORD_MASK] === 0) continue;
    const substituted = substituteList(text, list, edited);
    if (substituted === undefined) continue;
    text = substituted;
    words = wordsOf(text);
    list.used = true;
  }
  return text;
}

const WORD_MASK = 4095;
const IS_DELIMITER = Uint8Array.from({ length: 256 }, (_, unit) =>
  DELIMITERS.includes(String.fromCharCode(unit)) ? 1 : 0,
);
const addToHash = (hash: number, unit: number): number => (Math.imul(hash, 31) + unit) | 0;

function hashOf(word: ByteString): number {
  let hash = 0;
  for (let i = 0; i < word.length; i++) hash = addToHash(hash, word.charCodeAt(i));
  return hash;
}

/** Which words a text may hold: a mark for each, by its hash. Most texts hold no list. */
function wordsOf(text: ByteString): Uint8Array {
  const words = new Uint8Array(WORD_MASK + 1);
  let hash = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (IS_DELIMITER[unit] === 0) hash = addToHash(hash, unit);
    else {
      words[hash & WORD_MASK] = 1;
      hash = 0;
    }
  }
  words[hash & WORD_MASK] = 1;
  return words;
}

function substituteList(condition: ByteString, list: LoadedList, edited?: Edit): ByteString | undefined {
  const { name, items } = list;
  let text = condition;
  let moved = 0;
  let substitute: ByteString | undefined;
  for (let start = text.indexOf(name); start >= 0; start = text.indexOf(name, start + 1)) {
    let end = start + name.length;
    if (start > 0 && !isOneOf(DELIMITERS, text[start - 1])) continue;
    if (end < text.length && !isOneOf(DELIMITERS, text[end])) continue;
    while (isOneOf(BLANKS, text[start - 1])) start--;
    while (isOneOf(BLANKS, text[end])) end++;
    substitute ??= joinItems(items);
    if (substitute === '') {
      if (text[start - 1] === ',') start--;
      else if (text[end] === ',') end++;
    }
    const before = start > 0 ? ' ' : '';
    edited?.(start, end, before, list, ' ');
    text = `${text.slice(0, start)}${before}${substitute} ${text.slice(end)}`;
    start += substitute.length + 1;
    moved += text.length;
    if (text.length > MAX_TEXT || moved > MAX_MOVED)
      throw new ConditionError(`the list ${name} makes the condition too long`, START);
  }
  return substitute === undefined ? undefined : text;
}
