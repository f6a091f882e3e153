import type { Random } from './random.ts';

type Mutation = (text: string, random: Random, words: readonly string[], others: readonly string[]) => string;

/** Where a piece of the text begins and ends. */
function piece(text: string, random: Random, most: number): [number, number] {
  const from = random.below(text.length + 1);
  return [from, Math.min(text.length, from + 1 + random.below(most))];
}

const mutations: Readonly<Record<string, Mutation>> = {
  setByte(text, random) {
    const at = random.below(text.length);
    return text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1);
  },
  setPrintable(text, random) {
    const at = random.below(text.length);
    return text.slice(0, at) + String.fromCharCode(32 + random.below(95)) + text.slice(at + 1);
  },
  remove(text, random) {
    const [from, to] = piece(text, random, 12);
    return text.slice(0, from) + text.slice(to);
  },
  repeat(text, random) {
    const [from, to] = piece(text, random, 40);
    return text.slice(0, to) + text.slice(from);
  },
  insertWord(text, random, words) {
    const at = random.below(text.length + 1);
    return text.slice(0, at) + random.pick(words) + text.slice(at);
  },
  replaceWord(text, random, words) {
    const found = [...text.matchAll(/[\w.]+|[^\w\s]+|\s+/g)];
    if (found.length === 0) return text;
    const { index, 0: old } = random.pick(found);
    return text.slice(0, index) + random.pick(words) + text.slice(index + old.length);
  },
  truncate: (text, random) => text.slice(0, random.below(text.length)),
  splice(text, random, _, others) {
    const other = random.pick(others);
    return text.slice(0, random.below(text.length)) + other.slice(random.below(other.length));
  },
};

const names = Object.keys(mutations);

/** A byte string with one to four things wrong with it, and what they are. */
export function mutateText(
  text: string,
  random: Random,
  words: readonly string[],
  others: readonly string[],
): { text: string; how: string } {
  const how: string[] = [];
  let mutated = text;
  for (let i = random.below(4); i >= 0 && mutated !== ''; i--) {
    const name = random.pick(names);
    how.push(name);
    mutated = mutations[name]!(mutated, random, words, others);
  }
  return { text: mutated, how: how.join(', ') };
}
