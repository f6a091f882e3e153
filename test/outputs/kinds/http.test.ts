import { expect } from 'chai';
import { createHmac } from 'node:crypto';
import { http } from '../../../outputs/kinds/http.ts';
import { ScriptedServer, tlsFile } from '../scripted-server.ts';
import { alert, failureOf, OpenOutput } from './opened.ts';

describe('http', () => {
  let server: ScriptedServer;
  let output: OpenOutput | undefined;
  const open = async (settings: object = {}) =>
    (output = await OpenOutput.open(http, { url: `${server.url}/hook`, ...settings }));
  beforeEach(async () => {
    server = await ScriptedServer.start();
  });
  afterEach(async () => {
    await output?.close();
    output = undefined;
    await server.stop();
  });
  const [a, b, c] = ['a', 'b', 'c'].map((rule) => alert({ rule })) as [
    ReturnType<typeof alert>,
    ReturnType<typeof alert>,
    ReturnType<typeof alert>,
  ];

  it("posts the alert's JSON, with its id", async () => {
    await (await open({ headers: { 'X-Token': 't' } })).send([a]);
    const [request] = server.requests;
    expect(request).to.deep.include({ method: 'POST', path: '/hook', body: a.json });
    expect(request!.headers).to.deep.include({
      'content-type': 'application/json',
      'idempotency-key': a.id,
      'x-token': 't',
    });
  });

  it('posts a template, with values that stay within their strings', async () => {
    await (
      await open({ method: 'PUT', template: '{"text":"%rule: %output"}' })
    ).send([alert({ output: 'say "x"\n' })]);
    expect(server.requests[0]!.method).to.equal('PUT');
    expect(JSON.parse(server.requests[0]!.body)).to.deep.equal({ text: 'Read shadow: say "x"\n' });
  });

  it('posts text', async () => {
    await (await open({ content_type: 'text/plain', template: '"%rule"' })).send([alert({ rule: 'a "b"' })]);
    expect(server.requests[0]).to.deep.include({ body: '"a "b""' });
    expect(server.requests[0]!.headers['content-type']).to.equal('text/plain');
  });

  it('posts batches as an array', async () => {
    await (await open({ body: 'array' })).send([a, b]);
    expect(JSON.parse(server.requests[0]!.body)).to.deep.equal([JSON.parse(a.json), JSON.parse(b.json)]);
    expect(server.requests[0]!.headers['idempotency-key']).to.match(/^[0-9a-f]{32}$/);
  });

  it('posts texts in an array as strings', async () => {
    await (await open({ body: 'array', template: '%rule is it' })).send([a, b]);
    expect(server.requests[0]!.body).to.equal('["a is it","b is it"]');
  });

  it('posts batches as lines, compressed', async () => {
    await (await open({ body: 'lines', gzip: true })).send([a, b]);
    expect(server.requests[0]!.body).to.equal(`${a.json}\n${b.json}\n`);
    expect(server.requests[0]!.headers).to.deep.include({
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
    });
  });

  it('signs', async () => {
    await (await open({ signature: { secret: 'key', header: 'X-Sig' } })).send([a]);
    expect(server.requests[0]!.headers['x-sig']).to.equal(
      `sha256=${createHmac('sha256', 'key').update(a.json).digest('hex')}`,
    );
  });

  it('gives a request that is tried again the same key', async () => {
    await open({ body: 'lines' });
    server.script.push({ status: 500 });
    await failureOf(output!.send([a, b]));
    await output!.send([a, b]);
    const [first, second] = server.requests.map(({ headers }) => headers['idempotency-key']);
    expect(first).to.equal(second);
  });

  it('shows a client certificate', async () => {
    const secure = await ScriptedServer.start({ mutual: true });
    const tls = { ca: tlsFile('ca.pem'), cert: tlsFile('client.pem'), key: tlsFile('client.key') };
    await open({ url: secure.url, tls });
    await output!.send([a]);
    expect(secure.requests[0]!.client).to.equal('client');
    await secure.stop();
  });

  describe('one request per alert', () => {
    it('goes on behind an alert that is refused, and names it', async () => {
      await open();
      server.script.push({ status: 200 }, { status: 400, body: 'no' });
      const failure = await failureOf(output!.send([a, b, c]));
      expect(failure).to.deep.include({ retry: false, reason: 'poison', failed: [1] });
      expect(server.requests.map(({ body }) => body)).to.deep.equal([a.json, b.json, c.json]);
    });

    it('ends at a fault of the server, and names what is left', async () => {
      await open();
      server.script.push({ status: 422 }, { status: 503 });
      expect(await failureOf(output!.send([a, b, c]))).to.deep.include({
        retry: true,
        reason: 'server',
        failed: [0, 1, 2],
      });
      expect(server.requests).to.have.lengthOf(2);
    });
  });
});
