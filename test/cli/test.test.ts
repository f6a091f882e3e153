import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Run } from './tiercel.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/tiercel.js');

const RULES = `
- rule: Shell
  desc: d
  condition: evt.type = execve and proc.name in (bash, sh)
  output: shell=%proc.name parent=%proc.pname
  priority: WARNING
  tags: [shell]
- rule: Download
  desc: d
  condition: evt.type = execve and proc.name = curl
  output: command=%proc.cmdline
  priority: NOTICE
`;
const GOOD = `tests:
  - rule: Shell
    base: {evt.type: execve, proc.pname: nginx}
    fires: [{proc.name: bash}, {proc.name: sh, output: "*parent=nginx"}]
    silent: [{proc.name: ls}]
`;
const BAD = `rules: shell.yaml
tests:
  - rule: Shell
    why: web servers need none
    base: {evt.type: execve, proc.pname: nginx}
    fires:
      - {name: a shell, proc.name: bash, output: "*parent=sshd", priority: error}
  - rule: Download
    silent: [{evt.type: execve, proc.name: curl}]
`;

describe('tiercel test', () => {
  let folder: string;
  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  };
  /** Runs the command in the folder; times are left out of what it prints. */
  const test = (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Run => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, 'test', ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, CI: '', ...env },
    });
    return { status, stdout: stdout.replace(/ {2}\d+(?:\.\d+)? m?s$| \(\d+\.\d+ s\)$/gm, ''), stderr };
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-test-'));
    write({ 'shell.yaml': RULES });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('says in few lines that all is well', () => {
    write({ 'shell.test.yaml': GOOD });
    expect(test()).to.deep.equal({
      status: 0,
      stdout: '✓ shell.test.yaml  3 cases\n\n3 cases in 1 file: 3 passed\n',
      stderr: '',
    });
  });

  it('shows what differs in cases that fail', () => {
    write({ 'shell.test.yaml': GOOD, 'bad.test.yaml': BAD });
    expect(test()).to.deep.equal({
      status: 1,
      stdout: `✗ bad.test.yaml    2 cases, 2 failed
✓ shell.test.yaml  3 cases

✗ Shell › a shell
  bad.test.yaml:7:9
  why: web servers need none
    output    - *parent=sshd
              + shell=bash parent=nginx
    priority  - Error
              + Warning

✗ Download › silent: evt.type=execve, proc.name=curl
  bad.test.yaml:9:14
    alert  - none
           + Download, event 1: command=curl
    ✓ all of
      ✓ evt.type = execve  is execve  ◀ shell.yaml:10:14
      ✓ proc.name = curl   is curl  ◀ shell.yaml:10:36

5 cases in 2 files: 3 passed, 2 failed
`,
      stderr: '',
    });
    expect(test(['--bail']).stdout).to.match(/1 case in 1 file: 1 failed, ended at the first failure\n$/);
  });

  it('tells of cases that are known to fail, and of those that pass all the same', () => {
    write({
      'shell.test.yaml': GOOD.replace('{proc.name: ls}', '{proc.name: ls}, {proc.name: zsh, todo: true}'),
    });
    const fixed = test();
    expect(fixed.status).to.equal(1);
    expect(fixed.stdout).to.match(
      /passes now: remove `todo`\n\n4 cases in 1 file: 3 passed, 1 todo passes\n$/,
    );
    write({
      'shell.test.yaml': GOOD.replace(
        '{proc.name: ls}',
        '{proc.name: ls}, {proc.name: bash, proc.pname: cron, todo: yes}',
      ),
    });
    const todo = test();
    expect([todo.status, todo.stdout]).to.deep.equal([
      0,
      '✓ shell.test.yaml  4 cases, 1 todo\n\n4 cases in 1 file: 3 passed, 1 todo\n',
    ]);
  });

  it('ends with 2 where a file is wrong, or a fact cannot be true', () => {
    write({ 'shell.test.yaml': GOOD.replace('fires:', 'fire:') });
    const wrong = test();
    expect([wrong.status, wrong.stdout]).to.deep.equal([
      2,
      '! shell.test.yaml  could not run\n\n0 cases in 0 files: 1 file could not run\n',
    ]);
    expect(wrong.stderr).to.match(
      /^shell\.test\.yaml:4:5: error: there is no key "fire" here .*\n.*fire:.*\n.*\^\^\^\^/,
    );
    write({ 'shell.test.yaml': GOOD.replace('{proc.name: ls}', '{proc.name: ls, proc.cmdline: cat}') });
    const untrue = test();
    expect([untrue.status, untrue.stdout]).to.deep.equal([
      2,
      '! shell.test.yaml  3 cases, 1 could not run\n\n3 cases in 1 file: 2 passed, 1 could not run\n',
    ]);
    expect(untrue.stderr).to.match(/^shell\.test\.yaml:5:30: error: .*\(TEST_FACT\)/);
    expect(test(['none']).status).to.equal(2);
  });

  it('ends with 2 where there is nothing to run, unless that is allowed', () => {
    const nothing = test();
    expect([nothing.status, nothing.stdout]).to.deep.equal([2, '']);
    expect(nothing.stderr).to.match(/there is no test file \(TEST_NOTHING\)\n {2}hint: test files are named/);
    expect(test(['--allow-empty']).status).to.equal(0);
    write({ 'shell.test.yaml': GOOD });
    const unselected = test(['-r', 'no such case']);
    expect(unselected.status).to.equal(2);
    expect(unselected.stdout).to.equal('0 cases in 0 files: 3 not selected\n');
    expect(test(['-r', 'no such case', '--allow-empty']).status).to.equal(0);
  });

  it('runs what is selected', () => {
    write({ 'shell.test.yaml': GOOD, 'bad.test.yaml': BAD });
    expect(test(['-r', 'proc.name=(bash|sh)']).stdout).to.match(
      /2 cases in 1 file: 2 passed, 3 not selected/,
    );
    expect(test(['--rule', 'Down*']).stdout).to.match(/1 case in 1 file: 1 failed, 4 not selected/);
    expect(test(['--tag', 'shell', 'shell.test.yaml']).stdout).to.match(/3 cases in 1 file: 3 passed\n/);
    const wrong = test(['-r', '(']);
    expect(wrong.status).to.equal(2);
    expect(wrong.stderr).to.include('this is no regular expression');
  });

  it('lets `only` leave out cases, but not in CI', () => {
    write({ 'shell.test.yaml': GOOD.replace('{proc.name: bash}', '{proc.name: bash, only: true}') });
    const here = test();
    expect([here.status, here.stdout]).to.deep.equal([
      0,
      '✓ shell.test.yaml  1 case\n\n1 case in 1 file: 1 passed, 2 left out by only\n',
    ]);
    const ci = test([], { CI: 'true' });
    expect(ci.status).to.equal(2);
    expect(ci.stderr).to.include('(TEST_ONLY)');
    expect(test(['--allow-only'], { CI: 'true' }).status).to.equal(0);
  });

  it('shows all cases and what followed from their facts', () => {
    write({ 'shell.test.yaml': GOOD });
    const { stdout, status } = test(['--explain=full']);
    expect(status).to.equal(0);
    expect(stdout.match(/^✓ Shell › /gm)).to.have.length(3);
    expect(stdout)
      .to.include('    proc.pname = nginx\n')
      .and.to.match(/ {4}proc\.exepath = .* \(/);
  });

  it('does what the how-to says', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/how-to/test-rules.md'), 'utf8');
    const block = (start: string): string =>
      /```yaml\n([^]*?)```/.exec(page.slice(page.indexOf(start) - 9))![1]!;
    write({
      'local_rules.yaml': block('# local_rules.yaml'),
      'local_rules.test.yaml': `${block('# local_rules.test.yaml\n')}${block('# local_rules.test.yaml, continued')}`,
    });
    expect(test()).to.deep.equal({
      status: 0,
      stdout: '✓ local_rules.test.yaml  10 cases\n\n10 cases in 1 file: 10 passed\n',
      stderr: '',
    });
  });

  it('prints the JSON Schema of test files', () => {
    const { stdout, status } = test(['schema']);
    expect(status).to.equal(0);
    const schema = JSON.parse(stdout) as { properties: object };
    expect(Object.keys(schema.properties)).to.deep.equal([
      'rules',
      'routes',
      'override',
      'rule_matching',
      'tests',
    ]);
  });
});
