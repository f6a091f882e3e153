import { expect } from 'chai';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';

const root = join(import.meta.dirname, '../..');
const webShell = join(root, 'test/captures/web-shell-default.scap');
const audit = join(root, 'test/captures/audit/shop.log');
const raw = gunzipSync(readFileSync(webShell));

interface Run {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs the built command, as a user would. */
function tiercel(args: readonly string[], input?: Uint8Array): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist/tiercel.js'), ...args], {
    input,
    maxBuffer: 1 << 28,
  });
  return { status, stdout, stderr: stderr.toString() };
}

describe('tiercel convert', () => {
  let folder: string;
  const out = (name: string): string => join(folder, name);
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tiercel-convert-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('writes a capture as Falco does', () => {
    const { status, stderr } = tiercel(['convert', webShell, '-o', out('whole.scap')]);
    expect([status, stderr]).to.deep.equal([0, `7 332 events read, 7 332 written to ${out('whole.scap')}\n`]);
    expect(readFileSync(out('whole.scap')).equals(raw)).to.equal(true);
  });

  it('compresses by the name, or when told', () => {
    expect(tiercel(['convert', webShell, '-o', out('named.scap.gz'), '-q']).stderr).to.equal('');
    expect(gunzipSync(readFileSync(out('named.scap.gz'))).equals(raw)).to.equal(true);
    tiercel(['convert', webShell, '-o', out('told.scap'), '--gzip']);
    expect(gunzipSync(readFileSync(out('told.scap'))).equals(raw)).to.equal(true);
  });

  it('works between pipes', () => {
    const { status, stdout } = tiercel(['convert', '-', '-o', '-', '-q'], readFileSync(webShell));
    expect(status).to.equal(0);
    expect(stdout.equals(raw)).to.equal(true);
  });

  it('keeps the events that a condition selects, and shows only them again', () => {
    const condition = ['evt.type = execve', 'and', 'proc.name = id'];
    const { stderr } = tiercel(['convert', webShell, '-o', out('id.scap'), ...condition, '--json']);
    const { events, written, hidden, created } = JSON.parse(stderr) as Record<string, number | boolean>;
    expect([events, created]).to.deep.equal([7332, true]);
    const fields = ['--fields', 'evt.time,proc.cmdline,proc.pcmdline,user.name', '-q'];
    const before = tiercel(['show', webShell, ...condition, ...fields]).stdout.toString();
    expect(before.trimEnd().split('\n')).to.have.lengthOf((written as number) - (hidden as number));
    expect(tiercel(['show', out('id.scap'), ...fields]).stdout.toString()).to.equal(before);
  });

  it('takes macros of rule files', () => {
    writeFileSync(out('macros.yaml'), '- macro: is_id\n  condition: proc.name = id and evt.type = execve\n');
    const { status, stderr } = tiercel(
      ['convert', webShell, '-o', out('macro.scap'), 'is_id', '-r', out('macros.yaml')],
    ); // prettier-ignore
    expect([status, stderr.includes('for the state only')]).to.deep.equal([0, true]);
  });

  it('says when no event matches', () => {
    const { status, stderr } = tiercel(['convert', webShell, '-o', out('none.scap'), 'proc.name = nobody']);
    expect(status).to.equal(0);
    expect(stderr).to.contain('of 7 332 events, none matches the condition (NO_EVENT_MATCHES)');
  });

  it('points into a condition that is wrong, and writes nothing', () => {
    const { status, stderr } = tiercel(['convert', webShell, '-o', out('wrong.scap'), 'proc.nam = id']);
    expect(status).to.equal(2);
    expect(stderr).to.contain('proc.nam').and.to.contain('| ');
    expect(existsSync(out('wrong.scap'))).to.equal(false);
  });

  it('keeps what was read of a capture that is cut off, and says so with status 2', () => {
    const { status, stderr } = tiercel(['convert', '-', '-o', out('cut.scap')], raw.subarray(0, 700_001));
    expect(status).to.equal(2);
    expect(stderr).to.contain('CAPTURE_TRUNCATED').and.to.contain('written to');
    expect(raw.subarray(0, 650_000).equals(readFileSync(out('cut.scap')).subarray(0, 650_000))).to.equal(
      true,
    );
  });

  it('says when nothing could be read or written', () => {
    const nothing = tiercel(['convert', '-', '-o', out('nothing.scap')], Buffer.from('no capture at all'));
    expect(nothing.status).to.equal(2);
    expect(nothing.stderr).to.contain('CAPTURE_UNKNOWN_FORMAT').and.to.contain('nothing was written');
    expect(existsSync(out('nothing.scap'))).to.equal(false);
    const nowhere = tiercel(['convert', webShell, '-o', out('no/such/folder.scap')]);
    expect(nowhere.status).to.equal(2);
    expect(nowhere.stderr).to.contain('its directory does not exist');
  });

  it('says of an audit log what to do instead, which does it', () => {
    const whole = tiercel(['convert', audit, '-o', out('audit.jsonl')]);
    expect(whole.status).to.equal(2);
    expect(whole.stderr)
      .to.contain(`${audit}: error: this is no capture of system calls, but a log of k8s_audit`)
      .and.to.contain('nothing was written');
    const part = tiercel(['convert', audit, '-o', out('audit.jsonl'), 'ka.user.name = jane']);
    expect(part.status).to.equal(2);
    for (const { stderr } of [whole, part])
      expect(stderr).to.contain("tiercel show LOG CONDITION -p '%jevt.obj' > PART");
    expect(existsSync(out('audit.jsonl'))).to.equal(false);

    const columns = ['--fields', 'ka.auditid,ka.verb,ka.uri,evt.time'];
    const shown = tiercel(['show', audit, 'ka.user.name = jane', ...columns]).stdout.toString();
    const { stdout } = tiercel(['show', audit, 'ka.user.name = jane', '-p', '%jevt.obj']);
    writeFileSync(out('jane.log'), stdout);
    expect(tiercel(['show', out('jane.log'), ...columns]).stdout.toString()).to.equal(shown);
    expect(shown.trimEnd().split('\n')).to.have.lengthOf(5);
  });

  it('goes on with the next capture after a log of another source', () => {
    const { status, stderr } = tiercel(['convert', audit, webShell, '-o', out('both.scap')]);
    expect(status).to.equal(2);
    expect(stderr).to.contain('7 332 events read, 7 332 written');
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    it(`leaves nothing behind after ${signal}`, async () => {
      const path = out(`${signal}.scap`);
      const child = spawn(
        process.execPath,
        [join(root, 'dist/tiercel.js'), 'convert', '-q', '-', '-o', path],
        {
          stdio: ['pipe', 'ignore', 'pipe'],
        },
      );
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      child.stdin.on('error', () => undefined).write(raw.subarray(0, 1 << 20));
      const ended = once(child, 'close');
      while (!existsSync(`${path}.part`)) await setTimeout(10);
      // Once the capture is read, its reader waits for more that never comes.
      child.kill(signal);
      expect(await ended).to.deep.equal([null, signal]);
      expect(stderr).to.equal('');
      expect([existsSync(path), existsSync(`${path}.part`)]).to.deep.equal([false, false]);
    });
});
