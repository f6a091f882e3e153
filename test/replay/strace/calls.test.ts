import { expect } from 'chai';
import { SYSCALL_EVENTS } from '../../../engine/index.ts';
import { TRANSLATIONS } from '../../../replay/strace/calls/index.ts';
import { readLog } from './read-log.ts';

type Case = readonly [call: string, symbol: string, params: Readonly<Record<string, unknown>>];

const base64 = (bytes: string) => ({ base64: Buffer.from(bytes, 'latin1').toString('base64') });
const socket = 'TCP:[10.0.0.1:40->10.0.0.2:80]';

const CASES: readonly Case[] = [
  // Files
  [
    'openat(AT_FDCWD</root>, "a/b", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3</root/a/b>',
    'SYSCALL_OPENAT_2_X',
    { fd: 3, dirfd: -100, name: 'a/b', flags: 'O_TRUNC|O_CREAT|O_WRONLY', mode: '0666', dev: 0, ino: 0 },
  ],
  [
    'openat(4</d>, "x", O_RDONLY|O_DIRECTORY) = -1 EACCES (Permission denied)',
    'SYSCALL_OPENAT_2_X',
    { fd: -13, dirfd: 4, name: 'x', flags: 'O_DIRECTORY|O_RDONLY|O_TMPFILE', mode: '0' },
  ],
  [
    'openat(AT_FDCWD, "x", O_RDWR|O_CREAT|O_EXCL, 0600) = 3',
    'SYSCALL_OPENAT_2_X',
    { flags: 'O_EXCL|O_CREAT|O_RDWR|O_F_CREATED' },
  ],
  [
    'openat(AT_FDCWD, 0x7ffe, O_RDONLY) = -1 EFAULT (Bad address)',
    'SYSCALL_OPENAT_2_X',
    { fd: -14, name: null },
  ],
  ['openat(AT_FDCWD, "\\377\\0\\1x", O_RDONLY) = 3', 'SYSCALL_OPENAT_2_X', { name: base64('\xff\0') }],
  [
    'open("/x", O_RDONLY|O_SYNC) = 3',
    'SYSCALL_OPEN_X',
    { fd: 3, name: '/x', flags: 'O_SYNC|O_DSYNC|O_RDONLY', mode: '0' },
  ],
  [
    'openat2(AT_FDCWD, "x", {flags=O_RDONLY|O_CLOEXEC, resolve=RESOLVE_BENEATH}, 24) = 3',
    'SYSCALL_OPENAT2_X',
    { fd: 3, flags: 'O_RDONLY|O_CLOEXEC', resolve: 'RESOLVE_BENEATH', mode: '0' },
  ],
  ['creat("/x", 0644) = 3', 'SYSCALL_CREAT_X', { fd: 3, name: '/x', mode: '0644', creat_flags: '0x0' }],
  ['chdir("/tmp") = 0', 'SYSCALL_CHDIR_X', { res: 0, path: '/tmp' }],
  ['getcwd("/tmp", 4096) = 5', 'SYSCALL_GETCWD_X', { res: 5, path: '/tmp' }],
  ['mkdir("/x", 0755) = 0', 'SYSCALL_MKDIR_2_X', { res: 0, path: '/x', mode: 493 }],
  [
    'unlinkat(AT_FDCWD, "x", AT_REMOVEDIR) = 0',
    'SYSCALL_UNLINKAT_2_X',
    { dirfd: -100, name: 'x', flags: 'AT_REMOVEDIR' },
  ],
  [
    'renameat2(AT_FDCWD, "a", 5, "b", RENAME_NOREPLACE) = 0',
    'SYSCALL_RENAMEAT2_X',
    { olddirfd: -100, oldpath: 'a', newdirfd: 5, newpath: 'b', flags: 'RENAME_NOREPLACE' },
  ],
  ['symlink("/etc/shadow", "s") = 0', 'SYSCALL_SYMLINK_X', { target: '/etc/shadow', linkpath: 's' }],
  [
    'linkat(AT_FDCWD, "a", AT_FDCWD, "b", 0) = 0',
    'SYSCALL_LINKAT_2_X',
    { olddir: -100, newdir: -100, flags: '0x0' },
  ],
  ['fchmodat(AT_FDCWD, "x", 04755) = 0', 'SYSCALL_FCHMODAT_X', { filename: 'x', mode: '04755' }],
  ['chown("x", 1000, -1) = 0', 'SYSCALL_CHOWN_X', { path: 'x', uid: 1000, gid: 4294967295 }],
  [
    'fchownat(3, "x", 0, 0, AT_SYMLINK_NOFOLLOW) = 0',
    'SYSCALL_FCHOWNAT_X',
    { dirfd: 3, flags: 'AT_SYMLINK_NOFOLLOW' },
  ],
  [
    'mknod("n", S_IFCHR|0600, makedev(0x1, 0x3)) = 0',
    'SYSCALL_MKNOD_X',
    { path: 'n', mode: '020600', dev: 259 },
  ],
  [
    'mount("none", "/m", "tmpfs", MS_NOSUID|MS_NODEV, NULL) = 0',
    'SYSCALL_MOUNT_X',
    { dev: 'none', dir: '/m', type: 'tmpfs', flags: 'NOSUID|NODEV' },
  ],
  ['umount2("/m", MNT_DETACH) = 0', 'SYSCALL_UMOUNT2_X', { name: '/m', flags: 'DETACH' }],
  ['access("/x", R_OK|X_OK) = 0', 'SYSCALL_ACCESS_X', { name: '/x', mode: 'R_OK|X_OK' }],
  [
    'newfstatat(3</x>, "", {st_mode=S_IFREG|0644}, AT_EMPTY_PATH) = 0',
    'SYSCALL_NEWFSTATAT_X',
    { dirfd: 3, path: '', flags: 'AT_EMPTY_PATH' },
  ],
  // Fds
  ['close(3</x>) = 0', 'SYSCALL_CLOSE_X', { res: 0, fd: 3 }],
  ['dup2(3, 1</dev/null>) = 1', 'SYSCALL_DUP2_X', { res: 1, oldfd: 3, newfd: 1 }],
  ['dup3(3, 4, O_CLOEXEC) = 4', 'SYSCALL_DUP3_X', { res: 4, flags: 'O_CLOEXEC' }],
  [
    'fcntl(3, F_DUPFD_CLOEXEC, 10) = 10',
    'SYSCALL_FCNTL_X',
    { res: 10, fd: 3, cmd: 'F_DUPFD_CLOEXEC', arg: 10 },
  ],
  [
    'fcntl(3, F_GETFL) = 0x8002 (flags O_RDWR|O_LARGEFILE)',
    'SYSCALL_FCNTL_X',
    { res: 32770, cmd: 'F_GETFL', arg: 0 },
  ],
  [
    'pipe2([3<pipe:[77]>, 4<pipe:[77]>], O_CLOEXEC) = 0',
    'SYSCALL_PIPE2_X',
    { fd1: 3, fd2: 4, ino: 77, flags: 'O_CLOEXEC' },
  ],
  [
    'eventfd2(3, EFD_CLOEXEC|EFD_NONBLOCK) = 5',
    'SYSCALL_EVENTFD2_X',
    { res: 5, initval: 3, flags: 'O_NONBLOCK|O_CLOEXEC' },
  ],
  [
    'timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK) = 5',
    'SYSCALL_TIMERFD_CREATE_X',
    { res: 5, clockid: 1, flags: 64 },
  ],
  [
    'memfd_create("m", MFD_CLOEXEC) = 5</memfd:m>',
    'SYSCALL_MEMFD_CREATE_X',
    { fd: 5, name: 'm', flags: 'MFD_CLOEXEC' },
  ],
  [
    'poll([{fd=3<pipe:[1]>, events=POLLIN}, {fd=4, events=POLLIN}], 2, -1) = 1 ([{fd=4, revents=POLLIN|POLLHUP}])',
    'SYSCALL_POLL_X',
    {
      res: 1,
      fds: [
        { fd: 3, flags: 0 },
        { fd: 4, flags: 0x21 },
      ],
      timeout: 4294967295,
    },
  ],
  [
    'userfaultfd(O_CLOEXEC|O_NONBLOCK) = 3',
    'SYSCALL_USERFAULTFD_X',
    { res: 3, flags: 'O_LARGEFILE|0x80000' },
  ],
  [
    'close_range(3, 4294967295, CLOSE_RANGE_CLOEXEC) = 0',
    'SYSCALL_CLOSE_RANGE_X',
    { first: 3, last: 4294967295, flags: 'CLOSE_RANGE_CLOEXEC' },
  ],
  // Data
  ['read(3, "abc"..., 4096) = 3', 'SYSCALL_READ_X', { res: 3, data: 'abc', fd: 3, size: 4096 }],
  [
    'read(3, 0x7ffe, 10) = -1 EAGAIN (Resource temporarily unavailable)',
    'SYSCALL_READ_X',
    { res: -11, data: null, size: 10 },
  ],
  ['read(3, "", 10) = 0', 'SYSCALL_READ_X', { res: 0, data: null }],
  ['write(1, "ab\\0", 3) = 2', 'SYSCALL_WRITE_X', { res: 2, data: 'ab', size: 3 }],
  ['write(1, "abc", 3) = -1 EPIPE (Broken pipe)', 'SYSCALL_WRITE_X', { res: -32, data: 'abc', size: 3 }],
  ['pread64(3, "xy", 2, 100) = 2', 'SYSCALL_PREAD_X', { data: 'xy', pos: 100 }],
  [
    'writev(1, [{iov_base="ab", iov_len=2}, {iov_base="cdef", iov_len=4}], 2) = 5',
    'SYSCALL_WRITEV_X',
    { res: 5, data: 'abcde', fd: 1, size: 6 },
  ],
  [
    'sendfile(4, 3, [0] => [20], 20) = 20',
    'SYSCALL_SENDFILE_X',
    { out_fd: 4, in_fd: 3, offset: 20, size: 20 },
  ],
  // Sockets
  [
    'socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 3<TCP:[9]>',
    'SOCKET_SOCKET_X',
    { fd: 3, domain: 'AF_INET', type: 524289, proto: 6, flags: 'O_CLOEXEC' },
  ],
  [
    'bind(3<TCP:[9]>, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0',
    'SOCKET_BIND_X',
    { res: 0, addr: { ip: '::1', port: 80 }, fd: 3 },
  ],
  [
    'connect(3<TCP:[9]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.2")}, 16) = -1 ECONNREFUSED (Connection refused)',
    'SOCKET_CONNECT_X',
    { res: -111, tuple: null, fd: 3, addr: { ip: '10.0.0.2', port: 80 } },
  ],
  [
    'connect(3, {sa_family=AF_UNIX, sun_path="/run/x"}, 110) = 0',
    'SOCKET_CONNECT_X',
    { tuple: { source: '0x0', destination: '0x0', path: '/run/x' }, addr: { path: '/run/x' } },
  ],
  [
    'bind(3, {sa_family=AF_UNIX, sun_path=@"abstract"}, 12) = 0',
    'SOCKET_BIND_X',
    { addr: { path: 'abstract' } },
  ],
  [
    'connect(3, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12) = 0',
    'SOCKET_CONNECT_X',
    { tuple: null, addr: null },
  ],
  [
    `accept4(3<TCP:[10.0.0.1:40]>, NULL, NULL, SOCK_CLOEXEC) = 4<${socket}>`,
    'SOCKET_ACCEPT4_6_X',
    { fd: 4, tuple: { sip: '10.0.0.2', sport: 80, dip: '10.0.0.1', dport: 40 }, flags: 4096 },
  ],
  [
    `sendto(3<${socket}>, "hi", 2, MSG_NOSIGNAL, NULL, 0) = 2`,
    'SOCKET_SENDTO_X',
    { data: 'hi', tuple: { sip: '10.0.0.1', sport: 40, dip: '10.0.0.2', dport: 80 } },
  ],
  [
    'sendto(3<UDP:[7]>, "q", 1, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("1.1.1.1")}, 16) = 1',
    'SOCKET_SENDTO_X',
    { tuple: { sip: '0.0.0.0', sport: 0, dip: '1.1.1.1', dport: 53 } },
  ],
  [
    `recvfrom(3<${socket}>, "hi", 100, 0, NULL, NULL) = 2`,
    'SOCKET_RECVFROM_X',
    { res: 2, data: 'hi', tuple: { sip: '10.0.0.2', sport: 80, dip: '10.0.0.1', dport: 40 }, size: 100 },
  ],
  [
    'sendmsg(3<UDP:[0.0.0.0:9]>, {msg_name={sa_family=AF_INET, sin_port=htons(5), sin_addr=inet_addr("1.2.3.4")}, msg_namelen=16, msg_iov=[{iov_base="ab", iov_len=2}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, 0) = 2',
    'SOCKET_SENDMSG_X',
    { data: 'ab', size: 2, tuple: { sip: '0.0.0.0', sport: 9, dip: '1.2.3.4', dport: 5 } },
  ],
  [
    'socketpair(AF_UNIX, SOCK_STREAM, 0, [3, 4]) = 0',
    'SOCKET_SOCKETPAIR_X',
    { fd1: 3, fd2: 4, domain: 'AF_LOCAL', type: 1 },
  ],
  [
    'setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0',
    'SOCKET_SETSOCKOPT_X',
    { level: 'SOL_SOCKET', optname: 'SO_REUSEADDR', val: { uint32: 1 }, optlen: 4 },
  ],
  [
    'getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0',
    'SOCKET_GETSOCKOPT_X',
    { optname: 'SO_ERROR', val: { errno: -111 }, optlen: 4 },
  ],
  [
    'setsockopt(3, SOL_TCP, TCP_NODELAY, [1], 4) = 0',
    'SOCKET_SETSOCKOPT_X',
    { level: 'SOL_TCP', optname: 'UNKNOWN', optlen: 4 },
  ],
  ['listen(3, 128) = 0', 'SOCKET_LISTEN_X', { fd: 3, backlog: 128 }],
  ['shutdown(3, SHUT_WR) = 0', 'SOCKET_SHUTDOWN_X', { fd: 3, how: 'SHUT_WR' }],
  // Memory
  [
    'mmap(NULL, 4096, PROT_READ|PROT_EXEC, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000',
    'SYSCALL_MMAP_X',
    {
      res: 0x7f0000000000,
      addr: 0,
      length: 4096,
      prot: 'PROT_READ|PROT_EXEC',
      flags: 'MAP_PRIVATE|MAP_ANONYMOUS',
      fd: -1,
    },
  ],
  ['mprotect(0x1000, 8, PROT_NONE) = 0', 'SYSCALL_MPROTECT_X', { addr: 4096, length: 8, prot: 'PROT_NONE' }],
  ['brk(0x1000) = 0x1000', 'SYSCALL_BRK_4_X', { res: 4096, addr: 4096 }],
  // Processes
  ['setuid(1000) = 0', 'SYSCALL_SETUID_X', { res: 0, uid: 1000 }],
  ['setresuid(-1, 0, 5) = 0', 'SYSCALL_SETRESUID_X', { ruid: 4294967295, euid: 0, suid: 5 }],
  ['getresuid([1], [2], [3]) = 0', 'SYSCALL_GETRESUID_X', { ruid: 1, euid: 2, suid: 3 }],
  ['getuid() = 1000', 'SYSCALL_GETUID_X', { uid: 1000 }],
  ['setpgid(0, 7) = 0', 'SYSCALL_SETPGID_X', { pid: 0, pgid: 7 }],
  [
    'capset({version=_LINUX_CAPABILITY_VERSION_3, pid=0}, {effective=1<<CAP_CHOWN|1<<CAP_BPF, permitted=1<<CAP_CHOWN, inheritable=0}) = 0',
    'SYSCALL_CAPSET_X',
    { cap_inheritable: 0, cap_permitted: 1, cap_effective: 549755813889 },
  ],
  ['kill(7, SIGKILL) = 0', 'SYSCALL_KILL_X', { pid: 7, sig: 9 }],
  ['tgkill(7, 8, SIGRT_1) = 0', 'SYSCALL_TGKILL_X', { pid: 7, tid: 8, sig: 33 }],
  [
    'ptrace(PTRACE_ATTACH, 7) = 0',
    'SYSCALL_PTRACE_X',
    { request: 'PTRACE_ATTACH', pid: 7, addr: { uint64: 0 }, data: { uint64: 0 } },
  ],
  [
    'ptrace(PTRACE_TRACEME) = -1 EPERM (Operation not permitted)',
    'SYSCALL_PTRACE_X',
    { res: -1, request: 'PTRACE_TRACEME' },
  ],
  [
    'ptrace(PTRACE_CONT, 7, NULL, SIGSTOP) = 0',
    'SYSCALL_PTRACE_X',
    { request: 'PTRACE_CONT', data: { sigtype: 19 } },
  ],
  [
    'prctl(PR_SET_NAME, "name") = 0',
    'SYSCALL_PRCTL_X',
    { option: 'PR_SET_NAME', arg2_str: 'name', arg2_int: 0 },
  ],
  ['prctl(PR_SET_PDEATHSIG, SIGKILL) = 0', 'SYSCALL_PRCTL_X', { option: 1, arg2_str: null, arg2_int: 9 }],
  [
    'prctl(PR_CAPBSET_READ, CAP_KILL) = 1',
    'SYSCALL_PRCTL_X',
    { res: 1, option: 'PR_CAPBSET_READ', arg2_int: 5 },
  ],
  [
    'prlimit64(0, RLIMIT_NOFILE, {rlim_cur=1024, rlim_max=8192*1024}, {rlim_cur=RLIM64_INFINITY, rlim_max=5}) = 0',
    'SYSCALL_PRLIMIT_X',
    { newcur: 1024, newmax: 8388608, oldcur: -1, oldmax: 5, pid: 0, resource: 'RLIMIT_NOFILE' },
  ],
  ['unshare(CLONE_NEWUSER|CLONE_NEWNS) = 0', 'SYSCALL_UNSHARE_X', { flags: 'CLONE_NEWNS|CLONE_NEWUSER' }],
  ['setns(3</proc/1/ns/net>, CLONE_NEWNET) = 0', 'SYSCALL_SETNS_X', { fd: 3, nstype: 'CLONE_NEWNET' }],
  [
    'futex(0x10, FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME, 3, NULL, FUTEX_BITSET_MATCH_ANY) = 0',
    'SYSCALL_FUTEX_X',
    { addr: 16, op: 'FUTEX_CLOCK_REALTIME|FUTEX_PRIVATE_FLAG|FUTEX_WAIT_BITSET', val: 3 },
  ],
  // The kernel
  [
    'bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_KPROBE}, 128) = 5',
    'SYSCALL_BPF_2_X',
    { fd: 5, cmd: 'BPF_PROG_LOAD' },
  ],
  [
    'finit_module(3</x.ko>, "a=1", MODULE_INIT_IGNORE_VERMAGIC) = 0',
    'SYSCALL_FINIT_MODULE_X',
    { fd: 3, uargs: 'a=1', flags: 'MODULE_INIT_IGNORE_VERMAGIC' },
  ],
  [
    'init_module("\\177ELF", 4, "x") = 0',
    'SYSCALL_INIT_MODULE_X',
    { img: base64('\x7fELF'), length: 4, uargs: 'x' },
  ],
  [
    'delete_module("m", O_NONBLOCK|O_TRUNC) = 0',
    'SYSCALL_DELETE_MODULE_X',
    { name: 'm', flags: 'O_NONBLOCK|O_TRUNC' },
  ],
  [
    'keyctl(KEYCTL_JOIN_SESSION_KEYRING, "_ses") = 7',
    'SYSCALL_KEYCTL_X',
    { res: 7, operation: 'KEYCTL_JOIN_SESSION_KEYRING', arg2: { charbuf: '_ses' }, arg3: { int64: 0 } },
  ],
  [
    'io_uring_setup(4, {flags=0, sq_entries=4, cq_entries=8, features=IORING_FEAT_NODROP}) = 5',
    'SYSCALL_IO_URING_SETUP_X',
    { res: 5, entries: 4, sq_entries: 4, cq_entries: 8, features: 'IORING_FEAT_NODROP' },
  ],
  [
    'quotactl(QCMD(Q_SYNC, USRQUOTA), "/dev/vda", 0, NULL) = 0',
    'SYSCALL_QUOTACTL_X',
    { special: '/dev/vda', cmd: 'Q_SYNC', type: 'USRQUOTA', quota_fmt: 'QFMT_NOT_USED' },
  ],
  // Calls that the event table has no type for
  ['getppid() = 5', 'GENERIC_X', { ID: 'getppid', nativeID: 110 }],
  ['no_such_call(1, 2) = 5', 'GENERIC_X', { ID: 'unknown', nativeID: 0 }],
  // What the kernel begins again
  [
    'nanosleep({tv_sec=1, tv_nsec=5}, NULL) = ? ERESTART_RESTARTBLOCK (Interrupted by signal)',
    'SYSCALL_NANOSLEEP_X',
    { res: -516, interval: 1000000005 },
  ],
];

describe('calls in a log of strace', () => {
  for (const [call, symbol, params] of CASES)
    it(call.slice(0, 100), () => {
      const { events } = readLog(`77 1700000000.000001 ${call}\n`);
      expect(events.map((event) => event.symbol)).to.deep.equal([symbol]);
      expect(events[0]!.params).to.deep.include(params);
    });

  it('makes an event of each message', () => {
    const { events } = readLog(
      `sendmmsg(3<${socket}>, [{msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="ab", iov_len=2}], msg_iovlen=1}, msg_len=2}, ` +
        `{msg_hdr={msg_name=NULL, msg_iov=[{iov_base="c", iov_len=1}]}, msg_len=1}], 2, 0) = 2\n`,
    );
    expect(
      events.map(({ symbol, params }) => [symbol, params['res'], params['data'], params['size']]),
    ).to.deep.equal([
      ['SOCKET_SENDMMSG_X', 2, 'ab', 2],
      ['SOCKET_SENDMMSG_X', 1, 'c', 1],
    ]);
  });

  it('cuts data like Falco, or as it is told', () => {
    const log = `write(1, "${'x'.repeat(200)}", 200) = 200\n`;
    expect(readLog(log).events[0]!.params['data']).to.equal('x'.repeat(80));
    expect(readLog(log, undefined, 5).events[0]!.params['data']).to.equal('xxxxx');
    expect(readLog(log, undefined, 0).events[0]!.params['data']).to.equal(null);
  });

  it('knows the parameters of nearly every event type', () => {
    const apart = new Set(['clone', 'clone3', 'fork', 'vfork', 'execve', 'execveat']);
    // Calls of other architectures, and those whose only parameter is the result.
    const old = /(?:32|64)$|^(?:ugetrlimit|stat64|lstat64|fstat64)$/;
    const missing = [...SYSCALL_EVENTS.keys()].filter(
      (name) => !TRANSLATIONS.has(name) && !apart.has(name) && !old.test(name),
    );
    expect(missing).to.deep.equal([]);
  });

  it('does not say of a file without a name that its open made it', () => {
    const { events } = readLog(
      '10 openat(AT_FDCWD</>, "/tmp", O_RDWR|O_TMPFILE, 0600) = 3</tmp/#7>(deleted)\n' +
        '# {"state":"fd","tid":10,"fd":3,"type":"file_v2","ino":88,"dev":7,"open_flags":16384,"name":"/tmp/#7"}\n',
    );
    expect(events[0]!.params).to.deep.include({ flags: 'O_DIRECTORY|O_RDWR|O_TMPFILE', dev: 7, ino: 88 });
  });
});
