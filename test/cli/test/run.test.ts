import { expect } from 'chai';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Project, RULES, TESTS } from './project.ts';

describe('tiercel test, in other ways', () => {
  let project: Project;
  beforeEach(() => (project = new Project({ 'rules.yaml': RULES, 'a.test.yaml': TESTS })));
  afterEach(() => project.remove());

  describe('--jobs', () => {
    it('gives the same report as one thread, in the same order', () => {
      for (const name of ['b', 'c', 'd', 'e', 'f']) project.write({ [`${name}.test.yaml`]: TESTS });
      project.write({ 'c.test.yaml': 'tests: 1', 'g.test.yaml': `${TESTS}    only: true\n` });
      for (const args of [
        [],
        ['--explain=full'],
        ['a.test.yaml', 'b.test.yaml', 'f.test.yaml', '--bail'],
        ['--format', 'tap'],
      ])
        expect(project.test('-j', '3', ...args)).to.deep.equal(project.test(...args));
    });
  });

  describe('--update', () => {
    const golden = (output: string): string => `rules: rules.yaml
tests:
  - rule: Shell
    base: {evt.type: execve, proc.pname: nginx}
    fires:
${output}
`;
    const text = 'shell=sh parent=nginx';
    const cases: readonly (readonly [before: string, after: string])[] = [
      ['      - {proc.name: sh, output: old} # kept', `      - {proc.name: sh, output: ${text}} # kept`],
      [
        "      - {proc.name: sh, output: 'old' , why: w}",
        `      - {proc.name: sh, output: '${text}' , why: w}`,
      ],
      ['      - {proc.name: sh, output: "o\\"ld"}', `      - {proc.name: sh, output: "${text}"}`],
      [
        '      - {proc.name: sh, output: {equals: "*"}}',
        `      - {proc.name: sh, output: {equals: "${text}"}}`,
      ],
      [
        '      - proc.name: sh\n        output: |-\n          old\n\n        why: w',
        `      - proc.name: sh\n        output: ${text}\n\n        why: w`,
      ],
      [
        '      - output: old\n          and more   # kept\n        proc.name: sh',
        `      - output: ${text}   # kept\n        proc.name: sh`,
      ],
      [
        '      - {proc.name: sh, output: old, proc.pname: "a*b"}',
        '      - {proc.name: sh, output: {equals: "shell=sh parent=a*b"}, proc.pname: "a*b"}',
      ],
      [
        '      - {proc.name: sh, output: old, proc.pname: "x: #, y"}',
        '      - {proc.name: sh, output: "shell=sh parent=x: #, y", proc.pname: "x: #, y"}',
      ],
    ];
    for (const [before, after] of cases)
      it(`writes ${after.trim()}`, () => {
        project.write({ 'a.test.yaml': golden(before) });
        const { status, stderr } = project.test('--update');
        expect(project.read('a.test.yaml')).to.equal(golden(after));
        expect(status).to.equal(0);
        expect(stderr).to.match(/^updated a\.test\.yaml:\d+:\d+\n {2}- .*\n[^]* {2}\+ shell=sh parent=/);
      });

    it('changes nothing that is shared with other cases, or a pattern', () => {
      const file = golden(`      - {proc.name: sh, output: 'shell=*x'}
      - {proc.name: sh, proc.pname: a, output: &o old}
      - {proc.name: sh, proc.pname: b, output: *o}
    output: shell=bash parent=nginx
      # of two cases`).replace(
        '    output: shell',
        '      - {proc.name: bash}\n      - {proc.name: bash, proc.pname: x}\n    output: shell',
      );
      project.write({ 'a.test.yaml': file });
      const { status, stderr } = project.test('--update');
      expect(project.read('a.test.yaml')).to.equal(file);
      expect(status).to.equal(1);
      expect(stderr.match(/^not updated .*$/gm)).to.deep.equal([
        'not updated a.test.yaml:7:48: the cases that expect it give different outputs',
        'not updated a.test.yaml:11:13: another case expects it, and passes or was not run',
      ]);
    });

    it('changes nothing where all is well', () => {
      const file = golden('      - {proc.name: sh}');
      project.write({ 'a.test.yaml': file });
      expect(project.test('--update').stderr).to.equal('');
      expect(project.read('a.test.yaml')).to.equal(file);
    });
  });

  describe('--watch', () => {
    let child: ChildProcessWithoutNullStreams;
    let seen = '';
    const changes: (() => void)[] = [];
    /** Waits until the output from now on fits, on whichever stream, and the command waits, too. */
    const until = async (pattern: RegExp): Promise<void> => {
      while (!pattern.test(seen) || !seen.includes('q ends\n'))
        await new Promise<void>((resolve) => changes.push(resolve));
      seen = '';
    };
    const start = (...args: readonly string[]): void => {
      seen = '';
      child = project.start('test', '--watch', '--explain=none', ...args);
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          seen += text;
          changes.splice(0).forEach((wake) => wake());
        });
    };
    const ended = (): Promise<number | null> => new Promise((resolve) => child.once('exit', resolve));
    afterEach(() => child.kill('SIGKILL'));

    it('runs what a change concerns, until q', async () => {
      const other = 'rules: other.yaml\ntests: [{rule: O, fires: [{evt.type: execve}]}]\n';
      project.write({
        'b/b.test.yaml': other,
        'b/other.yaml': '- {rule: O, desc: d, condition: evt.type = execve, output: o, priority: INFO}\n',
      });
      start();
      await until(/8 cases in 2 files/);
      project.write({ 'rules.yaml': `${RULES}\n` });
      await until(/7 cases in 1 file/);
      project.write({ 'b/b.test.yaml': other.replace('fires', 'silent') });
      await until(/1 case in 1 file: 1 failed/);
      project.write({ 'b/c.test.yaml': other });
      await until(/c\.test\.yaml[^]*1 case in 1 file: 1 passed/);
      project.write({ 'b/b.test.yaml': 'tests: [' });
      await until(/1 file could not run/);
      rmSync(join(project.folder, 'b/b.test.yaml'));
      child.stdin.write('a');
      await until(/8 cases in 2 files/);
      child.stdin.write('q');
      expect(await ended()).to.equal(1);
      expect(seen).not.to.include('\x1b');
    }).timeout(20_000);

    it('sees `only` in files that do not run again, too', async () => {
      const file = (rule: string, more = ''): string =>
        `rules: rules.yaml\ntests: [{rule: Shell, name: ${rule}, fires: [{evt.type: execve, proc.name: sh${more}}]}]\n`;
      project.write({ 'a.test.yaml': file('first'), 'b.test.yaml': file('second') });
      start('a.test.yaml', 'b.test.yaml');
      await until(/2 cases in 2 files: 2 passed/);
      project.write({ 'a.test.yaml': file('first', ', only: true') });
      await until(/1 case in 1 file: 1 passed/);
      project.write({ 'rules.yaml': `${RULES}\n` });
      await until(/1 case in 1 file: 1 passed/);
      project.write({ 'a.test.yaml': file('first') });
      await until(/2 cases in 2 files: 2 passed/);
    }).timeout(20_000);

    it('ends when it is told to', async () => {
      project.write({
        'a.test.yaml':
          'rules: rules.yaml\ntests: [{rule: Shell, fires: [{evt.type: execve, proc.name: sh}]}]\n',
      });
      start('a.test.yaml');
      await until(/1 passed/);
      child.kill('SIGINT');
      expect(await ended()).to.equal(0);
    }).timeout(20_000);
  });
});
