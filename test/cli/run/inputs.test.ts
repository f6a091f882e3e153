import { ServerCredentials } from '@grpc/grpc-js';
import { expect } from 'chai';
import { once } from 'node:events';
import { appendFileSync, existsSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { makeCertificates, type Certificates } from '../../certificates.ts';
import { FakeFalco, response } from '../../daemon/inputs/fake-falco.ts';
import { alertJson, RunFolder, Webhook, type RunProcess } from '../run-process.ts';
import { tiercel } from '../tiercel.ts';
import { accounts, eventually, ofOthers, request } from './ledger.ts';

describe('inputs of tiercel run that is killed', function () {
  this.timeout(120_000);
  let folder: RunFolder;
  let hook: Webhook;
  /** What is to be done at the end of a test. */
  let cleanUp: (() => unknown)[];

  beforeEach(async () => {
    folder = new RunFolder();
    hook = new Webhook();
    cleanUp = [];
    await hook.listen();
  });
  afterEach(async () => {
    for (const act of cleanUp) await act();
    falco = undefined;
    await folder.remove();
    await hook.close();
  });

  /** Nothing is delivered until the end: so what comes twice did so at the input. */
  async function start(input: object): Promise<RunProcess> {
    hook.status = 503;
    folder.write({
      data_dir: 'data',
      inputs: { http: { kind: 'http', listen: '127.0.0.1:0' }, in: input },
      outputs: { hook: { kind: 'http', url: hook.url, retry: { first: '20ms', max: '50ms' } } },
    });
    const run = folder.run();
    await run.address();
    return run;
  }

  /** Alerts of the input that are on disk, as it says itself. */
  async function taken(run: RunProcess): Promise<number> {
    const { text } = await request(`${await run.address()}/metrics`);
    return Number(/^tiercel_input_alerts_total\{input="in"\} (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  /** Numbers of the alerts that are in the queue in the end, in order. */
  async function delivered(run: RunProcess): Promise<number[]> {
    const address = await run.address();
    hook.status = 200;
    await eventually(async () =>
      /^tiercel_output_pending\{output="hook"\} 0$/m.test((await request(`${address}/metrics`)).text),
    );
    run.kill('SIGTERM');
    expect(await run.exit).to.equal(0);
    expect(accounts(folder.file).get('hook')).to.deep.include({ pending: 0, dead: 0 });
    return ofOthers(hook.rules)
      .map(Number)
      .sort((a, b) => a - b);
  }

  const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

  /** One kind of input that is fed from outside; each has numbered alerts under way until `stop`. */
  interface Fed {
    readonly what: string;
    readonly input: () => object;
    /** Feeds alerts from number 1 on until it is told to end. */
    readonly feed: (run: RunProcess, isOver: () => boolean) => Promise<void>;
  }

  let certificates: Certificates;
  before(() => (certificates = makeCertificates()));
  after(() => certificates.remove());

  async function feedLines(
    write: (text: string) => boolean,
    drained: () => Promise<unknown>,
    isOver: () => boolean,
  ): Promise<void> {
    for (let number = 1; !isOver(); number++) {
      if (!write(`${alertJson(String(number))}\n`)) await Promise.race([drained(), ended(isOver)]);
      if (number % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const ended = (isOver: () => boolean): Promise<void> => eventually(isOver);

  async function feedFalco(falco: FakeFalco, isOver: () => boolean): Promise<void> {
    for (let number = 1; !isOver(); number++) {
      falco.queue.push(response(number));
      if (number % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  const script =
    'i=0; while :; do i=$((i+1)); echo "{\\"rule\\":\\"$i\\",\\"priority\\":\\"Notice\\",\\"time\\":\\"2026-01-31T12:34:56Z\\",\\"output\\":\\"x\\"}"; done';
  const kinds: readonly Fed[] = [
    {
      what: 'stdin',
      input: () => ({ kind: 'stdin' }),
      feed: ({ child: { stdin } }, isOver) => {
        stdin!.on('error', () => undefined);
        return feedLines(
          (text) => stdin!.write(text),
          () => once(stdin!, 'drain').catch(() => undefined),
          isOver,
        );
      },
    },
    {
      what: 'program',
      // After the first run there is nothing more.
      input: () => ({
        kind: 'program',
        command: ['sh', '-c', `[ -e again ] && exec sleep 1000; touch again; ${script}`],
        cwd: folder.path,
      }),
      feed: (_run, isOver) => ended(isOver),
    },
    {
      what: 'unix',
      input: () => ({ kind: 'unix', path: 'in.sock' }),
      feed: async (_run, isOver) => {
        const socket: Socket = connect(folder.place('in.sock')).on('error', () => undefined);
        await once(socket, 'connect');
        await feedLines(
          (text) => socket.write(text),
          () => once(socket, 'drain').catch(() => undefined),
          isOver,
        );
        socket.destroy();
      },
    },
    {
      what: 'websocket',
      input: () => ({ kind: 'websocket', listen: '127.0.0.1:0' }),
      feed: async (run, isOver) => {
        const { address } = run.log.find(({ input, address }) => input === 'in' && address !== undefined)!;
        const socket = new WebSocket(`ws://${String(address)}/`).on('error', () => undefined);
        await once(socket, 'open');
        for (let number = 1; !isOver(); number++) {
          socket.send(alertJson(String(number)));
          if (number % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        }
        socket.terminate();
      },
    },
    ...(['unix', 'tls'] as const).map((transport): Fed => ({
      what: `grpc (${transport})`,
      input: () => ({
        kind: 'grpc',
        interval: '20ms',
        ...(transport === 'unix'
          ? { address: `unix://${folder.place('falco.sock')}` }
          : {
              address: `127.0.0.1:${port}`,
              tls: {
                ca: certificates.path('ca.crt'),
                cert: certificates.path('client.crt'),
                key: certificates.path('client.key'),
              },
            }),
      }),
      feed: (_run, isOver) => feedFalco(falco!, isOver),
    })),
  ];
  let falco: FakeFalco | undefined;
  let port = 0;

  for (const { what, input, feed } of kinds)
    it(`${what}: has all that was taken, without a gap; only the end can be missing`, async () => {
      if (what.startsWith('grpc')) {
        falco = new FakeFalco();
        const isUnix = what.includes('unix');
        await falco.listen(
          isUnix ? `unix://${folder.place('falco.sock')}` : '127.0.0.1:0',
          isUnix
            ? ServerCredentials.createInsecure()
            : ServerCredentials.createSsl(
                certificates.read('ca.crt'),
                [
                  {
                    cert_chain: certificates.read('server.crt'),
                    private_key: certificates.read('server.key'),
                  },
                ],
                true,
              ),
        );
        port = falco.port;
        const { server } = falco;
        cleanUp.push(() => server.forceShutdown());
      }
      const run = await start(input());
      let over = false;
      const feeding = feed(run, () => over);
      await eventually(async () => (await taken(run)) >= 200);
      const least = await taken(run);
      run.kill('SIGKILL');
      await run.exit;
      over = true;
      await feeding;
      if (falco !== undefined) falco.queue.length = 0;
      const numbers = await delivered(await start(input()));
      expect(numbers.length).to.be.at.least(least);
      expect(numbers).to.deep.equal(upTo(numbers.length));
    });

  it('file: none is lost and none comes twice, through rotation and a cut while it is down', async () => {
    const path = folder.place('events.json');
    const input = { kind: 'file', path: 'events.json', from: 'beginning', poll: '50ms' };
    let number = 0;
    const write = (count: number): void => {
      let text = '';
      for (let i = 0; i < count; i++) text += `${alertJson(String(++number))}\n`;
      appendFileSync(path, text);
    };
    /** As logrotate does it. */
    const rotate = (): void => {
      let last = 1;
      while (existsSync(`${path}.${last}`)) last++;
      for (; last > 1; last--) renameSync(`${path}.${last - 1}`, `${path}.${last}`);
      renameSync(path, `${path}.1`);
    };
    const hasAll = (run: RunProcess): Promise<void> =>
      eventually(async () => {
        const { text } = await request(`${await run.address()}/metrics`);
        return Number(/^tiercel_output_accepted_total\{output="hook"\} (\d+)$/m.exec(text)![1]) >= number;
      });
    write(50);
    for (let round = 0; round < 6; round++) {
      const run = await start(input);
      write(80);
      if (round % 2 === 0) await eventually(async () => (await taken(run)) > 20);
      if (round === 1) {
        rotate();
        write(30);
      }
      run.kill('SIGKILL');
      await run.exit;
      // While it is down: rotated once, twice; copied and cut.
      if (round === 2 || round === 3) {
        write(30);
        rotate();
        write(30);
      }
      if (round === 4) {
        const all = await start(input);
        await hasAll(all);
        all.kill('SIGKILL');
        await all.exit;
        truncateSync(path, 0);
        write(30);
      }
    }
    const run = await start(input);
    await hasAll(run);
    const numbers = await delivered(run);
    const twice = numbers.filter((one, i) => one === numbers[i - 1]);
    const known = new Set(numbers);
    expect({ twice, missing: upTo(number).filter((one) => !known.has(one)) }).to.deep.equal({
      twice: [],
      missing: [],
    });
  });

  it('replay: begins again, and the alerts have the ids that they had', async () => {
    const root = join(import.meta.dirname, '../../..');
    const replay = {
      kind: 'replay',
      captures: [join(root, 'test/captures/podman-shell.scap')],
      rules: [join(root, 'rules/library')],
      config: 'falco.yaml',
      speed: 'max',
    };
    writeFileSync(folder.place('falco.yaml'), JSON.stringify({ json_output: true }));
    const first = await start(replay);
    await eventually(async () => (await taken(first)) > 0);
    first.kill('SIGKILL');
    await first.exit;
    const run = await start(replay);
    await run.says('all captures were replayed');
    const list = pendingIds(folder.file);
    const address = await run.address();
    hook.status = 200;
    await eventually(async () =>
      /^tiercel_output_pending\{output="hook"\} 0$/m.test((await request(`${address}/metrics`)).text),
    );
    const counts = new Map<string, number>();
    for (const id of list) counts.set(id, (counts.get(id) ?? 0) + 1);
    expect([...counts.values()].every((count) => count === 1 || count === 2)).to.equal(true);
    expect(Math.max(...counts.values())).to.equal(2);
  });
});

/** Ids of the alerts that wait, as `tiercel queue ls` has them. */
function pendingIds(config: string): string[] {
  const { stdout } = tiercel('queue', 'ls', '--pending', '-c', config, '--json');
  return (JSON.parse(stdout) as { id: string }[]).map(({ id }) => id);
}
