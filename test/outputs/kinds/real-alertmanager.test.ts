import { expect } from 'chai';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alertmanager } from '../../../outputs/kinds/alertmanager.ts';
import { closedPort } from '../scripted-server.ts';
import { alert, failureOf, OpenOutput } from './opened.ts';

/** Debian's package has another name for the program. */
const program = ['prometheus-alertmanager', 'alertmanager'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);
if (program === undefined) console.log('Alertmanager absent: tests against the real one are skipped.');

describe('a real Alertmanager', () => {
  let child: ChildProcess;
  let folder: string;
  let url: string;

  before(async function () {
    if (program === undefined) return this.skip();
    folder = mkdtempSync(join(tmpdir(), 'tiercel-am-'));
    writeFileSync(join(folder, 'am.yml'), 'route: {receiver: nobody}\nreceivers: [{name: nobody}]\n');
    const port = await closedPort();
    url = `http://127.0.0.1:${port}`;
    const flags = [
      `--config.file=${folder}/am.yml`,
      `--storage.path=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ];
    child = spawn(program, flags, { stdio: ['ignore', 'ignore', 'pipe'] });
    await new Promise<void>((resolve) =>
      child
        .stderr!.setEncoding('utf8')
        .on('data', (text: string) => /address=127|Listening on/.test(text) && resolve()),
    );
  });
  after(async () => {
    if (program === undefined) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill();
    await ended;
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
});
