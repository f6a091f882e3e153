/** Fields of the process of an event and of the processes around it. */
import type { ByteString } from '../../../../engine/index.ts';
import type { Draft, ProcessDraft, Setter, Setters } from '../draft.ts';
import type { Given } from '../given.ts';

/** Bytes that the kernel keeps of a name (TASK_COMM_LEN without its NUL). Only its own workers have longer ones. */
export const LONGEST_NAME = 15;

function processName(given: Given, name: ByteString): ByteString {
  if (name.length > LONGEST_NAME && !name.startsWith('kworker/'))
    given.fail(
      `no process is called ${name}: the kernel keeps ${LONGEST_NAME} bytes of a name`,
      `give ${given.fact.field}: ${name.slice(0, LONGEST_NAME)}`,
    );
  return name;
}

const commandLine = (given: Given) => (typeof given.value === 'object' ? given.texts() : given.text());

/** What the fields of any process say: own, parent's, ancestors', leaders'. */
const name = (draft: ProcessDraft, given: Given) => (draft.name = processName(given, given.text()));
const exe = (draft: ProcessDraft, given: Given) => (draft.exe = given.text());
const exepath = (draft: ProcessDraft, given: Given) => (draft.exepath = given.text());
const cmdline = (draft: ProcessDraft, given: Given) => (draft.cmdline = commandLine(given));
const args = (draft: ProcessDraft, given: Given) => (draft.args = given.words());

type Put = (draft: ProcessDraft, given: Given) => unknown;

const own =
  (put: Put): Setter =>
  ({ process }, given) =>
    put(process, given);

const parent =
  (put: Put): Setter =>
  (draft, given) =>
    put(draft.ancestor(1), given);

/** `proc.aname[2]` of one ancestor; a list without an index tells of all, the nearest first; one text of any. */
const ancestors =
  (put: Put): Setter =>
  (draft, given) => {
    if (given.arg !== '') {
      const generation = Number(given.arg);
      put(generation === 0 ? draft.process : draft.ancestor(generation), given);
    } else if (typeof given.value === 'object')
      given.value.forEach((value, i) => {
        if (value === null) draft.noAncestor = Math.min(draft.noAncestor, i + 1);
        else put(draft.ancestor(i + 1), given.part(value));
      });
    else put((draft.anyAncestor ??= {}), given);
  };

const leader =
  (id: keyof Draft['leaders'], put: Put): Setter =>
  (draft, given) => {
    put((draft.leaders[id] ??= {}), given);
  };

function args0(process: ProcessDraft, given: Given): void {
  if (given.arg === '') args(process, given);
  else (process.argAt ??= new Map()).set(Number(given.arg), given.text());
}

function environment(process: ProcessDraft, given: Given): void {
  if (given.arg === '' || /^\d+$/.test(given.arg)) process.env = given.words();
  else (process.variables ??= new Map()).set(given.arg, given.text());
}

function ancestorEnvironment(draft: Draft, given: Given): void {
  if (given.arg === '') environment((draft.anyAncestor ??= {}), given);
  else if (/^\d+$/.test(given.arg)) environment(draft.ancestor(Number(given.arg)), given);
  else environment(draft.ancestor(1), given);
}

/** By field. */
export const processSetters: Setters = {
  'proc.name': own(name),
  'proc.exe': own(exe),
  'proc.exepath': own(exepath),
  'proc.args': own(args0),
  'proc.cmdline': own(cmdline),
  'proc.exeline': own((process, given) => (process.exeline = commandLine(given))),
  'proc.env': own(environment),
  'proc.cwd': own((process, given) => (process.cwd = given.text())),
  'proc.tty': own((process, given) => (process.tty = given.number())),
  'proc.pid': own((process, given) => (process.pid = given.number())),
  'proc.vpid': own((process, given) => (process.vpid = given.number())),
  'proc.duration': own((process, given) => (process.age = given.int())),
  'proc.pid.ts': own((process, given) => (process.start = given.int())),
  'proc.is_exe_writable': own((process, given) => (process.exeWritable = given.flag())),
  'proc.is_exe_upper_layer': own((process, given) => (process.exeUpperLayer = given.flag())),
  'proc.is_exe_lower_layer': own((process, given) => (process.exeLowerLayer = given.flag())),
  'proc.is_exe_from_memfd': own((process, given) => (process.exeFromMemfd = given.flag())),
  'proc.exe_ino': own((process, given) => (process.exeIno = given.int())),
  'proc.exe_ino.ctime': own((process, given) => (process.exeInoCtime = given.int())),
  'proc.exe_ino.mtime': own((process, given) => (process.exeInoMtime = given.int())),
  'proc.exe_ino.ctime_duration_proc_start': own((process, given) => (process.ctimeBeforeStart = given.int())),
  'proc.exe_ino.ctime_duration_pidns_start': own((process, given) => (process.ctimeAfterPidns = given.int())),
  'proc.pidns_init_start_ts': own((process, given) => (process.pidnsInitStart = given.int())),
  'proc.fdlimit': own((process, given) => (process.fdLimit = given.int())),
  'proc.vmsize': own((process, given) => (process.vmSizeKb = given.number())),
  'proc.vmrss': own((process, given) => (process.vmRssKb = given.number())),
  'proc.vmswap': own((process, given) => (process.vmSwapKb = given.number())),
  'thread.tid': own((process, given) => (process.tid = given.number())),
  'thread.vtid': own((process, given) => (process.vtid = given.number())),
  'thread.pfmajor': own((process, given) => (process.pageFaultsMajor = given.int())),
  'thread.pfminor': own((process, given) => (process.pageFaultsMinor = given.int())),
  'thread.vmsize': own((process, given) => (process.vmSizeKb = given.number())),
  'thread.vmrss': own((process, given) => (process.vmRssKb = given.number())),
  'thread.cap_permitted': own((process, given) => (process.capPermitted = given.capabilities())),
  'thread.cap_inheritable': own((process, given) => (process.capInheritable = given.capabilities())),
  'thread.cap_effective': own((process, given) => (process.capEffective = given.capabilities())),
  'thread.cgroups': own((process, given) => (process.cgroups = given.words())),
  'thread.cgroup': own((process, given) => {
    const start = `${given.arg}=`;
    const others = (process.cgroups ?? []).filter((group) => !group.startsWith(start));
    process.cgroups = [...others, start + given.text()];
  }),

  'proc.pname': parent(name),
  'proc.pexe': parent(exe),
  'proc.pexepath': parent(exepath),
  'proc.pcmdline': parent(cmdline),
  'proc.ppid': parent((process, given) => (process.pid = given.number())),
  'proc.pvpid': parent((process, given) => (process.vpid = given.number())),
  'proc.ppid.ts': parent((process, given) => (process.start = given.int())),
  'proc.ppid.duration': parent((process, given) => (process.age = given.int())),
  'proc.aname': ancestors(name),
  'proc.aexe': ancestors(exe),
  'proc.aexepath': ancestors(exepath),
  'proc.aargs': ancestors(args),
  'proc.acmdline': ancestors(cmdline),
  'proc.apid': ancestors((process, given) => (process.pid = given.number())),
  'proc.aenv': ancestorEnvironment,

  'proc.sid': own((process, given) => (process.sid = given.number())),
  'proc.vpgid': own((process, given) => (process.vpgid = given.number())),
  'proc.pgid': own((process, given) => (process.pgid = given.number())),
  'proc.is_sid_leader': own((process, given) => (process.leadsSession = given.flag())),
  'proc.is_vpgid_leader': own((process, given) => (process.leadsVirtualGroup = given.flag())),
  'proc.is_pgid_leader': own((process, given) => (process.leadsGroup = given.flag())),
  'proc.sname': leader('sid', name),
  'proc.sid.exe': leader('sid', exe),
  'proc.sid.exepath': leader('sid', exepath),
  'proc.vpgid.name': leader('vpgid', name),
  'proc.vpgid.exe': leader('vpgid', exe),
  'proc.vpgid.exepath': leader('vpgid', exepath),
  'proc.pgid.name': leader('pgid', name),
  'proc.pgid.exe': leader('pgid', exe),
  'proc.pgid.exepath': leader('pgid', exepath),

  'proc.stdin.type': standardFd(0, 'type'),
  'proc.stdout.type': standardFd(1, 'type'),
  'proc.stderr.type': standardFd(2, 'type'),
  'proc.stdin.name': standardFd(0, 'name'),
  'proc.stdout.name': standardFd(1, 'name'),
  'proc.stderr.name': standardFd(2, 'name'),
};

function standardFd(num: number, what: 'type' | 'name'): Setter {
  return (draft, given) => {
    draft.otherFd(num)[what] = given.text();
  };
}
