import { expect } from 'chai';
import { spawn } from 'node:child_process';
import * as dgram from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { syslog } from '../../../outputs/kinds/syslog.ts';
import { closedPort, tlsFile } from '../scripted-server.ts';
import { alert, failureOf, OpenOutput } from './opened.ts';

/** A server that collects what its connections say. */
class Collector {
  text = '';
  readonly #server: net.Server;
  readonly sockets = new Set<net.Socket>();
  constructor(secure: boolean) {
    const onSocket = (socket: net.Socket): void => {
      this.sockets.add(socket);
      socket.on('error', () => {}).on('close', () => this.sockets.delete(socket));
      socket.setEncoding('utf8').on('data', (text: string) => {
        this.text += text;
        this.#onText();
      });
    };
    const credentials = {
      key: readFileSync(tlsFile('server.key')),
      cert: readFileSync(tlsFile('server.pem')),
    };
    this.#server = secure ? tls.createServer(credentials, onSocket) : net.createServer(onSocket);
  }
  #onText = (): void => {};
  async listen(where: string | number = 0): Promise<number> {
    await new Promise<void>((resolve) =>
      typeof where === 'string'
        ? this.#server.listen(where, resolve)
        : this.#server.listen(where, '127.0.0.1', resolve),
    );
    const address = this.#server.address();
    return typeof address === 'object' ? address!.port : 0;
  }
  /** Resolves once so much text has come. */
  until(condition: (text: string) => boolean): Promise<string> {
    return new Promise((resolve) => {
      this.#onText = () => condition(this.text) && resolve(this.text);
      this.#onText();
    });
  }
  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const one = alert();
const head = '<12>1 2026-01-31T12:34:56.123456Z node-1 falco - alert -';

describe('syslog', () => {
  describe('by UDP', () => {
    let server: dgram.Socket;
    beforeEach(
      () =>
        new Promise<void>((resolve) => (server = dgram.createSocket('udp4')).bind(0, '127.0.0.1', resolve)),
    );
    afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

    it('sends a datagram per alert', async () => {
      const got: string[] = [];
      const all = new Promise<void>((resolve) =>
        server.on('message', (message) => got.push(message.toString()) === 2 && resolve()),
      );
      const output = await OpenOutput.open(syslog, {
        address: `udp://127.0.0.1:${server.address().port}`,
        structured_data: false,
        template: '%rule',
      });
      await output.send([one, alert({ rule: 'k\u00e4se' })]);
      await all;
      expect(got).to.deep.equal([`${head} Read shadow`, `${head} k\u00e4se`]);
      await output.close();
    });

    it('refuses what does not fit, and sends the rest', async () => {
      const got = new Promise<string>((resolve) =>
        server.once('message', (message) => resolve(message.toString())),
      );
      const output = await OpenOutput.open(syslog, {
        address: `udp://127.0.0.1:${server.address().port}`,
        structured_data: false,
      });
      const failure = await failureOf(
        output.send([alert({ output: 'x'.repeat(70_000) }), alert({ output: 'short' })]),
      );
      expect(failure).to.deep.include({ retry: false, reason: 'poison', failed: [0] });
      expect(await got).to.equal(`${head} short`);
      await output.close();
    });
  });

  describe('by TCP', () => {
    let server: Collector;
    afterEach(() => server.stop());

    it('sends lengths before messages, on one connection', async () => {
      server = new Collector(false);
      const output = await OpenOutput.open(syslog, {
        address: `tcp://127.0.0.1:${await server.listen()}`,
        structured_data: false,
        template: 'k\u00e4se',
      });
      await output.send([one]);
      await output.send([one]);
      const message = `${head} k\u00e4se`;
      const frame = `${Buffer.byteLength(message)} ${message}`;
      expect(await server.until((text) => text.length >= frame.length * 2)).to.equal(frame + frame);
      expect(server.sockets.size).to.equal(1);
      await output.close();
    });

    it('sends lines', async () => {
      server = new Collector(false);
      const address = `tcp://127.0.0.1:${await server.listen()}`;
      const output = await OpenOutput.open(syslog, { address, protocol: 'rfc3164', cef: true });
      await output.send([one]);
      expect(await server.until((text) => text.endsWith('\n'))).to.match(
        /^<12>Jan 31 \d\d:34:56 node-1 falco: CEF:0\|.*\n$/,
      );
      await output.close();
    });

    it('connects anew after the server ended the connection', async () => {
      server = new Collector(false);
      const output = await OpenOutput.open(syslog, {
        address: `tcp://127.0.0.1:${await server.listen()}`,
        framing: 'lines',
        template: '%rule',
      });
      await output.send([alert({ rule: 'first' })]);
      await server.until((text) => text.includes('first'));
      const [socket] = server.sockets;
      await new Promise<void>((resolve) => {
        socket!.on('close', () => resolve());
        socket!.end();
      });
      await output.send([alert({ rule: 'second' })]);
      await server.until((text) => text.includes('second'));
      await output.close();
    });

    it('gives up on a server that does not read', async () => {
      server = new Collector(false);
      const output = await OpenOutput.open(syslog, { address: `tcp://127.0.0.1:${await server.listen()}` });
      await output.send([one]);
      await server.until((text) => text !== '');
      for (const socket of server.sockets) socket.pause();
      const big = Array.from({ length: 40 }, () => alert({ output: 'x'.repeat(500_000) }));
      expect(await failureOf(output.send(big, {}, AbortSignal.timeout(200)))).to.deep.include({
        retry: true,
        reason: 'timeout',
      });
      await output.close();
    });

    it('tells that nobody listens', async () => {
      server = new Collector(false);
      await server.listen();
      const output = await OpenOutput.open(syslog, { address: `tcp://127.0.0.1:${await closedPort()}` });
      const failure = await failureOf(output.send([one]));
      expect(failure).to.deep.include({ retry: true, reason: 'network' });
      expect(failure.message).to.match(/ECONNREFUSED/);
    });
  });

  it('sends by TLS to a server that it trusts', async () => {
    const server = new Collector(true);
    const address = `tls://localhost:${await server.listen()}`;
    const trusting = await OpenOutput.open(syslog, { address, tls: { ca: tlsFile('ca.pem') } });
    await trusting.send([one]);
    expect(await server.until((text) => text.endsWith('(user=root)'))).to.match(/^\d+ <12>1 /);
    await trusting.close();
    const other = await OpenOutput.open(syslog, { address });
    const failure = await failureOf(other.send([one]));
    expect(failure).to.deep.include({ retry: true, reason: 'network' });
    expect(failure.message).to.match(/certificate/);
    await server.stop();
  });

  it('tells of a TLS server that wants another certificate, though it says so only after the client is done', async () => {
    const server = tls.createServer({
      key: readFileSync(tlsFile('server.key')),
      cert: readFileSync(tlsFile('server.pem')),
      ca: readFileSync(tlsFile('ca.pem')),
      minVersion: 'TLSv1.3',
      requestCert: true,
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `tls://localhost:${(server.address() as net.AddressInfo).port}`;
    const output = await OpenOutput.open(syslog, { address, tls: { ca: tlsFile('ca.pem') } });
    const failure = await failureOf(output.send([one]));
    expect(failure).to.deep.include({ retry: true, reason: 'network' });
    expect(failure.message).to.equal(`${address}: TLS: tlsv13 alert certificate required`);
    await new Promise((resolve) => server.close(resolve));
  });

  describe('at a Unix socket', () => {
    let folder: string;
    beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tiercel-syslog-'))));
    afterEach(() => rmSync(folder, { recursive: true }));

    it('sends lines to a stream', async () => {
      const server = new Collector(false);
      await server.listen(join(folder, 'log'));
      const output = await OpenOutput.open(syslog, { address: `unix://${folder}/log` });
      await output.send([one]);
      expect(await server.until((text) => text.endsWith('\n'))).to.match(
        /^<12>Jan 31 \d\d:34:56 falco: 12:34:56.*\n$/,
      );
      await output.close();
      await server.stop();
    });

    it('sends datagrams', async function () {
      const script = `import socket,sys
s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.bind(sys.argv[1]); print('ready',flush=True)
for _ in range(2): print(s.recv(65536).decode(),flush=True)`;
      const server = spawn('python3', ['-c', script, join(folder, 'log')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      server.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
      const started = await new Promise((resolve) => {
        server.on('error', () => resolve(false));
        server.stdout.once('data', () => resolve(true));
      });
      if (!started) return this.skip();
      const output = await OpenOutput.open(syslog, {
        address: `unix://${folder}/log`,
        facility: 'daemon',
        app_name: 'fal',
      });
      await output.send([one, alert({ priority: 'Emergency', output: 'second' })]);
      await new Promise((resolve) => server.on('close', resolve));
      const [, first, second] = said.split('\n');
      expect(first).to.match(/^<28>[A-Z].{14} fal: 12:34:56\.123456789: Warning Shadow read \(user=root\)$/);
      expect(second).to.match(/^<24>.* fal: second$/);
    });

    it('tells that there is none', async () => {
      const output = await OpenOutput.open(syslog, { address: `unix://${folder}/none` });
      expect(await failureOf(output.send([one]))).to.deep.include({ retry: true, reason: 'network' });
    });
  });
});
