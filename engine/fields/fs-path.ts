import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import { directoryOf, UNKNOWN_DIRECTORY } from '../state/directory.ts';
import { concatenatePaths, sanitize } from '../state/path.ts';
import {
  SYSCALL_CHMOD_X,
  SYSCALL_CHOWN_X,
  SYSCALL_FCHMODAT_X,
  SYSCALL_FCHMOD_X,
  SYSCALL_FCHOWNAT_X,
  SYSCALL_FCHOWN_X,
  SYSCALL_LCHOWN_X,
  SYSCALL_LINKAT_2_X,
  SYSCALL_LINK_2_X,
  SYSCALL_MKDIRAT_X,
  SYSCALL_MKDIR_2_X,
  SYSCALL_MOUNT_X,
  SYSCALL_OPENAT2_X,
  SYSCALL_OPENAT_2_X,
  SYSCALL_OPEN_X,
  SYSCALL_QUOTACTL_X,
  SYSCALL_RENAMEAT2_X,
  SYSCALL_RENAMEAT_X,
  SYSCALL_RENAME_X,
  SYSCALL_RMDIR_2_X,
  SYSCALL_SYMLINKAT_X,
  SYSCALL_SYMLINK_X,
  SYSCALL_UMOUNT2_X,
  SYSCALL_UMOUNT_1_X,
  SYSCALL_UNLINKAT_2_X,
  SYSCALL_UNLINK_2_X,
} from '../tables/codes.generated.ts';
import { EVENTS } from '../tables/events.generated.ts';
import type { EventCode } from '../tables/types.ts';
import type { Field, FieldClass } from './define.ts';
import { fdOf, nameInEvent } from './fd-of.ts';

/** Which parameter an event takes a path from; `FD_NAME` is the name of its fd. */
type Origin = number;
const FD_NAME = -1;
const NONE = -2;

interface Paths {
  /** The parameter that tells whether the system call worked, and the value that it must have (`is`) or not have. */
  readonly result: number;
  readonly succeeded: (result: number) => boolean;
  readonly path: Origin;
  readonly source: Origin;
  readonly target: Origin;
}

const isZero = (result: number): boolean => result === 0;
// Failed opens give other negative numbers, and so count as successes in Falco.
const isNotMinusOne = (fd: number): boolean => fd !== -1;

const table: (Paths | undefined)[] = [];

function parameter(code: EventCode, name: string): number {
  return EVENTS[code]!.params.findIndex((param) => param.name === name);
}

/** Names of the parameters by event type: one path, or source and target. */
function declare(
  code: EventCode,
  { path, source, target }: { path?: string; source?: string; target?: string },
  result: 'res' | 'fd' = 'res',
): void {
  const find = (name: string | undefined) =>
    name === undefined ? NONE : name === 'fd.name' ? FD_NAME : parameter(code, name);
  table[code] = {
    result: parameter(code, result),
    succeeded: result === 'res' ? isZero : isNotMinusOne,
    path: find(path),
    source: find(source),
    target: find(target),
  };
}

for (const code of [SYSCALL_MKDIR_2_X, SYSCALL_MKDIRAT_X, SYSCALL_RMDIR_2_X, SYSCALL_UNLINK_2_X])
  declare(code, { path: 'path' });
for (const code of [SYSCALL_CHOWN_X, SYSCALL_LCHOWN_X]) declare(code, { path: 'path' });
for (const code of [SYSCALL_OPEN_X, SYSCALL_OPENAT_2_X, SYSCALL_OPENAT2_X])
  declare(code, { path: 'name' }, 'fd');
for (const code of [SYSCALL_UNLINKAT_2_X, SYSCALL_UMOUNT_1_X, SYSCALL_UMOUNT2_X])
  declare(code, { path: 'name' });
for (const code of [SYSCALL_CHMOD_X, SYSCALL_FCHMODAT_X]) declare(code, { path: 'filename' });
for (const code of [SYSCALL_FCHMOD_X, SYSCALL_FCHOWN_X]) declare(code, { path: 'fd.name' });
declare(SYSCALL_FCHOWNAT_X, { path: 'pathname' });
declare(SYSCALL_QUOTACTL_X, { path: 'special' });
for (const code of [SYSCALL_RENAME_X, SYSCALL_RENAMEAT_X, SYSCALL_RENAMEAT2_X])
  declare(code, { source: 'oldpath', target: 'newpath' });
for (const code of [SYSCALL_LINK_2_X, SYSCALL_LINKAT_2_X])
  declare(code, { source: 'newpath', target: 'oldpath' });
for (const code of [SYSCALL_SYMLINK_X, SYSCALL_SYMLINKAT_X])
  declare(code, { source: 'linkpath', target: 'target' });
declare(SYSCALL_MOUNT_X, { source: 'dev', target: 'dir' });

/** What a path is to a call: its only one, or one of two. */
export type PathRole = 'path' | 'source' | 'target';

/** The name of the parameter that gives an event's path of this role; undefined if it has none, or takes it from its fd. */
export function pathParameter(code: EventCode, role: PathRole): string | undefined {
  const place = table[code]?.[role] ?? NONE;
  return place < 0 ? undefined : EVENTS[code]!.params[place]!.name;
}

/** The path as the system call was given it; undefined if it failed or has no such path. */
function rawPath(event: Event, role: PathRole): ByteString | undefined {
  const paths = table[event.code];
  if (paths === undefined) return undefined;
  const result = event.int64(paths.result);
  if (result === undefined || !paths.succeeded(result)) return undefined;
  const origin = paths[role];
  if (origin === FD_NAME) return fdName(event);
  return origin >= 0 && origin < event.paramCount ? event.string(origin) : undefined;
}

function fdName(event: Event): ByteString | undefined {
  const name = fdOf(event)?.name ?? (event.thread && nameInEvent(event, false));
  return name === undefined ? undefined : sanitize(name);
}

/** The path from the root. */
function fullPath(event: Event, role: PathRole): ByteString | undefined {
  const path = rawPath(event, role);
  if (path === undefined || event.thread === undefined) return undefined;
  if (path.startsWith('/')) return concatenatePaths('', path);
  switch (event.code) {
    case SYSCALL_OPENAT_2_X:
    case SYSCALL_OPENAT2_X:
      return concatenatePaths('', event.fd?.name ?? UNKNOWN_DIRECTORY);
    case SYSCALL_FCHOWNAT_X:
    case SYSCALL_FCHMODAT_X:
    case SYSCALL_MKDIRAT_X:
    case SYSCALL_UNLINKAT_2_X:
      return concatenatePaths(eventDirectory(event), path);
    case SYSCALL_SYMLINKAT_X:
      // The target of a link is relative to where the link is, which Falco does not look up.
      return concatenatePaths(role === 'source' ? eventDirectory(event) : UNKNOWN_DIRECTORY, path);
    case SYSCALL_RENAMEAT2_X: {
      const dirfd = event.int64(role === 'target' ? 3 : 1);
      if (dirfd === undefined) return undefined;
      return concatenatePaths(directoryOf(event.thread, path, dirfd), path);
    }
    default:
      return concatenatePaths(event.thread.currentDirectory, path);
  }
}

/** The directory that the event's own fd is, with a slash at its end. */
function eventDirectory(event: Event): ByteString {
  const { fd } = event;
  if (fd === undefined || !fd.isDirectory) return UNKNOWN_DIRECTORY;
  return fd.name === '' || fd.name.endsWith('/') ? fd.name : fd.name + '/';
}

function fieldsOf(suffix: string, role: PathRole, what: string): readonly Field[] {
  return [
    {
      name: `fs.path.${suffix}`,
      type: 'CHARBUF',
      desc: `${what}, made absolute.`,
      get: (event) => fullPath(event, role),
    },
    {
      name: `fs.path.${suffix}raw`,
      type: 'CHARBUF',
      desc: `${what}, as the program gave it.`,
      get: (event) => rawPath(event, role),
    },
  ];
}

/** `fs.path.*`: the paths that system calls on files are given. */
export const fsPathClass: FieldClass = {
  name: 'fs.path',
  source: 'syscall',
  desc: 'The paths that a system call on files was given, also where no fd is used (`unlink`, `rename`, `mount`, …). Missing where the call failed, unless it was an open.',
  fields: [
    ...fieldsOf(
      'name',
      'path',
      'Path that the system call works on, if it takes a single one (`open`, `unlink`, `mkdir`, `chmod`, …)',
    ),
    ...fieldsOf(
      'source',
      'source',
      'Of the two paths of a system call (`rename`, `link`, `symlink`, `mount`), what it starts from: the old path, the device; for links, the new link',
    ),
    ...fieldsOf(
      'target',
      'target',
      'Of the two paths of a system call (`rename`, `link`, `symlink`, `mount`), where it leads: the new path, the mount point; for links, what they point to',
    ),
  ],
};
