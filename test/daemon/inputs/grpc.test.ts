import { ServerCredentials, status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grpc } from '../../../daemon/inputs/grpc.ts';
import { alertOfResponse } from '../../../daemon/inputs/grpc/response.ts';
import { OutputsService, type OutputsResponse } from '../../../daemon/inputs/grpc/schema.ts';
import type { Input } from '../../../daemon/inputs/input.ts';
import { makeCertificates, type Certificates } from '../../certificates.ts';
import { FakeFalco, response } from './fake-falco.ts';
import { FakeSink, fakeContext, falcoAlert, until } from './fakes.ts';

describe('the gRPC input', () => {
  let input: Input | undefined;
  let sink: FakeSink;
  let folder: string;
  let falco: FakeFalco;
  beforeEach(() => {
    sink = new FakeSink();
    falco = new FakeFalco();
    folder = mkdtempSync(join(tmpdir(), 'grpc-'));
  });
  afterEach(async () => {
    await input?.stop();
    input = undefined;
    falco.server.forceShutdown();
    rmSync(folder, { recursive: true });
  });
  const socket = (): string => `unix://${join(folder, 'falco.sock')}`;
  async function start(settings: object = {}): Promise<void> {
    input = await grpc.open(
      grpc.config.parse({ address: socket(), interval: '20ms', ...settings }),
      fakeContext(),
    );
    await input.start(sink);
  }

  it('takes what Falco holds, and asks for more', async () => {
    falco.queue.push(response(1), response(2));
    await falco.listen(socket());
    await start();
    await sink.has(2);
    falco.queue.push(response(3));
    await sink.has(3);
    expect(sink.rules).to.deep.equal(['1', '2', '3']);
    expect(falco.calls).to.equal(1);
    await until(() => input!.health.alerts === 3);
    expect(input!.health).to.deep.include({ state: 'running', alerts: 3, errors: 0 });
  });
  it('gets what Falco holds again and again', async () => {
    await falco.listen(socket());
    await start({ method: 'get' });
    falco.queue.push(response(1));
    await sink.has(1);
    falco.queue.push(response(2));
    await sink.has(2);
    expect(input!.health.state).to.equal('running');
  });
  it('takes many in order', async () => {
    falco.queue.push(...Array.from({ length: 5000 }, (_, n) => response(n)));
    await falco.listen(socket());
    await start();
    await sink.has(5000);
    expect(sink.rules).to.deep.equal(Array.from({ length: 5000 }, (_, n) => String(n)));
  });
  it('does not ask while the sink takes nothing', async () => {
    await falco.listen(socket());
    falco.queue.push(response(1));
    sink.answers.push('full', 'full', 'full', 'failed', 'full', 'full', 'full');
    await start();
    await until(() => sink.calls === 3);
    const { requests } = falco;
    await until(() => sink.calls === 7);
    expect(falco.requests).to.equal(requests);
    await sink.has(1);
    await until(() => falco.requests > requests);
    expect(input!.health.state).to.equal('running');
  });
  it('connects again when a call fails, and when Falco was away', async () => {
    await falco.listen(socket());
    await start();
    await until(() => falco.streams.length === 1);
    falco.streams[0]!.emit('error', { code: status.UNAVAILABLE, details: 'going down' });
    await until(() => falco.streams.length === 2);
    expect(input!.health.lastError?.message).to.equal('UNAVAILABLE: going down');
    falco.server.forceShutdown();
    await until(() => input!.health.errors === 2);
    falco = new FakeFalco();
    await falco.listen(socket());
    falco.queue.push(response(1));
    await sink.has(1);
  });
  it('tells of Falco 0.44 when nobody listens', async () => {
    await start();
    await until(() => input!.health.errors === 1);
    expect(input!.health.state).to.equal('connecting');
    expect(input!.health.lastError?.message).to.match(
      /^UNAVAILABLE: .*Falco 0.44 and later have no gRPC output/,
    );
  });
  it('tells of Falco 0.44 when the service is unknown', async () => {
    falco.server.removeService(OutputsService.service);
    await falco.listen(socket());
    await start();
    await until(() => input!.health.errors === 1);
    expect(input!.health.lastError?.message).to.match(
      /^UNIMPLEMENTED: .*Falco 0.44 and later have no gRPC output/,
    );
  });

  describe('with TLS', () => {
    let certificates: Certificates;
    before(() => (certificates = makeCertificates()));
    after(() => certificates.remove());
    const tls = (name: string): object => ({
      ca: certificates.path('ca.crt'),
      cert: certificates.path(`${name}.crt`),
      key: certificates.path(`${name}.key`),
    });
    it('shows its certificate, as Falco asks for it', async () => {
      const { read } = certificates;
      const pair = { cert_chain: read('server.crt'), private_key: read('server.key') };
      await falco.listen('127.0.0.1:0', ServerCredentials.createSsl(read('ca.crt'), [pair], true));
      falco.queue.push(response(1));
      await start({ address: `127.0.0.1:${falco.port}`, tls: tls('client') });
      await sink.has(1);
    });
  });
});

describe('the alert of a message of Falco', () => {
  const origin = { input: 'in', received: 1_769_862_900_000 };
  it('is what its parts say', () => {
    const { fields, id, json, ...rest } = alertOfResponse(response('R'), origin);
    expect(rest).to.deep.equal({
      ...origin,
      rule: 'R',
      priority: 'Warning',
      source: 'syscall',
      hostname: 'h',
      tags: ['a', 'b'],
      output: '12:34:56.123456789: Warning R',
      time: '2026-01-31T12:34:56.123456789Z',
    });
    expect(id).to.match(/^[0-9a-f]{32}$/);
    expect(JSON.parse(json)).to.have.property('rule', 'R');
    expect(Object.fromEntries(fields)).to.deep.equal({ 'proc.name': 'sh', 'evt.time': 1769862896123456789n });
  });
  it('is the JSON that Falco prints, if that is there', () => {
    const json = falcoAlert('R');
    expect(alertOfResponse(response('R', { output: json, output_fields: {} }), origin)).to.deep.include({
      json,
    });
  });
  it('is not JSON that a rule prints', () => {
    for (const output of [falcoAlert('other'), '{not json'])
      expect(alertOfResponse(response('R', { output }), origin)).to.deep.include({ rule: 'R', output });
  });

  const fields: readonly [string, string, unknown][] = [
    ['proc.pid', '123', 123],
    ['proc.pid', '-1', -1],
    ['proc.pid', '0123', '0123'],
    ['proc.pid', 'x', 'x'],
    ['proc.name', '123', '123'],
    ['proc.name', 'null', null],
    ['proc.aname[2]', '7', '7'],
    ['evt.is_open_read', 'true', true],
    ['evt.is_open_read', 'maybe', 'maybe'],
    ['fd.rport', '443', 443],
    ['ka.verb', '1', '1'],
  ];
  for (const [name, text, value] of fields)
    it(`has ${JSON.stringify(value)} for ${name} given as ${text}`, () => {
      const alert = alertOfResponse(response('R', { output_fields: { [name]: text } }), origin);
      expect(alert.fields.get(name)).to.equal(value);
    });

  const others: readonly [string, Partial<OutputsResponse>, object][] = [
    ['a source of Falco before 0.31', { source: '', source_deprecated: 1 }, { source: 'k8s_audit' }],
    ['an unknown source', { source: '', source_deprecated: 9 }, { source: 'syscall' }],
    ['the highest priority', { priority: 0 }, { priority: 'Emergency' }],
    ['the lowest priority', { priority: 7 }, { priority: 'Debug' }],
    ['an unknown priority', { priority: 70 }, { priority: 'Debug' }],
    ['no time', { time: null }, { time: '2026-01-31T12:35:00.000Z' }],
    [
      'a time beyond all',
      { time: { seconds: '999999999999999', nanos: 0 } },
      { time: '2026-01-31T12:35:00.000000000Z' },
    ],
  ];
  for (const [what, more, expected] of others)
    it(`knows ${what}`, () => expect(alertOfResponse(response('R', more), origin)).to.deep.include(expected));
});
