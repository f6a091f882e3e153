import { expect } from 'chai';
import { auditDecision, auditLevel, type ApiRequest } from './evaluation.ts';
import { FALCO_LIKE, policyOf } from './policies.ts';

const USER = { name: 'tim', groups: ['humans', 'system:authenticated'] };

/** `get pods/log in default: web`, of the core group unless told otherwise. */
function request(verb: string, what: string, more: Partial<ResourceParts> = {}): ApiRequest {
  const { user, group = '', namespace = '', name = '' } = { user: USER, ...more };
  if (what.startsWith('/')) return { ...(user && { user }), verb, target: { kind: 'path', path: what } };
  const [resource = '', subresource = ''] = what.split('/');
  return {
    ...(user && { user }),
    verb,
    target: { kind: 'resource', group, resource, subresource, namespace, name },
  };
}

interface ResourceParts {
  readonly user: ApiRequest['user'];
  readonly group: string;
  readonly namespace: string;
  readonly name: string;
}

describe('the evaluation of an audit policy', () => {
  const one = (rule: string): ((request: ApiRequest) => string) => {
    const policy = policyOf(`rules: [{ level: Request, ${rule} }]`);
    return (asked) => auditLevel(policy, asked);
  };

  const cases: readonly (readonly [rule: string, asked: ApiRequest, level: 'Request' | 'None'])[] = [
    ['users: []', request('get', 'pods'), 'Request'],
    ['users: []', request('get', '/healthz'), 'Request'],
    ['users: [tim]', request('get', 'pods'), 'Request'],
    ['users: [tom]', request('get', 'pods'), 'None'],
    ['users: [tim]', request('get', 'pods', { user: undefined }), 'None'],
    ['userGroups: [humans]', request('get', '/'), 'Request'],
    ['userGroups: [other, humans]', request('get', '/'), 'Request'],
    ['userGroups: [other]', request('get', '/'), 'None'],
    ['userGroups: [humans]', request('get', '/', { user: undefined }), 'None'],
    ['users: [tim], userGroups: [other]', request('get', '/'), 'None'],
    ['verbs: [get, list]', request('list', 'pods'), 'Request'],
    ['verbs: [get, list]', request('watch', 'pods'), 'None'],
    ['namespaces: [default]', request('get', 'pods', { namespace: 'default' }), 'Request'],
    ['namespaces: [default]', request('get', 'pods', { namespace: 'other' }), 'None'],
    ['namespaces: [default]', request('get', '/healthz'), 'None'],
    ['namespaces: [""]', request('get', 'nodes'), 'Request'],
    ['namespaces: [""]', request('get', 'pods', { namespace: 'default' }), 'None'],
    ['namespaces: [""]', request('get', '/healthz'), 'None'],
    ['resources: [{}]', request('get', 'pods'), 'Request'],
    ['resources: [{}]', request('get', 'pods/log'), 'Request'],
    ['resources: [{}]', request('get', 'deployments', { group: 'apps' }), 'None'],
    ['resources: [{}]', request('get', '/api'), 'None'],
    ['resources: [{ group: apps }]', request('get', 'deployments', { group: 'apps' }), 'Request'],
    ['resources: [{ group: "*" }]', request('get', 'deployments', { group: 'apps' }), 'Request'],
    ['resources: [{ group: "*" }]', request('get', 'pods'), 'Request'],
    ['resources: [{ resources: [pods] }]', request('get', 'pods'), 'Request'],
    ['resources: [{ resources: [pods] }]', request('get', 'pods/log'), 'None'],
    ['resources: [{ resources: [pods] }]', request('get', 'pods', { group: 'metrics.k8s.io' }), 'None'],
    ['resources: [{ resources: [pods/log] }]', request('get', 'pods/log'), 'Request'],
    ['resources: [{ resources: [pods/log] }]', request('get', 'pods'), 'None'],
    ['resources: [{ resources: [pods/*] }]', request('create', 'pods/exec'), 'Request'],
    ['resources: [{ resources: [pods/*] }]', request('create', 'pods'), 'Request'],
    ['resources: [{ resources: [pods/*] }]', request('get', 'services/proxy'), 'None'],
    ['resources: [{ resources: ["*/scale"] }]', request('patch', 'replicationcontrollers/scale'), 'Request'],
    ['resources: [{ resources: ["*/scale"] }]', request('get', 'scale'), 'None'],
    ['resources: [{ resources: ["*"] }]', request('get', 'pods/log'), 'Request'],
    ['resources: [{ resources: ["*"] }]', request('get', 'jobs', { group: 'batch' }), 'None'],
    ['resources: [{ resources: ["*/*"] }]', request('get', 'pods/log'), 'None'],
    ['resources: [{ resources: [pods], resourceNames: [web] }]', request('get', 'pods', { name: 'web' }), 'Request'],
    ['resources: [{ resources: [pods], resourceNames: [web] }]', request('get', 'pods', { name: 'db' }), 'None'],
    ['resources: [{ resources: [pods], resourceNames: [web] }]', request('create', 'pods'), 'None'],
    ['resources: [{ group: apps }, { resources: [pods] }]', request('get', 'pods'), 'Request'],
    ['resources: [{ resources: [pods] }], namespaces: [a]', request('get', 'pods', { namespace: 'b' }), 'None'],
    ['nonResourceURLs: [/healthz]', request('get', '/healthz'), 'Request'],
    ['nonResourceURLs: [/healthz]', request('get', '/healthz/etcd'), 'None'],
    ['nonResourceURLs: [/healthz*]', request('get', '/healthz/etcd'), 'Request'],
    ['nonResourceURLs: [/healthz*]', request('get', '/metrics'), 'None'],
    ['nonResourceURLs: ["*"]', request('get', '/metrics'), 'Request'],
    ['nonResourceURLs: ["*"]', request('get', 'pods'), 'None'],
  ]; // prettier-ignore
  for (const [rule, asked, level] of cases)
    it(`${rule}: ${asked.verb} ${JSON.stringify(asked.target)} is ${level}`, () =>
      expect(one(rule)(asked)).to.equal(level));

  it('takes the first rule that matches', () => {
    const policy = policyOf(
      'rules: [{ level: Metadata, verbs: [get] }, { level: None, users: [tim] }, { level: Request }]',
    );
    expect(auditLevel(policy, request('get', 'pods'))).to.equal('Metadata');
    expect(auditLevel(policy, request('list', 'pods'))).to.equal('None');
    expect(auditLevel(policy, request('list', 'pods', { user: undefined }))).to.equal('Request');
  });

  it('writes nothing where no rule matches', () =>
    expect(
      auditDecision(policyOf('rules: [{ level: Request, users: [tom] }]'), request('get', '/')),
    ).to.include({
      level: 'None',
      rule: undefined,
    }));

  it('leaves out the stages of the rule and of the policy', () => {
    const policy = policyOf(
      'omitStages: [RequestReceived]\nrules: [{ level: Request, omitStages: [Panic, RequestReceived] }]',
    );
    expect([...auditDecision(policy, request('get', '/')).omitStages]).to.have.members([
      'RequestReceived',
      'Panic',
    ]);
  });

  it('lets a rule have another mind about managed fields', () => {
    const policy = policyOf(
      'omitManagedFields: true\nrules: [{ level: Request, verbs: [get] }, { level: Request, omitManagedFields: false }]',
    );
    expect(auditDecision(policy, request('get', 'pods')).omitManagedFields).to.equal(true);
    expect(auditDecision(policy, request('list', 'pods')).omitManagedFields).to.equal(false);
  });

  const official: readonly (readonly [asked: ApiRequest, level: string])[] = [
    [request('create', 'pods', { namespace: 'default' }), 'RequestResponse'],
    [request('create', 'pods/exec', { namespace: 'default', name: 'web' }), 'Request'],
    [request('get', 'pods/log', { namespace: 'default', name: 'web' }), 'Metadata'],
    [request('update', 'configmaps', { namespace: 'kube-system', name: 'controller-leader' }), 'None'],
    [request('update', 'configmaps', { namespace: 'kube-system', name: 'coredns' }), 'Request'],
    [request('update', 'configmaps', { namespace: 'default', name: 'app' }), 'RequestResponse'],
    [request('watch', 'endpoints', { user: { name: 'system:kube-proxy', groups: [] } }), 'None'],
    [request('watch', 'endpoints'), 'Request'],
    [request('get', '/version'), 'None'],
    [request('get', '/version', { user: { name: 'system:anonymous', groups: ['system:unauthenticated'] } }), 'Metadata'],
    [request('create', 'deployments', { group: 'apps', namespace: 'default' }), 'Metadata'],
    [request('delete', 'secrets', { namespace: 'default', name: 'token' }), 'Metadata'],
  ]; // prettier-ignore
  for (const [asked, level] of official)
    it(`of a policy like Falco's: ${asked.verb} ${JSON.stringify(asked.target)} of ${asked.user?.name} is ${level}`, () =>
      expect(auditLevel(policyOf(FALCO_LIKE), asked)).to.equal(level));
});
