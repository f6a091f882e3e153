/**
 * How events of old captures become events of the current schema: the facts of libscap's conversion table
 * (engine/savefile/converter/table.cpp of libs 0.25.4).
 */

/** Enter events, complete ones, that are kept for their exit event and then dropped. */
const KEPT = `
  GENERIC_E SYSCALL_CLOSE_E SYSCALL_READ_E SYSCALL_LINK_E SYSCALL_LINKAT_E SYSCALL_UNLINK_E
  SYSCALL_UNLINKAT_E SYSCALL_PREAD_E SYSCALL_DUP_E SYSCALL_SIGNALFD_E SYSCALL_KILL_E SYSCALL_TKILL_E
  SYSCALL_TGKILL_E SYSCALL_NANOSLEEP_E SYSCALL_TIMERFD_CREATE_E SYSCALL_INOTIFY_INIT_E SYSCALL_GETRLIMIT_E
  SYSCALL_SETRLIMIT_E SYSCALL_PRLIMIT_E SYSCALL_FCNTL_E SYSCALL_BRK_1_E SYSCALL_BRK_4_E SOCKET_BIND_E
  SOCKET_SOCKET_E SOCKET_LISTEN_E SYSCALL_WRITE_E SYSCALL_PWRITE_E SYSCALL_READV_E SYSCALL_WRITEV_E
  SYSCALL_PREADV_E SYSCALL_PWRITEV_E SYSCALL_SETRESUID_E SYSCALL_SETUID_E SOCKET_RECV_E SOCKET_RECVFROM_E
  SOCKET_SEND_E SOCKET_SENDTO_E SOCKET_SHUTDOWN_E SOCKET_SOCKETPAIR_E SOCKET_SENDMSG_E SOCKET_RECVMSG_E
  SYSCALL_EVENTFD_E SYSCALL_MKDIR_2_E SYSCALL_MKDIR_E SYSCALL_RMDIR_E SYSCALL_OPENAT_E SYSCALL_UNSHARE_E
  SYSCALL_FUTEX_E SYSCALL_FSTAT_E SYSCALL_EPOLLWAIT_E SYSCALL_POLL_E SYSCALL_LSEEK_E SYSCALL_LLSEEK_E
  SYSCALL_IOCTL_2_E SYSCALL_IOCTL_3_E SYSCALL_MMAP_E SYSCALL_MMAP2_E SYSCALL_MUNMAP_E SYSCALL_SPLICE_E
  SYSCALL_PTRACE_E SYSCALL_SENDFILE_E SYSCALL_QUOTACTL_E SYSCALL_FCHDIR_E SYSCALL_GETDENTS_E
  SYSCALL_GETDENTS64_E SYSCALL_SETNS_E SYSCALL_FLOCK_E SYSCALL_SEMOP_E SYSCALL_SEMCTL_E SYSCALL_PPOLL_E
  SYSCALL_MOUNT_E SYSCALL_SEMGET_E SYSCALL_ACCESS_E SYSCALL_SETGID_E SYSCALL_SETPGID_E SYSCALL_BPF_E
  SYSCALL_SECCOMP_E SYSCALL_MPROTECT_E SYSCALL_COPY_FILE_RANGE_E SYSCALL_EPOLL_CREATE_E
  SYSCALL_EPOLL_CREATE1_E SYSCALL_SETRESGID_E SOCKET_ACCEPT4_E SOCKET_ACCEPT4_5_E SOCKET_ACCEPT4_6_E
  SYSCALL_UMOUNT2_E SYSCALL_EVENTFD2_E SYSCALL_SIGNALFD4_E
`;

/**
 * One line per event type and number of parameters:
 *
 *     EVENT COUNT pass                       goes on as it is
 *     EVENT COUNT store+pass                 is kept for its exit event too
 *     EVENT COUNT add VALUE…                 gets further parameters
 *     EVENT COUNT become EVENT VALUE…        gets another type and all parameters anew
 *
 * Values: `old3` parameter 3 of the event itself; `enter3` parameter 3 of its enter event, or the default of its type if there is none (with
 * `?`: an empty one); `empty`; `default` (zeros, all ones for user and group ids); `json` the old container event as JSON.
 * `old0-7` and `empty*5` stand for several.
 */
const RULES = `
  GENERIC_X 1 add enter1?
  SYSCALL_OPEN_E 0 add empty*3
  SYSCALL_OPEN_E 3 pass
  SYSCALL_OPEN_X 4 add empty
  SYSCALL_OPEN_X 5 add empty
  SYSCALL_CLOSE_X 1 add enter0
  SYSCALL_READ_X 2 add enter0-1
  SYSCALL_LINK_X 1 become SYSCALL_LINK_2_X old0 enter0-1?
  SYSCALL_LINKAT_X 1 become SYSCALL_LINKAT_2_X old0 enter0-3? empty
  SYSCALL_UNLINK_X 1 become SYSCALL_UNLINK_2_X old0 enter0?
  SYSCALL_UNLINKAT_X 1 become SYSCALL_UNLINKAT_2_X old0 enter0-1? empty
  SYSCALL_PREAD_X 2 add enter0-2
  SYSCALL_DUP_X 1 become SYSCALL_DUP_1_X old0 enter0?
  SYSCALL_SIGNALFD_X 1 add enter0-2
  SYSCALL_KILL_X 1 add enter0-1
  SYSCALL_TKILL_X 1 add enter0-1
  SYSCALL_TGKILL_X 1 add enter0-2
  SYSCALL_NANOSLEEP_X 1 add enter0
  SYSCALL_TIMERFD_CREATE_X 1 add enter0-1
  SYSCALL_INOTIFY_INIT_X 1 add enter0
  SYSCALL_GETRLIMIT_X 3 add enter0
  SYSCALL_SETRLIMIT_X 3 add enter0
  SYSCALL_PRLIMIT_X 5 add enter0-1?
  SCHEDSWITCH_1_E 1 become SCHEDSWITCH_6_E old0 empty*5
  SYSCALL_FCNTL_X 1 add enter0-1
  SYSCALL_FCNTL_X 3 add default
  SYSCALL_BRK_1_X 1 become SYSCALL_BRK_4_X old0 enter0? empty*3
  SYSCALL_BRK_4_X 4 add enter0?
  SYSCALL_EXECVE_8_E 0 become SYSCALL_EXECVE_13_E
  SYSCALL_EXECVE_8_X 8 become SYSCALL_EXECVE_13_X old0-7 empty*5
  SYSCALL_EXECVE_13_E 0 become SYSCALL_EXECVE_14_E
  SYSCALL_EXECVE_13_X 13 become SYSCALL_EXECVE_14_X old0-12 empty
  SYSCALL_EXECVE_14_E 0 become SYSCALL_EXECVE_15_E
  SYSCALL_EXECVE_14_X 14 become SYSCALL_EXECVE_15_X old0-12 empty old13
  SYSCALL_EXECVE_15_E 0 become SYSCALL_EXECVE_16_E
  SYSCALL_EXECVE_15_X 15 become SYSCALL_EXECVE_16_X old0-13 empty old14
  SYSCALL_EXECVE_16_E 0 become SYSCALL_EXECVE_17_E
  SYSCALL_EXECVE_16_X 16 become SYSCALL_EXECVE_17_X old0-15 empty
  SYSCALL_EXECVE_17_E 0 become SYSCALL_EXECVE_18_E empty
  SYSCALL_EXECVE_17_X 17 become SYSCALL_EXECVE_18_X old0-16
  SYSCALL_EXECVE_18_E 1 become SYSCALL_EXECVE_19_E old0
  SYSCALL_EXECVE_18_X 17 become SYSCALL_EXECVE_19_X old0-16 empty
  SYSCALL_EXECVE_19_X 18 add empty
  SYSCALL_EXECVE_19_E 1 store+pass
  SYSCALL_EXECVE_19_X 19 add empty
  SYSCALL_EXECVE_19_X 20 add empty*3
  SYSCALL_EXECVE_19_X 23 add empty*3
  SYSCALL_EXECVE_19_X 26 add empty
  SYSCALL_EXECVE_19_X 27 add empty
  SYSCALL_EXECVE_19_X 28 add empty
  SYSCALL_EXECVE_19_X 29 add empty
  SYSCALL_EXECVE_19_X 30 add enter0?
  SYSCALL_CLONE_11_X 11 become SYSCALL_CLONE_16_X old0-7 empty*5 old8-10
  SYSCALL_CLONE_16_X 16 become SYSCALL_CLONE_17_X old0-12 empty old13-15
  SYSCALL_CLONE_17_X 17 become SYSCALL_CLONE_20_X old0-13 empty old14-16 empty*2
  SYSCALL_CLONE_20_X 20 add empty
  SOCKET_BIND_X 2 add enter0
  SOCKET_CONNECT_E 1 add default
  SOCKET_CONNECT_E 2 store+pass
  SOCKET_CONNECT_X 2 add enter0
  SOCKET_CONNECT_X 3 add enter1
  PROCEXIT_E 0 become PROCEXIT_1_E empty*5
  SOCKET_SOCKET_X 1 add enter0-2
  SOCKET_SOCKET_X 4 add default
  SOCKET_LISTEN_X 1 add enter0-1
  SOCKET_ACCEPT_X 3 become SOCKET_ACCEPT_5_X old0-2 default*2
  SYSCALL_WRITE_X 2 add enter0-1
  SYSCALL_PWRITE_X 2 add enter0-2
  SYSCALL_READV_X 3 add enter0
  SYSCALL_WRITEV_X 2 add enter0-1
  SYSCALL_PREADV_X 3 add enter0-1
  SYSCALL_PWRITEV_X 2 add enter0-2
  SYSCALL_SETRESUID_X 1 add enter0-2?
  SYSCALL_SETUID_X 1 add enter0?
  SOCKET_RECV_X 2 add enter0-1 default
  SOCKET_RECVFROM_X 3 add enter0-1
  SOCKET_SEND_X 2 add enter0-1 default
  SOCKET_SENDTO_X 2 add enter0-2
  SOCKET_SHUTDOWN_X 1 add enter0-1
  SOCKET_SOCKETPAIR_X 5 add enter0-2
  SOCKET_SENDMSG_X 2 add enter0-2
  SOCKET_SENDMMSG_X 0 add default empty*4
  SOCKET_RECVMSG_X 4 add default
  SOCKET_RECVMSG_X 5 add enter0
  SOCKET_RECVMMSG_X 0 add default empty*5
  SYSCALL_CREAT_E 0 add empty*2
  SYSCALL_CREAT_E 2 pass
  SYSCALL_CREAT_X 3 add empty
  SYSCALL_CREAT_X 4 add empty
  SYSCALL_CREAT_X 5 add empty
  SYSCALL_EVENTFD_X 1 add enter0-1
  SYSCALL_MKDIR_2_X 2 add enter0?
  SYSCALL_MKDIR_X 1 become SYSCALL_MKDIR_2_X old0 enter0-1?
  SYSCALL_RMDIR_X 1 become SYSCALL_RMDIR_2_X old0 enter0?
  SYSCALL_OPENAT_X 1 become SYSCALL_OPENAT_2_X old0 enter0-3? empty*2
  SYSCALL_OPENAT_2_E 0 add empty*4
  SYSCALL_OPENAT_2_E 4 pass
  SYSCALL_OPENAT_2_X 5 add empty
  SYSCALL_OPENAT_2_X 6 add empty
  SYSCALL_UNSHARE_X 1 add enter0
  SYSCALL_FUTEX_X 1 add enter0-2
  SYSCALL_FSTAT_X 1 add enter0
  SYSCALL_EPOLLWAIT_X 1 add enter0
  SYSCALL_POLL_X 2 add enter1
  SYSCALL_NEWSELECT_X 1 become SYSCALL_SELECT_X old0
  SYSCALL_LSEEK_X 1 add enter0-2
  SYSCALL_LLSEEK_X 1 add enter0-2
  SYSCALL_IOCTL_2_X 1 become SYSCALL_IOCTL_3_X old0 enter0-1? empty
  SYSCALL_IOCTL_3_X 1 add enter0-2
  SYSCALL_MMAP_X 4 add enter0-5
  SYSCALL_MMAP2_X 4 add enter0-5
  SYSCALL_MUNMAP_X 4 add enter0-1
  SYSCALL_SPLICE_X 1 add enter0-3
  SYSCALL_PTRACE_X 0 add empty*3
  SYSCALL_PTRACE_X 3 add enter0-1?
  SYSCALL_FORK_X 16 become SYSCALL_FORK_17_X old0-12 empty old13-15
  SYSCALL_FORK_17_X 17 become SYSCALL_FORK_20_X old0-13 empty old14-16 empty*2
  SYSCALL_FORK_20_X 20 add empty
  SYSCALL_VFORK_X 16 become SYSCALL_VFORK_17_X old0-12 empty old13-15
  SYSCALL_VFORK_17_X 17 become SYSCALL_VFORK_20_X old0-13 empty old14-16 empty*2
  SYSCALL_VFORK_20_X 20 add empty
  SYSCALL_SENDFILE_X 2 add enter0-1 enter3
  SYSCALL_QUOTACTL_X 14 add enter0-3
  SYSCALL_FCHDIR_X 1 add enter0?
  SYSCALL_GETDENTS_X 1 add enter0
  SYSCALL_GETDENTS64_X 1 add enter0
  SYSCALL_SETNS_X 1 add enter0-1?
  SYSCALL_FLOCK_X 1 add enter0-1
  SYSCALL_SEMOP_X 8 add enter0
  SYSCALL_SEMCTL_X 1 add enter0-3
  SYSCALL_PPOLL_X 2 add enter1-2
  SYSCALL_MOUNT_X 4 add enter0
  SYSCALL_UMOUNT_X 2 become SYSCALL_UMOUNT_1_X old0-1
  SYSCALL_SEMGET_X 1 add enter0-2
  SYSCALL_ACCESS_X 2 add enter0
  CONTAINER_E 4 become CONTAINER_JSON_E json
  CONTAINER_JSON_E 1 become CONTAINER_JSON_2_E old0
  SYSCALL_SETGID_X 1 add enter0?
  SYSCALL_SETPGID_X 1 add enter0-1?
  SYSCALL_BPF_X 1 become SYSCALL_BPF_2_X old0 enter0?
  SYSCALL_SECCOMP_E 1 add default
  SYSCALL_SECCOMP_X 1 add enter0-1
  SYSCALL_OPENAT2_E 0 add empty*5
  SYSCALL_OPENAT2_E 5 pass
  SYSCALL_OPENAT2_X 6 add empty*2
  SYSCALL_MPROTECT_X 1 add enter0-2
  SYSCALL_EXECVEAT_E 3 pass
  SYSCALL_EXECVEAT_X 19 add empty
  SYSCALL_EXECVEAT_X 20 add empty*3
  SYSCALL_EXECVEAT_X 23 add empty*3
  SYSCALL_EXECVEAT_X 26 add empty
  SYSCALL_EXECVEAT_X 27 add empty
  SYSCALL_EXECVEAT_X 28 add empty
  SYSCALL_EXECVEAT_X 29 add empty
  SYSCALL_COPY_FILE_RANGE_X 3 add enter0-2
  SYSCALL_CLONE3_X 20 add empty
  SYSCALL_EPOLL_CREATE_X 1 add enter0
  SYSCALL_EPOLL_CREATE1_X 1 add enter0
  SYSCALL_SETRESGID_X 1 add enter0-2?
  SOCKET_ACCEPT4_X 3 become SOCKET_ACCEPT4_6_X old0-2 default*2 enter0
  SOCKET_ACCEPT4_5_X 5 become SOCKET_ACCEPT4_6_X old0-4 enter0
  SOCKET_ACCEPT4_6_X 5 add enter0
  SYSCALL_UMOUNT2_X 2 add enter0
  SYSCALL_EVENTFD2_X 2 add enter0
  SYSCALL_SIGNALFD4_X 2 add enter0-1
`;

export type ValueSource = 'old' | 'enter' | 'enter?' | 'empty' | 'default' | 'json';

/** Where the value of one new parameter comes from; `index` is a parameter of the old or the enter event. */
export interface Value {
  readonly source: ValueSource;
  readonly index: number;
}

/** What becomes of the events of one type with one number of parameters. */
export interface ConversionRule {
  readonly event: string;
  /** Undefined: as many as the schema has. */
  readonly count: number | undefined;
  readonly action: 'store' | 'pass' | 'store+pass' | 'add' | 'become';
  /** The new type, for `become`. */
  readonly target: string | undefined;
  readonly values: readonly Value[];
}

function parseValues(words: readonly string[]): Value[] {
  const values: Value[] = [];
  for (const word of words) {
    const parts = /^(old|enter|empty|default|json)(\d*)(?:-(\d+))?(?:\*(\d+))?(\??)$/.exec(word);
    if (parts === null) throw new Error(`${word} is no value of a conversion`);
    const [, source, from, to, times, optional] = parts;
    const first = Number(from);
    const last = times !== undefined ? Number(times) - 1 : to !== undefined ? Number(to) : first;
    for (let index = first; index <= last; index++)
      values.push({ source: `${source}${optional}` as ValueSource, index });
  }
  return values;
}

function parseRule(line: string): ConversionRule {
  const [event = '', count, action, ...words] = line.trim().split(' ');
  const target = action === 'become' ? words.shift() : undefined;
  return {
    event,
    count: Number(count),
    action: action as ConversionRule['action'],
    target,
    values: parseValues(words),
  };
}

/** All rules. */
export const CONVERSION_RULES: readonly ConversionRule[] = [
  ...KEPT.trim()
    .split(/\s+/)
    .map((event) => ({ event, count: undefined, action: 'store' as const, target: undefined, values: [] })),
  ...RULES.trim().split('\n').map(parseRule),
];
