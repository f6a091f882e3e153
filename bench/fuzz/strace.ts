import type { Random } from './random.ts';

/** A log with every kind of line, as strace and `tiercel record` write it. */
const LOG: readonly string[] = [
  '# {"state":"machine","cpus":2,"hostname":"h","boot_time":"1700000000000000000"}',
  '# {"state":"user","uid":0,"name":"root"}',
  '# {"state":"container","json":"{\\"container\\":{\\"id\\":\\"0123456789ab\\",\\"image\\":\\"a:1\\"}}"}',
  '# {"state":"process","tid":9,"comm":"sh","exe":"sh"}',
  '# {"state":"process","tid":10,"ptid":9,"comm":"sh","cwd":"/","cgroups":["cpu=/docker/0123456789abcdef"]}',
  '# {"state":"fds","tid":10}',
  '# {"state":"fd","tid":10,"fd":1,"type":"fifo","ino":5}',
  '10 1700000000.000001000 [  59] execve("/bin/sh", ["sh", "-c", "a \\303\\244"], ["A=1", "B=\\""]) = 0 (DELAYED) <0.000100>',
  '# {"state":"process","tid":10,"comm":"sh","exe":"/bin/sh","args":["x"],"exepath":"/usr/bin/dash","exe_ino":7}',
  '10 1700000000.000200000 [ 257] openat(AT_FDCWD</>, "f", O_WRONLY|O_CREAT, 0666) = 3</f> <0.000010>',
  '# {"state":"fd","tid":10,"fd":3,"type":"file_v2","ino":8,"open_flags":16384,"name":"/f"}',
  '10 1700000000.000210000 [   0] read(0<pipe:[7]>,  <unfinished ...>',
  '10 1700000000.000220000 [  56] clone(child_stack=NULL, flags=CLONE_VM|CLONE_FILES|SIGCHLD) = 11 <0.000010>',
  "10 1700000000.000230000 [ 435] clone3({flags=CLONE_THREAD|CLONE_VM, exit_signal=0} => {parent_tid=[12]}, 88) = 12 /* 13 in strace's PID NS */ <0.00001>",
  '11 1700000000.000240000 [  41] socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 4<TCP:[9]> <0.000010>',
  '11 1700000000.000250000 [  42] connect(4<TCP:[9]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("1.2.3.4")}, 16) = -1 EINPROGRESS (Operation now in progress)',
  '10 1700000000.000260000 [   0] <... read resumed>"root:x:0\\n", 4096) = 9 <0.000300>',
  '11 1700000000.000270000 [  33] dup2(4<TCP:[10.0.0.1:99->1.2.3.4:80]>, 0<pipe:[7]>) = 0<TCP:[10.0.0.1:99->1.2.3.4:80]>',
  '11 1700000000.000280000 [  46] sendmsg(5<UNIX-STREAM:[1->2,"/run/x"]>, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="ab", iov_len=2}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, 0) = 2',
  '11 1700000000.000290000 [ 288] accept4(6<TCPv6:[[::]:80]>, {sa_family=AF_INET6, sin6_port=htons(9), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, [28], SOCK_CLOEXEC) = 7<TCPv6:[[::1]:80->[::1]:9]>',
  '11 1700000000.000300000 [   7] poll([{fd=3<pipe:[1]>, events=POLLIN}], 1, -1) = 1 ([{fd=3, revents=POLLIN|POLLHUP}])',
  '11 1700000000.000310000 [ 101] ptrace(PTRACE_ATTACH, 7) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)',
  '11 1700000000.000320000 [ 302] prlimit64(0, RLIMIT_NOFILE, {rlim_cur=1024, rlim_max=8192*1024}, NULL) = 0',
  '11 1700000000.000330000 [ 126] capset({version=_LINUX_CAPABILITY_VERSION_3, pid=0}, {effective=1<<CAP_CHOWN, permitted=0, inheritable=0}) = 0',
  '11 1700000000.000340000 [   9] mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|21<<MAP_HUGE_SHIFT, -1, 0) = 0x7f0000000000',
  '11 1700000000.000350000 [ 322] execveat(3</memfd:x (deleted)>, "", ["x"], [], AT_EMPTY_PATH <pid changed to 10 ...>',
  '10 1700000000.000360000 [ 322] +++ superseded by execve in pid 11 +++',
  '10 1700000000.000370000 [ 322] <... execveat resumed>) = 0',
  '10 1700000000.000380000 [  14] --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=11, si_uid=0, si_status=0} ---',
  '13 1700000000.000390000 [  14] +++ killed by SIGSEGV (core dumped) +++',
  '10 1700000000.000400000 [ 231] exit_group(0) = ?',
  '10 1700000000.000410000 [ 231] +++ exited with 0 +++',
];

/** What strace never writes in these places, and what it might. */
const PIECES = [
  '', '"', '\\', '<', '>', '(', ')', '[', ']', '{', '}', ',', '=', ' = ', '|', '/*', '*/', '->', ']>', '\0', '\xff', ' <unfinished ...>', ' resumed>', '<... x resumed>',
  '0', '-1', '99999999999999999999', '0xffffffffffffffff', '07777', 'NULL', '?', 'AT_FDCWD', '3</x>', '4<TCP:[', '"a"...', '@"b"', '1<<', '*', '+++ exited with 0 +++', '# {"state":"process","tid":10}',
]; // prettier-ignore

/** A log that is damaged here and there. */
export function mutateLog(random: Random): { capture: Uint8Array; how: string } {
  let lines = [...LOG];
  for (let i = random.below(4); i > 0; i--) {
    const from = random.below(lines.length);
    const moved = lines.splice(from, 1 + random.below(3));
    // Lost, moved or doubled.
    for (let copies = random.below(3); copies > 0; copies--)
      lines.splice(random.below(lines.length), 0, ...moved);
    if (lines.length === 0) lines = [...LOG];
  }
  let text = lines.join('\n');
  for (let i = random.below(12); i > 0; i--) {
    const at = random.below(text.length);
    text = text.slice(0, at) + random.pick(PIECES) + text.slice(at + random.below(8));
  }
  return { capture: Buffer.from(text, 'latin1'), how: 'a log of strace with other lines and texts' };
}
