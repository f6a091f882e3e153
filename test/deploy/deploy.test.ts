import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import { ENDPOINTS, loadRunConfig } from '../../daemon/running.ts';
import { realProgram } from '../real-program.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, 'deploy', path), 'utf8');

describe('deploy', () => {
  it('has a configuration to begin with that is right', () => {
    const { config, diagnostics } = loadRunConfig({ file: join(root, 'deploy/tiercel.yaml') });
    expect(diagnostics).to.deep.equal([]);
    expect(config?.inputs.map(({ name }) => name)).to.deep.equal(['falco']);
  });

  it('has more to uncomment there that is right, too', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tiercel-deploy-'));
    const text = read('tiercel.yaml')
      .replaceAll(/^( +)# /gm, '$1')
      .replace('/etc/tiercel/slack-webhook', 'webhook');
    writeFileSync(join(folder, 'webhook'), 'https://hooks.slack.com/services/T/B/x\n');
    writeFileSync(join(folder, 'tiercel.yaml'), text);
    const { config, diagnostics } = loadRunConfig({ file: join(folder, 'tiercel.yaml') });
    expect(diagnostics).to.deep.equal([]);
    expect(config?.outputs.map(({ name }) => name)).to.deep.equal(['archive', 'slack-security']);
    rmSync(folder, { recursive: true });
  });

  describe('systemd', () => {
    const lines = read('systemd/tiercel.service')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const settings = new Map(
      lines
        .filter((line) => !line.startsWith('['))
        .map((line) => line.split(/=(.*)/s, 2) as [string, string]),
    );

    it('has sections and settings only', () => {
      expect(lines.filter((line) => !/^(?:\[\w+\]|[A-Z]\w+=.*)$/.test(line))).to.deep.equal([]);
      expect(lines.filter((line) => line.startsWith('['))).to.deep.equal([
        '[Unit]',
        '[Service]',
        '[Install]',
      ]);
    });

    it('gives the folders that the configuration names, and time to stop', () => {
      const { config } = loadRunConfig({ file: join(root, 'deploy/tiercel.yaml') });
      expect(config!.own.data_dir).to.equal(`/var/lib/${settings.get('StateDirectory')}`);
      expect(config!.outputs[0]!.shown['path']).to.match(
        new RegExp(`^/var/log/${settings.get('LogsDirectory')}/`),
      );
      expect(Number(settings.get('TimeoutStopSec')) * 1000).to.be.above(config!.own.shutdown_timeout);
    });
  });

  describe('a real systemd', () => {
    const analyze = realProgram('systemd', 'systemd-analyze');
    if (analyze === undefined) return;
    let folder: string;
    let unit: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'tiercel-unit-'));
      unit = join(folder, 'tiercel.service');
      // The program must be there.
      const text = read('systemd/tiercel.service').replaceAll('/usr/bin/tiercel', process.execPath);
      writeFileSync(unit, text);
    });
    after(() => rmSync(folder, { recursive: true }));
    const run = (...args: string[]) => spawnSync(analyze, args, { encoding: 'utf8' });

    it('knows every setting of the unit', () => {
      const { stdout, stderr } = run('verify', unit);
      // Other units of the machine are none of our business.
      const own = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('tiercel.service'));
      expect(own).to.deep.equal([]);
    });

    it('finds little that it could do beside its work', () => {
      const { status, stdout, stderr } = run(
        'security',
        '--offline=true',
        '--threshold=15',
        '--no-pager',
        unit,
      );
      expect(status, `${stdout.slice(-200)}${stderr}`).to.equal(0);
    });
  });

  describe('Kubernetes', () => {
    type Tree = Readonly<Record<string, unknown>>;
    const kustomization = parse(read('kubernetes/kustomization.yaml')) as { resources: string[] };
    const resources = kustomization.resources.flatMap((file) =>
      parseAllDocuments(read(`kubernetes/${file}`)).map((document) => {
        expect(document.errors, file).to.deep.equal([]);
        return document.toJS() as Tree;
      }),
    );
    const find = <T>(kind: string): T => resources.find((one) => one['kind'] === kind) as T;
    interface Container {
      args: string[];
      ports: { name: string; containerPort: number }[];
      securityContext: Tree;
      volumeMounts: { name: string; mountPath: string }[];
      [probe: `${string}Probe`]: { httpGet: { path: string; port: string } };
    }
    const { spec } = find<{ spec: { template: { spec: Tree }; strategy: Tree; replicas: number } }>(
      'Deployment',
    );
    const pod = spec.template.spec;
    const [container] = pod['containers'] as [Container];
    const secret = find<{ stringData: Record<string, string> }>('Secret');
    const { data } = find<{ data: Record<string, string> }>('ConfigMap');

    it('names all its files', () => {
      const files = readdirSync(join(root, 'deploy/kubernetes'));
      expect(['kustomization.yaml', ...kustomization.resources].sort()).to.deep.equal(files.sort());
    });

    it('has a configuration that is right, with the secrets that there are', () => {
      const folder = mkdtempSync(join(tmpdir(), 'tiercel-deploy-'));
      mkdirSync(join(folder, 'secrets'));
      for (const [name, value] of Object.entries(secret.stringData))
        writeFileSync(join(folder, 'secrets', name), value);
      const mount = container.volumeMounts.find(({ name }) => name === 'secrets')!.mountPath;
      writeFileSync(
        join(folder, 'tiercel.yaml'),
        data['tiercel.yaml']!.replaceAll(mount, join(folder, 'secrets')),
      );
      const { config, diagnostics } = loadRunConfig({ file: join(folder, 'tiercel.yaml') });
      rmSync(folder, { recursive: true });
      expect(diagnostics).to.deep.equal([]);
      expect(config!.own.api.token).to.equal(secret.stringData['api-token']);
      const mounts = new Map(container.volumeMounts.map(({ name, mountPath }) => [name, mountPath]));
      expect(mounts.get('data')).to.equal(config!.own.data_dir);
      expect(container.args).to.deep.equal(['run', '-c', join(mounts.get('config')!, 'tiercel.yaml')]);
      const { listen } = config!.inputs[0]!.settings as { listen: { port: number } };
      expect(container.ports).to.deep.equal([{ name: 'http', containerPort: listen.port }]);
      expect((pod['terminationGracePeriodSeconds'] as number) * 1000).to.be.above(
        config!.own.shutdown_timeout,
      );
    });

    it('probes paths that answer without a token', () => {
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
        const { path, port } = container[probe]!.httpGet;
        expect(ENDPOINTS[path]?.access).to.equal('all');
        expect(container.ports.map(({ name }) => name)).to.include(port);
      }
    });

    it('runs one process for the queue, without rights', () => {
      expect([spec.replicas, spec.strategy]).to.deep.equal([1, { type: 'Recreate' }]);
      expect((pod['securityContext'] as Tree)['runAsNonRoot']).to.equal(true);
      expect(container.securityContext).to.deep.equal({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    });
  });

  it('has a Dockerfile that copies what there is, and ends as nobody', () => {
    const lines = read('Dockerfile').split('\n');
    expect(lines.findLast((line) => line.startsWith('USER '))).to.equal('USER 65532:65532');
    const ignored = read('Dockerfile.dockerignore').split('\n');
    for (const line of ignored.filter((one) => one.startsWith('!')))
      expect(existsSync(join(root, line.slice(1))), line).to.equal(true);
    expect(lines.filter((line) => line.startsWith('ENTRYPOINT'))).to.deep.equal([
      'ENTRYPOINT ["node", "/tiercel/dist/tiercel.js"]',
    ]);
  });
});
