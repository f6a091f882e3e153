import {
  addressText,
  L4,
  readAddress,
  type ByteString,
  type Fd,
  type IpAddress,
} from '../../../../engine/index.ts';
import type { Defaults } from '../defaults.ts';
import type { EndDraft, EndName, FdDraft } from '../draft.ts';

/** One end of a connection. */
export interface End {
  readonly ip: IpAddress;
  readonly port: number;
  /** The name of the host, if a fact tells it. */
  readonly host?: ByteString | undefined;
}

/** Both ends of a connection. */
export interface Connection {
  readonly client: End;
  readonly server: End;
  /** Which end is this machine's. */
  readonly local: 'client' | 'server';
}

/** Addresses of nobody, for ends that no fact names. */
const LOCAL_4 = 0x0a000001; // 10.0.0.1
const REMOTE_4 = 0xc6336401; // 198.51.100.1, which is set apart for examples
const LOOPBACK_4 = 0x7f000001;
const address6 = (text: string) => readAddress(text);
const LOCAL_6 = address6('fd00::1');
const REMOTE_6 = address6('2001:db8::1');
const LOOPBACK_6 = address6('::1');
const CLIENT_PORT = 40000;
const SERVER_PORT = 8000;

const isIpv6 = (ip: IpAddress | undefined): ip is ByteString => typeof ip === 'string';
const isLoopback = (ip: IpAddress | undefined) => ip === LOOPBACK_4 || ip === LOOPBACK_6;

/** `1.2.3.4:5->6.7.8.9:80` */
const TUPLE = /^(.+):(\d+)->(.+):(\d+)$/;
/** `1.2.3.4:80` */
const ADDRESS = /^(.+):(\d+)$/;

function endOf(ip: string, port: string): End | undefined {
  try {
    return { ip: readAddress(ip), port: Number(port) };
  } catch {
    return undefined;
  }
}

/** The ends that the name of a connection tells. */
export function readTuple(name: ByteString): { client: End; server: End } | undefined {
  const [, sip = '', sport = '', dip = '', dport = ''] = TUPLE.exec(name) ?? [];
  const client = endOf(sip, sport);
  const server = endOf(dip, dport);
  return client === undefined || server === undefined ? undefined : { client, server };
}

/** The address that the name of a listening socket tells. */
export function readEnd(name: ByteString): End | undefined {
  const [, ip = '', port = ''] = ADDRESS.exec(name) ?? [];
  return endOf(ip, port);
}

const saysIp = (end: EndDraft | undefined) => end?.ip ?? end?.inNetwork;

/** Whether facts about an fd make it a socket: they tell an address or a port. */
export const tellsEnds = ({ ends }: FdDraft): boolean => Object.keys(ends).length > 0;

/**
 * The connection that facts describe. The end that is said to be anywhere is the other machine's.
 *
 * @param known The connection that the fd was before.
 */
export function connectionOf(
  draft: FdDraft,
  local: 'client' | 'server',
  known: { client: End; server: End } | undefined,
  defaults: Defaults,
): Connection {
  const { ends } = draft;
  const named = draft.name === undefined ? known : (readTuple(draft.name) ?? known);
  const remote = local === 'client' ? 'server' : 'client';
  const drafts = (end: 'client' | 'server') => [
    ends[end],
    ends[end === local ? 'local' : 'remote'],
    ...(end === remote ? [ends.any] : []),
  ];
  const told = (end: 'client' | 'server') => ({
    ip:
      drafts(end)
        .map((each) => each?.ip)
        .find((ip) => ip !== undefined) ??
      drafts(end)
        .map(saysIp)
        .find((ip) => ip !== undefined) ??
      named?.[end].ip,
    port:
      drafts(end)
        .map((each) => each?.port)
        .find((port) => port !== undefined) ?? named?.[end].port,
    host: drafts(end).find((each) => each?.host !== undefined)?.host,
  });
  const client = told('client');
  const server = told('server');
  const ipv6 = isIpv6(client.ip) || isIpv6(server.ip) || draft.type === 'ipv6';
  const toSelf = isLoopback(client.ip) || isLoopback(server.ip);
  const complete = (
    end: 'client' | 'server',
    { ip, port, host }: { ip: IpAddress | undefined; port: number | undefined; host: ByteString | undefined },
  ): End => {
    const own = end === local;
    const letter = end === 'client' ? 'c' : 's';
    const fallback = toSelf
      ? ipv6 ? LOOPBACK_6 : LOOPBACK_4
      : own ? (ipv6 ? LOCAL_6 : LOCAL_4) : ipv6 ? REMOTE_6 : REMOTE_4; // prettier-ignore
    const fallbackPort = end === 'client' ? CLIENT_PORT : SERVER_PORT;
    if (ip === undefined) defaults.note(`fd.${letter}ip`, addressText(fallback));
    if (port === undefined) defaults.note(`fd.${letter}port`, fallbackPort);
    return { ip: ip ?? fallback, port: port ?? fallbackPort, host };
  };
  return { client: complete('client', client), server: complete('server', server), local };
}

/** The address of a socket that facts say to listen, or to be bound. */
export function listeningEnd(draft: FdDraft, known: End | undefined, defaults: Defaults): End {
  const { ends } = draft;
  const drafts = (['server', 'local', 'any'] as const).map((name: EndName) => ends[name]);
  const named = draft.name === undefined ? known : (readEnd(draft.name) ?? known);
  // The name of a socket that is bound to `::` stands for IPv4 too, as which fields then show it.
  const ip =
    (draft.name === undefined ? undefined : readEnd(draft.name)?.ip) ??
    drafts.map(saysIp).find((found) => found !== undefined) ??
    named?.ip;
  const port = drafts.map((each) => each?.port).find((found) => found !== undefined) ?? named?.port;
  const anywhere = draft.type === 'ipv6' ? '\0'.repeat(16) : 0;
  if (ip === undefined) defaults.note('fd.sip', addressText(anywhere));
  if (port === undefined) defaults.note('fd.sport', SERVER_PORT);
  return { ip: ip ?? anywhere, port: port ?? SERVER_PORT };
}

/** The ends of an fd that is a connection already. */
export function endsOf(fd: Fd | undefined): { client: End; server: End } | undefined {
  if (fd === undefined || !fd.isIpSocket || fd.name === '') return undefined;
  return { client: { ip: fd.sip, port: fd.sport }, server: { ip: fd.dip, port: fd.dport } };
}

/** Transport protocols by what `fd.l4proto` shows. */
export const PROTOCOLS: ReadonlyMap<ByteString, number> = new Map([
  ['tcp', L4.TCP],
  ['udp', L4.UDP],
  ['icmp', L4.ICMP],
  ['raw', L4.RAW],
]);
