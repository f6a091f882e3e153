import {
  allFields,
  bindField,
  didYouMean,
  eventReference,
  findField,
  formsOf,
  fromBytes,
  OPERATORS,
  parameterNames,
  TRANSFORMERS,
  type ByteString,
} from '../../engine/index.ts';
import { DEPRECATED_FIELDS } from '../codes.ts';
import type { Found } from './search.ts';

/** What names there are besides those of the language. */
export interface Names {
  readonly macros: { has(name: ByteString): boolean; keys(): Iterable<ByteString> };
  readonly lists: { has(name: ByteString): boolean; keys(): Iterable<ByteString> };
}

/** What a hint may look at: the message, taken apart by its pattern, and the place that it is about. */
interface Problem {
  readonly groups: readonly string[];
  /** The token at the place, as ordinary text. */
  readonly token: string;
  /** The text from the place on, and up to it. */
  readonly rest: string;
  readonly before: string;
  /** The list that the token comes from. */
  readonly list: ByteString | undefined;
  /** Whether the token is the first of a condition that was appended. */
  readonly isAppended: boolean;
  readonly names: Names;
}

type Hint = (problem: Problem) => string | undefined;

/** Plug-ins whose fields begin like this, with the names that Falco gives them. */
const PLUGIN_FIELDS: readonly (readonly [RegExp, string])[] = [
  [/^(?:container|k8s\.(?:ns|pod))\./, 'container'],
  [/^ka\./, 'k8saudit'],
  [/^(?:json|jevt)\./, 'json'],
  [/^(?:ct|s3|ec2)\./, 'cloudtrail'],
  [/^okta\./, 'okta'],
  [/^github\./, 'github'],
  [/^(?:gcp|al)\./, 'gcpaudit'],
  [/^keycloak\./, 'keycloak'],
];

/** The plug-in that would bring a field. */
const pluginOf = (field: string): string | undefined =>
  PLUGIN_FIELDS.find(([pattern]) => pattern.test(field))?.[1];

const fieldNames = (): string[] => allFields.flatMap(({ fields }) => fields.map(({ name }) => name));
let eventNames: readonly string[] | undefined;
const eventTypes = (): readonly string[] => (eventNames ??= eventReference().map(({ name }) => name));
const decoded = (names: Iterable<ByteString>): string[] => Array.from(names, fromBytes);

const notLoaded = (field: string, plugin: string): string =>
  `${field} is a field of the plug-in ${plugin}, which is not loaded`;

/** Why a field that there is cannot be used: only rules for system calls have it, or those that have the plug-in container. */
const notHere = (field: string): string => {
  const plugin = pluginOf(field);
  return plugin === undefined
    ? `${field} is a field of system calls, which rules of another source do not have`
    : notLoaded(field, plugin);
};

/** A hint for a field that does not exist as it is written, with its argument if it has one. */
export function fieldHint(written: string): string | undefined {
  const name = written.replace(/\[.*$/s, '');
  const field = findField(name);
  const arg = /\[(.*)\]$/s.exec(written)?.[1];
  const bound = field && bindField(name, arg);
  if (bound && 'field' in bound) return notHere(name);
  if (field) {
    const forms = formsOf(field);
    return field.arg === undefined
      ? `${name} takes no argument: write ${forms[0]}`
      : `${name} is written ${forms.join(' or ')}`;
  }
  const [, parameter] = /^evt\.(?:raw)?arg\.(.+)$/s.exec(name) ?? [];
  if (parameter !== undefined) return didYouMean(parameter, parameterNames());
  if (/^not\w/.test(name) && findField(name.slice(3))) return `a blank is missing: not ${name.slice(3)}`;
  const plugin = pluginOf(name);
  const near = didYouMean(name, fieldNames());
  if (plugin !== undefined && (near === undefined || plugin !== 'container')) return notLoaded(name, plugin);
  return near ?? 'tiercel fields lists all fields';
}

const beginsWithOperator = (text: string): boolean =>
  OPERATORS.some(
    (operator) =>
      text.startsWith(operator) && !(/\w$/.test(operator) && /^\w/.test(text.slice(operator.length))),
  );

/** The name of a macro, or what was taken for one, at the end of a text. */
const lastName = (text: string): string | undefined =>
  /(?:^|\(|\b(?:and|or|not)\s)\s*([a-zA-Z_]\w*)\s*$/.exec(text)?.[1];

const noField = (name: string): string =>
  `a field has a dot in its name; ${didYouMean(name, fieldNames()) ?? 'tiercel fields lists all'}`;

const undefinedMacro: Hint = ({ groups: [name = ''], names, rest, list }) => {
  if (list !== undefined)
    return `${fromBytes(list)} is a list: compare a field with it, as in \`proc.name in (${fromBytes(list)})\``;
  if (/^(?:AND|OR|NOT)$/.test(name)) return `write ${name.toLowerCase()} in lower case`;
  if (beginsWithOperator(rest.slice(name.length).trimStart())) return noField(name);
  return (
    didYouMean(name, decoded(names.macros.keys())) ??
    'a word without an operator is the name of a macro, and macros come from rule files'
  );
};

const unknownEventType: Hint = ({ groups: [name = ''], names }) => {
  if (names.macros.has(name)) return `${name} is a macro: write it without \`evt.type\``;
  if (names.lists.has(name)) return `${name} is a list: write \`in (${name})\``;
  if (/[*?]/.test(name))
    return 'event types have no wildcards: list the names, as in `evt.type in (open, openat)`';
  return didYouMean(name, eventTypes()) ?? 'tiercel events lists all event types';
};

const unexpectedToken: Hint = ({ token, rest, before, isAppended }) => {
  if (isAppended) return 'what is appended must go on with the condition: begin it with `and` or `or`';
  const word = lastName(before);
  if (word !== undefined && /^(?:AND|OR|NOT)$/.test(word)) return `write ${word.toLowerCase()} in lower case`;
  if (word !== undefined && beginsWithOperator(rest)) return noField(word);
  if (/^(?:AND|OR|NOT)$/.test(token)) return `write ${token.toLowerCase()} in lower case`;
  if (token === '&&' || token === '&') return 'write `and`';
  if (token === '||' || token === '|') return 'write `or`';
  if (token === ')') return 'this bracket was never opened';
  if (token === '(' && /(?:^|\b(?:and|or|not)\s|\()\s*[a-zA-Z_]\w*\s*$/.test(before))
    return 'macros take no arguments';
  if (token.startsWith('-')) return 'names of macros hold letters, digits and _ only';
  if (token.startsWith('#'))
    return 'a comment cannot stand inside a block (`>`, `|`) or quotes, where it is part of the text';
  if (token === ',') return 'several values stand in brackets after `in`: `proc.name in (a, b)`';
  if (token === '=') return 'a value with `=` in it needs quotes';
  if (token === '(' && /\b(?:i?contains|startswith|endswith|i?glob|regex)\s*$/.test(before))
    return 'a list after this operator needs a modifier: `contains anyof (a, b)`';
  if (/^["']/.test(token)) return 'join the checks with `and` or `or`';
  if (/^(?:and|or)$/.test(token) || /^\W/.test(rest)) return undefined;
  return 'a value with blanks needs quotes; checks are joined with `and` or `or`';
};

/** Operators of other languages, and those of Falco that do the same. */
const MEANT: Readonly<Record<string, string>> = {
  '=>': '>=',
  '=<': '<=',
  '<>': '!=',
  '~': 'regex',
  '=~': 'regex',
  '!': '!=',
  is: '=',
  eq: '=',
  equals: '=',
  ne: '!=',
  like: 'glob',
  matches: 'regex',
  has: 'contains',
  includes: 'contains',
};

const checkOperator: Hint = ({ token, rest, before }) => {
  const glued = OPERATORS.find((operator) => /^\w/.test(operator) && token.startsWith(operator));
  if (glued !== undefined) return `a blank is missing after ${glued}`;
  const field = /([\w.]+(?:\[[^\]]*\])?)\s*$/.exec(before)?.[1];
  const stuck = field === undefined ? undefined : OPERATORS.find((operator) => field.endsWith(operator));
  if (stuck !== undefined && !findField(field!) && findField(field!.slice(0, -stuck.length)))
    return `a blank is missing before ${stuck}`;
  if (rest.trim() === '' || /^(?:and|or|\))$/.test(token)) {
    const bool = field !== undefined && findField(field)?.type === 'BOOL';
    return `a field alone is no condition: ${bool ? `write \`${field} = true\`` : `compare it, or write \`${field ?? 'field'} exists\``}`;
  }
  const meant = MEANT[token.toLowerCase()];
  if (meant !== undefined) return `did you mean ${meant}?`;
  if (token === 'not') return '`not` stands before the field: `not proc.name in (a, b)`';
  return didYouMean(token, OPERATORS);
};

const missingValue: Hint = ({ token, rest, before }) => {
  if (token === '\ufffd') return 'this byte is no UTF-8: save the file as UTF-8';
  if (/^(["']).*\1$/s.test(token)) return undefined;
  if (/^["']/.test(token)) return `the quote is never closed: add ${token[0]}`;
  if (token === '(')
    return /(?:^|[^=!<>])(?:=|==|!=)\s*$/.test(before)
      ? 'to compare with several values write `in (a, b)`'
      : 'a list after this operator needs a modifier: `contains anyof (a, b)`';
  if (/^=/.test(token)) return 'did you mean ==?';
  return rest.trim() === '' ? 'a value is missing' : undefined;
};

const closingBracket: Hint = ({ rest, before }) => {
  const word = lastName(before);
  if (word !== undefined && beginsWithOperator(rest)) return noField(word);
  return rest.trim() === ''
    ? 'a bracket is not closed'
    : 'a value with blanks, brackets or `=` in it needs quotes; list values are separated by commas';
};

const boolWords: Hint = () => 'write true or false, in lower case';

/** By the beginning of the message; the first that has something to say counts. */
const HINTS: readonly (readonly [RegExp, Hint])[] = [
  [/^Value must be non-empty$/, () => 'a condition compares fields with values: `proc.name = cat`'],
  [/^filter_check called with nonexistent field (.*)$/s, ({ groups: [name = ''] }) => fieldHint(name)],
  [/^filter syntax error: (.*)$/s, ({ groups: [name = ''] }) => fieldHint(name)],
  [/^'(.*)' is not a supported filter field$/s, ({ groups: [name = ''] }) => fieldHint(name)],
  [
    /^unknown event argument (.*)$/s,
    ({ groups: [name = ''] }) =>
      didYouMean(name, parameterNames()) ?? 'tiercel events lists the parameters of all events',
  ],
  [/^unknown event type (.*)$/s, unknownEventType],
  [/^Undefined macro '(.*)' used in filter\.$/s, undefinedMacro],
  [/^reference loop in macro/, () => 'a macro cannot use itself, not even through another one'],
  [/^unexpected token after/, unexpectedToken],
  [/^expected a valid check operator/, checkOperator],
  [/^expected a (?:string value|list)/, missingValue],
  [
    /^expected a number value/,
    ({ rest }) =>
      rest.trim() === ''
        ? 'a number is missing'
        : 'this operator compares with plain numbers: digits without quotes',
  ],
  [/^expected a list, an identifier/, () => 'write the values in brackets, even a single one: `in (a)`'],
  [/^expected a '\)' token/, closingBracket],
  [
    /^expected a '\(' token, a field check, or an identifier/,
    ({ token, rest }) =>
      rest.trim() === ''
        ? 'something must follow `and`, `or`, `not`'
        : token.startsWith('!')
          ? 'write `not` before a check'
          : /^[^ -~]/.test(token)
            ? 'names are made of ASCII letters, digits, _ and dots'
            : undefined,
  ],
  [/^expected blank or '\(' after '(.*)'/, ({ groups: [word = ''] }) => `something must follow \`${word}\``],
  [
    /^unsupported string escape sequence: (.*)$/s,
    ({ groups: [escape = ''] }) => `in quotes a backslash is written twice: \\${escape}`,
  ],
  [
    /^invalid .* escape in (.)-quoted string/s,
    ({ groups: [quote = '"'] }) => `a ${quote === '"' ? "'" : '"'} needs no backslash here`,
  ],
  [/^filter error: unrecognized boolean value/, boolWords],
  [
    /^(0[xX][0-9a-fA-F]+) is not a valid number$/,
    ({ groups: [hex = ''] }) => `numbers are written in decimal: ${BigInt(hex)}`,
  ],
  [/is not a valid number$/, () => 'expected a whole number in decimal'],
  [/is not a valid port number$/, () => 'expected a port: a number from 0 to 65535'],
  [
    /^unrecognized protocol/,
    () => 'expected a port: a decimal number, or the name of a service such as https',
  ],
  [/^unrecognized IPv4 address (.*)$/, ({ groups: [address = ''] }) => addressHint(address)],
  [/^unrecognized IPv6 address (.*)$/, ({ groups: [address = ''] }) => addressHint(address)],
  [/^unrecognized IP (?:network|address) (.*)$/, () => 'expected a network such as 10.0.0.0/8'],
  [/^invalid (?:v6 )?netmask/, () => 'expected a network such as 10.0.0.0/8'],
  [
    /^invalid regex pattern: invalid escape sequence: \\([dwsb])/,
    ({ groups: [letter = ''] }) =>
      letter === 'b'
        ? 'patterns are POSIX and match the whole value; there is no \\b'
        : `patterns are POSIX: write [[:${{ d: 'digit', w: 'alnum', s: 'space' }[letter]}:]]`,
  ],
  [
    /^invalid regex pattern: no argument for repetition operator: \?/,
    () => 'patterns are POSIX: no (?…) groups, flags or look-around',
  ],
  [/^invalid regex pattern: unexpected \)/, () => 'brackets need quotes round the pattern, and a partner'],
  [
    /^(?:filter error: )?'(.*)' operator not supported for (.*) filters$/s,
    ({ groups: [operator = '', kind = ''] }) => operatorHint(operator, kind),
  ],
  [
    /^(?:filter error: )?'(.*)' with modifier not supported for/s,
    () => 'networks and addresses are compared with `in (a, b)`',
  ],
  [
    /^(?:getopt|join)\(\) (?:first|second) argument must be a list/,
    () => 'expected a list field such as fd.types, or values in brackets: ("-n", "5"); proc.args is a text',
  ],
  [/hex strings only$/, () => 'expected pairs of hex digits: 474554 for GET'],
  [
    /^field '(.*)' has type '(.*)' while .* field '(.*)' has incompatible type '(.*)'$/s,
    () => 'two fields can be compared only if their types are equal',
  ],
  [
    /^unknown field transfomer '(.*)'/,
    ({ groups: [name = ''] }) =>
      /^(?:join|concat|getopt)$/.test(name)
        ? `${name} takes several arguments`
        : didYouMean(name, TRANSFORMERS),
  ],
  [/^transformer '(.*)' takes one argument$/, ({ groups: [name = ''] }) => `write ${name}(field)`],
  [/event code search/, () => 'compare evt.type itself, with plain names: `evt.type in (open, openat)`'],
  [
    /^'(.*)' may be a valid field misused as a const string value$/s,
    ({ groups: [name = ''] }) => `to compare with the field, write val(${name})`,
  ],
  [
    /^'(.*)' may be a valid field transformer misused/s,
    ({ groups: [text = ''] }) => `to use the transformer write ${text} without quotes`,
  ],
  [/^regex check with '(.*)' may be optimized/s, ({ groups: [pattern = ''] }) => simplerCheck(pattern)],
  [/^filter parameter too long/, () => 'a value has at most 255 bytes'],
  [
    /may not be nested|max depth|nested too deeply/,
    () => 'split the condition into macros that stand side by side',
  ],
];

function addressHint(address: string): string {
  if (address.includes('/')) return 'this is a network: compare fd.net, fd.snet or fd.cnet with it';
  if (/^[\d.]+:\d+$/.test(address)) return 'compare the port by itself, with fd.sport, fd.cport or fd.port';
  if (/^[a-z]/i.test(address) && !address.includes(':'))
    return 'this is a name: compare fd.sip.name or fd.cip.name with it';
  return 'expected an address such as 10.0.0.1 or fe80::1';
}

function operatorHint(operator: string, kind: string): string | undefined {
  if (/numeric/.test(kind)) return 'numbers are compared with = != < <= > >= in';
  if (/ip address/.test(kind)) return 'addresses and networks are compared with = != in';
  if (/buffer/.test(kind))
    return 'buffers know contains, startswith, endswith, bcontains, bstartswith, =, in';
  if (/string/.test(kind) && operator.startsWith('b'))
    return `for text write ${operator.slice(1)}; ${operator} is for buffers such as evt.buffer`;
  return undefined;
}

function simplerCheck(pattern: string): string {
  const start = /^\^?\.[*+]/.test(pattern);
  const end = /\.[*+]\$?$/.test(pattern);
  const text = pattern.replace(/^\^?(?:\.[*+?])?|(?:\.[*+?])?\$?$/g, '');
  const operator = start && end ? 'contains' : start ? 'endswith' : end ? 'startswith' : '=';
  return `\`${operator} ${text}\` does the same, faster`;
}

/** How to mend what is wrong with a condition, or with a field of an exception. */
export function conditionHint(message: ByteString, names: Names, at?: Found): string | undefined {
  const shown = fromBytes(message);
  for (const [pattern, hint] of HINTS) {
    const match = pattern.exec(shown);
    if (!match) continue;
    const { text = '' } = at?.text ?? {};
    const { index = 0, length = 0 } = at?.token ?? {};
    const found = hint({
      groups: match.slice(1),
      token: fromBytes(text.slice(index, index + length)),
      rest: fromBytes(text.slice(index)),
      before: fromBytes(text.slice(0, index)),
      list: at?.text.spots[index]?.list?.name,
      isAppended: at !== undefined && isAppended(at),
      names,
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The blank before what is appended stands where that begins. */
function isAppended({ text: { text, spots }, token: { index } }: Found): boolean {
  const [blank, first] = [spots[index - 1], spots[index]];
  return text[index - 1] === ' ' && blank?.source === first?.source && blank?.offset === first?.offset;
}

/** What takes the place of a deprecated field. */
export function deprecatedHint(field: string): string | undefined {
  if (field === 'evt.dir') return 'remove the check: rules see every event once, when it ends';
  return field in DEPRECATED_FIELDS ? 'remove it; no other field takes its place' : undefined;
}
