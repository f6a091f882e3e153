import { expect } from 'chai';
import { once } from 'node:events';
import { readFileSync, renameSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { alertJson, names, RunFolder, Webhook, type RunProcess } from '../run-process.ts';
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

describe('tiercel run at its limits', function () {
  this.timeout(120_000);
  let folder: RunFolder;
  let hook: Webhook;
  const retry = { first: '20ms', max: '50ms' };
  const archive = { kind: 'file', path: 'alerts.json', sync: false };
  const config = (outputs: object, more: object = {}, http: object = {}): object => ({
    data_dir: 'data',
    inputs: { http: { kind: 'http', listen: '127.0.0.1:0', ...http } },
    outputs,
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

  async function stop(run: RunProcess): Promise<void> {
    run.kill('SIGTERM');
    expect(await run.exit).to.equal(0);
  }

  describe('of a queue', () => {
    const limited = (whenFull: string) => ({
      hook: { kind: 'http', url: hook.url, retry, queue: { max_bytes: 20_000, when_full: whenFull } },
      archive,
    });

    it('block: who is told 200 gets all, who is not is told 503 with Retry-After', async () => {
      hook.status = 503;
      folder.write(config(limited('block'), { default: ['hook'] }));
      const run = folder.run();
      const address = await run.address();
      const load = new Load(() => address, { more: { pad: 'x'.repeat(500) } });
      await load.until(() => (load.refusals.get('503') ?? 0) >= 20);
      const waiting = load.acknowledged.length;
      expect(waiting).to.be.within(15, 40);
      const { status, headers, text } = await request(
        address,
        alertJson('one more', { pad: 'x'.repeat(5000) }),
      );
      expect([status, headers['retry-after']]).to.deep.equal([503, '1']);
      expect(text).to.match(/the queue of the output hook is full/);
      hook.status = 200;
      await load.more(100);
      await load.stop();
      await stop(run);
      expectAll(load.acknowledged, hook.rules);
      const account = accounts(folder.file).get('hook')!;
      expectBalanced(account);
      expect(account).to.deep.include({ pending: 0, dropped: { full: 0, command: 0, dead_full: 0 } });
    });

    for (const whenFull of ['drop_oldest', 'drop_lowest_priority'])
      it(`${whenFull}: what was acknowledged is delivered or counted, to the last one`, async () => {
        hook.status = 503;
        folder.write(config(limited(whenFull), { default: ['hook'] }));
        const run = folder.run();
        const address = await run.address();
        const load = new Load(() => address, { more: { pad: 'x'.repeat(500) } });
        const critical = new Load(() => address, {
          prefix: 'critical',
          width: 1,
          more: { priority: 'Critical' },
        });
        await load.more(200);
        await critical.stop();
        await load.more(100);
        await load.stop();
        hook.status = 200;
        await hook.until(() => hook.rules.length > 0);
        await stop(run);
        expect([...load.refusals, ...critical.refusals]).to.deep.equal([]);
        const account = accounts(folder.file).get('hook')!;
        expectBalanced(account);
        const acknowledged = [...load.acknowledged, ...critical.acknowledged];
        const delivered = new Set(hook.rules);
        const own = [...delivered].filter((rule) => rule.startsWith('tiercel ')).length;
        expect(account).to.deep.include({ pending: 0, dead: 0 });
        // Alerts of its own are never told of a drop to the output that it is about.
        expect(own).to.equal(new Set(hook.rules.filter((rule) => rule.startsWith('tiercel '))).size);
        const missing = acknowledged.filter((rule) => !delivered.has(rule)).length;
        expect(missing).to.be.above(100);
        expect(account.dropped['full']).to.equal(account.accepted - account.delivered);
        expect(account.accepted).to.be.at.least(acknowledged.length);
        expect(missing).to.be.at.most(account.dropped['full']!);
        expect(account.delivered).to.be.at.least(delivered.size - 1);
        expect(
          run.log
            .filter(({ msg }) => msg === 'alerts were dropped')
            .reduce((sum, { alerts }) => sum + Number(alerts), 0),
        ).to.equal(account.dropped['full']);
        if (whenFull === 'drop_lowest_priority') {
          // The queue holds fewer than there were of these, and none of the others.
          const kept = ofOthers([...delivered]);
          expect(kept.filter((rule) => rule.startsWith('critical')).length).to.be.at.least(kept.length - 64);
        } else expect(delivered.has(load.acknowledged.at(-1)!)).to.equal(true);
      });
  });

  it('keeps the memory of groups bounded, however many keys and long alerts come, and loses none', async () => {
    const group = { by: ['rule'], wait: '1h', interval: '1h', max_keys: 5000 };
    folder.write(config({ archive }, { routes: [{ outputs: ['archive'], group }] }));
    const run = folder.run();
    const address = await run.address();
    const count = 12_000;
    for (let from = 0; from < count; from += 3000) {
      const lines = Array.from({ length: 3000 }, (_, i) => alertJson(`rule ${from + i}`)).join('\n');
      expect((await request(address, lines)).status).to.equal(200);
    }
    for (let i = 0; i < 5; i++) {
      const lines = Array.from({ length: 16 }, (_, j) =>
        alertJson(`long ${i} ${j}`, { output: 'x'.repeat(1_000_000) }),
      );
      expect((await request(address, lines.join('\n'))).status).to.equal(200);
    }
    const { text } = await request(`${address}/metrics`);
    // Those that are long are the last, and no more than 64 MiB of them.
    expect(Number(/^tiercel_routes_held (\d+)$/m.exec(text)![1])).to.be.within(60, 70);
    // What is held is there after a kill.
    run.kill('SIGKILL');
    await run.exit;
    folder.write(config({ archive }, { default: ['archive'] }));
    const again = folder.run();
    const pending = /^tiercel_output_pending\{output="archive"\} 0$/m;
    const nowAt = await again.address();
    await eventually(async () => pending.test((await request(`${nowAt}/metrics`)).text));
    await stop(again);
    const rules = new Set(rulesIn(folder.place('alerts.json')));
    expect(rules.size).to.equal(count + 80);
  });

  it('refuses an alert of 10 MiB and one that is nested without end, and takes what stands beside them', async () => {
    folder.write(config({ archive }));
    const run = folder.run();
    const address = await run.address();
    const huge = alertJson('huge', { output: 'x'.repeat(10 << 20) });
    const deep = alertJson('deep').replace('"sh"', `${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    for (const [bad, what] of [
      [huge, /more than 1048576 bytes/],
      [deep, /more than 32 /],
    ] as const) {
      const { status, text } = await request(address, `${alertJson('beside')}\n${bad}\n`);
      expect(status).to.equal(400);
      expect(text).to.match(what);
      expect((JSON.parse(text) as { accepted: number }).accepted).to.equal(1);
    }
    expect((await request(address, 'x'.repeat(40 << 20)).catch(() => ({ status: 413 }))).status).to.equal(
      413,
    );
    await stop(run);
    expect(rulesIn(folder.place('alerts.json'))).to.deep.equal(['beside', 'beside']);
  });

  it('keeps taking alerts while others hold connections half-open, send slowly, or open too many', async () => {
    folder.write(config({ archive }, {}, { max_connections: 50, timeout: '500ms', idle_timeout: '1s' }));
    const run = folder.run();
    const address = await run.address();
    const open = async (): Promise<Socket> => {
      const socket = connect(Number(new URL(address).port), '127.0.0.1');
      socket.on('error', () => undefined).resume();
      await once(socket, 'connect');
      return socket;
    };
    // Some say nothing, some half of the headers, some half of a body; some do not even take their leave.
    const beginnings = [
      '',
      'POST / HTTP/1.1\r\nhost:',
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{',
    ];
    const sockets: Socket[] = [];
    for (let i = 0; i < 45; i++) {
      const socket = await open();
      socket.write(beginnings[i % 3]!);
      if (i % 5 === 0) socket.end();
      sockets.push(socket);
    }
    // Beyond what it takes: closed at once.
    const tooMany = await Promise.all(Array.from({ length: 20 }, open));
    await Promise.race(tooMany.map((socket) => (socket.closed ? undefined : once(socket, 'close'))));
    // In time, all are let go.
    await Promise.all([...sockets, ...tooMany].map((socket) => socket.closed || once(socket, 'close')));
    expect((await request(address, alertJson('after'))).status).to.equal(200);
    const { text } = await request(`${address}/readyz`);
    expect(JSON.parse(text)).to.have.nested.property('inputs.http.state', 'running');
    await stop(run);
    expect(rulesIn(folder.place('alerts.json'))).to.deep.equal(['after']);
  });

  describe('of time, when it is told to stop', () => {
    const signals: readonly (readonly [NodeJS.Signals, ...NodeJS.Signals[]])[] = [
      ['SIGTERM'],
      ['SIGINT'],
      ['SIGTERM', 'SIGTERM'],
    ];
    for (const [first, second] of signals)
      it(`${first}${second === undefined ? '' : `, then ${second}`}: ends while an output hangs, and keeps what it did not deliver`, async () => {
        hook.status = undefined;
        const timeout = second === undefined ? '300ms' : '1h';
        folder.write(
          config(
            { hook: { kind: 'http', url: hook.url, retry, timeout: '1h' }, archive },
            { shutdown_timeout: timeout },
          ),
        );
        const run = folder.run();
        const address = await run.address();
        const load = new Load(() => address);
        await load.more(50);
        run.kill(first);
        await run.says('stops');
        if (second !== undefined) run.kill(second);
        expect(await run.exit).to.equal(0);
        await load.stop();
        hook.status = 200;
        folder.run();
        await hook.until(() => load.acknowledged.every((rule) => hook.rules.includes(rule)));
      });
  });

  it('goes on in a new file on SIGUSR1, under load and many times', async () => {
    folder.write(config({ archive: { ...archive, keep_alive: true } }));
    const run = folder.run();
    const address = await run.address();
    const load = new Load(() => address);
    const rotated = names('old', 20).map((name) => folder.place(`${name}.json`));
    for (const old of rotated) {
      await load.more(10);
      await eventually(() => rulesIn(folder.place('alerts.json')).length > 0);
      renameSync(folder.place('alerts.json'), old);
      const from = run.log.length;
      run.kill('SIGUSR1');
      await run.says('opened files anew', from);
    }
    await load.more(10);
    await load.stop();
    await stop(run);
    const all = [...rotated, folder.place('alerts.json')].flatMap(rulesIn);
    expectAll(load.acknowledged, all);
    expect(new Set(all).size, 'none comes twice').to.equal(all.length);
    expect(readFileSync(folder.place('alerts.json'), 'utf8')).not.to.equal('');
  });
});
