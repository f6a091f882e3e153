import { once } from 'node:events';
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as https from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { makeCertificates, type Certificates } from '../certificates.ts';
import { RunFolder, Webhook } from './run-process.ts';
import { tiercel } from './tiercel.ts';

const RULES = `
- rule: Secret read
  desc: Somebody reads a secret.
  source: k8s_audit
  condition: ka.verb = get and ka.target.resource = secrets
  output: "%ka.user.name reads %ka.target.namespace/%ka.target.name"
  priority: WARNING
- rule: Shell in a pod
  desc: Somebody runs a shell in a pod.
  source: k8s_audit
  condition: ka.verb = create and ka.target.subresource = exec
  output: "%ka.user.name"
  priority: NOTICE
`;

/** What the API server says of a request. */
const audit = (name: string, more: object = {}): object => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'RequestResponse',
  auditID: `id-${name}`,
  stage: 'ResponseComplete',
  requestURI: `/api/v1/namespaces/shop/secrets/${name}`,
  verb: 'get',
  user: { username: 'mallory', groups: ['system:authenticated'] },
  sourceIPs: ['10.0.0.7'],
  objectRef: { resource: 'secrets', namespace: 'shop', name, apiVersion: 'v1' },
  responseStatus: { code: 200 },
  requestReceivedTimestamp: '2026-11-24T08:12:31.830935Z',
  stageTimestamp: '2026-11-24T08:12:31.840935Z',
  ...more,
});

/** A batch as the API server's webhook sends it. */
const list = (items: readonly unknown[]): string =>
  JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items });

interface Sending extends https.RequestOptions {
  readonly body: string | Buffer;
  /** Sends the body in so many pieces, with pauses. */
  readonly pieces?: number;
}

describe('tiercel run, with events of a source', function () {
  this.timeout(60_000);
  let folder: RunFolder;
  let certificates: Certificates;

  before(() => (certificates = makeCertificates()));
  after(() => certificates.remove());
  beforeEach(() => {
    folder = new RunFolder();
    writeFileSync(folder.place('rules.yaml'), RULES);
  });
  afterEach(() => folder.remove());

  const config = (input: object, more: object = {}): object => ({
    data_dir: 'data',
    rules_files: [folder.place('rules.yaml')],
    inputs: { audit: { source: 'k8s_audit', ...input } },
    outputs: { archive: { kind: 'file', path: 'alerts.json', sync: false } },
    ...more,
  });
  const alerts = (): { rule: string; output: string; source: string; hostname: string }[] => {
    try {
      return readFileSync(folder.place('alerts.json'), 'utf8')
        .split('\n')
        .slice(0, -1)
        .map(
          (line) => JSON.parse(line) as { rule: string; output: string; source: string; hostname: string },
        );
    } catch {
      return [];
    }
  };
  const names = (): string[] => alerts().map(({ output }) => output.split('/').at(-1)!);
  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await pause(10);
  }

  describe('over HTTPS, as the webhook of the API server sends them', () => {
    const input = () => ({
      kind: 'http',
      listen: '127.0.0.1:0',
      path: '/k8s-audit',
      tls: {
        cert: certificates.path('server.crt'),
        key: certificates.path('server.key'),
        client_ca: certificates.path('ca.crt'),
      },
    });
    let port: string;
    async function start(more: object = {}) {
      folder.write(config({ ...input(), ...more }));
      const run = folder.run();
      [port = ''] = /\d+$/.exec(String((await run.says('takes alerts'))['address'])) ?? [];
      return run;
    }

    async function send({ body, pieces = 1, ...options }: Sending): Promise<number> {
      const request = https.request({
        host: '127.0.0.1',
        servername: 'localhost',
        port,
        path: '/k8s-audit?timeout=30s',
        method: 'POST',
        ca: certificates.read('ca.crt'),
        cert: certificates.read('client.crt'),
        key: certificates.read('client.key'),
        ...options,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...options.headers,
        },
      });
      const answered = once(request, 'response') as Promise<[{ statusCode: number; resume: () => void }]>;
      const size = Math.ceil(body.length / pieces);
      for (let at = 0; at < body.length; at += size) {
        request.write(body.slice(at, at + size));
        if (pieces > 1) await pause(20);
      }
      request.end();
      const [response] = await answered;
      response.resume();
      return response.statusCode;
    }

    it('asks the rules about each event of a batch, and answers when the alerts are on disk', async () => {
      const run = await start();
      const items = Array.from({ length: 400 }, (_, i) =>
        audit(`s${i}`, i % 4 === 0 ? {} : { verb: 'list' }),
      );
      expect(await send({ body: list(items) })).to.equal(200);
      // Killed at once: what was answered is on disk.
      run.kill('SIGKILL');
      await run.exit;
      folder.write(config(input()));
      folder.run();
      await until(() => alerts().length === 100);
      expect(names()).to.deep.equal(items.flatMap((_, i) => (i % 4 === 0 ? [`s${i}`] : [])));
      const [first] = alerts();
      expect(first).to.include({ rule: 'Secret read', source: 'k8s_audit' });
      expect(first!.output).to.equal('08:12:31.840935000: Warning mallory reads shop/s0');
      expect(first!.hostname).to.not.equal('');
    });

    it('takes a body of 10 MiB, also compressed, and slow clients beside fast ones', async () => {
      const run = await start();
      const large = list(
        Array.from({ length: 400 }, (_, i) => audit(`big${i}`, { responseObject: 'x'.repeat(26_000) })),
      );
      expect(large.length).to.be.greaterThan(10 * 1024 * 1024);
      const slow = send({ body: list([audit('slow')]), pieces: 40 });
      expect(await send({ body: list([audit('fast')]) })).to.equal(200);
      expect(await send({ body: large })).to.equal(200);
      expect(await send({ body: gzipSync(large), headers: { 'content-encoding': 'gzip' } })).to.equal(200);
      expect(await slow).to.equal(200);
      await until(() => alerts().length === 802);
      run.kill('SIGTERM');
      expect(await run.exit).to.equal(0);
    });

    it('takes what it can of a batch, since the API server would send all of it again', async () => {
      const run = await start();
      const items = [audit('a'), { kind: 'Pod' }, audit('b', { stageTimestamp: 'soon' }), 7, audit('c')];
      expect(await send({ body: list(items) })).to.equal(200);
      await until(() => alerts().length === 2);
      expect(names()).to.deep.equal(['a', 'c']);
      expect((await run.says('not an event'))['refused']).to.equal(3);
      expect(await send({ body: list([]) })).to.equal(200);
    });

    it('refuses what is nothing of Kubernetes, and clients without certificate or token', async () => {
      await start({ token: 'only-the-api-server' });
      const authorization = 'Bearer only-the-api-server';
      const statuses = [
        await send({ body: '{"kind":"Pod"}', headers: { authorization } }),
        await send({ body: 'no JSON', headers: { authorization } }),
        await send({ body: list([audit('a')]) }),
        await send({ body: list([audit('a')]), headers: { authorization: 'Bearer only-the-api-serve' } }),
        await send({ body: list([audit('a')]), headers: { authorization }, path: '/' }),
        await send({ body: list([audit('a')]), headers: { authorization }, method: 'PUT' }),
        await send({ body: list([audit('a')]), headers: { authorization } }),
      ];
      expect(statuses).to.deep.equal([400, 400, 401, 401, 404, 405, 200]);
      const failed = await send({
        body: list([audit('a')]),
        headers: { authorization },
        cert: undefined,
        key: undefined,
      }).catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
      expect(String(failed)).to.match(/CERTIFICATE_REQUIRED|ECONNRESET|EPIPE/);
    });

    it('asks the rules that a reload brings', async () => {
      const run = await start();
      expect(await send({ body: list([audit('a')]) })).to.equal(200);
      writeFileSync(
        folder.place('rules.yaml'),
        `${RULES}\n- rule: Secret read\n  enabled: false\n  override: {enabled: replace}\n`,
      );
      run.kill('SIGHUP');
      await run.says('the configuration was read again');
      const exec = { verb: 'create', objectRef: { resource: 'pods', subresource: 'exec', name: 'p' } };
      expect(await send({ body: list([audit('b'), audit('c', exec)]) })).to.equal(200);
      // The reload is an alert, too.
      await until(() => alerts().length === 3);
      const rules = alerts().flatMap(({ rule, source }) => (source === 'k8s_audit' ? [rule] : []));
      expect(rules).to.deep.equal(['Secret read', 'Shell in a pod']);
    });
  });

  it("follows the API server's log file, over rotation and kill -9", async () => {
    const log = folder.place('audit.log');
    const write = (...more: readonly string[]): void =>
      appendFileSync(log, more.map((name) => `${JSON.stringify(audit(name))}\n`).join(''));
    write('before');
    folder.write(config({ kind: 'file', path: log, from: 'beginning', poll: '50ms' }));
    const first = folder.run();
    await first.says('runs');
    write('a', 'b');
    appendFileSync(log, 'not JSON\n');
    await until(() => alerts().length === 3);
    first.kill('SIGKILL');
    await first.exit;
    write('c');
    renameSync(log, folder.place('audit-2026-11-24T08-12-31.840.log'));
    write('d');
    const second = folder.run();
    await until(() => new Set(names()).size === 5);
    expect([...new Set(names())]).to.deep.equal(['before', 'a', 'b', 'c', 'd']);
    second.kill('SIGTERM');
    expect(await second.exit).to.equal(0);
  });

  it('reads them from standard input, one in a line', async () => {
    folder.write(config({ kind: 'stdin' }));
    const run = folder.run();
    run.child.stdin!.end(`${JSON.stringify(audit('a'))}\n\n${list([audit('b'), audit('c')])}\n`);
    expect(await run.exit).to.equal(0);
    expect(names()).to.deep.equal(['a', 'b', 'c']);
  });

  it('routes what the rules say as any alert', async () => {
    const hook = new Webhook();
    await hook.listen();
    folder.write(
      config(
        { kind: 'stdin' },
        {
          outputs: { hook: { kind: 'http', url: hook.url }, archive: { kind: 'file', path: 'alerts.json' } },
          routes: [{ match: 'source = k8s_audit and ka.user.name = mallory', outputs: ['hook'] }],
          default: ['archive'],
        },
      ),
    );
    const run = folder.run();
    const other = { user: { username: 'alice' } };
    run.child.stdin!.end(`${list([audit('a'), audit('b', other)])}\n`);
    expect(await run.exit).to.equal(0);
    expect([hook.rules, names()]).to.deep.equal([['Secret read'], ['b']]);
    await hook.close();
  });

  const wrong: readonly [string, object, RegExp][] = [
    ['a kind that brings alerts only', { kind: 'grpc' }, /grpc brings alerts, and never events of k8s_audit/],
    ['both meanings', { kind: 'stdin', as: 'alerts' }, /what comes are events/],
  ];
  for (const [name, input, message] of wrong)
    it(`refuses ${name}`, () => {
      folder.write(config(input));
      const { status, stderr } = tiercel('run', '-c', folder.file, '--dry-run');
      expect(status).to.equal(1);
      expect(stderr).to.match(message);
    });

  it('says which source is not known, and tells when no rule is about one', async () => {
    folder.write(config({ kind: 'stdin', source: 'k8saudit' }));
    const refused = folder.run();
    expect(await refused.exit).to.equal(2);
    expect(refused.rest)
      .to.match(/the source k8saudit, which is not known/)
      .and.match(/k8s_audit/);
    writeFileSync(folder.place('rules.yaml'), '- list: l\n  items: []\n');
    folder.write(config({ kind: 'stdin' }));
    const run = folder.run();
    await run.says('no rule is about it');
    run.child.stdin!.end();
    expect(await run.exit).to.equal(0);
  });
});
