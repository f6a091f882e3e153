import { bindPluginFields, Event, RawJson, toBytes, type Extracted } from '../../engine/index.ts';
import k8sAudit from '../../sources/k8s-audit/index.ts';

const bind = bindPluginFields(k8sAudit.fields);

/** What a field of an audit event reads, given as it would be in a condition. */
export function readField(event: unknown, written: string): Extracted {
  const [, name = '', arg] = /^([^[]*)(?:\[(.*)\])?$/s.exec(written) ?? [];
  const bound = bind(toBytes(name), arg === undefined ? undefined : toBytes(arg));
  if (bound === undefined) throw new Error(`there is no field ${written}`);
  if ('error' in bound) throw new Error(bound.error);
  const carrier = new Event();
  carrier.carry(k8sAudit, 1_700_000_000_123_456_789n, RawJson.parse(toBytes(JSON.stringify(event))));
  return bound.get(carrier);
}

/** An audit event of a request for a pod. */
export function podEvent(spec: object, more: object = {}): object {
  return {
    kind: 'Event',
    auditID: 'a-1',
    objectRef: { resource: 'pods', namespace: 'shop' },
    requestObject: { kind: 'Pod', spec },
    ...more,
  };
}
