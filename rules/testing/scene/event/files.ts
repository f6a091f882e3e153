import { kindOf, pathOf } from '../state/fds.ts';
import { newNumber, type FdContext, type Params } from './fd-context.ts';
import { openParameters } from './open-parameters.ts';
import { resultOr, toldResult } from './result.ts';

/** As dirfd: paths start at the working directory. */
export const AT_FDCWD = -100;
const DEFAULT_PATH = '/tmp/test';

/** The path that the call is given, and where it starts if it is relative. */
export function openFile(context: FdContext): Params {
  const { info, draft, defaults } = context;
  const { fd } = draft;
  const num = newNumber(context);
  const named = info.name === 'open_by_handle_at' ? 'path' : 'name';
  let path = draft.paths.get('path') ?? draft.paths.get('source') ?? fd.nameRaw ?? pathOf(fd);
  if (path === undefined && !draft.params.has(named)) {
    path = DEFAULT_PATH;
    defaults.note('fd.name', path);
  }
  startAt(context, draft.params.get(named)?.text() ?? path);
  return {
    ...openParameters(info, draft, kindOf(fd), defaults),
    fd: resultOr(num ?? toldResult(info, draft), 0),
    ...(info.params.some(({ name }) => name === 'dirfd') && { dirfd: AT_FDCWD }),
    ...(path !== undefined && { [named]: path }),
  };
}

/** Where the name of the fd ends with a relative path that is given too, it started at the rest. */
function startAt({ draft, thread }: FdContext, path: string | undefined): void {
  const { name } = draft.fd;
  if (path === undefined || name === undefined || path.startsWith('/') || draft.process.cwd !== undefined)
    return;
  if (draft.params.has('dirfd') || !name.endsWith(`/${path}`)) return;
  const main = thread.mainThread ?? thread;
  main.cwd = name.slice(0, name.length - path.length);
}
