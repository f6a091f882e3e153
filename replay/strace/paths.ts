import type { ByteString } from '../../engine/index.ts';

/** The last part of a path. */
export const basename = (path: ByteString): ByteString => path.slice(path.lastIndexOf('/') + 1);

/** A path against an absolute directory, without `.` and `..`. Links stay as they are. */
export function resolvePath(directory: ByteString, path: ByteString): ByteString {
  const parts: ByteString[] = [];
  for (const part of (path.startsWith('/') ? path : `${directory}/${path}`).split('/'))
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  return `/${parts.join('/')}`;
}
