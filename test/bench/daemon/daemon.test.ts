import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

describe('bench/daemon.ts', () => {
  it('measures the way of an alert through the daemon', function () {
    this.timeout(120_000);
    const script = join(import.meta.dirname, '../../../bench/daemon.ts');
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', script, 'latency', '--rates', '50', '--seconds', '1'],
      { encoding: 'utf8' },
    );
    expect(stdout, stderr).to.match(/^ {2}50 alerts\/s(?: +\d+\.\d ms){6} +\d+ µs$/m);
  });
});
