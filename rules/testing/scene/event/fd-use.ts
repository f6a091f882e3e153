import { FD_PARAMETER, type EventInfo } from '../../../../engine/index.ts';

/**
 * What an event does with an fd: it opens a file; gives a connection that was accepted; connects, binds or listens with a socket; moves data with
 * addresses; copies an fd; makes another kind of fd; uses one that is there; or is not about an fd.
 */
export type FdUse =
  'opens' | 'accepts' | 'connects' | 'binds' | 'listens' | 'transfers' | 'copies' | 'makes' | 'uses' | 'none';

const BY_NAME: ReadonlyMap<string, FdUse> = new Map<string, FdUse>([
  ['open', 'opens'],
  ['openat', 'opens'],
  ['openat2', 'opens'],
  ['creat', 'opens'],
  ['open_by_handle_at', 'opens'],
  ['accept', 'accepts'],
  ['accept4', 'accepts'],
  ['connect', 'connects'],
  ['bind', 'binds'],
  ['listen', 'listens'],
  ['dup', 'copies'],
  ['dup2', 'copies'],
  ['dup3', 'copies'],
]);

/** What an event of this type does with an fd. */
export function fdUse(info: EventInfo): FdUse {
  const { name, flags, params, enter } = info;
  if (!flags.some((flag) => flag === 'uses_fd' || flag === 'creates_fd' || flag === 'destroys_fd'))
    return 'none';
  if (enter) return 'uses';
  const byName = BY_NAME.get(name);
  if (byName !== undefined) return byName;
  if (flags.includes('creates_fd')) return 'makes';
  return params.some(({ type }) => type === 'socktuple') ? 'transfers' : 'uses';
}

/** The name of the parameter that holds the fd that an event uses; undefined if its result is the fd, or it has none. */
export function fdParameter(info: EventInfo): string | undefined {
  if (fdUse(info) === 'copies') return 'oldfd';
  const place = FD_PARAMETER[info.code] ?? -1;
  return place < 0 ? undefined : info.params[place]?.name;
}

/** Whether an event takes a directory, from which a path starts, for its fd. */
export const usesDirectory = (info: EventInfo): boolean => {
  const name = fdParameter(info);
  return name === 'dirfd' || name === 'linkdirfd';
};

/** Whether what an event returns is an fd, or stands for one. */
export function returnsFd(info: EventInfo): boolean {
  const use = fdUse(info);
  if (use === 'opens' || use === 'accepts' || use === 'copies') return true;
  return use === 'makes' && !info.params.some(({ name }) => name === 'fd1');
}
