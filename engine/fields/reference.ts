/** What is known of each field, as the reference pages and other programs show it. */
import type { Field, FieldClass, FieldType } from './define.ts';
import { allFields, bindField } from './index.ts';

/** What a field's type means to who writes a rule. */
export const FIELD_TYPES: Readonly<Record<FieldType, string>> = {
  CHARBUF: 'Text, compared byte by byte.',
  BYTEBUF: 'Bytes that need not be text.',
  BOOL: '`true` or `false`.',
  DOUBLE: 'A number that need not be whole.',
  INT8: 'A whole number of 8 bits, with a sign.',
  INT16: 'A whole number of 16 bits, with a sign.',
  INT32: 'A whole number of 32 bits, with a sign.',
  INT64: 'A whole number of 64 bits, with a sign.',
  UINT8: 'A whole number of 8 bits.',
  UINT16: 'A whole number of 16 bits.',
  UINT32: 'A whole number of 32 bits.',
  UINT64: 'A whole number of 64 bits.',
  ABSTIME: 'A moment: nanoseconds since 1970.',
  RELTIME: 'A time that passed: nanoseconds.',
  PORT: 'A TCP or UDP port: a number, or the name of a service.',
  IPADDR: 'An IPv4 or IPv6 address.',
  IPNET: 'An IPv4 or IPv6 network: `10.0.0.0/8`.',
  DYNAMIC: 'The type of the parameter that is asked for.',
};

/** What may be special about a field; the keys are members of `Field`, the texts finish "Such a field is …". */
export const FIELD_MARKS = {
  deprecated: 'deprecated: still accepted, with a warning',
  filterOnly: 'only for conditions, not for outputs',
  noRightSide: 'not for comparisons of two fields (`a = val(b)`), on either side',
  noTransformer: 'not for transformers (`tolower(…)`)',
  stateful: 'different with each reading: it tells of what happened since the last one',
  suggested: 'added to outputs by `append_output: [{suggested_output: true}]`',
  hidden: 'accepted, though Falco does not list it',
} as const satisfies Partial<Record<keyof Field, string>>;

export type FieldMark = keyof typeof FIELD_MARKS;

/** What is special about a field. */
export function marksOf(field: Field): readonly FieldMark[] {
  return (Object.keys(FIELD_MARKS) as FieldMark[]).filter((mark) => field[mark] === true);
}

/** All ways to write a field: `proc.aname`, `proc.aname[LEVEL]`. Words in capitals stand for an argument. */
export function formsOf({ name, arg }: Field): readonly string[] {
  if (arg === undefined) return [name];
  const { required, index, key, dotted } = arg;
  return [
    ...(required ? [] : [name]),
    ...(dotted === undefined ? [] : dotted.split('|').map((text) => `${name}.${text}`)),
    ...(index === undefined ? [] : [`${name}[${index}]`]),
    ...(key === undefined ? [] : [`${name}[${key}]`]),
  ];
}

/** What stands before each dot of a name: `fs` and `fs.path` for `fs.path.name`. */
function prefixesOf(name: string): string[] {
  const parts = name.split('.');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('.'));
}

/**
 * The fields that a word means, by their classes: one field by its name (with or without its argument), else those whose names begin
 * with it (`proc`, `fd`, `k8s.pod`), else those of a class of that name. An empty list if there are none.
 */
export function findFields(word: string, classes: readonly FieldClass[] = allFields): readonly FieldClass[] {
  const one = exactField(word, classes);
  if (one !== undefined) return filterFields(classes, (field) => field === one);
  const named = filterFields(classes, ({ name }) => name.startsWith(`${word}.`));
  return named.length > 0 ? named : classes.filter(({ name }) => name === word);
}

function exactField(word: string, classes: readonly FieldClass[]): Field | undefined {
  const [, name, arg] = /^([^[]*)(?:\[(.*)\])?$/s.exec(word) ?? [];
  const known = classes.flatMap(({ fields }) => fields);
  const field =
    known.find((one) => one.name === word) ??
    known.find((one) => one.name === name && arg !== undefined && one.arg !== undefined);
  if (field !== undefined && (arg === undefined || !allFields.some(({ fields }) => fields.includes(field))))
    return field;
  if (name === undefined) return undefined;
  const bound = bindField(name, arg);
  return bound === undefined || 'error' in bound ? undefined : bound.field;
}

function filterFields(
  classes: readonly FieldClass[],
  wanted: (field: Field) => boolean,
): readonly FieldClass[] {
  return classes
    .map((fieldClass) => ({ ...fieldClass, fields: fieldClass.fields.filter(wanted) }))
    .filter(({ fields }) => fields.length > 0);
}

/** All words that `findFields` knows: names of fields, their beginnings, names of classes. */
export function fieldWords(classes: readonly FieldClass[] = allFields): ReadonlySet<string> {
  const words = new Set<string>();
  for (const { name: className, fields } of classes) {
    for (const { name } of fields) words.add(name);
    for (const { name } of fields) for (const prefix of prefixesOf(name)) words.add(prefix);
    words.add(className);
  }
  return words;
}
