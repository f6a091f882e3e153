/** Which part of an audit event fields read, and which parts events lack, by level, stage and verb. */
import type { ByteString } from '../../engine/index.ts';
import type { Pointer } from './nodes.ts';
import { isAtLeast, type Level, type Stage } from './policy.ts';

/** Parts that some events lack. */
export type EventPart = 'requestObject' | 'responseObject' | 'responseStatus' | 'impersonatedUser';

/** Of fields that are the text at one place. */
const POINTERS: Readonly<Record<string, Pointer>> = {
  'ka.auditid': '/auditID',
  'ka.stage': '/stage',
  'ka.auth.decision': '/annotations/authorization.k8s.io~1decision',
  'ka.auth.reason': '/annotations/authorization.k8s.io~1reason',
  'ka.user.name': '/user/username',
  'ka.impuser.name': '/impersonatedUser/username',
  'ka.verb': '/verb',
  'ka.uri': '/requestURI',
  'ka.target.name': '/objectRef/name',
  'ka.target.namespace': '/objectRef/namespace',
  'ka.target.resource': '/objectRef/resource',
  'ka.target.subresource': '/objectRef/subresource',
  'ka.req.binding.role': '/requestObject/roleRef/name',
  'ka.req.configmap.name': '/objectRef/name',
  'ka.req.configmap.obj': '/requestObject/data',
  'ka.req.service.type': '/requestObject/spec/type',
  'ka.resp.name': '/responseObject/metadata/name',
  'ka.response.code': '/responseStatus/code',
  'ka.response.reason': '/responseStatus/reason',
  'ka.useragent': '/userAgent',
  'ka.cluster.name': '/annotations/cluster_name',
};

/** What a field reads. */
export interface Reading {
  /** Where the field is the text at one place of the event. */
  readonly pointer?: Pointer;
  /** Undefined for what every event has. */
  readonly part?: EventPart;
  /** Verbs without which there is nothing to read, whatever the level. Nor is there of requests that connect to something (`exec`). */
  readonly verbs?: readonly ByteString[];
  /** Resources whose requests hold what is read. Others may, where users define their own. */
  readonly resources?: readonly ByteString[];
}

/** Requests whose body the API server writes down (LogRequestObject and LogRequestPatch in pkg/endpoints/handlers). */
const WITH_BODY: readonly ByteString[] = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** Those whose body is an object: that of the others is how to delete. */
const WITH_OBJECT: readonly ByteString[] = ['create', 'update', 'patch'];

/** The objects that fields are made for. */
const RESOURCES: readonly (readonly [prefix: string, resources: readonly string[]])[] = [
  ['ka.req.pod.', ['pods']],
  ['ka.req.container.', ['pods']],
  ['ka.req.volume.', ['pods']],
  ['ka.req.binding.', ['clusterrolebindings', 'rolebindings']],
  ['ka.req.role.', ['clusterroles', 'roles']],
  ['ka.req.configmap.', ['configmaps']],
  ['ka.req.service.', ['services']],
  ['ka.target.pod.name', ['pods']],
];

/** What a field of the plug-ins k8saudit and json reads (extract.go of k8saudit, json.go). */
export function readingOf(name: string, arg: ByteString | undefined): Reading {
  if (/^(?:jevt|json)\.value$/.test(name) && arg !== undefined) return readingAt(arg);
  const pointer = POINTERS[name];
  if (pointer !== undefined && !pointer.startsWith('/requestObject')) return readingAt(pointer);
  const resources = RESOURCES.find(([prefix]) => name.startsWith(prefix))?.[1];
  const about = resources === undefined ? {} : { resources };
  if (name === 'ka.target.pod.name') return { part: 'responseObject', ...about };
  // It does not look at the event.
  if (name === 'ka.req.binding.subject.has_name') return {};
  // `ka.sourceips` reads `rules` of the request object instead of the addresses. BUG
  if (!name.startsWith('ka.req.') && name !== 'ka.sourceips') return {};
  const object = { part: 'requestObject', verbs: WITH_OBJECT, ...about } as const;
  return pointer === undefined ? object : { ...object, pointer };
}

/** What stands at a JSON pointer; as in the plug-in, the first slash may be left away. */
function readingAt(arg: ByteString): Reading {
  const pointer = arg.startsWith('/') ? arg : `/${arg}`;
  switch (pointer.split('/')[1]) {
    case 'requestObject':
      return { pointer, part: 'requestObject', verbs: WITH_BODY };
    case 'responseObject':
      return { pointer, part: 'responseObject' };
    case 'responseStatus':
      return { pointer, part: 'responseStatus' };
    case 'impersonatedUser':
      return { pointer, part: 'impersonatedUser' };
    default:
      return { pointer };
  }
}

/** The lowest level at which events have a part. */
export const levelOf = (part: EventPart | undefined): Level =>
  part === 'requestObject' ? 'Request' : part === 'responseObject' ? 'RequestResponse' : 'Metadata';

/** Whether events of a level and a stage lack a part for certain. */
export function lacks(part: EventPart | undefined, level: Level, stage: Stage): boolean {
  if (part === undefined) return false;
  // Nothing is known yet but the request line and who sends it.
  return stage === 'RequestReceived' || !isAtLeast(level, levelOf(part));
}
