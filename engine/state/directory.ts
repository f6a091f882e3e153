import type { ByteString } from '../bytes.ts';
import type { Thread } from './thread.ts';

/** As dirfd: paths start at the working directory (PPM_AT_FDCWD of Falco's driver). */
export const AT_FDCWD = -100;

/** What stands for a directory of which nothing is known. */
export const UNKNOWN_DIRECTORY = '<UNKNOWN>';

/**
 * The directory that a path is relative to, with a slash at its end; `.` for an absolute path, `<UNKNOWN>` if the fd is not known. An fd
 * without a name gives ''.
 */
export function directoryOf(thread: Thread | undefined, path: ByteString, dirfd: number): ByteString {
  if (path.startsWith('/')) return '.';
  if (thread === undefined) return UNKNOWN_DIRECTORY;
  if (dirfd === AT_FDCWD) return thread.currentDirectory;
  const fd = thread.fd(dirfd);
  if (fd === undefined) return UNKNOWN_DIRECTORY;
  return fd.asDirectory;
}
