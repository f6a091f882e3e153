/** Addresses of sockets: those of arguments, and those that strace tells of fds (`-yy`). */
import {
  EncodingError,
  readAddress,
  type ByteString,
  type IpAddress,
  type JsonInput,
  type JsonInputObject,
} from '../../engine/index.ts';
import { bytesOfString } from './text.ts';

/** One end of a connection. */
export interface Endpoint {
  readonly ip: IpAddress;
  /** The address as text, for JSON input. */
  readonly text: ByteString;
  readonly port: number;
}

/** What strace tells of a socket: `TCP:[127.0.0.1:40->127.0.0.1:80]`, `UNIX-STREAM:[12->34,"/run/x"]`, `TCP:[inode]`. */
export type SocketNote =
  | {
      readonly kind: 'inet';
      readonly protocol: ByteString;
      readonly ipv6: boolean;
      /** Undefined while it has none. */
      readonly local: Endpoint | undefined;
      readonly remote: Endpoint | undefined;
    }
  /** The path is that which the socket itself is bound to. */
  | {
      readonly kind: 'unix';
      readonly path: ByteString | undefined;
      readonly inode: number;
      readonly peer: number;
    }
  | { readonly kind: 'other'; readonly protocol: ByteString };

const SOCKET = /^([A-Z][A-Za-z0-9-]*|socket):\[(.*)\]$/s;
const UNIX = /^(\d+)(?:->(\d+))?(?:,(.*))?$/s;

/** What the note of an fd tells of a socket; undefined for everything else. */
export function socketNoteOf(note: ByteString | undefined): SocketNote | undefined {
  const found = note === undefined ? null : SOCKET.exec(note);
  if (found === null) return undefined;
  const protocol = found[1]!;
  const inside = found[2]!;
  if (protocol.startsWith('UNIX')) {
    const [, inode = '0', peer = '0', path] = UNIX.exec(inside) ?? [];
    return {
      kind: 'unix',
      path: path === undefined ? undefined : bytesOfString(path),
      inode: Number(inode),
      peer: Number(peer),
    };
  }
  if (!/^(?:TCP|UDP|ICMP|PING|RAW|SCTP|DCCP|UDPLITE|L2TP)/.test(protocol)) return { kind: 'other', protocol };
  const [local = '', remote = ''] = inside.split('->');
  return {
    kind: 'inet',
    protocol,
    ipv6: protocol.endsWith('v6'),
    local: endpointOf(local),
    remote: endpointOf(remote),
  };
}

/** `127.0.0.1:80` or `[::1]:80`; undefined for an inode. */
function endpointOf(text: ByteString): Endpoint | undefined {
  const found = /^\[?([0-9a-fA-F.:]+?)\]?:(\d{1,5})$/.exec(text);
  if (found === null) return undefined;
  return endpoint(found[1]!, Number(found[2]));
}

function endpoint(text: ByteString, port: number): Endpoint | undefined {
  try {
    return { ip: readAddress(text), text, port: port & 0xffff };
  } catch (error) {
    if (error instanceof EncodingError) return undefined;
    throw error;
  }
}

const PORT = /sin6?_port=htons\((\d+)\)/;
const IPV4 = /inet_addr\(("[^"]*")\)/;
const IPV6 = /inet_pton\(AF_INET6, ("[^"]*")/;
const PATH = /sun_path=(@?".*)/s;

/** The address of an argument: `{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}`. */
export function addressOf(text: ByteString): Endpoint | { readonly path: ByteString } | undefined {
  const family = /sa_family=(AF_\w+)/.exec(text)?.[1];
  if (family === 'AF_UNIX' || family === 'AF_LOCAL') {
    const path = bytesOfString(PATH.exec(text)?.[1] ?? '') ?? '';
    return { path: path.split('\0', 1)[0]! };
  }
  if (family !== 'AF_INET' && family !== 'AF_INET6') return undefined;
  const address = bytesOfString((family === 'AF_INET' ? IPV4 : IPV6).exec(text)?.[1] ?? '');
  if (address === undefined) return undefined;
  return endpoint(address, Number(PORT.exec(text)?.[1] ?? 0));
}

/** The address of an argument as a parameter of type `sockaddr`. */
export function sockaddrOf(text: ByteString): JsonInput {
  const address = addressOf(text);
  if (address === undefined) return null;
  return 'path' in address ? { path: address.path } : { ip: address.text, port: address.port };
}

const nowhere = (ipv6: boolean): Endpoint =>
  ipv6 ? { ip: '\0'.repeat(16), text: '::', port: 0 } : { ip: 0, text: '0.0.0.0', port: 0 };

/**
 * The tuple of a socket, as the kernel has it at that moment, seen from the one that sends. As in the driver, the address that the process passed
 * stands in for the other end of a socket that is not connected.
 */
export function tupleOf(
  note: ByteString | undefined,
  direction: 'out' | 'in',
  passed: ByteString | undefined,
): JsonInput {
  const socket = socketNoteOf(note);
  const address = passed === undefined ? undefined : addressOf(passed);
  if (socket?.kind === 'unix' || (socket === undefined && address !== undefined && 'path' in address)) {
    const path = address !== undefined && 'path' in address ? address.path : '';
    return { path: direction === 'in' ? ((socket?.kind === 'unix' ? socket.path : undefined) ?? '') : path };
  }
  if (address !== undefined && 'path' in address) return null;
  const known = socket?.kind === 'inet' ? socket : undefined;
  if (known === undefined && (socket !== undefined || address === undefined)) return null;
  const ipv6 = known?.ipv6 ?? typeof address!.ip === 'string';
  const local = known?.local ?? nowhere(ipv6);
  const remote = known?.remote ?? address ?? nowhere(ipv6);
  return direction === 'out' ? socktuple(local, remote) : socktuple(remote, local);
}

function socktuple(source: Endpoint, destination: Endpoint): JsonInputObject {
  // A socket of IPv6 that speaks IPv4 has mapped addresses.
  const mapped = typeof source.ip !== typeof destination.ip;
  const text = ({ ip, text }: Endpoint) => (mapped && typeof ip === 'number' ? `::ffff:${text}` : text);
  return { sip: text(source), sport: source.port, dip: text(destination), dport: destination.port };
}
