import { putFd, tellsFd, type Role } from '../state/fds.ts';
import {
  FIRST_FD,
  firstFree,
  newNumber,
  putOwn,
  usedNumber,
  type FdContext,
  type Params,
} from './fd-context.ts';
import { fdParameter, fdUse, returnsFd, usesDirectory, type FdUse } from './fd-use.ts';
import { AT_FDCWD, openFile } from './files.ts';
import { numberIn, resultOr, toldResult, type Result } from './result.ts';
import { accept, bind, connect, socketParameters, transfer } from './sockets.ts';

/** Events that show this machine as the server of their socket. */
const ROLES: Partial<Record<FdUse, Role>> = { listens: 'listener' };

/** Puts the fds that facts tell of into the table of the process, and gives the parameters of the event that have to do with its own fd. */
export function settleFds(context: FdContext): Params {
  const { machine, draft, thread, defaults } = context;
  for (const [num, fd] of draft.fds) putFd(machine, thread, num, fd, 'client', defaults);
  switch (fdUse(context.info)) {
    case 'opens':
      return openFile(context);
    case 'accepts':
      return accept(context);
    case 'connects':
      return connect(context);
    case 'binds':
      return bind(context);
    case 'transfers':
      return transfer(context);
    case 'copies':
      return copy(context);
    case 'makes':
      return make(context);
    case 'listens':
    case 'uses':
      return useFd(context);
    case 'none':
      return {};
  }
}

/** An fd that is there before the event. */
function useFd(context: FdContext): Params {
  const { info, draft } = context;
  const parameter = fdParameter(info);
  if (usesDirectory(info) && numberIn(draft, parameter) === undefined && draft.fd.num === undefined) {
    if (!tellsFd(draft.fd)) return { [parameter!]: AT_FDCWD };
    draft.fd.type ??= 'directory';
  }
  const num = usedNumber(context);
  putOwn(context, num, ROLES[fdUse(info)] ?? 'client');
  return parameter === undefined ? {} : { [parameter]: num };
}

/** The fd that facts describe is the copy, and so the one that is copied. */
function copy(context: FdContext): Params {
  const { info, draft } = context;
  const old = usedNumber(context, 'oldfd');
  putOwn(context, old, 'client');
  const newfd = numberIn(draft, 'newfd');
  if (newfd !== undefined) draft.fd.num ??= Number(newfd);
  const num = newNumber(context);
  return {
    res: resultOr(num ?? toldResult(info, draft), 0),
    oldfd: old,
    ...(info.name !== 'dup' && { newfd: String(newfd ?? num ?? FIRST_FD) }),
  };
}

/** Another kind of fd. */
function make(context: FdContext): Params {
  const { info, draft } = context;
  const { fd } = draft;
  const result = toldResult(info, draft);
  if (!returnsFd(info)) return makePair(context, result);
  const params: Params = { [info.params[0]!.name]: resultOr(newNumber(context) ?? result, 0) };
  if (info.name === 'socket') Object.assign(params, socketParameters(fd));
  else if (info.name === 'memfd_create') params['name'] = fd.name ?? 'test';
  else if (info.name === 'pidfd_getfd') Object.assign(params, otherProcess(context));
  else if (info.name === 'pidfd_open') params['pid'] = /^\/proc\/(\d+)$/.exec(fd.name ?? '')?.[1] ?? 1;
  return params;
}

/** The fd that is taken from another process: its parent. */
function otherProcess({ machine, draft, thread, defaults }: FdContext): Params {
  const main = thread.mainThread ?? thread;
  const other = machine.threads.find(main.ptid);
  if (other === undefined || !tellsFd(draft.fd)) return {};
  putFd(machine, other, FIRST_FD, draft.fd, 'client', defaults);
  const num = firstFree(thread);
  putFd(machine, thread, num, { type: 'pidfd', name: `/proc/${other.pid}`, ends: {} }, 'client', defaults);
  main.fds.find(num)!.pid = other.pid;
  return { pid_fd: num, target_fd: FIRST_FD };
}

/** A pair of pipes or sockets; fields tell of the second one. */
function makePair(context: FdContext, result: Result): Params {
  const { info, draft, thread } = context;
  const num = draft.fd.num ?? firstFree(thread) + 1;
  return {
    res: resultOr(result, 0),
    fd1: num - 1,
    fd2: num,
    ...(info.name === 'socketpair' ? { domain: 'AF_UNIX', type: 1 } : { ino: String(draft.fd.ino ?? 0) }),
  };
}
