import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lintChecks } from '../../rules/index.ts';
import { tiercel } from './tiercel.ts';

describe('tiercel lint', () => {
  let folder: string;
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const example = (code: string, which: 'bad' | 'good' = 'bad'): string =>
    lintChecks.find((check) => check.code === code)![which];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-lint-'));
    mkdirSync(join(folder, 'rules'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('ends with 1 where there are findings, with 0 where there are none', () => {
    const bad = tiercel('lint', file('rules/bad.yaml', example('network-list')));
    expect([bad.status, bad.stderr]).to.deep.equal([1, '1 error\n']);
    expect(bad.stdout).to.match(/bad\.yaml:3:37: error: .*\(network-list\)\n/);
    const good = tiercel('lint', file('rules/good.yaml', example('network-list', 'good')));
    expect([good.status, good.stdout, good.stderr]).to.deep.equal([0, '', 'Nothing found.\n']);
  });

  it('ends with 0 where the findings are less than --fail-on', () => {
    const path = file('rules/info.yaml', example('mitre-tag'));
    expect(tiercel('lint', path).status).to.equal(0);
    expect(tiercel('lint', path, '--fail-on', 'info').status).to.equal(1);
    expect(
      tiercel('lint', file('rules/w.yaml', example('text-order')), '--fail-on', 'error').status,
    ).to.equal(0);
  });

  it('takes settings from the tiercel.yaml above, or the one that is named', () => {
    const path = file('rules/bad.yaml', example('network-list'));
    file('tiercel.yaml', 'lint:\n  network-list: off\n');
    expect(tiercel('lint', path).status).to.equal(0);
    expect(tiercel('lint', join(folder, 'rules')).status).to.equal(0);
    const other = file('other.yaml', 'outputs: []\n');
    expect(tiercel('lint', path, '-c', other).status).to.equal(1);
    expect(tiercel('lint', path, '-c', other, '--off', 'network-list').status).to.equal(0);
  });

  const wrong: readonly (readonly [about: string, settings: string, says: RegExp])[] = [
    ['an unknown check', 'lint: {nosuch: off}\n', /tiercel\.yaml:1:\d+: error: there is no check "nosuch"/],
    [
      'an unknown level',
      'lint:\n  mitre-tag: loud\n',
      /tiercel\.yaml:2:14: error: lint\.mitre-tag: expected off, info, warning or error/,
    ],
    ['no YAML', 'lint: [\n', /tiercel\.yaml:\d+:\d+: error/],
  ];
  for (const [about, settings, says] of wrong)
    it(`ends with 2 for settings with ${about}`, () => {
      file('tiercel.yaml', settings);
      const { status, stderr } = tiercel('lint', file('rules/good.yaml', example('network-list', 'good')));
      expect(status).to.equal(2);
      expect(stderr).to.match(says);
    });

  it('ends with 2 for a file that is not there, a check that is not, and without files', () => {
    for (const args of [[join(folder, 'none.yaml')], [folder, '--off', 'nosuch'], []])
      expect(tiercel('lint', ...args).status, args.join(' ')).to.equal(2);
  });

  it('prints JSON, annotations and SARIF', () => {
    const path = file('rules/bad.yaml', example('network-list'));
    expect(tiercel('lint', path, '--json')).to.deep.equal(tiercel('lint', path, '--format', 'json'));
    const { diagnostics } = JSON.parse(tiercel('lint', path, '--format', 'json').stdout) as {
      diagnostics: { code: string }[];
    };
    expect(diagnostics.map(({ code }) => code)).to.deep.equal(['network-list']);
    expect(tiercel('lint', path, '--format', 'github').stdout).to.match(/^::error file=/);
    expect(tiercel('lint', path, '--format', 'sarif').stdout).to.include('"network-list"');
  });

  it('lists all checks', () => {
    const { stdout, status } = tiercel('lint', '--list');
    expect(status).to.equal(0);
    expect(stdout.trim().split('\n')).to.have.length(lintChecks.length + 1);
  });
});
