import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tiercel, tiercelWith } from './tiercel.ts';

const SLACK = 'slack:\n  webhookurl: https://hooks.example.org/x\n';

describe('tiercel import sidekick', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tiercel-import-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('writes a configuration that only its owner can read', () => {
    const [from, to] = [join(folder, 'config.yaml'), join(folder, 'tiercel.yaml')];
    writeFileSync(from, SLACK);
    const { status, stdout, stderr } = tiercel('import', 'sidekick', from, '-o', to);
    expect({ status, stdout, stderr }).to.deep.equal({
      status: 0,
      stdout: '',
      stderr: '1 output written; 0 things left out or left to do.\n',
    });
    expect(readFileSync(to, 'utf8')).to.include('webhook_url: https://hooks.example.org/x');
    expect(statSync(to).mode & 0o777).to.equal(0o600);
  });

  it('reads standard input, says what is left out, and exits with 1', () => {
    const { status, stdout, stderr } = tiercelWith(
      `${SLACK}kafka: {hostport: "k:9092"}\n`,
      'import',
      'sidekick',
      '-',
    );
    expect(status).to.equal(1);
    expect(stdout).to.match(/^# {3}kafka: Kafka: /m);
    expect(stderr).to.match(/^left out: kafka: Kafka: /m);
  });

  for (const [is, args] of [
    ['nothing to read', []],
    ['a file that is not there', [join(tmpdir(), 'no-such-config.yaml')]],
  ] as const)
    it(`exits with 2 for ${is}`, () => {
      const { status, stdout, stderr } = tiercel('import', 'sidekick', ...args);
      expect([status, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.include('error');
    });
});
