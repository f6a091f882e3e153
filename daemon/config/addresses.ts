import { parseListenAddress, type ListenAddress } from '../inputs/address.ts';
import type { ConfiguredInput } from './configured-input.ts';
import type { Tree } from './own-tree.ts';
import type { Path } from './places.ts';

/** Something that listens, where the file says so, and who it is: `input http`. */
export interface Listener {
  readonly who: string;
  readonly path: Path;
  /** Of a Unix socket: its path. */
  readonly at: ListenAddress | string;
}

/** Where an input listens; undefined if it does not. @param path The path of a file that settings name. */
export function inputListener(
  { name, kind, settings }: ConfiguredInput,
  at: Path,
  path: (name: string) => string,
): Listener | undefined {
  const { listen, path: socket } = settings as { listen?: ListenAddress; path?: string };
  const who = `input ${name}`;
  if (kind.kind === 'unix' && socket !== undefined) return { who, path: [...at, 'path'], at: path(socket) };
  return listen === undefined ? undefined : { who, path: [...at, 'listen'], at: listen };
}

/** Where an output listens; undefined if it does not. */
export function outputListener(name: string, settings: Tree, at: Path): Listener | undefined {
  const address = parseListenAddress(String(settings['listen']));
  return address && { who: `output ${name}`, path: [...at, 'listen'], at: address };
}

/** Listeners that cannot be there at the same time as one before them, and that one. */
export function clashes(listeners: readonly Listener[]): [Listener, Listener][] {
  return listeners.flatMap((one, index) => {
    const before = listeners.slice(0, index).find(({ at }) => clash(at, one.at));
    return before === undefined ? [] : [[one, before]];
  });
}

function clash(a: Listener['at'], b: Listener['at']): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a.port === b.port && a.port !== 0 && (a.host === b.host || covers(a, b) || covers(b, a));
}

/** Whether the first takes all addresses, and the second is one of them. Node listens at `::` if no host is given, which takes those of IPv4, too. */
function covers({ host }: ListenAddress, other: ListenAddress): boolean {
  if (host === undefined || host === '::') return true;
  return host === '0.0.0.0' && !other.host?.includes(':');
}
