import { expect } from 'chai';
import { join } from 'node:path';
import { Project, RULES, TESTS } from './project.ts';

const BROKEN = 'rules: rules.yaml\ntests:\n  - rule: Shel\n    fires: [{evt.type: execve}]\n';
const UNTRUE =
  'rules: rules.yaml\ntests: [{rule: Shell, fires: [{evt.type: execve, proc.cmdline: a, proc.name: b}]}]\n';

describe('tiercel test, reports', () => {
  let project: Project;
  beforeEach(() => (project = new Project({ 'rules.yaml': RULES, 'a.test.yaml': TESTS })));
  afterEach(() => project.remove());

  describe('explanations', () => {
    it('are shown of alerts that came, or did not, not of those that only differ', () => {
      const { stdout } = project.test();
      expect(stdout).to.include(`✗ Shell › a <"quoted"> & long # name
  a.test.yaml:8:9
  why: it is a shell
    alert  - Shell
           + none
    ✗ all of
      ✓ spawned
      ✗ proc.name in (shells)  is zsh  ◀ rules.yaml:8:26
      · not proc.pname = sshd  is nginx
`);
      expect(stdout.match(/all of/g)).to.have.length(1);
      expect(project.test('--explain=none').stdout).not.to.include('all of');
    });

    it('are shown of all, with every macro opened', () => {
      const { stdout } = project.test('--explain=full');
      expect(stdout).to.match(
        /✓ Shell › fires: proc\.name=bash\n[^✗]*✓ spawned\n +✓ evt\.type = execve +is execve/,
      );
    });

    it('of several events are about those at which the rule is asked', () => {
      project.write({
        'a.test.yaml': `rules: rules.yaml
tests:
  - name: several
    events: [{evt.type: close}, {evt.type: execve, proc.name: ls}, {evt.type: execve, proc.name: bash}]
    expect: [{rule: Download}]
  - name: none asked
    events: [{evt.type: close}, {evt.type: open}]
    expect: [{rule: Download}]
  - name: the first wins
    evt.type: execve
    proc.name: bash
    expect: [{rule: Shell too}]
`,
        'rules.yaml': `${RULES}- {rule: Shell too, desc: d, condition: evt.type = execve and proc.name = bash, output: o, priority: INFO}\n`,
      });
      const { stdout } = project.test();
      expect(stdout.match(/^ {2}.*, event \d:$/gm)).to.deep.equal([
        '  Download, event 2:',
        '  Download, event 3:',
        '  Shell, event 3:',
        '  Download, event 2:',
        '  Shell too, event 1:',
        '  Shell, event 1:',
      ]);
      expect(stdout).to.include('    the rule is not asked at events of this type\n');
      expect(stdout).to.include('    the condition holds, and the rule "Shell" came first\n');
    });
  });

  it('explain alerts of captures that should not come', () => {
    const capture = join(import.meta.dirname, '../../captures/web-shell-default.scap');
    project.write({
      'a.test.yaml': `rules: rules.yaml\ntests: [{name: c, capture: ${capture}, rule: Shell, expect: none}]\n`,
    });
    const { stdout } = project.test();
    const [, event] = /alerts of Shell, event (\d+):/.exec(stdout) ?? [];
    expect(stdout).to.include(`  Shell, event ${event}:\n    ✓ all of\n      ✓ spawned\n`);
  });

  describe('as JSON', () => {
    interface Report {
      readonly result: string;
      readonly cases: Record<string, number>;
      readonly diagnostics: readonly { readonly code: string; readonly line?: number }[];
      readonly files: readonly {
        readonly name: string;
        readonly cases: readonly {
          readonly name: string;
          readonly outcome: string;
          readonly line: number;
          readonly differences: readonly { readonly key: string; readonly got: string }[];
          readonly events: readonly { readonly facts: Record<string, unknown> }[];
          readonly explanations: readonly {
            readonly rule: string;
            readonly tree: { readonly parts: unknown[] };
          }[];
          readonly alerts: readonly { readonly event: number; readonly alert: { readonly rule: string } }[];
        }[];
      }[];
      readonly coverage?: { readonly percent: number; readonly rules: readonly unknown[] };
    }
    const report = (...args: readonly string[]): Report =>
      JSON.parse(project.test('--json', ...args).stdout) as Report;

    it('hold everything', () => {
      const { result, cases, files } = report();
      expect(result).to.equal('failed');
      expect(cases).to.deep.equal({
        total: 7,
        passed: 2,
        failed: 2,
        todo: 1,
        fixed: 2,
        broken: 0,
        leftOut: 0,
        unselected: 0,
      });
      const [first, second, third] = files[0]!.cases;
      expect(first).to.deep.include({ name: 'fires: proc.name=bash', outcome: 'passed', line: 6 });
      expect(first!.events[0]!.facts).to.deep.equal({
        'evt.type': 'execve',
        'proc.pname': 'nginx',
        'proc.name': 'bash',
      });
      expect(first!.alerts.map(({ event, alert }) => [event, alert.rule])).to.deep.equal([[1, 'Shell']]);
      expect(second!.differences.map(({ key, got }) => [key, got])).to.deep.equal([
        ['output', 'shell=sh parent=nginx'],
      ]);
      expect(third!.explanations.map(({ rule, tree }) => [rule, tree.parts.length])).to.deep.equal([
        ['Shell', 3],
      ]);
    });

    it('tell of what could not run, of nothing to run, and of coverage', () => {
      project.write({ 'b.test.yaml': BROKEN, 'c.test.yaml': UNTRUE });
      const broken = report('--coverage=json');
      expect(broken.result).to.equal('broken');
      expect(broken.diagnostics.map(({ code, line }) => [code, line])).to.deep.equal([
        ['TEST_UNKNOWN_RULE', 3],
      ]);
      expect(broken.files[2]!.cases[0]!.outcome).to.equal('broken');
      expect(broken.coverage!.rules).to.have.length(2);
      const nothing = report('-r', 'nonesuch');
      expect([nothing.result, ...nothing.diagnostics.map(({ code }) => code)]).to.deep.equal([
        'broken',
        'TEST_NOTHING',
      ]);
    });
  });

  it('as TAP have a subtest for each file', () => {
    project.write({ 'b.test.yaml': BROKEN });
    const { stdout, status } = project.test('--format', 'tap', '--explain=none');
    expect(status).to.equal(2);
    expect(stdout).to.equal(`TAP version 14
# Subtest: a.test.yaml
    ok 1 - Shell › fires: proc.name=bash
    not ok 2 - Shell › fires: proc.name=sh
      ---
      message: |2
        at a.test.yaml:7:9
          output  - shell=sh
                  + shell=sh parent=nginx
      ...
    not ok 3 - Shell › a <"quoted"> & long \\# name
      ---
      message: |2
        at a.test.yaml:8:9
        why: it is a shell
          alert  - Shell
                 + none
      ...
    not ok 4 - Shell › silent: proc.name=ls
      ---
      message: |2
        at a.test.yaml:10:9
        passes now: remove \`todo\`
      ...
    not ok 5 - Shell › silent: proc.name=zsh, proc.pname=cron
      ---
      message: |2
        at a.test.yaml:11:9
        passes now: remove \`todo\`
      ...
    not ok 6 - Shell › not so # TODO soon
      ---
      message: |2
        at a.test.yaml:12:9
        todo: soon
          alert  - none
                 + Shell, event 1: shell=bash parent=nginx
      ...
    ok 7 - Download › fires: evt.type=execve, proc.name=curl, proc.args=a\\\\x01b ]]>
    1..7
not ok 1 - a.test.yaml
# Subtest: b.test.yaml
    not ok 1 - there is no rule "Shel" in rules.yaml
      ---
      message: |2
        b.test.yaml:3:11: error: there is no rule "Shel" in rules.yaml (TEST_UNKNOWN_RULE)
            3 |   - rule: Shel
              |           ^^^^
          hint: did you mean Shell?
      ...
    1..1
not ok 2 - b.test.yaml
1..2
`);
    expect(project.test('--format', 'tap', '-r', 'none', 'a.test.yaml').stdout).to.match(
      /^TAP version 14\nnot ok 1 - there is no case to run\n[^]*\n1\.\.1\n$/,
    );
  });

  it('for GitHub have annotations where the first thing differs', () => {
    project.write({ 'b.test.yaml': BROKEN, 'c.test.yaml': UNTRUE });
    const { stdout, stderr } = project.test('--format', 'github', '--explain=none');
    const annotations = stdout.split('\n').filter((line) => line.startsWith('::'));
    expect(annotations.map((line) => line.slice(0, 75))).to.deep.equal([
      '::error file=a.test.yaml,line=7,col=33,endColumn=41,title=TEST_FAILED::Shel',
      '::error file=a.test.yaml,line=8,col=9,endColumn=10,title=TEST_FAILED::Shell',
      '::error file=a.test.yaml,line=10,col=9,endColumn=10,title=TEST_FAILED::Shel',
      '::error file=a.test.yaml,line=11,col=9,endColumn=10,title=TEST_FAILED::Shel',
      '::error file=b.test.yaml,line=3,col=11,endColumn=15,title=TEST_UNKNOWN_RULE',
      '::error file=c.test.yaml,line=2,col=50,endColumn=62,title=TEST_FACT::proc.c'.slice(0, 75),
    ]);
    expect(annotations[1]).to.match(/^[^\n]*%0Awhy: it is a shell%0A {2}alert {2}- Shell%0A/);
    expect(stdout).to.include('8 cases in 2 files: 2 passed, 2 failed, 2 todo pass, 1 could not run, 1 todo');
    expect(stderr).to.equal('');
  });

  describe('as JUnit XML', () => {
    /** The elements of a document with their attributes; fails where elements are not nested. */
    const elements = (
      xml: string,
    ): { readonly name: string; readonly attributes: Record<string, string>; readonly text: string }[] => {
      const found: { name: string; attributes: Record<string, string>; text: string }[] = [];
      const open: typeof found = [];
      const body = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
      for (const [, text, close, name, attributes, empty] of body.matchAll(
        /([^<]*)<(\/?)(\w+)((?: \w+="[^"<]*")*)(\/?)>/g,
      )) {
        if (open.length > 0) open.at(-1)!.text += text;
        if (close === '/') {
          expect(open.pop()?.name).to.equal(name);
          continue;
        }
        const element = {
          name: name!,
          attributes: Object.fromEntries(
            Array.from(attributes!.matchAll(/ (\w+)="([^"]*)"/g), ([, key, value]) => [key, value]),
          ),
          text: '',
        };
        found.push(element);
        if (empty === '') open.push(element);
      }
      expect(open).to.deep.equal([]);
      return found;
    };

    it('count and tell of everything', () => {
      project.write({ 'b.test.yaml': BROKEN, 'c.test.yaml': UNTRUE });
      expect(project.test('--junit', 'out/results.xml').status).to.equal(2);
      const xml = project.read('out/results.xml');
      // eslint-disable-next-line no-control-regex -- XML must not have them
      expect(xml).not.to.match(/[\0-\x08\x0b\x0c\x0e-\x1f]/);
      const [root, ...others] = elements(xml);
      expect(root!.attributes).to.include({ tests: '9', failures: '4', errors: '2', skipped: '1' });
      const cases = others.filter(({ name }) => name === 'testcase');
      expect(cases[0]!.attributes).to.include({
        name: 'Shell › fires: proc.name=bash',
        classname: 'a',
        file: 'a.test.yaml',
        line: '6',
      });
      expect(cases[0]!.attributes['time']).to.match(/^\d+\.\d{3}$/);
      expect(cases[2]!.attributes['name']).to.equal('Shell › a &lt;&quot;quoted&quot;&gt; &amp; long # name');
      expect(cases[6]!.attributes['name']).to.include('proc.args=a\\x01b ]]&gt;');
      const said = others.filter(({ name }) => /^(?:failure|error|skipped)$/.test(name));
      expect(said.map(({ name, attributes }) => `${name}: ${attributes['message']}`)).to.deep.equal([
        'failure: output: expected shell=sh, got shell=sh parent=nginx',
        'failure: alert: expected Shell, got none',
        'failure: passes now: remove `todo`',
        'failure: passes now: remove `todo`',
        'skipped: todo: soon',
        'error: there is no rule &quot;Shel&quot; in rules.yaml',
        `error: ${said.at(-1)!.attributes['message']}`,
      ]);
      expect(said[1]!.text).to.match(
        /why: it is a shell\n +alert +- Shell\n[^]*✗ proc\.name in \(shells\) +is zsh/,
      );
    });

    it('fail where nothing was run, or too little is covered', () => {
      const errors = (...args: readonly string[]): string[] => {
        project.test('--junit', 'r.xml', ...args);
        return elements(project.read('r.xml')).flatMap(({ name, attributes }) =>
          name === 'error' ? [attributes['message']!] : [],
        );
      };
      expect(errors('-r', 'none')).to.deep.equal(['there is no case to run']);
      expect(errors('-r', 'proc.name=bash', '--threshold', '90').join()).to.match(
        /^the coverage is \d+\.\d %, below the threshold of 90 %/,
      );
    });

    it('cannot be written everywhere', () => {
      const { status, stderr } = project.test('--junit', 'rules.yaml/x.xml');
      expect(status).to.equal(2);
      expect(stderr).to.match(/error: cannot write rules\.yaml\/x\.xml: /);
    });
  });
});
