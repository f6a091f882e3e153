import {
  jsonMeant,
  type ByteString,
  type Event,
  type Extracted,
  type RawJson,
  type SourceField,
  type SourceFields,
} from '../../engine/index.ts';
import { indented } from './indented.ts';

/** What a JSON pointer (RFC 6901), whose first slash may be left away, leads to. */
export const pointedAt = (document: RawJson, pointer: ByteString): RawJson | undefined =>
  document.get(...keysOf(pointer));

function keysOf(pointer: ByteString): readonly ByteString[] {
  if (pointer === '') return [];
  const keys = pointer.replace(/^\//, '').split('/');
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The two names that each field has: that of today, and the old one. */
const PREFIXES = ['json', 'jevt'] as const;

/**
 * `json.*` and `jevt.*`: the fields of Falco's plug-in `json`, which reads any event that is JSON.
 *
 * @param documentOf The document that an event carries.
 */
export function jsonFields<D>(documentOf: (data: D) => RawJson): SourceFields<D> {
  return {
    desc: 'Any value of an event that is JSON, by its place in the document.',
    plugin: { name: 'json', version: '0.7.4' },
    fields: PREFIXES.flatMap((prefix) => {
      const also = prefix === 'json' ? '' : `The same as \`json.`;
      const described = (name: string, desc: string): string => (also === '' ? desc : `${also}${name}\`.`);
      return [
        {
          name: `${prefix}.value`,
          arg: { required: true, key: 'POINTER' },
          desc: described(
            'value',
            'The value that a JSON pointer (RFC 6901) leads to: `json.value[/user/username]`, `json.value[/items/0]`; in names, `~1` stands for a slash and `~0` for a tilde. Text as it is, everything else as JSON.',
          ),
          get: (data, { key = '' }): Extracted => pointedAt(documentOf(data), key)?.text,
          set: (record, [value], { key = '' }) => {
            if (value === undefined) record.remove(keysOf(key));
            else record.set(keysOf(key), jsonMeant(value));
          },
        },
        {
          name: `${prefix}.obj`,
          lasts: false,
          desc: described('obj', 'The whole event as JSON, over several lines.'),
          get: (data): Extracted => indented(documentOf(data).json),
        },
        {
          name: `${prefix}.rawtime`,
          lasts: false,
          desc: described('rawtime', 'Time of the event, as text: nanoseconds since 1970 in UTC.'),
          get: (_data, _arg, event: Event): Extracted => event.time.toString(),
        },
      ] satisfies SourceField<D>[];
    }),
  };
}
