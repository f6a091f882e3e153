import { expect } from 'chai';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { websocket as websocketInput } from '../../../daemon/inputs/websocket.ts';
import type { WebSocketListener } from '../../../daemon/inputs/websocket/server.ts';
import { websocket } from '../../../outputs/kinds/websocket.ts';
import { FakeSink, fakeContext, falcoAlert } from '../../daemon/inputs/fakes.ts';
import { tellAbsent } from '../../real-program.ts';
import { closedPort, tlsFile } from '../scripted-server.ts';
import { alert, OpenOutput } from './opened.ts';

/** Says `open` or `serving PORT`, then each message that it gets; sends each line that it is given. */
const SCRIPT = `
import asyncio, ssl, sys, websockets
async def lines(socket):
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        await socket.send(line.rstrip('\\n'))
    await socket.close()
async def listen(socket):
    async for message in socket: print(message, flush=True)
async def client(url, ca, token):
    context = ssl.create_default_context(cafile=ca) if url.startswith('wss') else None
    async with websockets.connect(url, ssl=context, extra_headers={'Authorization': 'Bearer ' + token}) as socket:
        print('open', flush=True)
        await asyncio.gather(listen(socket), lines(socket))
async def server(cert, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    async with websockets.serve(listen, '127.0.0.1', 0, ssl=context) as serving:
        print('serving', serving.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()
asyncio.run({'client': client, 'server': server}[sys.argv[1]](*sys.argv[2:]))
`;

/** A program of Python's `websockets`. */
class Program {
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  constructor(python: string, ...args: readonly string[]) {
    this.child = spawn(python, ['-c', SCRIPT, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines: Interface = createInterface({ input: this.child.stdout! });
    this.#lines = lines[Symbol.asyncIterator]();
  }
  /** The next line that it says; undefined after the last. */
  async next(): Promise<string | undefined> {
    return ((await this.#lines.next()) as { value?: string }).value;
  }
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}

describe("Python's websockets", () => {
  // Another one may come first in the path; Debian's own has Debian's modules.
  const python = ['/usr/bin/python3', 'python3'].find(
    (path) => spawnSync(path, ['-c', 'import websockets']).status === 0,
  );
  if (python === undefined) return tellAbsent('python3-websockets', "Python's websockets");
  let program: Program | undefined;
  let output: OpenOutput | undefined;
  afterEach(async () => {
    await program?.stop();
    await output?.close();
    output = undefined;
  });

  const secure = { cert: tlsFile('server.pem'), key: tlsFile('server.key') };
  const odd = alert({ rule: 'k\u00e4se \u{1f9c0}', output: 'x'.repeat(200_000) });

  for (const scheme of ['ws', 'wss'])
    it(`read the live stream by ${scheme}`, async () => {
      const port = await closedPort();
      const tls = scheme === 'wss' ? { tls: secure } : {};
      output = await OpenOutput.open(websocket, { listen: `127.0.0.1:${port}`, token: 'token', ...tls });
      const url = `${scheme}://localhost:${port}/alerts?rule=${encodeURIComponent(odd.rule)}`;
      program = new Program(python, 'client', url, tlsFile('ca.pem'), 'token');
      expect(await program.next()).to.equal('open');
      await output.send([alert(), odd]);
      expect(JSON.parse((await program.next())!)).to.deep.equal(JSON.parse(odd.json));
    });

  it('get what the output brings', async () => {
    program = new Program(python, 'server', secure.cert, secure.key);
    const [, port] = /^serving (\d+)$/.exec((await program.next())!)!;
    output = await OpenOutput.open(websocket, {
      url: `wss://localhost:${port}/`,
      tls: { ca: tlsFile('ca.pem') },
    });
    await output.send([odd, alert()]);
    expect(JSON.parse((await program.next())!)).to.deep.equal(JSON.parse(odd.json));
    expect(JSON.parse((await program.next())!)).to.deep.include({ rule: 'Read shadow' });
  });

  it('bring alerts to the input', async () => {
    const sink = new FakeSink();
    const input = (await websocketInput.open(
      websocketInput.config.parse({ listen: '127.0.0.1:0', server_tls: secure, token: 'token-of-in' }),
      fakeContext(),
    )) as WebSocketListener;
    await input.start(sink);
    program = new Program(
      python,
      'client',
      `wss://localhost:${input.port}/`,
      tlsFile('ca.pem'),
      'token-of-in',
    );
    expect(await program.next()).to.equal('open');
    program.child.stdin!.write(`${falcoAlert('a')}\n[${falcoAlert('b')},${falcoAlert('k\u00e4se')}]\n`);
    await sink.has(3);
    expect(sink.rules).to.deep.equal(['a', 'b', 'k\u00e4se']);
    await input.stop();
    program.child.stdin!.end();
    expect(await program.next()).to.equal(undefined);
  });
});
