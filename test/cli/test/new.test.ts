import { expect } from 'chai';
import { join } from 'node:path';
import { Project, RULES } from './project.ts';

const CAPTURE = join(import.meta.dirname, '../../captures/web-shell-default.scap');

const UNKNOWN =
  '\n- {rule: Nothing, desc: d, condition: evt.type = execve and proc.name = a and proc.name = b, output: o, priority: INFO}\n';
const ALWAYS = '\n- {rule: Always, desc: d, condition: evt.type = execve, output: o, priority: INFO}\n';

describe('tiercel test new', () => {
  let project: Project;
  beforeEach(() => (project = new Project({ 'rules.yaml': RULES })));
  afterEach(() => project.remove());

  it('writes a test that passes for each rule, from its condition', () => {
    const { status, stdout, stderr } = project.run(
      'test',
      'new',
      '-r',
      'rules.yaml',
      '-o',
      'rules.test.yaml',
    );
    expect([status, stdout, stderr]).to.deep.equal([
      0,
      '',
      'written: rules.test.yaml, with 2 whole tests of 2\n',
    ]);
    expect(project.read('rules.test.yaml')).to.equal(`tests:
  - rule: Shell
    base: {evt.type: execve}
    fires:
      - {proc.name: bash}
    silent:
      - {proc.name: sample, why: "not proc.name in (shells)"}
  - rule: Download
    base: {evt.type: execve}
    fires:
      - {proc.name: curl}
    silent:
      - {proc.name: sample, why: "not proc.name = curl"}
`);
    expect(project.test().stdout).to.include('4 cases in 1 file: 4 passed');
  });

  it('says where it finds no event', () => {
    project.write({ 'rules.yaml': `${RULES}${UNKNOWN}${ALWAYS}` });
    const { status, stderr } = project.run('test', 'new', '-r', 'rules.yaml', '-o', 'deep/x.test.yaml');
    expect(status).to.equal(1);
    expect(stderr).to.equal(`Nothing: no event was found at which the rule fires
Always: no event was found at which the rule stays silent
written: deep/x.test.yaml, with 2 whole tests of 4
`);
    expect(project.read('deep/x.test.yaml')).to.include('rules: [../rules.yaml]\n').and.to
      .include(`  - rule: Nothing
    todo: say at what event the rule fires
    base: {evt.type: execve}
    fires:
      - {}
  - rule: Always
    base: {evt.type: execve}
    fires:
      - {}
`);
    expect(project.test('deep').stdout).to.include('6 cases in 1 file: 5 passed, 1 todo');
  });

  it('takes the facts that matter from an alert', () => {
    const alert = {
      rule: 'Shell',
      time: '2026-05-04T03:02:01.000000001Z',
      output_fields: {
        'evt.time': 1,
        'proc.name': 'sh',
        'proc.pname': 'nginx',
        'proc.cmdline': 'sh -c id',
        'user.uid': 33,
        'fd.name': null,
        'no.field': 'x',
      },
    };
    project.write({
      'alert.json': `noise\n${JSON.stringify({ ...alert, rule: 'Other' })}\n${JSON.stringify(alert)}\n`,
    });
    const { status, stdout } = project.run('test', 'new', '-r', 'rules.yaml', '--from-alert', 'alert.json');
    expect(status).to.equal(0);
    expect(stdout).to.equal(`rules: [rules.yaml]
tests:
  - rule: Shell
    base: {evt.type: execve}
    fires:
      - {proc.name: sh}
    silent:
      - {proc.name: sample, why: "not proc.name in (shells)"}
`);
  });

  it('takes them from an event of a capture', () => {
    const make = (...args: readonly string[]): string =>
      project.run('test', 'new', '-r', 'rules.yaml', '--rule', 'Sh*', '--from-capture', CAPTURE, ...args)
        .stdout;
    expect(make()).to.match(
      /^rules: \[rules\.yaml\]\ntests:\n {2}- rule: Shell\n {4}base: \{evt\.type: execve\}\n {4}fires:\n {6}- \{proc\.name: (?:ba)?sh\}\n/,
    );
    const alerts = project.run(
      'replay',
      CAPTURE,
      '-r',
      'rules.yaml',
      '-o',
      'json_output=true',
      '-o',
      'append_output[0].extra_output=%evt.num',
    ).stdout;
    expect(alerts).to.include('"rule":"Shell"');
    expect(make('--event', '1')).to.equal('');
  });

  for (const [args, expected] of [
    [['-r', 'rules.yaml', '--rule', 'Shel'], /there is no rule "Shel"[^]*did you mean Shell/],
    [['-r', 'none.yaml'], /cannot read none\.yaml/],
    [['-r', 'rules.yaml', '-o', 'rules.yaml'], /rules\.yaml is there already/],
    [['-r', 'bad.yaml'], /bad\.yaml:1:/],
    [[], /for which rules\? Give -r FILE/],
  ] as const)
    it(`refuses ${args.join(' ') || 'nothing'}`, () => {
      project.write({ 'bad.yaml': '- rule: x\n' });
      const { status, stdout, stderr } = project.run('test', 'new', ...args);
      expect([status, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.match(expected);
      expect(project.read('rules.yaml')).to.equal(RULES);
    });

  it('makes tests for nearly all of our own rules, and all of them pass', () => {
    const library = join(import.meta.dirname, '../../../rules/library');
    const { stderr } = project.run('test', 'new', '-r', library, '-o', 'x.test.yaml');
    const [, whole, all] = /with (\d+) whole tests of (\d+)\n$/.exec(stderr) ?? [];
    expect(Number(whole)).to.be.greaterThan(0.9 * Number(all));
    expect(project.test('x.test.yaml').status).to.equal(0);
  });
});
