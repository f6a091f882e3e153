import type { ByteString } from '../bytes.ts';

interface Options {
  readonly known: ReadonlySet<string>;
  readonly withValue: ReadonlySet<string>;
}

/** Reads the option letters of getopt(3): a colon behind a letter says that the option has a value. */
function parseOptions(letters: ByteString): Options {
  const known = new Set<string>();
  const withValue = new Set<string>();
  for (let i = letters.startsWith(':') ? 1 : 0; i < letters.length; i++) {
    const letter = letters[i]!;
    if (letter === ':') continue;
    known.add(letter);
    if (letters[i + 1] === ':') {
      withValue.add(letter);
      i++;
    }
  }
  return { known, withValue };
}

/**
 * The transformer `getopt`: the short options among `args` and their values, in order; `?` for an unknown one, an empty text for one that
 * lacks its value. With `selected`, only that option's value (the option itself if it takes none), the last one if there are several;
 * undefined if it is not there. Long options are passed over; the first argument that is no option ends the reading.
 */
export function getopt(
  args: readonly ByteString[],
  letters: ByteString,
  selected: ByteString | undefined,
): ByteString[] | ByteString | undefined {
  const { known, withValue } = parseOptions(letters);
  const found: ByteString[] = [];
  let last: ByteString | undefined;
  const emit = (option: ByteString, value?: ByteString): void => {
    if (selected === undefined) found.push(option, ...(value === undefined ? [] : [value]));
    else last = value ?? option;
  };
  for (let n = 0; n < args.length; n++) {
    const arg = args[n]!;
    if (arg === '--' || arg.length < 2 || !arg.startsWith('-')) break;
    if (arg.startsWith('--')) continue;
    for (let i = 1; i < arg.length; i++) {
      const option = arg[i]!;
      if (option === ':' || !known.has(option)) {
        if (selected === undefined) found.push('?');
        continue;
      }
      const wanted = selected === undefined || option === selected;
      if (!withValue.has(option)) {
        if (wanted) emit(option);
        continue;
      }
      const value = i + 1 < arg.length ? arg.slice(i + 1) : args[++n];
      if (wanted) {
        if (value === undefined) emit('');
        else emit(option, value);
      }
      break;
    }
  }
  return selected === undefined ? found : last;
}
