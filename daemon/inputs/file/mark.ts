import { createHash } from 'node:crypto';
import * as z from 'zod';

/**
 * How far a file was read. Device and inode tell a file that was renamed; its first bytes tell one that was copied, or another one that got the same
 * inode.
 */
const fileMark = z.object({
  /** Where the file stood when it was opened, with symbolic links followed. */
  path: z.string(),
  dev: z.string(),
  ino: z.string(),
  /** Bytes up to the end of the last line that the sink has. */
  offset: z.int().min(0),
  /** When the file had been written to last, in nanoseconds since the epoch. */
  modified: z.string(),
  /** The first bytes of the file, `bytes` of them; never more than `offset`. */
  head: z.object({ bytes: z.int().min(0), hash: z.string() }),
});
export type FileMark = z.output<typeof fileMark>;

/** The checkpoint of a file input: the mark of each path it follows. */
export const fileCheckpoint = z.object({ files: z.record(z.string(), fileMark) });
export type FileCheckpoint = z.output<typeof fileCheckpoint>;

/** Bytes that tell one file from another: those of one alert hold a time in nanoseconds. */
export const HEAD_BYTES = 1024;

/** The hash of first bytes, for `FileMark.head`. */
export const headHash = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
