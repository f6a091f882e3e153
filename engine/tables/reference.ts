/** What is known of each event, by the name that conditions know it by, as the reference pages and other programs show it. */
import { ASYNC_EVENT_NAMES } from './async-events.ts';
import { ASYNCEVENT_E, GENERIC_E, GENERIC_X } from './codes.generated.ts';
import { EVENTS, EVENT_SYSCALLS, SYSCALLS } from './events.generated.ts';
import type { EventClass, EventCode, EventFlag, EventInfo, ParamType } from './types.ts';

/** Where events come from. */
export const EVENT_KINDS = {
  syscall: 'A system call. Rules see it once, when it ends.',
  generic: 'A system call of which only the name is recorded.',
  tracepoint: 'Something that happens in the kernel, and is no system call.',
  meta: 'Told beside what the kernel does: by Falco, its libraries or a plug-in.',
  plugin: 'From a plug-in with a source of its own.',
  iterator: 'What a driver tells of processes and fds that were there before it.',
} as const;

export type EventKind = keyof typeof EVENT_KINDS;

/** What an event type is for. */
export const EVENT_STATUS = {
  current: 'rules see it',
  helper: 'only serves to understand the end of the call; rules do not see it',
  old: 'of older drivers: it becomes the current type, or is left out, when a capture is read',
} as const;

export type EventStatus = keyof typeof EVENT_STATUS;

/** What an event's flags mean; the texts finish "This event …". Flags about how captures are stored are left out. */
export const EVENT_FLAGS: Readonly<Partial<Record<EventFlag, string>>> = {
  creates_fd: 'makes an fd',
  destroys_fd: 'closes an fd',
  uses_fd: 'uses an fd',
  reads_from_fd: 'reads from an fd',
  writes_to_fd: 'writes to an fd',
  waits: 'waits',
  modifies_state: 'changes what is known of processes, fds, users or containers',
};

const NOT_SHOWN = 'for which `(n.a.)` is shown';

/** What a parameter's type means: what it holds, and what `evt.arg` shows of it. */
export const PARAMETER_TYPES: Readonly<Record<ParamType, string>> = {
  int8: 'a whole number',
  int16: 'a whole number',
  int32: 'a whole number',
  int64: 'a whole number',
  uint8: 'a whole number',
  uint16: 'a whole number',
  uint32: 'a whole number',
  uint64: 'a whole number',
  charbuf: 'text',
  bytebuf: 'bytes',
  errno: 'the result: an error is a negative number, shown as its name (`ENOENT`)',
  sockaddr: 'an address of a socket',
  socktuple: 'both addresses of a connection: `10.0.0.1:40000->10.0.0.2:443`',
  fd: 'an fd, shown with what it is (`<f>/etc/passwd`)',
  fd32: `an fd, ${NOT_SHOWN}`,
  pid: 'the id of a process or thread, shown as the name of the process if it is known',
  pid32: `the id of a process, ${NOT_SHOWN}`,
  fdlist: 'fds with what is waited for: `3:p1 4:u5`',
  fspath: 'a path, shown as an absolute one',
  fsrelpath:
    'a path, shown as an absolute one; relative ones start from the directory that another parameter holds',
  syscallid: 'a number of a system call, shown as its name',
  sigtype: 'a signal, shown as its name (`SIGTERM`)',
  sigset: 'several signals, shown as their names',
  reltime: 'a time that passed in nanoseconds, shown in seconds (`1.5s`)',
  abstime: 'a moment, shown as day and time',
  port: `a port, ${NOT_SHOWN}`,
  ipv4addr: `an IPv4 address, ${NOT_SHOWN}`,
  ipv6addr: `an IPv6 address, ${NOT_SHOWN}`,
  dyn: 'one of several types',
  flags8: 'flags, shown as their names with bars between (their numbers are those of the driver)',
  flags16: 'flags, shown as their names with bars between (their numbers are those of the driver)',
  flags32: 'flags, shown as their names with bars between (their numbers are those of the driver)',
  enumflags8: 'one of several values, shown as its name (its number is that of the driver)',
  enumflags16: 'one of several values, shown as its name (its number is that of the driver)',
  enumflags32: 'one of several values, shown as its name (its number is that of the driver)',
  mode: 'the mode of a file, shown as the names of its bits',
  uid: 'the number of a user, shown as the name if it is known',
  gid: 'the number of a group, shown as the name if it is known',
  charbufarray: 'several texts, with dots between them',
  charbufpairarray: 'pairs of texts, with dots between them',
};

/** One event type that has a name. */
export interface EventTypeReference {
  readonly info: EventInfo;
  readonly status: EventStatus;
}

/** All that is known of a name in conditions on `evt.type`. */
export interface EventReference {
  readonly name: string;
  readonly kind: EventKind;
  /** The system calls that it stands for, and tracepoints by the names that drivers have for them. */
  readonly syscalls: readonly string[];
  /** The types that have this name: those that rules see first, then helpers, then old ones by their age. Exits come before enters. */
  readonly types: readonly EventTypeReference[];
}

const RANK: Readonly<Record<EventStatus, number>> = { current: 0, helper: 1, old: 2 };

/** Types of which each event has a name of its own. */
const HAVE_OTHER_NAMES: ReadonlySet<EventCode> = new Set([GENERIC_E, GENERIC_X, ASYNCEVENT_E]);

/**
 * Every name that `evt.type` has, or once had, in alphabetical order. It accepts more: names of system calls that have another one as events (`pread64`,
 * which is `pread`), of types of which each event has a name of its own (`syscall`, `asyncevent`), and `NA`; comparisons with these never hold.
 */
export function eventReference(): EventReference[] {
  const types = new Map<string, EventInfo[]>();
  const add = (name: string, info: EventInfo): void => {
    const known = types.get(name);
    if (known === undefined) types.set(name, [info]);
    else known.push(info);
  };
  for (const info of EVENTS)
    if (!info.flags.includes('unused') && !HAVE_OTHER_NAMES.has(info.code)) add(info.name, info);
  for (const name of ASYNC_EVENT_NAMES) add(name, EVENTS[ASYNCEVENT_E]!);
  const generic = genericNames().filter((name) => !types.has(name));
  for (const name of generic) add(name, EVENTS[GENERIC_X]!);
  return [...types].map(([name, infos]) => describe(name, infos)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whether rules see events of this name. */
export function isSeen({ types }: EventReference): boolean {
  return types.some(({ status }) => status === 'current');
}

/** The types that rules see. */
export function seenTypes(): EventInfo[] {
  return EVENTS.filter((info) => !info.flags.includes('unused') && statusOf(info) === 'current');
}

/** Names of the parameters of all events that rules see. */
export function parameterNames(): ReadonlySet<string> {
  const seen = eventReference().flatMap((event) => seenPart(event).types);
  return new Set(seen.flatMap(({ info }) => info.params.map(({ name }) => name)));
}

/** An event without the types that rules do not see. */
export function seenPart(event: EventReference): EventReference {
  return { ...event, types: event.types.filter(({ status }) => status === 'current') };
}

function describe(name: string, infos: readonly EventInfo[]): EventReference {
  const types = infos
    .map((info) => ({ info, status: statusOf(info) }))
    .sort(
      (a, b) =>
        RANK[a.status] - RANK[b.status] ||
        (a.status === 'old' ? b.info.code - a.info.code : Number(a.info.enter) - Number(b.info.enter)),
    );
  const isGeneric = infos[0]!.code === GENERIC_X;
  return {
    name,
    kind: isGeneric ? 'generic' : kindOf(types[0]!.info.classes),
    syscalls: isGeneric ? [name] : syscallsOf(types),
    types,
  };
}

function statusOf({ flags, classes, enter }: EventInfo): EventStatus {
  if (flags.includes('old_version')) return 'old';
  return enter && classes.includes('syscall') ? 'helper' : 'current';
}

function kindOf(classes: readonly EventClass[]): EventKind {
  if (classes.includes('syscall')) return 'syscall';
  if (classes.includes('tracepoint')) return 'tracepoint';
  if (classes.includes('plugin')) return 'plugin';
  return classes.includes('iter') ? 'iterator' : 'meta';
}

/** Old types may have had the names of other calls: `accept` was one for accept4. */
function syscallsOf(types: readonly EventTypeReference[]): string[] {
  const names = new Set<string>();
  for (const { info, status } of types)
    if (status !== 'old')
      for (const syscall of EVENT_SYSCALLS[info.code]!) names.add(SYSCALLS.get(syscall) ?? '');
  names.delete('');
  return [...names];
}

function genericNames(): string[] {
  return EVENT_SYSCALLS[GENERIC_X]!.map((syscall) => SYSCALLS.get(syscall) ?? '').filter(Boolean);
}
