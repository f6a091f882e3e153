import type { ByteString } from '../bytes.ts';
import type { FieldClass } from './define.ts';

/** The fields `static.NAME` of the `static_fields` of falco.yaml: every event has the value that is written there. */
export function staticClass(values: ReadonlyMap<ByteString, ByteString>): FieldClass {
  return {
    name: 'static',
    desc: 'Fields with fixed values, from falco.yaml.',
    fields: [...values.keys()].sort().map((name) => {
      const value = values.get(name)!;
      return {
        name: `static.${name}`,
        type: 'CHARBUF' as const,
        desc: 'A fixed value from falco.yaml.',
        suggested: true as const,
        get: () => value,
      };
    }),
  };
}
