import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import { AT_FDCWD } from '../parameters.ts';
import { concatenatePaths } from '../state/path.ts';
import * as code from '../tables/codes.generated.ts';
import { EVENTS } from '../tables/events.generated.ts';
import type { EventCode } from '../tables/types.ts';
import type { Extracted, Field } from './define.ts';

/** Parameters that make a path: the directory's fd and the path from there. */
interface PathParameters {
  readonly directory: number;
  readonly path: number;
}

/** Which of the two paths of a call is meant. */
type Side = 'source' | 'destination';

type Names = readonly [directory: string, path: string];

/** The parameters' names; calls with one path have it on either side. */
const PATHS: readonly (readonly [EventCode, source: Names, destination?: Names])[] = [
  [code.SYSCALL_RENAMEAT_X, ['olddirfd', 'oldpath'], ['newdirfd', 'newpath']],
  [code.SYSCALL_RENAMEAT2_X, ['olddirfd', 'oldpath'], ['newdirfd', 'newpath']],
  [code.SYSCALL_LINKAT_2_X, ['olddir', 'oldpath'], ['newdir', 'newpath']],
  [code.SYSCALL_SYMLINKAT_X, ['linkdirfd', 'linkpath']],
  [code.SYSCALL_OPENAT_2_X, ['dirfd', 'name']],
  [code.SYSCALL_OPENAT2_X, ['dirfd', 'name']],
  [code.SYSCALL_UNLINKAT_2_X, ['dirfd', 'name']],
  [code.SYSCALL_MKDIRAT_X, ['dirfd', 'path']],
  [code.SYSCALL_FCHMODAT_X, ['dirfd', 'filename']],
  [code.SYSCALL_FCHOWNAT_X, ['dirfd', 'pathname']],
];

function pathParameters(side: Side): ReadonlyMap<EventCode, PathParameters> {
  const parameters = new Map<EventCode, PathParameters>();
  for (const [event, source, destination = source] of PATHS) {
    const [directory, path] = side === 'source' ? source : destination;
    const index = (name: string) => EVENTS[event]!.params.findIndex((param) => param.name === name);
    if (index(directory) >= 0 && index(path) >= 0)
      parameters.set(event, { directory: index(directory), path: index(path) });
  }
  return parameters;
}

function absolutePath(side: Side): (event: Event) => Extracted {
  const parameters = pathParameters(side);
  return (event) => {
    if (event.thread === undefined) return undefined;
    if (event.code === code.SYSCALL_OPEN_BY_HANDLE_AT_X)
      return event.returnValue > 0 ? concatenatePaths('', event.string(3)) : undefined;
    const at = parameters.get(event.code);
    if (at === undefined || event.isEmpty(at.path)) return undefined;
    const dirfd = event.int64(at.directory);
    if (dirfd === undefined) return undefined;
    const path = event.string(at.path);
    return concatenatePaths(path.startsWith('/') ? '.' : base(event, dirfd), path);
  };
}

/** The directory. Looking its fd up makes it the fd of the event, so that `fd.*` tell of it from here on; so does libsinsp. */
function base(event: Event, dirfd: number): ByteString {
  if (dirfd === AT_FDCWD) return event.thread!.currentDirectory;
  event.fd = event.thread!.fd(dirfd);
  return event.fd === undefined ? '<UNKNOWN>/' : `${event.fd.name}/`;
}

const sourcePath = absolutePath('source');
const destinationPath = absolutePath('destination');

/** The path that a system call is about, made absolute. */
export const pathFields: readonly Field[] = [
  {
    name: 'evt.abspath',
    type: 'CHARBUF',
    // Falco's list says that it is required, which it is not.
    arg: { required: false, dotted: 'src|dst' },
    desc: 'The absolute path that a call names by a directory and a path from there (`openat`, `unlinkat`, `mkdirat`, …). Of calls with two paths, `.src` is the old one and `.dst` the new one; without an ending it is `.src`.',
    get: sourcePath,
    bind: (arg, dotted) => {
      if (arg === undefined) return { get: sourcePath };
      if (!dotted) return undefined;
      return arg === 'src' ? { get: sourcePath } : arg === 'dst' ? { get: destinationPath } : undefined;
    },
  },
];
