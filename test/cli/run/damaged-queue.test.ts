import { expect } from 'chai';
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { alertJson, names, RunFolder, Webhook } from '../run-process.ts';
import { tiercel } from '../tiercel.ts';
import { ofOthers, request } from './ledger.ts';
import { MountedDisk } from './mounted-disk.ts';

const PAGE = 4096;

describe('tiercel run and tiercel queue with a damaged queue', function () {
  this.timeout(120_000);
  let folder: RunFolder;
  let hook: Webhook;
  let data: string;
  const rules = names('rule', 50);

  before(async () => {
    folder = new RunFolder();
    hook = new Webhook();
    await hook.listen();
    hook.status = 400;
    folder.write({
      data_dir: 'data',
      inputs: { http: { kind: 'http', listen: '127.0.0.1:0' } },
      outputs: {
        hook: { kind: 'http', url: hook.url },
        // Nobody is there.
        slow: { kind: 'http', url: 'http://127.0.0.1:9/' },
      },
    });
    const run = folder.run();
    const address = await run.address();
    for (const rule of rules) await request(address, alertJson(rule, { pad: 'x'.repeat(5000) }));
    run.kill('SIGTERM');
    await run.exit;
    data = folder.place('data/data.mdb');
    copyFileSync(data, folder.place('whole'));
  });
  beforeEach(() => copyFileSync(folder.place('whole'), data));
  after(async () => {
    await folder.remove();
    await hook.close();
  });

  /** Pages in the middle that say what they are: of a tree. */
  const zero = (from: number, to: number): void => {
    const bytes = readFileSync(data);
    bytes.fill(0, from, to);
    writeFileSync(data, bytes);
  };
  const cases: readonly (readonly [what: string, damage: () => void])[] = [
    ['cut to half', () => truncateSync(data, Math.floor(statSync(data).size / 2))],
    ['cut within its first page', () => truncateSync(data, 100)],
    ['with zeroes for its first page', () => zero(0, PAGE)],
    ['with zeroes in the middle', () => zero(statSync(data).size / 4, (statSync(data).size * 3) / 4)],
    ['that is something else', () => writeFileSync(data, 'no queue at all\n'.repeat(1000))],
  ];
  for (const [what, damage] of cases)
    it(`refuses a file ${what}, names it, and says what to do`, async () => {
      damage();
      const run = folder.run();
      expect(await run.exit).to.equal(2);
      expect(run.rest)
        .to.contain(`${data} is damaged: `)
        .and.contain('QUEUE_DAMAGED')
        .and.match(/hint: .*copy/);
      const commands = [
        ['stats'],
        ['ls'],
        ['ls', '--pending'],
        ['show', 'hook', '1'],
        ['replay'],
        ['drop', 'hook'],
      ];
      for (const args of what === 'with zeroes in the middle' ? commands : [['stats']]) {
        const { status, stderr, stdout } = tiercel('queue', args[0]!, '-c', folder.file, ...args.slice(1));
        expect(status, args.join(' ')).to.equal(2);
        expect(stderr, args.join(' ')).to.contain(`${data} is damaged: `);
        expect(stdout, args.join(' ')).to.equal('');
      }
    });

  it('refuses a folder that cannot be written to', async function () {
    const other = new RunFolder();
    const disk = MountedDisk.mount(other.place('data'), 1);
    if (disk === undefined) return this.skip();
    try {
      disk.forbidWrites();
      other.write({
        data_dir: 'data',
        inputs: { in: { kind: 'stdin' } },
        outputs: { out: { kind: 'stdout' } },
      });
      const run = other.run();
      expect(await run.exit).to.equal(2);
      expect(run.rest).to.match(/data cannot be written: EROFS.*QUEUE_DISK/);
    } finally {
      await other.end();
      disk.unmount();
      await other.remove();
    }
  });

  it('refuses a folder that is a file', async () => {
    const other = new RunFolder();
    try {
      writeFileSync(other.place('data'), '');
      other.write({
        data_dir: 'data',
        inputs: { in: { kind: 'stdin' } },
        outputs: { out: { kind: 'stdout' } },
      });
      const run = other.run();
      expect(await run.exit).to.equal(2);
      expect(run.rest).to.match(/data cannot be opened: .*QUEUE_DISK/);
      expect(tiercel('queue', 'stats', '-c', other.file).status).to.equal(2);
    } finally {
      await other.remove();
    }
  });

  it('shows and changes it while tiercel run has it, and when it has not', async () => {
    const queue = (...args: readonly string[]) =>
      tiercel('queue', args[0]!, '-c', folder.file, ...args.slice(1));
    const run = folder.run();
    await run.address();
    const dead = (list: string): number[] =>
      (JSON.parse(list) as { seq: number; rule: string }[])
        .filter(({ rule }) => !rule.startsWith('tiercel '))
        .map(({ seq }) => seq);
    const first = dead(queue('ls', 'hook', '--json').stdout);
    expect(first).to.have.length(rules.length);
    expect(queue('drop', 'hook', String(first[0])).stdout).to.equal('1 dropped\n');
    const second = folder.run();
    expect(await second.exit).to.equal(2);
    expect(second.rest).to.match(/data is in use by another process \(pid \d+\) \(QUEUE_IN_USE\)/);
    run.kill('SIGKILL');
    await run.exit;
    expect(dead(queue('ls', 'hook', '--json').stdout)).to.deep.equal(first.slice(1));
    expect(queue('drop', 'hook', String(first[1])).stdout).to.equal('1 dropped\n');
    expect(queue('stats').stdout).to.match(/^hook +\d+ +\d+ +\S+ +\d+ +0 +2$/m);
    expect(queue('drop', 'slow', '--pending').stdout).to.match(/^\d+ dropped\n$/);
    expect(queue('replay', 'hook').stdout).to.match(/^\d+ put back\n$/);
    hook.status = 200;
    folder.run();
    await hook.until(() => ofOthers(hook.rules).length >= 48);
    expect(ofOthers(hook.rules).sort()).to.deep.equal(rules.slice(2).sort());
  });
});
