import { expect } from 'chai';
import { existsSync, mkdtempSync, openSync, rmSync, writeFileSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assumeContainer } from '../../../replay/strace/container.ts';
import { Observer } from '../../../replay/strace/observer.ts';

const parse = (lines: readonly string[]) =>
  lines.map((line) => JSON.parse(line.slice(2)) as Record<string, unknown>);

/** Lines about this process, which is there to be looked at. */
describe('what a recorder adds to a log of strace', function () {
  if (!existsSync('/proc/self/stat')) return;
  const { pid } = process;
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tiercel-observer-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('begins with the machine and a child of who called the recorder', () => {
    const facts = parse(new Observer().begin(4711));
    const kinds = facts.map(({ state }) => state);
    expect(kinds[0]).to.equal('machine');
    expect(new Set(kinds)).to.include.keys('user', 'group', 'process', 'fds');
    const processes = facts.filter(({ state }) => state === 'process');
    expect(processes.map(({ tid }) => tid)).not.to.include(pid);
    expect(processes.at(-1)).to.deep.include({
      tid: 4711,
      pid: 4711,
      ptid: process.ppid,
      cwd: process.cwd(),
    });
  });

  it('tells what became of a process by an exec', () => {
    const observer = new Observer({ env: false });
    for (const line of [
      `${pid} 1700000000.1 execve("/x", ["x"], []) = 0 (DELAYED) <0.001>`,
      `${pid} 1700000000.1 <... execve resumed>) = 0`,
    ])
      expect(parse(observer.after(line))[0]).to.deep.include({
        state: 'process',
        tid: pid,
        exepath: process.execPath,
        env: [],
      });
    for (const line of [
      `${pid} 1700000000.1 execve("/x", ["x"], []) = -1 ENOENT (No such file or directory)`,
      `${pid} 1700000000.1 <... execve resumed>) = -1 EACCES (Permission denied)`,
      `${pid} 1700000000.1 write(1, "execve(x) = 0", 3) = 3`,
      'execve("/x", ["x"], []) = 0',
      '4194305 1700000000.1 execve("/x", ["x"], []) = 0',
    ])
      expect(observer.after(line), line).to.deep.equal([]);
  });

  it('takes processes for those of a container', () => {
    const observer = new Observer({ container: 'localhost:5000/shop/web:1.2' });
    const facts = parse(observer.begin(4711));
    const { json } = facts.find(({ state }) => state === 'container') as { json: string };
    const { container } = JSON.parse(json) as { container: Record<string, string> };
    expect(container).to.deep.include({ imagerepo: 'localhost:5000/shop/web', imagetag: '1.2' });
    const traced = facts.find(({ tid }) => tid === 4711)!;
    expect(traced['cgroups']).to.include(`memory=/system.slice/docker-${container['full_id']}.scope`);
    expect(traced).to.deep.include({ vpid: 1, ptid: pid });
    const above = facts.filter(({ state, tid }) => state === 'process' && tid !== 4711);
    expect(above.map(({ comm }) => comm)).to.deep.equal(['containerd-shim', 'systemd']);
    expect(above[0]).to.deep.include({ tid: pid, ptid: 1 });
    const [found] = parse(observer.after(`${pid} 1700000000.1 execve("/x", ["x"], []) = 0`));
    expect(found).to.deep.include({
      cgroups: traced['cgroups'],
      exe_lower_layer: true,
      exe_upper_layer: false,
    });
    const digest = assumeContainer('web@sha256:abc').json;
    expect(JSON.parse(digest)).to.have.nested.include({
      'container.imagetag': '',
      'container.imagedigest': 'sha256:abc',
    });
    expect(JSON.parse(assumeContainer('web').json)).to.have.nested.include({
      'container.imagetag': 'latest',
    });
  });

  it('tells once that a file was made', () => {
    const path = join(folder, 'new file');
    const began = (Date.now() / 1000).toFixed(9);
    const fd = openSync(path, 'w');
    const observer = new Observer();
    const call = `openat(AT_FDCWD</>, "${path}", O_WRONLY|O_CREAT, 0666) = ${fd}<${path}>`;
    const flags = (line: string) => (Number(parse(observer.after(line))[0]!['open_flags']) >> 14) & 1;
    expect(flags(`${pid} ${began} ${call}`)).to.equal(1);
    expect(flags(`${pid} ${began} ${call}`)).to.equal(0);
    // As a new observer sees it: made before the call, or in one that ends in another line.
    const later = (Date.now() / 1000 + 60).toFixed(9);
    expect(
      (Number(parse(new Observer().after(`${pid} ${later} ${call}`))[0]!['open_flags']) >> 14) & 1,
    ).to.equal(0);
    const [begin = '', end = ''] = call.split(' O_WRONLY', 2);
    const fresh = new Observer();
    expect(
      fresh.after(`${pid} ${began} ${begin} O_WRONLY${end.split(',')[0]!}, 0666 <unfinished ...>`),
    ).to.deep.equal([]);
    expect(
      parse(fresh.after(`${pid} ${later} <... openat resumed>) = ${fd}<${path}> <0.00001>`))[0],
    ).to.deep.include({
      state: 'fd',
      fd,
      name: path,
    });
    closeSync(fd);
  });

  it('says nothing of files that no call makes', () => {
    writeFileSync(join(folder, 'old'), '');
    const fd = openSync(join(folder, 'old'), 'r');
    const observer = new Observer();
    for (const call of [
      `openat(AT_FDCWD</>, "old", O_RDONLY) = ${fd}<${folder}/old>`,
      'openat(AT_FDCWD</>, "old", O_WRONLY|O_CREAT, 0666) = -1 EACCES (Permission denied)',
      `openat(AT_FDCWD</>, "n", O_WRONLY|O_CREAT, 0666) = 5<pipe:[7]>`,
    ])
      expect(observer.after(`${pid} 1700000000.1 ${call}`), call).to.deep.equal([]);
    closeSync(fd);
  });
});
