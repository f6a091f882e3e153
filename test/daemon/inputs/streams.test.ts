import { expect } from 'chai';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Input } from '../../../daemon/inputs/input.ts';
import { program } from '../../../daemon/inputs/program.ts';
import { stdin } from '../../../daemon/inputs/stdin.ts';
import { unix } from '../../../daemon/inputs/unix.ts';
import { FakeSink, fakeContext, falcoAlert, until } from './fakes.ts';

let folder: string;
let input: Input | undefined;
let sink: FakeSink;
let context: ReturnType<typeof fakeContext>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inputs-'));
  sink = new FakeSink();
  context = fakeContext();
});
afterEach(async () => {
  await input?.stop();
  input = undefined;
  rmSync(folder, { recursive: true });
});

describe('the input of standard input', () => {
  async function start(settings: object = {}): Promise<PassThrough> {
    const stream = new PassThrough({ highWaterMark: 1024 });
    context = fakeContext({ stdin: stream });
    input = await stdin.open(stdin.config.parse(settings), context);
    await input.start(sink);
    return stream;
  }
  it('takes lines until the end, and the last one without a line feed', async () => {
    const stream = await start();
    stream.write(`${falcoAlert(1)}\r\n\nnothing\n`);
    stream.end(falcoAlert(2));
    await input!.ended;
    expect(sink.rules).to.deep.equal(['1', '2']);
    expect(input!.health).to.deep.include({ state: 'ended', alerts: 2, refused: 1 });
  });
  it('reads nothing while the sink takes nothing', async () => {
    const stream = await start();
    let release!: () => void;
    sink.answers.push(new Promise((resolve) => (release = resolve)));
    for (let n = 0; n < 50; n++) stream.write(`${falcoAlert(n)}\n`);
    await until(() => sink.calls === 1);
    expect(stream.writableNeedDrain).to.be.true;
    release();
    stream.end();
    await input!.ended;
    expect(sink.rules).to.deep.equal(Array.from({ length: 50 }, (_, n) => String(n)));
  });
  it('offers again what the sink did not take', async () => {
    const stream = await start();
    sink.answers.push('full', 'failed');
    stream.end(`${falcoAlert(1)}\n`);
    await input!.ended;
    expect(sink.rules).to.deep.equal(['1']);
    expect(input!.health.errors).to.equal(2);
  });
  it('stops in the middle', async () => {
    const stream = await start();
    stream.write(`${falcoAlert(1)}\n${falcoAlert(2).slice(0, 10)}`);
    await sink.has(1);
    await input!.stop();
    expect(sink.rules).to.deep.equal(['1']);
  });
  it('tells when it cannot be read', async () => {
    const stream = await start();
    stream.destroy(new Error('EIO: broken'));
    await input!.ended;
    expect(input!.health.lastError?.message).to.equal('EIO: broken');
  });
});

describe('the input of a program', () => {
  async function start(settings: object): Promise<void> {
    const config = program.config.parse({ restart: { first: '10ms', max: '20ms' }, ...settings });
    input = await program.open(config, context);
    await input.start(sink);
  }
  const node = (code: string): string[] => [process.execPath, '-e', code];

  it('takes what it prints, logs what it says, and starts it again', async () => {
    await start({
      command: [...node('console.log(process.env.LINE); console.error("hello"); process.exit(3)')],
      env: { LINE: falcoAlert(1) },
    });
    await sink.has(2);
    await until(() => input!.health.errors > 0);
    expect(input!.health.lastError?.message).to.equal('exit status 3');
    expect(context.told.join('\n')).to.include('the program says {"stderr":"hello"}');
  });
  it('runs text with the shell, in a folder', async () => {
    writeFileSync(join(folder, 'alerts'), `${falcoAlert(1)}\n`);
    await start({ command: 'cat alerts && sleep 60', cwd: folder });
    await sink.has(1);
    expect(input!.health.state).to.equal('running');
    await input!.stop();
    expect(sink.rules).to.deep.equal(['1']);
  });
  it('tells it to stop, and takes what it says then', async () => {
    await start({
      command: node(
        `process.on('SIGTERM', () => { console.log(${JSON.stringify(falcoAlert('last'))}); process.exit(0) }); console.log(${JSON.stringify(falcoAlert('first'))}); setInterval(() => 0, 1000)`,
      ),
    });
    await sink.has(1);
    await input!.stop();
    expect(sink.rules).to.deep.equal(['first', 'last']);
  });
  it('kills what does not stop, and what that has started', async () => {
    await start({
      command: `trap '' TERM; echo '${falcoAlert(1)}'; sleep 1000 & echo $! > pid; wait; sleep 1000`,
      cwd: folder,
      stop_timeout: '100ms',
    });
    await sink.has(1);
    await until(() => existsSync(join(folder, 'pid')) && readFileSync(join(folder, 'pid'), 'utf8') !== '');
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    await input!.stop();
    const isGone = (): boolean => {
      try {
        // A zombie until whoever adopted it looks.
        return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      } catch {
        return true;
      }
    };
    await until(isGone);
  });
  it('tells that there is no such program, and tries again', async () => {
    await start({ command: ['/nowhere/program'] });
    await until(() => input!.health.errors >= 2);
    expect(input!.health.lastError?.message).to.equal('cannot run /nowhere/program: ENOENT');
    expect(input!.health.state).to.equal('connecting');
  });
});

describe('the input of a Unix socket', () => {
  const path = (): string => join(folder, 'alerts.sock');
  async function start(settings: object = {}): Promise<void> {
    input = await unix.open(unix.config.parse({ path: path(), ...settings }), context);
    await input.start(sink);
  }
  function dial(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(path(), () => resolve(socket));
      socket.once('error', reject);
    });
  }

  it('takes lines of several connections', async () => {
    await start();
    const [one, two] = [await dial(), await dial()];
    one.write(`${falcoAlert(1)}\n${falcoAlert(2).slice(0, 9)}`);
    await sink.has(1);
    two.end(falcoAlert('two'));
    await sink.has(2);
    one.end(`${falcoAlert(2).slice(9)}\n`);
    await sink.has(3);
    expect(sink.rules).to.deep.equal(['1', 'two', '2']);
    await until(() => input!.health.connections === 0);
  });
  it('has the mode that it is told', async () => {
    await start({ mode: '0620', owner: process.getuid!(), group: process.getgid!() });
    expect(statSync(path()).mode & 0o777).to.equal(0o620);
    await input!.stop();
    expect(existsSync(path())).to.be.false;
  });
  it('removes a socket that nobody listens at', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path(), resolve));
    // What a process leaves that was killed: closing would remove it.
    writeFileSync(join(folder, 'keep'), '');
    const { renameSync } = await import('node:fs');
    renameSync(path(), join(folder, 'left'));
    await new Promise((resolve) => server.close(resolve));
    renameSync(join(folder, 'left'), path());
    await start();
    (await dial()).end(`${falcoAlert(1)}\n`);
    await sink.has(1);
  });
  it('leaves a socket alone that somebody listens at', async () => {
    await start();
    const second = await unix.open(unix.config.parse({ path: path() }), fakeContext());
    expect(await second.start(sink).catch((error: Error) => error.message)).to.match(
      /EADDRINUSE; another program/,
    );
    (await dial()).end(`${falcoAlert(1)}\n`);
    await sink.has(1);
  });
  it('leaves a file alone', async () => {
    writeFileSync(path(), 'precious');
    expect(await start().catch((error: Error) => error.message)).to.match(
      /something that is no socket is there/,
    );
    expect(readFileSync(path(), 'utf8')).to.equal('precious');
  });
  it('tells that there is no such group', async () => {
    expect(await start({ group: 'no-such-group' }).catch((error: Error) => error.message)).to.equal(
      '"no-such-group" is not in /etc/group',
    );
  });
  it('reads nothing while the sink takes nothing, and ends connections when it stops', async () => {
    await start();
    sink.answers.push(...Array<'full'>(10_000).fill('full'));
    const socket = await dial();
    socket.on('error', () => undefined);
    const lines = `${falcoAlert('x'.repeat(10_000))}\n`.repeat(500);
    socket.write(lines);
    await until(() => input!.health.state === 'waiting');
    expect(socket.writableLength).to.be.greaterThan(0);
    await input!.stop();
    expect(sink.alerts.length).to.equal(0);
  });
});
