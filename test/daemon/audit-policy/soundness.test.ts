import { expect } from 'chai';
import fc from 'fast-check';
import { auditRules } from '../../../daemon/audit-policy/audit.ts';
import { auditFindings } from '../../../daemon/audit-policy/findings.ts';
import { policyFindings } from '../../../daemon/audit-policy/policy-findings.ts';
import { auditDecision, type ApiRequest } from './evaluation.ts';
import { STAGES } from '../../../daemon/audit-policy/policy.ts';
import { suggestPolicy } from '../../../daemon/audit-policy/suggest.ts';
import { Engine, type Diagnostic, type Event } from '../../../engine/index.ts';
import type { ModelRule } from '../../../rules/index.ts';
import { policyOf } from './policies.ts';
import { auditEvent, engineEvent, type Handled } from './requests.ts';
import { language, ruleOf } from './rules.ts';

/** Cases of each property; half as many where one takes longer. */
const RUNS = Number(process.env['AUDIT_POLICY_RUNS'] ?? 60);

const GROUPS: Readonly<Record<string, string>> = {
  pods: '', configmaps: '', namespaces: '', nodes: '', deployments: 'apps', clusterroles: 'rbac.authorization.k8s.io', widgets: 'example.com',
}; // prettier-ignore
const SUBRESOURCES: Readonly<Record<string, readonly string[]>> = {
  pods: ['', '', 'exec', 'log', 'status'],
  deployments: ['', '', 'scale'],
  namespaces: ['', 'status'],
  widgets: ['', 'status'],
};
const CLUSTER = new Set(['namespaces', 'nodes', 'clusterroles']);
const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const USERS: readonly ApiRequest['user'][] = [
  undefined,
  { name: 'system:anonymous', groups: ['system:unauthenticated'] },
  { name: 'alice', groups: ['system:masters', 'system:authenticated'] },
  { name: 'bob', groups: ['system:authenticated'] },
  {
    name: 'system:serviceaccount:a:ci',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:a', 'system:authenticated'],
  },
];
const NAMES = ['x', 'web', 'web-1'];
const NAMESPACES = ['a', 'b', 'kube-system'];
const PATHS = ['/healthz', '/healthz/etcd', '/version', '/metrics', '/api', '/apis/apps'];

const oneOf = fc.constantFrom;
const some = (texts: readonly string[]): fc.Arbitrary<string> =>
  fc
    .subarray([...texts], { minLength: 1, maxLength: 3 })
    .map((values) => `[${values.map((v) => JSON.stringify(v)).join(', ')}]`);

/** What asks for a level has no policy that suits all rules. */
const levelCheck = 'jevt.value[/level] = Request';

const check = fc.oneof(
  oneOf(...VERBS).map((verb) => `ka.verb = ${verb}`),
  fc.subarray(VERBS, { minLength: 1, maxLength: 3 }).map((verbs) => `jevt.value[/verb] in (${verbs.join(', ')})`),
  oneOf(...Object.keys(GROUPS)).map((resource) => `ka.target.resource = ${resource}`),
  oneOf(...Object.keys(GROUPS)).map((resource) => `ka.target.resource != ${resource}`),
  oneOf('po', 'name', 'cluster').map((start) => `json.value[/objectRef/resource] startswith ${start}`),
  oneOf('exec', 'log', 'status', 'scale').map((sub) => `ka.target.subresource = ${sub}`),
  oneOf(...NAMESPACES).map((namespace) => `ka.target.namespace = ${namespace}`),
  oneOf('ka.target.namespace', 'ka.target.subresource', 'ka.target.name', 'ka.user.name', 'ka.target.resource', 'ka.resp.name').map((field) => `${field} exists`),
  oneOf(...NAMES).map((name) => `ka.target.name = ${name}`),
  oneOf(...NAMES).map((name) => `ka.target.name startswith ${name}`),
  oneOf('alice', 'bob', '"system:anonymous"').map((name) => `ka.user.name = ${name}`),
  oneOf('"system:"', '"system:serviceaccount:"').map((start) => `ka.user.name startswith ${start}`),
  oneOf('system:masters', 'system:authenticated', 'system:serviceaccounts').map((group) => `ka.user.groups intersects ("${group}")`),
  oneOf(...PATHS).map((path) => `ka.uri = ${path}`),
  oneOf('/healthz', '/api', '/v').map((path) => `ka.uri startswith ${path}`),
  oneOf(...STAGES).map((stage) => `ka.stage = ${stage}`),
  oneOf(...STAGES).map((stage) => `json.value[/stage] != ${stage}`),
  oneOf('apps', 'example.com').map((group) => `json.value[/objectRef/apiGroup] = ${group}`),
  oneOf('ka.req.pod.host_network = true', 'ka.req.pod.containers.image intersects (nginx)', 'ka.req.configmap.obj contains secret', 'jevt.value[/requestObject/kind] exists', 'ka.resp.name = web', 'ka.response.code startswith 2', 'ka.response.code = 403', levelCheck, 'tolower(ka.req.configmap.obj) contains secret'),
); // prettier-ignore

const condition = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    check,
    tie('tree').map((child) => `not (${child})`),
    fc
      .tuple(oneOf(' and ', ' and ', ' or '), fc.array(tie('tree'), { minLength: 2, maxLength: 3 }))
      .map(([op, parts]) => parts.map((part) => `(${part})`).join(op)),
  ),
})).tree;

const resourceEntry = fc
  .tuple(
    oneOf('""', '""', 'apps', 'rbac.authorization.k8s.io', 'example.com'),
    fc.option(
      some([
        'pods',
        'pods/exec',
        'pods/*',
        '*/status',
        '*',
        'deployments',
        'configmaps',
        'namespaces',
        'widgets',
      ]),
    ),
    fc.option(some(NAMES), { freq: 2 }),
  )
  .map(([group, resources, names]) =>
    resources === null
      ? `{ group: ${group} }`
      : `{ group: ${group}, resources: ${resources}${names === null ? '' : `, resourceNames: ${names}`} }`,
  );

const part = (key: string, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.option(value, { freq: 2 }).map((text) => (text === null ? '' : `, ${key}: ${text}`));

const policyRule = fc
  .tuple(
    oneOf('None', 'Metadata', 'Request', 'RequestResponse'),
    part('users', some(['alice', 'bob', 'system:anonymous'])),
    part('userGroups', some(['system:masters', 'system:authenticated', 'system:unauthenticated'])),
    part('verbs', some([...VERBS, 'post'])),
    part('omitStages', some(STAGES)),
    fc.oneof(
      oneOf(''),
      fc.tuple(part('namespaces', some(['', ...NAMESPACES])), part('resources', fc.array(resourceEntry, { minLength: 1, maxLength: 2 }).map((entries) => `[${entries.join(', ')}]`))).map((parts) => parts.join('')),
      part('nonResourceURLs', some(['/healthz', '/healthz*', '/version', '/a*', '*'])),
    ),
  )
  .map(([level, ...parts]) => `  - { level: ${level}${parts.join('')} }`); // prettier-ignore

const policy = fc
  .tuple(fc.option(some(STAGES), { freq: 2 }), fc.array(policyRule, { minLength: 1, maxLength: 5 }))
  .map(
    ([omitted, rules]) => `${omitted === null ? '' : `omitStages: ${omitted}\n`}rules:\n${rules.join('\n')}`,
  );

const body = (name: string, more: object): Readonly<Record<string, unknown>> => ({
  kind: 'Thing',
  metadata: { name },
  spec: { hostNetwork: true, containers: [{ image: 'nginx' }] },
  data: { key: 'secret' },
  ...more,
});

const usualRequest: fc.Arbitrary<Handled> = fc
  .record({
    user: oneOf(...USERS),
    verb: oneOf(...VERBS),
    resource: oneOf(...Object.keys(GROUPS)),
    pick: fc.nat(20),
    namespace: oneOf(...NAMESPACES),
    name: oneOf(...NAMES),
    code: oneOf(200, 403),
    plain: fc.boolean(),
  })
  .map(({ user, verb, resource, pick, namespace, name, code, plain }) => {
    const subresources = SUBRESOURCES[resource] ?? [''];
    const wanted = subresources[pick % subresources.length]!;
    const fits =
      wanted === '' ||
      (wanted === 'log' ? verb === 'get' : wanted === 'exec' ? /^(?:get|create)$/.test(verb) : /^(?:get|update|patch)$/.test(verb));
    const subresource = fits ? wanted : '';
    const nameless = /^(?:list|watch|deletecollection)$/.test(verb) || (verb === 'create' && subresource === '');
    const inNamespace =
      resource === 'namespaces' ? (nameless ? '' : name) : CLUSTER.has(resource) ? '' : namespace;
    return {
      request: {
        ...(user && { user }),
        verb,
        target: { kind: 'resource', group: GROUPS[resource]!, resource, subresource, namespace: inNamespace, name: nameless ? '' : name },
      },
      ...(verb === 'delete'
        ? { body: { kind: 'DeleteOptions' } }
        : /^(?:create|update|patch)$/.test(verb) && { body: body(name, plain ? { spec: {}, data: {} } : {}) }),
      code,
    } satisfies Handled;
  }); // prettier-ignore

const pathRequest: fc.Arbitrary<Handled> = fc
  .record({
    user: oneOf(...USERS),
    verb: oneOf('get', 'post', 'head'),
    path: oneOf(...PATHS),
    query: oneOf('', '', '?x=1'),
    code: oneOf(200, 403),
  })
  .map(({ user, verb, path, query, code }) => ({
    request: { ...(user && { user }), verb, target: { kind: 'path', path } },
    uri: path + query,
    code,
  }));

/** What nobody sends, and could: escapes in paths, resources of other groups, names where there should be none, bodies that name another namespace. */
const oddRequest: fc.Arbitrary<Handled> = fc
  .tuple(fc.oneof(usualRequest, pathRequest), fc.nat(4))
  .map(([handled, kind]): Handled => {
    const { request, body: sent } = handled;
    const { target } = request;
    if (target.kind === 'path') return { ...handled, uri: target.path.replace(/[a-z]/, (c) => `%${c.charCodeAt(0).toString(16)}`) };
    switch (kind) {
      case 0:
        return { ...handled, request: { ...request, target: { ...target, group: target.group === '' ? 'apps' : '' } } };
      case 1:
        return { ...handled, request: { ...request, target: { ...target, name: 'web' } } };
      case 2:
        return CLUSTER.has(target.resource) && sent
          ? { ...handled, body: { ...sent, metadata: { name: 'web', namespace: 'a' } } }
          : handled;
      case 3:
        return { ...handled, request: { ...request, verb: '' } };
      default:
        return { ...handled, request: { ...request, target: { ...target, resource: '', name: '' } } };
    }
  }); // prettier-ignore

const ordinary = fc.oneof(usualRequest, usualRequest, pathRequest);
const either = fc.oneof(
  ordinary.map((handled) => ({ handled, odd: false })),
  oddRequest.map((handled) => ({ handled, odd: true })),
);
/** Cases of a condition that is true of a request, and rules of a policy that match it, or nearly so: what is wrong shows where these meet. */
const closeCase = either.chain(({ handled, odd }) => {
  const event = auditEvent(handled, 'ResponseComplete', 'RequestResponse') as Record<string, never>;
  const { user, verb, target } = handled.request;
  const reads = (field: string, value: string | undefined): fc.Arbitrary<string> =>
    value === undefined ? oneOf(`not ${field} exists`) : oneOf(`${field} = "${value}"`, `${field} in ("${value}", other)`);
  const of = (key: string): string | undefined => event['objectRef']?.[key];
  const checks = [
    verb === '' ? oneOf('jevt.rawtime exists') : reads('ka.verb', verb),
    reads('ka.target.resource', of('resource')),
    reads('ka.target.subresource', of('subresource')),
    reads('ka.target.namespace', of('namespace')),
    reads('ka.target.name', of('name')),
    reads('json.value[/objectRef/apiGroup]', of('apiGroup')),
    reads('ka.user.name', user?.name),
    oneOf(`ka.uri = "${event['requestURI']}"`, `ka.uri startswith "${String(event['requestURI']).slice(0, 6)}"`),
    reads('ka.req.pod.host_network', event['requestObject']?.['spec']?.['hostNetwork']),
    reads('ka.resp.name', event['responseObject']?.['metadata']?.['name']),
    oneOf('ka.stage = ResponseComplete', 'not ka.stage = RequestReceived'),
  ];
  const wanted = fc
    .subarray(checks, { minLength: 2 })
    .chain((some) => fc.tuple(...some))
    .map((parts) => parts.join(' and '));
  const rule = fc
    .tuple(
      oneOf('None', 'Metadata', 'Request', 'RequestResponse'),
      part('users', oneOf(`["${user?.name ?? ''}"]`)),
      part('verbs', oneOf(`["${verb}", other]`)),
      target.kind === 'path'
        ? part('nonResourceURLs', oneOf(`[${target.path}]`, `["${target.path.slice(0, 5)}*"]`, '["*"]'))
        : fc
            .tuple(
              part('namespaces', oneOf(`["${target.namespace}"]`, '["", other]')),
              oneOf(target.resource, `${target.resource}/*`, '*', `${target.resource}/${target.subresource || 'x'}`, `*/${target.subresource || 'x'}`),
              part('resourceNames', oneOf(`["${target.name || of('name') || 'web'}"]`)),
              oneOf(target.group, target.group, '*', 'apps'),
            )
            .map(([namespaces, pattern, names, group]) => `${namespaces}, resources: [{ group: "${group}", resources: ["${pattern}"]${names} }]`),
    )
    .map(([level, ...parts]) => `  - { level: ${level}${parts.join('')} }`);
  const rules = fc.array(fc.oneof(rule, rule, policyRule), { minLength: 1, maxLength: 4 });
  return fc.record({
    usual: fc.constant(odd ? [] : [handled]),
    odd: fc.constant(odd ? [handled] : []),
    text: rules.map((lines) => `rules:\n${lines.join('\n')}`),
    wanted,
  });
}); // prettier-ignore

describe('what is said of an audit policy', () => {
  const requests = fc.array(fc.oneof(usualRequest, usualRequest, pathRequest), {
    minLength: 60,
    maxLength: 60,
  });

  const told = (findings: readonly Diagnostic[]): string =>
    findings
      .map(({ message, notes = [] }) =>
        [message, ...notes.map((note) => `${note.line}: ${note.message}`)].join('; '),
      )
      .join('\n');

  const firing = (rule: ModelRule): ((event: Event) => boolean) => {
    const engine = new Engine([rule.loaded], { matching: 'first' });
    return (event) => engine.match(event).length > 0;
  };

  /** Holds what is said of one rule under a policy against events; of odd requests only what is certain of all. */
  const compare = (
    text: string,
    wanted: string,
    usual: readonly Handled[],
    odd: readonly Handled[],
  ): void => {
    const asked = policyOf(text);
    const rule = ruleOf(wanted);
    const [audit] = auditRules(asked, [rule], language);
    const fires = firing(rule);
    for (const handled of [...usual, ...odd]) {
      const { level, omitStages, rule: decidedBy } = auditDecision(asked, handled.request);
      for (const stage of level === 'None' ? [] : STAGES) {
        if (omitStages.has(stage)) continue;
        const json = auditEvent(handled, stage, level);
        if (!fires(engineEvent(json))) continue;
        const about = `${text}\n${wanted}\n${JSON.stringify(json)}`;
        const isOdd = odd.includes(handled);
        if (isOdd && audit!.oddly) continue;
        expect(audit!.verdict, about).not.to.be.oneOf(['never', 'always false']);
        if (isOdd) continue;
        const at = audit!.at.find((found) => found.decidedBy === decidedBy);
        expect(at?.outcome, about).to.equal('fires');
      }
    }
  };

  it('is never contradicted by events', () =>
    fc.assert(
      fc.property(policy, condition, requests, fc.array(oddRequest, { minLength: 20, maxLength: 20 }), (text, wanted, usual, odd) => {
        compare(text, wanted, usual, odd);
      }),
      { numRuns: RUNS },
    )).timeout(0); // prettier-ignore

  it('is never contradicted where it is close', () =>
    fc.assert(
      fc.property(closeCase, ({ text, wanted, usual, odd }) => compare(text, wanted, usual, odd)),
      { numRuns: RUNS * 10 },
    )).timeout(0);

  it('says of the policy that rules need that they have all of it, and so they have', () =>
    fc.assert(
      fc.property(fc.array(condition, { minLength: 1, maxLength: 3 }), requests, (conditions, usual) => {
        fc.pre(!conditions.some((text) => text.includes(levelCheck)));
        const output = 'pod=%ka.req.pod.host_network of=%ka.resp.name by=%ka.user.name';
        const rules = conditions.map((text, index) => ruleOf(text, index === 0 ? output : 'x'));
        const { policy: made, text, audits } = suggestPolicy(rules, language);
        const about = `${conditions.join('\n')}\n${text}`;
        // A rule about requests that are never answered has no policy that feeds it.
        const meant = audits.filter(({ oddly }) => !oddly);
        expect(told(auditFindings(meant, made)), about).to.equal('');
        expect(told(policyFindings(made)), about).to.equal('');
        for (const [index, rule] of rules.entries()) {
          const fires = firing(rule);
          const stages = /stage/.test(conditions[index]!) ? STAGES : (['ResponseComplete'] as const);
          for (const handled of usual)
            for (const stage of stages) {
              const { level, omitStages } = auditDecision(made, handled.request);
              const whole = engineEvent(auditEvent(handled, stage, 'RequestResponse'));
              if (!fires(whole)) continue;
              const json = auditEvent(handled, stage, level);
              const why = `${about}${stage} ${JSON.stringify(json)}`;
              expect([level !== 'None', omitStages.has(stage)], why).to.deep.equal([true, false]);
              expect(fires(engineEvent(json)), why).to.equal(true);
              const { output: shown } = rule.loaded;
              expect(shown.text(engineEvent(json)), why).to.equal(shown.text(whole));
            }
        }
      }),
      { numRuns: RUNS / 2 },
    )).timeout(0);
});
