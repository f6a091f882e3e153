import type { Int } from '../bytes.ts';
import {
  SYSCALL_CAPSET_X,
  SYSCALL_SETGID_X,
  SYSCALL_SETNS_X,
  SYSCALL_SETREGID_X,
  SYSCALL_SETRESGID_X,
  SYSCALL_SETRESUID_X,
  SYSCALL_SETREUID_X,
  SYSCALL_SETUID_X,
  SYSCALL_UNSHARE_X,
} from '../tables/codes.generated.ts';
import type { EventCode } from '../tables/types.ts';
import type { Apply } from './machine.ts';
import { CL } from './thread.ts';

/** All 41 capabilities that libsinsp knows (CAP_CHOWN to CAP_CHECKPOINT_RESTORE). */
const ALL_CAPABILITIES: Int = 2 ** 41 - 1;

/** The user that parameter `i` names is the effective one from now on. */
function setUser(i: number): Apply {
  return (event, machine) => {
    const { thread } = event;
    const uid = event.uint32(i);
    if (event.returnValue !== 0 || thread === undefined || uid === undefined) return;
    thread.uid = uid;
    machine.users.sawUser(thread.containerId, uid, thread.gid);
  };
}

function setGroup(i: number): Apply {
  return (event, machine) => {
    const { thread } = event;
    const gid = event.uint32(i);
    if (event.returnValue !== 0 || thread === undefined || gid === undefined) return;
    thread.gid = gid;
    machine.users.sawGroup(thread.containerId, gid);
  };
}

const capset: Apply = (event) => {
  const { thread } = event;
  if (thread === undefined || event.returnValue < 0) return;
  thread.capInheritable = event.exactUint64(1) ?? 0;
  thread.capPermitted = event.exactUint64(2) ?? 0;
  thread.capEffective = event.exactUint64(3) ?? 0;
};

/** Who enters a user namespace may do everything there. `i` is the parameter with the namespaces' flags. */
function enterNamespaces(i: number): Apply {
  return (event) => {
    const { thread } = event;
    if (thread === undefined || event.returnValue < 0) return;
    if (((event.uint32(i) ?? 0) & CL.CLONE_NEWUSER) === 0) return;
    thread.capInheritable = ALL_CAPABILITIES;
    thread.capPermitted = ALL_CAPABILITIES;
    thread.capEffective = ALL_CAPABILITIES;
  };
}

/** What changes as whom a thread runs, and what it may do. */
export const credentialEvents: readonly (readonly [EventCode, Apply])[] = [
  [SYSCALL_SETRESUID_X, setUser(2)],
  [SYSCALL_SETREUID_X, setUser(2)],
  [SYSCALL_SETUID_X, setUser(1)],
  [SYSCALL_SETRESGID_X, setGroup(2)],
  [SYSCALL_SETREGID_X, setGroup(2)],
  [SYSCALL_SETGID_X, setGroup(1)],
  [SYSCALL_CAPSET_X, capset],
  [SYSCALL_UNSHARE_X, enterNamespaces(1)],
  [SYSCALL_SETNS_X, enterNamespaces(2)],
];
