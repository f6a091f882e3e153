import { expect } from 'chai';
import { createHmac } from 'node:crypto';
import * as nodeHttp from 'node:http';
import * as https from 'node:https';
import { connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { http } from '../../../daemon/inputs/http.ts';
import type { HttpInput } from '../../../daemon/inputs/http/server.ts';
import type { InputContext } from '../../../daemon/inputs/input.ts';
import { makeCertificates, type Certificates } from '../../certificates.ts';
import { FakeSink, fakeContext, falcoAlert, until } from './fakes.ts';

interface Answer {
  readonly status: number;
  readonly headers: nodeHttp.IncomingHttpHeaders;
  readonly body: string;
  readonly json: Record<string, unknown>;
}

interface Sending extends https.RequestOptions {
  readonly body?: string | Buffer;
  readonly secure?: boolean;
}

describe('the HTTP input', () => {
  let input: HttpInput | undefined;
  let sink: FakeSink;
  let context: ReturnType<typeof fakeContext>;
  const agent = new nodeHttp.Agent({ keepAlive: true });

  async function open(settings: object = {}, more: Partial<InputContext> = {}): Promise<void> {
    sink = new FakeSink();
    context = fakeContext(more);
    input = (await http.open(
      http.config.parse({ listen: '127.0.0.1:0', ...settings }),
      context,
    )) as HttpInput;
    await input.start(sink);
  }
  afterEach(async () => {
    agent.destroy();
    await input?.stop();
    input = undefined;
  });

  function send({ body, secure = false, ...options }: Sending = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const all = { host: '127.0.0.1', port: input!.port, method: 'POST', path: '/', ...options };
      const request = secure ? https.request(all) : nodeHttp.request({ agent, ...all });
      request.on('error', reject);
      request.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => {
          const json = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
          resolve({ status: response.statusCode!, headers: response.headers, body: text, json });
        });
      });
      request.end(body);
    });
  }

  /** What comes back for bytes that need not be HTTP, until the connection ends. */
  function sendRaw(bytes: string | Buffer): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(input!.port, '127.0.0.1', () => socket.write(bytes));
      let text = '';
      socket.setEncoding('latin1').on('data', (part: string) => (text += part));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(text));
    });
  }

  describe('bodies', () => {
    const pretty = JSON.stringify(JSON.parse(falcoAlert('p')), null, 2);
    const accepted: readonly [string, string | Buffer, string[]][] = [
      ['one alert', falcoAlert('a'), ['a']],
      ['one alert with a line feed', `${falcoAlert('a')}\n`, ['a']],
      ['one alert with a byte order mark', `\ufeff${falcoAlert('a')}`, ['a']],
      ['one alert over several lines', pretty, ['p']],
      ['lines', `${falcoAlert('a')}\n${falcoAlert('b')}\r\n\n${falcoAlert('c')}`, ['a', 'b', 'c']],
      ['a list', `[${falcoAlert('a')},${falcoAlert('b')}]`, ['a', 'b']],
      ['a list over lines', `\n[\n  ${pretty} ,\n ${falcoAlert('b, ] "')}\n]\n`, ['p', 'b, ] "']],
      ['an empty list', ' [ ] ', []],
      ['an alert without fields', falcoAlert('a', { output_fields: {} }), ['a']],
      ['an alert of Falco about itself', falcoAlert('a', { tags: undefined, output_fields: {} }), ['a']],
      ['what is not UTF-8', Buffer.from(falcoAlert('a').replace('sh', '\xff'), 'latin1'), ['a']],
    ];
    for (const [what, body, rules] of accepted)
      it(`takes ${what}`, async () => {
        await open();
        expect(await send({ body })).to.deep.include({ status: 200, body: '' });
        expect(sink.rules).to.deep.equal(rules);
        expect(sink.alerts.map((alert) => alert.input)).to.deep.equal(rules.map(() => 'in'));
      });

    const refused: readonly [string, string, RegExp, object][] = [
      ['nothing', '', /the body is empty/, { accepted: 0, refused: 1 }],
      ['blanks', ' \n ', /the body is empty/, {}],
      ['text', 'hello', /^not JSON/, { hint: 'in falco.yaml, `json_output: true` makes Falco print JSON' }],
      ['a number', '5', /an alert is a JSON object, and 5 was found/, {}],
      ['a list of numbers', '[1, 2]', /and 1 was found/, { accepted: 0, refused: 2 }],
      ['broken JSON', '{"rule":', /^not JSON: .*character 9/, {}],
      ['an alert without a rule', '{}', /^rule: text was expected/, {}],
      ['a list that does not end', `[${falcoAlert('a')}`, /the list does not end/, {}],
      ['something behind a list', `[${falcoAlert('a')}] x`, /behind the list/, { accepted: 1, refused: 1 }],
      ['something behind an empty list', '[] x', /behind the list/, {}],
      ['a list with a comma too many', `[${falcoAlert('a')},]`, /nothing was found/, { accepted: 1 }],
      [
        'a bad line',
        `${falcoAlert('a')}\n{"rule":\n${falcoAlert('b')}`,
        /line 2/,
        { accepted: 2, refused: 1 },
      ],
      ['a bad first line', `{"rule":\n${falcoAlert('b')}`, /line 1/, { accepted: 1, refused: 1 }],
      ['deep nesting', '['.repeat(100_000), /the list does not end|more than 32/, {}],
    ];
    for (const [what, body, message, details] of refused)
      it(`refuses ${what}, and tells where`, async () => {
        await open();
        const { status, json } = await send({ body });
        expect({ status, ...json }).to.deep.include({ status: 400, ...details });
        expect(json['error']).to.match(message);
        expect(sink.alerts.length).to.equal(json['accepted']);
        expect(input!.health.refused).to.equal(json['refused']);
      });

    const text = '12:34:56.123456789: Warning one\n  goes on\n12:34:57.1: Critical two';
    it('takes text where the settings say so; a line without a time belongs to the one before', async () => {
      await open({ format: 'text' });
      expect((await send({ body: text })).status).to.equal(200);
      expect(sink.alerts.map(({ priority, output }) => [priority, output])).to.deep.equal([
        ['Warning', '12:34:56.123456789: Warning one\n  goes on'],
        ['Critical', '12:34:57.1: Critical two'],
      ]);
    });
    it('refuses text that is none of Falco’s', async () => {
      await open({ format: 'text' });
      expect((await send({ body: 'hello' })).json['error']).to.match(/a time and a priority was expected/);
    });
    it('takes 20,000 alerts in one request', async () => {
      await open();
      const body = Array.from({ length: 20_000 }, (_, n) => falcoAlert(n)).join('\n');
      expect((await send({ body })).status).to.equal(200);
      expect(sink.batches).to.deep.equal([20_000]);
    });
  });

  describe('limits', () => {
    it('refuses an alert that is too long, and takes those beside it', async () => {
      await open({ max_alert_bytes: '2KiB' });
      const long = falcoAlert('x'.repeat(3000));
      const { status, json } = await send({ body: `${falcoAlert('a')}\n${long}` });
      expect({ status, ...json }).to.deep.include({ status: 400, accepted: 1, refused: 1 });
      expect(json['error']).to.equal('an alert of more than 2048 bytes (line 2)');
    });

    const long = 'x'.repeat(10_000);
    const tooLong: readonly [string, Sending][] = [
      ['told by its length', { body: long }],
      ['sent in pieces', { body: long, headers: { 'transfer-encoding': 'chunked' } }],
      ['when inflated', { body: gzipSync(long), headers: { 'content-encoding': 'gzip' } }],
      [
        'when inflated from Brotli',
        { body: brotliCompressSync(long), headers: { 'content-encoding': 'br' } },
      ],
    ];
    for (const [what, sending] of tooLong)
      it(`answers 413 to a request that is too long, ${what}`, async () => {
        await open({ max_request_bytes: '4KiB' });
        expect(await send(sending)).to.deep.include({ status: 413 });
        expect((await send({ body: falcoAlert('a') })).status, 'the next request').to.equal(200);
      });

    it('inflates no bomb', async () => {
      await open();
      const bomb = gzipSync(Buffer.alloc(100 << 20));
      expect((await send({ body: bomb, headers: { 'content-encoding': 'gzip' } })).status).to.equal(413);
    });

    it('holds no more than allowed of all requests, and lets go of it', async () => {
      await open({ max_pending_bytes: 3000 });
      let release!: () => void;
      sink.answers.push(new Promise((resolve) => (release = resolve)));
      const first = send({ body: falcoAlert('a'.repeat(1000)), agent: false });
      await until(() => sink.calls === 1);
      const { status, headers } = await send({ body: falcoAlert('b'.repeat(1000)), agent: false });
      expect([status, headers['retry-after']]).to.deep.equal([503, '1']);
      release();
      expect((await first).status).to.equal(200);
      expect((await send({ body: falcoAlert('b'.repeat(1000)) })).status).to.equal(200);
    });

    it('answers 429 to those who ask too often, and to others as before', async () => {
      let now = 1_000_000;
      await open({ rate_limit: { per_client: '2/m' } }, { now: () => now });
      const from = (localAddress: string): Promise<Answer> =>
        send({ body: falcoAlert('a'), localAddress, agent: false });
      const statuses = [];
      for (const address of ['127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.2'])
        statuses.push((await from(address)).status);
      expect(statuses).to.deep.equal([200, 200, 429, 200]);
      expect((await from('127.0.0.1')).headers['retry-after']).to.equal('30');
      now += 30_000;
      expect((await from('127.0.0.1')).status).to.equal(200);
    });

    it('closes connections beyond its limit', async () => {
      await open({ max_connections: 1 });
      await send({ body: falcoAlert('a') });
      const lost = await send({ body: falcoAlert('b'), agent: false }).catch(() => 'lost');
      expect(lost).to.equal('lost');
      expect(input!.health).to.deep.include({ connections: 1, errors: 1 });
    });

    it('answers 408 to who does not go on', async () => {
      await open({ timeout: '100ms' });
      const text = await sendRaw('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc');
      expect(text).to.match(/^HTTP\/1.1 408 /);
      expect(await sendRaw('POST / HTT')).to.match(/^HTTP\/1.1 408 /);
    });

    const broken: readonly [string, string, RegExp][] = [
      ['what is no HTTP', 'hello\r\n\r\n', /^HTTP\/1.1 400 .*this is not HTTP/s],
      ['headers that are too long', `GET / HTTP/1.1\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1.1 431 /],
      [
        'two lengths',
        'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
        /^HTTP\/1.1 400 /,
      ],
      [
        'a wrong chunk',
        'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
        /^HTTP\/1.1 400 /,
      ],
    ];
    for (const [what, bytes, expected] of broken)
      it(`refuses ${what}`, async () => {
        await open();
        expect(await sendRaw(bytes)).to.match(expected);
        expect((await send({ body: falcoAlert('a') })).status).to.equal(200);
      });

    it('forgets a request whose client went', async () => {
      await open();
      const socket = connect(input!.port, '127.0.0.1', () => {
        socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n${falcoAlert('a')}`);
        setTimeout(() => socket.destroy(), 20);
      });
      await until(() => input!.health.errors === 1);
      expect(input!.health).to.deep.include({ connections: 0, alerts: 0 });
    });
  });

  describe('encodings', () => {
    const body = falcoAlert('a');
    const known: readonly [string, Buffer][] = [
      ['gzip', gzipSync(body)],
      ['GZIP', gzipSync(body)],
      ['x-gzip', gzipSync(body)],
      ['deflate', deflateSync(body)],
      ['br', brotliCompressSync(body)],
      ['identity', Buffer.from(body)],
    ];
    for (const [encoding, bytes] of known)
      it(`reads ${encoding}`, async () => {
        await open();
        expect((await send({ body: bytes, headers: { 'content-encoding': encoding } })).status).to.equal(200);
        expect(sink.rules).to.deep.equal(['a']);
      });
    it('answers 400 to a body that is not what it says, and 415 to others', async () => {
      await open();
      const status = async (encoding: string): Promise<number> =>
        (await send({ body, headers: { 'content-encoding': encoding } })).status;
      expect([await status('gzip'), await status('zstd'), await status('gzip, gzip')]).to.deep.equal([
        400, 415, 415,
      ]);
    });
  });

  describe('the sink', () => {
    it('is waited for before the answer', async () => {
      await open();
      let release!: () => void;
      sink.answers.push(new Promise((resolve) => (release = resolve)));
      let answered = false;
      const sent = send({ body: falcoAlert('a') }).finally(() => (answered = true));
      await until(() => sink.calls === 1);
      await send({ path: '/ping', agent: false });
      expect(answered).to.be.false;
      release();
      expect((await sent).status).to.equal(200);
      expect(input!.health).to.deep.include({ state: 'running', alerts: 1 });
    });
    it('gives 503 when it is full, or fails, without saying more than it should', async () => {
      await open();
      sink.answers.push('full', 'failed');
      const full = await send({ body: falcoAlert('a') });
      expect([full.status, full.headers['retry-after']]).to.deep.equal([503, '1']);
      const failed = await send({ body: falcoAlert('a') });
      expect([failed.status, failed.json['error']]).to.deep.equal([503, 'the alerts could not be stored']);
      expect(failed.body).not.to.include('token-of-the-disk');
      expect((await send({ body: falcoAlert('a') })).status).to.equal(200);
      expect(sink.rules).to.deep.equal(['a']);
    });
    it('is waited for when the input stops', async () => {
      await open();
      let release!: () => void;
      sink.answers.push(new Promise((resolve) => (release = resolve)));
      const sent = send({ body: falcoAlert('a') });
      await until(() => sink.calls === 1);
      const stopped = input!.stop();
      release();
      expect((await sent).status).to.equal(200);
      await stopped;
      expect(input!.health.state).to.equal('stopped');
    });
  });

  describe('paths and methods', () => {
    const cases: readonly [Sending, number, string][] = [
      [{ method: 'GET', path: '/ping' }, 200, 'pong\n'],
      [{ method: 'GET', path: '/healthz' }, 200, '{"status": "ok"}\n'],
      [{ path: '/test' }, 200, ''],
      [{ method: 'GET', path: '/test?x=1' }, 200, ''],
      [{ method: 'GET', path: '/metrics' }, 200, 'the metrics'],
      [{ path: '/?a=b', body: falcoAlert('a') }, 200, ''],
    ];
    for (const [sending, status, body] of cases)
      it(`answers ${sending.method ?? 'POST'} ${sending.path}`, async () => {
        await open(
          {},
          { paths: new Map([['/metrics', (_request, response) => void response.end('the metrics')]]) },
        );
        expect(await send(sending)).to.deep.include({ status, body });
      });
    for (const method of ['GET', 'PUT', 'DELETE', 'HEAD'])
      it(`does not know ${method}`, async () => {
        await open();
        const { status, headers } = await send({ method });
        expect([status, headers.allow]).to.deep.equal([405, 'POST']);
      });
    it('does not know other paths', async () => {
      await open({ path: '/falco' });
      expect((await send({ body: falcoAlert('a') })).status).to.equal(404);
      expect((await send({ path: '/falco', body: falcoAlert('a') })).status).to.equal(200);
    });
    it('makes a test alert', async () => {
      await open();
      await send({ path: '/test' });
      const [alert] = sink.alerts;
      expect(alert).to.deep.include({ rule: 'Test rule', priority: 'Debug', source: 'internal' });
    });
    it('keeps the id of a request, or makes one', async () => {
      await open();
      const id = async (given: string): Promise<string> =>
        (await send({ method: 'GET', headers: { 'x-request-id': given } })).headers['x-request-id'] as string;
      expect(await id('abc-1')).to.equal('abc-1');
      expect(await id('a b')).to.match(/^[0-9a-f-]{36}$/);
      expect((await send({ method: 'GET', headers: { 'x-request-id': 'q' } })).json['request_id']).to.equal(
        'q',
      );
    });
  });

  describe('access', () => {
    const token = 'secret-token-1';
    const body = falcoAlert('a');
    const hmac = (text: string, key = 'secret-key-2'): string =>
      createHmac('sha256', key).update(text).digest('hex');
    const requests: readonly [string, object, Sending, number][] = [
      ['no token', { token }, {}, 401],
      ['a wrong token', { token }, { headers: { authorization: 'Bearer secret-token-2' } }, 401],
      ['a token that is longer', { token }, { headers: { authorization: `Bearer ${token}1` } }, 401],
      ['another scheme', { token }, { headers: { authorization: `Basic ${token}` } }, 401],
      ['the token', { token }, { headers: { authorization: `Bearer ${token}` } }, 200],
      ['the token, in small letters', { token }, { headers: { authorization: `bearer ${token}` } }, 200],
      ['no token for /test', { token }, { path: '/test' }, 401],
      ['no token for /ping', { token }, { path: '/ping' }, 200],
      ['no signature', { hmac_secret: 'secret-key-2' }, {}, 401],
      [
        'a signature',
        { hmac_secret: 'secret-key-2' },
        { headers: { 'x-signature-256': `sha256=${hmac(body)}` } },
        200,
      ],
      [
        'a bare signature',
        { hmac_secret: 'secret-key-2' },
        { headers: { 'x-signature-256': hmac(body) } },
        200,
      ],
      [
        'one of another body',
        { hmac_secret: 'secret-key-2' },
        { headers: { 'x-signature-256': hmac(`${body} `) } },
        401,
      ],
      [
        'one with another key',
        { hmac_secret: 'secret-key-2' },
        { headers: { 'x-signature-256': hmac(body, 'k') } },
        401,
      ],
      ['what is none', { hmac_secret: 'secret-key-2' }, { headers: { 'x-signature-256': 'sha256=00' } }, 401],
      [
        'one in a header of its own',
        { hmac_secret: 'secret-key-2', hmac_header: 'X-Hub-Signature' },
        { headers: { 'x-hub-signature': hmac(body) } },
        200,
      ],
    ];
    for (const [what, settings, sending, status] of requests)
      it(`answers ${status} to ${what}`, async () => {
        await open(settings);
        const answer = await send({ body, ...sending });
        expect(answer.status).to.equal(status);
        const shown = [
          answer.body,
          JSON.stringify(answer.headers),
          ...context.told,
          JSON.stringify(input!.health),
        ];
        expect(shown.join('\n')).not.to.match(/secret-(token|key)/);
        if (status !== 200) expect(sink.calls).to.equal(0);
      });
  });

  describe('TLS', () => {
    let certificates: Certificates;
    before(() => (certificates = makeCertificates()));
    after(() => certificates.remove());
    const client = (): https.RequestOptions => ({
      cert: certificates.read('client.crt'),
      key: certificates.read('client.key'),
    });
    const tls = (more: object = {}): object => ({
      tls: { cert: certificates.path('server.crt'), key: certificates.path('server.key'), ...more },
    });
    const sendSecure = (more: Sending = {}): Promise<Answer> =>
      send({ body: falcoAlert('a'), secure: true, ca: certificates.read('ca.crt'), agent: false, ...more });

    it('takes alerts', async () => {
      await open(tls());
      expect((await sendSecure()).status).to.equal(200);
    });
    it('asks clients for a certificate', async () => {
      await open(tls({ client_ca: certificates.path('ca.crt') }));
      expect((await sendSecure(client())).status).to.equal(200);
      expect(await sendSecure().catch(() => 'refused')).to.equal('refused');
    });
    it('does not take what is no TLS', async () => {
      await open(tls());
      expect(await send({ body: falcoAlert('a'), agent: false }).catch(() => 'refused')).to.equal('refused');
      expect(input!.health.errors).to.be.greaterThan(0);
    });
    it('tells which file is missing', async () => {
      const error = await open({ tls: { cert: '/nowhere/a.crt', key: '/nowhere/a.key' } }).catch(
        (e: Error) => e.message,
      );
      expect(error).to.equal('tls.cert: cannot read /nowhere/a.crt: ENOENT');
    });
  });

  it('tells that its address is taken', async () => {
    await open();
    const second = await http.open(http.config.parse({ listen: `127.0.0.1:${input!.port}` }), fakeContext());
    const error = await second.start(sink).catch((e: Error) => e.message);
    expect(error).to.match(/^cannot listen at 127.0.0.1:\d+: EADDRINUSE; another program has it/);
  });
});
