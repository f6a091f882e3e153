import { expect } from 'chai';
import * as http from 'node:http';
import * as net from 'node:net';
import { HttpClient, retryAfter, type HttpClientSettings } from '../../outputs/http.ts';
import type { Failure } from '../../outputs/output.ts';
import { parseProxy, proxyFor } from '../../outputs/proxy.ts';
import { redactor } from '../../outputs/secrets.ts';
import { failureOf } from './kinds/opened.ts';
import { closedPort, ScriptedServer, tlsFile, type Scripted } from './scripted-server.ts';

const never = new AbortController().signal;
const place = { path: (path: string) => tlsFile(path), redact: redactor(['hunter2']) };

describe('HttpClient', () => {
  let server: ScriptedServer;
  let client: HttpClient;
  const open = (settings: HttpClientSettings = {}) => (client = new HttpClient(settings, place));
  const post = (body = 'x', signal = never) => client.send({ url: `${server.url}/p?q=1`, body, signal });

  beforeEach(async () => {
    server = await ScriptedServer.start();
    open();
  });
  afterEach(async () => {
    client.close();
    await server.stop();
  });

  it('posts, with headers of the settings and of the request', async () => {
    open({ headers: { 'X-A': 'a', 'Content-Type': 'text/x' } });
    server.script.push({ status: 202, body: 'taken' });
    const { status, body } = await client.send({
      url: `${server.url}/p?q=1`,
      headers: { 'content-type': 'text/y' },
      body: 'k\u00e4se',
      signal: never,
    });
    expect({ status, body }).to.deep.equal({ status: 202, body: 'taken' });
    const [request] = server.requests;
    expect(request).to.deep.include({ method: 'POST', path: '/p?q=1', body: 'k\u00e4se' });
    expect(request!.headers).to.deep.include({
      'x-a': 'a',
      'content-type': 'text/y',
      'user-agent': 'tiercel',
    });
  });

  const basicOf = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`;
  const hosts: readonly [string, HttpClientSettings['headers'], string, object][] = [
    ['the host of the address', {}, '', { host: 'HOST', connection: 'keep-alive' }],
    ['the host of the settings', { Host: 'e.org' }, '', { host: 'e.org' }],
    ['who the address lets in', {}, 'u:p%40@', { host: 'HOST', authorization: basicOf('u:p@') }],
    ['who the settings let in', { Authorization: 'Bearer t' }, 'u:p@', { authorization: 'Bearer t' }],
  ];
  for (const [what, headers, user, expected] of hosts)
    it(`names ${what}`, async () => {
      open({ headers: headers! });
      const host = `127.0.0.1:${server.port}`;
      await client.send({ url: `http://${user}${host}/p?q=1`, body: '', signal: never });
      const [request] = server.requests;
      expect(request!.path).to.equal('/p?q=1');
      expect(request!.headers).to.deep.include(
        JSON.parse(JSON.stringify(expected).replace('HOST', host)) as object,
      );
    });

  it('compresses', async () => {
    open({ gzip: true });
    await post('x'.repeat(5000));
    expect(server.requests[0]!.headers).to.deep.include({ 'content-encoding': 'gzip' });
    expect(Number(server.requests[0]!.headers['content-length'])).to.be.lessThan(100);
    expect(server.requests[0]!.body).to.equal('x'.repeat(5000));
  });

  it('keeps its connection', async () => {
    for (let i = 0; i < 3; i++) await post();
    expect(server.connections).to.equal(1);
  });

  it('sends again what went out on a connection that the server closes', async () => {
    await post('first');
    server.script.push('reset');
    await post('second');
    expect(server.requests.map(({ body }) => body)).to.deep.equal(['first', 'second', 'second']);
  });

  const failures: readonly [string, Scripted, Partial<Failure>, RegExp][] = [
    [
      'a reset',
      'reset',
      { retry: true, reason: 'network' },
      /^POST http:\/\/127\.0\.0\.1:\d+: .*ECONNRESET|hang up/,
    ],
    ['a cut refusal', 'refuse', { retry: true, reason: 'auth' }, /403 Forbidden: half/],
    ['a cut answer', 'cut', { retry: true, reason: 'network' }, /aborted/],
    [
      '429',
      { status: 429, headers: { 'retry-after': '7' } },
      { retry: true, reason: 'rate_limited', after: 7000 },
      /429 Too Many/,
    ],
    [
      '503',
      { status: 503, headers: { 'retry-after': '1' }, body: 'down' },
      { retry: true, reason: 'server', after: 1000 },
      /503 .*: down$/,
    ],
    ['500', { status: 500 }, { retry: true, reason: 'server' }, /500 Internal Server Error$/],
    [
      '401',
      { status: 401, body: 'bad token hunter2' },
      { retry: true, reason: 'auth' },
      /bad token \[redacted\]$/,
    ],
    ['403', { status: 403 }, { retry: true, reason: 'auth' }, /403/],
    ['404', { status: 404 }, { retry: true, reason: 'client' }, /404/],
    ['408', { status: 408 }, { retry: true, reason: 'timeout' }, /408/],
    [
      '400',
      { status: 400, body: '<p>\n\0no </p>' },
      { retry: false, reason: 'poison' },
      /400 Bad Request: <p> no <\/p>$/,
    ],
    ['413', { status: 413 }, { retry: false, reason: 'poison' }, /413/],
    [
      'a redirection',
      { status: 302, headers: { location: 'http://e/' } },
      { retry: true, reason: 'client' },
      /302 Found to http:\/\/e\/$/,
    ],
  ];
  for (const [what, answer, expected, message] of failures)
    it(`tells what ${what} means`, async () => {
      server.script.push(answer);
      const failure = await failureOf(post());
      expect(failure).to.deep.include(expected);
      expect(failure.message).to.match(message);
    });

  for (const answer of ['hang', 'stall'] as const)
    it(`gives up where the server ${answer}s`, async () => {
      server.script.push(answer);
      const failure = await failureOf(post('x', AbortSignal.timeout(150)));
      expect(failure).to.deep.include({ retry: true, reason: 'timeout' });
      expect(failure.message).to.match(/no answer in time$/);
    });

  it('gives up when it is told to', async () => {
    server.script.push('hang');
    const controller = new AbortController();
    const failure = failureOf(post('x', controller.signal));
    controller.abort();
    expect((await failure).message).to.match(/given up$/);
  });

  it('tells that nobody listens', async () => {
    const port = await closedPort();
    const failure = await failureOf(
      client.send({ url: `http://127.0.0.1:${port}/hunter2`, body: '', signal: never }),
    );
    expect(failure).to.deep.equal({
      retry: true,
      reason: 'network',
      message: `POST http://127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  });

  it('reads no more of a long answer than a mebibyte', async () => {
    server.script.push({ status: 200, body: 'x'.repeat(3 << 20) });
    expect((await post()).body).to.have.lengthOf(1 << 20);
  });

  describe('through a proxy', () => {
    let proxy: net.Server;
    let seen: string[];
    let refuse: boolean;

    beforeEach(async () => {
      seen = [];
      refuse = false;
      const relay = http.createServer((request, response) => {
        seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization']}`);
        request.pipe(
          http.request(request.url!, { method: request.method, headers: request.headers }, (answer) => {
            response.writeHead(answer.statusCode!);
            answer.pipe(response);
          }),
        );
      });
      relay.on('connect', (request, socket: net.Socket) => {
        seen.push(`CONNECT ${request.url} ${request.headers['proxy-authorization']}`);
        if (refuse) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
        const [host, port] = request.url!.split(':');
        const target = net.connect(Number(port), host, () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          target.pipe(socket).pipe(target);
        });
        for (const end of [socket, target]) end.on('error', () => (socket.destroy(), target.destroy()));
      });
      proxy = relay.listen(0, '127.0.0.1');
      await new Promise((resolve) => proxy.once('listening', resolve));
    });
    afterEach(() => {
      client.close();
      (proxy as http.Server).closeAllConnections();
      return new Promise((resolve) => proxy.close(resolve));
    });
    const address = () => `http://u:p%40@127.0.0.1:${(proxy.address() as net.AddressInfo).port}`;
    const basic = `Basic ${Buffer.from('u:p@').toString('base64')}`;

    it('sends http', async () => {
      open({ proxy: address() });
      await post('through');
      expect(seen).to.deep.equal([`POST ${server.url}/p?q=1 ${basic}`]);
      expect(server.requests[0]).to.deep.include({ body: 'through', path: '/p?q=1' });
    });

    it('lets nobody but the destination know who is let in', async () => {
      open({ proxy: address() });
      await client.send({ url: server.url.replace('//', '//a:b@'), body: '', signal: never });
      expect(seen).to.deep.equal([`POST ${server.url}/ ${basic}`]);
      expect(server.requests[0]!.headers).to.deep.include({ authorization: basicOf('a:b') });
    });

    it('sends https within a tunnel, which it keeps', async () => {
      const secure = await ScriptedServer.start({ mutual: false });
      open({ proxy: address(), tls: { ca: 'ca.pem', insecure: false } });
      for (let i = 0; i < 2; i++) await client.send({ url: secure.url, body: `${i}`, signal: never });
      expect(seen).to.deep.equal([`CONNECT 127.0.0.1:${secure.port} ${basic}`]);
      expect(secure.requests.map(({ body }) => body)).to.deep.equal(['0', '1']);
      await secure.stop();
    });

    it('tells that the proxy refuses', async () => {
      refuse = true;
      open({ proxy: address() });
      const failure = await failureOf(client.send({ url: 'https://127.0.0.1:1/', body: '', signal: never }));
      expect(failure).to.deep.include({ reason: 'network', retry: true });
      expect(failure.message).to.match(/: proxy 127\.0\.0\.1:\d+: 407 Proxy Authentication Required$/);
    });
  });

  describe('with TLS', () => {
    let secure: ScriptedServer;
    afterEach(() => secure.stop());
    const ping = () => client.send({ url: secure.url, body: '', signal: never });

    it('does not trust a certificate of an unknown authority', async () => {
      secure = await ScriptedServer.start({ mutual: false });
      const failure = await failureOf(ping());
      expect(failure).to.deep.include({ reason: 'network', retry: true });
      expect(failure.message).to.match(/the certificate is not trusted: see tls\.ca/);
    });

    it('trusts an authority that it is given, or everything', async () => {
      secure = await ScriptedServer.start({ mutual: false });
      open({ tls: { ca: 'ca.pem', insecure: false } });
      await ping();
      client.close();
      open({ tls: { insecure: true } });
      await ping();
    });

    it('does not trust a certificate for another name', async () => {
      secure = await ScriptedServer.start({ mutual: false });
      open({ tls: { ca: 'ca.pem', insecure: false, server_name: 'example.org' } });
      expect((await failureOf(ping())).message).to.match(/certificate is not trusted/);
    });

    it('wants a certificate for the host that is named in headers', async () => {
      secure = await ScriptedServer.start({ mutual: false });
      open({ tls: { ca: 'ca.pem', insecure: false }, headers: { Host: 'example.org:8443' } });
      expect((await failureOf(ping())).message).to.match(/certificate is not trusted/);
      client.close();
      open({ tls: { ca: 'ca.pem', insecure: false }, headers: { Host: 'localhost:8443' } });
      await ping();
      expect(secure.requests[0]!.headers).to.deep.include({ host: 'localhost:8443' });
    });

    it('shows its own certificate', async () => {
      secure = await ScriptedServer.start({ mutual: true });
      open({ tls: { ca: 'ca.pem', cert: 'client.pem', key: 'client.key', insecure: false } });
      await ping();
      expect(secure.requests[0]!.client).to.equal('client');
      client.close();
      open({ tls: { ca: 'ca.pem', insecure: false } });
      expect(await failureOf(ping())).to.deep.include({ reason: 'network' });
    });

    it('refuses a file that is no key', async () => {
      secure = await ScriptedServer.start({ mutual: false });
      expect(() => open({ tls: { cert: 'README.md', key: 'README.md', insecure: false } })).to.throw(
        /PEM|no start line/i,
      );
    });
  });
});

describe('retryAfter', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const cases: readonly [string | undefined, number | undefined][] = [
    [undefined, undefined],
    ['5', 5000],
    [' 1.5 ', 1500],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Thu, 01 Jan 2020 00:00:30 GMT', 0],
    ['99999999999', 86_400_000],
    ['soon', undefined],
  ];
  for (const [value, wait] of cases)
    it(`${value} is ${wait}`, () => expect(retryAfter(value, now)).to.equal(wait));
});

describe('proxyFor', () => {
  const env = {
    HTTPS_PROXY: 'http://p:1',
    http_proxy: 'q:2',
    NO_PROXY: 'localhost, .internal,10.0.0.5:8080 [::1]',
  };
  const cases: readonly [string, string | undefined, string | undefined][] = [
    ['https://e.org/', undefined, 'p:1'],
    ['http://e.org/', undefined, 'q:2'],
    ['http://e.org/', 'http://r:3', 'r:3'],
    ['http://e.org/', 'none', undefined],
    ['http://localhost/', undefined, undefined],
    ['http://LOCALHOST/', undefined, undefined],
    ['http://a.internal/', undefined, undefined],
    ['http://notinternal/', undefined, 'q:2'],
    ['http://10.0.0.5:8080/', undefined, undefined],
    ['http://10.0.0.5/', undefined, 'q:2'],
    ['http://[::1]/', undefined, undefined],
    ['http://localhost/', 'http://r:3', 'r:3'],
  ];
  for (const [url, setting, expected] of cases)
    it(`${url} with ${setting} goes through ${expected}`, () => {
      const proxy = proxyFor(new URL(url), setting, env);
      expect(proxy && `${proxy.host}:${proxy.port}`).to.equal(expected);
    });
  it('is none where the environment says nothing', () =>
    expect(proxyFor(new URL('http://e/'), undefined, {})).to.equal(undefined));
  it('refuses what is no address of a proxy', () =>
    expect(() => parseProxy('socks5://x')).to.throw(/the address of a proxy is/));
});
