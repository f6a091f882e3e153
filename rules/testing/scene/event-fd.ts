import {
  addressText,
  errnoNumber,
  FD_TYPES,
  type EventInfo,
  type Int,
  type JsonInput,
  type Machine,
  type Thread,
} from '../../../engine/index.ts';
import { connectionOf, listeningEnd, type Connection } from './connection.ts';
import type { Containers } from './containers.ts';
import type { Defaults } from './defaults.ts';
import type { Draft, FdDraft } from './draft.ts';
import { fdParameter, fdUse, returnsFd, usesDirectory, type FdUse } from './fd-use.ts';
import {
  isIp,
  kindOf,
  makeLocal,
  pathOf,
  putFd,
  putUnconnected,
  tellsFd,
  tupleJson,
  type Role,
} from './fds.ts';
import { openParameters } from './open-parameters.ts';
import { unixTuple } from './parameter-value.ts';

type Params = { [name: string]: JsonInput };

const FIRST_FD = 3;
const AT_FDCWD = -100;
const DEFAULT_PATH = '/tmp/test';
const EINPROGRESS = -115n;

/** Domains and types of sockets (PPM_AF_*, SOCK_*, IPPROTO_*). */
const DOMAINS: Readonly<Record<string, number>> = { ipv4: 2, ipv6: 10, unix: 1, netlink: 16 };
const SOCKET_TYPES: Readonly<Record<string, number>> = { tcp: 1, udp: 2, icmp: 3, raw: 3 };
const IP_PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, icmp: 1, raw: 255 };

/** Events that show this machine as the server of their socket. */
const ROLES: Partial<Record<FdUse, Role>> = { accepts: 'server', binds: 'listener', listens: 'listener' };

/** What the result of a call is where facts say only that it failed. */
export const DEFAULT_ERROR = 'ENOENT';

/** What is needed to set up the fds of an event. */
export interface FdContext {
  readonly machine: Machine;
  readonly containers: Containers;
  readonly info: EventInfo;
  readonly draft: Draft;
  readonly thread: Thread;
  readonly defaults: Defaults;
}

/** Puts the fds that facts tell of into the table of the process, and gives the parameters of the event that have to do with its own fd. */
export function settleFds(context: FdContext): Params {
  const { machine, draft, thread, defaults } = context;
  for (const [num, fd] of draft.fds) putFd(machine, thread, num, fd, 'client', defaults);
  const use = fdUse(context.info);
  switch (use) {
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

/** The number that a fact gives for a parameter; undefined if it gives none, or a text. */
function numberIn(draft: Draft, name: string | undefined): Int | undefined {
  const given = name === undefined ? undefined : draft.params.get(name);
  if (given === undefined || typeof given.value === 'object') return undefined;
  const text = given.text();
  if (/^-?\d+$/.test(text)) return Number(text);
  const error = errnoNumber(text);
  return error === undefined ? undefined : -error;
}

/** What the call returned, as far as facts say: a number, or that it failed. */
export function toldResult({ info, draft }: Pick<FdContext, 'info' | 'draft'>): Int | 'failed' | undefined {
  const { value, failed } = draft.result;
  if (value !== undefined) return value;
  const first = info.params[0];
  const told = first !== undefined && !info.enter ? numberIn(draft, first.name) : undefined;
  if (told !== undefined) return told;
  if (failed === true) return 'failed';
  // What fields show where a call that makes an fd failed.
  if (returnsFd(info) && (draft.fd.num ?? 0) < 0) return 'failed';
  return undefined;
}

export function isFailure(result: Int | 'failed' | undefined): boolean {
  return result === 'failed' || (result !== undefined && result < 0);
}

/** The result as a parameter. */
const resultOr = (result: Int | 'failed' | undefined, otherwise: Int): JsonInput =>
  result === 'failed' ? DEFAULT_ERROR : String(result ?? otherwise);

function firstFree(thread: Thread): number {
  let num = FIRST_FD;
  while ((thread.mainThread ?? thread).fds.find(num) !== undefined) num++;
  return num;
}

/** The number of an fd that the event makes. */
function newNumber({ draft, thread, defaults }: FdContext): number {
  if (draft.fd.num !== undefined) return draft.fd.num;
  const num = firstFree(thread);
  defaults.note('fd.num', num);
  return num;
}

/** The fd that the process had to do with last, if it still has it. */
function latestFd(thread: Thread): number | undefined {
  const { lastEventFd } = thread;
  return lastEventFd > 2 && thread.fdTable?.find(lastEventFd) !== undefined ? lastEventFd : undefined;
}

/** The number of an fd that the event uses. */
function usedNumber(context: FdContext, parameter = fdParameter(context.info)): number {
  const { info, draft, thread, defaults } = context;
  // What fields show is the number of the copy, unless there is none.
  const isCopied =
    fdUse(info) === 'copies' && !draft.absent.has('fd.type') && !isFailure(toldResult(context));
  const told = numberIn(draft, parameter) ?? (isCopied ? undefined : draft.fd.num);
  if (told !== undefined) return Number(told);
  const num = latestFd(thread) ?? firstFree(thread);
  if (parameter !== undefined && !draft.params.has(parameter)) defaults.note('fd.num', num);
  return num;
}

/** Puts the event's own fd into the table, if facts tell anything of it. */
function putOwn(context: FdContext, num: number, role: Role): Connection | undefined {
  const { machine, draft, thread, defaults } = context;
  if (!tellsFd(draft.fd) || draft.absent.has('fd.type')) return undefined;
  const connection = putFd(machine, thread, num, draft.fd, role, defaults);
  if (connection !== undefined) local(context, connection);
  return connection;
}

function local({ machine, containers, draft, thread }: FdContext, connection: Connection): void {
  const isAsked = draft.fd.ends.local !== undefined || draft.fd.ends.remote !== undefined;
  makeLocal(machine, thread, connection, draft.fd.isServer, (id, ip) => {
    if (isAsked || draft.container.described) containers.setAddress(id, ip);
  });
}

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

/** The path that the call is given, and where it starts if it is relative. */
function openFile(context: FdContext): Params {
  const { info, draft, thread, defaults } = context;
  const { fd } = draft;
  const result = toldResult(context);
  const num = isFailure(result) ? undefined : (result ?? newNumber(context));
  const named = info.name === 'open_by_handle_at' ? 'path' : 'name';
  let path = draft.paths.get('path') ?? draft.paths.get('source') ?? fd.nameRaw ?? pathOf(fd);
  if (
    path === undefined &&
    !draft.params.has(named) &&
    !draft.paramsAt.has(info.params.findIndex(({ name }) => name === named))
  ) {
    path = DEFAULT_PATH;
    defaults.note('fd.name', path);
  }
  startAt(context, draft.params.get(named)?.text() ?? path);
  const kind = kindOf(fd);
  void thread;
  return {
    ...openParameters(info, draft, kind, defaults),
    fd: num === undefined ? resultOr(result, 0) : String(num),
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

function accept(context: FdContext): Params {
  const { draft, defaults } = context;
  const { fd } = draft;
  const result = toldResult(context);
  if (isFailure(result)) return { fd: resultOr(result, 0) };
  const num = result ?? newNumber(context);
  const kind = kindOf(fd) ?? 'ipv4';
  if (!isIp(kind)) return { fd: String(num), tuple: unixTuple(fd.name ?? '') ?? { path: fd.name ?? '' } };
  if (draft.params.has('tuple')) return { fd: String(num) };
  // A connection that was accepted is TCP.
  const connection = connectionFor(context, 'server');
  void defaults;
  return { fd: String(num), tuple: tupleJson(connection) };
}

/** The connection that facts describe, with this machine's end known to be its own. */
function connectionFor(context: FdContext, side: 'client' | 'server'): Connection {
  const { draft, defaults } = context;
  const connection = connectionOf(draft.fd, side, undefined, defaults);
  local(context, connection);
  return connection;
}

function connect(context: FdContext): Params {
  const { draft, thread, defaults } = context;
  const { fd } = draft;
  const num = usedNumber(context);
  const result = toldResult(context);
  const params: Params = { res: resultOr(result, 0), fd: num };
  const known = (thread.mainThread ?? thread).fds.find(num);
  const knownKind = known === undefined ? undefined : FD_TYPES.get(known.type)?.[1];
  const kind = kindOf(fd) ?? (draft.params.has('tuple') ? undefined : knownKind) ?? 'ipv4';
  if (fd.nameChanged === false) putOwn(context, num, 'client');
  else if (known === undefined || tellsFd(fd)) putUnconnected(thread, num, { ...fd, type: kind });
  if (isFailure(result) && result !== EINPROGRESS && result !== Number(EINPROGRESS)) return params;
  if (draft.params.has('tuple')) return params;
  if (isIp(kind)) {
    const connection = connectionFor(context, 'client');
    const { server } = connection;
    return {
      ...params,
      tuple: tupleJson(connection),
      addr: { ip: addressText(server.ip), port: server.port },
    };
  }
  if (kind !== 'unix') return params;
  void defaults;
  const tuple = unixTuple(fd.name ?? '') ?? { source: '0x0', destination: '0x0', path: fd.name ?? '' };
  return { ...params, tuple, addr: { path: tuple.path } };
}

function bind(context: FdContext): Params {
  const { draft, thread, defaults } = context;
  const { fd } = draft;
  const num = usedNumber(context);
  const kind = kindOf(fd) ?? 'ipv4';
  if (!isIp(kind) || draft.params.has('addr')) {
    putUnconnected(thread, num, { ...fd, type: kind });
    return { fd: num, ...(!isIp(kind) && { addr: { path: fd.name ?? '' } }) };
  }
  const { ip, port } = listeningEnd(fd, undefined, defaults);
  putUnconnected(thread, num, { ...fd, type: typeof ip === 'string' ? 'ipv6' : 'ipv4' });
  return { fd: num, addr: { ip: addressText(ip), port } };
}

function transfer(context: FdContext): Params {
  const { draft, thread } = context;
  const { fd } = draft;
  const num = usedNumber(context);
  const connection = putOwn(context, num, 'client');
  if (fd.nameChanged === true && connection !== undefined)
    putUnconnected(thread, num, { ...fd, l4proto: fd.l4proto ?? 'udp' });
  return {
    fd: num,
    ...(connection !== undefined && !draft.params.has('tuple') && { tuple: tupleJson(connection) }),
  };
}

/** The fd that facts describe is the copy, and so the one that is copied. */
function copy(context: FdContext): Params {
  const { info, draft, thread, defaults } = context;
  const { fd } = draft;
  const result = toldResult(context);
  const newfd = numberIn(draft, 'newfd');
  const old = usedNumber(context, 'oldfd');
  putOwn({ ...context, draft }, old, 'client');
  let num: Int | undefined = isFailure(result) ? undefined : ((result as Int | undefined) ?? fd.num ?? newfd);
  if (num === undefined && !isFailure(result)) {
    num = Math.max(firstFree(thread), old + 1);
    defaults.note('fd.num', num);
  }
  return {
    res: num === undefined ? resultOr(result, 0) : String(num),
    oldfd: old,
    ...(info.name !== 'dup' && { newfd: String(newfd ?? num ?? FIRST_FD) }),
  };
}

function make(context: FdContext): Params {
  const { info, draft } = context;
  const { fd } = draft;
  const result = toldResult(context);
  const first = info.params[0]!.name;
  if (!returnsFd(info)) return makePair(context, result);
  const num = isFailure(result) ? undefined : (result ?? newNumber(context));
  const params: Params = { [first]: num === undefined ? resultOr(result, 0) : String(num) };
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
function makePair(context: FdContext, result: Int | 'failed' | undefined): Params {
  const { info, draft, thread } = context;
  const num = draft.fd.num ?? firstFree(thread) + 1;
  return {
    res: resultOr(result, 0),
    fd1: num - 1,
    fd2: num,
    ...(info.name === 'socketpair'
      ? { domain: DOMAINS['unix']!, type: 1 }
      : { ino: String(draft.fd.ino ?? 0) }),
  };
}

function socketParameters(fd: FdDraft): Params {
  const kind = kindOf(fd) ?? 'ipv4';
  const protocol = fd.l4proto ?? 'tcp';
  return {
    domain: DOMAINS[kind] ?? 0,
    type: SOCKET_TYPES[protocol] ?? 1,
    proto: isIp(kind) ? (IP_PROTOCOLS[protocol] ?? 0) : 0,
  };
}
