import type { Event } from '../event.ts';
import { FD } from '../state/fd.ts';
import * as code from '../tables/codes.generated.ts';
import type { Extracted, Field } from './define.ts';
import { CONNECTS, hasResult, IO, isExit, OPENS, READS, WAITS, WRITES } from './evt-traits.ts';
import { socketFamily } from './fd-of.ts';

/** 1 for a failed system call, 0 for one that did not fail. */
function errorCount(event: Event): number | undefined {
  if (!hasResult(event)) return undefined;
  return event.returnValue < 0 ? 1 : 0;
}

/** Kinds of fds that errors and lengths are counted by. */
type FdKind = 'file' | 'directory' | 'ip' | 'unix' | 'other';

function fdKind(event: Event): FdKind | undefined {
  const type = event.fd?.type;
  switch (type) {
    case undefined:
      return undefined;
    case FD.FILE:
    case FD.FILE_V2:
      return 'file';
    case FD.DIRECTORY:
      return 'directory';
    default:
      return socketFamily(type) ?? 'other';
  }
}

/** What a system call worked on when it failed; calls that make an fd count by what they were to make. */
function errorKind(event: Event): 'file' | 'net' | 'memory' | 'other' {
  switch (fdKind(event)) {
    case 'file':
    case 'directory':
      return 'file';
    case 'ip':
    case 'unix':
      return 'net';
    case 'other':
      return 'other';
    case undefined:
      if (OPENS[event.code]) return 'file';
      if (CONNECTS[event.code]) return 'net';
      return event.info.category === 'memory' ? 'memory' : 'other';
  }
}

const errorsOf =
  (kind: 'file' | 'net' | 'other') =>
  (event: Event): Extracted =>
    errorKind(event) === kind ? errorCount(event) : undefined;

/** Bytes that were read or written. */
function transferred(event: Event): Extracted {
  if (event.fd === undefined || !hasResult(event)) return undefined;
  const length = event.exactInt64(0) ?? event.returnValue;
  return length >= 0 ? length : undefined;
}

function bufferLength(direction: 'io_read' | 'io_write' | undefined, kind?: 'file' | 'ip') {
  return (event: Event): Extracted => {
    if (direction === undefined ? !IO[event.code] : event.info.category !== direction) return undefined;
    return kind === undefined || fdKind(event) === kind ? transferred(event) : undefined;
  };
}

/** Flags of files that are opened, as the driver names them (PPM_O_*). */
const O = { RDONLY: 1, WRONLY: 2, CREAT: 4, TMPFILE: 1 << 13, CREATED: 1 << 14 } as const;
/** Owner, group or others may execute. */
const EXECUTE = 0o111;

/** Where the parameters of a call that opens a file stand. */
function openParameters(event: Event): { flags: number; mode: number } | undefined {
  switch (event.code) {
    case code.SYSCALL_OPEN_X:
      return { flags: 2, mode: 3 };
    case code.SYSCALL_OPENAT_2_X:
    case code.SYSCALL_OPENAT2_X:
      return { flags: 3, mode: 4 };
    case code.SYSCALL_OPEN_BY_HANDLE_AT_X:
      return { flags: 2, mode: -1 };
    default:
      return undefined;
  }
}

function openFlags(event: Event): number {
  const parameters = openParameters(event);
  return parameters === undefined ? 0 : (event.uint32(parameters.flags) ?? 0);
}

function opensExecutable(event: Event): boolean {
  if (event.code === code.SYSCALL_CREAT_X) return ((event.uint32(2) ?? 0) & EXECUTE) !== 0;
  const parameters = openParameters(event);
  if (parameters === undefined || parameters.mode < 0) return false;
  if ((openFlags(event) & (O.TMPFILE | O.CREAT)) === 0) return false;
  return ((event.uint32(parameters.mode) ?? 0) & EXECUTE) !== 0;
}

function creates(event: Event): boolean {
  const flags = openFlags(event);
  if ((flags & O.CREATED) !== 0) return true;
  return (flags & O.TMPFILE) !== 0 && hasResult(event) && event.returnValue >= 0;
}

/** Reading, writing, waiting, opening, counting. */
export const ioFields: readonly Field[] = [
  {
    name: 'evt.buflen',
    type: 'UINT64',
    desc: 'How many bytes were read or written; missing where it failed.',
    get: bufferLength(undefined),
  },
  {
    name: 'evt.failed',
    type: 'BOOL',
    desc: 'Whether the system call returned an error.',
    get: (event) => {
      const errors = errorCount(event);
      return errors === undefined ? undefined : errors === 1;
    },
  },
  {
    name: 'evt.is_io',
    type: 'BOOL',
    desc: 'Whether the event is a call that reads or writes data through an fd, such as `read` or `sendto`.',
    get: (event) => READS[event.code]! || WRITES[event.code]!,
  },
  {
    name: 'evt.is_io_read',
    type: 'BOOL',
    desc: 'Whether the event is a call that reads data through an fd, such as `read` or `recvfrom`.',
    get: (event) => READS[event.code]!,
  },
  {
    name: 'evt.is_io_write',
    type: 'BOOL',
    desc: 'Whether the event is a call that writes data through an fd, such as `write` or `sendto`.',
    get: (event) => WRITES[event.code]!,
  },
  {
    name: 'evt.io_dir',
    type: 'CHARBUF',
    desc: '`read` or `write` for calls that do so; missing for all others.',
    get: (event) => (WRITES[event.code] ? 'write' : READS[event.code] ? 'read' : undefined),
  },
  {
    name: 'evt.is_wait',
    type: 'BOOL',
    desc: 'Whether the event is a call that waits, such as `nanosleep`, `select` or `poll`.',
    get: (event) => WAITS[event.code]!,
  },
  {
    name: 'evt.is_syslog',
    type: 'BOOL',
    desc: 'Whether the event is a write to the socket of the system log, `/dev/log`.',
    get: (event) => WRITES[event.code]! && event.fd !== undefined && event.fd.name.includes('/dev/log'),
  },
  {
    name: 'evt.count',
    type: 'UINT32',
    desc: 'Always 1.',
    get: () => 1,
  },
  {
    name: 'evt.count.error',
    type: 'UINT32',
    desc: '1 for a system call that failed, 0 for one that did not.',
    get: errorCount,
  },
  {
    name: 'evt.count.error.file',
    type: 'UINT32',
    desc: '`evt.count.error` of calls about files and directories; others have none.',
    get: errorsOf('file'),
  },
  {
    name: 'evt.count.error.net',
    type: 'UINT32',
    desc: '`evt.count.error` of calls about sockets; others have none.',
    get: errorsOf('net'),
  },
  {
    name: 'evt.count.error.memory',
    type: 'UINT32',
    desc: '`evt.count.error` of calls about memory; others have none.',
    get: (event) => (event.info.category === 'memory' ? errorCount(event) : undefined),
  },
  {
    name: 'evt.count.error.other',
    type: 'UINT32',
    desc: '`evt.count.error` of calls about neither files, sockets nor memory; others have none.',
    get: errorsOf('other'),
  },
  {
    name: 'evt.count.exit',
    type: 'UINT32',
    desc: '1 for the end of a system call; other events have none.',
    get: (event) => (isExit(event) ? 1 : undefined),
  },
  {
    name: 'evt.count.procinfo',
    type: 'UINT32',
    hidden: true,
    desc: '1 for `procinfo` events of main threads, else 0.',
    get: (event) => (event.code === code.PROCINFO_E && event.thread?.isMainThread ? 1 : 0),
  },
  {
    name: 'evt.count.threadinfo',
    type: 'UINT32',
    hidden: true,
    desc: '1 for `procinfo` events, else 0.',
    get: (event) => (event.code === code.PROCINFO_E ? 1 : 0),
  },
  ...(
    [
      ['evt.buflen.in', bufferLength('io_read'), 'read'],
      ['evt.buflen.out', bufferLength('io_write'), 'written'],
      ['evt.buflen.file', bufferLength(undefined, 'file'), 'read from or written to files'],
      ['evt.buflen.file.in', bufferLength('io_read', 'file'), 'read from files'],
      ['evt.buflen.file.out', bufferLength('io_write', 'file'), 'written to files'],
      ['evt.buflen.net', bufferLength(undefined, 'ip'), 'read from or written to internet sockets'],
      ['evt.buflen.net.in', bufferLength('io_read', 'ip'), 'read from internet sockets'],
      ['evt.buflen.net.out', bufferLength('io_write', 'ip'), 'written to internet sockets'],
    ] as const
  ).map(([name, get, what]): Field => ({
    name,
    type: 'UINT64',
    hidden: true,
    desc: `How many bytes were ${what}; missing for other events.`,
    get,
  })),
  {
    name: 'evt.is_open_read',
    type: 'BOOL',
    desc: 'Whether the event is an `open`, `openat`, `openat2` or `open_by_handle_at` for reading, also where it failed.',
    get: (event) => (openFlags(event) & O.RDONLY) !== 0,
  },
  {
    name: 'evt.is_open_write',
    type: 'BOOL',
    desc: 'Whether the event is an `open`, `openat`, `openat2` or `open_by_handle_at` for writing, also where it failed.',
    get: (event) => (openFlags(event) & O.WRONLY) !== 0,
  },
  {
    name: 'evt.is_open_exec',
    type: 'BOOL',
    desc: 'Whether the event is an `open`, `openat`, `openat2` or `creat` that asks for a new file which somebody may execute (its mode has an x), also where it failed.',
    get: opensExecutable,
  },
  {
    name: 'evt.is_open_create',
    type: 'BOOL',
    desc: 'Whether the event is an `open`, `openat`, `openat2` or `open_by_handle_at` that made a new file.',
    get: creates,
  },
];
