import type { ByteString } from './bytes.ts';
import type { FlagValues } from './tables/types.ts';

/** Texts that one set of flags remembers; a capture rarely shows more. */
const REMEMBERED = 1024;

type Resolve = (value: number, values: FlagValues) => ByteString;

/** The same number is resolved over and over: each text is made once. */
function remember(resolve: Resolve): Resolve {
  const known = new WeakMap<FlagValues, Map<number, ByteString>>();
  return (value, values) => {
    let texts = known.get(values);
    if (texts === undefined) known.set(values, (texts = new Map<number, ByteString>()));
    let text = texts.get(value);
    if (text === undefined) {
      text = resolve(value, values);
      if (texts.size < REMEMBERED) texts.set(value, text);
    }
    return text;
  };
}

/** Names of the set bits, joined by `|`. A bit that a name has covered is not named again. */
export const flagNames: Resolve = remember((value, values) => {
  const names: string[] = [];
  let left = value;
  for (const [name, bits] of values) {
    if (bits === 0 ? value !== 0 : left === 0 || ((left & bits) ^ bits) !== 0) continue;
    names.push(name);
    left = (left & ~bits) >>> 0;
    if (bits === value) break;
  }
  return names.join('|');
});

/** All names that a value of an enumeration has, joined by `|`. */
export const enumNames: Resolve = remember((value, values) =>
  values
    .filter(([, known]) => known === value)
    .map(([name]) => name)
    .join('|'),
);

/** Names of a file mode: those of its bits up to one that is the whole mode. */
export const modeNames: Resolve = remember((value, values) => {
  const names: string[] = [];
  let left = value;
  for (const [name, bits] of values) {
    if (bits === value) {
      names.push(name);
      break;
    }
    if (bits === 0 || left === 0 || ((left & bits) ^ bits) !== 0) continue;
    names.push(name);
    left = (left & ~bits) >>> 0;
  }
  return names.join('|');
});
