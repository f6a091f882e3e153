import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tiercel } from './tiercel.ts';

/** As the course for the CKS asks for one: nothing of requests that came in, secrets in outline, pods of a namespace whole, the rest in outline. */
const COURSE = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages:
  - RequestReceived
rules:
  - level: Metadata
    resources:
      - group: ""
        resources: ["secrets"]
  - level: RequestResponse
    namespaces: ["prod"]
    resources:
      - group: ""
        resources: ["pods"]
  - level: None
    verbs: ["get", "list", "watch"]
  - level: Metadata
`;

const RULES = `- required_plugin_versions: [{ name: k8saudit, version: 0.16.0 }, { name: json, version: 0.7.0 }]
- macro: kevt
  condition: (jevt.value[/stage] = ResponseComplete)
- rule: Secret Read
  desc: Somebody reads a secret.
  condition: kevt and ka.target.resource = secrets and ka.verb in (get, list)
  output: Secret read (user=%ka.user.name secret=%ka.target.name)
  priority: WARNING
  source: k8s_audit
- rule: Host Network Pod
  desc: A pod with the network of its host.
  condition: kevt and ka.verb = create and ka.target.resource = pods and not ka.target.subresource exists and ka.req.pod.host_network = true
  output: Host network (user=%ka.user.name pod=%ka.resp.name)
  priority: WARNING
  source: k8s_audit
- rule: Config Map Read
  desc: Somebody reads a config map.
  condition: kevt and ka.target.resource = configmaps and ka.verb = get
  output: Config map read (user=%ka.user.name)
  priority: NOTICE
  source: k8s_audit
- rule: Exec
  desc: Somebody runs a command in a pod.
  condition: ka.stage = RequestReceived and ka.target.resource = pods and ka.target.subresource = exec
  output: Exec (user=%ka.user.name)
  priority: NOTICE
  source: k8s_audit
`;

describe('tiercel audit-policy', () => {
  let folder: string;
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-policy-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('says what the policy of the course lets rules see', () => {
    const ran = tiercel('audit-policy', file('policy.yaml', COURSE), '-r', file('rules.yaml', RULES));
    expect(ran.status).to.equal(1);
    expect(ran.stderr).to.equal(
      '4 rules for audit events: 1 can fire for all requests that they are about, 1 for some, 2 never.\n',
    );
    const lines = ran.stdout.replaceAll(`${folder}/`, '').split('\n');
    expect(
      lines.filter((line) => / (?:error|warning|info|note|hint): /.test(` ${line.trim()}`)),
    ).to.deep.equal([
      'rules.yaml:10:9: warning: "Host Network Pod" does not fire for all the requests that it is about (AUDIT_PARTLY)',
      '  policy.yaml:17:12: note: level Metadata, and the rule looks at what is written from Request on',
      '  hint: for it to fire for these: write these requests at level Request',
      'rules.yaml:16:9: error: "Config Map Read" can never fire under this policy (AUDIT_NEVER_FIRES)',
      '  policy.yaml:15:12: note: level None: nothing is written',
      '  hint: for it to fire: write these requests at level Metadata',
      'rules.yaml:22:9: error: "Exec" can never fire under this policy (AUDIT_NEVER_FIRES)',
      '  policy.yaml:15:12: note: level None: nothing is written',
      '  policy.yaml:17:12: note: RequestReceived is left out, and the rule wants RequestReceived',
      '  hint: for it to fire: write these requests at level Metadata, and leave RequestReceived out of omitStages',
    ]);
  });

  it('writes the policy that rules need, and finds nothing wrong with it', () => {
    const rules = file('rules.yaml', RULES);
    const path = join(folder, 'suggested.yaml');
    const made = tiercel('audit-policy', '--suggest', '-r', rules, '-o', path);
    expect([made.status, made.stdout]).to.deep.equal([0, '']);
    expect(readFileSync(path, 'utf8')).to.equal(`# The least that these rules need of the API server.

apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [ResponseStarted, Panic]
rules:
  # Host Network Pod
  - level: RequestResponse
    omitStages: [RequestReceived]
    verbs: [create]
    resources:
      - group: ""
        resources: [pods]
  # Secret Read
  - level: Metadata
    omitStages: [RequestReceived]
    verbs: [get, list]
    resources:
      - group: ""
        resources: [secrets]
  # Config Map Read
  - level: Metadata
    omitStages: [RequestReceived]
    verbs: [get]
    resources:
      - group: ""
        resources: [configmaps]
  # Exec
  - level: Metadata
    omitStages: [ResponseComplete]
    verbs: [get, create]
    resources:
      - group: ""
        resources: [pods/exec]
  # everything else
  - level: None
`);
    const again = tiercel('audit-policy', path, '-r', rules);
    expect([again.status, again.stdout]).to.deep.equal([0, '']);
  });

  it('gives everything as JSON', () => {
    const ran = tiercel(
      'audit-policy',
      file('policy.yaml', COURSE),
      '-r',
      file('rules.yaml', RULES),
      '--json',
    );
    const { rules, diagnostics } = JSON.parse(ran.stdout) as {
      rules: { rule: string; verdict: string; policy_rules: { policy_rule: number; outcome: string }[] }[];
      diagnostics: unknown[];
    };
    expect(
      rules.map(({ rule, verdict, policy_rules: at }) => [
        rule,
        verdict,
        ...at.map(({ policy_rule: number, outcome }) => `${number} ${outcome}`),
      ]),
    ).to.deep.equal([
      ['Secret Read', 'fires', '1 fires'],
      ['Host Network Pod', 'partly', '2 fires', '4 level too low'],
      ['Config Map Read', 'never', '3 no events'],
      ['Exec', 'never', '3 no events', '4 no stage'],
    ]);
    expect(diagnostics).to.have.length(3);
  });

  it('ends with 1 for a policy that the API server refuses', () => {
    const ran = tiercel(
      'audit-policy',
      file('p.yaml', COURSE.replace('None', 'none')),
      '-r',
      file('r.yaml', RULES),
    );
    expect([ran.status, ran.stderr]).to.deep.equal([1, 'The API server refuses this policy.\n']);
    expect(ran.stdout).to.match(
      /p\.yaml:15:12: error: there is no level "none".*\n(?:.*\n){2} {2}hint: did you mean None\?/,
    );
  });

  const refused: readonly (readonly [about: string, says: RegExp, ...args: string[]])[] = [
    ['no policy', /missing required argument 'policy', or --suggest/, '-r', 'rules.yaml'],
    ['no rules', /none of the rules that run is about audit events/, 'policy.yaml'],
    ['a policy and --suggest', /takes no policy/, 'policy.yaml', '--suggest', '-r', 'rules.yaml'],
    ['a policy that is not there', /cannot read .*none\.yaml/, 'none.yaml', '-r', 'rules.yaml'],
    ['rules that do not load', /unknown|nonexistent|undefined/i, 'policy.yaml', '-r', 'broken.yaml'],
    ['rules about other events', /none of the rules that run is about audit events/, 'policy.yaml', '-r', 'syscalls.yaml'],
  ]; // prettier-ignore
  for (const [about, says, ...args] of refused)
    it(`ends with 2 for ${about}`, () => {
      file('policy.yaml', COURSE);
      file('rules.yaml', RULES);
      file('broken.yaml', RULES.replaceAll('ka.verb', 'ka.verbs'));
      file(
        'syscalls.yaml',
        '- rule: R\n  desc: x\n  condition: evt.type = open\n  output: x\n  priority: INFO\n',
      );
      const ran = tiercel(
        'audit-policy',
        ...args.map((arg) => (arg.endsWith('.yaml') ? join(folder, arg) : arg)),
      );
      expect([ran.status, ran.stdout]).to.deep.equal([2, '']);
      expect(ran.stderr).to.match(says);
    });
});
