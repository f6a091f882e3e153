import {
  addressText,
  Fd,
  FD,
  FD_FLAG,
  FD_TYPES,
  IN4,
  IN6,
  L4,
  type ByteString,
  type FdSnapshot,
  type FdType,
  type IpAddress,
  type Machine,
  type Thread,
} from '../../../../engine/index.ts';
import {
  connectionOf,
  endsOf,
  listeningEnd,
  PROTOCOLS,
  readEnd,
  readTuple,
  tellsEnds,
  type Connection,
  type End,
} from './connection.ts';
import type { Defaults } from '../defaults.ts';
import type { FdDraft } from '../draft.ts';

/** Kinds of fds by what `fd.type` shows. */
const TYPES: ReadonlyMap<ByteString, FdType> = new Map([
  ...[...FD_TYPES].map(([type, [, text]]) => [text, type] as const).reverse(),
  ['file', FD.FILE_V2],
  ['ipv4', FD.IPV4_SOCK],
  ['ipv6', FD.IPV6_SOCK],
  ['<NA>', FD.UNKNOWN],
]);

/** What facts say that an fd is, in the words of `fd.type`; undefined if they do not. */
export function kindOf(draft: FdDraft): ByteString | undefined {
  const { type, name, ends } = draft;
  if (type !== undefined) return type;
  if (tellsEnds(draft)) {
    const ips = Object.values(ends).flatMap(({ ip, inNetwork }) => [ip, inNetwork]);
    return ips.some((ip) => typeof ip === 'string') ? 'ipv6' : 'ipv4';
  }
  const end = name === undefined ? undefined : (readTuple(name)?.server ?? readEnd(name));
  if (end !== undefined) return typeof end.ip === 'string' ? 'ipv6' : 'ipv4';
  if (draft.l4proto !== undefined && PROTOCOLS.has(draft.l4proto)) return 'ipv4';
  if (draft.directory !== undefined || draft.filename !== undefined) return 'file';
  return undefined;
}

/** Whether an fd of this kind is a socket with IP addresses. */
export const isIp = (kind: ByteString | undefined): boolean => kind === 'ipv4' || kind === 'ipv6';

/** The name of a file: whole, or of its directory and its last part. */
export function pathOf({ name, directory, filename }: FdDraft): ByteString | undefined {
  if (name !== undefined) return name;
  if (directory === undefined && filename === undefined) return undefined;
  return `${(directory ?? '/').replace(/\/$/, '')}/${filename ?? 'test'}`;
}

/** Whether facts say anything of an fd but its number. */
export const tellsFd = ({ num: _num, ends, ...rest }: FdDraft): boolean =>
  Object.keys(ends).length > 0 || Object.values(rest).some((told) => told !== undefined);

/** Which end of a connection is this machine's, and whether there is no connection but a listening socket. */
export type Role = 'client' | 'server' | 'listener';

/** Puts the fd that facts describe into the table of a process, in the place of what was there. */
export function putFd(
  machine: Machine,
  thread: Thread,
  num: number,
  draft: FdDraft,
  role: Role,
  defaults: Defaults,
): Connection | undefined {
  const main = thread.mainThread ?? thread;
  const known = main.fds.find(num);
  const kind = kindOf(draft) ?? (known === undefined ? 'file' : (FD_TYPES.get(known.type)?.[1] ?? 'file'));
  const type = TYPES.get(kind) ?? FD.UNKNOWN;
  const base = { fd: num, ino: draft.ino ?? known?.ino ?? 0 };
  let snapshot: FdSnapshot;
  let connection: Connection | undefined;
  if (isIp(kind) && draft.name === '' && !tellsEnds(draft)) {
    putUnconnected(thread, num, draft);
    return undefined;
  }
  if (isIp(kind)) {
    const l4proto = PROTOCOLS.get(draft.l4proto ?? 'tcp') ?? 0;
    if (listens(draft, role)) snapshot = { ...base, ...listener(draft, type, known, defaults), l4proto };
    else {
      const local = draft.isServer === true || role === 'server' ? 'server' : 'client';
      connection = connectionOf(draft, local, endsOf(known), defaults);
      snapshot = { ...base, type, ...tupleOf(connection), l4proto };
    }
  } else
    snapshot = {
      ...base,
      type,
      name: pathOf(draft) ?? known?.name ?? '',
      dev: draft.dev ?? known?.dev ?? 0,
      openFlags: known?.openFlags ?? 0,
    };
  if (type === FD.UNKNOWN) addUnknown(main, num, snapshot);
  else machine.addFds(main.tid, [snapshot]);
  const fd = main.fds.find(num);
  if (fd !== undefined) setTraits(fd, draft, snapshot, connection);
  return connection;
}

/** Snapshots hold no fds of which nothing is known. */
function addUnknown(main: Thread, num: number, { name = '', ino }: FdSnapshot): void {
  const fd = new Fd();
  Object.assign(fd, { type: FD.UNKNOWN, name, ino });
  main.fds.add(num, fd);
}

const isListener = (type: FdType): boolean => type === FD.IPV4_SERVSOCK || type === FD.IPV6_SERVSOCK;

/** Whether a socket is one that listens: its name has one address only, or no other says that there is a connection. */
function listens({ name = '' }: FdDraft, role: Role): boolean {
  return readTuple(name) === undefined && (role === 'listener' || readEnd(name) !== undefined);
}

function listener(
  draft: FdDraft,
  type: FdType,
  known: Fd | undefined,
  defaults: Defaults,
): Pick<FdSnapshot, 'type' | 'ip' | 'port'> {
  const before =
    known !== undefined && isListener(known.type)
      ? { ip: known.serverIp, port: known.serverPort }
      : undefined;
  const { ip, port }: End = listeningEnd(draft, before, defaults);
  return { type: type === FD.IPV6_SOCK ? FD.IPV6_SERVSOCK : FD.IPV4_SERVSOCK, ip, port };
}

/** The addresses as a snapshot of an fd has them. */
const tupleOf = ({ client, server }: Connection) => ({
  sip: client.ip,
  sport: client.port,
  dip: server.ip,
  dport: server.port,
});

/** The addresses as a parameter of an event has them. */
export const tupleJson = ({ client, server }: Connection) => ({
  sip: addressText(client.ip),
  sport: client.port,
  dip: addressText(server.ip),
  dport: server.port,
});

/** What a snapshot does not have. */
function setTraits(fd: Fd, draft: FdDraft, snapshot: FdSnapshot, connection: Connection | undefined): void {
  if (draft.dev !== undefined) fd.dev = draft.dev;
  if (draft.nameRaw !== undefined) fd.nameRaw = draft.nameRaw;
  if (draft.upperLayer === true) fd.flags |= FD_FLAG.OVERLAY_UPPER;
  if (draft.lowerLayer === true) fd.flags |= FD_FLAG.OVERLAY_LOWER;
  if (connection !== undefined)
    fd.flags |= connection.local === 'server' ? FD_FLAG.ROLE_SERVER : FD_FLAG.ROLE_CLIENT;
  else if (draft.withoutRole !== true && isListener(snapshot.type)) fd.flags |= FD_FLAG.ROLE_SERVER;
  if (draft.name !== undefined) fd.name = draft.name;
  if (draft.connected === true) fd.setConnected();
  else if (draft.connected === false) fd.flags &= ~FD_FLAG.SOCKET_CONNECTED;
}

/** Puts a socket without addresses into the table of a process, as `socket` makes it. */
export function putUnconnected(thread: Thread, num: number, draft: FdDraft): void {
  const fd = new Fd();
  fd.type = TYPES.get(kindOf(draft) ?? 'ipv4') ?? FD.IPV4_SOCK;
  fd.ino = draft.ino ?? 0;
  if (fd.type === FD.IPV4_SOCK || fd.type === FD.IPV6_SOCK) {
    const at = fd.type === FD.IPV6_SOCK ? IN6.L4 : IN4.L4;
    // A connection has no name where its protocol is not known.
    const protocol = draft.name === '<unknown>' ? L4.UNKNOWN : PROTOCOLS.get(draft.l4proto ?? 'tcp');
    fd.ownSocket()[at] = protocol ?? L4.TCP;
  }
  if (draft.connected === true) fd.setConnected();
  (thread.mainThread ?? thread).fds.add(num, fd);
}

/**
 * Lets the end of a connection that is this machine's be known as such, or as that of the container that the thread is in.
 *
 * @param isServer What a fact says of the end that was listening: that it is this machine's, or not; undefined if there is none.
 */
export function makeLocal(
  machine: Machine,
  thread: Thread,
  { client, server, local }: Connection,
  isServer: boolean | undefined,
  setContainerAddress: (id: ByteString, ip: string) => void,
): void {
  for (const { ip, host } of [client, server]) if (host !== undefined) machine.hostNames.set(ip, host);
  if (isServer === true && local === 'client') addInterface(machine, server.ip);
  if (isServer === false && local === 'server') return;
  const { ip } = local === 'client' ? client : server;
  if (thread.containerId !== '' && typeof ip === 'number')
    setContainerAddress(thread.containerId, addressText(ip));
  addInterface(machine, ip);
}

function addInterface({ interfaces }: Machine, ip: IpAddress): void {
  if (interfaces.isLocal(ip)) return;
  const ipv6 = typeof ip === 'string';
  interfaces.add({
    family: ipv6 ? 'ipv6' : 'ipv4',
    name: 'eth0',
    address: ip,
    netmask: ipv6 ? '\xff'.repeat(8) + '\0'.repeat(8) : 0xffffff00,
    broadcast: ipv6 ? '\0'.repeat(16) : 0xffffffff,
    linkSpeed: 0,
  });
}
