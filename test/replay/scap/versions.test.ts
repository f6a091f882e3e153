import { expect } from 'chai';
import { EVENTS, type EventInfo } from '../../../engine/index.ts';
import * as E from '../../../engine/tables/codes.generated.ts';
import { defaultByte, defaultSize, maxSize } from '../../../replay/scap/parameter-sizes.ts';
import { eventBytes } from '../../event-bytes.ts';
import { readAll } from './read-all.ts';
import { concat, eventBlock, sectionHeader } from './writer.ts';

/**
 * What becomes of every event of an old version, after all steps (libscap's conversion table, followed to its end):
 *
 *     OLD_EVENT COUNT NEW_EVENT VALUE…
 *
 * Values: `o3` parameter 3 of the old event, `e3` parameter 3 of its enter event, or the default of its type where there is no enter event
 * (with `?`: an empty one); `.` an empty one, `0` a default. `o0-7` and `.*5` stand for several.
 */
const VERSIONS = `
  GENERIC_X 1 GENERIC_X o0 e1?
  SYSCALL_OPEN_E 0 SYSCALL_OPEN_E .*3
  SYSCALL_OPEN_X 4 SYSCALL_OPEN_X o0-3 .*2
  SYSCALL_OPEN_X 5 SYSCALL_OPEN_X o0-4 .
  SYSCALL_CLOSE_X 1 SYSCALL_CLOSE_X o0 e0
  SYSCALL_READ_X 2 SYSCALL_READ_X o0-1 e0-1
  SYSCALL_WRITE_X 2 SYSCALL_WRITE_X o0-1 e0-1
  SYSCALL_BRK_1_X 1 SYSCALL_BRK_4_X o0 e0? .*3
  SYSCALL_EXECVE_8_E 0 SYSCALL_EXECVE_19_E .
  SYSCALL_EXECVE_8_X 8 SYSCALL_EXECVE_19_X o0-7 .*22 e0?
  SYSCALL_CLONE_11_X 11 SYSCALL_CLONE_20_X o0-7 .*7 o8-10 .*3
  PROCEXIT_E 0 PROCEXIT_1_E .*5
  SOCKET_SOCKET_X 1 SOCKET_SOCKET_X o0 e0-2 0
  SOCKET_SOCKET_X 4 SOCKET_SOCKET_X o0-3 0
  SOCKET_BIND_X 2 SOCKET_BIND_X o0-1 e0
  SOCKET_CONNECT_E 1 SOCKET_CONNECT_E o0 0
  SOCKET_CONNECT_X 2 SOCKET_CONNECT_X o0-1 e0 0
  SOCKET_CONNECT_X 3 SOCKET_CONNECT_X o0-2 e1
  SOCKET_LISTEN_X 1 SOCKET_LISTEN_X o0 e0-1
  SOCKET_ACCEPT_X 3 SOCKET_ACCEPT_5_X o0-2 0*2
  SOCKET_SEND_X 2 SOCKET_SEND_X o0-1 e0-1 0
  SOCKET_SENDTO_X 2 SOCKET_SENDTO_X o0-1 e0-2
  SOCKET_RECV_X 2 SOCKET_RECV_X o0-1 e0-1 0
  SOCKET_RECVFROM_X 3 SOCKET_RECVFROM_X o0-2 e0-1
  SOCKET_SHUTDOWN_X 1 SOCKET_SHUTDOWN_X o0 e0-1
  SOCKET_SOCKETPAIR_X 5 SOCKET_SOCKETPAIR_X o0-4 e0-2
  SOCKET_SENDMSG_X 2 SOCKET_SENDMSG_X o0-1 e0-2
  SOCKET_SENDMMSG_X 0 SOCKET_SENDMMSG_X 0 .*4
  SOCKET_RECVMSG_X 4 SOCKET_RECVMSG_X o0-3 0 e0
  SOCKET_RECVMSG_X 5 SOCKET_RECVMSG_X o0-4 e0
  SOCKET_RECVMMSG_X 0 SOCKET_RECVMMSG_X 0 .*5
  SOCKET_ACCEPT4_X 3 SOCKET_ACCEPT4_6_X o0-2 0*2 e0
  SYSCALL_CREAT_E 0 SYSCALL_CREAT_E .*2
  SYSCALL_CREAT_X 3 SYSCALL_CREAT_X o0-2 .*3
  SYSCALL_CREAT_X 4 SYSCALL_CREAT_X o0-3 .*2
  SYSCALL_CREAT_X 5 SYSCALL_CREAT_X o0-4 .
  SYSCALL_EVENTFD_X 1 SYSCALL_EVENTFD_X o0 e0-1
  SYSCALL_FUTEX_X 1 SYSCALL_FUTEX_X o0 e0-2
  SYSCALL_FSTAT_X 1 SYSCALL_FSTAT_X o0 e0
  SYSCALL_EPOLLWAIT_X 1 SYSCALL_EPOLLWAIT_X o0 e0
  SYSCALL_POLL_X 2 SYSCALL_POLL_X o0-1 e1
  SYSCALL_NEWSELECT_X 1 SYSCALL_SELECT_X o0
  SYSCALL_LSEEK_X 1 SYSCALL_LSEEK_X o0 e0-2
  SYSCALL_LLSEEK_X 1 SYSCALL_LLSEEK_X o0 e0-2
  SYSCALL_IOCTL_2_X 1 SYSCALL_IOCTL_3_X o0 e0-1? .
  SYSCALL_FCHDIR_X 1 SYSCALL_FCHDIR_X o0 e0?
  SYSCALL_MKDIR_X 1 SYSCALL_MKDIR_2_X o0 e0-1?
  SYSCALL_RMDIR_X 1 SYSCALL_RMDIR_2_X o0 e0?
  SYSCALL_OPENAT_X 1 SYSCALL_OPENAT_2_X o0 e0-3? .*2
  SYSCALL_LINK_X 1 SYSCALL_LINK_2_X o0 e0-1?
  SYSCALL_LINKAT_X 1 SYSCALL_LINKAT_2_X o0 e0-3? .
  SYSCALL_UNLINK_X 1 SYSCALL_UNLINK_2_X o0 e0?
  SYSCALL_UNLINKAT_X 1 SYSCALL_UNLINKAT_2_X o0 e0-1? .
  SYSCALL_PREAD_X 2 SYSCALL_PREAD_X o0-1 e0-2
  SYSCALL_PWRITE_X 2 SYSCALL_PWRITE_X o0-1 e0-2
  SYSCALL_READV_X 3 SYSCALL_READV_X o0-2 e0
  SYSCALL_WRITEV_X 2 SYSCALL_WRITEV_X o0-1 e0-1
  SYSCALL_PREADV_X 3 SYSCALL_PREADV_X o0-2 e0-1
  SYSCALL_PWRITEV_X 2 SYSCALL_PWRITEV_X o0-1 e0-2
  SYSCALL_DUP_X 1 SYSCALL_DUP_1_X o0 e0?
  SYSCALL_SIGNALFD_X 1 SYSCALL_SIGNALFD_X o0 e0-2
  SYSCALL_KILL_X 1 SYSCALL_KILL_X o0 e0-1
  SYSCALL_TKILL_X 1 SYSCALL_TKILL_X o0 e0-1
  SYSCALL_TGKILL_X 1 SYSCALL_TGKILL_X o0 e0-2
  SYSCALL_NANOSLEEP_X 1 SYSCALL_NANOSLEEP_X o0 e0
  SYSCALL_TIMERFD_CREATE_X 1 SYSCALL_TIMERFD_CREATE_X o0 e0-1
  SYSCALL_INOTIFY_INIT_X 1 SYSCALL_INOTIFY_INIT_X o0 e0
  SYSCALL_GETRLIMIT_X 3 SYSCALL_GETRLIMIT_X o0-2 e0
  SYSCALL_SETRLIMIT_X 3 SYSCALL_SETRLIMIT_X o0-2 e0
  SYSCALL_PRLIMIT_X 5 SYSCALL_PRLIMIT_X o0-4 e0-1?
  SCHEDSWITCH_1_E 1 SCHEDSWITCH_6_E o0 .*5
  SYSCALL_FCNTL_X 1 SYSCALL_FCNTL_X o0 e0-1 0
  SYSCALL_FCNTL_X 3 SYSCALL_FCNTL_X o0-2 0
  SYSCALL_EXECVE_13_E 0 SYSCALL_EXECVE_19_E .
  SYSCALL_EXECVE_13_X 13 SYSCALL_EXECVE_19_X o0-12 .*17 e0?
  SYSCALL_CLONE_16_X 16 SYSCALL_CLONE_20_X o0-12 .*2 o13-15 .*3
  SYSCALL_BRK_4_X 4 SYSCALL_BRK_4_X o0-3 e0?
  SYSCALL_MMAP_X 4 SYSCALL_MMAP_X o0-3 e0-5
  SYSCALL_MMAP2_X 4 SYSCALL_MMAP2_X o0-3 e0-5
  SYSCALL_MUNMAP_X 4 SYSCALL_MUNMAP_X o0-3 e0-1
  SYSCALL_SPLICE_X 1 SYSCALL_SPLICE_X o0 e0-3
  SYSCALL_PTRACE_X 0 SYSCALL_PTRACE_X .*3 e0-1?
  SYSCALL_PTRACE_X 3 SYSCALL_PTRACE_X o0-2 e0-1?
  SYSCALL_IOCTL_3_X 1 SYSCALL_IOCTL_3_X o0 e0-2
  SYSCALL_EXECVE_14_E 0 SYSCALL_EXECVE_19_E .
  SYSCALL_EXECVE_14_X 14 SYSCALL_EXECVE_19_X o0-12 .*2 o13 .*14 e0?
  SYSCALL_FORK_X 16 SYSCALL_FORK_20_X o0-12 .*2 o13-15 .*3
  SYSCALL_VFORK_X 16 SYSCALL_VFORK_20_X o0-12 .*2 o13-15 .*3
  SYSCALL_SENDFILE_X 2 SYSCALL_SENDFILE_X o0-1 e0-1 e3
  SYSCALL_QUOTACTL_X 14 SYSCALL_QUOTACTL_X o0-13 e0-3
  SYSCALL_SETRESUID_X 1 SYSCALL_SETRESUID_X o0 e0-2?
  SYSCALL_SETRESGID_X 1 SYSCALL_SETRESGID_X o0 e0-2?
  SYSCALL_SETUID_X 1 SYSCALL_SETUID_X o0 e0?
  SYSCALL_SETGID_X 1 SYSCALL_SETGID_X o0 e0?
  SYSCALL_EXECVE_15_E 0 SYSCALL_EXECVE_19_E .
  SYSCALL_EXECVE_15_X 15 SYSCALL_EXECVE_19_X o0-13 . o14 .*14 e0?
  SYSCALL_CLONE_17_X 17 SYSCALL_CLONE_20_X o0-13 . o14-16 .*3
  SYSCALL_FORK_17_X 17 SYSCALL_FORK_20_X o0-13 . o14-16 .*3
  SYSCALL_VFORK_17_X 17 SYSCALL_VFORK_20_X o0-13 . o14-16 .*3
  SYSCALL_CLONE_20_X 20 SYSCALL_CLONE_20_X o0-19 .
  SYSCALL_FORK_20_X 20 SYSCALL_FORK_20_X o0-19 .
  SYSCALL_VFORK_20_X 20 SYSCALL_VFORK_20_X o0-19 .
  SYSCALL_EXECVE_16_E 0 SYSCALL_EXECVE_19_E .
  SYSCALL_EXECVE_16_X 16 SYSCALL_EXECVE_19_X o0-15 .*14 e0?
  SYSCALL_GETDENTS_X 1 SYSCALL_GETDENTS_X o0 e0
  SYSCALL_GETDENTS64_X 1 SYSCALL_GETDENTS64_X o0 e0
  SYSCALL_SETNS_X 1 SYSCALL_SETNS_X o0 e0-1?
  SYSCALL_FLOCK_X 1 SYSCALL_FLOCK_X o0 e0-1
  SOCKET_ACCEPT4_5_X 5 SOCKET_ACCEPT4_6_X o0-4 e0
  SYSCALL_SEMOP_X 8 SYSCALL_SEMOP_X o0-7 e0
  SYSCALL_SEMCTL_X 1 SYSCALL_SEMCTL_X o0 e0-3
  SYSCALL_PPOLL_X 2 SYSCALL_PPOLL_X o0-1 e1-2
  SYSCALL_MOUNT_X 4 SYSCALL_MOUNT_X o0-3 e0
  SYSCALL_UMOUNT_X 2 SYSCALL_UMOUNT_1_X o0-1
  SYSCALL_SEMGET_X 1 SYSCALL_SEMGET_X o0 e0-2
  SYSCALL_ACCESS_X 2 SYSCALL_ACCESS_X o0-1 e0
  CONTAINER_JSON_E 1 CONTAINER_JSON_2_E o0
  SYSCALL_MKDIR_2_X 2 SYSCALL_MKDIR_2_X o0-1 e0?
  SYSCALL_EXECVE_17_E 0 SYSCALL_EXECVE_19_E .
  SYSCALL_EXECVE_17_X 17 SYSCALL_EXECVE_19_X o0-16 .*13 e0?
  SYSCALL_UNSHARE_X 1 SYSCALL_UNSHARE_X o0 e0
  SYSCALL_EXECVE_18_E 1 SYSCALL_EXECVE_19_E o0
  SYSCALL_EXECVE_18_X 17 SYSCALL_EXECVE_19_X o0-16 .*13 e0?
  SYSCALL_EXECVE_19_X 18 SYSCALL_EXECVE_19_X o0-17 .*12 e0?
  SYSCALL_EXECVE_19_X 19 SYSCALL_EXECVE_19_X o0-18 .*11 e0?
  SYSCALL_EXECVE_19_X 20 SYSCALL_EXECVE_19_X o0-19 .*10 e0?
  SYSCALL_EXECVE_19_X 23 SYSCALL_EXECVE_19_X o0-22 .*7 e0?
  SYSCALL_EXECVE_19_X 26 SYSCALL_EXECVE_19_X o0-25 .*4 e0?
  SYSCALL_EXECVE_19_X 27 SYSCALL_EXECVE_19_X o0-26 .*3 e0?
  SYSCALL_EXECVE_19_X 28 SYSCALL_EXECVE_19_X o0-27 .*2 e0?
  SYSCALL_EXECVE_19_X 29 SYSCALL_EXECVE_19_X o0-28 . e0?
  SYSCALL_EXECVE_19_X 30 SYSCALL_EXECVE_19_X o0-29 e0?
  SYSCALL_SETPGID_X 1 SYSCALL_SETPGID_X o0 e0-1?
  SYSCALL_BPF_X 1 SYSCALL_BPF_2_X o0 e0?
  SYSCALL_SECCOMP_X 1 SYSCALL_SECCOMP_X o0 e0-1
  SYSCALL_OPENAT_2_E 0 SYSCALL_OPENAT_2_E .*4
  SYSCALL_OPENAT_2_X 5 SYSCALL_OPENAT_2_X o0-4 .*2
  SYSCALL_OPENAT_2_X 6 SYSCALL_OPENAT_2_X o0-5 .
  SYSCALL_OPENAT2_E 0 SYSCALL_OPENAT2_E .*5
  SYSCALL_OPENAT2_X 6 SYSCALL_OPENAT2_X o0-5 .*2
  SYSCALL_MPROTECT_X 1 SYSCALL_MPROTECT_X o0 e0-2
  SYSCALL_EXECVEAT_X 19 SYSCALL_EXECVEAT_X o0-18 .*11
  SYSCALL_EXECVEAT_X 20 SYSCALL_EXECVEAT_X o0-19 .*10
  SYSCALL_EXECVEAT_X 23 SYSCALL_EXECVEAT_X o0-22 .*7
  SYSCALL_EXECVEAT_X 26 SYSCALL_EXECVEAT_X o0-25 .*4
  SYSCALL_EXECVEAT_X 27 SYSCALL_EXECVEAT_X o0-26 .*3
  SYSCALL_EXECVEAT_X 28 SYSCALL_EXECVEAT_X o0-27 .*2
  SYSCALL_EXECVEAT_X 29 SYSCALL_EXECVEAT_X o0-28 .
  SYSCALL_COPY_FILE_RANGE_X 3 SYSCALL_COPY_FILE_RANGE_X o0-2 e0-2
  SYSCALL_CLONE3_X 20 SYSCALL_CLONE3_X o0-19 .
  SYSCALL_EPOLL_CREATE_X 1 SYSCALL_EPOLL_CREATE_X o0 e0
  SYSCALL_EPOLL_CREATE1_X 1 SYSCALL_EPOLL_CREATE1_X o0 e0
  SOCKET_ACCEPT4_6_X 5 SOCKET_ACCEPT4_6_X o0-4 e0
  SYSCALL_UMOUNT2_X 2 SYSCALL_UMOUNT2_X o0-1 e0
  SYSCALL_EVENTFD2_X 2 SYSCALL_EVENTFD2_X o0-1 e0
  SYSCALL_SIGNALFD4_X 2 SYSCALL_SIGNALFD4_X o0-1 e0-1
`;

interface Version {
  readonly old: EventInfo;
  readonly count: number;
  readonly current: EventInfo;
  readonly values: readonly string[];
}

const bySymbol = new Map(EVENTS.map((info) => [info.symbol, info]));

function readVersion(line: string): Version {
  const [old = '', count, current = '', ...words] = line.trim().split(' ');
  const values: string[] = [];
  for (const word of words) {
    const [, source = '', from, to, optional = '', times = '1'] =
      /^([oe.0])(\d*)(?:-(\d+))?(\??)(?:\*(\d+))?$/.exec(word)!;
    if (from === '') values.push(...new Array<string>(Number(times)).fill(source));
    else for (let i = Number(from); i <= Number(to ?? from); i++) values.push(source + i + optional);
  }
  return { old: bySymbol.get(old)!, count: Number(count), current: bySymbol.get(current)!, values };
}

/** A value that shows where it comes from: parameter `index` of an event. */
function valueOf(info: EventInfo, index: number): Uint8Array {
  const size = defaultSize(info.params[index]!.type) || 5;
  return new Uint8Array(size).fill((info.enter ? 0x90 : 0x10) + index);
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function expected({ old, current, values }: Version, enter: EventInfo | undefined): string[] {
  return values.map((value, i) => {
    const { type } = current.params[i]!;
    const index = Number(value.slice(1).replace('?', ''));
    const source = value.startsWith('o') ? old : value.startsWith('e') ? enter : undefined;
    if (source !== undefined) {
      // The enter events of the first versions of execve have no parameters.
      if (index >= source.params.length) return '';
      return hex(valueOf(source, index).subarray(0, maxSize(type, current.largeLengths)));
    }
    if (value === '.' || value.endsWith('?')) return '';
    return hex(new Uint8Array(defaultSize(type)).fill(defaultByte(type)));
  });
}

/** What comes out for an old event, with or without its enter event before it. */
function convert({ old, count }: Version, enter: EventInfo | undefined): readonly string[] | undefined {
  const made = (info: EventInfo, params: number) =>
    eventBlock(
      eventBytes(
        info.code,
        7,
        1,
        Array.from({ length: params }, (_, i) => valueOf(info, i)),
      ),
    );
  const { events, error } = readAll(
    concat(
      sectionHeader(),
      eventBlock(eventBytes(E.SYSCALL_CLOSE_X, 1, 1, [0, 3])),
      ...(enter === undefined ? [] : [made(enter, enter.params.length)]),
      made(old, count),
    ),
  );
  expect(error).equals(undefined);
  const last = events.at(-1)!;
  return [last.symbol, ...last.params];
}

describe('events of all versions', () => {
  for (const line of VERSIONS.trim().split('\n')) {
    const version = readVersion(line);
    const { old, count, current } = version;
    it(`${old.symbol} with ${count} parameters`, () => {
      expect(version.values).length(current.params.length);
      expect(convert(version, undefined)).deep.equals([current.symbol, ...expected(version, undefined)]);
      if (!version.values.some((value) => value.startsWith('e'))) return;
      const enter = EVENTS[old.code - 1]!;
      expect(convert(version, enter), 'after its enter event').deep.equals([
        current.symbol,
        ...expected(version, enter),
      ]);
    });
  }
});
