import { expect } from 'chai';
import { Project, RULES, TESTS } from './project.ts';

const EXCEPTIONS = `
- list: known
  items: [cron]
- macro: is_known
  condition: (proc.pname in (known))
- rule: Fine
  desc: d
  condition: evt.type = execve and proc.name = a and not is_known
  output: o
  priority: INFO
`;

describe('tiercel test, coverage', () => {
  let project: Project;
  beforeEach(() => (project = new Project({ 'rules.yaml': RULES, 'a.test.yaml': TESTS })));
  afterEach(() => project.remove());
  const percent = (...args: readonly string[]): string =>
    /^Coverage (.*)$/m.exec(project.test('--coverage=text', ...args).stdout)?.[1] ?? '';

  it('tells what was not seen', () => {
    const { stdout } = project.test('--coverage', '--explain=none');
    expect(stdout.slice(stdout.indexOf('Coverage'))).to
      .equal(`Coverage 75.0 % (6 of 8 outcomes of checks, in 2 rules)

Download  66.7 %, 1 fires, no silent case  rules.yaml:12:9
  never false  proc.name = curl  rules.yaml:14:26

Shell  80.0 %, 3 fires, 3 silent  rules.yaml:6:9
  never true   proc.pname = sshd  rules.yaml:8:56
`);
  });

  it('names rules without a case in one place', () => {
    expect(project.test('--coverage', '--explain=none', '-r', 'curl').stdout).to.match(
      /\n1 rule was not tested:\n {2}Shell\n$/,
    );
  });

  it('is about the rules that are asked for', () => {
    expect(percent('--rule', 'Down*')).to.equal('66.7 % (2 of 3 outcomes of checks, in 1 rule)');
  });

  for (const [args, files] of [
    [
      ['--coverage=html', '--coverage=lcov', '--coverage=json'],
      ['coverage.html', 'lcov.info', 'coverage.json'],
    ],
    [
      ['--coverage=lcov:out/x.info', '--coverage=text:out/x.txt'],
      ['out/x.info', 'out/x.txt'],
    ],
  ] as const)
    it(`writes ${files.join(', ')}`, () => {
      const { stdout, stderr } = project.test(...args);
      expect([stdout, stderr].join()).not.to.include('Coverage');
      for (const file of files) expect(project.read(file)).to.include('rules.yaml');
      if (files[0] === 'coverage.html')
        expect(project.read('coverage.html')).to.include('<mark class="part"');
    });

  it('leaves reports for programs alone', () => {
    const { stdout, stderr } = project.test('--coverage', '--format', 'json');
    expect(JSON.parse(stdout)).to.have.nested.property('coverage.percent', 75);
    expect(stderr).to.include('Coverage 75.0 %');
  });

  for (const [threshold, expected] of [
    ['75', 0],
    ['75.1', 1],
    ['100%', 1],
  ] as const)
    it(`fails below the threshold: ${threshold}`, () => {
      project.write({
        'a.test.yaml': TESTS.replace(/.*(?:long|todo|output).*\n/g, '').replace(
          'silent:',
          'silent: [{proc.name: ls}]',
        ),
      });
      const { status, stderr } = project.test('--threshold', threshold);
      expect(status).to.equal(expected);
      expect(/coverage is 75\.0 %, below the threshold/.test(stderr)).to.equal(expected === 1);
    });

  it('refuses other forms and numbers', () => {
    expect(project.test('--coverage', 'a.test.yaml').stderr).to.include(
      'before a path, write --coverage=text',
    );
    expect(project.test('--threshold', '101').stderr).to.include('from 0 to 100');
  });

  it('adds up what test files, threads, and cases over other lists and macros show', () => {
    project.write({
      'rules.yaml': EXCEPTIONS,
      'a.test.yaml': 'rules: rules.yaml\ntests: [{rule: Fine, fires: [{evt.type: execve, proc.name: a}]}]\n',
      'b.test.yaml': 'rules: rules.yaml\ntests: [{rule: Fine, silent: [{evt.type: execve, proc.name: b}]}]\n',
      'c.test.yaml':
        'rules: rules.yaml\noverride: {lists: {known: [nginx]}}\ntests: [{rule: Fine, silent: [{evt.type: execve, proc.name: a, proc.pname: nginx}]}]\n',
      'd.test.yaml':
        'rules: rules.yaml\noverride: {macros: {is_known: proc.pname = x or proc.pname = y}}\ntests: [{rule: Fine, fires: [{evt.type: execve, proc.name: a, proc.pname: z}]}]\n',
      'e.test.yaml':
        'rules: [rules.yaml, more.yaml]\ntests: [{name: e, evt.type: execve, proc.name: ls, expect: none}]\n',
      'more.yaml': EXCEPTIONS.replace('Fine', 'Fine too').replace(/- list[^]*(?=- rule)/, ''),
    });
    const [only, both] = ['1 rule)', '2 rules)'];
    expect(percent('a.test.yaml')).to.equal(`60.0 % (3 of 5 outcomes of checks, in ${only}`);
    expect(percent('a.test.yaml', 'b.test.yaml')).to.equal(`80.0 % (4 of 5 outcomes of checks, in ${only}`);
    expect(percent('a.test.yaml', 'b.test.yaml', 'c.test.yaml')).to.equal(
      `100 % (5 of 5 outcomes of checks, in ${only}`,
    );
    expect(percent('d.test.yaml')).to.equal(`66.7 % (2 of 3 outcomes of checks, in ${only}`);
    expect(percent('.')).to.equal(`70.0 % (7 of 10 outcomes of checks, in ${both}`);
    expect(percent('-j', '3')).to.equal(percent());
  });
});
