import {
  didYouMean,
  fromBytes,
  nearestNames,
  OPERATORS,
  PRIORITIES,
  toBytes,
  type ByteString,
} from '../../engine/index.ts';
import { MESSAGES } from '../codes.ts';
import { keysOf } from './structure.ts';
import { lookup, type YamlMap } from '../yaml/node.ts';

/** What a hint about an item may look at. Text is ordinary text, not byte strings. */
export interface ItemProblem {
  readonly code: string;
  readonly message: string;
  /** What kind of item it is, in Falco's words: `rule`, `macro`, `list`, `exception`, … */
  readonly type: string;
  /** The map that the message is about. */
  readonly map: YamlMap | undefined;
  /** The text at the place, and the two bytes before it. */
  readonly token: string;
  readonly before: string;
  /** The key whose value is at the place. */
  readonly key: string;
  readonly name: string;
  /** Whether something of this kind and name was defined before. */
  readonly known: boolean;
  readonly ruleNames: readonly string[];
  readonly macroNames: readonly string[];
  readonly listNames: readonly string[];
}

const KINDS = ['rule', 'macro', 'list', 'required_engine_version', 'required_plugin_versions'];
const RULE_PARTS = [
  'condition', 'output', 'desc', 'priority', 'tags', 'exceptions', 'enabled', 'capture', 'capture_duration', 'warn_evttypes',
  'skip-if-unknown-filter',
]; // prettier-ignore
const KEYS: Readonly<Record<string, readonly string[]>> = {
  rule: ['rule', ...RULE_PARTS, 'source', 'override'],
  macro: ['macro', 'condition', 'override'],
  list: ['list', 'items', 'override'],
};
const APPENDABLE = ['condition', 'output', 'desc', 'tags', 'exceptions', 'items'];
const NEEDED: Readonly<Record<string, string>> = {
  rule: 'a rule needs condition, output, desc and priority',
  macro: 'a macro needs a condition',
  list: 'a list needs items: `items: [a, b]`',
  exception: 'an exception needs name and fields',
  'required plugin versions entry': 'a requirement needs name and version',
  'required plugin versions alternative': 'an alternative needs name and version',
};
const MODIFIERS = ['oneof', 'anyof', 'allof'];
const FLAGS = ['enabled', 'append', 'capture', 'warn_evttypes', 'skip-if-unknown-filter'];

const given = (map: YamlMap | undefined, keys: readonly string[]): string[] =>
  keys.filter((key) => map && lookup(map, toBytes(key)));

const override = (keys: readonly string[], operation: (key: string) => string): string =>
  `override: {${keys.map((key) => ` ${key}: ${operation(key)}`).join(',')} }`;

type Hint = (problem: ItemProblem, ...groups: string[]) => string | undefined;

const missingKey: Hint = ({ type, map, known }, key = '') => {
  const misspelt = map && misspeltKey(map, key);
  if (misspelt !== undefined) return `did you mean ${key}?`;
  const changed = given(map, RULE_PARTS);
  if (type === 'rule' && known && changed.length > 0 && key !== 'enabled')
    return `to change only this of the rule, add \`${override(changed, () => 'replace')}\``;
  if (type === 'rule' && key === 'enabled')
    return 'a rule needs condition, output, desc and priority; an earlier rule is changed with `override`';
  return NEEDED[type];
};

const unknownKey: Hint = ({ type, map }, key = '') => {
  if (key === '<<') return 'merge keys (`<<`) are not supported here: repeat the keys';
  if (KINDS.includes(key)) return `an item defines one thing: begin another one with \`- ${key}:\``;
  const known = KEYS[type] ?? KINDS;
  const near = didYouMean(key, known);
  if (near !== undefined) return near;
  const other = Object.keys(KEYS).find((kind) => KEYS[kind]!.includes(key));
  if (other !== undefined && map) return `${key} is a key of a ${other}`;
  return `known keys: ${known.join(', ')}`;
};

const unusedKey: Hint = (_, key = '') =>
  `add \`${key}: ${APPENDABLE.includes(key) ? 'append` or `' + key + ': replace' : 'replace'}\` under \`override\``;

const deprecatedAppend: Hint = ({ type, map }) => {
  const counted = given(map, type === 'rule' ? ['condition', 'exceptions'] : ['condition', 'items']);
  const ignored =
    type === 'rule'
      ? given(
          map,
          RULE_PARTS.filter((key) => !['condition', 'exceptions'].includes(key)),
        )
      : [];
  const instead = counted.length > 0 ? `write \`${override(counted, () => 'append')}\` instead` : undefined;
  const lost =
    ignored.length > 0
      ? `with \`append: true\` only condition and exceptions count: ${ignored.join(', ')} ${ignored.length > 1 ? 'are' : 'is'} ignored`
      : undefined;
  return [lost, instead].filter((part) => part !== undefined).join('; ') || undefined;
};

const noPrevious =
  (names: 'ruleNames' | 'macroNames' | 'listNames'): Hint =>
  (problem) =>
    didYouMean(problem.name, problem[names]) ??
    'it must be defined before, in this file or in one that is named before it';

const notSequence: Hint = ({ token, key }) =>
  /^[\w./-]+(?:, *[\w./-]+)*$/.test(token)
    ? `write \`${key === '' ? '' : `${key}: `}[${token}]\``
    : 'expected a list: `[a, b]`';

/** By message; in this order. */
const HINTS: readonly (readonly [RegExp, Hint])[] = [
  [/^Item has no mapping for key '(.*)'$/s, missingKey],
  [
    /^Mapping for key '(.*)' is empty$/s,
    (_, key) => `give ${key} a value, or put \`null\` in quotes if that is its text`,
  ],
  [
    /^Value is not a scalar value$/,
    ({ key }) =>
      FLAGS.includes(key)
        ? 'expected true or false'
        : key === 'capture_duration'
          ? 'expected a whole number: milliseconds'
          : 'expected text; what begins with `[` or `{`, or has `: ` in it, needs quotes',
  ],
  [/^Value must be non-empty$/, () => 'expected a text that is not empty'],
  [/^Value is not a sequence$/, notSequence],
  [
    /^sequence value is not scalar$/,
    () => 'expected plain texts in the list; null, lists and maps need quotes',
  ],
  [
    /^Can't decode YAML scalar value$/,
    ({ key }) =>
      FLAGS.includes(key) ? 'expected true or false' : 'expected a whole number in decimal, not negative',
  ],
  [
    /^Invalid priority$/,
    ({ token }) =>
      didYouMean(token.replace(/^["']|["']$/g, ''), [
        ...PRIORITIES.map((name) => name.toUpperCase()),
        'INFO',
      ]) ?? `expected one of ${PRIORITIES.map((name) => name.toUpperCase()).join(', ')}`,
  ],
  [
    /^Invalid override operation for key '(.*)': '(.*)'\. Allowed values are: (.*)$/s,
    (_, _key, operation = '', allowed = '') =>
      didYouMean(operation, allowed.trim().split(' ')) ??
      `expected ${allowed.trim().replace(' ', ' or ') || 'another key'}`,
  ],
  [
    /^Key '(.*)' cannot be (?:appended to|replaced)/s,
    ({ type }, key = '') => {
      const possible = KEYS[type] ?? [];
      if (type === 'rule' && RULE_PARTS.includes(key)) return `write \`${key}: replace\``;
      return (
        didYouMean(key, possible) ??
        `what can be overridden: ${type === 'rule' ? RULE_PARTS.join(', ') : type === 'list' ? 'items' : 'condition'}`
      );
    },
  ],
  [
    /^An (?:append|replace) override for '(.*)' was specified/s,
    (_, key) => `add ${key} to the item, or take the entry away`,
  ],
  [/^Unexpected key '(.*)': no corresponding entry/s, unusedKey],
  [/^Unknown key '(.*)'\. The key will be ignored\.$/s, unknownKey],
  [
    /^Unknown top level item$/,
    ({ map }) =>
      didYouMean(fromBytes((map && keysOf(map)[0]) ?? ''), KINDS) ??
      `an item begins with one of ${KINDS.join(', ')}`,
  ],
  [/^'append' key is deprecated/, deprecatedAppend],
  [/^Appended rule must have exceptions or condition/, deprecatedAppend],
  [/^The standalone 'enabled' key/, () => 'add `override: { enabled: replace }`'],
  [/^Keys 'override' and 'append: true'/, () => 'remove `append: true`'],
  [/^Macro uses 'append'/, noPrevious('macroNames')],
  [/^List uses 'append'/, noPrevious('listNames')],
  [/no rule by that name already exists/, noPrevious('ruleNames')],
  [
    /^Rule has been re-defined with a different source$/,
    () => 'give it another name, or the source of the first definition',
  ],
  [
    /^'(.*)' is not a supported comparison operator$/s,
    (_, operator = '') => {
      const [word = '', modifier] = operator.split(/\s+/);
      if (modifier !== undefined && OPERATORS.includes(word))
        return (
          didYouMean(modifier, MODIFIERS) ?? `after the operator one blank and one of ${MODIFIERS.join(', ')}`
        );
      return didYouMean(word, OPERATORS) ?? `operators: ${OPERATORS.join(' ')}`;
    },
  ],
  [
    /^When fields is a single value/,
    () =>
      'or write fields and comps as lists of one, and each value as a list: `fields: [proc.name]`, `comps: [=]`, `values: [[cat]]`',
  ],
  [/^Fields and comps must both be strings$/, () => 'write both as lists, or both as plain texts'],
  [
    /^Fields and (?:comps|values) lists must have equal length$/,
    () =>
      'fields, comps and each entry of values need the same number of elements; replaced exceptions must name their comps',
  ],
  [
    /^Expected values array to contain a list of strings$/,
    () => 'with a single field, values is a plain list: `values: [a, b]`',
  ],
  [/^Rule exception (?:item )?must have fields/, () => 'add `fields: [proc.name, fd.name]`'],
  [/^Rule exception must have values/, () => 'add `values`: one list per case, with a value for each field'],
  [
    /^Can not append exception (?:fields|comps)/,
    () => 'leave fields and comps away: they are those of the exception that is appended to',
  ],
  [
    /^Rule exceptions must be a sequence$/,
    () => 'expected a list of exceptions, each beginning with `- name:`',
  ],
  [/^Rule exception must be a mapping$/, () => 'expected `name`, `fields`, `comps` and `values`'],
  [/^Rule exception values must be a sequence$/, () => 'expected a list, with one entry per case'],
  [/^Overriding\/appending exception with no values$/, () => 'without values an exception excludes nothing'],
  [/^Multiple definitions of exception/, () => 'give one of them another name'],
  [
    /^Rules require engine version/,
    () => 'these rules are for a newer Falco; tiercel speaks the language of Falco 0.44',
  ],
  [/^Unable to parse engine version/, () => 'write the number (`62`) or the version (`0.62.0`)'],
  [/^Invalid required version '.*' for plugin/, () => 'write a version such as `0.7.1`'],
  [
    /^Plugin '(.*)' version '(.*)' is not compatible/,
    (_, _name, version) => `version ${version} is what is loaded; major versions must be equal`,
  ],
  [
    /^Plugin requirement not satisfied/,
    () => 'none of these plug-ins is loaded: leave this file out where it is not',
  ],
  [
    /^(?:Value of required_plugin_versions|Plugin version|Value of plugin version alternatives|Plugin version alternative) must be/,
    () => 'expected entries such as `- name: container` with `version: 0.7.1` below',
  ],
  [/^Rules content is not yaml array of objects$/, () => 'a rule file is a list: each item begins with `- `'],
  [
    /^Rules content is not yaml$/,
    () => 'a rule file is a list of items such as `- rule: name`; is this another file?',
  ],
  [/^Unexpected element type/, () => 'expected an item such as `- rule: name`'],
  [
    /^Unknown source (.*), skipping$/s,
    (_, source = '') =>
      didYouMean(source, ['syscall']) ?? 'no plug-in of this source is loaded, so the rule is left out',
  ],
  [
    /^Macro has an invalid name/,
    () => 'letters, digits and _ only, and a letter first: conditions cannot name this macro',
  ],
  [/^List has an invalid name/, () => 'no blanks, quotes, brackets, commas or ='],
  [
    /^Rule matches too many evt\.type values/,
    () => 'begin the condition with `evt.type in (…)`, or set `warn_evttypes: false` if this is meant',
  ],
  [/^(?:Macro|List) not referred to/, () => 'remove it if no other file uses it'],
  [/^an empty list under override/, () => 'write `override: { condition: append }`, or leave it away'],
  [
    /^invalid node; this may result/,
    () => 'expected a map under `override`: `override: { condition: append }`',
  ],
];

/** Hints by what YAML cannot read. */
const YAML_HINTS: readonly (readonly [RegExp, string])[] = [
  [/illegal tab/, 'indent with blanks: YAML takes no tabs there, not even in an empty line'],
  [/illegal map value/, 'a value with `: ` in it needs quotes; a key needs a blank behind its colon'],
  [
    /end of map not found|end of sequence not found|illegal block entry/,
    'check the indentation: keys of one item begin in the same column, items with `- `',
  ],
  [
    /end of sequence flow not found|end of map flow not found/,
    'a bracket or a quote in a list is not closed',
  ],
  [/illegal flow end/, 'this bracket was never opened'],
  [/anchor is not defined/, 'a value that begins with * needs quotes'],
  [/unknown token/, 'a value that begins with %, @ or ` needs quotes'],
  [
    /unknown escape character|hex number|invalid unicode/,
    'in double quotes a backslash is written twice; single quotes take it as it is',
  ],
  [/illegal document indicator/, 'a quote before this is not closed'],
  [/bad conversion/, 'expected text here, not a list or a map'],
  [/major version/, 'leave the %YAML line away'],
];

/** How to mend what is wrong with an item of a rule file. */
export function itemHint(problem: ItemProblem): string | undefined {
  if (/^unknown escape character/.test(problem.message) && problem.before.includes('\0'))
    return 'there is a NUL byte before this: is this a text file?';
  if (problem.code === 'LOAD_ERR_YAML_PARSE' || /^bad conversion/.test(problem.message)) {
    const hint = YAML_HINTS.find(([pattern]) => pattern.test(problem.message))?.[1];
    if (hint !== undefined) return hint;
  }
  for (const [pattern, hint] of HINTS) {
    const match = pattern.exec(problem.message);
    if (match) return hint(problem, ...match.slice(1));
  }
  return undefined;
}

/** A key of the map that is none of its kind's, and was meant to be `key`. */
export function misspeltKey(map: YamlMap, key: string): ByteString | undefined {
  const all = new Set([...KINDS, ...Object.values(KEYS).flat()]);
  return keysOf(map).find(
    (other) => !all.has(fromBytes(other)) && nearestNames(fromBytes(other), [key]).length > 0,
  );
}

/** Messages about a key of an item, in Falco's words: the key is where they belong. */
export function keyOfMessage(message: string): string | undefined {
  if (message === MESSAGES.appendDeprecated || message === MESSAGES.overrideAndAppend) return 'append';
  if (message === MESSAGES.enabledDeprecated) return 'enabled';
  return /^(?:Unknown key|Mapping for key|An (?:append|replace) override for|Unexpected key) '(.*?)'/s.exec(
    message,
  )?.[1];
}
