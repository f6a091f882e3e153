import { expect } from 'chai';
import { existsSync, writeFileSync } from 'node:fs';
import { alertJson, RunFolder, Webhook, type RunProcess } from '../run-process.ts';
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

/** Where Debian's `faketime` has its library. */
const LIBRARIES = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
];

describe('tiercel run when the clock is set', function () {
  this.timeout(120_000);
  const library = LIBRARIES.find(existsSync);
  let folder: RunFolder;
  let hook: Webhook;
  let run: RunProcess;
  let address: string;
  const retry = { first: '20ms', max: '50ms' };

  before(function () {
    if (library !== undefined) return;
    console.log('libfaketime is not installed: tests of clocks that are set are skipped.');
    this.skip();
  });
  beforeEach(async () => {
    folder = new RunFolder();
    hook = new Webhook();
    await hook.listen();
    setClock(0);
  });
  afterEach(async () => {
    await folder.remove();
    await hook.close();
  });

  /** Sets the clock of the process so many hours ahead, or back. The monotonic clock goes on as it was. */
  function setClock(hours: number): void {
    writeFileSync(folder.place('clock'), `${hours < 0 ? '' : '+'}${hours * 3600}`);
  }

  async function start(config: object): Promise<void> {
    folder.write({ data_dir: 'data', inputs: { http: { kind: 'http', listen: '127.0.0.1:0' } }, ...config });
    run = folder.runWith({
      LD_PRELOAD: library!,
      FAKETIME_TIMESTAMP_FILE: folder.place('clock'),
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
      // What the kernel says of files is of the true clock.
      NO_FAKE_STAT: '1',
    });
    address = await run.address();
  }

  /** Whether the process has the clock that it was given. */
  const clockIs = async (hours: number): Promise<boolean> => {
    const from = run.log.length;
    run.kill('SIGUSR1');
    const { time } = await run.says('opened files anew', from);
    return Math.abs(Date.parse(String(time)) - Date.now() - hours * 3_600_000) < 600_000;
  };

  const JUMPS = [5, -5, 0, -48, 48, 0];

  it('delivers everything, and no more often than it has to, while it jumps by hours', async () => {
    await start({
      outputs: {
        hook: { kind: 'http', url: hook.url, retry },
        archive: { kind: 'file', path: 'alerts.json', sync: false },
      },
    });
    const load = new Load(() => address);
    for (const hours of JUMPS) {
      setClock(hours);
      expect(await clockIs(hours), `${hours} h`).to.equal(true);
      await load.more(20);
      // A destination that comes and goes meanwhile.
      hook.status = 503;
      await load.more(20);
      hook.status = 200;
      await load.more(20);
    }
    await load.stop();
    await hook.until(() => load.acknowledged.every((rule) => hook.rules.includes(rule)));
    run.kill('SIGTERM');
    expect(await run.exit).to.equal(0);
    expectAll(load.acknowledged, rulesIn(folder.place('alerts.json')));
    const hooked = ofOthers(hook.rules);
    expect(hooked.length, 'none comes twice').to.equal(new Set(hooked).size);
    for (const account of accounts(folder.file).values()) {
      expectBalanced(account);
      expect(account).to.deep.include({ pending: 0, dead: 0 });
    }
  });

  it('opens the way to a destination that was down, whichever way it jumps', async () => {
    await start({ outputs: { hook: { kind: 'http', url: hook.url, retry, rate_limit: '1000/s' } } });
    for (const hours of JUMPS) {
      const from = run.log.length;
      hook.status = 503;
      await request(address, alertJson(`down ${hours} ${from}`));
      await run.says('is down: its alerts wait', from);
      setClock(hours);
      hook.status = 200;
      await hook.until(() => hook.rules.includes(`down ${hours} ${from}`));
      await run.says('is up again', from);
    }
  });

  it('hands groups over, lets throttles go on, and ends pauses of dedup, whichever way it jumps', async () => {
    await start({
      outputs: { hook: { kind: 'http', url: hook.url, retry } },
      routes: [
        {
          match: 'rule startswith grouped',
          outputs: ['hook'],
          group: { by: ['rule'], wait: '200ms', interval: '200ms' },
        },
        {
          match: 'rule startswith throttled',
          outputs: ['hook'],
          throttle: { by: [], rate: '2/s', burst: 1 },
        },
        { match: 'rule startswith deduped', outputs: ['hook'], dedup: { by: ['rule'], window: '300ms' } },
        { outputs: ['hook'] },
      ],
    });
    const told = (rule: string): number => hook.rules.filter((one) => one === rule).length;
    let turn = 0;
    for (const hours of JUMPS) {
      turn++;
      await request(address, alertJson(`grouped ${turn}`));
      setClock(hours);
      expect(await clockIs(hours)).to.equal(true);
      // What waited is handed over, with nothing that comes behind it.
      await hook.until(() => told(`grouped ${turn}`) === 1);
      for (const kind of ['throttled', 'deduped']) {
        const rule = `${kind} ${turn}`;
        const before = told(rule);
        // Held back for a moment at most, not for hours.
        await eventually(async () => {
          await request(address, alertJson(rule, { output: String(Math.random()) }));
          return told(rule) > before;
        });
      }
    }
    // No storm: of a hundred at once, some at most get through.
    for (let i = 0; i < 100; i++) await request(address, alertJson('throttled storm', { output: `${i}` }));
    await request(address, alertJson('last'));
    await hook.until(() => told('last') === 1);
    expect(told('throttled storm')).to.be.below(60);
  });

  it('makes dead letters, which can be put back, of what seems older than max_age, and loses none', async () => {
    hook.status = 503;
    await start({ outputs: { hook: { kind: 'http', url: hook.url, retry, queue: { max_age: '24h' } } } });
    await request(address, alertJson('old'));
    setClock(48);
    await run.says('they are dead letters');
    setClock(0);
    hook.status = 200;
    await request(address, alertJson('new'));
    await hook.until(() => hook.rules.includes('new'));
    expect(hook.rules).not.to.include('old');
    const { status } = await request(`${address}/queue`);
    expect(status).to.be.oneOf([200, 401, 403]);
    expect(accounts(folder.file).get('hook')).to.deep.include({ dead: 1 });
  });
});
