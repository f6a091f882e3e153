import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { engineLanguage, fileText, lintRules, type RuleFile } from '../../../rules/index.ts';
import { hasOracle, oraclePath } from '../../oracle.ts';
import { lintText, rule } from './lint-text.ts';

const codes = (content: string): string[] => lintText(content).map(({ code }) => code);
const flawed = rule('evt.type = execve and proc.name = nc and proc.aname != sh', {
  output: '%proc.cmdline %proc.pname %user.name',
});

const read = (folder: string, names: readonly string[]): RuleFile[] =>
  names.map((name) => ({ name, content: fileText(readFileSync(join(folder, name))) }));

describe('lintRules', () => {
  it('finds what the comments do not switch off', () => {
    const code = 'ancestor-not-equal';
    const before = (comment: string): string =>
      flawed.replace('  condition', `  # tiercel-lint: ${comment}\n  condition`);
    expect(codes(flawed)).to.deep.equal([code]);
    expect(codes(before(`disable-next-line ${code}`))).to.deep.equal([]);
    expect(codes(before(`disable-next-line ${code} -- as the vendor has it`))).to.deep.equal([]);
    expect(codes(before(`disable-next-line mitre-tag, ${code}\n  # a word`))).to.deep.equal([]);
    expect(codes(before('disable-next-line'))).to.deep.equal([]);
    expect(codes(before('disable-next-line mitre-tag'))).to.deep.equal([code]);
    expect(codes(before(`disable-next-line ${code}\n  source: syscall`))).to.deep.equal([code]);
    expect(codes(`# tiercel-lint: disable ${code}\n${flawed}`)).to.deep.equal([]);
    expect(codes(`# tiercel-lint: disable ${code}\n# tiercel-lint: enable ${code}\n${flawed}`)).to.deep.equal(
      [code],
    );
    expect(codes(flawed.replace('!= sh"', `!= sh" # tiercel-lint: disable-line ${code}`))).to.deep.equal([]);
  });

  it('follows the settings', () => {
    const [found] = lintText(flawed, { 'ancestor-not-equal': 'info' });
    expect(found!.severity).to.equal('info');
    expect(lintText(flawed, { 'ancestor-not-equal': 'off' })).to.deep.equal([]);
  });

  it('gives the errors of files that do not load, and nothing else', () => {
    const found = lintText([flawed, rule('evt.type = execve and fd.name regex a\\d+')]);
    expect(found.map(({ code, file }) => [code, file])).to.deep.equal([
      ['LOAD_ERR_COMPILE_CONDITION', '2.yaml'],
    ]);
    expect(found[0]!.hint).to.include('[[:digit:]]');
  });

  it('tells what stands in a macro once, and orders by file and line', () => {
    const macro = '- macro: mine\n  condition: (evt.type = execve and proc.aname != sh)\n';
    const two =
      rule('mine and proc.name = a', { name: 'A' }) +
      rule('mine and proc.name = b and evt.res = 0', { name: 'B' });
    expect(
      lintText(macro + two)
        .map(({ code, line }) => [code, line])
        .filter(([code]) => code === 'ancestor-not-equal' || code === 'impossible-value'),
    ).to.deep.equal([
      ['ancestor-not-equal', 2],
      ['impossible-value', 11],
    ]);
  });

  for (const [style, condition] of [
    ['folded', '>\n    evt.type = execve\n    and proc.aname != sh'],
    ['literal', '|-\n    evt.type = execve\n    and proc.aname != sh'],
    ['plain', 'evt.type = execve\n    and proc.aname != sh'],
    ['quoted', '"evt.type = execve\n    and proc.aname != sh"'],
  ] as const)
    it(`points into a ${style} condition of several lines`, () => {
      const [found] = lintText(flawed.replace(/condition: .*/, `condition: ${condition}`)).filter(
        ({ code }) => code === 'ancestor-not-equal',
      );
      const line = flawed.replace(/condition: .*/, `condition: ${condition}`).split('\n')[found!.line! - 1]!;
      expect(line.slice(found!.column! - 1, found!.endColumn! - 1)).to.equal('proc.aname');
    });

  describe('of the official rules', () => {
    if (!hasOracle()) return;
    // Each of these was looked at, and is so.
    const expected: readonly string[] = [
      'falco_rules.yaml:968 output-missing-field',
      'falco_rules.yaml:1174 output-missing-field',
      'falco-incubating_rules.yaml:108 duplicate-list-item',
      'falco-incubating_rules.yaml:160 redefinition',
      'falco-incubating_rules.yaml:545 redefinition',
      'falco-incubating_rules.yaml:893 shadowed-rule',
      'falco-incubating_rules.yaml:1103 never-fires',
      'falco-incubating_rules.yaml:1110 intersects-one-value',
      'falco-incubating_rules.yaml:1302 impossible-value',
      'falco-sandbox_rules.yaml:174 name-too-long',
      'falco-sandbox_rules.yaml:174 name-too-long',
      'falco-sandbox_rules.yaml:409 glob-as-text',
      'falco-sandbox_rules.yaml:418 name-too-long',
      'falco-sandbox_rules.yaml:839 name-too-long',
      'falco-sandbox_rules.yaml:1133 output-duplicate',
      'falco-sandbox_rules.yaml:1292 never-fires',
      'falco-sandbox_rules.yaml:1568 output-missing-field',
      'falco-sandbox_rules.yaml:1588 output-missing-field',
      'falco-sandbox_rules.yaml:1628 escaped-blank',
      'falco-sandbox_rules.yaml:1643 impossible-value',
      'falco-sandbox_rules.yaml:1749 shadowed-rule',
      'falco-sandbox_rules.yaml:1788 shadowed-rule',
    ];
    it('finds what is there and no more', () => {
      const files = read(oraclePath('rules'), [
        'falco_rules.yaml',
        'falco-incubating_rules.yaml',
        'falco-sandbox_rules.yaml',
      ]);
      const found = lintRules(files, engineLanguage).map(({ code, file, line }) => `${file}:${line} ${code}`);
      expect(found).to.deep.equal(expected);
    });
    it('calls no rule silent that fired in a capture', () => {
      const silent = lintRules(read(oraclePath('rules'), ['broad.yaml']), engineLanguage)
        .filter(({ code }) => code === 'never-fires')
        .map(({ message }) => /^rule "(.*?)"/.exec(message)![1]);
      const alerts = readdirSync(oraclePath('alerts-broad'))
        .filter((name) => name.endsWith('.jsonl'))
        .map((name) => readFileSync(oraclePath('alerts-broad', name), 'utf8'))
        .join('');
      expect(silent).to.deep.equal(['Library opened', 'Etc read', 'Written file']);
      for (const name of silent) expect(alerts).not.to.include(`"rule":"${name}"`);
    });
  });
});
