/** Which requests meet which rule of a policy, as conditions over their events. */
import type { ByteString } from '../../engine/index.ts';
import type { ConditionNode } from '../../rules/index.ts';
import {
  builtInResources,
  groupsOf,
  isNamespaced,
  subresourceOwners,
  subresourcesOf,
  subresourceVerbs,
} from './built-in-resources.ts';
import { ALWAYS, and, exists, hasGroup, isOneOf, listed, NEVER, not, or, startsWith } from './nodes.ts';
import type { AuditPolicy, GroupResources, PolicyRule } from './policy.ts';

/** Requests for resources, or for other paths (`/healthz`). */
export type TargetKind = 'resource' | 'path';
export const TARGETS: readonly TargetKind[] = ['resource', 'path'];

/**
 * What the policy sees of a request and what its event says are not always the same: an object's name may stand in the body only, a path may be
 * written with escapes. So there are two conditions: `over` holds for every event of a request that matches, `under` for no other.
 */
export type Bound = 'over' | 'under';

/** The events of requests that match a rule, whatever the rules before it say. */
export function matching(rule: PolicyRule, target: TargetKind, bound: Bound): ConditionNode {
  const { users, userGroups, verbs, namespaces, resources, nonResourceURLs } = rule;
  return and(
    users.length === 0 ? ALWAYS : byUsers(users, bound),
    userGroups.length === 0 ? ALWAYS : or(...userGroups.map(hasGroup)),
    verbs.length === 0 ? ALWAYS : listed('/verb', verbs),
    namespaces.length + resources.length > 0
      ? target === 'path'
        ? NEVER
        : and(inNamespaces(namespaces, bound), ofResources(resources, bound))
      : nonResourceURLs.length === 0
        ? ALWAYS
        : target === 'resource'
          ? NEVER
          : or(...nonResourceURLs.map((pattern) => atPath(pattern, bound))),
  );
}

/** The event of a user without a name is that of nobody, whom no list of users has. */
const byUsers = (users: readonly ByteString[], bound: Bound): ConditionNode =>
  isOneOf(
    '/user/username',
    users.filter((user) => user !== '' || bound === 'over'),
  );

const CREATING: readonly ByteString[] = ['create', 'update'];
const NAMESPACED = [...builtInResources()].filter(isNamespaced);

/** Where a request names no namespace, its event has that of the object, which the API server refuses only then; never so for what always is in one. */
const mayTakeNamespace = and(listed('/verb', CREATING), not(listed('/objectRef/resource', NAMESPACED)));

function inNamespaces(namespaces: readonly ByteString[], bound: Bound): ConditionNode {
  if (namespaces.length === 0) return ALWAYS;
  const place = isOneOf('/objectRef/namespace', namespaces);
  if (bound === 'under') return and(place, or(not(mayTakeNamespace), not(exists('/objectRef/namespace'))));
  return namespaces.includes('') ? or(place, mayTakeNamespace) : place;
}

const ofResources = (resources: readonly GroupResources[], bound: Bound): ConditionNode =>
  resources.length === 0 ? ALWAYS : or(...resources.map((entry) => ofEntry(entry, bound)));

function ofEntry({ group, resources, resourceNames }: GroupResources, bound: Bound): ConditionNode {
  const inGroup = group === '*' ? ALWAYS : isOneOf('/objectRef/apiGroup', [group]);
  if (resources.length === 0) return inGroup;
  return and(inGroup, or(...resources.map(ofPattern)), named(resourceNames, bound));
}

/** Requests whose event has a name only if the URL has. */
const NAMED_BY_URL: readonly ByteString[] = [
  'get', 'list', 'watch', 'update', 'patch', 'delete', 'deletecollection',
]; // prettier-ignore

/** Stands for whether the URL names the object: of a request that creates one, the event has the name from the body. */
const URL_NAMES = '/#name';

function named(names: readonly ByteString[], bound: Bound): ConditionNode {
  if (names.length === 0) return ALWAYS;
  const texts = names.filter((name) => name !== '');
  const some = texts.length === 0 ? NEVER : listed('/objectRef/name', texts);
  if (bound === 'over') return texts.length < names.length ? ALWAYS : and(some, exists(URL_NAMES));
  return and(some, or(listed('/verb', NAMED_BY_URL), exists('/objectRef/subresource')));
}

/** A name of resources as policies have it; `pods/*` is `pods` too. */
function ofPattern(pattern: ByteString): ConditionNode {
  if (pattern === '*') return ALWAYS;
  const slash = pattern.indexOf('/');
  const [resource, subresource] =
    slash < 0 ? [pattern, ''] : [pattern.slice(0, slash), pattern.slice(slash + 1)];
  if (resource === '*') return subresource === '*' ? NEVER : isOneOf('/objectRef/subresource', [subresource]);
  const ofResource = isOneOf('/objectRef/resource', [resource]);
  return subresource === '*' ? ofResource : and(ofResource, isOneOf('/objectRef/subresource', [subresource]));
}

/** Letters that a URL has as they are. */
const PLAIN = /^[A-Za-z0-9/_.~:@!$&'()+,;=-]*$/;

/** The event has the URL as it was sent, with its parameters. */
export function atPath(pattern: ByteString, bound: Bound): ConditionNode {
  const open = pattern.endsWith('*');
  const path = open ? pattern.slice(0, -1) : pattern;
  if (open && path === '') return ALWAYS;
  if (!PLAIN.test(path)) return bound === 'over' ? ALWAYS : NEVER;
  const plain = open
    ? startsWith('/requestURI', path)
    : or(isOneOf('/requestURI', [path]), startsWith('/requestURI', `${path}?`));
  return bound === 'over' ? or(plain, escaped(path)) : plain;
}

/** A URL that may be this one, with a letter written as an escape. */
const escaped = (path: ByteString): ConditionNode =>
  or(...[...path].map((_, index) => startsWith('/requestURI', `${path.slice(0, index)}%`)));

/** The events of requests that a rule decides: it matches, and none before it does. With no rule, those that none decides. */
export function decidedBy(
  policy: AuditPolicy,
  rule: PolicyRule | undefined,
  target: TargetKind,
): ConditionNode {
  const before = policy.rules.slice(0, rule === undefined ? undefined : rule.number - 1);
  return and(
    rule === undefined ? ALWAYS : matching(rule, target, 'over'),
    ...before.map((earlier) => not(matching(earlier, target, 'under'))),
  );
}

const RESOURCE_VERBS: readonly ByteString[] = [
  'create', 'get', 'update', 'patch', 'delete', 'list', 'watch', 'deletecollection', 'proxy', '',
]; // prettier-ignore

/** What holds for all events of requests to a target (pkg/endpoints/request/requestinfo.go). */
export const ofTarget: Readonly<Record<TargetKind, ConditionNode>> = {
  resource: and(
    listed('/verb', RESOURCE_VERBS),
    or(startsWith('/requestURI', '/api'), startsWith('/requestURI', '//'), escaped('/api')),
  ),
  path: and(
    ...['resource', 'subresource', 'namespace', 'name', 'apiGroup'].map((key) =>
      not(exists(`/objectRef/${key}`)),
    ),
  ),
};

/** What holds for users: who is known has the group system:authenticated, who is not is system:anonymous or nobody. */
export function ofUsers(groups: Iterable<ByteString>): ConditionNode {
  const anonymous = isOneOf('/user/username', ['system:anonymous']);
  const nobody = not(exists('/user/username'));
  return and(
    or(
      nobody,
      and(anonymous, not(hasGroup('system:authenticated')), hasGroup('system:unauthenticated')),
      and(not(anonymous), hasGroup('system:authenticated'), not(hasGroup('system:unauthenticated'))),
    ),
    ...[...groups].map((group) => or(not(nobody), not(hasGroup(group)))),
    or(not(startsWith('/user/username', 'system:serviceaccount:')), hasGroup('system:serviceaccounts')),
  );
}

/** What is true of events, by what they are about. */
export type Where = Readonly<Record<TargetKind, ConditionNode>>;

/** Nothing more than what always is. */
export const ANYWHERE: Where = { resource: ALWAYS, path: ALWAYS };

/** The verbs of requests for resources, and of those for other paths: methods of HTTP. */
export const VERBS: Readonly<Record<TargetKind, readonly ByteString[]>> = {
  resource: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
  path: ['get', 'head', 'post', 'put', 'patch', 'delete', 'options'],
};

/**
 * What holds for requests that the API server does not refuse at once, if nobody but Kubernetes has resources with these names: they are asked for
 * in their group, with subresources and verbs that there are, and what is created is named in the body.
 */
export const usually = (resources: Iterable<ByteString>): Where => ({
  resource: and(
    listed('/verb', VERBS.resource),
    or(not(listed('/verb', ['create'])), exists('/objectRef/subresource'), not(exists(URL_NAMES))),
    or(isOneOf('/objectRef/subresource', ['', 'scale', 'status']), ...subresourceOwners().map(ofOwner)),
    ...subresourceVerbs().map(([subresource, verbs]) =>
      or(not(isOneOf('/objectRef/subresource', [subresource])), listed('/verb', verbs)),
    ),
    ...[...new Set(resources)]
      .filter((resource) => groupsOf(resource).length > 0)
      .map((resource) =>
        or(
          not(isOneOf('/objectRef/resource', [resource])),
          and(
            isOneOf('/objectRef/apiGroup', groupsOf(resource)),
            isOneOf('/objectRef/subresource', ['', ...subresourcesOf(resource)]),
          ),
        ),
      ),
  ),
  path: listed('/verb', VERBS.path),
});

const ofOwner = (resource: ByteString): ConditionNode =>
  and(
    isOneOf('/objectRef/resource', [resource]),
    isOneOf('/objectRef/apiGroup', groupsOf(resource)),
    listed('/objectRef/subresource', subresourcesOf(resource)),
  );
