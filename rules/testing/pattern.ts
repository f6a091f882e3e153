/** What the output of an alert is held against. */
import { RE2JS } from 're2js';

/** What an output is to look like. */
export interface OutputPattern {
  /** As it is written in the test file. */
  readonly written: string;
  /** Whether it can fit one text only. */
  readonly literal: boolean;
  matches(output: string): boolean;
}

/** Throws an `Error` for a regular expression that is none. */
export function outputPattern(written: string): OutputPattern {
  const [, regex] = /^\/(.+)\/$/s.exec(written) ?? [];
  if (regex === undefined) return { written, literal: !/[*?\\]/.test(written), matches: globTest(written) };
  return { written, literal: false, matches: regexTest(regex) };
}

/** Whether a regular expression (RE2) is found in a text. Throws an `Error` for one that is none. */
export function regexTest(regex: string): (text: string) => boolean {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(regex);
  } catch (error) {
    const message = (error as Error).message.replace(/^error parsing regexp: /, '');
    throw new Error(`this is no regular expression: ${message}`, { cause: error });
  }
  return (text) => compiled.matcher(text).find();
}

/** The text itself. */
export const literalPattern = (text: string): OutputPattern => ({
  written: text,
  literal: true,
  matches: (output) => output === text,
});

/** A place of a glob: a character, any one, or any text. */
type Place = string | typeof ANY | typeof STAR;
const ANY = Symbol('?');
const STAR = Symbol('*');

/** Whether the whole of a text fits `*`, `?` and `\` before a character that is meant. Brackets, which outputs are full of, mean themselves. */
export function globTest(pattern: string): (text: string) => boolean {
  const places: Place[] = [];
  const units = [...pattern];
  for (let i = 0; i < units.length; i++) {
    const unit = units[i]!;
    if (unit === '*') places.push(STAR);
    else if (unit === '?') places.push(ANY);
    else places.push(unit === '\\' && /^[*?\\]$/.test(units[i + 1] ?? '') ? units[++i]! : unit);
  }
  return (text) => fits(places, [...text]);
}

/** Goes back to the last star only: that is enough, and keeps it quick. */
function fits(places: readonly Place[], text: readonly string[]): boolean {
  let [place, at] = [0, 0];
  let [star, mark] = [-1, 0];
  while (at < text.length) {
    if (places[place] === STAR) {
      star = place++;
      mark = at;
    } else if (place < places.length && (places[place] === ANY || places[place] === text[at])) {
      place++;
      at++;
    } else if (star >= 0) {
      place = star + 1;
      at = ++mark;
    } else return false;
  }
  while (places[place] === STAR) place++;
  return place === places.length;
}
