import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tiercel } from './tiercel.ts';

describe('tiercel feed-rule', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tiercel-feed-'))));
  after(() => rmSync(folder, { recursive: true }));

  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const rule = (condition: string): string =>
    file(
      'local.yaml',
      `- {rule: R, desc: d, condition: '${condition}', output: '%proc.name', priority: INFO}`,
    );

  it('writes a rule file that validates', () => {
    const feed = join(folder, 'feed.yaml');
    const { status, stdout, stderr } = tiercel(
      'feed-rule',
      '-r',
      rule('evt.type = open and fd.name = a'),
      '--name',
      'mine',
      '-o',
      feed,
    );
    expect([status, stdout]).to.deep.equal([0, '']);
    expect(stderr).to.match(/^1 rule reads \d+ fields of 1 kind of event\.\n$/);
    expect(readFileSync(feed, 'utf8')).to.include('rule: mine');
    expect(tiercel('validate', feed)).to.include({ status: 0, stdout: `${feed}: Ok\n` });
  });

  it('says what does not travel, and exits with 1', () => {
    const { status, stdout, stderr } = tiercel(
      'feed-rule',
      '-r',
      rule('evt.type = read and evt.buffer contains a'),
    );
    expect(status).to.equal(1);
    expect(stdout).to.include('rule: tiercel feed');
    expect(stderr).to.match(/evt\.buffer does not travel \(condition\): .+ Rules: R/);
  });

  it('carries what append_output of falco.yaml adds', () => {
    const config = file('falco.yaml', 'append_output: [{extra_fields: [proc.tty]}]\n');
    const { stdout } = tiercel('feed-rule', '-r', rule('evt.type = open'), '-c', config);
    expect(stdout).to.include('%proc.tty').and.not.to.include('%container.id');
  });

  it('exits with 2 without rules', () => {
    const { status, stdout, stderr } = tiercel('feed-rule');
    expect([status, stdout]).to.deep.equal([2, '']);
    expect(stderr).to.match(/^error: no rules to read \(NO_RULES\)\n/);
  });

  it('exits with 2 for rules that do not load, and for files that cannot be written', () => {
    const broken = tiercel('feed-rule', '-r', rule('evt.type = nonsense'));
    expect([broken.status, broken.stdout]).to.deep.equal([2, '']);
    expect(broken.stderr).to.include('nonsense');
    const path = join(folder, 'no/such/feed.yaml');
    const unwritable = tiercel('feed-rule', '-r', rule('evt.type = open'), '-o', path);
    expect([unwritable.status, unwritable.stderr.includes(path)]).to.deep.equal([2, true]);
  });
});
