import { expect } from 'chai';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { Input } from '../../../daemon/inputs/input.ts';
import { websocket } from '../../../daemon/inputs/websocket.ts';
import type { WebSocketListener } from '../../../daemon/inputs/websocket/server.ts';
import { FakeSink, fakeContext, falcoAlert, until } from './fakes.ts';

describe('the WebSocket input', () => {
  let input: Input | undefined;
  let sink: FakeSink;
  let context: ReturnType<typeof fakeContext>;
  beforeEach(() => {
    sink = new FakeSink();
    context = fakeContext();
  });
  afterEach(async () => {
    await input?.stop();
    input = undefined;
  });

  async function start(settings: object): Promise<Input> {
    input = await websocket.open(websocket.config.parse(settings), context);
    await input.start(sink);
    return input;
  }
  const lines = `${falcoAlert(2)}\n${falcoAlert(3)}`;
  const messages = [falcoAlert(1), lines, `[${falcoAlert(4)}]`, 'nothing', Buffer.from(falcoAlert(5))];

  describe('that connects', () => {
    let server: WebSocketServer;
    let seen: IncomingHttpHeaders[];
    let clients: WebSocket[];
    let heard: string[];
    const url = (): string => `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    async function listen(port = 0): Promise<void> {
      server = new WebSocketServer({ port, host: '127.0.0.1' });
      seen = [];
      clients = [];
      heard = [];
      server.on('connection', (client, request) => {
        seen.push(request.headers);
        clients.push(client);
        client.on('message', (data: Buffer) => heard.push(data.toString()));
      });
      await new Promise((resolve) => server.once('listening', resolve));
    }
    beforeEach(() => listen());
    afterEach(() => {
      server.close();
      for (const client of server.clients) client.terminate();
    });

    it('takes messages, and says who it is', async () => {
      await start({ url: url(), token: 'secret-token', headers: { 'X-A': 'b' }, subscribe: 'all please' });
      await until(() => clients.length === 1);
      for (const message of messages) clients[0]!.send(message);
      await sink.has(5);
      expect(sink.rules).to.deep.equal(['1', '2', '3', '4', '5']);
      expect(seen[0]).to.deep.include({ authorization: 'Bearer secret-token', 'x-a': 'b' });
      await until(() => heard.length === 1);
      expect(heard).to.deep.equal(['all please']);
      expect(input!.health).to.deep.include({ state: 'running', refused: 1 });
    });
    it('connects again', async () => {
      await start({ url: url() });
      await until(() => clients.length === 1);
      clients[0]!.close(1013, 'later');
      await until(() => clients.length === 2);
      expect(input!.health.lastError?.message).to.equal('closed with 1013: later');
      clients[1]!.send(falcoAlert(1));
      await sink.has(1);
    });
    it('waits for a server', async () => {
      const { port } = server.address() as AddressInfo;
      await new Promise((resolve) => server.close(resolve));
      await start({ url: `ws://127.0.0.1:${port}/` });
      await until(() => input!.health.errors === 1);
      expect(input!.health.lastError?.message).to.match(/ECONNREFUSED/);
      await listen(port);
      await until(() => clients.length === 1);
    });
    it('rests while the sink takes nothing, and takes all in order then', async () => {
      await start({ url: url() });
      await until(() => clients.length === 1);
      let release!: () => void;
      sink.answers.push(new Promise((resolve) => (release = resolve)));
      const count = 2000;
      for (let n = 0; n < count; n++) clients[0]!.send(falcoAlert(n, { output: 'x'.repeat(5000) }));
      await until(() => sink.calls === 1);
      expect(clients[0]!.bufferedAmount).to.be.greaterThan(0);
      release();
      await sink.has(count);
      expect(sink.rules).to.deep.equal(Array.from({ length: count }, (_, n) => String(n)));
    });
    it('closes the connection of a message that is too long', async () => {
      await start({ url: url(), max_message_bytes: '2KiB' });
      await until(() => clients.length === 1);
      clients[0]!.send('x'.repeat(3000));
      await until(() => clients.length === 2);
      expect(input!.health.lastError?.message).to.match(/Max payload size exceeded/);
    });
  });

  describe('that listens', () => {
    const dial = (path = '/', token = ''): Promise<WebSocket | number> =>
      new Promise((resolve) => {
        const socket = new WebSocket(`ws://127.0.0.1:${(input as WebSocketListener).port}${path}`, {
          headers: token === '' ? {} : { authorization: `Bearer ${token}` },
        });
        socket.on('open', () => resolve(socket));
        socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode!));
        socket.on('error', () => undefined);
      });
    it('takes messages', async () => {
      await start({ listen: '127.0.0.1:0' });
      const client = (await dial()) as WebSocket;
      for (const message of messages) client.send(message);
      await sink.has(5);
      expect(sink.rules).to.deep.equal(['1', '2', '3', '4', '5']);
      expect(input!.health).to.deep.include({ connections: 1 });
      const closed = new Promise((resolve) => client.once('close', resolve));
      await input!.stop();
      expect(await closed).to.equal(1001);
    });
    it('asks for a token, at its path', async () => {
      await start({ listen: '127.0.0.1:0', token: 'secret-token', path: '/alerts' });
      expect(await dial('/alerts')).to.equal(401);
      expect(await dial('/alerts', 'secret-other')).to.equal(401);
      expect(await dial('/', 'secret-token')).to.equal(404);
      expect(await dial('/alerts', 'secret-token')).to.be.instanceOf(WebSocket);
      expect(context.told.join()).not.to.include('secret');
    });
  });

  for (const [what, settings] of [
    ['neither url nor listen', {}],
    ['both', { url: 'ws://a/', listen: ':1' }],
    ['another scheme', { url: 'http://a/' }],
  ] as const)
    it(`refuses settings with ${what}`, () =>
      expect(websocket.config.safeParse(settings).success).to.be.false);
});
