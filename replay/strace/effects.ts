/** What calls that succeeded change of what is known of their process. */
import type { Call } from './call.ts';
import { capabilitiesOf } from './calls/processes.ts';
import { bytesOfString, fieldsOf, integerOf, productOf, unescape } from './text.ts';
import type { TracedThread } from './threads.ts';

type Effect = (call: Call, threadOf: (tid: number) => TracedThread | undefined) => void;

/** An id of an argument; undefined for the one that stays as it is. */
function id(call: Call, i: number): number | undefined {
  const value = call.uint32(i);
  return value === 0xffffffff ? undefined : value;
}

const setUid =
  (i: number): Effect =>
  (call) => {
    const uid = id(call, i);
    if (uid !== undefined) call.thread.setUid(uid);
  };

const setGid =
  (i: number): Effect =>
  (call) => {
    const gid = id(call, i);
    if (gid !== undefined) call.thread.state.gid = gid;
  };

const setLimit =
  (i: number, limits: number): Effect =>
  (call) => {
    const current = fieldsOf(call.arg(limits)).get('rlim_cur');
    if (call.arg(i) !== 'RLIMIT_NOFILE' || current === undefined) return;
    const value = productOf(current);
    if (value !== undefined) call.thread.state.fdLimit = BigInt(value);
  };

const number = (value: bigint) => (value <= Number.MAX_SAFE_INTEGER ? Number(value) : value);

export const EFFECTS: Readonly<Record<string, Effect>> = {
  chdir(call) {
    const path = bytesOfString(call.arg(0));
    if (path !== undefined) call.thread.shared.cwd = call.thread.resolve(path);
  },
  fchdir(call) {
    const note = call.note(0);
    call.thread.shared.cwd = note?.startsWith('/') === true ? unescape(note) : undefined;
  },
  setuid: setUid(0),
  setreuid: setUid(1),
  setresuid: setUid(1),
  setgid: setGid(0),
  setregid: setGid(1),
  setresgid: setGid(1),
  capset({ args, thread: { state } }) {
    const fields = fieldsOf(args[1] ?? '');
    const set = (name: string) => number(capabilitiesOf(fields.get(name) ?? ''));
    state.capEffective = set('effective');
    state.capPermitted = set('permitted');
    state.capInheritable = set('inheritable');
  },
  setsid({ thread: { state } }) {
    state.sid = state.pgid = state.vpgid = state.pid;
    state.tty = 0;
  },
  setpgid(call, threadOf) {
    const pid = Number(call.int(0));
    const state = (pid === 0 ? call.thread : threadOf(pid))?.state;
    const pgid = Number(call.int(1));
    if (state !== undefined) state.pgid = state.vpgid = pgid === 0 ? state.pid : pgid;
  },
  prlimit64(call, threadOf) {
    const pid = Number(call.int(0));
    if (pid === 0 || threadOf(pid) === call.thread) setLimit(1, 2)(call, threadOf);
  },
  setrlimit: setLimit(0, 1),
  prctl(call) {
    const { thread } = call;
    const option = call.arg(0);
    if (option === 'PR_SET_NAME') thread.setComm((bytesOfString(call.arg(1)) ?? '').split('\0', 1)[0]!);
    else if (option === 'PR_SET_CHILD_SUBREAPER') thread.shared.subreaper = integerOf(call.arg(1)) !== 0;
  },
};
