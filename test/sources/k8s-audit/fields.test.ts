import { expect } from 'chai';
import k8sAudit from '../../../sources/k8s-audit/index.ts';
import { podEvent, readField } from '../audit.ts';

/** A request with a little of everything. */
const REQUEST = {
  kind: 'Event',
  auditID: 'a-1',
  stage: 'ResponseComplete',
  verb: 'create',
  requestURI: '/api/v1/namespaces/shop/pods/web-0/exec?command=sh&command=-c&stdin=true&x=a+b%20c',
  user: { username: 'alice', groups: ['dev', 'system:authenticated'] },
  impersonatedUser: { username: 'root' },
  sourceIPs: ['203.0.113.9'],
  userAgent: 'kubectl/v1.30.0',
  objectRef: { resource: 'pods', namespace: 'shop', name: 'web-0', subresource: 'exec' },
  responseStatus: { code: 403, reason: 'Forbidden' },
  responseObject: { metadata: { name: 'web-0' } },
  annotations: {
    'authorization.k8s.io/decision': 'forbid',
    'authorization.k8s.io/reason': 'no "rule"',
    cluster_name: 'north',
  },
};

const BINDING = {
  auditID: 'a-2',
  requestObject: {
    roleRef: { name: 'cluster-admin' },
    subjects: [
      { kind: 'User', name: 'alice' },
      { kind: 'Group', name: 'ops' },
      { kind: 'ServiceAccount', name: 'ci', namespace: 'build' },
      { kind: 'ServiceAccount', name: 'lost' },
      { kind: 'User' },
    ],
  },
};

const ROLE = {
  auditID: 'a-3',
  requestObject: {
    rules: [
      { apiGroups: [''], resources: ['pods', 'pods/exec'], verbs: ['get'] },
      { nonResourceURLs: ['/metrics'], verbs: ['*', 7] },
      { verbs: 'get' },
    ],
  },
};

const POD = podEvent({
  hostNetwork: true,
  securityContext: { runAsUser: 9007199254740991, supplementalGroups: [1, 2] },
  runAsUser: 1000,
  containers: [
    {
      name: 'web',
      image: 'registry.example:5000/web:1.2@sha256:ab',
      command: ['sh', '-c'],
      args: ['echo hi'],
      ports: [{ hostPort: 8080, containerPort: 80 }, { containerPort: 443 }, {}],
      securityContext: { privileged: true, capabilities: { add: ['NET_ADMIN', 'SYS_TIME'] } },
    },
    { name: 'log', image: 'fluent@sha256:cd', runAsUser: 5, securityContext: { privileged: false } },
  ],
  initContainers: [{ name: 'init', image: 'busybox', ports: [{ hostPort: 1 }] }],
  volumes: [
    { name: 'a', hostPath: { path: '/var/run/docker.sock' } },
    { name: 'b', configMap: { name: 'c' } },
    { name: 'd', flexVolume: { driver: 'x/y' } },
  ],
});

const cases: readonly (readonly [event: object, field: string, value: unknown])[] = [
  [REQUEST, 'ka.auditid', 'a-1'],
  [REQUEST, 'ka.stage', 'ResponseComplete'],
  [REQUEST, 'ka.verb', 'create'],
  [REQUEST, 'ka.user.name', 'alice'],
  [REQUEST, 'ka.user.groups', ['dev', 'system:authenticated']],
  [REQUEST, 'ka.impuser.name', 'root'],
  [REQUEST, 'ka.auth.decision', 'forbid'],
  [REQUEST, 'ka.auth.reason', 'no "rule"'],
  [REQUEST, 'ka.auth.openshift.decision', undefined],
  [REQUEST, 'ka.cluster.name', 'north'],
  [REQUEST, 'ka.uri.param[command]', 'sh'],
  [REQUEST, 'ka.uri.param[x]', 'a b c'],
  [REQUEST, 'ka.uri.param[none]', undefined],
  [REQUEST, 'ka.target.subresource', 'exec'],
  [REQUEST, 'ka.target.pod.name', undefined],
  [{ ...REQUEST, objectRef: { resource: 'pods' } }, 'ka.target.pod.name', 'web-0'],
  [REQUEST, 'ka.response.code', '403'],
  [REQUEST, 'ka.response.reason', 'Forbidden'],
  [REQUEST, 'ka.resp.name', 'web-0'],
  [REQUEST, 'ka.useragent', 'kubectl/v1.30.0'],
  [REQUEST, 'ka.sourceips', undefined],
  [{ ...REQUEST, auditID: undefined }, 'ka.verb', undefined],
  [{ auditID: 1, verb: { a: [1, 'x'] } }, 'ka.verb', '{"a":[1,"x"]}'],
  [{ auditID: 1, verb: 'a\0b' }, 'ka.verb', 'a'],
  [{ auditID: 1, user: { groups: 'x' } }, 'ka.user.groups', undefined],
  [{ auditID: 1, user: { groups: [] } }, 'ka.user.groups', undefined],
  [REQUEST, 'jevt.value[/user/groups/1]', 'system:authenticated'],
  [REQUEST, 'json.value[user/groups]', '["dev","system:authenticated"]'],
  [REQUEST, 'jevt.value[/annotations/authorization.k8s.io~1decision]', 'forbid'],
  [REQUEST, 'jevt.value[/nothing/there]', undefined],
  [{ b: [], a: { c: 1 } }, 'jevt.value[]', '{"b":[],"a":{"c":1}}'],
  [{ b: [], a: { c: [1] } }, 'json.obj', '{\n  "b": [],\n  "a": {\n    "c": [\n      1\n    ]\n  }\n}'],
  [{}, 'jevt.rawtime', '1700000000123456789'],
  [BINDING, 'ka.req.binding.role', 'cluster-admin'],
  [BINDING, 'ka.req.binding.subjects.user_names', ['alice']],
  [BINDING, 'ka.req.binding.subjects.group_names', ['ops']],
  [BINDING, 'ka.req.binding.subjects.serviceaccount_names', ['ci', 'lost']],
  [BINDING, 'ka.req.binding.subjects.serviceaccount_ns_names', ['build:ci']],
  [BINDING, 'ka.req.binding.subject.has_name[x]', 'true'],
  [ROLE, 'ka.req.binding.subjects.user_names', undefined],
  [ROLE, 'ka.req.role.rules.verbs', ['get', '*', '7']],
  [ROLE, 'ka.req.role.rules.verbs[1]', ['*', '7']],
  [ROLE, 'ka.req.role.rules.resources', ['pods', 'pods/exec']],
  [ROLE, 'ka.req.role.rules.apiGroups', ['']],
  [ROLE, 'ka.req.role.rules.nonResourceURLs[0]', undefined],
  [POD, 'ka.req.pod.host_network', 'true'],
  [POD, 'ka.req.pod.host_pid', undefined],
  [POD, 'ka.req.pod.run_as_user', '9007199254740991'],
  [POD, 'ka.req.pod.supplemental_groups', ['1', '2']],
  [POD, 'ka.req.pod.containers.name', ['web', 'log']],
  [POD, 'ka.req.pod.containers.name[1]', ['log']],
  [POD, 'ka.req.pod.containers.name[2]', undefined],
  [POD, 'ka.req.pod.containers.image.repository', ['registry.example', 'fluent']],
  [POD, 'ka.req.container.image', 'registry.example:5000/web:1.2@sha256:ab'],
  [POD, 'ka.req.container.image.repository', 'registry.example'],
  [POD, 'ka.req.pod.containers.command', ['sh -c']],
  [POD, 'ka.req.pod.containers.args[1]', undefined],
  [POD, 'ka.req.pod.containers.host_port', ['8080', '443']],
  [POD, 'ka.req.pod.containers.privileged', ['true', 'false']],
  [POD, 'ka.req.container.privileged', 'true'],
  [POD, 'ka.req.pod.containers.add_capabilities', ['["NET_ADMIN","SYS_TIME"]']],
  [POD, 'ka.req.pod.containers.eff_run_as_user', ['1000', '5']],
  [POD, 'ka.req.pod.containers.eff_run_as_group', ['0', '0']],
  [POD, 'ka.req.pod.initContainers.host_port', ['1']],
  [POD, 'ka.req.pod.ephemeralContainers.name', undefined],
  [POD, 'ka.req.pod.volumes.hostpath', ['/var/run/docker.sock']],
  [POD, 'ka.req.volume.hostpath[/var/run/*]', 'true'],
  [POD, 'ka.req.volume.hostpath[/var/run]', 'false'],
  [POD, 'ka.req.volume.hostpath[]', undefined],
  [POD, 'ka.req.pod.volumes.flexvolume_driver', ['x/y']],
  [POD, 'ka.req.pod.volumes.volume_type', ['hostPath', 'configMap', 'flexVolume']],
  [POD, 'ka.req.pod.volumes.volume_type[1]', ['configMap']],
  [podEvent({ containers: [{ name: 'a' }, {}] }), 'ka.req.pod.containers.name', undefined],
  [podEvent({ containers: [{ command: ['x', 1] }] }), 'ka.req.pod.containers.command', undefined],
  [podEvent({ containers: [] }), 'ka.req.container.image', undefined],
  [podEvent({ containers: [] }), 'ka.req.container.privileged', 'false'],
  [podEvent({}), 'ka.req.container.privileged', undefined],
];

describe('fields of audit events', () => {
  for (const [event, field, value] of cases)
    it(`${field} of ${JSON.stringify(event).slice(0, 40)}… is ${JSON.stringify(value)}`, () => {
      expect(readField(event, field)).to.deep.equal(value);
    });

  for (const [field, message] of [
    ['ka.uri.param', "filter 'ka.uri.param': ka.uri.param requires an argument but none provided"],
    [
      'ka.verb[x]',
      "filter 'ka.verb[x]': ka.verb does not allow nor require an argument but one is provided: x",
    ],
    [
      'ka.req.pod.containers.name[a]',
      'filter ka.req.pod.containers.name[a] ka.req.pod.containers.name has an invalid index argument not composed only by digits: a',
    ],
    [
      'ka.req.pod.containers.name[01]',
      'filter ka.req.pod.containers.name[01] ka.req.pod.containers.name has an invalid index argument starting with 0: 01',
    ],
    ['ka.verbs', 'there is no field ka.verbs'],
    ['proc.name', 'there is no field proc.name'],
  ] as const)
    it(`refuses ${field}`, () => expect(() => readField({ auditID: 1 }, field)).to.throw(message));

  it('reads something of every field that is there, or nothing, whatever the event holds', () => {
    for (const field of k8sAudit.fields.flatMap(({ fields }) => fields)) {
      const written = field.arg?.required ? `${field.name}[x]` : field.name;
      for (const event of [{}, { auditID: 0 }, REQUEST, BINDING, ROLE, POD])
        expect(readField(event, written)).to.satisfy(
          (value: unknown) => value === undefined || typeof value === 'string' || Array.isArray(value),
        );
    }
  });
});
