import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { findTestFiles, runRuleTests, type RuleTestJob, type TestSummary } from '../../daemon/index.ts';
import { DiagnosticError } from '../../engine/index.ts';
import { fullName, globTest, regexTest } from '../../rules/index.ts';

const CAPTURE = join(import.meta.dirname, '../captures/web-shell-default.scap');

const rule = (name: string, program: string, more = ''): string =>
  `- {rule: ${name}, desc: d, condition: evt.type = execve and proc.name = ${program}, output: program=%proc.name, priority: INFO${more}}\n`;
const test = (name: string, program: string, more = ''): string =>
  `  - {rule: ${name}, fires: [{name: ${program}, evt.type: execve, proc.name: ${program}${more}}]}\n`;

describe('runRuleTests', () => {
  let folder: string;
  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  };
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tiercel-tests-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (job: Partial<RuleTestJob> = {}): Promise<TestSummary> =>
    runRuleTests({ files: findTestFiles([folder]), reporter: {}, ...job });
  /** Each case with what came of it, and each finding. */
  const told = ({ files }: TestSummary): string[] =>
    files.flatMap(({ name, results, diagnostics }) => [
      ...results.map((result) => `${fullName(result.case)}: ${result.outcome}`),
      ...diagnostics.map(
        ({ code, file, line }) =>
          `${code} ${relative(folder, file ?? '')}${line === undefined ? '' : `:${line}`}`,
      ),
      ...(results.length + diagnostics.length === 0 ? [`${relative(folder, name)}: nothing`] : []),
    ]);

  it('finds test files below folders, by name, not those of packages and hidden folders', () => {
    write({
      'b.test.yaml': '',
      'a/c.test.yml': '',
      'a/d.yaml': '',
      'node_modules/e.test.yaml': '',
      '.f/g.test.yaml': '',
    });
    const found = findTestFiles([folder, join(folder, 'a'), join(folder, 'a/d.yaml')]);
    expect(found.map((file) => relative(folder, file))).to.deep.equal([
      'a/c.test.yml',
      'b.test.yaml',
      'a/d.yaml',
    ]);
    expect(() => findTestFiles([join(folder, 'none')])).to.throw(DiagnosticError, /cannot read/);
  });

  it('takes the rules beside a test file, or those that it names', async () => {
    write({
      'x.yaml': rule('X', 'x'),
      'x.test.yaml': `tests:\n${test('X', 'x')}`,
      'y.yml': rule('Y', 'y'),
      'y.test.yml': `tests:\n${test('Y', 'y')}`,
      'all/one.test.yaml': `rules: ..\ntests:\n${test('X', 'x')}${test('Y', 'y')}`,
      'all/two.test.yaml': `rules: [../x.yaml, ../x.*, "../y.y?l"]\ntests:\n${test('X', 'x')}${test('Y', 'y')}`,
      'all/three.test.yaml': `rules: ../deep/**/*.yaml\ntests:\n${test('Z', 'z')}`,
      'deep/a/b/z.yaml': rule('Z', 'z'),
    });
    const summary = await run();
    expect(told(summary)).to.deep.equal([
      'X › x: passed', 'Y › y: passed',
      'Z › z: passed',
      'X › x: passed', 'Y › y: passed',
      'X › x: passed',
      'Y › y: passed',
    ]); // prettier-ignore
    expect(summary).to.deep.include({ broken: false, bailed: false, leftOut: 0, unselected: 0 });
    expect(summary.outcomes).to.deep.equal({ passed: 7, failed: 0, todo: 0, fixed: 0, broken: 0 });
  });

  it('runs the other files where one is wrong, or its rules are', async () => {
    write({
      'a.test.yaml': 'tests: 1',
      'b.test.yaml': 'tests: [{rule: B, silent: [{evt.type: execve}]}]',
      'c.test.yaml': 'rules: [none.yaml, "*.yml"]\ntests: [{rule: B, silent: [{evt.type: execve}]}]',
      'd.yaml': '- rule: D',
      'd.test.yaml': `tests:\n${test('D', 'd')}`,
      'e.test.yaml': `rules: d.yaml\ntests:\n${test('E', 'e')}`,
      'x.yaml': rule('X', 'x'),
      'x.test.yaml': `tests:\n${test('X', 'x')}`,
      'y.test.yaml': `rules: x.yaml\noverride: {lists: {none: []}}\ntests:\n${test('X', 'x')}`,
      'z.test.yaml': `rules: x.yaml\ntests:\n${test('Z', 'z')}`,
    });
    const problems: string[] = [];
    const summary = await run({ reporter: { problem: ({ code }) => problems.push(code) } });
    expect(told(summary)).to.deep.equal([
      'TEST_SHAPE a.test.yaml:1',
      'TEST_NO_RULES b.test.yaml:1',
      'TEST_NO_RULES c.test.yaml:1', 'TEST_NO_RULES c.test.yaml:1',
      'LOAD_ERR_YAML_VALIDATE d.yaml:1',
      'LOAD_ERR_YAML_VALIDATE d.yaml:1',
      'X › x: passed',
      'TEST_UNKNOWN_OVERRIDE y.test.yaml:2',
      'TEST_UNKNOWN_RULE z.test.yaml:3',
    ]); // prettier-ignore
    expect(summary.broken).to.equal(true);
    // What several test files have in common is told of once.
    expect(problems.filter((code) => code.startsWith('LOAD'))).to.have.length(1);
  });

  it('runs what is selected by name, rule and tag', async () => {
    write({
      'x.yaml': rule('Red', 'a', ', tags: [warm]') + rule('Blue', 'b'),
      'x.test.yaml': `tests:\n${test('Red', 'a')}${test('Blue', 'b')}  - {name: c, evt.type: execve, proc.name: a, expect: [{rule: Red}]}`,
    });
    const select = async (selection: RuleTestJob['select']): Promise<string[]> =>
      told(await run({ select: selection! }));
    expect(await select({ name: regexTest('› [bc]') })).to.deep.equal(['Blue › b: passed']);
    expect(await select({ rule: globTest('R*') })).to.deep.equal(['Red › a: passed', 'c: passed']);
    expect(await select({ tag: 'warm' })).to.deep.equal(['Red › a: passed', 'c: passed']);
    expect(await select({ tag: 'warm', name: regexTest('Blue') })).to.deep.equal(['x.test.yaml: nothing']);
    expect((await run({ select: { rule: globTest('Blue') } })).unselected).to.equal(2);
  });

  it('runs only what is marked so, where that is allowed', async () => {
    write({
      'x.yaml': rule('X', 'x') + rule('Y', 'y'),
      'x.test.yaml': `tests:\n${test('X', 'x')}${test('Y', 'y', ', only: true')}`,
      'z.test.yaml': `rules: x.yaml\ntests:\n${test('X', 'x')}`,
    });
    const allowed = await run({ allowOnly: true });
    expect(told(allowed)).to.deep.equal(['Y › y: passed', 'z.test.yaml: nothing']);
    expect(allowed.leftOut).to.equal(2);
    expect(told(await run())[0]).to.equal('TEST_ONLY x.test.yaml:3');
  });

  it('ends at the first failure where that is wanted', async () => {
    write({
      'x.yaml': rule('X', 'x') + rule('Y', 'y'),
      'x.test.yaml': `tests:\n  - {rule: X, fires: [{name: bad, evt.type: execve}]}\n${test('X', 'x')}`,
      'y.test.yaml': `rules: x.yaml\ntests:\n${test('Y', 'y')}`,
    });
    const bailed = await run({ bail: true });
    expect([told(bailed), bailed.bailed]).to.deep.equal([['X › bad: failed'], true]);
    expect(told(await run())).to.have.length(3);
  });

  it('tells a reporter of everything as it comes', async () => {
    write({ 'x.yaml': rule('X', 'x'), 'x.test.yaml': `tests:\n${test('X', 'x')}`, 'y.test.yaml': '' });
    const calls: string[] = [];
    await run({
      reporter: {
        begin: (files) => calls.push(`begin ${files.length}`),
        problem: ({ code }) => calls.push(code),
        case: (result) => calls.push(result.case.name),
        file: ({ name }) => calls.push(relative(folder, name)),
        end: ({ broken }) => calls.push(`end ${broken}`),
      },
    });
    expect(calls).to.deep.equal(['begin 2', 'x', 'x.test.yaml', 'TEST_SHAPE', 'y.test.yaml', 'end true']);
  });

  describe('with captures', () => {
    const captured = async (tests: string): Promise<TestSummary> => {
      write({
        'x.yaml': rule('Wget', 'wget') + rule('Python', 'python3') + rule('Never', 'nonesuch'),
        'x.test.yaml': tests.replaceAll('CAPTURE', CAPTURE),
      });
      return run();
    };
    const cases: readonly (readonly [expected: string, outcome: string, differences?: readonly string[]])[] =
      [
        ['rule: Wget, expect: [{output: program=wget, fields: {proc.pname: sh}}]', 'passed'],
        ['expect: {rules: {Wget: 1, Never: 0}, others: any}', 'passed'],
        ['rule: Never, expect: none', 'passed'],
        ['where: proc.name = wget, expect: {count: 1, alerts: [{rule: Wget}]}', 'passed'],
        ['where: proc.name = nothing, expect: none', 'passed'],
        ['rule: Wget, expect: {count: 2}', 'failed', ['count -2 +1 (Wget 1)']],
        ['rule: Wget, expect: [{priority: ERROR}]', 'failed', ['priority -Error +Informational']],
        ['rule: Wget, expect: [{priority: ERROR}, {}]', 'failed', ['alert -Wget +none']],
      ];
    for (const [expected, outcome, differences = []] of cases)
      it(`${expected}: ${outcome}`, async () => {
        const { files } = await captured(`tests: [{capture: CAPTURE, ${expected}}]`);
        const [result] = files[0]!.results;
        expect(result!.outcome).to.equal(outcome);
        const found = result!.differences.map(
          ({ key, expected: wanted, got }) => `${key} -${wanted} +${got}`,
        );
        expect(found).to.have.members(differences);
      });

    it('tells of captures that cannot be read, and of conditions that are wrong', async () => {
      expect(told(await captured('tests: [{capture: none.scap, rule: Wget, expect: none}]'))).to.deep.equal([
        'none.scap: broken',
      ]);
      const wrong = await captured('tests:\n  - {capture: CAPTURE, where: proc.nam = x, expect: none}');
      expect(told(wrong)).to.deep.equal(['TEST_CONDITION x.test.yaml:2']);
    });
  });
});
