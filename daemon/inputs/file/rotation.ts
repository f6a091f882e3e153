import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { isMissing } from './open-file.ts';

/** A file that was rotated away. */
export interface RotatedFile {
  readonly path: string;
  /** As `OpenFile.identity`. */
  readonly identity: string;
  /** Nanoseconds since the epoch. */
  readonly modified: bigint;
  /** It was compressed, and is not read. */
  readonly compressed: boolean;
}

/**
 * Whether a name is that of a file after rotation: `events.txt.1`, `events.txt-20260131`, `events-2026-01-31T12-00-00.txt`, each with the ending of a compressed file or without.
 */
export function isRotationOf(name: string, original: string): boolean {
  const { rest } = withoutCompression(name);
  const extension = extname(original);
  const stem = original.slice(0, original.length - extension.length);
  const behind = rest.startsWith(original)
    ? rest.slice(original.length)
    : extension !== '' && rest.startsWith(stem) && rest.endsWith(extension)
      ? rest.slice(stem.length, rest.length - extension.length)
      : '';
  return /^[.\-_]\d[\d.\-:_TZ]*$/.test(behind);
}

const COMPRESSED = /\.(?:gz|bz2|xz|zst|lz4|Z)$/;

function withoutCompression(name: string): { rest: string; compressed: boolean } {
  const rest = name.replace(COMPRESSED, '');
  return { rest, compressed: rest !== name };
}

/** The files that stand beside `path` and are called as rotated ones, those that were written to last at the end. */
export async function rotatedFiles(path: string): Promise<RotatedFile[]> {
  const folder = dirname(path);
  const original = basename(path);
  const files: RotatedFile[] = [];
  for (const name of await namesIn(folder)) {
    if (!isRotationOf(name, original)) continue;
    const found = await statOf(join(folder, name));
    if (found !== undefined) files.push({ ...found, compressed: withoutCompression(name).compressed });
  }
  return files.sort((a, b) => (a.modified < b.modified ? -1 : a.modified > b.modified ? 1 : 0));
}

/** Names in a folder; none if it is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** A file as it is now; undefined if there is none. */
export async function statOf(
  path: string,
): Promise<{ path: string; identity: string; modified: bigint; size: number } | undefined> {
  try {
    const found = await stat(path, { bigint: true });
    if (!found.isFile()) return undefined;
    const { dev, ino, mtimeNs: modified, size } = found;
    return { path, identity: `${dev}:${ino}`, modified, size: Number(size) };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
