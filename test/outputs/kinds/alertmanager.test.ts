import { expect } from 'chai';
import { alertmanager } from '../../../outputs/kinds/alertmanager.ts';
import { closedPort, ScriptedServer } from '../scripted-server.ts';
import { alert, failureOf, OpenOutput } from './opened.ts';

interface Sent {
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly startsAt: string;
  readonly endsAt: string;
}

describe('alertmanager', () => {
  let server: ScriptedServer;
  let output: OpenOutput | undefined;
  const open = async (settings: object = {}) =>
    (output = await OpenOutput.open(alertmanager, { url: `${server.url}/am/`, ...settings }));
  beforeEach(async () => {
    server = await ScriptedServer.start();
  });
  afterEach(async () => {
    await output?.close();
    output = undefined;
    await server.stop();
  });
  const sent = (): Sent[] => JSON.parse(server.requests[0]!.body) as Sent[];
  const fields = {
    'evt.time': 1,
    'k8s.ns.name': 'prod',
    'k8s.pod.name': null,
    'proc.aname[2]': 'bash',
    '1st': true,
  };

  it('posts few labels, and all fields as annotations', async () => {
    const one = alert({ output_fields: fields });
    const before = Date.now();
    await (await open({ extra_labels: { cluster: 'eu' }, expires_after: '10m' })).send([one]);
    expect(server.requests[0]).to.deep.include({ method: 'POST', path: '/am/api/v2/alerts' });
    const [{ labels, annotations, startsAt, endsAt }] = sent() as [Sent];
    expect(labels).to.deep.equal({
      alertname: 'Read shadow',
      priority: 'Warning',
      severity: 'warning',
      source: 'syscall',
      hostname: 'node-1',
      k8s_ns_name: 'prod',
      cluster: 'eu',
    });
    expect(annotations).to.deep.equal({
      evt_time: '1',
      k8s_ns_name: 'prod',
      proc_aname_2: 'bash',
      _1st: 'true',
      summary: 'Read shadow',
      description: one.output,
      tags: 'file,T1003',
      id: one.id,
    });
    expect(startsAt).to.equal('2026-01-31T12:34:56.123Z');
    expect(Date.parse(endsAt)).to.be.within(before + 600_000, Date.now() + 600_000);
  });

  it('makes one alert of those with equal labels', async () => {
    await open({ labels: [], annotations: [], severities: { debug: 'none' } });
    await output!.send([
      alert({ time: '2026-01-31T12:00:00Z' }),
      alert({ priority: 'Debug' }),
      alert({ output: 'last' }),
    ]);
    expect(
      sent().map(({ labels, annotations, startsAt }) => [
        labels['severity'],
        annotations['count'],
        annotations['description'],
        startsAt,
      ]),
    ).to.deep.equal([
      ['warning', '2', 'last', '2026-01-31T12:00:00.000Z'],
      ['none', undefined, '12:34:56.123456789: Warning Shadow read (user=root)', '2026-01-31T12:34:56.123Z'],
    ]);
  });

  it('sends to all of a cluster, and one that takes it is enough', async () => {
    const other = await ScriptedServer.start();
    await open({ url: [`http://127.0.0.1:${await closedPort()}`, server.url, other.url] });
    other.script.push({ status: 500 });
    await output!.send([alert()]);
    expect(server.requests.length + other.requests.length).to.equal(2);
    server.script.push({ status: 400 });
    other.script.push({ status: 400 });
    expect(await failureOf(output!.send([alert()]))).to.deep.include({ retry: true, reason: 'network' });
    await other.stop();
  });

  it('tells that it refuses', async () => {
    await open();
    server.script.push({ status: 400, body: '"bad label"' });
    const failure = await failureOf(output!.send([alert()]));
    expect(failure).to.deep.include({ retry: false, reason: 'poison' });
    expect(failure.message).to.match(/bad label/);
  });
});
