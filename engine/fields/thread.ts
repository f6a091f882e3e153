import type { ByteString, Int } from '../bytes.ts';
import type { Event } from '../event.ts';
import type { Thread } from '../state/thread.ts';
import { CAPABILITIES } from '../tables/capabilities.ts';
import { PROCINFO_E, SCHEDSWITCH_6_E } from '../tables/codes.generated.ts';
import type { Extracted, Field } from './define.ts';
import { shownId } from './process-text.ts';

const capabilityTexts = new Map<Int, ByteString>();

/** Names of the capabilities whose bits are set, with blanks between them. */
function capabilities(bits: Int): ByteString {
  let text = capabilityTexts.get(bits);
  if (text === undefined) {
    const set = BigInt(bits);
    text = CAPABILITIES.filter((_, i) => ((set >> BigInt(i)) & 1n) === 1n).join(' ');
    capabilityTexts.set(bits, text);
  }
  return text;
}

// What the readings of these fields leave behind for the next ones. The three of thread.cpu share one memory, as in libsinsp.
const cpuTotals = new WeakMap<Thread, number>();
const execTotals = new WeakMap<Thread, bigint>();

/** CPU time since the field was last read for this thread, of which more than 100 counts as 100. Only procinfo events have it. */
function cpuSinceLast(event: Event, user: boolean, system: boolean): number | undefined {
  const { thread } = event;
  if (thread === undefined || event.code !== PROCINFO_E) return undefined;
  const total =
    (user ? Number(event.exactUint64(0) ?? 0) : 0) + (system ? Number(event.exactUint64(1) ?? 0) : 0);
  const last = cpuTotals.get(thread) ?? 0;
  cpuTotals.set(thread, total);
  if (last === 0) return 0;
  // A smaller total wraps round to a huge unsigned number.
  return total < last ? 100 : Math.min(total - last, 100);
}

/**
 * Time between the last two `switch` events of a CPU; each condition and output that reads it remembers for itself. It is not counted until
 * libsinsp knows how many CPUs there are, which it does not at the beginning of a capture (`Machine.info`).
 */
function timeOnCpu(): (event: Event) => bigint {
  let counts = false;
  const lastSwitch: bigint[] = [];
  return (event) => {
    if (event.code !== SCHEDSWITCH_6_E) return 0n;
    counts ||= (event.machine?.info.cpus ?? 0) > 0;
    if (!counts) return 0n;
    const last = lastSwitch[event.cpu] ?? 0n;
    lastSwitch[event.cpu] = event.time;
    return last === 0n ? 0n : BigInt.asUintN(64, event.time - last);
  };
}

const toInt = (value: bigint): Int => (value <= Number.MAX_SAFE_INTEGER ? Number(value) : value);

function execTime(): Field['get'] {
  const time = timeOnCpu();
  return (event) => toInt(time(event));
}

function totalExecTime(): Field['get'] {
  const time = timeOnCpu();
  return (event) => {
    const spent = time(event);
    if (event.thread === undefined) return undefined;
    const total = BigInt.asUintN(64, spent + (execTotals.get(event.thread) ?? 0n));
    execTotals.set(event.thread, total);
    return toInt(total);
  };
}

const execTotal = (event: Event): Extracted => event.thread && toInt(execTotals.get(event.thread) ?? 0n);

const ofMainThread =
  (read: (thread: Thread) => number) =>
  (event: Event): Extracted =>
    event.thread && (event.thread.isMainThread ? read(event.thread) : 0);

const cgroupName = /^[A-Za-z_]*$/;

/** The thread that made an event. */
export const threadFields: readonly Field[] = [
  {
    name: 'thread.cap_permitted',
    type: 'CHARBUF',
    desc: 'Capabilities that the thread may take: their names with blanks between.',
    get: (event) => event.thread && capabilities(event.thread.capPermitted),
  },
  {
    name: 'thread.cap_inheritable',
    type: 'CHARBUF',
    desc: 'Capabilities that the thread passes on to programs it runs: their names with blanks between.',
    get: (event) => event.thread && capabilities(event.thread.capInheritable),
  },
  {
    name: 'thread.cap_effective',
    type: 'CHARBUF',
    desc: 'Capabilities in force for the thread: their names with blanks between.',
    get: (event) => event.thread && capabilities(event.thread.capEffective),
  },
  {
    name: 'thread.pfmajor',
    type: 'UINT64',
    format: 'dec',
    desc: 'How many page faults of the thread had to wait for a disk, since it started.',
    get: (event) => event.thread?.pageFaultsMajor,
  },
  {
    name: 'thread.pfminor',
    type: 'UINT64',
    format: 'dec',
    desc: 'How many page faults of the thread were served from memory, since it started.',
    get: (event) => event.thread?.pageFaultsMinor,
  },
  {
    name: 'thread.tid',
    type: 'INT64',
    format: 'id',
    desc: 'Id of the thread, as the host numbers it; the same as `proc.pid` for main threads.',
    get: (event) => shownId(event.tid),
  },
  {
    name: 'thread.ismain',
    type: 'BOOL',
    desc: 'Whether the thread is the main thread of its process.',
    get: (event) => event.thread?.isMainThread,
  },
  {
    name: 'thread.vtid',
    type: 'INT64',
    format: 'id',
    desc: 'Id of the thread in its own pid namespace.',
    get: (event) => {
      const vtid = event.thread?.vtid;
      return vtid === -1 ? undefined : vtid;
    },
  },
  {
    name: 'thread.nametid',
    type: 'CHARBUF',
    hidden: true,
    desc: '`proc.name` and `thread.tid` in one word.',
    get: (event) => event.thread && `${event.thread.comm}${event.tid}`,
  },
  {
    name: 'thread.exectime',
    type: 'RELTIME',
    format: 'dec',
    stateful: true,
    desc: 'Nanoseconds since the last switch of threads on the same processor; 0 for all but `switch` events.',
    get: () => 0,
    bind: () => ({ get: execTime() }),
  },
  {
    name: 'thread.totexectime',
    type: 'RELTIME',
    format: 'dec',
    stateful: true,
    desc: 'All nanoseconds that `thread.exectime` gave for the thread so far.',
    get: execTotal,
    bind: () => ({ get: totalExecTime() }),
  },
  {
    name: 'thread.cgroups',
    type: 'CHARBUF',
    desc: 'All control groups of the thread as `subsystem=path`, with blanks between them.',
    get: (event) => {
      const cgroups = event.thread?.cgroups;
      if (cgroups === undefined || cgroups.length === 0) return undefined;
      return cgroups.map(([subsystem, path]) => `${subsystem}=${path}`).join(' ');
    },
  },
  {
    name: 'thread.cgroup',
    type: 'CHARBUF',
    arg: { required: true, dotted: 'SUBSYSTEM' },
    desc: 'Path of the control group of the thread for one subsystem: `thread.cgroup.cpuacct`.',
    get: () => undefined,
    bind: (arg, dotted) => {
      if (arg === undefined) return { error: 'filter syntax error: thread.cgroup' };
      if (dotted === false) return { error: `filter syntax error: thread.cgroup[${arg}]` };
      if (!cgroupName.test(arg)) return undefined;
      return { get: (event) => event.thread?.cgroup(arg) };
    },
  },
  {
    name: 'thread.cpu',
    type: 'DOUBLE',
    format: 'na',
    stateful: true,
    desc: 'CPU time that the thread used since the field was last read for it, at most 100. Only `procinfo` events have it.',
    get: (event) => cpuSinceLast(event, true, true),
  },
  {
    name: 'thread.cpu.user',
    type: 'DOUBLE',
    format: 'na',
    stateful: true,
    desc: 'The part of `thread.cpu` that was spent in the program.',
    get: (event) => cpuSinceLast(event, true, false),
  },
  {
    name: 'thread.cpu.system',
    type: 'DOUBLE',
    format: 'na',
    stateful: true,
    desc: 'The part of `thread.cpu` that was spent in the kernel.',
    get: (event) => cpuSinceLast(event, false, true),
  },
  {
    name: 'thread.vmsize',
    type: 'UINT64',
    format: 'dec',
    desc: '`proc.vmsize` for main threads, 0 for the others.',
    get: ofMainThread((thread) => thread.vmSizeKb),
  },
  {
    name: 'thread.vmrss',
    type: 'UINT64',
    format: 'dec',
    desc: '`proc.vmrss` for main threads, 0 for the others.',
    get: ofMainThread((thread) => thread.vmRssKb),
  },
  {
    name: 'thread.vmsize.b',
    type: 'UINT64',
    format: 'dec',
    hidden: true,
    desc: '`thread.vmsize` in bytes.',
    get: ofMainThread((thread) => thread.vmSizeKb * 1024),
  },
  {
    name: 'thread.vmrss.b',
    type: 'UINT64',
    format: 'dec',
    hidden: true,
    desc: '`thread.vmrss` in bytes.',
    get: ofMainThread((thread) => thread.vmRssKb * 1024),
  },
];
