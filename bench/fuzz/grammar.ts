import {
  allFields,
  EVENTS,
  formsOf,
  OPERATORS,
  toBytes,
  TRANSFORMERS,
  type Field,
} from '../../engine/index.ts';
import type { Random } from './random.ts';

/** Makes up conditions of the real fields, operators and transformers: most of them right, as what is wrong comes in by mutations. */

const fields: readonly Field[] = allFields.flatMap((group) => group.fields);
const frequent = fields.filter(({ name }) => ['evt.type', 'evt.dir', 'proc.name', 'fd.name'].includes(name));
const lists = fields.filter((one) => one.list && !one.arg?.required);
const eventNames = [...new Set(EVENTS.map(({ name }) => name))].filter((name) => name !== '');

const MACROS = ['spawned_process', 'open_read', 'm', 'not_a', 'inside'];
const ARGUMENTS = [
  '0',
  '1',
  '2',
  '7',
  '-1',
  '99999999999',
  'path',
  'PATH',
  'HOME',
  'fd',
  'res',
  'flags',
  'x y',
  '"a b"',
  "'q'",
  '',
  'a.b',
];
const TEXTS = [
  'a',
  'x',
  '/etc/shadow',
  '/etc/',
  'bash',
  '"a b"',
  "'c d'",
  '""',
  '"\\""',
  '"\\t\\n"',
  'val',
  'in',
  'and',
  'or',
  'oneof',
  '*.so',
  '[a-',
  '[!x]?',
  '^a.*b$',
  '(',
  '"(a|b)+"',
  '"[[:alpha:]]{1,3}"',
  'openand',
  '<NA>',
  '"1,2"',
  '\xc3\xa9',
  '"\xff"',
  '2f6574',
  '0x6a',
];
const NUMBERS = [
  '0',
  '1',
  '-1',
  '255',
  '1.5',
  '0x10',
  '1e+3',
  '1e3',
  '4294967296',
  '18446744073709551615',
  '18446744073709551616',
  '9223372036854775808',
  '99999999999999999999999',
  '80',
  '443',
  'http',
  'true',
  'false',
];
const ADDRESSES = ['127.0.0.1', '::1', '10.0.0.0/8', '10.0.0.0/33', 'fe80::/10', '1.2.3', '::ffff:1.2.3.4', 'localhost', '256.1.1.1']; // prettier-ignore
const MODIFIERS = ['oneof', 'anyof', 'allof'];

const chance = (random: Random, in_: number): boolean => random.below(in_) === 0;
const several = (random: Random, one: () => string, most: number, separator: string): string =>
  Array.from({ length: 1 + random.below(most) }, one).join(separator);

function blank(random: Random): string {
  return chance(random, 120) ? random.pick(['', '  ', '\t', '\n', '\r\n', '\n  ', '\b', '\v', '\f']) : ' ';
}

function field(
  random: Random,
  wanted?: (type: Field['type']) => boolean,
): { text: string; type: Field['type'] } {
  let found = random.pick(fields);
  for (let tries = 0; tries < 8 && wanted?.(found.type) === false; tries++) found = random.pick(fields);
  if (chance(random, 8)) found = random.pick(frequent);
  const text = random.pick(formsOf(found)).replace(/\[[^\]]*\]$/, () => `[${random.pick(ARGUMENTS)}]`);
  return { text: chance(random, 60) ? `${text}[${random.pick(ARGUMENTS)}]` : text, type: found.type };
}

function value(random: Random, type: Field['type'], name: string): string {
  if (/^evt\.(?:type|asynctype)/.test(name)) return random.pick(chance(random, 10) ? TEXTS : eventNames);
  if (chance(random, 8)) return random.pick([...TEXTS, ...NUMBERS, ...ADDRESSES]);
  if (type === 'CHARBUF' || type === 'BYTEBUF') return random.pick(TEXTS);
  if (type === 'BOOL') return random.pick(['true', 'false', '"true"', 'True', '1']);
  if (type === 'IPADDR' || type === 'IPNET') return random.pick(ADDRESSES);
  return random.pick(NUMBERS);
}

function transformed(random: Random, depth: number): string {
  const name = random.pick(TRANSFORMERS);
  const inner = (): string =>
    depth > 0 && chance(random, 3)
      ? transformed(random, depth - 1)
      : field(random, (type) => type === 'CHARBUF').text;
  const part = (): string =>
    random.pick([inner, inner, () => '"x"', () => '5', () => `"${random.pick(['a', '-', ',', ''])}"`])();
  const list = (): string => `(${chance(random, 10) ? '' : several(random, part, 3, ', ')})`;
  const parts =
    name === 'join'
      ? `${part()}, ${list()}`
      : name === 'concat'
        ? several(random, part, 3, ',')
        : name === 'getopt'
          ? `${random.pick([random.pick(lists).name, inner()])}, ${random.pick(['"a:b"', '"xy"', list(), part()])}`
          : inner();
  const wrong = chance(random, 30) ? random.pick([`${parts},1`, '', list()]) : parts;
  return `${name}(${wrong})${chance(random, name === 'getopt' ? 2 : 40) ? `[${random.pick(ARGUMENTS)}]` : ''}`;
}

function check(random: Random): string {
  const left = chance(random, 5) ? { text: transformed(random, 2), type: 'CHARBUF' as const } : field(random);
  const { text, type } = left;
  const one = (): string => value(random, type, text);
  const list = (): string =>
    `(${chance(random, 20) ? '' : several(random, one, 4, random.pick([', ', ',', ' , ']))})`;
  const right = (): string =>
    chance(random, 12)
      ? random.pick([
          () => `val(${field(random, (other) => other === type).text})`,
          () => transformed(random, 1),
        ])()
      : one();
  const gap = (): string => blank(random);
  switch (random.below(8)) {
    case 0:
      return `${text}${gap()}exists`;
    case 1:
    case 2:
      return `${text}${gap()}${random.pick(['in', 'intersects', 'pmatch'])}${gap()}${chance(random, 8) ? right() : list()}`;
    case 3:
      return `${text}${gap()}${random.pick(OPERATORS)}${gap()}${random.pick(MODIFIERS)}${gap()}${list()}`;
    case 4:
      return `${text}${gap()}${random.pick(OPERATORS)}${gap()}${chance(random, 2) ? right() : list()}`;
    case 5:
      return `${text}${gap()}${random.pick(['<', '<=', '>', '>='])}${gap()}${chance(random, 6) ? right() : random.pick(NUMBERS)}`;
    default:
      return `${text}${gap()}${random.pick(['=', '==', '!=', 'contains', 'startswith', 'endswith', 'glob', 'regex', 'icontains'])}${gap()}${right()}`;
  }
}

/** An expression of at most so many levels, a byte string. */
function expression(random: Random, depth: number): string {
  if (depth === 0 || chance(random, 3)) return chance(random, 30) ? random.pick(MACROS) : check(random);
  const inner = (): string => expression(random, depth - 1);
  switch (random.below(4)) {
    case 0:
      return `not${blank(random)}${chance(random, 2) ? inner() : `(${inner()})`}`;
    case 1:
      return `(${inner()})`;
    default: {
      const word = random.pick(['and', 'or']);
      return several(random, inner, 3, `${blank(random)}${word}${blank(random)}`);
    }
  }
}

/** A condition, a byte string. */
export const madeUp = (random: Random): string => expression(random, 1 + random.below(4));

/** Words that a mutation may put anywhere. */
export const WORDS: readonly string[] = [
  ...OPERATORS, ...TRANSFORMERS.map((name) => `${name}(`), ...MODIFIERS, ...TEXTS, ...NUMBERS, ...ARGUMENTS.map((arg) => `[${arg}]`),
  'val(', 'not', 'not(', 'and', 'or', '(', ')', ',', '"', "'", '\\', '\\ ', '[', ']', '=', ' ', '\n', '\t', '\0', toBytes('é'), '\xff',
  'evt.type', 'proc.name', 'evt.arg.', 'proc.aname[', '.', '..', 'a.b',
]; // prettier-ignore
