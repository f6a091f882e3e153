import { expect } from 'chai';
import type { Event } from '../../../engine/event.ts';
import type { Extracted } from '../../../engine/fields/define.ts';
import { groupClass } from '../../../engine/fields/group.ts';
import { procClass } from '../../../engine/fields/proc.ts';
import { userClass } from '../../../engine/fields/user.ts';
import * as codes from '../../../engine/tables/codes.generated.ts';
import type { EventCode } from '../../../engine/tables/types.ts';
import type { ParamValue } from '../../event-bytes.ts';
import { ProcessScene } from '../state/process-scene.ts';
import { snapshot } from '../state/snapshots.ts';
import { readField } from './bind-field.ts';

const read = (event: Event, text: string): Extracted =>
  readField([procClass, userClass, groupClass], event, text);

const init = snapshot(1, 1, 0, {
  comm: 'init', exe: '/sbin/init', exepath: '/sbin/init', args: '--switched-root\0--system\0', env: 'HOME=/root\0LEVEL=init\0',
  cwd: '/root/', sid: 0, vpgid: 1, pgid: 1, tty: 0,
}); // prettier-ignore

describe('fields of a process that was started while the capture ran', () => {
  const scene = new ProcessScene(init);
  scene.clone(20, [1, 1, 0], { comm: 'init' });
  scene.clone(0, [20, 20, 1], { comm: 'init' });
  const event = scene.execve([20, 20, 1], 'test-exe', codes.SYSCALL_EXECVE_19_X, {
    1: './test-exe',
    2: ['-c', 'echo x | wc'],
    7: 1024, 8: 3, 9: 4, 10: 29612, 11: 4, 12: 0,
    15: ['SHELL=/bin/bash', 'SHELL_NEW=/bin/sh', 'HOME=/home/user'],
    16: 34818, 17: 1, 18: 0xfffffffe, 19: 1, 23: 242048, 24: 1676262698000004588n, 25: 1676262698000004577n,
    26: 2000, 27: '/bin/test-exe', 28: 1, 29: 2001,
  }); // prettier-ignore

  const values: Record<string, Extracted> = {
    'proc.name': 'test-exe',
    'proc.aname[0]': 'test-exe',
    'proc.aname[1]': 'init',
    'proc.aname[2]': undefined,
    'proc.pname': 'init',
    'proc.pid': 20,
    'proc.vpid': 20,
    'proc.ppid': 1,
    'proc.pvpid': 1,
    'proc.apid[0]': 20,
    'proc.apid[1]': 1,
    'proc.apid[2]': undefined,
    'proc.exe': './test-exe',
    'proc.aexe[1]': '/sbin/init',
    'proc.aexe[2]': undefined,
    'proc.exepath': '/bin/test-exe',
    'proc.pexepath': '/sbin/init',
    'proc.aexepath[2]': undefined,
    'proc.cwd': '/root/',
    'proc.sid': 0,
    'proc.sname': 'init',
    'proc.sid.exe': '/sbin/init',
    'proc.sid.exepath': '/sbin/init',
    'proc.is_sid_leader': false,
    'proc.vpgid': 1,
    'proc.vpgid.name': 'init',
    'proc.is_vpgid_leader': false,
    'proc.pgid.name': 'init',
    'proc.is_pgid_leader': false,
    'proc.cmdline': 'test-exe -c echo x | wc',
    'proc.pcmdline': 'init --switched-root --system',
    'proc.acmdline[1]': 'init --switched-root --system',
    'proc.acmdline[2]': undefined,
    'proc.exeline': './test-exe -c echo x | wc',
    'proc.args': '-c echo x | wc',
    'proc.args[1]': 'echo x | wc',
    'proc.args[8]': '',
    'proc.aargs[1]': '--switched-root --system',
    'proc.cmdnargs': 2,
    'proc.cmdlenargs': 13,
    'proc.tty': 34818,
    'proc.vmsize': 29612,
    'proc.vmrss': 4,
    'proc.vmswap': 0,
    'proc.fdlimit': 1024,
    'thread.pfmajor': 3,
    'thread.pfminor': 4,
    'proc.is_exe_writable': true,
    'proc.exe_ino': 242048,
    'proc.exe_ino.ctime': 1676262698000004588n,
    'proc.exe_ino.mtime': 1676262698000004577n,
    'proc.env[HOME]': '/home/user',
    'proc.env[SHELL]': '/bin/bash',
    'proc.aenv': 'SHELL=/bin/bash SHELL_NEW=/bin/sh HOME=/home/user',
    'proc.aenv[1]': 'HOME=/root LEVEL=init',
    'proc.aenv[HOME]': '/root',
    'proc.aenv[SHELL]': '',
    'proc.aenv[LEVEL]': 'init',
    'user.uid': 2000,
    'user.loginuid': 4294967294,
    'group.gid': 2001,
  };
  for (const [text, value] of Object.entries(values))
    it(`${text} = ${String(value)}`, () => {
      expect(read(event, text)).to.equal(value);
    });
});

describe('fields of processes with ids beyond 32 bits', () => {
  const first = 0x100000010;
  const second = 0x100000100;
  let scene: ProcessScene;
  beforeEach(() => {
    scene = new ProcessScene(init);
    scene.clone(first, [1, 1, 0]);
    scene.clone(0, [first, first, 1], { vtid: 2, vpid: 2 });
  });

  it('are not shown but for those in a namespace', () => {
    const event = scene.execve([first, first, 1]);
    const shown = ['proc.pid', 'thread.tid', 'proc.vpid', 'thread.vtid', 'proc.ppid'];
    expect(shown.map((text) => read(event, text))).to.deep.equal([undefined, undefined, first, first, 1]);
  });

  it('nor those of parents', () => {
    scene.clone(0, [second, second, first], { vtid: 3, vpid: 3 });
    scene.clone(second, [first, first, 1]);
    const event = scene.execve([second, second, first]);
    const shown = ['proc.pid', 'proc.ppid', 'proc.apid[1]', 'proc.apid[2]', 'proc.vpid', 'thread.vtid'];
    expect(shown.map((text) => read(event, text))).to.deep.equal([undefined, undefined, undefined, 1, 3, 3]);
  });
});

describe('fields of users', () => {
  const NAMES = ['user.uid', 'user.name', 'user.homedir', 'user.shell', 'user.loginname'];
  const foo: ParamValue[] = [1000, 1000, 'foo', '/foo', '/bin/bash', ''];
  const steps: [what: string, code: EventCode, params: ParamValue[], expected: Extracted[]][] = [
    ['nobody is known', codes.SYSCALL_GETUID_X, [1000], [1000, '<NA>', '<NA>', '<NA>', 'root']],
    ['one is added', codes.USER_ADDED_E, foo, [1000, 'foo', '/foo', '/bin/bash', 'root']],
    ['and removed', codes.USER_DELETED_E, foo, [1000, '<NA>', '<NA>', '<NA>', 'root']],
    [
      'and comes back',
      codes.USER_ADDED_E,
      [1000, 1000, 'bar', '/bar', '/bin/sh', ''],
      [1000, 'bar', '/bar', '/bin/sh', 'root'],
    ],
    [
      'without a name',
      codes.USER_ADDED_E,
      [1000, 1000, '', '', '', ''],
      [1000, '', '', '', 'root'],
    ],
    ['it becomes root', codes.SYSCALL_SETUID_X, [0, 0], [0, 'root', '/root', '<NA>', 'root']],
    [
      'root is removed, and known all the same',
      codes.USER_DELETED_E,
      [0, 0, 'root', '/root', '/bin/sh', ''],
      [0, 'root', '/root', '<NA>', 'root'],
    ],
    ['it fails to become another', codes.SYSCALL_SETUID_X, [-1, 7], [0, 'root', '/root', '<NA>', 'root']],
    ['it becomes another', codes.SYSCALL_SETRESUID_X, [0, 5, 1000, 6], [1000, '', '', '', 'root']],
  ]; // prettier-ignore

  for (const [i, [what, , , expected]] of steps.entries())
    it(`when ${what}`, () => {
      const scene = new ProcessScene(snapshot(10, 10, 1, { uid: 1000, loginuid: 0 }));
      for (const [, code, params] of steps.slice(0, i + 1)) scene.apply(code, 10, ...params);
      const event = scene.apply(codes.SYSCALL_GETUID_X, 10, 0);
      expect(NAMES.map((text) => read(event, text))).to.deep.equal(expected);
    });
});
