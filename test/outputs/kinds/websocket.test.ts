import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer, type ClientOptions } from 'ws';
import { websocket } from '../../../outputs/kinds/websocket.ts';
import { closedPort, tlsFile } from '../scripted-server.ts';
import { alert, failureOf, OpenOutput } from './opened.ts';

/** A client that keeps what it gets. */
class Reader {
  readonly got: string[] = [];
  readonly socket: WebSocket;
  #onMessage = (): void => {};
  constructor(url: string, options: ClientOptions = {}) {
    this.socket = new WebSocket(url, options);
    this.socket.on('message', (data) => {
      this.got.push(String(data));
      this.#onMessage();
    });
  }
  /** Resolves when it is connected; rejects with what the server said. */
  opened(): Promise<this> {
    return new Promise((resolve, reject) =>
      this.socket.once('open', () => resolve(this)).once('error', reject),
    );
  }
  until(count: number): Promise<string[]> {
    return new Promise((resolve) => {
      this.#onMessage = () => this.got.length >= count && resolve(this.got);
      this.#onMessage();
    });
  }
}

const refusal = (reader: Reader): Promise<string> =>
  reader.opened().then(
    () => 'connected',
    (error: Error) => error.message,
  );

describe('websocket', () => {
  let output: OpenOutput | undefined;
  afterEach(async () => {
    await output?.close();
    output = undefined;
  });

  describe('as a server', () => {
    let port: number;
    const open = async (settings: object = {}) => {
      port = await closedPort();
      output = await OpenOutput.open(websocket, {
        listen: `127.0.0.1:${port}`,
        template: '%rule',
        ...settings,
      });
      return output;
    };
    const url = (query = ''): string => `ws://127.0.0.1:${port}/alerts${query}`;

    it('streams to all who are connected what they ask for', async () => {
      await open();
      await output!.send([alert({ rule: 'nobody is there' })]);
      const all = await new Reader(url()).opened();
      const severe = await new Reader(url('?priority=critical&tag=file')).opened();
      await output!.send([
        alert({ rule: 'a' }),
        alert({ rule: 'b', priority: 'Alert' }),
        alert({ rule: 'c', priority: 'Alert', tags: [] }),
      ]);
      expect(await all.until(3)).to.deep.equal(['a', 'b', 'c']);
      expect(await severe.until(1)).to.deep.equal(['b']);
    });

    it('streams JSON', async () => {
      await open({ template: undefined });
      const reader = await new Reader(url()).opened();
      const one = alert();
      await output!.send([one]);
      expect(await reader.until(1)).to.deep.equal([one.json]);
    });

    it('asks for a token', async () => {
      await open({ token: 'secret' });
      expect(await refusal(new Reader(url()))).to.match(/401/);
      expect(await refusal(new Reader(url('?token=wrong')))).to.match(/401/);
      expect(await refusal(new Reader(url('?token=secret')))).to.equal('connected');
      expect(await refusal(new Reader(url(), { headers: { authorization: 'Bearer secret' } }))).to.equal(
        'connected',
      );
    });

    it('refuses pages that it does not know, other paths and bad filters', async () => {
      await open({ origins: ['https://console.example.org'] });
      expect(await refusal(new Reader(url(), { origin: 'https://evil.example.org' }))).to.match(/403/);
      expect(await refusal(new Reader(url(), { origin: 'https://console.example.org' }))).to.equal(
        'connected',
      );
      expect(await refusal(new Reader(`ws://127.0.0.1:${port}/`))).to.match(/404/);
      expect(await refusal(new Reader(url('?priority=high')))).to.match(/400/);
    });

    it('lives on when a client breaks off or breaks the protocol', async () => {
      await open();
      const broken = await new Reader(url()).opened();
      broken.socket.terminate();
      const loud = await new Reader(url()).opened();
      const closed = new Promise<number>((resolve) => loud.socket.once('close', resolve));
      loud.socket.send('x'.repeat(5000));
      expect(await closed).to.equal(1009);
      const reader = await new Reader(url()).opened();
      await output!.send([alert({ rule: 'a' })]);
      expect(await reader.until(1)).to.deep.equal(['a']);
    });

    it('sends away who does not read, and holds up nobody', async () => {
      await open({ template: '%output' });
      const slow = await new Reader(url()).opened();
      slow.socket.pause();
      const closed = new Promise<number>((resolve) => slow.socket.once('close', resolve));
      const reader = await new Reader(url()).opened();
      const big = alert({ output: 'x'.repeat(900_000) });
      for (let i = 1; i <= 60; i++) {
        await output!.send([big]);
        await reader.until(i);
      }
      slow.socket.resume();
      expect(await closed).to.equal(1013);
    });

    it('serves wss', async () => {
      await open({ tls: { cert: tlsFile('server.pem'), key: tlsFile('server.key') } });
      const reader = new Reader(url().replace('ws:', 'wss:'), { ca: readFileSync(tlsFile('ca.pem')) });
      await reader.opened();
      await output!.send([alert({ rule: 'a' })]);
      expect(await reader.until(1)).to.deep.equal(['a']);
    });

    it('says goodbye', async () => {
      await open();
      const reader = await new Reader(url()).opened();
      const closed = new Promise<number>((resolve) => reader.socket.once('close', resolve));
      await output!.close();
      output = undefined;
      expect(await closed).to.equal(1001);
    });

    it('tells that the port is taken', async () => {
      await open();
      const error = await OpenOutput.open(websocket, { listen: `127.0.0.1:${port}` }).catch(
        (error: Error) => error,
      );
      expect((error as Error).message).to.match(/EADDRINUSE/);
    });
  });

  describe('as a client', () => {
    let server: WebSocketServer;
    let got: string[];
    let headers: Record<string, unknown>[];
    const start = async (options: object = {}) => {
      got = [];
      headers = [];
      server = new WebSocketServer({ host: '127.0.0.1', port: 0, ...options });
      server.on('connection', (socket, request) => {
        headers.push(request.headers);
        socket.on('error', () => {}).on('message', (data) => got.push(String(data)));
      });
      await new Promise((resolve) => server.once('listening', resolve));
    };
    const url = (): string => `ws://127.0.0.1:${(server.address() as AddressInfo).port}/in`;
    const open = async (settings: object = {}) =>
      (output = await OpenOutput.open(websocket, { url: url(), template: '%rule', ...settings }));
    afterEach(async () => {
      await output?.close();
      output = undefined;
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    });

    it('brings alerts on one connection', async () => {
      await start();
      await open({ token: 't', headers: { 'x-a': 'b' } });
      await output!.send([alert({ rule: 'a' }), alert({ rule: 'b' })]);
      await output!.send([alert({ rule: 'c' })]);
      expect(got).to.deep.equal(['a', 'b', 'c']);
      expect(headers).to.have.lengthOf(1);
      expect(headers[0]).to.deep.include({ authorization: 'Bearer t', 'x-a': 'b' });
    });

    it('connects anew after the connection broke', async () => {
      await start();
      await open();
      await output!.send([alert({ rule: 'a' })]);
      for (const client of server.clients) client.terminate();
      // The first may find the break; no more than one is lost to it.
      await output!.send([alert({ rule: 'b' })]).catch(() => output!.send([alert({ rule: 'b' })]));
      expect(got).to.deep.equal(['a', 'b']);
    });

    it('waits for the server, which must answer a ping', async () => {
      await start({ autoPong: false });
      await open();
      const failure = await failureOf(output!.send([alert()], {}, AbortSignal.timeout(150)));
      expect(failure).to.deep.include({ retry: true, reason: 'timeout' });
    });

    it('tells that the server refuses', async () => {
      await start({
        verifyClient: (_: unknown, done: (ok: boolean, status: number) => void) => done(false, 401),
      });
      await open();
      expect(await failureOf(output!.send([alert()]))).to.deep.include({ retry: true, reason: 'auth' });
    });

    it('tells that nobody listens', async () => {
      await start();
      await open({ url: `ws://127.0.0.1:${await closedPort()}/` });
      const failure = await failureOf(output!.send([alert()]));
      expect(failure).to.deep.include({ retry: true, reason: 'network' });
      expect(failure.message).to.match(/ECONNREFUSED/);
    });

    it('speaks wss', async () => {
      const secure = https.createServer({
        key: readFileSync(tlsFile('server.key')),
        cert: readFileSync(tlsFile('server.pem')),
      });
      await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
      got = [];
      server = new WebSocketServer({ server: secure });
      server.on('connection', (socket) => socket.on('message', (data) => got.push(String(data))));
      const { port } = secure.address() as AddressInfo;
      await open({ url: `wss://localhost:${port}`, tls: { ca: tlsFile('ca.pem') } });
      await output!.send([alert({ rule: 'a' })]);
      expect(got).to.deep.equal(['a']);
      await output!.close();
      secure.closeAllConnections();
      await new Promise((resolve) => secure.close(resolve));
    });
  });

  it('needs one of listen and url', () => {
    expect(websocket.config.safeParse({}).success).to.equal(false);
    expect(websocket.config.safeParse({ listen: 'h:1', url: 'ws://h' }).success).to.equal(false);
  });
});
