import { expect } from 'chai';
import { RunFolder, Webhook } from '../run-process.ts';
import { accounts, eventually, expectAll, expectBalanced, Load, ofOthers, rulesIn } from './ledger.ts';
import { EIO, ENOSPC, FailingDisk } from './failing-disk.ts';

describe('tiercel run on a disk that fails', function () {
  this.timeout(120_000);
  let folder: RunFolder;
  let hook: Webhook;
  const config = (more: object = {}): object => ({
    data_dir: 'data',
    inputs: { http: { kind: 'http', listen: '127.0.0.1:0' } },
    outputs: { hook: { kind: 'http', url: hook.url, retry: { first: '20ms', max: '50ms' } } },
    ...more,
  });

  beforeEach(async () => {
    folder = new RunFolder();
    hook = new Webhook();
    await hook.listen();
  });
  afterEach(async () => {
    await folder.remove();
    await hook.close();
  });

  const cases: readonly (readonly [what: string, ...calls: string[]])[] = [
    ['writes'],
    ['flushes', 'fsync', 'fdatasync', 'msync'],
  ];
  for (const [what, ...calls] of cases)
    it(`${what}: stops loudly with status 2, and loses nothing that it acknowledged`, async function () {
      const disk = FailingDisk.make(folder, 'data');
      if (disk === undefined) return this.skip();
      folder.write(config());
      const run = folder.runWith(disk.env);
      const address = await run.address();
      const load = new Load(() => address);
      await load.more(100);
      disk.fail(EIO, ...calls);
      const line = await run.says('the disk failed: nothing is accepted any more');
      expect([line['level'], line['reason']]).to.deep.equal(['error', line['reason']]);
      expect(line['reason']).to.match(/data cannot be written: /);
      // No status if lmdb has damaged its own memory (Daemon.abandon): the end is SIGABRT then.
      expect(await run.exit).to.be.oneOf([2, null]);
      expect(run.log.at(-1)).to.include({ msg: 'stopped' });
      await load.stop();
      disk.mend();
      const again = folder.runWith(disk.env);
      await again.address();
      await hook.until(() => load.acknowledged.every((rule) => hook.rules.includes(rule)));
      again.kill('SIGTERM');
      expect(await again.exit).to.equal(0);
      expectAll(load.acknowledged, hook.rules);
      const account = accounts(folder.file).get('hook')!;
      expectBalanced(account);
      expect(account).to.deep.include({ pending: 0, dead: 0 });
    });

  it('does not start on it, and says why', async function () {
    const disk = FailingDisk.make(folder, 'data');
    if (disk === undefined) return this.skip();
    folder.write(config());
    disk.fail(EIO);
    const run = folder.runWith(disk.env);
    expect(await run.exit).to.equal(2);
    expect(run.rest + JSON.stringify(run.log)).to.match(
      /data cannot be (?:opened|written): .*(?:EIO|I\/O|Input\/output)/i,
    );
  });

  it('no room for a flush is a full disk: it accepts again when there is some', async function () {
    const disk = FailingDisk.make(folder, 'data');
    if (disk === undefined) return this.skip();
    folder.write(config());
    const run = folder.runWith(disk.env);
    const address = await run.address();
    const load = new Load(() => address);
    await load.more(100);
    disk.fail(ENOSPC, 'fdatasync', 'fsync');
    await run.says('the disk is full');
    disk.mend();
    await run.says('the disk has room again');
    await load.more(100);
    await load.stop();
    run.kill('SIGTERM');
    expect(await run.exit).to.equal(0);
    expectAll(load.acknowledged, hook.rules);
  });

  it('of a file output: alerts are tried again, none becomes a dead letter, no line is torn', async function () {
    const disk = FailingDisk.make(folder, 'log');
    if (disk === undefined) return this.skip();
    const outputs = {
      archive: { kind: 'file', path: 'log/alerts.json', retry: { first: '20ms', max: '50ms' } },
    };
    folder.write(config({ outputs }));
    const run = folder.runWith(disk.env);
    const address = await run.address();
    const load = new Load(() => address);
    await load.more(100);
    for (const calls of [[], ['fdatasync']]) {
      const from = run.log.length;
      disk.fail(EIO, ...calls);
      await run.says('alerts were not taken', from);
      await load.more(100);
      disk.mend();
    }
    await load.stop();
    await eventually(
      () => ofOthers(rulesIn(folder.place('log/alerts.json'))).length >= load.acknowledged.length,
    );
    run.kill('SIGTERM');
    expect(await run.exit).to.equal(0);
    expectAll(load.acknowledged, rulesIn(folder.place('log/alerts.json')));
    expect(accounts(folder.file).get('archive')).to.deep.include({ pending: 0, dead: 0 });
  });
});
