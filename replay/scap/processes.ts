import type { ByteString, StateSink, ThreadSnapshot } from '../../engine/index.ts';
import { unknownThread } from '../unknown-thread.ts';
import type { BlockBody } from './block-body.ts';

/** scap_limits.h */
const MAX_PATH = 1024;
const MAX_ARGS = 4096;
const MAX_ENV = 4096;
const MAX_CGROUPS = 4096;

/** Length of the fields behind the root directory in entries written before libs 0.10: loginuid, exe_writable and three capabilities. */
const OLD_EXTENSION = 29;

/** Some writers left the last NUL out. */
function terminated(strings: ByteString): ByteString {
  return strings === '' || strings.endsWith('\0') ? strings : strings + '\0';
}

/** Reads a process list. Versions 1 to 8 add fields at fixed places; entries of version 9 tell their length and may be longer or shorter. */
export function readProcesses(body: BlockBody, version: number, sink: StateSink): void {
  while (body.left >= 4) {
    const start = body.at;
    const length = version >= 9 ? body.uint32('the length of a process') : 0;
    const thread = unknownThread();
    thread.tid = body.id('tid');
    thread.pid = body.id('pid');
    thread.ptid = body.id('ptid');
    if (version >= 6) thread.sid = body.id('sid');
    if (version >= 8) thread.vpgid = body.id('vpgid');
    thread.comm = body.text(MAX_PATH, 'comm');
    thread.exe = body.text(MAX_PATH, 'exe');
    if (version >= 7) thread.exepath = body.text(MAX_PATH, 'exepath');
    thread.args = terminated(body.counted(MAX_ARGS, 'args'));
    thread.cwd = body.text(MAX_PATH, 'cwd');
    thread.fdLimit = body.int64('fdlimit');
    thread.flags = body.uint32('flags');
    thread.uid = body.uint32('uid');
    thread.gid = body.uint32('gid');
    if (version >= 2) {
      thread.vmSizeKb = body.uint32('vmsize');
      thread.vmRssKb = body.uint32('vmrss');
      thread.vmSwapKb = body.uint32('vmswap');
      thread.pageFaultsMajor = body.uint64('pfmajor');
      thread.pageFaultsMinor = body.uint64('pfminor');
    }
    if (version >= 3) thread.env = terminated(body.counted(MAX_ENV, 'env'));
    if (version >= 4) {
      thread.vtid = body.id('vtid');
      thread.vpid = body.id('vpid');
      thread.cgroups = body.counted(MAX_CGROUPS, 'cgroups');
    }
    if (version >= 5) thread.root = body.text(MAX_PATH, 'root');
    if (length > 0) readExtension(body, thread, start, length);
    sink.addThread(thread);
  }
}

/**
 * The fields that were appended to version 9 one by one: an entry holds as many as fit into its length. Two of them were put in the
 * middle (libs 0.10); entries from before are known by their length.
 */
function readExtension(body: BlockBody, thread: ThreadSnapshot, start: number, length: number): void {
  const end = start + length;
  if (end < body.at)
    body.fail(`a process takes ${body.at - start} bytes, but is said to have ${length}`, start);
  const fits = (count: number): boolean => body.at + count <= end;
  if (end - body.at > OLD_EXTENSION) {
    if (fits(8)) thread.pidnsInitStart = body.uint64('pidns_init_start_ts');
    if (fits(4)) thread.tty = body.uint32('tty');
  }
  if (fits(4)) thread.loginuid = body.uint32('loginuid');
  if (fits(1)) thread.exeWritable = body.uint8('exe_writable') !== 0;
  if (fits(8)) thread.capInheritable = body.uint64('cap_inheritable');
  if (fits(8)) thread.capPermitted = body.uint64('cap_permitted');
  if (fits(8)) thread.capEffective = body.uint64('cap_effective');
  if (fits(1)) thread.exeUpperLayer = body.uint8('exe_upper_layer') !== 0;
  if (fits(8)) thread.exeIno = body.uint64('exe_ino');
  if (fits(8)) thread.exeInoCtime = body.uint64('exe_ino_ctime');
  if (fits(8)) thread.exeInoMtime = body.uint64('exe_ino_mtime');
  if (fits(1)) thread.exeFromMemfd = body.uint8('exe_from_memfd') !== 0;
  if (fits(1)) thread.exeLowerLayer = body.uint8('exe_lower_layer') !== 0;
  if (fits(8)) thread.pgid = body.id('pgid');
  body.skip(end - body.at, 'the rest of a process');
}
