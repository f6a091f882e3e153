import { typeString, type Fd } from '../state/fd.ts';
import type { ByteString } from '../bytes.ts';
import type { Thread } from '../state/thread.ts';
import type { Field } from './define.ts';

/** Percentage of the fds that the process may open. */
function fdUsage(thread: Thread): number {
  const limit = Number(thread.processFdLimit);
  if (limit <= 0) return 0;
  const count = thread.fdCount;
  return count <= limit ? (count * 100) / limit : 100;
}

function standardFd(name: string, num: number, read: (fd: Fd) => ByteString, desc: string): Field {
  return {
    name,
    type: 'CHARBUF',
    desc,
    get: (event) => {
      const fd = event.thread?.fdTable?.find(num);
      return fd === undefined ? undefined : read(fd);
    },
  };
}

const name = (fd: Fd) => fd.name;

/** What a process has: fds, memory, threads, its standard input and outputs. */
export const resourceFields: readonly Field[] = [
  {
    name: 'proc.fdopencount',
    type: 'UINT64',
    format: 'dec',
    desc: 'How many fds the process has open.',
    get: (event) => event.thread?.fdCount,
  },
  {
    name: 'proc.fdlimit',
    type: 'INT64',
    format: 'dec',
    desc: 'How many fds the process may have open.',
    get: (event) => event.thread?.processFdLimit,
  },
  {
    name: 'proc.fdusage',
    type: 'DOUBLE',
    format: 'na',
    desc: '`proc.fdopencount` as a percentage of `proc.fdlimit`.',
    get: (event) => event.thread && fdUsage(event.thread),
  },
  {
    name: 'proc.vmsize',
    type: 'UINT64',
    format: 'dec',
    desc: 'Virtual memory of the process in kB.',
    get: (event) => event.thread?.vmSizeKb,
  },
  {
    name: 'proc.vmrss',
    type: 'UINT64',
    format: 'dec',
    desc: 'Resident memory of the process in kB.',
    get: (event) => event.thread?.vmRssKb,
  },
  {
    name: 'proc.vmswap',
    type: 'UINT64',
    format: 'dec',
    desc: 'Swapped memory of the process in kB.',
    get: (event) => event.thread?.vmSwapKb,
  },
  {
    name: 'proc.nthreads',
    type: 'UINT64',
    format: 'dec',
    desc: 'How many threads of the process live, the main thread included.',
    get: (event) => event.thread?.threadCount,
  },
  {
    name: 'proc.nchilds',
    type: 'UINT64',
    format: 'dec',
    desc: 'How many threads of the process live beside the main thread.',
    get: (event) => event.thread?.childThreadCount,
  },
  standardFd('proc.stdin.type', 0, typeString, '`fd.type` of the standard input.'),
  standardFd('proc.stdout.type', 1, typeString, '`fd.type` of the standard output.'),
  standardFd('proc.stderr.type', 2, typeString, '`fd.type` of the standard error output.'),
  standardFd('proc.stdin.name', 0, name, '`fd.name` of the standard input.'),
  standardFd('proc.stdout.name', 1, name, '`fd.name` of the standard output.'),
  standardFd('proc.stderr.name', 2, name, '`fd.name` of the standard error output.'),
];
