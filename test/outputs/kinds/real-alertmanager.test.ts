import { expect } from 'chai';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alertmanager } from '../../../outputs/kinds/alertmanager.ts';
import { eventually, RealServer, realProgram } from '../../real-program.ts';
import { alert, failureOf, OpenOutput } from './opened.ts';

/** What Alertmanager tells a webhook. */
interface Notification {
  readonly status: 'firing' | 'resolved';
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly { readonly labels: Readonly<Record<string, string>>; readonly endsAt: string }[];
}

describe('a real Alertmanager', () => {
  const program = realProgram('prometheus-alertmanager', 'prometheus-alertmanager', 'alertmanager');
  if (program === undefined) return;
  let server: RealServer;
  let folder: string;
  let url: string;
  const told: Notification[] = [];
  const receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      told.push(JSON.parse(body) as Notification);
      response.end();
    });
  });

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-am-'));
    await once(receiver.listen(0, '127.0.0.1'), 'listening');
    const hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    writeFileSync(
      join(folder, 'am.yml'),
      `route: {receiver: hook, group_by: [alertname, k8s_ns_name], group_wait: 100ms, group_interval: 300ms}
receivers: [{name: hook, webhook_configs: [{url: "${hook}", send_resolved: true}]}]
`,
    );
    server = await RealServer.start({
      program,
      ports: 1,
      args: ([port]) => [
        `--config.file=${folder}/am.yml`,
        `--storage.path=${folder}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
      ],
      ready: async ([port]) =>
        fetch(`http://127.0.0.1:${port}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        ),
    });
    url = `http://127.0.0.1:${server.port}`;
  });
  after(async () => {
    await server.stop();
    receiver.close();
    receiver.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  it('has what was delivered; what comes twice is one alert', async () => {
    const output = await OpenOutput.open(alertmanager, { url, extra_labels: { cluster: 'eu' } });
    const one = alert({ output_fields: { 'k8s.ns.name': 'prod', 'proc.aname[2]': 'k\u00e4se' } });
    await output.send([one, alert({ rule: 'other' })]);
    await output.send([one]);
    const got = (await (await fetch(`${url}/api/v2/alerts`)).json()) as {
      labels: Record<string, string>;
      annotations: Record<string, string>;
      status: { state: string };
    }[];
    expect(got.map(({ labels }) => labels['alertname']).sort()).to.deep.equal(['Read shadow', 'other']);
    const found = got.find(({ labels }) => labels['alertname'] === 'Read shadow')!;
    expect(found.labels).to.deep.include({ k8s_ns_name: 'prod', cluster: 'eu', severity: 'warning' });
    expect(found.annotations).to.deep.include({ proc_aname_2: 'k\u00e4se', id: one.id });
    await output.close();
  });

  it('refuses nothing that an alert can say', async () => {
    const output = await OpenOutput.open(alertmanager, { url });
    const odd = '\0 "\\ \u2028 \ud800 {}';
    await output.send([
      alert({ rule: odd, hostname: odd, output: odd, tags: [odd], output_fields: { [odd]: odd } }),
    ]);
    await output.close();
  });

  it('is missed at another path', async () => {
    const output = await OpenOutput.open(alertmanager, { url: `${url}/other` });
    expect(await failureOf(output.send([alert()]))).to.deep.include({ retry: true, reason: 'client' });
    await output.close();
  });

  it('groups by labels, and tells when what was delivered is over', async () => {
    const output = await OpenOutput.open(alertmanager, {
      url,
      expires_after: '1s',
      extra_labels: { from: 'expiry' },
    });
    const inNamespace = (name: string, pod: string) =>
      alert({ rule: 'over soon', output_fields: { 'k8s.ns.name': name, 'k8s.pod.name': pod } });
    await output.send([inNamespace('prod', 'a'), inNamespace('prod', 'b'), inNamespace('test', 'c')]);
    const about = (status: string) =>
      told.filter((one) => one.status === status && one.groupLabels['alertname'] === 'over soon');
    await eventually(() => (about('resolved').length >= 2 ? true : undefined));
    const pods = (status: string) =>
      Object.fromEntries(
        about(status).map(({ groupLabels, alerts }) => [
          groupLabels['k8s_ns_name'],
          alerts.map(({ labels }) => labels['k8s_pod_name']).sort(),
        ]),
      );
    expect(pods('firing')).to.deep.equal({ prod: ['a', 'b'], test: ['c'] });
    expect(pods('resolved')).to.deep.equal(pods('firing'));
    await output.close();
  });
});
