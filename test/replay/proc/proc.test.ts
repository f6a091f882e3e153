import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { cgroupsOf } from '../../../replay/proc/cgroups.ts';
import { readAncestors, readFds, readMachine, readProcess, readUsers } from '../../../replay/proc/index.ts';

describe('control groups of /proc', () => {
  const cases: readonly (readonly [name: string, file: string, cgroups: string])[] = [
    [
      'version 2',
      '0::/user.slice\n',
      'cpuset=/user.slice\0cpu=/user.slice\0cpuacct=/user.slice\0io=/user.slice\0memory=/user.slice\0',
    ],
    [
      'version 1',
      '4:memory:/m\n3:cpu,cpuacct:/c\n2:blkio:/b\n1:name=systemd:/s\n',
      'cpu=/c\0cpuacct=/c\0io=/b\0memory=/m\0',
    ],
    ['both', '2:cpu:/c\n0::/u:v\n', 'cpuset=/u:v\0cpu=/c\0cpuacct=/u:v\0io=/u:v\0memory=/u:v\0'],
    ['nothing', '', ''],
  ];
  for (const [name, file, cgroups] of cases) it(name, () => expect(cgroupsOf(file)).to.equal(cgroups));
});

describe('this machine in /proc', function () {
  if (!existsSync('/proc/self/stat')) return;

  it('tells of this process', () => {
    const own = readProcess(process.pid)!;
    expect(own).to.deep.include({
      tid: process.pid,
      pid: process.pid,
      ptid: process.ppid,
      uid: process.geteuid!(),
      gid: process.getegid!(),
      cwd: process.cwd(),
      exepath: process.execPath,
      exeFromMemfd: false,
    });
    expect(own.exe.length).to.be.greaterThan(0);
    expect(own.env).to.contain(`PATH=${process.env['PATH']}\0`);
    expect(own.exeIno).not.to.equal(0);
    expect(readProcess(2 ** 22 + 1)).to.equal(undefined);
  });

  it('tells of its ancestors, the nearest first', () => {
    const ancestors = readAncestors(process.ppid);
    expect(ancestors[0]!.pid).to.equal(process.ppid);
    ancestors.slice(1).forEach((ancestor, i) => expect(ancestor.pid).to.equal(ancestors[i]!.ptid));
  });

  it('tells of fds, users and the machine', () => {
    expect(readFds([0, 99999]).map(({ fd }) => fd)).to.deep.equal([0]);
    expect(readMachine()).to.deep.include({ hostname: hostname() });
    expect(readUsers().find(({ uid }) => uid === 0)).to.deep.include({ gid: 0, homedir: '/root' });
  });
});
