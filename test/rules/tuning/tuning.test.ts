import { expect } from 'chai';
import { alertValues, AlertFields, fromBytes, toBytes, type AlertValues } from '../../../engine/index.ts';
import { alertProbe, decide, languageWith, loadRules, RuleModel } from '../../../rules/index.ts';
import { groupAlerts } from '../../../rules/tuning/groups.ts';
import { declaredExceptions, exceptionFile, hookFile, hooksOf } from '../../../rules/tuning/local-rules.ts';
import { proposeExceptions } from '../../../rules/tuning/propose.ts';
import { subjectsOf } from '../../../rules/tuning/subjects.ts';

const alert = (
  name: string,
  parent: string,
  file: string,
  more: Record<string, string | number> = {},
): AlertValues =>
  alertValues({
    'evt.type': 'openat',
    'proc.name': name,
    'proc.pname': parent,
    'fd.name': file,
    'fd.directory': file.replace(/\/[^/]*$/, ''),
    'proc.pid': Math.trunc(1000 + file.length),
    'evt.time': 1,
    ...more,
  });

const BACKUP = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) =>
  alert('tar', 'backup.sh', `/etc/ssl/private/${name}`),
);
const AGENT = [alert('agent', 'systemd', '/etc/shadow'), alert('agent', 'systemd', '/etc/shadow')];
const ATTACK = [alert('cat', 'bash', '/etc/shadow'), alert('tar', 'bash', '/etc/ssl/private/a')];
const ALL = [...BACKUP, ...AGENT, ...ATTACK];

describe('groups of alerts', () => {
  it('are told apart by fields that last, the largest first', () => {
    const groups = groupAlerts(ALL);
    expect(groups[0]!.alerts).to.have.length.greaterThan(1);
    expect(groups.flatMap(({ alerts }) => alerts)).to.have.members(ALL);
    const fields = [...groups[0]!.values.keys()];
    expect(fields).to.include.members(['proc.name', 'proc.pname']);
    expect(fields).to.not.include('proc.pid').and.to.not.include('evt.time').and.to.not.include('evt.type');
  });

  it('are none for no alerts, and one for alerts that are alike', () => {
    expect(groupAlerts([])).to.deep.equal([]);
    expect(groupAlerts([AGENT[0]!, AGENT[1]!])).to.have.length(1);
  });
});

describe('proposed exceptions', () => {
  it('silence what is unwanted and nothing else, with the fewest fields', () => {
    const [best] = proposeExceptions(AGENT, [...BACKUP, ...ATTACK]);
    expect(best!.fields).to.deep.equal(['proc.name']);
    expect(best!.values).to.deep.equal([['agent']]);
    expect(best!.others).to.deep.equal([]);
  });

  it('take a second field where one would silence others', () => {
    const [best] = proposeExceptions(BACKUP, [...AGENT, ...ATTACK]);
    expect(best!.others).to.deep.equal([]);
    expect(best!.fields).to.deep.equal(['proc.pname']);
    const [other] = proposeExceptions(BACKUP, [...AGENT, ...ATTACK, alert('vi', 'backup.sh', '/etc/shadow')]);
    expect(other!.fields).to.deep.equal(['proc.name', 'proc.pname']);
  });

  it('tell which others they silence where no fields tell them apart', () => {
    const same = [alert('cat', 'bash', '/etc/shadow')];
    const proposals = proposeExceptions(same, [...AGENT, ...ATTACK]);
    expect(proposals.every(({ others }) => others.length > 0)).to.equal(true);
    expect(proposals[0]!.others).to.deep.equal([ATTACK[0]]);
  });

  it('name the folder of many paths', () => {
    const wanted = [alert('tar', 'backup.sh', '/etc/shadow')];
    const proposals = proposeExceptions(
      BACKUP.map((values) => new Map([...values].filter(([key]) => key !== 'fd.directory'))),
      wanted,
    );
    expect(proposals.map(({ comps, values }) => [comps, values])).to.deep.include([
      ['startswith'],
      [['/etc/ssl/private/']],
    ]);
  });

  it('do not name only what the rule looks for, if something else will do', () => {
    const shell = (name: string, image: string) =>
      alert(name, 'runc', '/x', { 'container.image.repository': image, 'proc.exepath': `/bin/${name}` });
    const [unwanted, wanted] = [[shell('bash', 'toolbox')], [shell('sh', 'toolbox'), shell('sh', 'web')]];
    const about = (condition: string) => {
      const content = toBytes(
        `- rule: r\n  desc: d\n  condition: ${condition}\n  output: o\n  priority: INFO\n`,
      );
      const files = [{ name: 'r.yaml', content }];
      const language = languageWith({});
      return subjectsOf(new RuleModel(files, loadRules(files, language), language).rules[0]!);
    };
    const shells = about('evt.type = openat and proc.exe in (bash, sh) and not container.name = a');
    expect([...shells]).to.have.members(['evt', 'program']);
    const best = (looksFor: ReadonlySet<string>) =>
      proposeExceptions(unwanted, wanted, [], { looksFor })[0]!.fields;
    expect(best(new Set())).to.deep.equal(['proc.name']);
    expect(best(shells)).to.deep.equal(['container.image.repository', 'proc.name']);
    // Where nothing else tells the alerts apart, it must do.
    const [a, b] = [shell('bash', 'web'), shell('sh', 'web')].map(
      (values) => new Map([...values].filter(([key]) => /^proc.name|^fd/.test(key))),
    );
    expect(proposeExceptions([a!], [b!], [], { looksFor: shells })[0]!.others).to.deep.equal([]);
  });

  it('end with a narrow one, which is about different things', () => {
    const more = { 'proc.exepath': '/usr/bin/agent', 'user.name': 'root' };
    const proposals = proposeExceptions([alert('agent', 'systemd', '/etc/shadow', more)], ATTACK);
    expect(proposals.at(-1)!.fields).to.deep.equal(['proc.name', 'proc.pname', 'fd.name']);
  });

  it('fill what the rule declares', () => {
    const declared = [{ name: 'readers', fields: ['proc.name', 'proc.pname'], comps: ['=', '='] }];
    const [best] = proposeExceptions(AGENT, ATTACK, declared);
    expect(best!.existing).to.equal('readers');
    expect(best!.values).to.deep.equal([['agent', 'systemd']]);
  });

  it('are none where alerts lack every field that an exception could name', () => {
    expect(proposeExceptions([alertValues({ 'proc.pid': 7, 'own.field': 'x' })], [])).to.deep.equal([]);
  });
});

const RULES = `
- macro: never_true
  condition: (evt.num=0)
- macro: user_known_reads
  condition: (never_true)
- rule: 'Read: secrets'
  desc: d
  condition: evt.type = openat and not user_known_reads and not proc.name = sshd
  output: o %proc.name
  priority: INFO
  exceptions:
    - {name: readers, fields: [proc.name, proc.pname]}
    - {name: one, fields: proc.name, comps: in}
`;

describe('local rules that silence alerts', () => {
  const values = [
    ['plain', 'sh'],
    ['with blank', 'a=b'],
    ['back\\slash', '"quoted"'],
    ["it's", 'comma, bracket (x)'],
    ['true', '12'],
    ['höhe', '#x: y'],
    ['<NA', '{a} [b] & * !'],
  ] as const;

  /** Whether the rule, with this file after its own, stays silent for an alert. */
  function isSilent(local: string, name: string, parent: string): boolean {
    const fields = new AlertFields();
    fields.values = alertValues({
      'evt.type': 'openat',
      'evt.num': 5,
      'proc.name': toBytes(name),
      'proc.pname': toBytes(parent),
    });
    const files = [
      { name: 'r.yaml', content: toBytes(RULES) },
      { name: 'local.yaml', content: toBytes(local) },
    ];
    const language = languageWith({ bind: fields.bind });
    const loaded = loadRules(files, language);
    expect(
      loaded.diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message),
    ).to.deep.equal([]);
    const [rule] = new RuleModel(files, loaded, language).rules;
    return decide(rule!.whole, alertProbe(fields)).outcome === 'false';
  }

  const base = {
    fields: ['proc.name', 'proc.pname'],
    comps: ['=', '='],
    existing: undefined,
    others: [],
  } as const;
  for (const [name, parent] of values) {
    const proposal = { ...base, values: [[toBytes(name), toBytes(parent)]] };
    it(`name ${name} and ${parent} so that Falco reads them as they are`, () => {
      for (const file of [
        exceptionFile('Read: secrets', proposal),
        exceptionFile('Read: secrets', { ...proposal, existing: 'readers' }),
        hookFile('user_known_reads', proposal),
      ]) {
        expect(isSilent(file, name, parent), file).to.equal(true);
        expect(isSilent(file, name, 'other'), file).to.equal(false);
      }
    });
  }

  it('find the hooks and the exceptions of a rule', () => {
    const fields = new AlertFields();
    const language = languageWith({ bind: fields.bind });
    const files = [{ name: 'r.yaml', content: toBytes(RULES) }];
    const [rule] = new RuleModel(files, loadRules(files, language), language).rules;
    expect(hooksOf(rule!).map(fromBytes)).to.deep.equal(['user_known_reads']);
    expect(declaredExceptions(rule!)).to.deep.equal([
      { name: 'readers', fields: ['proc.name', 'proc.pname'], comps: ['=', '='] },
    ]);
  });
});
