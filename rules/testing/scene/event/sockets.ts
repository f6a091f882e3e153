import { addressText, FD_TYPES } from '../../../../engine/index.ts';
import type { FdDraft } from '../draft.ts';
import { connectionOf, listeningEnd, type Connection } from '../state/connection.ts';
import { isIp, kindOf, putUnconnected, tellsFd, tupleJson } from '../state/fds.ts';
import { local, newNumber, putOwn, usedNumber, type FdContext, type Params } from './fd-context.ts';
import { unixTuple } from './parameter-value.ts';
import { isFailure, resultOr, toldResult } from './result.ts';

/** Result of a connect that goes on by itself. */
const EINPROGRESS = 115;

/** Domains and types of sockets (PPM_AF_*, SOCK_*, IPPROTO_*). */
const DOMAINS: Readonly<Record<string, number>> = { ipv4: 2, ipv6: 10, unix: 1, netlink: 16 };
const SOCKET_TYPES: Readonly<Record<string, number>> = { tcp: 1, udp: 2, icmp: 3, raw: 3 };
const IP_PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, icmp: 1, raw: 255 };

/** A connection that was accepted is TCP. */
export function accept(context: FdContext): Params {
  const { info, draft } = context;
  const { fd } = draft;
  const num = newNumber(context);
  if (num === undefined) return { fd: resultOr(toldResult(info, draft), 0) };
  const kind = kindOf(fd) ?? 'ipv4';
  if (!isIp(kind)) return { fd: String(num), tuple: unixTuple(fd.name ?? '') ?? { path: fd.name ?? '' } };
  if (draft.params.has('tuple')) return { fd: String(num) };
  return { fd: String(num), tuple: tupleJson(connectionFor(context, 'server')) };
}

/** The connection that facts describe, with this machine's end known to be its own. */
function connectionFor(context: FdContext, side: 'client' | 'server'): Connection {
  const { draft, defaults } = context;
  const connection = connectionOf(draft.fd, side, undefined, defaults);
  local(context, connection);
  return connection;
}

/** The socket has no addresses before it is connected. */
export function connect(context: FdContext): Params {
  const { info, draft, thread } = context;
  const { fd } = draft;
  const num = usedNumber(context);
  const result = toldResult(info, draft);
  const params: Params = { res: resultOr(result, 0), fd: num };
  const known = (thread.mainThread ?? thread).fds.find(num);
  const knownKind = known === undefined ? undefined : FD_TYPES.get(known.type)?.[1];
  const kind = kindOf(fd) ?? (draft.params.has('tuple') ? undefined : knownKind) ?? 'ipv4';
  if (fd.nameChanged === false) putOwn(context, num, 'client');
  else if (known === undefined || tellsFd(fd)) putUnconnected(thread, num, { ...fd, type: kind });
  if (isFailure(result) && result !== -EINPROGRESS) return params;
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
  const tuple = unixTuple(fd.name ?? '') ?? { source: '0x0', destination: '0x0', path: fd.name ?? '' };
  return { ...params, tuple, addr: { path: tuple.path } };
}

/** A socket that is bound to a port is taken for one that listens. */
export function bind(context: FdContext): Params {
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

/** Data go through a socket whose addresses are known, or are told by the event. */
export function transfer(context: FdContext): Params {
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

/** What kind of socket is made. */
export function socketParameters(fd: FdDraft): Params {
  const kind = kindOf(fd) ?? 'ipv4';
  const protocol = fd.l4proto ?? 'tcp';
  return {
    domain: DOMAINS[kind] ?? 0,
    type: SOCKET_TYPES[protocol] ?? 1,
    proto: isIp(kind) ? (IP_PROTOCOLS[protocol] ?? 0) : 0,
  };
}
