import { expect } from 'chai';
import fc from 'fast-check';
import { readAuditPolicy } from '../../../daemon/audit-policy/read-policy.ts';
import { DOCUMENTED, FALCO_LIKE, policyOf, whole } from './policies.ts';

describe('the reading of an audit policy', () => {
  const found = (text: string): string[] =>
    readAuditPolicy(text, 'policy.yaml').diagnostics.map(
      ({ severity, code, line, column, message }) => `${line}:${column} ${severity} ${code}: ${message}`,
    );

  it('gives rules with everything in them', () => {
    const { rules } = policyOf(FALCO_LIKE);
    expect(rules.map(({ number, level }) => `${number} ${level}`)).to.deep.equal([
      '1 RequestResponse', '2 RequestResponse', '3 Metadata', '4 None', '5 None', '6 None', '7 Request', '8 RequestResponse',
      '9 Metadata', '10 Request', '11 Metadata',
    ]); // prettier-ignore
    const { users, verbs, resources, place, levelPlace } = rules[4]!;
    expect({ users, verbs, resources: resources.map(({ resources: names }) => names) }).to.deep.equal({
      users: ['system:kube-proxy'],
      verbs: ['watch'],
      resources: [['endpoints', 'services']],
    });
    expect(place).to.deep.equal({ file: 'policy.yaml', line: 10, column: 5 });
    expect(levelPlace).to.deep.equal({ file: 'policy.yaml', line: 10, column: 14, endColumn: 18 });
  });

  it('has nothing against the documented example', () => expect(found(whole(DOCUMENTED))).to.deep.equal([]));

  it('reads anchors, merges and JSON', () => {
    const { rules } = policyOf(
      'rules: [&quiet {level: None, verbs: &v [get]}, {<<: *quiet, users: [a], level: Request}, {level: Metadata, verbs: *v}]',
    );
    expect(rules.map(({ level, verbs, users }) => [level, ...verbs, ...users])).to.deep.equal([
      ['None', 'get'],
      ['Request', 'get', 'a'],
      ['Metadata', 'get'],
    ]);
    expect(
      found('{"apiVersion":"audit.k8s.io/v1","kind":"Policy","rules":[{"level":"None"}]}'),
    ).to.deep.equal([]);
  });

  it('takes null for nothing, as the API server does', () =>
    expect(
      found(whole('omitStages:\nmetadata:\nrules:\n- level: None\n  users:\n  resources:\n  -\n')),
    ).to.deep.equal([]));

  const wrong: readonly (readonly [about: string, text: string, ...says: string[]])[] = [
    ['an empty file', '', '1:1 error POLICY_INVALID: the file is empty, and an audit policy is expected'],
    ['no YAML', 'a: [', '1:5 error POLICY_SYNTAX: this is no YAML: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ['a list', '- level: None', '1:1 error POLICY_INVALID: a list where an audit policy is expected: a map with apiVersion, kind, metadata, omitStages, omitManagedFields and rules'],
    ['an old version', 'apiVersion: audit.k8s.io/v1beta1\nkind: Policy\nrules: [{level: None}]', '1:13 error POLICY_INVALID: apiVersion is "audit.k8s.io/v1beta1", and audit.k8s.io/v1 is expected: Kubernetes 1.24 removed the older versions'],
    ['another kind', 'apiVersion: audit.k8s.io/v1\nkind: Pod\nrules: [{level: None}]', '2:7 error POLICY_INVALID: kind is "Pod", and Policy is expected'],
    ['no kind', 'apiVersion: audit.k8s.io/v1\nrules: [{level: None}]', '1:1 error POLICY_INVALID: kind is missing'],
    ['no rules', whole('rules: []'), '3:8 error POLICY_INVALID: a policy without rules: the API server refuses to start with it'],
    ['rules that are no list', whole('rules: {level: None}'), '3:8 error POLICY_INVALID: rules is a list, and a map was found'],
    ['no level', whole('rules:\n- verbs: [get]'), '4:3 error POLICY_INVALID: the rule has no level'],
    ['an unknown level', whole('rules:\n- level: metadata'), '4:10 error POLICY_INVALID: there is no level "metadata": one of None, Metadata, Request, RequestResponse is expected'],
    ['an unknown stage', whole('omitStages: [RequestRecieved]\nrules: [{level: None, omitStages: [None]}]'),
      '3:14 error POLICY_INVALID: there is no stage "RequestRecieved": RequestReceived, ResponseStarted, ResponseComplete, Panic are expected',
      '4:36 error POLICY_INVALID: there is no stage "None": RequestReceived, ResponseStarted, ResponseComplete, Panic are expected'],
    ['text for a list', whole('rules: [{level: None, verbs: get}]'), '3:30 error POLICY_INVALID: verbs is a list, and the text "get" was found'],
    ['a number for text', whole('rules: [{level: None, users: [1]}]'), '3:31 error POLICY_INVALID: a part of users is text, and the number 1 was found'],
    ['what YAML 1.1 takes for true', whole('rules: [{level: None, users: [on]}]'), '3:31 error POLICY_INVALID: a part of users is text, and on (true or false for YAML 1.1) was found'],
    ['text for true', whole('rules: [{level: None, omitManagedFields: "yes"}]'), '3:42 error POLICY_INVALID: omitManagedFields is true or false, and the text "yes" was found'],
    ['paths and resources', whole('rules: [{level: None, nonResourceURLs: [/a], resources: [{}]}]'), '3:40 error POLICY_INVALID: nonResourceURLs and resources in one rule: no request is for both'],
    ['paths and namespaces', whole('rules: [{level: None, nonResourceURLs: [/a], namespaces: [b]}]'), '3:40 error POLICY_INVALID: nonResourceURLs and namespaces in one rule: no request is for both'],
    ['a path without a slash', whole('rules: [{level: None, nonResourceURLs: [healthz]}]'), '3:41 error POLICY_INVALID: the path "healthz" does not begin with "/"'],
    ['an asterisk inside', whole('rules: [{level: None, nonResourceURLs: [/a/*/b]}]'), '3:41 error POLICY_INVALID: "*" inside the path "/a/*/b": it may only be the last character'],
    ['a version in a group', whole('rules: [{level: None, resources: [{group: apps/v1}]}]'), '3:43 error POLICY_INVALID: "apps/v1" is no name of an API group'],
    ['resourceNames alone', whole('rules: [{level: None, resources: [{resourceNames: [a]}]}]'), '3:51 error POLICY_INVALID: resourceNames without resources'],
    ['the group "*"', whole('rules: [{level: None, resources: [{group: "*"}]}]'), '3:43 warning POLICY_IGNORED: the group "*" is understood from Kubernetes 1.36 on; older API servers refuse to start with it'],
    ['an unknown key', whole('rules: [{level: None, namespace: [a]}]'), '3:23 warning POLICY_IGNORED: a rule of a policy has no key "namespace": the API server ignores it'],
    ['a key twice', whole('rules: [{level: None, level: Metadata}]'), '3:23 warning POLICY_IGNORED: level stands here twice: the last one counts'],
    ['a map that merges itself', whole('rules: [&x {level: None, <<: *x}]'), '3:30 error POLICY_SYNTAX: more than 500 merges ("<<")'],
    ['a second document', whole('rules: [{level: None}]\n---\nkind: Policy'), '5:1 warning POLICY_IGNORED: a second document: the API server reads only the first'],
  ]; // prettier-ignore
  for (const [about, text, ...says] of wrong)
    it(`tells of ${about}`, () => {
      expect(found(text)).to.deep.equal(says);
      const { policy } = readAuditPolicy(text, 'policy.yaml');
      expect(policy === undefined).to.equal(says[0]!.includes(' error '));
    });

  it('hints at what was meant', () => {
    const hint = (text: string): string | undefined =>
      readAuditPolicy(whole(text), 'policy.yaml').diagnostics[0]?.hint;
    expect(hint('rules: [{level: requestresponse}]')).to.equal('did you mean RequestResponse?');
    expect(hint('omitStages: [RequestRecieved]\nrules: [{level: None}]')).to.equal(
      'did you mean RequestReceived?',
    );
    expect(hint('rules: [{level: None, resources: [{group: rbac.authorization.k8s.io/v1}]}]')).to.equal(
      'leave the version away: "rbac.authorization.k8s.io"',
    );
  });

  it('never throws', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            'rules:', '- level: None', '  level: [', '  verbs: {a: 1}', '  - *x', '&x', '<<: *x', '  users: [null, on, 1]', '---', ': ', '\t', '? ', '!!binary a', 'kind: 1', '"', '-', '- -',
          ),
          { maxLength: 12 },
        ), // prettier-ignore
        (lines) => {
          readAuditPolicy(lines.join('\n'), 'policy.yaml');
          readAuditPolicy(whole(lines.join('\n')), 'policy.yaml');
        },
      ),
    ));
});
