/** How the fields of Falco's plug-in `k8saudit` find their values in an audit event. */
import {
  jsonList,
  jsonMeant,
  type ByteString,
  type Extracted,
  type JsonDraft,
  type RawJson,
  type SetField,
  type SourceField,
} from '../../engine/index.ts';

/** A field of an audit event. */
export type AuditField = SourceField<RawJson>;

/** A field whose value is what keys lead to: text as it is, everything else as JSON; with `list`, that of each element. */
export function member(
  name: string,
  desc: string,
  keys: readonly ByteString[],
  more: Pick<AuditField, 'list' | 'deprecated' | 'lasts'> = {},
): AuditField {
  const { list } = more;
  return {
    name,
    desc,
    ...more,
    set: (record, values) => put(record, keys, values, list && jsonList),
    get: (event) => {
      const found = event.get(...keys);
      if (!list) return found?.text;
      return found?.kind === 'array' ? found.elements.map(({ text }) => text) : undefined;
    },
  };
}

/** The argument of fields that can be asked for one element of a list: its number, from 0. */
export const ELEMENT = { required: false, index: 'N' } as const;

/**
 * What keys lead to: in lists through each element, or with an index only through the one of this number, whichever list it is. Where the way ends inside an
 * element, its place is undefined; undefined as a whole if it ends before.
 */
export function reach(
  from: RawJson,
  keys: readonly ByteString[],
  index: number | undefined,
): readonly (RawJson | undefined)[] | undefined {
  let value = from;
  for (const [i, key] of keys.entries()) {
    if (value.kind === 'array') {
      if (index === undefined)
        return value.elements.flatMap((element) => reach(element, keys.slice(i), index) ?? [undefined]);
      const element = value.elements[index];
      if (element === undefined) return undefined;
      value = element;
    }
    // An empty key stays where it is.
    const next = key === '' ? value : value.get(key);
    if (next === undefined) return undefined;
    value = next;
  }
  return [value];
}

/** The text of the values that are there. */
export const textsOf = (values: readonly (RawJson | undefined)[]): ByteString[] =>
  values.flatMap((value) => value?.text ?? []);

/** A list field over what keys lead to, which can be asked for one element. Its value is the text of everything that is there, unless `value` makes another. */
export function reaching(
  name: string,
  desc: string,
  keys: readonly ByteString[],
  {
    value = textsOf,
    set,
  }: {
    readonly value?: ((found: readonly (RawJson | undefined)[], event: RawJson) => Extracted) | undefined;
    readonly set?: SetField;
  },
): AuditField {
  return {
    name,
    desc,
    list: true,
    arg: ELEMENT,
    ...(set && { set }),
    get: (event, { index }) => {
      const found = reach(event, keys, index);
      return found && value(found, event);
    },
  };
}

/** The text of all values, if none is missing. */
export function everyText(found: readonly (RawJson | undefined)[]): ByteString[] | undefined {
  return found.includes(undefined) ? undefined : textsOf(found);
}

/** Puts values where keys lead to; none takes away what is there. */
export function put(
  record: JsonDraft,
  keys: readonly ByteString[],
  values: readonly ByteString[],
  json: (values: readonly ByteString[]) => ByteString = ([value = '']) => jsonMeant(value),
): void {
  if (values.length === 0) record.remove(keys);
  else record.set(keys, json(values));
}

/** Puts each value into an element of its own of the list that `list` leads to, or with an index from that one on. No value takes away what one has there. */
export function spread(
  list: readonly ByteString[],
  keys: readonly ByteString[],
  json: (value: ByteString) => ByteString = jsonMeant,
): SetField {
  return (record, values, { index = 0 }) => {
    if (values.length === 0) record.remove([...list, String(index), ...keys]);
    values.forEach((value, i) => record.set([...list, String(index + i), ...keys], json(value)));
  };
}
