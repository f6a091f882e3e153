/**
 * Which rule of a policy a request meets, as in k8s.io/apiserver (pkg/audit/policy/checker.go): the first that matches decides; where none
 * does, nothing is written.
 */
import type { ByteString } from '../../../engine/index.ts';
import type {
  AuditPolicy,
  GroupResources,
  Level,
  PolicyRule,
  Stage,
} from '../../../daemon/audit-policy/policy.ts';

/** A request as the API server sees it when it asks the policy: before the body is read, and before anyone is impersonated. */
export interface ApiRequest {
  /** Absent where nobody could be authenticated. */
  readonly user?: { readonly name: ByteString; readonly groups: readonly ByteString[] };
  /** `get`, `create`, …; of requests for no resource the method in small letters. */
  readonly verb: ByteString;
  readonly target: ResourceTarget | PathTarget;
}

export interface ResourceTarget {
  readonly kind: 'resource';
  readonly group: ByteString;
  readonly resource: ByteString;
  /** '' where there is none, and so for the next two. */
  readonly subresource: ByteString;
  readonly namespace: ByteString;
  /** That of the URL: requests that create something mostly have none. */
  readonly name: ByteString;
}

export interface PathTarget {
  readonly kind: 'path';
  readonly path: ByteString;
}

/** What a policy says of a request. */
export interface AuditDecision {
  readonly level: Level;
  readonly omitStages: ReadonlySet<Stage>;
  readonly omitManagedFields: boolean;
  /** The rule that matched. */
  readonly rule: PolicyRule | undefined;
}

/** Asks a policy about a request. */
export function auditDecision(policy: AuditPolicy, request: ApiRequest): AuditDecision {
  const rule = policy.rules.find((candidate) => matches(candidate, request));
  if (rule === undefined)
    return { level: 'None', omitStages: policy.omitStages, omitManagedFields: false, rule };
  const { level, omitStages, omitManagedFields } = rule;
  return { level, omitStages, omitManagedFields, rule };
}

/** The level alone. */
export const auditLevel = (policy: AuditPolicy, request: ApiRequest): Level =>
  auditDecision(policy, request).level;

function matches(rule: PolicyRule, { user, verb, target }: ApiRequest): boolean {
  if (rule.users.length > 0 && !(user && rule.users.includes(user.name))) return false;
  if (rule.userGroups.length > 0 && !user?.groups.some((group) => rule.userGroups.includes(group)))
    return false;
  if (rule.verbs.length > 0 && !rule.verbs.includes(verb)) return false;
  if (rule.namespaces.length > 0 || rule.resources.length > 0)
    return target.kind === 'resource' && matchesResource(rule, target);
  if (rule.nonResourceURLs.length > 0)
    return (
      target.kind === 'path' && rule.nonResourceURLs.some((pattern) => matchesPath(pattern, target.path))
    );
  return true;
}

function matchesResource({ namespaces, resources }: PolicyRule, target: ResourceTarget): boolean {
  if (namespaces.length > 0 && !namespaces.includes(target.namespace)) return false;
  return resources.length === 0 || resources.some((entry) => matchesEntry(entry, target));
}

function matchesEntry({ group, resources, resourceNames }: GroupResources, target: ResourceTarget): boolean {
  if (group !== target.group && group !== '*') return false;
  if (resources.length === 0) return true;
  if (resourceNames.length > 0 && !resourceNames.includes(target.name)) return false;
  return resources.some((pattern) => matchesResourceName(pattern, target));
}

/** `pods/*` matches `pods` too, against its documentation. */
function matchesResourceName(pattern: ByteString, { resource, subresource }: ResourceTarget): boolean {
  const whole = subresource === '' ? resource : `${resource}/${subresource}`;
  return (
    pattern === '*' ||
    pattern === whole ||
    (subresource !== '' && pattern === `*/${subresource}`) ||
    (pattern.endsWith('/*') && pattern.slice(0, -2) === resource)
  );
}

function matchesPath(pattern: ByteString, path: ByteString): boolean {
  return (
    pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)))
  );
}
