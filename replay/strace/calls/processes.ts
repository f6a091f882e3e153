/** Processes, their credentials, limits and signals. Clones and execs stand apart (`births.ts`, `execs.ts`). */
import { CAPABILITIES, type ByteString, type JsonInput } from '../../../engine/index.ts';
import { bitsOf, type Call, type Parameters, type Translate } from '../call.ts';
import { signalNumber } from '../numbers.ts';
import { fieldsOf, integerOf, namesOf, productOf } from '../text.ts';

const ids =
  (...names: readonly string[]): Translate =>
  (call) => ({ res: call.result, ...Object.fromEntries(names.map((name, i) => [name, call.int(i)])) });

/** Ids that the call wrote: `[0], [0], [0]`. */
const foundIds =
  (...names: readonly string[]): Translate =>
  (call) => ({
    res: call.result,
    ...Object.fromEntries(names.map((name, i) => [name, integerOf(call.items(i)[0] ?? '') ?? 0])),
  });

const signal = (call: Call, i: number) => signalNumber(call.arg(i));

/** A limit: `8192*1024`, `RLIM64_INFINITY`. */
function limit(text: ByteString | undefined): JsonInput {
  if (text === undefined) return 0;
  return /^RLIM\w*_INFINITY$/.test(text) ? -1 : (productOf(text) ?? 0);
}

const limits = (text: ByteString) => {
  const fields = fieldsOf(text);
  return [limit(fields.get('rlim_cur')), limit(fields.get('rlim_max'))] as const;
};

const resource = (text: ByteString) => (/^RLIMIT_\w+$/.test(text) ? [text] : ['RLIMIT_UNKNOWN']);

function prlimit(call: Call): Parameters {
  const [newcur, newmax] = limits(call.arg(2));
  const [oldcur, oldmax] = call.failed ? [-1, -1] : limits(call.arg(3));
  return {
    res: call.result,
    newcur,
    newmax,
    oldcur,
    oldmax,
    pid: call.int(0),
    resource: resource(call.arg(1)),
  };
}

function getrlimit(call: Call): Parameters {
  const [cur, max] = call.failed ? [-1, -1] : limits(call.arg(1));
  return { res: call.result, cur, max, resource: resource(call.arg(0)) };
}

function setrlimit(call: Call): Parameters {
  const [cur, max] = limits(call.arg(1));
  return { res: call.result, cur, max, resource: resource(call.arg(0)) };
}

const PEEKS = /^PTRACE_PEEK/;
const WITH_SIGNAL = /^PTRACE_(?:CONT|SINGLESTEP|DETACH|SYSCALL)$/;

const ptrace: Translate = (call) => {
  const request = call.arg(0).replace('USER', 'USR');
  const data = call.arg(3);
  const value: JsonInput = call.failed
    ? { uint64: 0 }
    : WITH_SIGNAL.test(request)
      ? { sigtype: signalNumber(data) }
      : { uint64: integerOf(PEEKS.test(request) ? (/^\[(.*)\]$/.exec(data)?.[1] ?? data) : data) ?? 0 };
  return {
    res: call.result,
    addr: { uint64: call.failed ? 0 : call.int(2) },
    data: value,
    request: [request],
    pid: call.int(1),
  };
};

/** Options that the event table has no names for (linux/prctl.h). */
const PRCTL: Readonly<Record<string, number>> = {
  PR_SET_PDEATHSIG: 1,
  PR_GET_PDEATHSIG: 2,
  PR_GET_UNALIGN: 5,
  PR_SET_UNALIGN: 6,
  PR_GET_TIMING: 13,
  PR_SET_TIMING: 14,
  PR_GET_TSC: 25,
  PR_SET_TSC: 26,
  PR_SET_TIMERSLACK: 29,
  PR_GET_TIMERSLACK: 30,
  PR_TASK_PERF_EVENTS_DISABLE: 31,
  PR_TASK_PERF_EVENTS_ENABLE: 32,
  PR_MCE_KILL_GET: 34,
  PR_GET_SPECULATION_CTRL: 52,
  PR_SET_SPECULATION_CTRL: 53,
  PR_PAC_RESET_KEYS: 54,
  PR_SET_IO_FLUSHER: 57,
  PR_GET_IO_FLUSHER: 58,
  PR_SET_SYSCALL_USER_DISPATCH: 59,
  PR_SCHED_CORE: 62,
  PR_SET_MDWE: 65,
  PR_GET_MDWE: 66,
  PR_SET_PTRACER: 0x59616d61,
  PR_SET_VMA: 0x53564d41,
};

/** The second argument of a prctl whose value has a name (linux/prctl.h, linux/capability.h). */
const PRCTL_VALUES: Readonly<Record<string, number>> = {
  SUID_DUMP_DISABLE: 0,
  SUID_DUMP_USER: 1,
  SUID_DUMP_ROOT: 2,
  SECCOMP_MODE_DISABLED: 0,
  SECCOMP_MODE_STRICT: 1,
  SECCOMP_MODE_FILTER: 2,
  PR_CAP_AMBIENT_IS_SET: 1,
  PR_CAP_AMBIENT_RAISE: 2,
  PR_CAP_AMBIENT_LOWER: 3,
  PR_CAP_AMBIENT_CLEAR_ALL: 4,
  PR_SET_PTRACER_ANY: -1,
  PR_SET_VMA_ANON_NAME: 0,
};

function prctl(call: Call): Parameters {
  const option = call.arg(0);
  const base = { res: call.result, option: PRCTL[option] ?? [option] };
  if (option === 'PR_SET_NAME' || option === 'PR_GET_NAME')
    return { ...base, arg2_str: call.text(1), arg2_int: 0 };
  const value = call.arg(1);
  const inside = /^\[(.*)\]$/.exec(value)?.[1] ?? value;
  const capability = CAPABILITIES.indexOf(inside);
  const number =
    PRCTL_VALUES[inside] ?? (capability >= 0 ? capability : (integerOf(inside) ?? signalNumber(inside)));
  return { ...base, arg2_str: null, arg2_int: number };
}

/** A set of capabilities: `1<<CAP_CHOWN|1<<CAP_KILL`, `0`. */
export function capabilitiesOf(text: ByteString): bigint {
  let set = 0n;
  for (const name of namesOf(text)) {
    const bit = CAPABILITIES.indexOf(name.replace(/^1<</, ''));
    set |= bit >= 0 ? 1n << BigInt(bit) : BigInt.asUintN(64, BigInt(integerOf(name) ?? 0));
  }
  return set;
}

/** Operations on System V semaphores (linux/sem.h, linux/ipc.h) by their bits. */
const SEMAPHORE_FLAGS = { IPC_NOWAIT: 1, SEM_UNDO: 2 };

function semop(call: Call): Parameters {
  const [first, second] = call.failed ? [] : call.items(1).map(fieldsOf);
  const number = (fields: ReadonlyMap<string, string> | undefined, name: string) =>
    Number(integerOf(fields?.get(name) ?? '') ?? 0);
  const flags = (fields: ReadonlyMap<string, string> | undefined) =>
    bitsOf(fields?.get('sem_flg') ?? '', SEMAPHORE_FLAGS);
  return {
    res: call.result,
    nsops: call.uint32(2),
    sem_num_0: number(first, 'sem_num'),
    sem_op_0: number(first, 'sem_op'),
    sem_flg_0: flags(first),
    sem_num_1: number(second, 'sem_num'),
    sem_op_1: number(second, 'sem_op'),
    sem_flg_1: flags(second),
    semid: call.int(0),
  };
}

/** The operation of a futex, and its flags by their own names: `FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME`. */
const futexNames = (names: readonly ByteString[]) =>
  names.flatMap((name) =>
    name.endsWith('_PRIVATE') ? [name.slice(0, -'_PRIVATE'.length), 'FUTEX_PRIVATE_FLAG'] : [name],
  );

const id =
  (name: string): Translate =>
  (call) => ({ [name]: call.result });

export const PROCESSES: Readonly<Record<string, Translate>> = {
  setuid: ids('uid'),
  setgid: ids('gid'),
  setreuid: ids('ruid', 'euid'),
  setregid: ids('rgid', 'egid'),
  setresuid: ids('ruid', 'euid', 'suid'),
  setresgid: ids('rgid', 'egid', 'sgid'),
  getuid: id('uid'),
  geteuid: id('euid'),
  getgid: id('gid'),
  getegid: id('egid'),
  getresuid: foundIds('ruid', 'euid', 'suid'),
  getresgid: foundIds('rgid', 'egid', 'sgid'),
  setsid: (call) => ({ res: call.result }),
  setpgid: ids('pid', 'pgid'),
  capset({ result, thread: { state } }) {
    return {
      res: result,
      cap_inheritable: String(state.capInheritable),
      cap_permitted: String(state.capPermitted),
      cap_effective: String(state.capEffective),
    };
  },
  kill: (call) => ({ res: call.result, pid: call.int(0), sig: signal(call, 1) }),
  tkill: (call) => ({ res: call.result, tid: call.int(0), sig: signal(call, 1) }),
  tgkill: (call) => ({ res: call.result, pid: call.int(0), tid: call.int(1), sig: signal(call, 2) }),
  ptrace,
  prctl,
  prlimit64: prlimit,
  getrlimit,
  setrlimit,
  unshare: (call) => ({ res: call.result, flags: call.names(0) }),
  setns: (call) => ({ res: call.result, fd: call.fd(0), nstype: call.names(1) }),
  futex: (call) => ({
    res: call.result,
    addr: call.int(0),
    op: futexNames(call.names(1)),
    val: call.uint32(2),
  }),
  semget: (call) => ({
    res: call.result,
    key: call.arg(0) === 'IPC_PRIVATE' ? 0 : call.uint32(0) | 0,
    nsems: call.int(1),
    semflg: call.names(2),
  }),
  semop,
  semctl: (call) => ({
    res: call.result,
    semid: call.int(0),
    semnum: call.int(1),
    cmd: call.names(2).filter((name) => name !== 'IPC_64'),
    val: call.names(2).includes('SETVAL') ? (integerOf(call.arg(3)) ?? 0) : 0,
  }),
};
