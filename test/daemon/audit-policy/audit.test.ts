import { expect } from 'chai';
import { auditRules, type RuleAudit } from '../../../daemon/audit-policy/audit.ts';
import { auditFindings } from '../../../daemon/audit-policy/findings.ts';
import { policyFindings } from '../../../daemon/audit-policy/policy-findings.ts';
import { DOCUMENTED, FALCO_LIKE, policyOf } from './policies.ts';
import { language, ruleOf } from './rules.ts';

const COMPLETE = 'ka.stage = ResponseComplete';

describe('the audit of rules under a policy', () => {
  const audit = (policy: string, condition: string, output?: string): RuleAudit =>
    auditRules(policyOf(policy), [ruleOf(condition, output)], language)[0]!;

  /** `fires: 1 fires, 3 no events`; `-` is where no rule of the policy matches. */
  const shown = ({ verdict, oddly, at }: RuleAudit): string =>
    [
      oddly ? `${verdict} but oddly` : verdict,
      at.map(({ decidedBy, outcome }) => `${decidedBy?.number ?? '-'} ${outcome}`).join(', '),
    ].join(': ');

  const NONE = 'rules: [{ level: None }]';
  const METADATA = 'rules: [{ level: Metadata }]';
  const SECRETS = 'ka.target.resource = secrets';
  const PODS = 'ka.target.resource = pods and not ka.target.subresource exists';
  const EXEC = 'ka.target.resource = pods and ka.target.subresource = exec';

  const cases: readonly (readonly [policy: string, condition: string, result: string])[] = [
    [NONE, SECRETS, 'never: 1 no events'],
    [NONE, 'jevt.rawtime exists', 'never: 1 no events'],
    [METADATA, SECRETS, 'fires: 1 fires'],
    [METADATA, 'jevt.rawtime = 0', 'always false: '],
    [METADATA, 'ka.verb = get and ka.verb = list', 'always false: '],
    [METADATA, 'ka.verb = get and jevt.value[/verb] = list', 'always false: '],
    [METADATA, 'ka.req.pod.host_network = true', 'never: 1 level too low'],
    [METADATA, 'not ka.req.pod.host_network = true', 'fires: 1 fires'],
    [METADATA, 'ka.resp.name exists', 'never: 1 level too low'],
    [METADATA, 'ka.target.pod.name = web', 'never: 1 level too low'],
    [METADATA, 'jevt.value[/requestObject/spec/tls] exists', 'never: 1 level too low'],
    [METADATA, 'json.value[responseObject/kind] = Pod', 'never: 1 level too low'],
    [METADATA, 'tolower(ka.req.configmap.obj) contains key', 'never: 1 level too low'],
    [METADATA, 'ka.req.configmap.name = x', 'fires: 1 fires'],
    [METADATA, 'jevt.value[/level] = Request', 'never: 1 level too low'],
    ['rules: [{ level: Request }]', 'ka.req.pod.host_network = true', 'fires: 1 fires'],
    ['rules: [{ level: Request }]', 'ka.resp.name = web', 'never: 1 level too low'],
    ['rules: [{ level: RequestResponse }]', 'ka.resp.name = web', 'fires: 1 fires'],
    ['rules: [{ level: RequestResponse }]', 'ka.verb = get and ka.req.pod.host_pid = true', 'always false: '],
    // Stages.
    ['omitStages: [ResponseComplete]\nrules: [{ level: Metadata }]', COMPLETE, 'never: 1 no stage'],
    ['omitStages: [ResponseStarted]\nrules: [{ level: Metadata }]', COMPLETE, 'fires: 1 fires'],
    ['rules: [{ level: Metadata, omitStages: [ResponseComplete] }]', 'jevt.value[/stage] in (ResponseComplete)', 'never: 1 no stage'],
    ['rules: [{ level: Metadata, omitStages: [ResponseComplete] }]', 'jevt.value[/stage] in (ResponseComplete, Panic)', 'fires: 1 fires'],
    ['rules: [{ level: Metadata, omitStages: [ResponseStarted, ResponseComplete, Panic] }]', 'ka.response.code = 200', 'never: 1 no stage'],
    ['rules: [{ level: Metadata, omitStages: [RequestReceived, ResponseStarted, ResponseComplete, Panic] }]', SECRETS, 'never: 1 no stage'],
    // The first rule that matches decides.
    ['rules: [{ level: None, verbs: [get] }, { level: Metadata }]', `${SECRETS} and ka.verb = get`, 'never: 1 no events'],
    ['rules: [{ level: None, verbs: [get] }, { level: Metadata }]', `${SECRETS} and ka.verb in (get, list)`, 'partly: 1 no events, 2 fires'],
    ['rules: [{ level: Metadata }, { level: RequestResponse, resources: [{ resources: [pods] }] }]', `${PODS} and ka.req.pod.host_ipc = true`, 'never: 1 level too low'],
    ['rules: [{ level: Metadata, resources: [{ resources: [secrets] }] }]', PODS, 'never: - no events'],
    // Resources.
    ['rules: [{ level: Metadata, resources: [{ resources: [pods] }] }]', EXEC, 'never: - no events'],
    ['rules: [{ level: Metadata, resources: [{ resources: [pods/exec] }] }]', EXEC, 'fires: 1 fires'],
    ['rules: [{ level: Metadata, resources: [{ resources: [pods/*] }] }]', EXEC, 'fires: 1 fires'],
    ['rules: [{ level: Metadata, resources: [{ resources: [pods/*] }] }]', PODS, 'fires: 1 fires'],
    ['rules: [{ level: Metadata, resources: [{ resources: ["*/exec"] }] }]', EXEC, 'fires: 1 fires'],
    ['rules: [{ level: Metadata, resources: [{ resources: ["*"] }] }]', EXEC, 'fires: 1 fires'],
    ['rules: [{ level: Metadata, resources: [{ group: apps }] }]', EXEC, 'never but oddly: - no events'],
    ['rules: [{ level: Metadata, resources: [{ resources: [deployments] }] }]', 'ka.target.resource = deployments', 'never but oddly: - no events'],
    ['rules: [{ level: Metadata, resources: [{ group: apps, resources: [deployments] }] }]', 'ka.target.resource = deployments and not ka.target.subresource exists', 'fires: 1 fires'],
    ['rules: [{ level: Metadata, resources: [{ group: example.com, resources: [widgets] }] }]', 'ka.target.resource = widgets', 'partly: 1 fires, - no events'],
    ['rules: [{ level: None, resources: [{ resources: [secrets] }] }, { level: Metadata }]', 'ka.target.resource in (secrets, pods)', 'partly: 1 no events, 2 fires'],
    ['rules: [{ level: None, resources: [{ resources: [secrets] }] }, { level: Metadata }]', 'ka.target.resource glob secret?', 'partly: 1 no events, 2 fires'],
    ['rules: [{ level: None, resources: [{ resources: [secrets] }] }, { level: Metadata }]', 'ka.target.resource startswith pod', 'fires: 2 fires'],
    // Names: what is created is not named yet.
    ['rules: [{ level: None, resources: [{ resources: [configmaps], resourceNames: [a] }] }, { level: Metadata }]', 'ka.target.resource = configmaps and ka.target.name = a and ka.verb = create', 'fires: 2 fires'],
    ['rules: [{ level: None, resources: [{ resources: [configmaps], resourceNames: [a] }] }, { level: Metadata }]', 'ka.target.resource = configmaps and ka.target.name = a and ka.verb = get', 'never but oddly: 1 no events'],
    ['rules: [{ level: None, resources: [{ resources: [configmaps], resourceNames: [a] }] }, { level: Metadata }]', 'ka.target.resource = configmaps and ka.target.name startswith b and ka.verb = get', 'fires: 2 fires'],
    // Namespaces: '' is for what is in none.
    ['rules: [{ level: None, namespaces: [kube-system] }, { level: Metadata }]', `${PODS} and ka.target.namespace = kube-system`, 'never: 1 no events'],
    ['rules: [{ level: Metadata, namespaces: [""] }]', `${PODS} and ka.target.namespace = kube-system`, 'never: - no events'],
    ['rules: [{ level: Metadata, namespaces: [""] }]', 'ka.target.resource = nodes and not ka.target.namespace exists', 'fires: 1 fires'],
    // The body of what is in none may name one all the same.
    ['rules: [{ level: Metadata, namespaces: [""] }]', 'ka.target.resource = clusterroles and ka.verb = create and ka.target.namespace = a', 'partly: 1 fires, - no events'],
    ['rules: [{ level: None, users: [""] }, { level: Metadata }]', 'not ka.user.name exists', 'partly: 1 no events, 2 fires'],
    // Users and groups.
    ['rules: [{ level: None, users: [alice] }, { level: Metadata }]', 'ka.user.name = alice', 'never: 1 no events'],
    ['rules: [{ level: None, users: [alice] }, { level: Metadata }]', 'not ka.user.name in (alice, bob)', 'fires: 2 fires'],
    ['rules: [{ level: None, userGroups: ["system:authenticated"] }, { level: Metadata }]', 'ka.user.name = alice', 'never: 1 no events'],
    ['rules: [{ level: None, userGroups: ["system:authenticated"] }, { level: Metadata }]', 'ka.user.name = "system:anonymous"', 'fires: 2 fires'],
    ['rules: [{ level: None, userGroups: ["system:masters"] }, { level: Metadata }]', 'ka.user.groups intersects ("system:masters")', 'never: 1 no events'],
    ['rules: [{ level: None, userGroups: ["system:masters"] }, { level: Metadata }]', 'ka.user.groups intersects ("system:masters", dev)', 'partly: 1 no events, 2 fires'],
    // Other paths.
    ['rules: [{ level: None, nonResourceURLs: [/healthz*] }, { level: Metadata }]', 'ka.uri = /healthz/etcd', 'never: 1 no events'],
    ['rules: [{ level: None, nonResourceURLs: [/healthz] }, { level: Metadata }]', 'ka.uri = /healthz?verbose', 'never: 1 no events'],
    ['rules: [{ level: None, nonResourceURLs: [/healthz] }, { level: Metadata }]', 'ka.uri startswith /healthz', 'partly: 1 no events, 2 fires'],
    ['rules: [{ level: None, nonResourceURLs: [/healthz] }, { level: Metadata }]', 'ka.uri = /health%7a', 'partly: 1 no events, 2 fires'],
    ['rules: [{ level: Metadata, nonResourceURLs: ["*"] }]', SECRETS, 'never: - no events'],
    ['rules: [{ level: Metadata, resources: [{}] }]', 'ka.uri = /version', 'never: - no events'],
  ]; // prettier-ignore
  for (const [policy, condition, result] of cases)
    it(`${policy}: ${condition}`, () => expect(shown(audit(policy, condition))).to.equal(result));

  it('looks into macros, lists and exceptions', () => {
    const [found] = auditRules(policyOf('rules: [{ level: None, users: [alice] }, { level: Metadata }]'), [ruleOf('ka.user.name in (alice, bob) and not (ka.user.name = bob)')], language); // prettier-ignore
    expect(found!.verdict).to.equal('never');
  });

  it('knows that managed fields may be left out', () => {
    const condition = 'jevt.value[/requestObject/metadata/managedFields] exists';
    expect(audit('omitManagedFields: true\nrules: [{ level: Request }]', condition).verdict).to.equal(
      'never',
    );
    expect(audit('rules: [{ level: Request }]', condition).verdict).to.equal('fires');
  });

  describe('what has no value', () => {
    const empty = (policy: string, condition: string, output?: string): string => {
      const found = audit(policy, condition, output).at.flatMap(({ decidedBy, emptyChecks, emptyOutput }) => [
        ...emptyChecks.map(
          ({ field, negated }) => `${decidedBy?.number} ${negated ? 'not ' : ''}${field.text}`,
        ),
        ...emptyOutput.map(({ text }) => `${decidedBy?.number} %${text}`),
      ]);
      return found.join(', ');
    };
    const values: readonly (readonly [policy: string, condition: string, output: string, empty: string])[] = [
      [METADATA, `${PODS} and ka.verb = create`, '%ka.req.pod.containers.image %ka.resp.name %ka.user.name', '1 %ka.req.pod.containers.image, 1 %ka.resp.name'],
      ['rules: [{ level: Request }]', `${PODS} and ka.verb = create`, '%ka.req.pod.containers.image %ka.resp.name', '1 %ka.resp.name'],
      ['rules: [{ level: RequestResponse }]', `${PODS} and ka.verb = create`, '%ka.req.pod.containers.image %ka.resp.name', ''],
      [METADATA, `${PODS} and ka.verb = create and not ka.req.pod.containers.image.repository in (nginx)`, 'x', '1 not ka.req.pod.containers.image.repository'],
      [METADATA, `${PODS} and ka.verb = create and (ka.req.pod.host_network = true or ka.user.name = x)`, 'x', '1 ka.req.pod.host_network'],
      // At other verbs, and for other resources, there never is one.
      [METADATA, `${PODS} and ka.verb = delete`, '%ka.req.pod.containers.image', ''],
      [METADATA, 'ka.target.resource = secrets', '%ka.req.pod.containers.image', ''],
      [METADATA, EXEC, '%ka.req.pod.containers.image', ''],
      [METADATA, 'ka.uri = /version', '%ka.resp.name', ''],
      [METADATA, SECRETS, '%ka.sourceips', ''],
      // A check that cannot matter there.
      ['rules: [{ level: Request, resources: [{ resources: [configmaps] }] }, { level: Metadata }]', 'ka.target.resource = secrets or (ka.target.resource = configmaps and ka.req.configmap.obj contains key)', 'x', ''],
    ]; // prettier-ignore
    for (const [policy, condition, output, fields] of values)
      it(`${policy}: ${condition}: ${output}`, () =>
        expect(empty(policy, condition, output)).to.equal(fields));
  });

  describe('findings', () => {
    const found = (policy: string, condition: string, output?: string): string[] => {
      const read = policyOf(policy);
      return auditFindings(auditRules(read, [ruleOf(condition, output)], language), read).map(
        ({ severity, code, line, column, message, notes = [], hint }) =>
          [
            `${line}:${column} ${severity} ${code}: ${message}`,
            ...notes.map((note) => `${note.file}:${note.line}:${note.column} ${note.message}`),
            ...(hint === undefined ? [] : [hint]),
          ].join(' | '),
      );
    };

    it('say what prevents a rule', () => {
      expect(found('rules:\n- level: None\n  resources: [{ resources: [secrets] }]\n- level: Metadata', SECRETS + ' and not ka.target.subresource exists')).to.deep.equal([
        '1:9 error AUDIT_NEVER_FIRES: "R" can never fire under this policy | policy.yaml:4:10 level None: nothing is written | undefined:undefined:undefined but for requests that are refused, and resources of the same name in other API groups | for it to fire: write these requests at level Metadata',
      ]);
      expect(found('omitStages: [ResponseComplete, Panic]\nrules: [{ level: Request }]', COMPLETE)).to.deep.equal([
        '1:9 error AUDIT_NEVER_FIRES: "R" can never fire under this policy | policy.yaml:4:18 ResponseComplete and Panic are left out, and the rule wants ResponseComplete | for it to fire: leave ResponseComplete out of omitStages',
      ]);
      expect(found('rules:\n- { level: Metadata, verbs: [create] }', `${PODS} and ka.verb in (create, update) and ka.req.pod.host_pid = true`)).to.deep.equal([
        '1:9 error AUDIT_NEVER_FIRES: "R" can never fire under this policy | policy.yaml:4:12 level Metadata, and the rule looks at what is written from Request on | policy.yaml:undefined:undefined no rule of the policy matches: nothing is written | for it to fire: write these requests at level Request',
      ]);
    }); // prettier-ignore

    it('tell a choice from a gap', () => {
      expect(found('rules: [{ level: None, verbs: [get] }, { level: Metadata }]', SECRETS)[0]).to.match(/^1:9 info AUDIT_PARTLY/);
      expect(found('rules: [{ level: Metadata, verbs: [create] }, { level: Request }]', `${PODS} and ka.req.pod.host_pid = true`)[0]).to.match(/^1:9 warning AUDIT_PARTLY/);
    }); // prettier-ignore

    it('point at checks and fields of outputs', () =>
      expect(found(METADATA, `${PODS} and ka.verb = create and not ka.req.pod.host_pid = true`, 'pod %ka.resp.name')).to.deep.equal([
        '3:106 warning AUDIT_CHECK_EMPTY: "R": ka.req.pod.host_pid has no value at level Metadata, so `ka.req.pod.host_pid = true` never holds, and the rule fires for what it should leave out | policy.yaml:3:18 level Metadata | write these requests at level Request',
        '4:16 warning AUDIT_OUTPUT_EMPTY: "R": its output shows ka.resp.name, which has no value at level Metadata | policy.yaml:3:18 level Metadata: ka.resp.name is empty | write these requests at level RequestResponse',
      ])); // prettier-ignore
  });

  describe('findings about the policy itself', () => {
    const found = (policy: string): string[] =>
      policyFindings(policyOf(policy)).map(
        ({ line, column, message, hint }) => `${line}:${column} ${message} | ${hint}`,
      );
    const about: readonly (readonly [policy: string, ...says: string[]])[] = [
      ['rules: [{ level: Metadata }, { level: None, verbs: [get] }]', '3:30 no request meets this rule: one before it matches all that it does | take it away, or put it before that one'],
      ['rules: [{ level: Metadata, resources: [{}] }, { level: None, nonResourceURLs: ["*"] }, { level: Request, verbs: [get], resources: [{ resources: [pods] }] }]', '3:88 no request meets this rule: one before it matches all that it does | take it away, or put it before that one'],
      ['rules: [{ level: Metadata, nonResourceURLs: ["*"] }, { level: None, namespaces: [a] }, { level: Metadata, nonResourceURLs: [/b] }]', '3:88 no request meets this rule: one before it matches all that it does | take it away, or put it before that one'],
      ['rules: [{ level: Metadata, resources: [{ resources: [pods/*] }] }, { level: Request, resources: [{ resources: [pods, pods/log] }] }]', '3:68 no request meets this rule: one before it matches all that it does | take it away, or put it before that one'],
      ['rules: [{ level: None, resources: [{ resources: [configmaps], resourceNames: [a] }] }, { level: Metadata, resources: [{ resources: [configmaps] }] }]'],
      ['rules: [{ level: None, resources: [{ resources: [deployments] }] }]', '3:50 the core group has no resource "deployments" | deployments are in the group apps: write group: "apps"'],
      ['rules: [{ level: None, resources: [{ group: extensions, resources: [ingresses] }] }]', '3:69 the group extensions has no resource "ingresses" | ingresses are in the group networking.k8s.io: write group: "networking.k8s.io"'],
      ['rules: [{ level: None, resources: [{ resources: [pod/exec] }] }]', '3:50 the core group has no resource "pod" | did you mean pods or podtemplates?'],
      ['rules: [{ level: None, resources: [{ group: example.com, resources: [pods] }] }]'],
    ]; // prettier-ignore
    for (const [policy, ...says] of about) it(policy, () => expect(found(policy)).to.deep.equal(says));
    it('has nothing against the documented example', () => expect(found(DOCUMENTED)).to.deep.equal([]));
    it("finds the deployments of Falco's", () =>
      expect(found(FALCO_LIKE)).to.deep.equal([
        '6:74 the core group has no resource "deployments" | deployments are in the group apps: write group: "apps"',
      ]));
  });
});
