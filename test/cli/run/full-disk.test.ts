import { expect } from 'chai';
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alertJson, names, RunFolder, Webhook } from '../run-process.ts';
import {
  accounts,
  eventually,
  expectAll,
  expectBalanced,
  Load,
  ofOthers,
  request,
  rulesIn,
} from './ledger.ts';
import { MountedDisk } from './mounted-disk.ts';

describe('tiercel run on a full disk', function () {
  this.timeout(120_000);
  let folder: RunFolder;
  let hook: Webhook;
  let disk: MountedDisk | undefined;
  const retry = { first: '20ms', max: '50ms' };
  const config = (more: object = {}): object => ({
    data_dir: 'data',
    inputs: { http: { kind: 'http', listen: '127.0.0.1:0' } },
    outputs: {
      hook: { kind: 'http', url: hook.url, retry },
      archive: { kind: 'file', path: 'alerts.json', sync: false },
    },
    ...more,
  });

  beforeEach(async () => {
    folder = new RunFolder();
    hook = new Webhook();
    await hook.listen();
  });
  afterEach(async () => {
    await folder.end();
    disk?.unmount();
    disk = undefined;
    await folder.remove();
    await hook.close();
  });

  it('stops accepting loudly, delivers what it has, and accepts again when there is room', async function () {
    disk = MountedDisk.mount(folder.place('data'), 12);
    if (disk === undefined) return this.skip();
    hook.status = 503;
    folder.write(config());
    const run = folder.run();
    const address = await run.address();
    const load = new Load(() => address, { more: { pad: 'x'.repeat(2000) } });
    let after: string | undefined;
    load.onRefusal = ({ status, headers }) => {
      expect(status).to.equal(503);
      after = headers['retry-after'];
    };
    await load.more(50);
    disk.fill();
    await run.says('the disk is full');
    await load.until(() => load.refusals.has('503'));
    expect(after).to.match(/^[1-9]/);
    const ready = await request(`${address}/readyz`);
    expect(ready.status).to.equal(503);
    expect((JSON.parse(ready.text) as { queue_failed: string }).queue_failed).to.match(
      /the disk of .* is full/,
    );
    expect((await request(`${address}/healthz`)).status).to.equal(503);
    expect((await request(`${address}/metrics`)).text).to.match(/^tiercel_queue_failed 1$/m);
    // It tells of it while the disk is full, and delivers what it has.
    await eventually(() => rulesIn(folder.place('alerts.json')).includes('tiercel internal: disk full'));
    hook.status = 200;
    await hook.until(() => load.acknowledged.every((rule) => hook.rules.includes(rule)));
    disk.empty();
    await run.says('the disk has room again');
    await load.more(50);
    await load.stop();
    expect((await request(`${address}/healthz`)).status).to.equal(200);
    run.kill('SIGTERM');
    expect(await run.exit).to.equal(0);
    expectAll(load.acknowledged, hook.rules);
    expectAll(load.acknowledged, rulesIn(folder.place('alerts.json')));
    for (const account of accounts(folder.file).values()) {
      expectBalanced(account);
      expect([account.pending, account.dead]).to.deep.equal([0, 0]);
    }
  });

  it('accepts again when what filled the disk is delivered', async function () {
    disk = MountedDisk.mount(folder.place('data'), 8);
    if (disk === undefined) return this.skip();
    hook.status = 503;
    folder.write(config({ default: ['hook'] }));
    const run = folder.run();
    const address = await run.address();
    const load = new Load(() => address, { more: { pad: 'x'.repeat(1000) } });
    await load.until(() => load.refusals.has('503'));
    await run.says('the disk is full');
    hook.status = 200;
    await run.says('the disk has room again');
    await load.more(500);
    await load.stop();
    run.kill('SIGTERM');
    expect(await run.exit).to.equal(0);
    expectAll(load.acknowledged, hook.rules);
  });

  it('loses nothing when it is stopped or killed on a full disk, and starts there', async function () {
    disk = MountedDisk.mount(folder.place('data'), 12);
    if (disk === undefined) return this.skip();
    hook.status = 503;
    folder.write(config({ default: ['hook'], shutdown_timeout: '200ms' }));
    let run = folder.run();
    let address = await run.address();
    const load = new Load(() => address, { more: { pad: 'x'.repeat(2000) } });
    await load.more(200);
    disk.fill();
    await run.says('the disk is full');
    // What was kept free is used up, too.
    disk.fill();
    hook.status = 200;
    await hook.until(() => ofOthers(hook.rules).length >= 100);
    run.kill('SIGTERM');
    expect(await run.exit).to.equal(0);
    run = folder.run();
    address = await run.address();
    await run.says('the disk is full');
    expect((await request(address, alertJson('refused'))).status).to.equal(503);
    run.kill('SIGKILL');
    await run.exit;
    disk.empty();
    run = folder.run();
    address = await run.address();
    await load.more(20);
    await load.stop();
    run.kill('SIGTERM');
    expect(await run.exit).to.equal(0);
    expectAll(load.acknowledged, hook.rules);
    expectBalanced(accounts(folder.file).get('hook')!);
  });

  it('keeps the place in a file together with its alerts: none is lost, and none comes twice', async function () {
    disk = MountedDisk.mount(folder.place('data'), 12);
    if (disk === undefined) return this.skip();
    const file = folder.place('events.json');
    folder.write(
      config({
        inputs: { falco: { kind: 'file', path: 'events.json', from: 'beginning', poll: '50ms' } },
        default: ['archive'],
      }),
    );
    const rules = names('rule', 3000);
    const lines = rules.map((rule) => `${alertJson(rule, { pad: 'x'.repeat(1000) })}\n`);
    appendFileSync(file, lines.slice(0, 500).join(''));
    const run = folder.run();
    await eventually(() => rulesIn(folder.place('alerts.json')).length >= 500);
    disk.fill();
    appendFileSync(file, lines.slice(500).join(''));
    await run.says('alerts are held back');
    disk.empty();
    await eventually(() => ofOthers(rulesIn(folder.place('alerts.json'))).length >= rules.length);
    run.kill('SIGTERM');
    expect(await run.exit).to.equal(0);
    expect(ofOthers(rulesIn(folder.place('alerts.json')))).to.deep.equal(rules);
  });

  for (const keepAlive of [false, true])
    it(`keeps what a file does not take${keepAlive ? ' that stays open' : ''}, and tears no line`, async function () {
      disk = MountedDisk.mount(folder.place('log'), 1);
      if (disk === undefined) return this.skip();
      const outputs = { archive: { kind: 'file', path: 'log/alerts.json', keep_alive: keepAlive, retry } };
      folder.write(config({ outputs }));
      const run = folder.run();
      const address = await run.address();
      const load = new Load(() => address, { more: { pad: 'x'.repeat(1000) } });
      await load.more(100);
      disk.fill();
      await run.says('alerts were not taken');
      await load.more(500);
      await load.stop();
      rulesIn(folder.place('log/alerts.json'));
      expect(accounts(folder.file).get('archive')!.pending).to.be.above(0);
      // Where people make room by taking the file away, it goes on in a new one.
      disk.empty();
      await eventually(() =>
        load.acknowledged.every((rule) => rulesIn(folder.place('log/alerts.json')).includes(rule)),
      );
      run.kill('SIGTERM');
      expect(await run.exit).to.equal(0);
      expect(accounts(folder.file).get('archive')).to.deep.include({ pending: 0, dead: 0 });
    });

  it('loses no alert over captures that rules ask for, and says which could not be written', async function () {
    disk = MountedDisk.mount(folder.place('captures'), 2);
    if (disk === undefined) return this.skip();
    const captures = [join(import.meta.dirname, '../../captures/podman-shell.scap')];
    const rules = [join(import.meta.dirname, '../../../rules/library')];
    const falco = {
      json_output: true,
      capture: { enabled: true, mode: 'all_rules', path_prefix: folder.place('captures/of') },
    };
    writeFileSync(folder.place('falco.yaml'), JSON.stringify(falco));
    const replay = { kind: 'replay', captures, rules, config: 'falco.yaml', speed: 'max' };
    folder.write(config({ inputs: { replay }, default: ['archive'] }));
    disk.fill();
    const full = folder.run();
    expect(await full.exit).to.equal(0);
    expect((await full.says('cannot write'))['level']).to.equal('error');
    expect(readdirSync(disk.path).filter((name) => name.startsWith('of'))).to.deep.equal([]);
    disk.empty();
    const fine = folder.run();
    expect(await fine.exit).to.equal(0);
    expect(readdirSync(disk.path).filter((name) => name.startsWith('of'))).to.have.length.above(0);
    const alerts = rulesIn(folder.place('alerts.json'));
    expect(alerts).to.have.length.above(2);
    // The alerts are the same as with room.
    expect(alerts.slice(0, alerts.length / 2)).to.deep.equal(alerts.slice(alerts.length / 2));
  });
});
