import { expect } from 'chai';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { alertJson, RunFolder, Webhook, type RunProcess } from '../run-process.ts';
import { accounts, eventually, expectAll, expectBalanced, Load, request, rulesIn } from './ledger.ts';

describe('tiercel run that is told to read its configuration again', function () {
  this.timeout(120_000);
  let folder: RunFolder;
  let hook: Webhook;
  let other: Webhook;

  beforeEach(async () => {
    folder = new RunFolder();
    hook = new Webhook();
    other = new Webhook();
    await Promise.all([hook.listen(), other.listen()]);
  });
  afterEach(async () => {
    await folder.remove();
    await Promise.all([hook.close(), other.close()]);
  });

  const retry = { first: '20ms', max: '50ms' };
  const http = (listen = '127.0.0.1:0') => ({ http: { kind: 'http', listen } });
  const file = (name: string) => ({ kind: 'file', path: name, sync: false });
  const config = (outputs: object, more: object = {}) => ({
    data_dir: 'data',
    inputs: http(),
    outputs,
    ...more,
  });

  /** Tells it to read the file again, and gives what it says to that. */
  async function reload(run: RunProcess): Promise<'done' | 'refused'> {
    const from = run.log.length;
    run.kill('SIGHUP');
    const line = await run.says('the configuration was', from);
    return line.msg.includes('read again') ? 'done' : 'refused';
  }

  it('loses nothing over a hundred times, wrong ones among them, while outputs come, go, and become others', async () => {
    // Its settings change each time; it gets all alerts.
    const always = (turn: number) => ({
      kind: 'http',
      url: hook.url,
      headers: { 'x-turn': `${turn}` },
      retry,
    });
    const fine: readonly ((turn: number) => object)[] = [
      (turn) => config({ always: always(turn), one: file('one.json') }),
      (turn) => config({ always: always(turn), two: file('two.json') }),
      // Becomes another kind.
      (turn) => config({ always: always(turn), one: { kind: 'http', url: other.url, retry } }),
      (turn) =>
        config(
          { always: always(turn), one: file('one.json'), two: file('two.json') },
          { routes: [{ outputs: ['always', 'one'], group: { by: ['rule'], wait: '50ms' } }] },
        ),
    ];
    const wrong: readonly object[] = [
      config({ always: always(0) }, { routes: [{ match: 'priority >= waring', outputs: ['always'] }] }),
      config({ always: { kind: 'http', url: 'https://example.org/', tls: { ca: 'missing.pem' } } }),
      config(
        { always: always(0) },
        { inputs: { ...http(), second: { kind: 'http', listen: new URL(hook.url).host } } },
      ),
    ];
    folder.write(fine[0]!(0));
    const run = folder.run();
    const address = await run.address();
    const load = new Load(() => address);
    await load.more(10);
    for (let turn = 1; turn <= 100; turn++) {
      if (turn % 2 === 0) folder.write(fine[(turn / 2) % fine.length]!(turn));
      else if (turn % 10 === 5) writeFileSync(folder.file, 'outputs: {always: [}\n');
      else folder.write(wrong[turn % wrong.length]!);
      expect(await reload(run), `turn ${turn}`).to.equal(turn % 2 === 0 ? 'done' : 'refused');
      await load.more(1);
    }
    await load.stop();
    // All outputs that there ever were, so that what waits for each is delivered.
    folder.write(config({ always: always(0), one: file('one.json'), two: file('two.json') }));
    expect(await reload(run)).to.equal('done');
    await hook.until(() => load.acknowledged.every((rule) => hook.rules.includes(rule)));
    await eventually(async () =>
      /^tiercel_output_pending\{.*\} 0$/m.test((await request(`${address}/metrics`)).text),
    );
    run.kill('SIGTERM');
    expect(await run.exit).to.equal(0);
    expect([...load.refusals], 'nobody was sent away').to.deep.equal([]);
    expectAll(load.acknowledged, hook.rules);
    expectAll(
      load.acknowledged,
      rulesIn(folder.place('one.json')),
      rulesIn(folder.place('two.json')),
      other.rules,
    );
    for (const account of accounts(folder.file).values()) {
      expectBalanced(account);
      expect(account).to.deep.include({ pending: 0, dead: 0 });
    }
  });

  it('keeps what waits for an output that is gone, shows it, and delivers it when the output is back', async () => {
    await hook.close();
    const outputs = { gone: { kind: 'http', url: hook.url, retry }, here: file('here.json') };
    folder.write(config(outputs));
    const run = folder.run();
    const address = await run.address();
    await request(address, alertJson('one'));
    folder.write(config({ here: outputs.here }));
    expect(await reload(run)).to.equal('done');
    const line = await run.says('alerts wait for an output that the configuration does not have any more');
    expect([line['output'], line['hint']]).to.deep.equal([
      'gone',
      'put it back, or `tiercel queue drop --pending gone`',
    ]);
    await request(address, alertJson('two'));
    const ready = JSON.parse((await request(`${address}/readyz`)).text) as {
      outputs: Record<string, { state: string; pending: number }>;
    };
    expect(ready.outputs['gone']?.state).to.equal('not configured');
    await hook.listen();
    folder.write(config(outputs));
    expect(await reload(run)).to.equal('done');
    await hook.until(() => hook.rules.includes('one'));
    expect(hook.rules).not.to.include('two');
  });

  it('takes another address without waiting for those that hold the old one', async () => {
    const addresses = await freeAddresses(2);
    folder.write(config({ here: file('here.json') }, { inputs: http(addresses[0]) }));
    const run = folder.run();
    await run.address();
    let current = `http://${addresses[0]}`;
    const load = new Load(() => current);
    await load.more(10);
    for (let turn = 1; turn <= 10; turn++) {
      // Half of a request, and no more of it.
      const slow = connect(Number(new URL(current).port), '127.0.0.1');
      await once(slow, 'connect');
      slow.on('error', () => undefined).resume();
      slow.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{');
      await load.more(1);
      folder.write(config({ here: file('here.json') }, { inputs: http(addresses[turn % 2]) }));
      expect(await reload(run)).to.equal('done');
      expect(slow.destroyed || slow.readableEnded, 'the old connection is still there').to.equal(false);
      current = `http://${addresses[turn % 2]}`;
      await load.more(10);
      slow.destroy();
    }
    await load.stop();
    run.kill('SIGTERM');
    expect(await run.exit).to.equal(0);
    expectAll(load.acknowledged, rulesIn(folder.place('here.json')));
  });

  it('stays at its address when another cannot be had', async () => {
    const [listen] = await freeAddresses(1);
    folder.write(config({ here: file('here.json') }, { inputs: http(listen) }));
    const run = folder.run();
    const address = await run.address();
    folder.write(config({ here: file('here.json') }, { inputs: http(new URL(hook.url).host) }));
    expect(await reload(run)).to.equal('refused');
    expect(run.log.find(({ msg }) => msg.includes('was refused'))?.['reason']).to.match(/EADDRINUSE/);
    expect((await request(address, alertJson('after'))).status).to.equal(200);
  });
});

describe('tiercel run with a live stream that is told to read its configuration again', function () {
  this.timeout(120_000);
  let folder: RunFolder;
  let hook: Webhook;
  beforeEach(async () => {
    folder = new RunFolder();
    hook = new Webhook();
    await hook.listen();
  });
  afterEach(async () => {
    await folder.remove();
    await hook.close();
  });

  const config = (live: object, listen = '127.0.0.1:0') => ({
    data_dir: 'data',
    inputs: { http: { kind: 'http', listen } },
    outputs: live,
  });
  const stream = (listen: string, more: object = {}) => ({ kind: 'websocket', listen, ...more });

  async function reload(run: RunProcess): Promise<string> {
    const from = run.log.length;
    run.kill('SIGHUP');
    const { msg, reason } = await run.says('the configuration was', from);
    return msg.includes('read again') ? 'done' : String(reason);
  }

  /** Connects, and gives the rule of the next alert that comes in. */
  async function connected(listen: string): Promise<{ client: WebSocket; next: () => Promise<unknown> }> {
    const client = new WebSocket(`ws://${listen}/alerts?source=syscall`);
    await once(client, 'open');
    return {
      client,
      next: async () => {
        const [message] = (await once(client, 'message')) as [Buffer];
        return (JSON.parse(message.toString()) as { rule: unknown }).rule;
      },
    };
  }

  it('listens where the file says, also at an address that it had before', async () => {
    const [a, b, c] = (await freeAddresses(3)) as [string, string, string];
    const steps: readonly (readonly [outputs: object, listening: string])[] = [
      [{ live: stream(a) }, a],
      [{ live: stream(a, { origins: ['https://e.org'] }) }, a],
      [{ live: stream(b) }, b],
      [{ renamed: stream(b) }, b],
      [{ renamed: stream(a), other: stream(b) }, a],
      [{ renamed: stream(b), other: stream(a) }, b],
      [{ renamed: stream(c, { token: 'x' }), other: stream(a) }, a],
    ];
    folder.write(config(steps[0]![0]));
    const run = folder.run();
    await run.address();
    for (const [turn, [outputs, listening]] of steps.entries()) {
      folder.write(config(outputs));
      expect(await reload(run), `turn ${turn}`).to.equal('done');
      const { client, next } = await connected(listening);
      const rule = next();
      await request(await run.address(), alertJson(`turn ${turn}`));
      expect(await rule).to.equal(`turn ${turn}`);
      client.terminate();
    }
    run.kill('SIGTERM');
    expect(await run.exit).to.equal(0);
    expect(run.log.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });

  it('stays where it is, with those who are connected, when the rest cannot be', async () => {
    const [a, b, input] = (await freeAddresses(3)) as [string, string, string];
    folder.write(config({ live: stream(a) }, input));
    const run = folder.run();
    const address = await run.address();
    const before = await connected(a);
    const taken = new URL(hook.url).host;
    for (const wrong of [
      config({ live: stream(taken) }, input),
      config({ live: stream(b) }, taken),
      config({ live: stream(a, { path: '/other' }) }, taken),
    ]) {
      folder.write(wrong);
      expect(await reload(run)).to.match(/EADDRINUSE/);
    }
    const after = await connected(a);
    const rules = Promise.all([before.next(), after.next()]);
    await request(address, alertJson('for both'));
    expect(await rules).to.deep.equal(['for both', 'for both']);
    for (const { client } of [before, after]) client.terminate();
  });
});

/** Addresses that nobody listens at. */
async function freeAddresses(count: number): Promise<string[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports.map((port) => `127.0.0.1:${port}`);
}
