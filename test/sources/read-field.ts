import {
  bindPluginFields,
  Event,
  RawJson,
  toBytes,
  type Extracted,
  type Source,
} from '../../engine/index.ts';

/** What fields of an event of a source read, given as they would be in a condition. */
export function fieldReader(source: Source): (event: unknown, written: string) => Extracted {
  const bind = bindPluginFields(source.fields);
  return (event, written) => {
    const [, name = '', arg] = /^([^[]*)(?:\[(.*)\])?$/s.exec(written) ?? [];
    const bound = bind(toBytes(name), arg === undefined ? undefined : toBytes(arg));
    if (bound === undefined) throw new Error(`there is no field ${written}`);
    if ('error' in bound) throw new Error(bound.error);
    const carrier = new Event();
    carrier.carry(source, 1_700_000_000_123_456_789n, RawJson.parse(toBytes(JSON.stringify(event))));
    return bound.get(carrier);
  };
}
