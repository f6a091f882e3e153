import type { ByteString } from '../bytes.ts';
import type { Fd } from './fd.ts';
import type { Thread } from './thread.ts';

/** As dirfd: paths start at the working directory (PPM_AT_FDCWD of Falco's driver). */
export const AT_FDCWD = -100;

/** What stands for a directory of which nothing is known. */
export const UNKNOWN_DIRECTORY = '<UNKNOWN>';

/** What a path is relative to: an fd, or the name of a directory; `.` for an absolute path, `<UNKNOWN>` if the fd is not known. */
export function baseOf(thread: Thread | undefined, path: ByteString, dirfd: number): Fd | ByteString {
  if (path.startsWith('/')) return '.';
  if (thread === undefined) return UNKNOWN_DIRECTORY;
  if (dirfd === AT_FDCWD) return thread.currentDirectory;
  return thread.fd(dirfd) ?? UNKNOWN_DIRECTORY;
}

/** The same as a name, with a slash at its end. An fd without a name gives ''. */
export function directoryOf(thread: Thread | undefined, path: ByteString, dirfd: number): ByteString {
  const base = baseOf(thread, path, dirfd);
  return typeof base === 'string' ? base : base.asDirectory;
}
