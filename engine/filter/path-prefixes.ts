import type { ByteString } from '../bytes.ts';
import { compileGlob } from './glob.ts';

interface Glob {
  readonly pattern: ByteString;
  readonly matches: (component: ByteString) => boolean;
  below: Level | undefined;
}

/** The components that may stand at one depth; `below` is undefined where a path ends. */
interface Level {
  readonly names: Map<ByteString, Level | undefined>;
  /** In the order in which Falco tries them: the last one first (a hash map of libstdc++ with few entries). */
  readonly globs: Glob[];
}

/**
 * The operator `pmatch`: a test whether one of `paths` is a prefix of a text, component by component. Empty components do not count,
 * a component with `?`, `*` or `[` is a glob, the path `/` matches everything.
 */
export function compilePathPrefixes(paths: readonly ByteString[]): (text: ByteString) => boolean {
  // One more level on top gives the path without components a place.
  const top: Level = { names: new Map(), globs: [] };
  for (const path of paths) add(top, ['', ...components(path)], 0);
  const root = top.names.get('');
  if (!top.names.has('')) return () => false;
  if (root === undefined) return () => true;
  return (text) => matchesBelow(root, components(text), 0);
}

const components = (path: ByteString): ByteString[] => path.split('/').filter((part) => part !== '');

const emptyLevel = (): Level => ({ names: new Map(), globs: [] });

// A shorter path takes the place of the longer ones that it covers.
function add(level: Level, parts: readonly ByteString[], depth: number): void {
  const part = parts[depth]!;
  const ends = depth === parts.length - 1;
  let below: Level | undefined;
  if (/[?*[]/.test(part)) {
    let glob = level.globs.find((known) => known.pattern === part);
    if (glob === undefined) {
      glob = { pattern: part, matches: compileGlob(part), below: ends ? undefined : emptyLevel() };
      level.globs.unshift(glob);
    } else if (ends) glob.below = undefined;
    below = glob.below;
  } else {
    if (ends) level.names.set(part, undefined);
    else if (!level.names.has(part)) level.names.set(part, emptyLevel());
    below = level.names.get(part);
  }
  if (!ends && below !== undefined) add(below, parts, depth + 1);
}

function matches(level: Level, parts: readonly ByteString[], depth: number): boolean {
  const part = parts[depth]!;
  if (level.names.has(part) && matchesBelow(level.names.get(part), parts, depth + 1)) return true;
  // Falco moves on to the next component with each glob that matched, even when the rest did not.
  let at = depth;
  for (const glob of level.globs) {
    if (at === parts.length) return false;
    if (glob.matches(parts[at]!) && matchesBelow(glob.below, parts, ++at)) return true;
  }
  return false;
}

function matchesBelow(below: Level | undefined, parts: readonly ByteString[], depth: number): boolean {
  return below === undefined || (depth < parts.length && matches(below, parts, depth));
}
