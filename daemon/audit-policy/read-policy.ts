import type { Node } from 'yaml';
import { didYouMean, fromBytes, type ByteString, type Diagnostic } from '../../engine/index.ts';
import {
  LEVELS,
  STAGES,
  type AuditPolicy,
  type GroupResources,
  type Level,
  type PolicyRule,
  type Stage,
} from './policy.ts';
import { YamlReader, type Complaint } from './yaml-reader.ts';

const POLICY_KEYS = ['apiVersion', 'kind', 'metadata', 'omitStages', 'omitManagedFields', 'rules'] as const;
const RULE_KEYS = [
  'level', 'users', 'userGroups', 'verbs', 'resources', 'namespaces', 'nonResourceURLs', 'omitStages', 'omitManagedFields',
] as const; // prettier-ignore
const RESOURCE_KEYS = ['group', 'resources', 'resourceNames'] as const;

/** What came of reading a policy. */
export interface PolicyResult {
  /** Undefined if the API server would refuse to start with it. */
  readonly policy: AuditPolicy | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads an audit policy and holds it against what the API server asks of one (pkg/audit/policy/reader.go, pkg/apis/audit/validation/validation.go
 * in k8s.io/apiserver). What it refuses is an error; what it passes over with a warning in its log is a warning.
 */
export function readAuditPolicy(text: string, file: string): PolicyResult {
  const reader = new YamlReader(text, file);
  const policy = reader.failed ? undefined : readPolicy(reader, file);
  return { policy: reader.failed ? undefined : policy, diagnostics: reader.diagnostics };
}

const invalid = (message: string, hint?: string): Complaint => ({
  code: 'POLICY_INVALID',
  message,
  ...(hint !== undefined && { hint }),
});

function readPolicy(reader: YamlReader, file: string): AuditPolicy {
  const { root } = reader;
  const entries = reader.map(root, 'an audit policy', POLICY_KEYS);
  if (root === undefined)
    reader.wrong(undefined, invalid('the file is empty, and an audit policy is expected', SKELETON));
  else if (!reader.failed) checkType(reader, root, entries);
  const omitStages = readStages(reader, entries.get('omitStages'));
  const omitManagedFields = reader.flag(entries.get('omitManagedFields'), 'omitManagedFields') ?? false;
  const items = reader.list(entries.get('rules'), 'rules');
  if (items.length === 0 && !reader.failed)
    reader.wrong(
      entries.get('rules') ?? root,
      invalid(
        'a policy without rules: the API server refuses to start with it',
        'for nothing at all, write one rule: - level: None',
      ),
    );
  const rules = items.map((item, index) =>
    readRule(reader, item, { number: index + 1, omitStages, omitManagedFields }),
  );
  return { file, omitStages, rules };
}

const SKELETON = 'begin with apiVersion: audit.k8s.io/v1, kind: Policy and rules:';

function checkType(
  reader: YamlReader,
  root: Node,
  entries: ReadonlyMap<(typeof POLICY_KEYS)[number], Node>,
): void {
  for (const [key, expected] of [
    ['apiVersion', 'audit.k8s.io/v1'],
    ['kind', 'Policy'],
  ] as const) {
    const node = entries.get(key);
    if (node === undefined) {
      reader.wrong(root, invalid(`${key} is missing`, `write ${key}: ${expected}`));
      continue;
    }
    const found = reader.text(node, key);
    if (found === undefined || found === expected) continue;
    const old = /^audit\.k8s\.io\/v1(?:alpha|beta)1$/.test(found);
    const message = `${key} is ${JSON.stringify(fromBytes(found))}, and ${expected} is expected`;
    reader.wrong(
      node,
      invalid(
        old ? `${message}: Kubernetes 1.24 removed the older versions` : message,
        `write ${key}: ${expected}`,
      ),
    );
  }
}

interface Inherited {
  readonly number: number;
  readonly omitStages: ReadonlySet<Stage>;
  readonly omitManagedFields: boolean;
}

function readRule(reader: YamlReader, node: Node, above: Inherited): PolicyRule {
  const entries = reader.map(node, 'a rule of a policy', RULE_KEYS);
  const texts = (key: 'users' | 'userGroups' | 'verbs' | 'namespaces'): ByteString[] =>
    reader.texts(entries.get(key), key).map(({ text }) => text);
  const rule: PolicyRule = {
    number: above.number,
    level: readLevel(reader, node, entries.get('level')),
    users: texts('users'),
    userGroups: texts('userGroups'),
    verbs: texts('verbs'),
    namespaces: texts('namespaces'),
    resources: reader.list(entries.get('resources'), 'resources').map((item) => readResources(reader, item)),
    nonResourceURLs: readPaths(reader, entries.get('nonResourceURLs')),
    omitStages: new Set([...above.omitStages, ...readStages(reader, entries.get('omitStages'))]),
    omitManagedFields:
      reader.flag(entries.get('omitManagedFields'), 'omitManagedFields') ?? above.omitManagedFields,
    place: reader.place(node),
    levelPlace: reader.place(entries.get('level') ?? node),
  };
  if (rule.nonResourceURLs.length > 0 && (rule.resources.length > 0 || rule.namespaces.length > 0))
    reader.wrong(
      entries.get('nonResourceURLs'),
      invalid(
        `nonResourceURLs and ${rule.resources.length > 0 ? 'resources' : 'namespaces'} in one rule: no request is for both`,
        'make two rules of it',
      ),
    );
  return rule;
}

function readLevel(reader: YamlReader, rule: Node, node: Node | undefined): Level {
  const expected = `one of ${LEVELS.join(', ')}`;
  if (node === undefined) {
    reader.wrong(rule, invalid('the rule has no level', `give it level: with ${expected}`));
    return 'None';
  }
  const found = reader.text(node, 'level');
  if (found === undefined) return 'None';
  const level = LEVELS.find((known) => known === found);
  if (level === undefined)
    reader.wrong(
      node,
      invalid(
        `there is no level ${JSON.stringify(fromBytes(found))}: ${expected} is expected`,
        meant(found, LEVELS),
      ),
    );
  return level ?? 'None';
}

function readStages(reader: YamlReader, node: Node | undefined): ReadonlySet<Stage> {
  const stages = new Set<Stage>();
  for (const { text, node: item } of reader.texts(node, 'omitStages')) {
    const stage = STAGES.find((known) => known === text);
    if (stage !== undefined) stages.add(stage);
    else
      reader.wrong(
        item,
        invalid(
          `there is no stage ${JSON.stringify(fromBytes(text))}: ${STAGES.join(', ')} are expected`,
          meant(text, STAGES),
        ),
      );
  }
  return stages;
}

function meant(found: ByteString, names: readonly string[]): string | undefined {
  const exact = names.find((name) => name.toLowerCase() === found.toLowerCase());
  return exact === undefined ? didYouMean(found, names) : `did you mean ${exact}?`;
}

function readPaths(reader: YamlReader, node: Node | undefined): ByteString[] {
  return reader.texts(node, 'nonResourceURLs').map(({ text, node: item }) => {
    const shown = JSON.stringify(fromBytes(text));
    if (text !== '*' && !text.startsWith('/'))
      reader.wrong(item, invalid(`the path ${shown} does not begin with "/"`, `write "/${fromBytes(text)}"`));
    if (text.slice(0, -1).includes('*'))
      reader.wrong(
        item,
        invalid(
          `"*" inside the path ${shown}: it may only be the last character`,
          'end the path at the first "*"',
        ),
      );
    return text;
  });
}

/** What Kubernetes calls a DNS subdomain (RFC 1123). */
const GROUP = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

function readResources(reader: YamlReader, node: Node): GroupResources {
  const entries = reader.map(node, 'an entry of resources', RESOURCE_KEYS);
  const groupNode = entries.get('group');
  const group = (groupNode && reader.text(groupNode, 'group')) ?? '';
  const resources = reader.texts(entries.get('resources'), 'resources');
  const resourceNames = reader.texts(entries.get('resourceNames'), 'resourceNames').map(({ text }) => text);
  if (group === '*')
    reader.ignored(groupNode, {
      code: 'POLICY_IGNORED',
      message:
        'the group "*" is understood from Kubernetes 1.36 on; older API servers refuse to start with it',
      hint: 'name the groups',
    });
  else if (group !== '' && !(GROUP.test(group) && group.length <= 253))
    reader.wrong(
      groupNode,
      invalid(
        `${JSON.stringify(fromBytes(group))} is no name of an API group`,
        group.includes('/')
          ? `leave the version away: ${JSON.stringify(fromBytes(group.split('/')[0]!))}`
          : 'names of groups are small letters, digits, "-" and "."; the core group is ""',
      ),
    );
  if (resourceNames.length > 0 && resources.length === 0)
    reader.wrong(
      entries.get('resourceNames'),
      invalid('resourceNames without resources', 'say which resources have these names'),
    );
  return {
    group,
    resources: resources.map(({ text }) => text),
    resourceNames,
    places: resources.map(({ node: item }) => reader.place(item)),
  };
}
