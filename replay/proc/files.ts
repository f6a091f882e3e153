import { readFileSync, readlinkSync, type PathLike } from 'node:fs';
import type { ByteString } from '../../engine/index.ts';

/** The bytes of a file of /proc and the like; undefined where it cannot be read, or is not there any more. */
export function readBytes(path: string): ByteString | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** Where a link of /proc leads; undefined where that cannot be read. */
export function readLink(path: PathLike): ByteString | undefined {
  try {
    return readlinkSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
