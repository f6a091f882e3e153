import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import { http as httpInput } from '../../daemon/inputs/http.ts';
import type { HttpInput } from '../../daemon/inputs/http/server.ts';
import { http } from '../../outputs/kinds/http.ts';
import { websocket } from '../../outputs/kinds/websocket.ts';
import { FakeSink, fakeContext } from '../daemon/inputs/fakes.ts';
import { RealServer, realProgram } from '../real-program.ts';
import { alert, failureOf, OpenOutput } from './kinds/opened.ts';
import { ScriptedServer, tlsFile } from './scripted-server.ts';

const mutual = { ca: tlsFile('ca.pem'), cert: tlsFile('client.pem'), key: tlsFile('client.key') };
const post = (output: OpenOutput): Promise<void> => output.send([alert({ rule: 'k\u00e4se' })]);

describe('a real nginx', () => {
  const program = realProgram('nginx-light', 'nginx');
  if (program === undefined) return;
  let folder: string;
  let nginx: RealServer;
  let destination: ScriptedServer;
  let input: HttpInput;
  let sink: FakeSink;
  let sockets: WebSocketServer;
  let output: OpenOutput | undefined;

  /** Wants certificates of clients at the first port (TLS 1.3) and the second (1.2), and shows its own to our input. */
  const configuration = (ports: readonly number[]): string => `daemon off;
pid ${folder}/pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/f;
  uwsgi_temp_path ${folder}/u;
  scgi_temp_path ${folder}/s;
  ssl_certificate ${tlsFile('server.pem')};
  ssl_certificate_key ${tlsFile('server.key')};
  ssl_client_certificate ${tlsFile('ca.pem')};
  ssl_verify_client on;
  ${['TLSv1.3', 'TLSv1.2']
    .map(
      (version, i) => `server {
    listen 127.0.0.1:${ports[i]} ssl;
    ssl_protocols ${version};
    client_max_body_size 100k;
    location / {
      proxy_pass ${destination.url};
      proxy_set_header X-Client $ssl_client_s_dn;
      proxy_set_header X-Version $ssl_protocol;
    }
    location /socket {
      proxy_pass http://127.0.0.1:${(sockets.address() as { port: number }).port};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
    }
    location /input/ {
      proxy_pass https://127.0.0.1:${input.port}/;
      proxy_ssl_certificate ${mutual.cert};
      proxy_ssl_certificate_key ${mutual.key};
      proxy_ssl_trusted_certificate ${mutual.ca};
      proxy_ssl_verify on;
      proxy_ssl_name localhost;
    }
    location /nobody { proxy_pass http://127.0.0.1:1; }
  }`,
    )
    .join('\n')}
}
`;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-nginx-'));
    destination = await ScriptedServer.start();
    sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    sink = new FakeSink();
    input = (await httpInput.open(
      httpInput.config.parse({
        listen: '127.0.0.1:0',
        tls: { cert: tlsFile('server.pem'), key: tlsFile('server.key'), client_ca: mutual.ca },
      }),
      fakeContext(),
    )) as HttpInput;
    await input.start(sink);
    nginx = await RealServer.start({
      program,
      ports: 2,
      args: (ports) => {
        writeFileSync(join(folder, 'nginx.conf'), configuration(ports));
        return ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'];
      },
    });
  });
  afterEach(async () => {
    await output?.close();
    output = undefined;
  });
  after(async () => {
    await nginx.stop();
    await destination.stop();
    await input.stop();
    sockets.close();
    rmSync(folder, { recursive: true });
  });

  const open = async (path: string, settings: object = {}, version = 0): Promise<OpenOutput> =>
    (output = await OpenOutput.open(http, {
      url: `https://127.0.0.1:${nginx.ports[version]}${path}`,
      tls: mutual,
      ...settings,
    }));

  for (const [i, version] of ['TLSv1.3', 'TLSv1.2'].entries()) {
    it(`knows who sends, by ${version}, and keeps the connection`, async () => {
      await open('/', {}, i);
      await post(output!);
      await post(output!);
      const [{ headers, body }] = destination.requests.slice(-1) as [ScriptedServer['requests'][number]];
      expect(headers).to.deep.include({ 'x-client': 'CN=client', 'x-version': version });
      expect(JSON.parse(body)).to.deep.include({ rule: 'k\u00e4se' });
    });

    it(`tells who has no certificate that one is missing, by ${version}`, async () => {
      const failure = await failureOf(post(await open('/', { tls: { ca: mutual.ca } }, i)));
      expect(failure.message).to.match(/400 Bad Request.*No required SSL certificate/);
    });
  }

  it('takes what is compressed', async () => {
    await post(await open('/', { gzip: true }));
    expect(destination.requests.at(-1)!.body).to.include('k\u00e4se');
  });

  it('is not up to what is too long, or to nobody behind it', async () => {
    const long = alert({ output: 'x'.repeat(200_000) });
    expect(await failureOf((await open('/')).send([long]))).to.deep.include({
      retry: false,
      reason: 'poison',
    });
    expect(await failureOf(post(await open('/nobody')))).to.deep.include({ retry: true, reason: 'server' });
  });

  it('brings alerts to the HTTP input, with the certificate that this wants', async () => {
    await post(await open('/input/'));
    expect(sink.rules).to.deep.equal(['k\u00e4se']);
    expect(await failureOf(post(await open('/input/nowhere')))).to.deep.include({ reason: 'client' });
  });

  it('carries WebSockets', async () => {
    const messages: string[] = [];
    sockets.on('connection', (socket) =>
      socket.on('message', (data) => messages.push(String(data as Buffer))),
    );
    output = await OpenOutput.open(websocket, {
      url: `wss://127.0.0.1:${nginx.port}/socket`,
      tls: mutual,
      template: '%rule',
    });
    await post(output);
    expect(messages).to.deep.equal(['k\u00e4se']);
  });
});

describe('a real tinyproxy', () => {
  const program = realProgram('tinyproxy-bin', 'tinyproxy');
  if (program === undefined) return;
  let folder: string;
  let proxy: RealServer;
  const servers: ScriptedServer[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-proxy-'));
    servers.push(await ScriptedServer.start(), await ScriptedServer.start({ mutual: true }));
    proxy = await RealServer.start({
      program,
      ports: 1,
      args: ([port]) => {
        const lines = [
          `Port ${port}`,
          'Listen 127.0.0.1',
          'Allow 127.0.0.1',
          'BasicAuth falco pass-word',
          `LogFile "${folder}/log"`,
          'LogLevel Connect',
          ...servers.map((server) => `ConnectPort ${server.port}`),
        ];
        writeFileSync(join(folder, 'conf'), `${lines.join('\n')}\n`);
        return ['-d', '-c', join(folder, 'conf')];
      },
    });
  });
  after(async () => {
    await proxy.stop();
    for (const server of servers) await server.stop();
    rmSync(folder, { recursive: true });
  });

  const open = (url: string, proxyUrl: string): Promise<OpenOutput> =>
    OpenOutput.open(http, { url, proxy: proxyUrl, tls: mutual }, { secrets: ['pass-word', 'pass-other'] });

  for (const [i, name] of ['http', 'https with certificates on both sides'].entries()) {
    it(`lets ${name} through`, async () => {
      const server = servers[i]!;
      const output = await open(server.url, `http://falco:pass-word@127.0.0.1:${proxy.port}`);
      await post(output);
      await post(output);
      await output.close();
      expect(server.requests.map(({ client }) => client)).to.deep.equal(
        Array<unknown>(2).fill(i === 0 ? undefined : 'client'),
      );
      expect(readFileSync(join(folder, 'log'), 'utf8')).to.match(
        i === 0 ? /POST http:\/\/127/ : /CONNECT 127\.0\.0\.1:\d+ HTTP\/1\.1/,
      );
      for (const { headers } of server.requests) expect(headers).to.not.have.property('proxy-authorization');
    });

    it(`does not let ${name} through with a wrong password`, async () => {
      const output = await open(servers[i]!.url, `http://falco:pass-other@127.0.0.1:${proxy.port}`);
      const failure = await failureOf(post(output));
      await output.close();
      expect(failure.retry).to.equal(true);
      // It resets the connection without reading the body, and its answer may be lost by that.
      expect(failure.message).to.match(i === 0 ? /401 |ECONNRESET|EPIPE/ : /40[17] /);
      expect(failure.message).to.not.include('pass-other');
    });
  }

  it('does not reach what is not allowed, or nobody', async () => {
    for (const url of ['https://127.0.0.1:9/', 'http://127.0.0.1:9/']) {
      const output = await open(url, `http://falco:pass-word@127.0.0.1:${proxy.port}`);
      const failure = await failureOf(post(output));
      await output.close();
      expect(failure.retry, url).to.equal(true);
      // As above: in the clear, its answer may be lost by a reset.
      expect(failure.message).to.match(url.startsWith('https') ? /403 / : /50\d |ECONNRESET|EPIPE/);
    }
  });
});
