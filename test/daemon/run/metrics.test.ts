import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alertJson, RunFolder, send, Webhook } from '../../cli/run-process.ts';
import { realProgram } from '../../real-program.ts';

const reference = readFileSync(join(import.meta.dirname, '../../../docs/reference/metrics.md'), 'utf8');

const AUDIT_EVENT = JSON.stringify({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  auditID: 'x',
  stage: 'ResponseComplete',
  verb: 'create',
  requestURI: '/api/v1/namespaces',
  user: { username: 'u' },
  requestReceivedTimestamp: '2026-01-31T12:34:56.000000Z',
  stageTimestamp: '2026-01-31T12:34:56.000000Z',
});

/** Metrics of a daemon in which everything happened that they count. */
describe('the metrics of a running daemon', function () {
  this.timeout(30_000);
  let folder: RunFolder;
  let hook: Webhook;
  let text: string;

  before(async () => {
    hook = new Webhook();
    await hook.listen();
    folder = new RunFolder();
    const retry = { first: '20ms', max: '50ms' };
    writeFileSync(
      folder.place('rules.yaml'),
      '- {rule: a, desc: a, source: k8s_audit, condition: ka.verb = create, output: a, priority: INFO}\n',
    );
    folder.write({
      data_dir: 'data',
      rules_files: [folder.place('rules.yaml')],
      inputs: {
        http: { kind: 'http', listen: '127.0.0.1:0' },
        file: { kind: 'file', path: folder.place('in.json') },
        audit: { kind: 'http', listen: '127.0.0.1:0', source: 'k8s_audit' },
      },
      outputs: {
        hook: { kind: 'http', url: hook.url, retry },
        gone: {
          kind: 'http',
          url: 'http://127.0.0.1:1/',
          retry,
          queue: { max_bytes: '10kB', when_full: 'drop_oldest' },
        },
        choosy: { kind: 'program', program: 'exit 65', keep_alive: false },
      },
      routes: [
        { match: 'rule = twice', outputs: ['hook'], dedup: { window: '1h' } },
        { outputs: ['hook', 'gone', 'choosy'] },
      ],
    });
    const run = folder.run();
    const address = await run.address();
    await send(address, 'twice', 'twice', 'one');
    await fetch(address, { method: 'POST', body: `no alert\n${alertJson('x'.repeat(20_000))}` });
    const { address: audit } = run.log.find(({ msg, input }) => msg === 'takes alerts' && input === 'audit')!;
    await fetch(`http://${String(audit)}/`, { method: 'POST', body: AUDIT_EVENT });
    await hook.until(() => ['twice', 'one', 'a'].every((rule) => hook.rules.includes(rule)));
    text = await (await fetch(`${address}/metrics`)).text();
  });
  after(async () => {
    await folder.remove();
    await hook.close();
  });

  const exposed = () =>
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);

  it('are those of the reference, of the same types', () => {
    const documented = [...reference.matchAll(/^\| `(tiercel_\w+)` \| (\w+) \|/gm)].map(
      ([, name, type]) => `${name} ${type}`,
    );
    expect(documented).to.have.length.above(15);
    expect(
      exposed()
        .filter((line) => line.startsWith('tiercel_'))
        .sort(),
    ).to.deep.equal(documented.sort());
    for (const line of exposed()) expect(line).to.match(/^(?:tiercel|process|nodejs)_/);
  });

  it('have labels of the reference, and values', () => {
    for (const [, name, labels] of reference.matchAll(/^\| `(tiercel_\w+)` \| \w+ \| ([^|]*) \|/gm)) {
      const wanted = [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label!);
      const lines = text.split('\n').filter((line) => new RegExp(`^${name}(?:_count)?[ {]`).test(line));
      expect(lines, name).to.not.be.empty;
      for (const line of lines)
        expect([...line.matchAll(/[{,](\w+)="/g)].map(([, label]) => label)).to.deep.equal(wanted);
    }
  });

  it('are asked for by the rules of the reference under their names', () => {
    const rules = reference.slice(reference.indexOf('What to be woken by'));
    const names = [...rules.matchAll(/tiercel_\w+/g)].map(([name]) => name);
    expect(names).to.have.length.above(3);
    for (const name of names) expect(exposed().map((line) => line.split(' ')[0])).to.include(name);
  });

  describe('and a real promtool', () => {
    const promtool = realProgram('prometheus', 'promtool');
    if (promtool === undefined) return;

    it('which finds nothing to complain of', () => {
      const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], {
        input: text,
        encoding: 'utf8',
      });
      const own = `${stdout}${stderr}`.split('\n').filter((line) => !/^(?:nodejs_|process_|$)/.test(line));
      expect(own).to.deep.equal([]);
      expect(status).to.be.oneOf([0, 3]);
    });

    it('which takes the rules of the reference', () => {
      const [, rules] = /```yaml\n([^]*?)```/.exec(reference)!;
      writeFileSync(folder.place('rules.yaml'), rules!);
      const { status, stderr } = spawnSync(promtool, ['check', 'rules', folder.place('rules.yaml')], {
        encoding: 'utf8',
      });
      expect(stderr).to.equal('');
      expect(status).to.equal(0);
    });
  });
});
