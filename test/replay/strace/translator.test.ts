import { expect } from 'chai';
import { FD } from '../../../engine/index.ts';
import { readLog, type ReadEvent } from './read-log.ts';

const EXEC = (name: string, ...args: string[]) =>
  `execve("/usr/bin/${name}", ["${[name, ...args].join('", "')}"], ["A=1", "B=2"]) = 0`;

/** Events as `tid symbol result`. */
const brief = (events: readonly ReadEvent[]) =>
  events.map(({ tid, symbol, params }) => `${tid} ${symbol} ${String(Object.values(params)[0])}`);

const log = (...lines: string[]) => readLog(lines.map((line) => `${line}\n`).join(''));

describe('what happens in a log of strace', () => {
  it('shows a clone to the parent and to the child', () => {
    const { events } = log(
      `10 ${EXEC('bash', '-c', 'x')}`,
      '10 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f) = 11',
      `11 ${EXEC('cat', '/etc/shadow')}`,
      '11 +++ exited with 1 +++',
      '10 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=11, si_uid=0, si_status=1} ---',
      '10 +++ killed by SIGSEGV (core dumped) +++',
    );
    expect(brief(events)).to.deep.equal([
      '10 SYSCALL_EXECVE_19_X 0',
      '10 SYSCALL_CLONE_20_X 11',
      '11 SYSCALL_CLONE_20_X 0',
      '11 SYSCALL_EXECVE_19_X 0',
      '11 PROCEXIT_1_E 256',
      '10 SIGNALDELIVER_E 11',
      '10 PROCEXIT_1_E 139',
    ]);
    expect(events[2]!.params).to.deep.include({
      exe: 'bash',
      args: ['-c', 'x'],
      tid: 11,
      pid: 11,
      ptid: 10,
      comm: 'bash',
      flags: 'CLONE_CHILD_CLEARTID',
      cwd: null,
    });
    expect(events[3]!.params).to.deep.include({
      exe: 'cat',
      args: ['/etc/shadow'],
      env: ['A=1', 'B=2'],
      comm: 'cat',
      ptid: 10,
      trusted_exepath: '/usr/bin/cat',
      filename: '/usr/bin/cat',
    });
    expect(events[4]!.params).to.deep.include({ ret: 1, sig: 0, core: 0, reaper_tid: 0 });
    expect(events[6]!.params).to.deep.include({ ret: 0, sig: 11, core: 1 });
  });

  it('puts a child before the end of its vfork', () => {
    const { events } = log(
      `10 ${EXEC('make')}`,
      '10 vfork( <unfinished ...>',
      `11 ${EXEC('cc')}`,
      '11 getpid() = 11',
      '10 <... vfork resumed>) = 11',
    );
    expect(brief(events)).to.deep.equal([
      '10 SYSCALL_EXECVE_19_X 0',
      '11 SYSCALL_VFORK_20_X 0',
      '11 SYSCALL_EXECVE_19_X 0',
      '11 GENERIC_X getpid',
      '10 SYSCALL_VFORK_20_X 11',
    ]);
    expect(events[1]!.params).to.deep.include({ comm: 'make', ptid: 10 });
  });

  it('tells threads from processes', () => {
    const { events } = log(
      `10 ${EXEC('app')}`,
      '10 clone3({flags=CLONE_VM|CLONE_FILES|CLONE_THREAD, child_tid=0x7f, exit_signal=0} => {parent_tid=[11]}, 88) = 11',
      '11 prctl(PR_SET_NAME, "a very long worker name") = 0',
      '11 clone(child_stack=NULL, flags=SIGCHLD) = 12',
      '11 +++ exited with 0 +++',
      '12 getpid() = 12',
    );
    expect(events[2]!.params).to.deep.include({ tid: 11, pid: 10, comm: 'app', vtid: 11, vpid: 10 });
    const child = events.find(({ tid }) => tid === 12)!;
    expect(child.params).to.deep.include({ pid: 12, ptid: 10, comm: 'a very long wor' });
    // The main thread takes the children.
    expect(events.find(({ symbol }) => symbol === 'PROCEXIT_1_E')!.params['reaper_tid']).to.equal(10);
  });

  it('gives orphans to a subreaper, or to init', () => {
    const family = (subreaper: string) =>
      log(
        `10 ${EXEC('a')}`,
        subreaper,
        '10 fork() = 11',
        '11 fork() = 12',
        '12 getppid() = 11',
        '11 +++ exited with 0 +++',
        '12 fork() = 13',
      ).events;
    const reaper = (events: ReadEvent[]) =>
      events.find(({ symbol }) => symbol === 'PROCEXIT_1_E')!.params['reaper_tid'];
    expect(reaper(family('10 getpid() = 10'))).to.equal(1);
    const adopted = family('10 prctl(PR_SET_CHILD_SUBREAPER, 1) = 0');
    expect(reaper(adopted)).to.equal(10);
    expect(
      adopted.find(({ tid, symbol }) => tid === 12 && symbol === 'SYSCALL_FORK_20_X')!.params['ptid'],
    ).to.equal(11);
    expect(adopted.at(-2)!.params['ptid']).to.equal(10);
  });

  it('keeps processes apart that had the same id', () => {
    const { events } = log(
      `10 ${EXEC('a')}`,
      '10 fork() = 11',
      '11 +++ exited with 0 +++',
      '10 fork( <unfinished ...>',
      '11 getpid() = 11',
      '10 <... fork resumed>) = 11',
    );
    expect(brief(events)).to.deep.equal([
      '10 SYSCALL_EXECVE_19_X 0',
      '10 SYSCALL_FORK_20_X 11',
      '11 SYSCALL_FORK_20_X 0',
      '11 PROCEXIT_1_E 0',
      '11 SYSCALL_FORK_20_X 0',
      '11 GENERIC_X getpid',
      '10 SYSCALL_FORK_20_X 11',
    ]);
  });

  it('follows processes into other pid namespaces', () => {
    const { events } = log(
      `10 ${EXEC('unshare')}`,
      "10 clone(child_stack=NULL, flags=SIGCHLD) = 2 /* 11 in strace's PID NS */",
      '11 getpid() = 2',
    );
    expect(events[1]!.params).to.deep.include({ res: 2, flags: 'CLONE_CHILD_IN_PIDNS' });
    expect(events[2]!.params).to.deep.include({
      res: 0,
      tid: 11,
      vtid: 2,
      vpid: 2,
      flags: 'CLONE_CHILD_IN_PIDNS',
    });
  });

  it('gives the main id to a thread that execs', () => {
    const { events } = log(
      `10 ${EXEC('a')}`,
      '10 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_THREAD) = 11',
      '11 execve("/usr/bin/b", ["b"], [] <pid changed to 10 ...>',
      '10 +++ superseded by execve in pid 11 +++',
      '10 <... execve resumed>) = 0',
    );
    expect(brief(events).at(-1)).to.equal('10 SYSCALL_EXECVE_19_X 0');
    expect(events.at(-1)!.params).to.deep.include({ exe: 'b', tid: 10, pid: 10 });
  });

  it('gives the main id to a thread that execs while the main thread waits', () => {
    const { events } = log(
      `10 ${EXEC('a')}`,
      '10 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_THREAD) = 11',
      '10 pause( <unfinished ...>',
      '11 execve("/usr/bin/b", ["b", "c"], [] <unfinished ...>',
      '10 <... pause resumed>) = ?',
      '10 +++ superseded by execve in pid 11 +++',
      '10 <... execve resumed>) = 0 (DELAYED)',
      '10 close(3) = 0',
    );
    expect(brief(events).slice(-2)).to.deep.equal(['10 SYSCALL_EXECVE_19_X 0', '10 SYSCALL_CLOSE_X 0']);
    expect(events.at(-2)!.params).to.deep.include({ exe: 'b', args: ['c'], tid: 10, pid: 10 });
  });

  it('shows an exec that fails as the process stays', () => {
    const { events } = log(
      `10 ${EXEC('bash')}`,
      '10 execve("/nope", ["nope", "-x"], ["C=3"]) = -1 ENOENT (No such file or directory)',
      '10 execveat(5, "nope", ["nope"], NULL, AT_EMPTY_PATH) = -1 EACCES (Permission denied)',
    );
    expect(events[1]!.params).to.deep.include({
      res: -2,
      exe: 'nope',
      args: ['-x'],
      env: ['C=3'],
      comm: 'bash',
      trusted_exepath: '/usr/bin/bash',
      filename: '/nope',
    });
    expect(events[2]!.symbol).to.equal('SYSCALL_EXECVEAT_X');
  });

  it('shows a successful execveat as an execve', () => {
    const { events } = log('10 execveat(5</memfd:evil>, "", ["evil"], [], AT_EMPTY_PATH) = 0');
    expect(events[0]!.symbol).to.equal('SYSCALL_EXECVE_19_X');
    expect(events[0]!.params).to.deep.include({
      trusted_exepath: '/memfd:evil',
      filename: '/dev/fd/5',
      flags: 'EXE_WRITABLE|EXE_FROM_MEMFD',
    });
  });

  it('follows credentials, sessions and directories', () => {
    const { events } = log(
      `10 ${EXEC('a')}`,
      '10 chdir("/tmp/x") = 0',
      '10 setsid() = 10',
      '10 setresgid(7, 7, 7) = 0',
      '10 setreuid(-1, 5) = 0',
      '10 setuid(9) = -1 EPERM (Operation not permitted)',
      '10 prlimit64(0, RLIMIT_NOFILE, {rlim_cur=77, rlim_max=88}, NULL) = 0',
      '10 execve("../b/./c", ["c"], []) = 0',
    );
    expect(events.at(-1)!.params).to.deep.include({
      uid: 5,
      gid: 7,
      pgid: 10,
      vpgid: 10,
      fdlimit: 77,
      trusted_exepath: '/tmp/b/c',
      flags: '0x0',
    });
  });

  it('puts what was there before the log at its beginning', () => {
    const { events, state } = log(
      '10 write(1</dev/pts/0<char 136:0>>, "x", 1) = 1',
      '10 openat(AT_FDCWD</home/a b>, "f", O_RDONLY) = 3</home/a b/f>',
      '10 read(3</home/a b/f>, "", 5) = 0',
      '10 fork() = 11',
      '11 read(0<pipe:[88]>, "", 5) = 0',
      '11 sendto(4<TCPv6:[[::1]:7->[::1]:8]>, "x", 1, 0, NULL, 0) = 1',
      '11 epoll_wait(6<anon_inode:[eventpoll]>, [], 1, 0) = 0',
      '20 getpid() = 20',
    );
    expect(state.calls.slice(-3)).to.deep.equal(['addFds', 'ready', 'started']);
    expect(state.threads.map(({ tid, cwd }) => [tid, cwd])).to.deep.equal([
      [10, '/home/a b'],
      [20, ''],
    ]);
    const fds = state.fds.get(10)!;
    expect(fds.map(({ fd, type, name }) => [fd, type, name])).to.deep.equal([
      [1, FD.FILE_V2, '/dev/pts/0'],
      [0, FD.FIFO, ''],
      [4, FD.IPV6_SOCK, undefined],
      [6, FD.EVENTPOLL, ''],
    ]);
    expect(fds[2]).to.deep.include({ sport: 7, dport: 8 });
    expect(events).to.have.lengthOf(9);
  });

  it('knows processes by their names, where they stand in the log', () => {
    const { state } = log(
      '10<nginx> getpid() = 10',
      '[pid 11<a b>] getpid() = 11',
      '10<other> getpid() = 10',
    );
    expect(state.threads.map(({ tid, comm }) => [tid, comm])).to.deep.equal([
      [10, 'nginx'],
      [11, 'a b'],
    ]);
  });

  it('looks ahead for the own address of a socket that connects', () => {
    const address = '{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.2")}';
    const { events } = log(
      `10 connect(3<TCP:[9]>, ${address}, 16) = -1 EINPROGRESS (Operation now in progress)`,
      '10 connect(4<TCP:[10]>, {sa_family=AF_INET, sin_port=htons(81), sin_addr=inet_addr("10.0.0.2")}, 16) = 0',
      '11 write(3<TCP:[10.0.0.9:1->10.0.0.3:80]>, "", 0) = 0',
      '10 write(3<TCP:[10.0.0.1:4000->10.0.0.2:80]>, "GET", 3) = 3',
    );
    expect(events[0]!.params['tuple']).to.deep.equal({
      sip: '10.0.0.1',
      sport: 4000,
      dip: '10.0.0.2',
      dport: 80,
    });
    expect(events[1]!.params['tuple']).to.deep.equal({
      sip: '0.0.0.0',
      sport: 0,
      dip: '10.0.0.2',
      dport: 81,
    });
  });

  it('tells who sent a signal, where the driver does', () => {
    const sender = (signal: string, info: string) =>
      log(`10 --- ${signal} {si_signo=${signal}, ${info}} ---`).events[0]!.params['spid'];
    expect(sender('SIGTERM', 'si_code=SI_USER, si_pid=7, si_uid=0')).to.equal(7);
    expect(sender('SIGINT', 'si_code=SI_KERNEL')).to.equal(0);
    expect(sender('SIGUSR1', 'si_code=SI_USER, si_pid=7, si_uid=0')).to.equal(0);
    expect(sender('SIGRT_3', 'si_code=SI_QUEUE, si_pid=7, si_uid=0')).to.equal(7);
  });

  it('counts the time of an event from its end', () => {
    const times = (...lines: string[]) => log(...lines).events.map(({ time }) => time);
    expect(
      times(
        '1 1700000000.000001 close(3) = 0 <0.000002>',
        '1 1700000000.000010 read(3,  <unfinished ...>',
        '2 1700000000.000020 close(3) = 0',
        '1 1700000000.000030 <... read resumed>"", 5) = 0 <0.000020>',
        // Never backwards.
        '2 1700000000.000025 close(4) = 0',
      ).map((time) => time - 1700000000000000000n),
    ).to.deep.equal([3000n, 20000n, 30000n, 30000n]);
    expect(times('23:59:59.5 close(3) = 0', '00:00:01 close(3) = 0')).to.deep.equal([
      86399500000000n,
      86401000000000n,
    ]);
    expect(times('     0.000000 close(3) = 0', '     0.000500 close(3) = 0')).to.deep.equal([0n, 500000n]);
    expect(times('close(3) = 0', 'close(3) = 0')).to.deep.equal([1000n, 2000n]);
  });

  it('tells of a container before everything else', () => {
    const { events, state } = log(
      '# {"state":"container","json":"{\\"container\\":{\\"id\\":\\"abc\\"}}"}',
      `10 1700000000.5 ${EXEC('a')}`,
    );
    expect(events.map(({ symbol, tid, time }) => [symbol, tid, time])).to.deep.equal([
      ['ASYNCEVENT_E', 0, 1700000000500000000n],
      ['SYSCALL_EXECVE_19_X', 10, 1700000000500000000n],
    ]);
    expect(events[0]!.params).to.deep.include({
      plugin_id: 0,
      name: 'container',
      data: { base64: btoa('{"container":{"id":"abc"}}\0') },
    });
    expect(state.calls.slice(-2)).to.deep.equal(['ready', 'started']);
  });

  it('takes what a recorder adds', () => {
    const { events, state } = log(
      '# a remark',
      '# {"state":"machine","cpus":4,"hostname":"ci"}',
      '# {"state":"user","uid":0,"name":"root"}',
      '# {"state":"process","tid":9,"comm":"sh","exe":"sh"}',
      '# {"state":"process","tid":10,"ptid":9,"comm":"sh","exe":"sh","cwd":"/w","uid":0,"loginuid":1000}',
      '# {"state":"fds","tid":10}',
      '# {"state":"fd","tid":10,"fd":1,"type":"fifo","ino":5}',
      `10 ${EXEC('script.sh')}`,
      '# {"state":"process","tid":10,"ptid":3,"comm":"script.sh","exe":"/bin/sh","args":["/usr/bin/script.sh"],"exepath":"/usr/bin/dash","exe_ino":77,"cap_effective":5,"uid":0}',
      '10 openat(AT_FDCWD</w>, "new", O_WRONLY|O_CREAT, 0666) = 3</w/new>',
      '# {"state":"fd","tid":10,"fd":3,"type":"file_v2","ino":88,"dev":7,"open_flags":16384,"name":"/w/new"}',
      '10 write(7</w/other>, "", 0) = 0',
      '# {"state":"process","tid":"no"}',
      '# {broken',
    );
    expect(state.machine).to.deep.include({ cpus: 4, hostname: 'ci' });
    expect(state.users).to.have.lengthOf(1);
    expect(state.threads.map(({ tid }) => tid)).to.deep.equal([9, 10]);
    expect(state.fds.get(10)!.map(({ fd }) => fd)).to.deep.equal([1]);
    expect(events[0]!.params).to.deep.include({
      ptid: 9,
      exe: '/bin/sh',
      args: ['/usr/bin/script.sh'],
      trusted_exepath: '/usr/bin/dash',
      filename: '/usr/bin/script.sh',
      exe_ino: 77,
      cap_effective: 5,
    });
    expect(events[1]!.params).to.deep.include({ flags: 'O_CREAT|O_WRONLY|O_F_CREATED', dev: 7, ino: 88 });
    expect(events).to.have.lengthOf(3);
  });

  it('does not take a later program for that of an exec', () => {
    const fact = (comm: string, args: string[]) =>
      `# {"state":"process","tid":10,"comm":"${comm}","exe":"${comm}","args":${JSON.stringify(args)},"exepath":"/opt/${comm}","exe_ino":77}`;
    const found = (exec: string, behind: string) => log(`10 ${exec}`, behind).events[0]!.params;
    const call = 'execve("/usr/bin/env", ["env", "id", "-u"], []) = 0';
    for (const late of [fact('id', ['-u']), fact('id', ['id', '-u']), fact('env', ['id', '-g'])])
      expect(found(call, late), late).to.deep.include({
        exe: 'env',
        args: ['id', '-u'],
        comm: 'env',
        trusted_exepath: '/usr/bin/env',
        exe_ino: 0,
      });
    expect(found(call, fact('env', ['id', '-u']))).to.deep.include({
      trusted_exepath: '/opt/env',
      exe_ino: 77,
    });
    const long = fact('name-of-more-th', []);
    expect(found('execve("/bin/name-of-more-than-15", ["x"], []) = 0', long)['exe_ino']).to.equal(77);
    const byFd = 'execveat(5</opt/run>, "", ["run", "a"], [], AT_EMPTY_PATH) = 0';
    expect(found(byFd, fact('5', ['a']))['exe_ino']).to.equal(77);
  });
});
