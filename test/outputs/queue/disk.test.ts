import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SCRIPT = join(import.meta.dirname, 'failing-disk.ts');
const NODE = `exec "${process.execPath}" --import tsx "${SCRIPT}" "$FOLDER/queue"`;

/** What the process saw with a folder of which `setup` (shell) makes a bad disk. */
function run(shell: readonly string[], setup: string) {
  const folder = mkdtempSync(join(tmpdir(), 'tiercel-disk-'));
  try {
    const [command, ...args] = shell;
    const { stdout, stderr, status } = spawnSync(command!, [...args, `${setup}\n${NODE}`], {
      env: { ...process.env, FOLDER: folder },
      encoding: 'utf8',
    });
    expect(status, stderr).to.equal(0);
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, never>;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Mounting needs a user namespace, which not every system gives. */
const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

describe('Queue on a disk that fails', () => {
  it('full: accepts nothing more, settles what it has, and loses nothing', function () {
    if (!canMount) this.skip();
    const saw = run(['unshare', '-rm', 'bash', '-ec'], 'mount -t tmpfs -o size=6m tmpfs "$FOLDER"');
    expect(saw).to.deep.include({
      outcome: 'no_space',
      later: 'no_space',
      told: ['no_space'],
      settled: 100,
      buried: 100,
    });
    const accepted = saw['accepted']!;
    expect(accepted).to.be.above(200);
    expect(saw['after'], 'nothing is lost').to.deep.include({
      accepted,
      pending: accepted - 200,
      dead: 100,
      delivered: 100,
    });
    expect(saw['readable']).to.equal(accepted - 200);
  });

  it('write errors: accepts and settles nothing more, and loses nothing', () => {
    // Signals that are ignored stay so in the process: a file at its limit gives EFBIG.
    const saw = run(['bash', '-ec'], "trap '' XFSZ; ulimit -f 4096");
    expect(saw).to.deep.include({
      outcome: 'disk',
      later: 'disk',
      told: ['disk'],
      settled: 'disk',
      buried: 'disk',
    });
    const accepted = saw['accepted']!;
    expect(accepted).to.be.above(200);
    expect(saw['after'], 'nothing is lost').to.deep.include({ accepted, pending: accepted });
    expect(saw['readable']).to.equal(accepted);
  });
});
