import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProgramView, RuleView } from '../../cli/compile-view.ts';
import { tiercel } from './tiercel.ts';

const RULES = `
- list: secrets
  items: [/etc/shadow, /etc/sudoers]
- macro: reads
  condition: evt.type in (open, openat) and evt.is_open_read = true
- rule: Secrets read
  desc: d
  condition: reads and fd.name in (secrets) and not proc.name in (sshd, sudo)
  output: o
  priority: WARNING
- rule: Environment read
  desc: d
  condition: reads and fd.name glob "/proc/*/environ"
  output: o
  priority: WARNING
- rule: Any shell
  desc: d
  condition: evt.type = execve and proc.name = bash
  output: o
  priority: NOTICE
- rule: Off
  desc: d
  condition: evt.type = execve and proc.name = zsh
  output: o
  priority: NOTICE
  enabled: false
`;

/** Text that would end a comment or a string, or do something to a terminal. */
const NASTY = `
- rule: "nasty\\n*/ throw 1; // \\e[31m\\u2028throw 2"
  desc: d
  condition: evt.type = open and proc.name = "x\\n\`\${y}\`'"
  output: o
  priority: NOTICE
`;

describe('tiercel compile', function () {
  this.timeout(60_000);
  let folder: string;
  let rules: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-compile-'));
    rules = join(folder, 'rules.yaml');
    writeFileSync(rules, RULES);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('lists where rules are asked, and what they share', () => {
    const { status, stdout, stderr } = tiercel('compile', '-r', rules);
    expect([status, stderr]).to.deep.equal([0, '']);
    expect(stdout).to.equal(
      'Secrets read      3 events  4 checks, 2 shared; ruled out early by fd, evt.type\n' +
        'Environment read  3 events  3 checks, 2 shared; ruled out early by fd, evt.type\n' +
        'Any shell         2 events  2 checks; ruled out early by evt.type\n',
    );
  });

  it('leaves out rules that are not asked at an event type', () => {
    const { stdout } = tiercel('compile', '-r', rules, '--event-type', 'execve');
    expect(stdout).to.equal('Any shell  1 event  1 check\n');
    expect(tiercel('compile', '-r', rules, '--event-type', 'close').stdout).to.equal(
      'no rule is asked at close\n',
    );
  });

  it('prints the code of a rule, what it shares, and what rules it out', () => {
    const args = ['--print', 'Secrets read', '--event-type', 'openat'];
    const { status, stdout } = tiercel('compile', '-r', rules, ...args);
    expect(status).to.equal(0);
    for (const part of [
      '// rule: Secrets read\n// asked at 1 event type: openat\n',
      '//   evt.is_open_read = true\n//     shared with 1 rule: "Environment read"\n',
      '// ruled out early at openat by one look at fd, for 2 rules at once:\n' +
        '//   (fd.name in (/etc/shadow, /etc/sudoers) or fd.name glob /proc/*/environ)\n',
      '// ---- openat: 1 rule\n',
      '// proc.name in (sshd, sudo)\n',
      ' return [0]; // Secrets read\n',
    ])
      expect(stdout).to.contain(part);
    expect(tiercel('compile', '-r', rules, '--print', 'Any shell', '--event-type', 'open').stdout).to.equal(
      'the rule "Any shell" is not asked at open\n',
    );
  });

  it('prints the function of all rules of an event type, once for types with the same', () => {
    const { stdout } = tiercel('compile', '-r', rules, '--print');
    expect(stdout.match(/^\/\/ ---- .*$/gm)).to.deep.equal([
      '// ---- open, openat: 2 rules',
      '// ---- execve: 1 rule',
      '// ---- asyncevent: 3 rules',
    ]);
    const all = tiercel('compile', '-r', rules, '-o', 'rule_matching=all', '--print', '--event-type', 'open');
    expect(all.stdout).to.contain('found.push(1); } // Environment read\n');
  });

  it('puts no text of a rule into the code, and prints nothing that acts', () => {
    const file = join(folder, 'nasty.yaml');
    writeFileSync(file, NASTY);
    const { status, stdout } = tiercel('compile', '-r', file, '--print', '--event-type', 'open');
    expect(status).to.equal(0);
    expect(stdout).to.contain('// nasty\\u{a}*/ throw 1; // \\u{1b}[31m\\u{2028}throw 2\n');
    // eslint-disable-next-line no-control-regex
    expect(stdout).to.not.match(/[\0-\x09\x0b-\x1f\u2028]/);
    const code = stdout.replace(/\/\/.*$/gm, '');
    expect(code).to.not.match(/throw|nasty|\$\{/);
    // What is left is a function of the tables.
    expect(() => new Function('tests', 'accepts', 'reads', 'memos', 'none', code)).to.not.throw();
  });

  it('gives all of it as JSON', () => {
    const read = (...args: string[]) =>
      JSON.parse(tiercel('compile', '-r', rules, '--event-type', 'open', '--json', ...args).stdout) as {
        rules: RuleView[];
        programs?: ProgramView[];
      };
    expect(read().programs).to.equal(undefined);
    const { rules: views, programs } = read('--print');
    expect(views[1]).to.deep.equal({
      rule: 'Environment read',
      source: 'syscall',
      events: ['open'],
      checks: [
        { check: 'evt.is_open_read = true', shared: ['Secrets read'] },
        { check: 'fd.name glob /proc/*/environ', shared: [] },
      ],
      questions: [
        {
          events: ['open'],
          about: 'fd',
          question: '(fd.name in (/etc/shadow, /etc/sudoers) or fd.name glob /proc/*/environ)',
          rules: ['Secrets read', 'Environment read'],
        },
      ],
    });
    expect(programs).to.have.lengthOf(1);
    const { events, rules: asked, code, constants } = programs![0]!;
    expect([events, asked]).to.deep.equal([
      ['open'],
      [
        { index: 0, rule: 'Secrets read' },
        { index: 1, rule: 'Environment read' },
      ],
    ]);
    const check = constants.find(({ text }) => text === 'evt.is_open_read = true')!;
    expect([check.kind, check.rules]).to.deep.equal(['check', ['Secrets read', 'Environment read']]);
    for (const { name } of constants) expect(code).to.contain(`const ${name} = `);
  });

  const refused: [name: string, args: string[], status: number, ...texts: string[]][] = [
    ['no rules', [], 2, 'NO_RULES'],
    [
      'an unknown rule',
      ['-r', 'RULES', '--print', 'Secret read'],
      2,
      'there is no rule',
      'did you mean Secrets read',
    ],
    ['a rule that does not run', ['-r', 'RULES', '--print', 'Off'], 2, 'the rule "Off" does not run'],
    ['an unknown event', ['-r', 'RULES', '--event-type', 'opnat'], 2, 'did you mean openat'],
    ['a missing file', ['-r', '/nonexistent.yaml'], 2, 'LOAD_ERR_FILE_READ'],
    ['a rule file with an error', ['-r', 'BAD'], 1, 'LOAD_ERR'],
  ];
  for (const [name, args, status, ...texts] of refused)
    it(`refuses ${name}`, () => {
      const bad = join(folder, 'bad.yaml');
      writeFileSync(bad, RULES.replace('proc.name = bash', 'proc.nam = bash'));
      const paths: Record<string, string> = { RULES: rules, BAD: bad };
      const run = tiercel('compile', ...args.map((arg) => paths[arg] ?? arg));
      expect([run.status, run.stdout]).to.deep.equal([status, '']);
      for (const text of texts) expect(run.stderr).to.contain(text);
    });
});
