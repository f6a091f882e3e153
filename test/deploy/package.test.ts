import { expect } from 'chai';
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { alertJson, send } from '../cli/run-process.ts';
import { eventually } from '../real-program.ts';

const root = join(import.meta.dirname, '../..');
/** The user of the image. */
const NOBODY = 65532;

describe('the package of npm', function () {
  this.timeout(60_000);
  let folder: string;
  let packed: string;
  let files: string[];
  let child: ChildProcess | undefined;

  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'tiercel-package-')));
    // The build is there already: `prepare` would make it anew under the feet of other tests.
    const flags = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    const [{ filename, files: listed }] = JSON.parse(
      execFileSync('npm', flags, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    ) as [{ filename: string; files: { path: string }[] }];
    files = listed.map(({ path }) => path);
    execFileSync('tar', ['xzf', join(folder, filename), '-C', folder]);
    packed = join(folder, 'package');
  });
  after(async () => {
    if (child?.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    execFileSync('chmod', ['-R', 'u+w', folder]);
    rmSync(folder, { recursive: true });
  });

  it('has the build, the rules, documentation and what deploys it, and nothing else', () => {
    const top =
      /^(?:package\.json|README\.md|LICENSE|dist\/(?:program\/)?[\w.-]+\.c?js(?:\.map|\.code)?|(?:docs|rules\/library|deploy\/(?:systemd|kubernetes))\/[\w./-]+\.(?:md|yaml|svg|png|service)|deploy\/tiercel\.yaml)$/;
    expect(files.filter((path) => !top.test(path))).to.deep.equal([]);
    for (const path of [
      'dist/index.js',
      'dist/tiercel.js',
      'rules/library',
      'docs/reference/command-line.md',
    ])
      expect(existsSync(join(packed, path)), path).to.equal(true);
    // What a build before left behind.
    const text = readdirSync(join(packed, 'dist'))
      .filter((name) => name.endsWith('js'))
      .map((name) => readFileSync(join(packed, 'dist', name), 'utf8'))
      .join('\n');
    for (const name of readdirSync(join(packed, 'dist')).filter((one) => /-[A-Z0-9]{8}\.js$/.test(one)))
      expect(text, `${name} is imported`).to.include(`./${name}`);
  });

  it('names nothing of the machine that made it', () => {
    for (const path of files)
      expect(readFileSync(join(packed, path), 'latin1').includes(root), path).to.equal(false);
  });

  it('runs with nothing but its dependencies, as nobody, and writes below data_dir only', async () => {
    linkDependencies(join(packed, 'node_modules'));
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o700 });
    writeFileSync(join(folder, 'token'), 'token-of-the-api\n', { mode: 0o440 });
    writeFileSync(
      join(folder, 'tiercel.yaml'),
      JSON.stringify({
        data_dir: data,
        inputs: { falco: { kind: 'http', listen: '127.0.0.1:0' } },
        api: { token: `\${file:${join(folder, 'token')}}` },
        outputs: { stdout: { kind: 'stdout', format: 'json' } },
      }),
    );
    chmodSync(folder, 0o755);
    const isRoot = canBecomeNobody(folder);
    if (isRoot) {
      chownSync(data, NOBODY, NOBODY);
      chownSync(join(folder, 'token'), 0, NOBODY);
    }
    execFileSync('chmod', ['-R', 'a-w', packed]);
    chmodSync(folder, 0o555);

    const started = (child = spawn(
      process.execPath,
      [join(packed, 'dist/tiercel.js'), 'run', '-c', join(folder, 'tiercel.yaml')],
      {
        cwd: '/',
        env: { PATH: process.env['PATH'], NODE_ENV: 'production', TMPDIR: '/nowhere', HOME: '/nowhere' },
        stdio: ['ignore', 'pipe', 'pipe'],
        ...(isRoot && { uid: NOBODY, gid: NOBODY }),
      },
    ));
    let log = '';
    let out = '';
    started.stderr!.setEncoding('utf8').on('data', (text: string) => (log += text));
    started.stdout!.setEncoding('utf8').on('data', (text: string) => (out += text));
    const address = await eventually(() => {
      if (started.exitCode !== null) throw new Error(log);
      return log.includes('"runs"') ? /"address":"([^"]+)"/.exec(log)?.[1] : undefined;
    });
    expect(await send(`http://${address}/`, 'by nobody')).to.deep.equal([200]);
    await eventually(() => (out.includes('by nobody') ? true : undefined));
    expect(JSON.parse(out)).to.deep.include(JSON.parse(alertJson('by nobody')) as object);
    const ready = await fetch(`http://${address}/readyz`, {
      headers: { authorization: 'Bearer token-of-the-api' },
    });
    expect(await ready.json()).to.have.property('outputs');
    const ended = once(started, 'exit');
    started.kill('SIGTERM');
    expect(await ended).to.deep.equal([0, null]);
    expect(readdirSync(data)).to.include('data.mdb');
    expect(readdirSync(folder).sort()).to.deep.equal(
      [
        'data',
        'package',
        'tiercel.yaml',
        'token',
        ...readdirSync(folder).filter((name) => name.endsWith('.tgz')),
      ].sort(),
    );
  });
});

/** Whether a process may become nobody here, and nobody may run Node.js and see a folder. */
function canBecomeNobody(folder: string): boolean {
  const options = { uid: NOBODY, gid: NOBODY, cwd: folder };
  return process.getuid?.() === 0 && spawnSync(process.execPath, ['--version'], options).status === 0;
}

/** What `npm ci --omit=dev` would install, from what is installed here. */
function linkDependencies(to: string): void {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, { dev?: true; optional?: true }>>;
  };
  for (const [path, { dev }] of Object.entries(packages)) {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1];
    if (name === undefined || dev === true || !existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(to, name)), { recursive: true });
    // Copies, since a link would find what is beside its target.
    cpSync(realpathSync(join(root, path)), join(to, name), { recursive: true });
  }
}
