import { statfsSync, statSync, type BigIntStats, type PathLike } from 'node:fs';
import type { Int, ThreadSnapshot } from '../../engine/index.ts';
import { readBytes, readLink } from './files.ts';

type Program = Pick<
  ThreadSnapshot,
  | 'exepath'
  | 'exeWritable'
  | 'exeUpperLayer'
  | 'exeLowerLayer'
  | 'exeFromMemfd'
  | 'exeIno'
  | 'exeInoCtime'
  | 'exeInoMtime'
>;

/** CAP_DAC_OVERRIDE: who has it may write to every file. */
const DAC_OVERRIDE = 1n << 1n;
/** OVERLAYFS_SUPER_MAGIC of linux/magic.h */
const OVERLAY = 0x794c7630;

/** What the file is like that a process runs, seen with the rights of that process. */
export function programOf(pid: number, who: Pick<ThreadSnapshot, 'uid' | 'gid' | 'capEffective'>): Program {
  const link = `/proc/${pid}/exe`;
  const path = (readLink(link) ?? '').replace(/ \(deleted\)$/, '');
  const file = statusOf(link);
  const layer = file === undefined ? undefined : layerOf(link, file);
  return {
    exepath: path,
    exeWritable: file !== undefined && mayWrite(file, who),
    exeUpperLayer: layer === 'upper',
    exeLowerLayer: layer === 'lower',
    exeFromMemfd: path.startsWith('/memfd:'),
    exeIno: int(file?.ino),
    exeInoCtime: int(file?.ctimeNs),
    exeInoMtime: int(file?.mtimeNs),
  };
}

/** The status of a file, with all digits; undefined where it cannot be had. */
export function statusOf(path: PathLike): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

/**
 * The layer of an overlay that a file is in, as far as that can be told from outside the kernel: what was made after the first process of the container is
 * in the upper one. Undefined for files of other file systems.
 */
export function layerOf(path: PathLike, file: BigIntStats): 'upper' | 'lower' | undefined {
  try {
    if (statfsSync(path).type !== OVERLAY) return undefined;
  } catch {
    return undefined;
  }
  return file.birthtimeNs > containerStart() ? 'upper' : 'lower';
}

let start: bigint | undefined;

/** When the first process of this pid namespace began, in nanoseconds since the epoch. */
function containerStart(): bigint {
  if (start !== undefined) return start;
  const stat = readBytes('/proc/1/stat') ?? '';
  // In ticks of 10 ms since the machine was started.
  const ticks = BigInt(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 0);
  return (start = bootTime() + ticks * 10_000_000n);
}

/** When the machine was started, in nanoseconds since the epoch. */
export function bootTime(): bigint {
  const seconds = /^btime (\d+)$/m.exec(readBytes('/proc/stat') ?? '')?.[1] ?? '0';
  return BigInt(seconds) * 1_000_000_000n;
}

function mayWrite(
  { mode, uid, gid }: BigIntStats,
  who: Pick<ThreadSnapshot, 'uid' | 'gid' | 'capEffective'>,
): boolean {
  if ((BigInt(who.capEffective) & DAC_OVERRIDE) !== 0n) return true;
  if (uid === BigInt(who.uid)) return (mode & 0o200n) !== 0n;
  return (mode & (gid === BigInt(who.gid) ? 0o020n : 0o002n)) !== 0n;
}

const int = (value = 0n): Int => (value <= Number.MAX_SAFE_INTEGER ? Number(value) : value);
