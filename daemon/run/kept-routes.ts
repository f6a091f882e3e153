/** What routes remember, as the queue keeps it. Names of theirs may be of any length, those of the queue may not. */
import { createHash } from 'node:crypto';

const PREFIX = 'route ';

/** Changes by the names that the queue keeps them under; `undefined` is to go. */
export function keptRoutes(changes: ReadonlyMap<string, unknown>): Map<string, unknown> {
  return new Map(
    [...changes].map(([name, value]) => [keptName(name), value === undefined ? undefined : [name, value]]),
  );
}

/** What routes remembered, from all that the queue keeps. */
export function restoredRoutes(kept: Iterable<readonly [string, unknown]>): Map<string, unknown> {
  const state = new Map<string, unknown>();
  for (const [key, value] of kept) if (key.startsWith(PREFIX)) state.set(...(value as [string, unknown]));
  return state;
}

const keptName = (name: string): string => PREFIX + createHash('sha256').update(name).digest('base64url');
