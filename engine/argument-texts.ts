/** Which texts `evt.arg` can show, by the type of a parameter: what `parameterMeaning` makes of it, asked the other way round. */
import { enumNames, flagNames, modeNames } from './flags.ts';
import { didYouMean } from './spelling.ts';
import { errnoName, errnoNumber } from './tables/errno.ts';
import { SIGNALS } from './tables/signals.ts';
import type { FlagValues, ParamInfo } from './tables/types.ts';

/** What `evt.arg` can show of a parameter. */
export interface ArgumentTexts {
  /** Whether it can be exactly this text. */
  readonly canBe: (text: string) => boolean;
  /** Whether this text can be a part of it. */
  readonly canHold: (text: string) => boolean;
  /** What is shown instead of a part that stands there only where it is all there is; undefined for others. */
  readonly insteadOf?: (text: string) => string | undefined;
  /** What to write instead of a text that it cannot be or hold. */
  readonly hint: (text: string) => string | undefined;
}

/** Shown where a parameter has not the size of its type. */
const ABSENT: ReadonlySet<string> = new Set(['<NA>', 'NULL', '']);

/** What `evt.arg` can show of a parameter; undefined where it may be any text. */
export function argumentTexts({ type, format, values = [] }: ParamInfo): ArgumentTexts | undefined {
  switch (type) {
    case 'flags8':
    case 'flags16':
    case 'flags32':
      return named(values, flagNames, 10);
    case 'enumflags8':
    case 'enumflags16':
    case 'enumflags32':
      return named(values, enumNames, 10);
    case 'mode':
      return { ...named(values, modeNames, 8), insteadOf: (text) => coveredBy(text, values) };
    case 'uid':
    case 'gid':
      return texts(
        (text) => !/^-?\d+$/.test(text),
        `it shows the name of the ${type === 'uid' ? 'user' : 'group'}`,
      );
    case 'errno':
      return texts(
        (text) => /^\d+$/.test(text) || errnoNumber(text) !== undefined || isUnknownError(text),
        'it shows a number from 0 on, or the name of an error such as ENOENT',
      );
    case 'fd':
      return texts(
        (text) =>
          /^(?:<|\d+$)/.test(text) ||
          text === 'AT_FDCWD' ||
          errnoNumber(text) !== undefined ||
          (isUnknownError(text) && text !== '-100'),
        'it shows what the fd is, as in <f>/etc/passwd, or the name of an error',
      );
    case 'sigtype':
      return texts(
        (text) => SIGNALS.includes(text) || (/^\d+$/.test(text) && SIGNALS[Number(text)] === undefined),
        'it shows the name of a signal, such as SIGKILL',
      );
    case 'syscallid':
      return texts((text) => !/^\d+$/.test(text), 'it shows the name of a system call');
    case 'reltime':
      return texts((text) => /^(?:[\d.e+-]+s|none)$/.test(text), 'it shows seconds, as in 1.5s');
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
      return NUMBERS[format];
    default:
      return undefined;
  }
}

const isUnknownError = (text: string): boolean => /^-\d+$/.test(text) && errnoName(-Number(text)) === '';

/** A text of which it is known what it can be, not what parts it may have. */
function texts(canBe: (text: string) => boolean, hint: string): ArgumentTexts {
  return { canBe: (text) => ABSENT.has(text) || canBe(text), canHold: () => true, hint: () => hint };
}

function numbers(whole: RegExp, part: RegExp, hint: string): ArgumentTexts {
  return {
    canBe: (text) => ABSENT.has(text) || whole.test(text),
    canHold: (text) => part.test(text),
    hint: () => hint,
  };
}

const DECIMAL = numbers(/^-?(?:0|[1-9]\d*)$/, /^-?\d*$/, 'it shows a decimal number');
const NUMBERS: Readonly<Record<ParamInfo['format'], ArgumentTexts>> = {
  na: DECIMAL,
  dec: DECIMAL,
  hex: numbers(
    /^(?:0|[1-9A-F][\dA-F]*)$/,
    /^[\dA-F]*$/,
    'it shows a hexadecimal number in capitals, without 0x',
  ),
  oct: numbers(/^(?:0|0[1-7][0-7]*)$/, /^[0-7]*$/, 'it shows an octal number that begins with 0, as in 0644'),
};

/** The name that comes before one of a mode and takes its bits. */
function coveredBy(name: string, values: FlagValues): string | undefined {
  const bits = new Map(values).get(name);
  if (bits === undefined) return undefined;
  // Any other bit will do: one that comes first.
  const other = values.find(([, value]) => (value & bits) === 0)?.[1] ?? 0;
  const names = modeNames(bits | other, values).split('|');
  return names.includes(name) ? undefined : names.at(-1);
}

/** Names with bars between them; a number where there is no name for it. */
function named(
  values: FlagValues,
  namesOf: (value: number, values: FlagValues) => string,
  base: 8 | 10,
): ArgumentTexts {
  const known = new Map(values);
  // A name that others come before is shown with theirs, or not at all.
  const shown = values.filter(([name, value]) => namesOf(value, values).split('|').includes(name));
  const numberOf = (text: string): number | undefined => {
    if (!(base === 8 ? /^0[0-7]*$/ : /^(?:0|[1-9]\d*)$/).test(text)) return undefined;
    return parseInt(text, base);
  };
  const parts = (text: string): number[] => text.split('|').map((name) => known.get(name) ?? NaN);
  return {
    canBe: (text) => {
      if (ABSENT.has(text)) return true;
      const number = numberOf(text);
      if (number !== undefined) return namesOf(number, values) === '';
      return (
        namesOf(
          parts(text).reduce((all, bits) => (all | bits) >>> 0, 0),
          values,
        ) === text
      );
    },
    canHold: (text) =>
      text.includes('|') || /^[\d<>NA]*$/.test(text) || shown.some(([name]) => name.includes(text)),
    hint: (text) => {
      const value = numberOf(text) ?? known.get(text);
      const names = value === undefined ? '' : namesOf(value, values);
      if (names !== '' && names !== text) return `it shows ${names}`;
      return didYouMean(text, known.keys()) ?? `it shows ${[...known.keys()].slice(0, 3).join(', ')}, …`;
    },
  };
}
