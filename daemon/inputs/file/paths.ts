import { basename, dirname, isAbsolute, join, sep } from 'node:path';
import { compileGlob, toBytes } from '../../../engine/index.ts';
import { statOf, isRotationOf, namesIn } from './rotation.ts';

const isPattern = (part: string): boolean => /[*?[]/.test(part);

/** Paths that a pattern stands for: itself if it has none of `*?[`, else the files there are now. `*` does not cross `/`. Those that others were rotated to are left out. */
export async function matchingPaths(pattern: string): Promise<string[]> {
  if (!isPattern(pattern)) return [pattern];
  const [first = '', ...parts] = pattern.split(sep);
  let found = [isAbsolute(pattern) ? sep : first];
  if (!isAbsolute(pattern) && isPattern(first)) found = await within('.', first);
  for (const part of parts) {
    if (part === '') continue;
    found = isPattern(part)
      ? (await Promise.all(found.map((folder) => within(folder, part)))).flat()
      : found.map((folder) => join(folder, part));
  }
  const files = await Promise.all(found.map(async (path) => ((await statOf(path)) ? [path] : [])));
  return withoutRotated(files.flat().sort());
}

async function within(folder: string, pattern: string): Promise<string[]> {
  const matches = compileGlob(toBytes(pattern));
  const names = await namesIn(folder);
  return names
    .filter((name) => (!name.startsWith('.') || pattern.startsWith('.')) && matches(toBytes(name)))
    .map((name) => join(folder, name));
}

function withoutRotated(paths: readonly string[]): string[] {
  return paths.filter(
    (path) =>
      !paths.some(
        (other) => dirname(other) === dirname(path) && isRotationOf(basename(path), basename(other)),
      ),
  );
}
