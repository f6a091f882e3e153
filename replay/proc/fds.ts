import { FD, type ByteString, type FdSnapshot } from '../../engine/index.ts';
import { fdSnapshotOf } from '../strace/fd-notes.ts';
import { readBytes, readLink } from './files.ts';
import { statusOf } from './program.ts';

const DEVICE_BITS = 0xffffffffn;

/** Fds of this process that its children inherit, as they are now. */
export function readFds(fds: readonly number[]): FdSnapshot[] {
  return fds.flatMap((fd) => {
    const path = `/proc/self/fd/${fd}`;
    const link = readLink(path);
    if (link === undefined) return [];
    const socket = /^socket:\[(\d+)\]$/.exec(link)?.[1];
    if (socket !== undefined) return [socketOf(fd, socket)];
    const found = fdSnapshotOf(fd, link);
    const status = statusOf(path);
    if (status === undefined) return [found];
    if (status.isDirectory()) return [{ fd, ino: status.ino, type: FD.DIRECTORY, name: link }];
    if (found.type !== FD.FILE_V2) return [{ ...found, ino: status.ino }];
    return [{ ...found, ino: status.ino, dev: Number(status.dev & DEVICE_BITS), openFlags: openFlagsOf(fd) }];
  });
}

/** O_WRONLY and O_RDWR of Linux as the driver has them; what else an fd was opened with does not matter here. */
function openFlagsOf(fd: number): number {
  const flags = parseInt(/^flags:\s*(\d+)/m.exec(readBytes(`/proc/self/fdinfo/${fd}`) ?? '')?.[1] ?? '0', 8);
  return (flags & 3) + 1;
}

/** A socket by its inode. Those of the network are rare among inherited fds, and are not looked up. */
function socketOf(fd: number, inode: ByteString): FdSnapshot {
  const isUnix = (readBytes('/proc/net/unix') ?? '').includes(` ${inode}`);
  return isUnix
    ? { fd, ino: Number(inode), type: FD.UNIX_SOCK, source: 0, destination: 0, name: '' }
    : { fd, ino: Number(inode), type: FD.UNSUPPORTED, name: `socket:[${inode}]` };
}
