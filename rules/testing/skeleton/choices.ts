/** Facts that make a check of a condition come out as wanted. */
import { fromBytes, type BoundField, type ByteString } from '../../../engine/index.ts';
import { constantsOf, operatorOf, type CheckNode } from '../../model/condition-node.ts';
import { patched } from '../expand.ts';
import { readScalar } from '../field-value.ts';
import type { Fact, FactValue } from '../scene/index.ts';

/** Other facts than those there are: some set anew, or some taken away. */
export type Choice = (facts: readonly Fact[]) => readonly Fact[];

/** Of a long list, so many items are tried. */
const MOST_ITEMS = 4;

const set =
  (field: string, value: FactValue): Choice =>
  (facts) =>
    patched(facts, [{ field, value }]);

const without =
  (field: string): Choice =>
  (facts) =>
    facts.filter((fact) => fact.field !== field);

/**
 * Ways to make a check come out as wanted, the likeliest first. Whether they do is for an event to show: some follow from other facts, and some
 * contradict them.
 *
 * @param other What the right side reads, where that is a field.
 */
export function choicesFor(
  node: CheckNode,
  wanted: boolean,
  facts: readonly Fact[],
  other: ByteString | undefined,
): readonly Choice[] {
  const field = node.check.left.base;
  if (field === undefined) return [];
  const name = nameOf(field);
  const texts = wanted ? textsThatHold(node, field, facts, other) : textsThatFail(node, field);
  const values = texts.flatMap((text) => valueOf(text, field));
  const choices = values.flatMap((value) => targetsOf(name, value, facts).map(([to, what]) => set(to, what)));
  if (wanted) return choices;
  const isGiven = facts.some((fact) => fact.field === name);
  return [...(isGiven ? [without(name)] : []), ...choices, set(name, null)];
}

/** A field as it is written, with its argument. */
export function nameOf({ field, arg }: BoundField): string {
  if (arg === undefined) return fromBytes(field.name);
  const isNamed = /^evt\.(?:raw)?arg$/.test(field.name) && !/^\d+$/.test(arg);
  return fromBytes(isNamed ? `${field.name}.${arg}` : `${field.name}[${arg}]`);
}

function valueOf(text: string | null, { type }: BoundField): readonly FactValue[] {
  if (text === null) return [null];
  const value = readScalar(text, type);
  return value === undefined ? [] : [value];
}

/** Fields that several others can give, or that stand for any of several. */
function targetsOf(
  name: string,
  value: FactValue,
  facts: readonly Fact[],
): readonly (readonly [field: string, value: FactValue])[] {
  const path = facts.find(({ field }) => field === 'fd.name')?.value;
  if (typeof path === 'string' && name === 'fd.filename')
    return [['fd.name', path.replace(/[^/]*$/, String(value))]];
  if (typeof path === 'string' && name === 'fd.directory')
    return [['fd.name', path.replace(/^.*\//s, `${String(value)}/`)]];
  if (/^thread\.cap_/.test(name) && typeof value === 'string')
    return [[name, `CAP_${value.toUpperCase().replace(/^CAP_/, '')}`]];
  const [, ancestor] = /^proc\.a(name|exepath|exe|cmdline)(?:\[\d+\])?$/.exec(name) ?? [];
  if (ancestor !== undefined && !name.endsWith(']'))
    return [
      [`proc.p${ancestor}`, value],
      [`proc.a${ancestor}[2]`, value],
      [name, [value]],
    ];
  const [, end] = /^fd\.([cslr]?)net$/.exec(name) ?? [];
  if (end !== undefined) return [[`fd.${end === '' ? 's' : end}ip`, String(value).replace(/\/\d+$/, '')]];
  if (name === 'fd.ip')
    return [
      ['fd.sip', value],
      ['fd.cip', value],
    ];
  if (name === 'fd.port')
    return [
      ['fd.sport', value],
      ['fd.cport', value],
    ];
  return [[name, value]];
}

/** Texts for which a check holds, as far as its operator tells. */
function textsThatHold(
  node: CheckNode,
  field: BoundField,
  facts: readonly Fact[],
  other: ByteString | undefined,
): readonly (string | null)[] {
  const constants = (other === undefined ? constantsOf(node) : [other]).map(fromBytes);
  const items = [...constants.filter((item) => KNOWN.has(item)), ...constants].slice(0, MOST_ITEMS);
  const operator = operatorOf(node);
  const name = nameOf(field);
  const isPath =
    /(?:^fd\.(?:name|nameraw|directory)|exepath|cwd|exe|^fs\.path|arg\.(?:path|name|target|source|newpath|oldpath))/.test(
      name,
    );
  const given = facts.find((fact) => fact.field === name)?.value;
  const path = facts.find((fact) => fact.field === 'fd.name')?.value;
  // A relative path leads where the absolute one does.
  if (name === 'fd.nameraw' && typeof path === 'string') return [path, `..${path}`, `../..${path}`];
  const now = typeof given === 'string' ? [given] : [];
  switch (operator.split(' ')[0]) {
    case '=':
    case '==':
    case 'in':
    case 'intersects':
      return items;
    case '!=':
      return unlike(constants, field);
    case 'exists':
      return unlike([], field);
    case 'startswith':
    case 'bstartswith':
      return items.flatMap((item) => [
        ...now.map((text) => `${item}${text.replace(/^\//, '')}`),
        `${item}${/[/_.-]$/.test(item) ? 'sample' : ''}`,
        `${item}sample`,
        `${item} sample`,
      ]);
    case 'endswith':
      return items.flatMap((item) => [
        ...now.map((text) => `${text}${item}`),
        ...(isPath && !item.startsWith('/')
          ? [/^\w/.test(item) ? `/tmp/${item}` : `/tmp/sample${item}`]
          : []),
        item,
        `sample${item}`,
        ...(isPath ? [`/tmp${item}`] : [`sample ${item}`]),
      ]);
    case 'contains':
    case 'icontains':
    case 'bcontains': {
      const parts = operator.endsWith('allof') ? [constants.join(' ')] : items;
      return parts.flatMap((item) => [
        ...now.map((text) => (isPath ? `${text}${item}` : `${text} ${item}`)),
        ...(isPath ? [item.startsWith('/') ? `/tmp${item}` : `/tmp/${item}`] : []),
        ...(isPath && item.endsWith('/') ? [`${item}sample`, `/tmp${item}sample`] : []),
        item,
        ...(/^O_/.test(item) ? [`${item}|O_WRONLY`, `${item}|O_RDWR`] : []),
        `sample ${item}`,
        `sample ${item} sample`,
      ]);
    }
    case 'iglob':
    case 'glob':
      return items.flatMap((item) => [
        item
          .replaceAll('*', 'sample')
          .replaceAll('?', 'a')
          .replace(/\[[!^]?(.)[^\]]*\]/g, '$1'),
        item.replaceAll('*', '').replaceAll('?', 'a'),
      ]);
    case 'pmatch':
      return items.flatMap((item) => [`${item}/sample`, item].map((text) => text.replaceAll('*', 'sample')));
    case 'regex':
      return items.flatMap(fromRegex);
    case '<':
    case '<=':
      return items.flatMap((item) => [item, step(item, -1n), '0']);
    case '>':
    case '>=':
      return items.flatMap((item) => [item, step(item, 1n)]);
    default:
      return items;
  }
}

function textsThatFail(node: CheckNode, field: BoundField): readonly (string | null)[] {
  const constants = constantsOf(node).map(fromBytes);
  switch (operatorOf(node)) {
    case '!=':
      return constants;
    case 'exists':
      return [null];
    case '<':
    case '<=':
      return constants.flatMap((item) => [item, step(item, 1n)]);
    case '>':
    case '>=':
      return constants.flatMap((item) => [item, step(item, -1n), '0']);
    default:
      return unlike(constants, field);
  }
}

const step = (text: string, by: bigint): string => (/^-?\d+$/.test(text) ? String(BigInt(text) + by) : text);

/** What people know best of long lists. */
const KNOWN: ReadonlySet<string> = new Set([
  'bash', 'curl', 'nginx', 'python3', 'root', 'www-data', 'apt', 'openat', 'execve', '/etc/shadow', 'id_rsa',
]); // prettier-ignore

/** Values that many things have, by the end of the field's name. */
const SAMPLES: readonly (readonly [field: RegExp, values: readonly string[]])[] = [
  [/^container\.id$/, ['3f2a9c0d1b77', 'host']],
  [/^container\.(?:image|image\.repository)$/, ['example/app']],
  [/^container\.type$/, ['containerd', 'docker']],
  [
    /^(?:fd\.name|fd\.nameraw|fs\.path\.\w+)$/,
    ['/tmp/sample', '/etc/sample', '/usr/bin/sample', '/data/sample'],
  ],
  [/^fd\.directory$/, ['/tmp', '/etc', '/usr/bin']],
  [/^fd\.[cslr]?ip$/, ['203.0.113.9', '198.51.100.7', '127.0.0.1']],
  [/^fd\.[cslr]?net$/, ['203.0.113.9', '127.0.0.1']],
  [/^fd\.(?:type)$/, ['file', 'ipv4', 'unix']],
  [/^fd\.(?:typechar)$/, ['f', '4', 'u']],
  [/^fd\.num$/, ['7', '3']],
  [/^proc\.tty$/, ['34816', '0']],
  [/^fd\.l4proto$/, ['tcp', 'udp']],
  [/^fd\.sip\.name$/, ['sample.example']],
  [/^user\.(?:name|loginname)$/, ['daemon', 'root']],
  [/^proc\.(?:cwd)$/, ['/tmp/', '/']],
  [/(?:exepath|\.exe|pexe)$/, ['/usr/bin/sample']],
  [/^evt\.res$/, ['SUCCESS', 'ENOENT']],
];

/** Values that are none of these. */
function unlike(constants: readonly string[], field: BoundField): readonly string[] {
  if (field.type === 'BOOL') return ['true', 'false'].filter((value) => !constants.includes(value));
  const name = nameOf(field);
  const [, samples] = SAMPLES.find(([pattern]) => pattern.test(name)) ?? [];
  if (samples !== undefined) return samples.filter((value) => !constants.includes(value));
  if (typeof readScalar('1', field.type) === 'string') return ['sample', '/tmp/sample'];
  const numbers = constants.filter((text) => /^-?\d+$/.test(text)).map((text) => step(text, 1n));
  return ['1', '0', '34816', ...numbers].filter((value) => !constants.includes(value));
}

/** A text that a simple regular expression finds; others are left to people. */
function fromRegex(regex: string): readonly string[] {
  const text = regex
    .replace(/^\^|\$$/g, '')
    .replace(/\(\?[:i]*\)?/g, '(')
    .replace(/\[([^\]\\^])[^\]]*\][*+?]?/g, '$1')
    .replace(/\\d[*+?]?/g, '1')
    .replace(/\\w[*+?]?/g, 'a')
    .replace(/\\s[*+?]?/g, ' ')
    .replace(/\.[*+?]/g, '')
    .replace(/\(([^()|]*)(?:\|[^()]*)?\)[*+?]?/g, '$1')
    .replace(/(?<!\\)\./g, 'a')
    .replace(/\\(.)/g, '$1');
  return [text, text.split('|')[0]!];
}
