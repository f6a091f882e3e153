import type { ApiRequest } from './evaluation.ts';
import type { Level, Stage } from '../../../daemon/audit-policy/policy.ts';
import { isAtLeast } from '../../../daemon/audit-policy/policy.ts';
import { Event, RawJson, toBytes } from '../../../engine/index.ts';
import k8sAudit from '../../../sources/k8s-audit/index.ts';

/** A request, and what becomes of it. */
export interface Handled {
  readonly request: ApiRequest;
  /** The body of requests that have one. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly code: number;
  /** The URL, where it is not what follows from the request. */
  readonly uri?: string;
}

/** The event of a request as an API server writes it. */
export function auditEvent({ request, body, code, uri }: Handled, stage: Stage, level: Level): object {
  const { user, verb, target } = request;
  const received = stage === 'RequestReceived';
  const connects =
    target.kind === 'resource' && /^(?:exec|attach|portforward|proxy|log)$/.test(target.subresource);
  const known = body !== undefined && target.kind === 'resource' && !connects && !received;
  const written = known && ['create', 'update', 'patch', 'delete'].includes(verb);
  const metadata = (written && /create|update/.test(verb) ? body['metadata'] : undefined) as
    Record<string, string> | undefined;
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level,
    auditID: 'a-1',
    stage,
    requestURI: uri ?? uriOf(request),
    verb,
    user: { username: user?.name || undefined, groups: user?.groups.length ? user.groups : undefined },
    ...(target.kind === 'resource' && {
      objectRef: {
        resource: target.resource || undefined,
        namespace: target.namespace || metadata?.['namespace'] || undefined,
        name: target.name || metadata?.['name'] || undefined,
        apiGroup: target.group || undefined,
        subresource: target.subresource || undefined,
      },
    }),
    ...(!received && { responseStatus: { code } }),
    ...(written && isAtLeast(level, 'Request') && { requestObject: body }),
    ...(!received &&
      stage === 'ResponseComplete' &&
      target.kind === 'resource' &&
      !connects &&
      isAtLeast(level, 'RequestResponse') && {
        responseObject: { metadata: { name: target.name || metadata?.['name'] || 'answer' } },
      }),
  };
}

function uriOf({ target }: ApiRequest): string {
  if (target.kind === 'path') return target.path;
  const { group, namespace, resource, subresource, name } = target;
  const root = group === '' ? '/api/v1' : `/apis/${group}/v1`;
  const place = namespace === '' || resource === 'namespaces' ? '' : `/namespaces/${namespace}`;
  return [root + place, resource, name, subresource].filter((part) => part !== '').join('/');
}

/** The same, for the engine. */
export function engineEvent(json: object): Event {
  const event = new Event();
  event.carry(k8sAudit, 1_700_000_000_123_456_789n, RawJson.parse(toBytes(JSON.stringify(json))));
  return event;
}
