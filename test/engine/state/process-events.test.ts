import { expect } from 'chai';
import type { Event } from '../../../engine/event.ts';
import { FD, FD_FLAG, Fd } from '../../../engine/state/fd.ts';
import { Machine } from '../../../engine/state/machine.ts';
import { CL, Thread } from '../../../engine/state/thread.ts';
import * as codes from '../../../engine/tables/codes.generated.ts';
import type { EventCode } from '../../../engine/tables/types.ts';
import { syntheticEvent, type ParamValue } from '../../event-bytes.ts';

const SECOND = 1_000_000_000;

describe('events of processes', () => {
  let machine: Machine;
  let init: Thread;
  let time: number;

  beforeEach(() => {
    machine = new Machine();
    time = 100 * SECOND;
    init = known(1, 1, 0);
    init.comm = 'init';
    init.cwd = '/';
  });

  function known(tid: number, pid: number, ptid: number): Thread {
    const thread = new Thread();
    thread.tid = thread.vtid = tid;
    thread.pid = thread.vpid = pid;
    thread.ptid = ptid;
    thread.exe = thread.comm = 'known';
    if (tid !== pid) thread.flags |= CL.CLONE_THREAD | CL.CLONE_FILES;
    return machine.threads.add(thread, true)!;
  }

  function apply(code: EventCode, tid: number, ...params: ParamValue[]): Event {
    const event = syntheticEvent(code, tid, ++time, params);
    machine.apply(event);
    return event;
  }

  interface Clone {
    tid: number;
    result: number;
    pid?: number;
    ptid?: number;
    vtid?: number;
    vpid?: number;
    flags?: number;
    code?: EventCode;
  }
  const clone = ({
    tid,
    result,
    pid = tid,
    ptid = 1,
    flags = 0,
    vtid = tid,
    vpid = pid,
    code,
  }: Clone): Event =>
    apply(
      code ?? codes.SYSCALL_CLONE_20_X,
      tid,
      ...[result, '/bin/sh', ['-c', 'true'], tid, pid, ptid, '', 1024, 1, 2, 300, 200, 100, 'sh'],
      ...[['cpuset=/x'], flags, 1000, 1001, vtid, vpid, 5],
    );

  /** All parameters of an execve of the current driver; some may be replaced. */
  const execve = (
    tid: number,
    replaced: Record<number, ParamValue> = {},
    code = codes.SYSCALL_EXECVE_19_X,
  ): Event => {
    const params: ParamValue[] = [
      ...[0, 'sh', ['-c', 'true'], tid, tid, 1, '', 1024, 1, 2, 300, 200, 100, 'sh', ['cpu=/c', 'mem=/m']],
      ...[['HOME=/root', 'A=1'], 7, 8, 1000, 0b1011, 1, 2n, 2n ** 40n, 77, 1700000000n * 10n ** 9n],
      ...[1600000000n * 10n ** 9n, 0, '/usr/bin/dash', 9, 5, 'sh'],
    ];
    for (const [i, value] of Object.entries(replaced)) params[Number(i)] = value;
    return apply(code, tid, ...params);
  };

  function open(thread: Thread, num: number, name: string, openFlags = 0): void {
    const fd = new Fd();
    fd.type = FD.FILE_V2;
    fd.name = name;
    fd.openFlags = openFlags;
    thread.fds.add(num, fd);
  }

  describe('clone', () => {
    it('makes a process like its caller', () => {
      const shell = known(10, 10, 1);
      Object.assign(shell, { cwd: '/home/', sid: 3, tty: 4, pgid: 5, loginuid: 6, capEffective: 7 });
      shell.exepath = '/bin/bash';
      shell.setEnv('A=1\0');
      open(shell, 3, '/tmp/x');
      const event = clone({ tid: 10, result: 20, ptid: 1 });
      expect(event.thread).to.equal(shell);
      const child = machine.threads.find(20)!;
      expect(child).to.include({
        pid: 20,
        ptid: 10,
        vpid: 20,
        vtid: 20,
        comm: 'sh',
        exe: '/bin/sh',
        uid: 1000,
        gid: 1001,
      });
      expect(child).to.include({
        cwd: '/home/',
        sid: 3,
        tty: 4,
        pgid: 5,
        loginuid: 6,
        capEffective: 7,
        exepath: '/bin/bash',
      });
      expect(child).to.include({ commandLine: 'sh -c true', vmSizeKb: 300, fdLimit: 1024, cloneTime: time });
      expect([child.env, child.cgroups]).to.deep.equal([['A=1'], [['cpuset', '/x']]]);
      expect(child.fd(3)).to.include({ name: '/tmp/x', flags: FD_FLAG.IS_CLONED });
      expect(child.fd(3)).to.not.equal(shell.fd(3));
    });

    it('makes a thread that shares with its process', () => {
      const main = known(10, 10, 1);
      const event = clone({ tid: 10, result: 11, flags: CL.CLONE_THREAD });
      expect(event.thread).to.equal(main);
      const thread = machine.threads.find(11)!;
      expect(thread).to.include({
        pid: 10,
        ptid: 1,
        isMainThread: false,
        mainThread: main,
        fdTable: main.fds,
      });
      expect(main.threadCount).to.equal(2);
    });

    it('believes the child where it speaks first', () => {
      known(10, 10, 1);
      const event = clone({ tid: 20, result: 0, ptid: 10 });
      const child = machine.threads.find(20)!;
      expect(event.thread).to.equal(child);
      expect(child).to.include({ ptid: 10, pid: 20 });
      clone({ tid: 10, result: 20 });
      expect(machine.threads.find(20)).to.equal(child);
    });

    it('believes the caller where it has spoken before', () => {
      known(10, 10, 1);
      clone({ tid: 10, result: 20 });
      const child = machine.threads.find(20)!;
      expect(clone({ tid: 20, result: 0, ptid: 10 }).thread).to.equal(child);
    });

    it('replaces a thread whose end was not seen', () => {
      known(10, 10, 1);
      clone({ tid: 10, result: 20 });
      const old = machine.threads.find(20)!;
      time += 3 * SECOND;
      const event = clone({ tid: 20, result: 0, ptid: 10 });
      expect(event.thread).to.not.equal(old);
      expect(event.thread).to.equal(machine.threads.find(20));
      expect(old.expired).to.equal(true);
    });

    for (const [what, flags] of Object.entries({
      'inside a pid namespace': CL.CHILD_IN_PIDNS,
      'into a new pid namespace': CL.CLONE_NEWPID,
      'for its parent': CL.CLONE_PARENT,
      'like vfork': CL.CLONE_VFORK,
    }))
      it(`leaves it to the child ${what}`, () => {
        known(10, 10, 1);
        clone({ tid: 10, result: 20, flags });
        expect(machine.threads.find(20)).to.equal(undefined);
      });

    it('leaves a vfork and a caller in a namespace to the child', () => {
      known(10, 10, 1);
      clone({ tid: 10, result: 20, code: codes.SYSCALL_VFORK_20_X });
      known(11, 11, 1).vtid = 2;
      clone({ tid: 11, result: 21 });
      expect([20, 21].map((tid) => machine.threads.find(tid))).to.deep.equal([undefined, undefined]);
    });

    it('knows the start of the namespace', () => {
      known(10, 10, 1);
      clone({ tid: 20, result: 0, ptid: 10, flags: CL.CHILD_IN_PIDNS, vtid: 2, vpid: 2 });
      expect(machine.threads.find(20)).to.include({ pidnsInitStart: 5, vtid: 2, isInPidNamespace: true });
    });

    it('does not bring back a child that has just ended', () => {
      known(10, 10, 1);
      clone({ tid: 20, result: 0, ptid: 10 });
      apply(codes.PROCEXIT_1_E, 20, 0, 0, 0, 0, 0);
      clone({ tid: 10, result: 20, ptid: 10 });
      expect(machine.threads.find(20)).to.equal(undefined);
      time += 2 * SECOND;
      clone({ tid: 10, result: 20, ptid: 10 });
      expect(machine.threads.find(20)).to.not.equal(undefined);
    });

    it('learns of an unknown caller from its clone', () => {
      clone({ tid: 10, result: 20, pid: 10, ptid: 1 });
      expect(machine.threads.find(10)).to.include({ pid: 10, ptid: 1, vtid: 10, comm: 'sh', exe: '/bin/sh' });
      expect(machine.threads.find(20)).to.include({ ptid: 10, cwd: '', exepath: '' });
    });

    it('learns of an unknown main thread from its thread', () => {
      clone({ tid: 11, result: 0, pid: 10, ptid: 1, flags: CL.CLONE_THREAD });
      expect(machine.threads.find(10)).to.include({
        pid: 10,
        ptid: 1,
        vtid: 10,
        vpid: 10,
        comm: 'sh',
        threadCount: 2,
      });
    });

    it('that fails changes nothing', () => {
      clone({ tid: 10, result: -11 });
      expect(machine.threads.size).to.equal(1);
    });
  });

  describe('execve', () => {
    it('sets what the program is', () => {
      const thread = known(10, 10, 1);
      thread.cloneTimeLow = 1;
      thread.pidnsInitStart = 2;
      open(thread, 3, '/keep');
      open(thread, 4, '/close', 1 << 12);
      execve(10);
      expect(thread).to.include({
        exe: 'sh',
        comm: 'sh',
        commandLine: 'sh -c true',
        exepath: '/usr/bin/dash',
        tty: 7,
        vpgid: 8,
      });
      expect(thread).to.include({
        loginuid: 1000,
        uid: 0,
        gid: 5,
        pgid: 9,
        capEffective: 2 ** 40,
        exeIno: 77,
      });
      expect(thread).to.include({
        exeWritable: true,
        exeUpperLayer: true,
        exeFromMemfd: false,
        exeLowerLayer: true,
      });
      expect(thread.exeInoCtime).to.equal(1700000000n * 10n ** 9n);
      expect(thread.exeInoCtimeDurationPidnsStart).to.equal(1700000000n * 10n ** 9n - 2n);
      expect(thread.exeInoCtimeDurationCloneTs).to.equal(2n ** 64n + 1n - 1700000000n * 10n ** 9n);
      expect(thread.env).to.deep.equal(['HOME=/root', 'A=1']);
      expect(thread.cgroup('memory')).to.equal('/m');
      expect([thread.fd(3)?.name, thread.fds.size]).to.deep.equal(['/keep', 1]);
    });

    it('keeps what an old event does not tell', () => {
      const thread = known(10, 10, 1);
      execve(10);
      const rest = Object.fromEntries([...Array(17).keys()].map((i) => [i + 13, undefined]));
      execve(10, { 1: '/bin/ls', 2: [], ...rest });
      expect(thread).to.include({
        exe: '/bin/ls',
        comm: '/bin/ls',
        commandLine: '/bin/ls',
        uid: 0,
        tty: 7,
        pgid: -1,
      });
      expect(thread).to.include({ exepath: '/usr/bin/dash', exeIno: 77, exeWritable: true });
    });

    it('that fails changes nothing', () => {
      const thread = known(10, 10, 1);
      const event = execve(10, { 0: -2 });
      expect(thread.exe).to.equal('known');
      expect(event.errorCode).to.equal(2);
    });

    it('completes an unknown thread', () => {
      execve(10, { 5: 1 });
      expect(machine.threads.find(10)).to.include({
        pid: 10,
        ptid: 1,
        vtid: 10,
        vpid: 10,
        isInvalid: false,
        threadCount: 1,
      });
    });

    it('ends the other threads, and revives a dead main thread', () => {
      const main = known(10, 10, 1);
      known(11, 10, 1);
      known(12, 10, 1);
      apply(codes.PROCEXIT_1_E, 10, 0, 0, 0, 0, 0);
      expect(main).to.include({ isDead: true, threadCount: 2 });
      execve(10);
      expect(main).to.include({ isDead: false, threadCount: 1 });
      expect([11, 12].map((tid) => machine.threads.find(tid))).to.deep.equal([undefined, undefined]);
    });

    describe('takes the path from the enter event where its own has none:', () => {
      const cases: [what: string, enter: [EventCode, ...ParamValue[]], exit: EventCode, exepath: string][] = [
        ['relative', [codes.SYSCALL_EXECVE_19_E, '../bin/x'], codes.SYSCALL_EXECVE_19_X, '/home/bin/x'],
        ['absolute', [codes.SYSCALL_EXECVE_19_E, '/x'], codes.SYSCALL_EXECVE_19_X, '/x'],
        ['unread', [codes.SYSCALL_EXECVE_19_E, '<NA>'], codes.SYSCALL_EXECVE_19_X, '<NA>'],
        ['missing', [codes.SYSCALL_EXECVE_19_E, undefined], codes.SYSCALL_EXECVE_19_X, '/old'],
        [
          'execveat of a directory',
          [codes.SYSCALL_EXECVEAT_E, 3, 'x', 0],
          codes.SYSCALL_EXECVE_19_X,
          '/opt/x',
        ],
        ['execveat of an fd', [codes.SYSCALL_EXECVEAT_E, 3, '<NA>', 1], codes.SYSCALL_EXECVEAT_X, '/opt'],
        [
          'execveat of an unknown fd',
          [codes.SYSCALL_EXECVEAT_E, 9, 'x', 0],
          codes.SYSCALL_EXECVE_19_X,
          '<NA>',
        ],
        ['execveat here', [codes.SYSCALL_EXECVEAT_E, -100, 'x', 0], codes.SYSCALL_EXECVEAT_X, '/home/u/x'],
      ];
      for (const [what, [code, ...params], exit, exepath] of cases)
        it(what, () => {
          const thread = known(10, 10, 1);
          thread.cwd = '/home/u/';
          thread.exepath = '/old';
          open(thread, 3, '/opt');
          const enter = syntheticEvent(code, 10, ++time, params);
          expect(machine.apply(enter)).to.equal(false);
          execve(10, { 27: undefined }, exit);
          expect(thread.exepath).to.equal(exepath);
          expect(thread.enterEvent).to.equal(undefined);
        });
    });
  });

  describe('the end of a thread', () => {
    it('is seen while its event is, and then the thread is gone', () => {
      known(10, 10, 1);
      const event = apply(codes.PROCEXIT_1_E, 10, 0, 0, 0, 0, 0);
      expect(event.thread).to.include({ tid: 10, isDead: true });
      expect(machine.threads.find(10)).to.equal(event.thread);
      apply(codes.SYSCALL_GETUID_X, 1, 0);
      expect(machine.threads.find(10)).to.equal(undefined);
    });

    it('gives its children to the reaper that the event names', () => {
      known(5, 5, 1);
      known(10, 10, 5);
      const child = known(20, 20, 10);
      apply(codes.PROCEXIT_1_E, 10, 0, 0, 0, 0, 5);
      apply(codes.SYSCALL_GETUID_X, 1, 0);
      expect(child.ptid).to.equal(5);
    });

    it('of an unknown thread changes nothing', () => {
      expect(apply(codes.PROCEXIT_1_E, 99, 0, 0, 0, 0, 0).thread).to.equal(undefined);
      expect(machine.threads.size).to.equal(1);
    });
  });

  describe('credentials', () => {
    const cases: [name: string, code: EventCode, params: ParamValue[], expected: Partial<Thread>][] = [
      ['setuid', codes.SYSCALL_SETUID_X, [0, 33], { uid: 33 }],
      ['setuid that fails', codes.SYSCALL_SETUID_X, [-1, 33], { uid: 7 }],
      ['setresuid', codes.SYSCALL_SETRESUID_X, [0, 1, 2, 3], { uid: 2 }],
      ['setreuid', codes.SYSCALL_SETREUID_X, [0, 1, 2], { uid: 2 }],
      ['setgid', codes.SYSCALL_SETGID_X, [0, 33], { gid: 33 }],
      ['setresgid', codes.SYSCALL_SETRESGID_X, [0, 1, 2, 3], { gid: 2 }],
      ['setregid', codes.SYSCALL_SETREGID_X, [0, 1, -1], { gid: 0xffffffff }],
      ['setuid without its parameter', codes.SYSCALL_SETUID_X, [0], { uid: 7 }],
      [
        'capset',
        codes.SYSCALL_CAPSET_X,
        [0, 1, 2, 3],
        { capInheritable: 1, capPermitted: 2, capEffective: 3 },
      ],
      ['unshare', codes.SYSCALL_UNSHARE_X, [0, CL.CLONE_NEWUSER], { capEffective: 0x1ffffffffff }],
      ['unshare of others', codes.SYSCALL_UNSHARE_X, [0, CL.CLONE_NEWPID], { capEffective: 0 }],
      ['setns', codes.SYSCALL_SETNS_X, [0, 3, CL.CLONE_NEWUSER], { capPermitted: 0x1ffffffffff }],
    ];
    for (const [name, code, params, expected] of cases)
      it(name, () => {
        const thread = known(10, 10, 1);
        thread.uid = thread.gid = 7;
        apply(code, 10, ...params);
        expect(thread).to.include(expected);
      });
  });

  describe('surroundings', () => {
    const cases: [name: string, code: EventCode, params: ParamValue[], expected: Partial<Thread>][] = [
      ['chdir', codes.SYSCALL_CHDIR_X, [0, '../v'], { cwd: '/home/v/' }],
      ['chdir that fails', codes.SYSCALL_CHDIR_X, [-2, '../v'], { cwd: '/home/u/' }],
      ['fchdir', codes.SYSCALL_FCHDIR_X, [0, 3], { cwd: '/opt/' }],
      ['fchdir of an unknown fd', codes.SYSCALL_FCHDIR_X, [0, 9], { cwd: '/home/u/' }],
      ['getcwd', codes.SYSCALL_GETCWD_X, [0, '/'], { cwd: '/' }],
      ['chroot', codes.SYSCALL_CHROOT_X, [0, 'jail'], { root: '/home/u/jail' }],
      ['chroot to an unknown path', codes.SYSCALL_CHROOT_X, [0, undefined], { root: '<NA>' }],
      [
        'chroot to a path that is not printable',
        codes.SYSCALL_CHROOT_X,
        [0, '/\n'],
        { root: '/\xef\xbf\xbd' },
      ],
      ['setsid', codes.SYSCALL_SETSID_X, [10], { sid: 10 }],
      ['setrlimit', codes.SYSCALL_SETRLIMIT_X, [0, 512, 1024, 7], { fdLimit: 512 }],
      ['setrlimit of something else', codes.SYSCALL_SETRLIMIT_X, [0, 512, 1024, 3], { fdLimit: 99 }],
      ['setrlimit to no limit', codes.SYSCALL_SETRLIMIT_X, [0, -1, -1, 7], { fdLimit: 99 }],
      ['prlimit of itself', codes.SYSCALL_PRLIMIT_X, [0, 512, 1024, 0, 0, 0, 7], { fdLimit: 512 }],
      ['prlimit of init', codes.SYSCALL_PRLIMIT_X, [0, 512, 1024, 0, 0, 1, 7], { fdLimit: 99 }],
      ['mmap', codes.SYSCALL_MMAP_X, [0, 10, 20, 30], { vmSizeKb: 10, vmRssKb: 20, vmSwapKb: 30 }],
      ['brk without sizes', codes.SYSCALL_BRK_4_X, [0], { vmSizeKb: 0 }],
      [
        'sched switch',
        codes.SCHEDSWITCH_6_E,
        [1, 2, 3, 4, 5, 6],
        { pageFaultsMajor: 2, vmSizeKb: 4, vmSwapKb: 6 },
      ],
    ];
    for (const [name, code, params, expected] of cases)
      it(name, () => {
        const thread = known(10, 10, 1);
        thread.cwd = '/home/u/';
        thread.fdLimit = 99;
        open(thread, 3, '/opt');
        apply(code, 10, ...params);
        expect(thread).to.include(expected);
      });

    it('chroot leaves its path in the memory for texts', () => {
      known(10, 10, 1);
      apply(codes.SYSCALL_CHROOT_X, 10, 0, 'jail');
      expect(machine.rendering.scratch.text).to.equal('jail');
    });

    it('of a thread are those of its process', () => {
      const main = known(10, 10, 1);
      const thread = known(11, 10, 1);
      apply(codes.SYSCALL_CHDIR_X, 11, 0, '/srv');
      apply(codes.SYSCALL_SETRLIMIT_X, 11, 0, 5, 6, 7);
      expect([main.cwd, thread.currentDirectory, main.fdLimit]).to.deep.equal(['/srv/', '/srv/', 5]);
    });

    it('prctl makes a reaper, also when it asks only', () => {
      known(10, 10, 1);
      const { group } = machine.threads.find(10)!;
      apply(codes.SYSCALL_PRCTL_X, 10, 0, 36, '', 1);
      expect(group!.reaper).to.equal(true);
      apply(codes.SYSCALL_PRCTL_X, 10, 0, 37, '', 0);
      expect(group!.reaper).to.equal(false);
      apply(codes.SYSCALL_PRCTL_X, 10, 0, 15, '', 1);
      expect(group!.reaper).to.equal(false);
    });
  });
});
