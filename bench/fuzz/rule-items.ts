import { madeUp } from './grammar.ts';
import type { Random } from './random.ts';

/** Makes up rule files: items with keys of all kinds, right and wrong, in all ways to write YAML. */

const NAMES = ['a', 'b', 'one', 'two', 'm', 'inside', 'shells', 'cat', '/etc/passwd', 'open_read'];
const ODD_NAMES = ['has-dash', 'has blank', '1st', 'in', 'and', '"q"', '~', 'null', 'é'];
const SCALARS = [
  '',
  '~',
  'null',
  'true',
  'no',
  'ON',
  'tRuE',
  '0',
  '010',
  '0x10',
  '-1',
  '1e3',
  '4294967296',
  '"250"',
  "'x'",
  'x y',
  '[]',
  '{}',
  '[a]',
  '[[a]]',
  '{a: b}',
  '*anchor',
  '&anchor x',
  '!tag x',
  '!!str',
  '"\\x41\\u00e9"',
  '"\\q"',
  '%proc.name',
  '@home',
  '`x`',
  'a: b',
  'a #b',
  '- a',
  '? a',
  '|',
  '>',
];
const RULE_KEYS = [
  'rule',
  'desc',
  'condition',
  'output',
  'priority',
  'source',
  'enabled',
  'tags',
  'exceptions',
  'append',
  'override',
  'capture',
  'capture_duration',
  'warn_evttypes',
  'skip-if-unknown-filter',
  'items',
  'nosuch',
  'required_engine_version',
  'macro',
  'list',
];
const PRIORITIES = [
  'EMERGENCY',
  'alert',
  'Critical',
  'ERROR',
  'warning',
  'NOTICE',
  'INFO',
  'informational',
  'DEBUG',
  'high',
];
const OPERATIONS = ['append', 'replace', 'merge', '~', '[]'];
const COMPARISONS = [
  'in',
  '=',
  'pmatch',
  'intersects',
  'startswith',
  'startswith oneof',
  'glob anyof',
  'contains  allof',
  'in oneof',
  ' = ',
  '<',
  'exists',
  'nosuch',
];
const EXCEPTION_FIELDS = [
  'proc.name',
  'fd.name',
  'evt.type',
  'proc.aname[2]',
  'tolower(proc.name)',
  'no.such',
  'proc.pid',
  'evt.arg.path',
];
const VERSIONS = ['0.62.0', '0.7.0', '0.50.0', '0.1.0', '13', '0.50.0', '0', '13', '62', '63', '1.0.0', '0.7.1', '99.0.0', 'x', '0.62', '-1.2.3']; // prettier-ignore

const chance = (random: Random, in_: number): boolean => random.below(in_) === 0;
const nameOf = (random: Random): string => random.pick(chance(random, 12) ? ODD_NAMES : NAMES);
const several = (random: Random, one: () => string, most: number): string[] =>
  Array.from({ length: random.below(most + 1) }, one);

const flow = (parts: readonly string[]): string => `[${parts.join(', ')}]`;

/** A text as a scalar, in one of the ways to write it. */
function scalar(random: Random, text: string, indent: number): string {
  const lines = text.split('\n');
  const pad = ' '.repeat(indent + 2);
  // Block scalars and line breaks have no place in flow collections.
  switch (random.below(indent < 0 ? 2 : 8)) {
    case 0:
      return `'${text.replaceAll("'", "''")}'`;
    case 1:
      return JSON.stringify(text).replaceAll('\\u00', '\\x');
    case 2:
      return `>${random.pick(['', '-', '+', '2'])}\n${pad}${lines.join(`\n${pad}`)}`;
    case 3:
      return `|\n${pad}${lines.join(`\n${pad}`)}`;
    case 4:
      return text.replaceAll(' ', () => (chance(random, 8) ? `\n${pad}` : ' '));
    default:
      return /[^\w \n./=()<-]/.test(text) && !chance(random, 10) ? `'${text.replaceAll("'", "''")}'` : text;
  }
}

function exception(random: Random): string {
  const field = (): string => random.pick(EXCEPTION_FIELDS);
  const value = (): string => (chance(random, 6) ? random.pick(SCALARS) : nameOf(random));
  const count = 1 + random.below(3);
  const single = chance(random, 2);
  const fields = single ? field() : flow(Array.from({ length: count }, field));
  const comp = (): string => random.pick(COMPARISONS);
  const comps = single ? comp() : flow(Array.from({ length: chance(random, 8) ? count + 1 : count }, comp));
  const tuple = (): string =>
    flow(
      Array.from({ length: count }, () => (chance(random, 3) ? flow(several(random, value, 3)) : value())),
    );
  const values =
    single && !chance(random, 6) ? flow(several(random, value, 3)) : flow(several(random, tuple, 3));
  const parts = [`name: ${nameOf(random)}`];
  if (!chance(random, 5)) parts.push(`fields: ${chance(random, 20) ? random.pick(SCALARS) : fields}`);
  if (chance(random, 2)) parts.push(`comps: ${chance(random, 20) ? random.pick(SCALARS) : comps}`);
  if (!chance(random, 5)) parts.push(`values: ${chance(random, 20) ? random.pick(SCALARS) : values}`);
  return `{${parts.join(', ')}}`;
}

function plugin(random: Random): string {
  const one = (): string =>
    `name: ${random.pick(['container', 'json', 'a'])}, version: ${random.pick(VERSIONS)}`;
  const others = chance(random, 3) ? `, alternatives: [{${one()}}]` : '';
  return `{${one()}${others}}`;
}

function valueOf(random: Random, key: string, indent: number): string {
  if (chance(random, 60)) return random.pick(SCALARS);
  switch (key) {
    case 'condition':
      return scalar(random, madeUp(random), indent);
    case 'output':
      return scalar(
        random,
        random.pick([
          'o',
          '%proc.name',
          'x %fd.name %evt.dir',
          '%%',
          '%no.such',
          '%container.info',
          '%tolower(proc.name)',
        ]),
        indent,
      );
    case 'priority':
      return random.pick(PRIORITIES);
    case 'source':
      return random.pick(['syscall', 'syscall', 'k8s_audit', 'Syscall']);
    case 'enabled':
    case 'append':
    case 'capture':
    case 'warn_evttypes':
    case 'skip-if-unknown-filter':
      return random.pick(['true', 'false', 'yes', 'Off', '"true"']);
    case 'capture_duration':
      return random.pick(['0', '100', '010', '0x10', '-1']);
    case 'tags':
    case 'items':
      return flow(several(random, () => (chance(random, 20) ? random.pick(SCALARS) : nameOf(random)), 4));
    case 'exceptions':
      return flow(several(random, () => exception(random), 2));
    case 'override':
      return `{${several(random, () => `${random.pick(RULE_KEYS)}: ${random.pick(OPERATIONS)}`, 2).join(', ')}}`;
    case 'required_engine_version':
      return random.pick(VERSIONS);
    case 'required_plugin_versions':
      return flow(several(random, () => plugin(random), 2));
    default:
      return scalar(random, nameOf(random), indent);
  }
}

/** The keys of an item. */
function keysOf(random: Random): string[] {
  switch (random.below(10)) {
    case 0:
      return ['required_engine_version'];
    case 1:
      return ['required_plugin_versions'];
    case 2:
    case 3:
      return ['list', 'items', ...(chance(random, 4) ? ['override'] : [])];
    case 4:
    case 5:
      return ['macro', 'condition', ...(chance(random, 4) ? ['override'] : [])];
    case 6:
      return ['rule', 'override', ...several(random, () => random.pick(RULE_KEYS), 3)];
    default:
      return [
        'rule',
        'desc',
        'condition',
        'output',
        'priority',
        ...several(random, () => random.pick(RULE_KEYS), 3),
      ];
  }
}

function item(random: Random): string {
  const keys = keysOf(random).filter(() => !chance(random, 80));
  if (chance(random, 15))
    return `- {${keys.map((key) => `${key}: ${valueOf(random, key, -1)}`).join(', ')}}\n`;
  const lines = keys.map((key) => `${key}:${chance(random, 300) ? '' : ' '}${valueOf(random, key, 2)}`);
  return `- ${lines.join('\n  ')}\n`;
}

/** A rule file, a byte string but for its letters beyond ASCII. */
export const madeUpFile = (random: Random): string =>
  Array.from({ length: 1 + random.below(4) }, () => item(random)).join(chance(random, 20) ? '---\n' : '');

/** Files that grow when they are read: references to references, and deep nesting. */
export function growing(random: Random): string {
  const times = random.pick([20, 40, 1000]);
  const many = (one: (i: number) => string): string =>
    Array.from({ length: times }, (_, i) => one(i)).join('');
  const rule = (condition: string): string =>
    `- rule: r\n  desc: d\n  condition: ${condition}\n  output: o\n  priority: INFO\n`;
  return random.pick([
    () =>
      `- macro: m0\n  condition: evt.type = open\n${many((i) => `- macro: m${i + 1}\n  condition: m${i} or m${i}\n`)}${rule(`m${times}`)}`,
    () =>
      `${many((i) => `- list: l${times - i}\n  items: [l${times - i - 1}, l${times - i - 1}]\n`)}- list: l0\n  items: [a]\n${rule(`proc.name in (l${times})`)}`,
    () =>
      `- list: l0\n  items: [a, b]\n${many((i) => `- list: l${i + 1}\n  items: [l${i}, l${i}]\n`)}${rule(`proc.name in (l${times})`)}`,
    () =>
      `- rule: r\n  exceptions:\n  - {name: e, fields: [a], values: [&a0 [x, x]]}\n${many((i) => `  - {name: e${i}, values: &a${i + 1} [*a${i}, *a${i}]}\n`)}`,
    () => `- items: ${many((i) => `&a${i} [`)}${']'.repeat(times)}\n`,
    () => `- ${'['.repeat(times)}`,
    () => `- ${'{a: '.repeat(times)}`,
    () => `${'- '.repeat(times)}a\n`,
    () => many((i) => `${' '.repeat(i)}a:\n`),
    () => rule(`${'('.repeat(times)}evt.type = open${')'.repeat(times)}`),
    () => rule(`evt.type = open${' and proc.name = "x y"'.repeat(times * 10)}`),
    () => `- list: "${'x'.repeat(times * 100)}"\n  items: [${'a, '.repeat(times * 100)}]\n`,
    () => `- rule: ${'&a '.repeat(times)}x\n`,
    () => `${'# c\n'.repeat(times * 100)}- list: a\n  items: [${'\n'.repeat(times)}]\n`,
    () => `- list: '${"''".repeat(times)}\n${"\n'".repeat(times)}`,
    () => many((i) => `- list: a\n  items: [\na${i},\n"b\nc"]\n`),
  ])();
}

/** What a mutation may put anywhere in a file. */
export const YAML_WORDS: readonly string[] = [
  ...SCALARS, ...RULE_KEYS.map((key) => `${key}: `), ...NAMES, '- ', '\n', '\n\n', '\r\n', '\r', '\n- ', '\n  ', '\n\t', '\t', '  ', ': ', ':', ' #', '#', '\n---\n', '\n...\n',
  '%YAML 1.2\n', '%YAML 9.9\n---\n', '<<: *anchor', '&anchor ', '*anchor', '"', "'", '[', ']', '{', '}', ',', '>', '|', '>-\n', '|2\n', '? ', '!', '!!int ', '\0', '\x80',
  '\xef\xbb\xbf', '\\', '\xc2\x85', '\xe2\x80\xa8', '&', '*', '@', '`', '%',
]; // prettier-ignore
