import {
  SCHEDSWITCH_6_E,
  SYSCALL_BRK_4_X,
  SYSCALL_CHDIR_X,
  SYSCALL_CHROOT_X,
  SYSCALL_FCHDIR_X,
  SYSCALL_GETCWD_X,
  SYSCALL_GETRLIMIT_X,
  SYSCALL_MMAP2_X,
  SYSCALL_MMAP_X,
  SYSCALL_MUNMAP_X,
  SYSCALL_PRCTL_X,
  SYSCALL_PRLIMIT_X,
  SYSCALL_SETRLIMIT_X,
  SYSCALL_SETSID_X,
} from '../tables/codes.generated.ts';
import type { EventCode } from '../tables/types.ts';
import type { Event } from '../event.ts';
import { noteText } from '../rendering.ts';
import type { Apply } from './machine.ts';
import { concatenatePaths, sanitize } from './path.ts';
import type { Thread } from './thread.ts';

/** PPM_RLIMIT_NOFILE of Falco's driver: the number of open files. */
const RLIMIT_NOFILE = 7;

/** PPM_PR_SET_CHILD_SUBREAPER and PPM_PR_GET_CHILD_SUBREAPER of Falco's driver; libsinsp takes both as orders. */
const SET_CHILD_SUBREAPER = 36;
const GET_CHILD_SUBREAPER = 37;

const chdir: Apply = (event) => {
  if (event.returnValue >= 0) event.thread?.changeDirectory(event.string(1));
};

const fchdir: Apply = (event) => {
  if (event.returnValue >= 0 && event.fd !== undefined) event.thread?.changeDirectory(event.fd.name);
};

const chroot: Apply = (event) => {
  const { thread } = event;
  if (thread === undefined || event.returnValue !== 0) return;
  const path = event.string(1);
  const text = sanitize(path);
  noteText(event, text);
  const relative = path !== '' && path !== '<NA>' && !path.startsWith('/');
  thread.root = relative ? concatenatePaths(thread.currentDirectory, path) : text;
};

const setsid: Apply = (event) => {
  const { returnValue: result, thread } = event;
  if (thread !== undefined && result >= 0) thread.sid = result;
};

const prctl: Apply = (event) => {
  const group = event.thread?.group;
  if (group === undefined || event.returnValue < 0) return;
  if (tellsReaper(event.uint32(1))) group.reaper = event.int64(3) !== 0;
};

/** Whether a prctl with this option says if its process takes over orphans. */
export function tellsReaper(option: number | undefined): boolean {
  return option === SET_CHILD_SUBREAPER || option === GET_CHILD_SUBREAPER;
}

/** The limit of open files belongs to the process. */
function setFdLimit(thread: Thread | undefined, event: Event): void {
  const main = thread?.mainThread;
  const limit = event.exactInt64(1) ?? -1;
  if (main !== undefined && limit !== -1) main.fdLimit = limit;
}

const rlimit: Apply = (event) => {
  if (event.returnValue >= 0 && event.uint8(3) === RLIMIT_NOFILE) setFdLimit(event.thread, event);
};

const prlimit: Apply = (event, machine) => {
  if (event.returnValue !== 0 || event.uint8(6) !== RLIMIT_NOFILE || event.exactInt64(1) === -1) return;
  const tid = event.int64(5);
  if (tid === undefined) return;
  const thread = machine.threads.get(tid === 0 ? event.tid : tid);
  if (thread !== undefined && !thread.isInvalid) setFdLimit(thread, event);
};

const memory: Apply = (event) => {
  const { thread } = event;
  if (thread === undefined) return;
  thread.vmSizeKb = event.uint32(1) ?? thread.vmSizeKb;
  const swap = event.uint32(3);
  if (swap === undefined) return;
  thread.vmRssKb = event.uint32(2) ?? 0;
  thread.vmSwapKb = swap;
};

/** The thread leaves its processor; its memory is that of its process. */
const contextSwitch: Apply = (event) => {
  const { thread } = event;
  if (thread === undefined || event.isEmpty(5)) return;
  thread.pageFaultsMajor = event.exactUint64(1) ?? 0;
  thread.pageFaultsMinor = event.exactUint64(2) ?? 0;
  const main = thread.mainThread;
  if (main === undefined) return;
  main.vmSizeKb = event.uint32(3) ?? 0;
  main.vmRssKb = event.uint32(4) ?? 0;
  main.vmSwapKb = event.uint32(5) ?? 0;
};

/** What changes the surroundings of a process: directories, session, limits, memory. */
export const surroundingEvents: readonly (readonly [EventCode, Apply])[] = [
  [SYSCALL_CHDIR_X, chdir],
  [SYSCALL_GETCWD_X, chdir],
  [SYSCALL_FCHDIR_X, fchdir],
  [SYSCALL_CHROOT_X, chroot],
  [SYSCALL_SETSID_X, setsid],
  [SYSCALL_PRCTL_X, prctl],
  [SYSCALL_GETRLIMIT_X, rlimit],
  [SYSCALL_SETRLIMIT_X, rlimit],
  [SYSCALL_PRLIMIT_X, prlimit],
  [SYSCALL_BRK_4_X, memory],
  [SYSCALL_MMAP_X, memory],
  [SYSCALL_MMAP2_X, memory],
  [SYSCALL_MUNMAP_X, memory],
  [SCHEDSWITCH_6_E, contextSwitch],
];
