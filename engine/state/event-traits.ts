/** What the machine must know of an event type before it applies an event of it. */
import * as C from '../tables/codes.generated.ts';
import { EVENTS } from '../tables/events.generated.ts';
import type { EventCode } from '../tables/types.ts';

/** Bits of `TRAITS`. */
export const TRAIT = {
  /** Belongs to no thread as far as the state goes, and leaves that of threads alone. */
  DETACHED: 1 << 0,
  /** Does not make an unknown thread known: most do. */
  LOOKS_UP_ONLY: 1 << 1,
  ENTER: 1 << 2,
  RETURNS: 1 << 3,
  USES_FD: 1 << 4,
  /** Serves to understand another event; rules never see it. */
  HIDDEN: 1 << 5,
  /** Says nothing of the machine's time. */
  META: 1 << 6,
  /** May move its thread into another container. */
  MOVES: 1 << 7,
} as const;

const LOOKING_UP: readonly EventCode[] = [
  C.SYSCALL_CLONE_20_X,
  C.SYSCALL_FORK_20_X,
  C.SYSCALL_VFORK_20_X,
  C.SYSCALL_CLONE3_X,
  C.SCHEDSWITCH_6_E,
  C.PROCEXIT_1_E,
];

const TOLD_ABOUT_STATE: readonly EventCode[] = [
  C.CONTAINER_JSON_2_E,
  C.USER_ADDED_E,
  C.USER_DELETED_E,
  C.GROUP_ADDED_E,
  C.GROUP_DELETED_E,
  C.ASYNCEVENT_E,
];

const HELPING: readonly EventCode[] = [
  C.SYSCALL_OPEN_E,
  C.SYSCALL_OPENAT_2_E,
  C.SYSCALL_OPENAT2_E,
  C.SYSCALL_CREAT_E,
  C.SOCKET_CONNECT_E,
  C.SYSCALL_EXECVE_19_E,
  C.SYSCALL_EXECVEAT_E,
];

const MOVING: readonly EventCode[] = [
  C.PROCEXIT_1_E,
  C.SYSCALL_CLONE_20_X,
  C.SYSCALL_FORK_20_X,
  C.SYSCALL_VFORK_20_X,
  C.SYSCALL_CLONE3_X,
  C.SYSCALL_EXECVE_19_X,
  C.SYSCALL_EXECVEAT_X,
  C.SYSCALL_CHROOT_X,
];

/** Bits of `TRAIT` for each event code. */
export const TRAITS: Uint8Array = Uint8Array.from(EVENTS, (info) => {
  const { code, flags, classes } = info;
  let traits = 0;
  if (flags.includes('skip_parse_reset') || TOLD_ABOUT_STATE.includes(code) || code === C.PLUGINEVENT_E)
    traits |= TRAIT.DETACHED;
  if (LOOKING_UP.includes(code)) traits |= TRAIT.LOOKS_UP_ONLY;
  if (info.enter) traits |= TRAIT.ENTER;
  else if (classes.includes('syscall') && code !== C.GENERIC_X) traits |= TRAIT.RETURNS;
  if (info.usesFd) traits |= TRAIT.USES_FD;
  if (HELPING.includes(code)) traits |= TRAIT.HIDDEN;
  if (classes.includes('metaevent')) traits |= TRAIT.META;
  if (MOVING.includes(code)) traits |= TRAIT.MOVES;
  return traits;
});

/** Which parameter holds the fd of an exit event (get_exit_event_fd_location of libscap), by its place. */
const EXIT_FD: readonly (readonly [place: number, codes: readonly EventCode[]])[] = [
  [
    1,
    [
      C.SYSCALL_SETNS_X, C.SOCKET_LISTEN_X, C.SOCKET_SHUTDOWN_X, C.SYSCALL_FCHDIR_X, C.SYSCALL_LSEEK_X, C.SYSCALL_LLSEEK_X,
      C.SYSCALL_IOCTL_3_X, C.SYSCALL_FSTAT_X, C.SYSCALL_CLOSE_X, C.SYSCALL_GETDENTS_X, C.SYSCALL_GETDENTS64_X,
      C.SYSCALL_FLOCK_X, C.SYSCALL_COPY_FILE_RANGE_X, C.SYSCALL_FCNTL_X, C.SYSCALL_DUP_1_X, C.SYSCALL_DUP2_X, C.SYSCALL_DUP3_X,
      C.SYSCALL_NEWFSTATAT_X, C.SYSCALL_FCHOWNAT_X, C.SYSCALL_FCHMODAT_X, C.SYSCALL_MKDIRAT_X, C.SYSCALL_UNLINKAT_2_X,
      C.SYSCALL_MKNODAT_X, C.SOCKET_SENDMMSG_X, C.SOCKET_RECVMMSG_X, C.SYSCALL_IO_URING_REGISTER_X,
      C.SYSCALL_IO_URING_ENTER_X, C.SOCKET_SETSOCKOPT_X, C.SOCKET_GETSOCKOPT_X, C.SYSCALL_FSCONFIG_X,
      C.SYSCALL_FINIT_MODULE_X, C.SYSCALL_FCHMOD_X, C.SYSCALL_FCHOWN_X,
    ],
  ],
  [
    2,
    [
      C.SYSCALL_READ_X, C.SYSCALL_PREAD_X, C.SOCKET_BIND_X, C.SYSCALL_WRITE_X, C.SYSCALL_PWRITE_X, C.SOCKET_RECV_X,
      C.SOCKET_SEND_X, C.SOCKET_SENDTO_X, C.SOCKET_SENDMSG_X, C.SYSCALL_SENDFILE_X, C.SYSCALL_SPLICE_X, C.SYSCALL_WRITEV_X,
      C.SYSCALL_PWRITEV_X, C.SOCKET_CONNECT_X, C.SYSCALL_SYMLINKAT_X,
    ],
  ],
  [3, [C.SOCKET_RECVFROM_X, C.SYSCALL_READV_X, C.SYSCALL_PREADV_X]],
  [5, [C.SOCKET_RECVMSG_X]],
  [8, [C.SYSCALL_MMAP_X, C.SYSCALL_MMAP2_X]],
]; // prettier-ignore

/** Which parameter holds the fd of an event of each code: -1 where none does. */
export const FD_PARAMETER: Int8Array = Int8Array.from(EVENTS, ({ code, enter }) => {
  if (!enter) return EXIT_FD.find(([, codes]) => codes.includes(code))?.[0] ?? -1;
  if (code === C.SYSCALL_MMAP_E || code === C.SYSCALL_MMAP2_E) return 4;
  return code === C.SYSCALL_SPLICE_E ? 1 : 0;
});
