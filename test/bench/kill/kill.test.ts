import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

describe('bench/kill.ts', () => {
  it('loses nothing when a process that accepts and delivers is killed', function () {
    this.timeout(120_000);
    const script = join(import.meta.dirname, '../../../bench/kill.ts');
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script, '3'], {
      encoding: 'utf8',
    });
    expect(stdout, stderr).to.match(/^\{.*\}\n$/);
    const { accepted, delivered, lost } = JSON.parse(stdout) as Record<string, number>;
    expect(lost).to.equal(0);
    expect(delivered).to.be.at.least(2 * accepted!);
  });
});
