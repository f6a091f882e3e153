import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import * as https from 'node:https';
import { connect, type ConnectionOptions, type SecureVersion } from 'node:tls';
import { makeCertificates, type Certificates } from '../certificates.ts';
import { eventually } from '../real-program.ts';
import { alertJson, RunFolder, type RunProcess } from './run-process.ts';

const TOKEN = 'token-of-the-api';

/** `tiercel run` with TLS at both of its doors: where alerts come in, and where the API is. */
describe('tiercel run with TLS', function () {
  this.timeout(30_000);
  let certificates: Certificates;
  let other: Certificates;
  before(() => {
    certificates = makeCertificates();
    other = makeCertificates();
  });
  after(() => {
    certificates.remove();
    other.remove();
  });

  let folder: RunFolder;
  let run: RunProcess;
  const files = (client_ca?: string) => ({
    cert: certificates.path('server.crt'),
    key: certificates.path('server.key'),
    ...(client_ca !== undefined && { client_ca }),
  });
  const start = async (): Promise<void> => {
    certificates.issue('server');
    folder = new RunFolder();
    folder.write({
      data_dir: 'data',
      inputs: {
        http: { kind: 'http', listen: '127.0.0.1:0', tls: files(certificates.path('ca.crt')) },
        stream: { kind: 'websocket', listen: '127.0.0.1:0', server_tls: files() },
      },
      api: { listen: '127.0.0.1:0', token: TOKEN, tls: files() },
      outputs: { archive: { kind: 'file', path: 'alerts.json', sync: false } },
    });
    run = folder.run();
    await run.says('runs');
  };

  const portOf = (input: string): number => {
    const line = run.log.find((one) => one.msg.includes('takes alerts') && one['input'] === input)!;
    return Number(String(line['address']).split(':')[1]);
  };
  const apiPort = (): number =>
    Number(String(run.log.find(({ msg }) => msg === 'answers for the API')!['address']).split(':')[1]);
  const doors = { 'the HTTP input': () => portOf('http'), 'the API': apiPort };

  /** What a request comes to: its status, or the code of the error. */
  function request(port: number, options: https.RequestOptions = {}): Promise<number | string> {
    return new Promise((resolve) => {
      const all = {
        host: '127.0.0.1',
        port,
        path: '/healthz',
        ca: certificates.read('ca.crt'),
        cert: certificates.read('client.crt'),
        key: certificates.read('client.key'),
        agent: false as const,
        ...options,
      };
      const sent = https.request(all, (response) => {
        response.resume().on('end', () => resolve(response.statusCode!));
      });
      sent.on('error', (error: NodeJS.ErrnoException) =>
        resolve(error.code === 'EPROTO' ? error.message : (error.code ?? error.message)),
      );
      sent.end(options.method === 'POST' ? alertJson('a') : undefined);
    });
  }

  /** The certificate's serial number that a door shows, or the code of the error. */
  function serialAt(port: number, options: ConnectionOptions = {}): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect({
        host: '127.0.0.1',
        port,
        ca: certificates.read('ca.crt'),
        cert: certificates.read('client.crt'),
        key: certificates.read('client.key'),
        ...options,
      });
      socket.once('secureConnect', () => {
        resolve(socket.getPeerX509Certificate()!.serialNumber);
        socket.destroy();
      });
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  }

  describe('as it is', () => {
    before(start);
    after(() => folder.remove());

    for (const [name, port] of Object.entries(doors)) {
      it(`answers at ${name}, with TLS 1.2 and 1.3`, async () => {
        for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
          expect(await request(port(), { minVersion: version, maxVersion: version })).to.equal(200);
      });

      it(`refuses older ones at ${name}`, async () => {
        for (const version of ['TLSv1', 'TLSv1.1'] as const) {
          const options = { minVersion: version as SecureVersion, maxVersion: version as SecureVersion };
          // The client itself would not speak them otherwise.
          const ciphers = 'DEFAULT@SECLEVEL=0';
          expect(await request(port(), { ...options, ciphers }), version).to.match(/alert protocol version/);
        }
      });

      it(`is known at ${name} only to those who know its CA, by its names`, async () => {
        expect(await request(port(), { ca: other.read('ca.crt') })).to.match(
          /^SELF_SIGNED_CERT_IN_CHAIN|^UNABLE_TO_VERIFY/,
        );
        expect(await request(port(), { servername: 'example.org' })).to.equal('ERR_TLS_CERT_ALTNAME_INVALID');
      });
    }

    it('asks for the token of the API within TLS, too', async () => {
      expect(await request(apiPort(), { path: '/queue' })).to.equal(401);
      expect(
        await request(apiPort(), { path: '/queue', headers: { authorization: `Bearer ${TOKEN}` } }),
      ).to.equal(200);
    });

    const clients: readonly [string, () => https.RequestOptions][] = [
      ['without a certificate', () => ({ cert: undefined, key: undefined })],
      ['with one of another CA', () => ({ cert: other.read('client.crt'), key: other.read('client.key') })],
      [
        'with one that has expired',
        () => {
          certificates.issue('expired', { expired: true });
          return { cert: certificates.read('expired.crt'), key: certificates.read('expired.key') };
        },
      ],
    ];
    for (const [name, client] of clients)
      it(`takes no alerts of a client ${name}`, async () => {
        const post = { method: 'POST', path: '/' };
        for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const)
          expect(await request(portOf('http'), { ...post, ...client(), maxVersion })).to.be.a('string');
        expect(await request(portOf('http'), post)).to.equal(200);
      });
  });

  describe('when certificates are renewed', () => {
    beforeEach(start);
    afterEach(() => folder.remove());
    const ports = () => [portOf('http'), portOf('stream'), apiPort()];
    const serials = () => Promise.all(ports().map((port) => serialAt(port)));

    it('shows the new ones after a reload, and goes on with the connections that it has', async () => {
      const before = await serials();
      const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
      const sockets = new Set<unknown>();
      agent.on('free', (socket) => sockets.add(socket));
      const post = { method: 'POST', path: '/', agent };
      expect(await request(portOf('http'), post)).to.equal(200);
      certificates.issue('server');
      run.kill('SIGHUP');
      await run.says('was read again');
      expect(await request(portOf('http'), post)).to.equal(200);
      await eventually(() => (Object.keys(agent.freeSockets).length > 0 ? true : undefined));
      expect(sockets.size).to.equal(1);
      agent.destroy();
      const after = await serials();
      expect(new Set([...before, ...after]).size).to.equal(2);
      expect(after[0]).to.not.equal(before[0]);
    });

    it('notices by itself that they changed', async () => {
      const before = await serials();
      certificates.issue('server');
      await run.says('was read again');
      expect((await serials())[0]).to.not.equal(before[0]);
    });

    it('goes on with those before, if the new ones are no good', async () => {
      const before = await serials();
      writeFileSync(certificates.path('server.crt'), 'no certificate\n');
      run.kill('SIGHUP');
      expect((await run.says('the configuration was refused'))['reason']).to.match(/tls: cert, key or/);
      expect(await serials()).to.deep.equal(before);
    });

    it('lets in whom the new CA has signed', async () => {
      const post = {
        method: 'POST',
        path: '/',
        cert: other.read('client.crt'),
        key: other.read('client.key'),
      };
      expect(await request(portOf('http'), post)).to.be.a('string');
      const ca = certificates.read('ca.crt');
      writeFileSync(certificates.path('ca.crt'), Buffer.concat([ca, other.read('ca.crt')]));
      run.kill('SIGHUP');
      await run.says('was read again');
      expect(await request(portOf('http'), post)).to.equal(200);
      writeFileSync(certificates.path('ca.crt'), ca);
    });
  });
});
