import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import { FD, type Fd } from '../state/fd.ts';
import type { IpAddress } from '../state/snapshot.ts';
import type { Extracted, Field } from './define.ts';
import { endsOfFd, testAddress, testName, testNetwork, testPort } from './fd-net-tests.ts';
import { fdOf } from './fd-of.ts';
import { isLocalAddress } from './local-address.ts';

/** One end of a connection. */
type End = 'client' | 'server' | 'local' | 'remote';

/** Whether an end of a connection is the tuple's source; undefined if the fd is no connection of which the roles are known. */
function isSource(event: Event, fd: Fd, end: End): boolean | undefined {
  if (!fd.isIpSocket || !fd.hasRole) return undefined;
  switch (end) {
    case 'client':
      return true;
    case 'server':
      return false;
    default:
      return isLocalAddress(event, fd.sip) === (end === 'local');
  }
}

const isServerSocket = (fd: Fd): boolean => fd.type === FD.IPV4_SERVSOCK || fd.type === FD.IPV6_SERVSOCK;

const addressOf =
  (end: End) =>
  (event: Event): IpAddress | undefined => {
    const fd = fdOf(event);
    if (fd === undefined) return undefined;
    // A listening socket has no role, unless something else gave it one.
    if (end === 'server' && isServerSocket(fd)) return fd.hasRole ? fd.serverIp : undefined;
    const source = isSource(event, fd, end);
    return source === undefined ? undefined : source ? fd.sip : fd.dip;
  };

const portOf =
  (end: End) =>
  (event: Event): number | undefined => {
    const fd = fdOf(event);
    if (fd === undefined) return undefined;
    if (end === 'server' && isServerSocket(fd)) return fd.serverPort;
    const source = isSource(event, fd, end);
    return source === undefined ? undefined : source ? fd.sport : fd.dport;
  };

/** The text of a port; empty for a client's fd that is no connection, and for the port that a server listens on. */
const protocolOf = (end: End) => {
  const port = portOf(end);
  return (event: Event): ByteString | undefined => {
    const fd = fdOf(event);
    if (fd === undefined) return undefined;
    if (end === 'client' && fd.hasRole && !fd.isIpSocket) return '';
    if (end === 'server' && isServerSocket(fd)) return '';
    return port(event)?.toString();
  };
};

function isServer(event: Event): Extracted {
  const fd = fdOf(event);
  if (fd === undefined) return undefined;
  return isServerSocket(fd) || (fd.isIpSocket && isLocalAddress(event, fd.dip));
}

interface EndNames {
  readonly end: End;
  readonly letter: string;
  readonly of: string;
}

const ENDS: readonly EndNames[] = [
  { end: 'client', letter: 'c', of: 'client, the end that opened the connection' },
  { end: 'server', letter: 's', of: 'server, the end that was listening' },
  { end: 'local', letter: 'l', of: 'end on this machine' },
  { end: 'remote', letter: 'r', of: 'end on the other machine' },
];

function fieldsOf({ end, letter, of }: EndNames): readonly Field[] {
  const address = addressOf(end);
  return [
    {
      name: `fd.${letter}ip`,
      type: 'IPADDR',
      desc: `IP address of the ${of}.`,
      get: address,
    },
    {
      name: `fd.${letter}port`,
      type: 'PORT',
      format: 'dec',
      desc: `Port of the ${of}.`,
      get: portOf(end),
    },
    {
      name: `fd.${letter}proto`,
      type: 'CHARBUF',
      desc: `\`fd.${letter}port\` as text.`,
      get: protocolOf(end),
    },
    {
      name: `fd.${letter}net`,
      type: 'IPNET',
      filterOnly: true,
      noRightSide: true,
      noTransformer: true,
      desc: `IP networks to look for \`fd.${letter}ip\` in: \`fd.${letter}net in ("10.0.0.0/8", "192.168.0.0/16")\`.`,
      get: address,
    },
    {
      name: `fd.${letter}ip.name`,
      type: 'CHARBUF',
      noRightSide: true,
      noTransformer: true,
      desc: `Name of the host whose address is \`fd.${letter}ip\`. Names are not looked up: conditions know addresses written as text, and \`localhost\`; outputs have no value.`,
      get: () => undefined,
      bind: () => ({ test: testName(addressOfConnection(address)) }),
    },
  ];
}

const addressOfConnection = (address: (event: Event) => IpAddress | undefined) => (event: Event) =>
  fdOf(event)?.isIpSocket ? address(event) : undefined;

const either = { filterOnly: true, noRightSide: true, noTransformer: true } as const;

/** Addresses and ports of sockets. */
export const networkFields: readonly Field[] = [
  {
    name: 'fd.ip',
    type: 'IPADDR',
    ...either,
    desc: 'IP addresses of both ends of a connection, or the one of a listening socket: `=` holds if one of them is the value, `!=` if none is. `in` never holds.',
    get: () => undefined,
    bind: () => ({ test: testAddress(endsOfFd) }),
  },
  {
    name: 'fd.port',
    type: 'PORT',
    format: 'dec',
    ...either,
    desc: 'Ports of both ends of a connection, or the one of a listening socket: comparisons hold if they do for one of them, `!=` if for both.',
    get: () => undefined,
    bind: () => ({ test: testPort(endsOfFd) }),
  },
  {
    name: 'fd.proto',
    type: 'PORT',
    format: 'na',
    ...either,
    desc: 'The same as `fd.port`.',
    get: () => undefined,
    bind: () => ({ test: testPort(endsOfFd) }),
  },
  {
    name: 'fd.net',
    type: 'IPNET',
    ...either,
    desc: 'IP network to look for either address of a connection in: `=` holds if one of them is in the network, `!=` if none is. `in` looks at its first network only.',
    get: () => undefined,
    bind: () => ({ test: testNetwork(endsOfFd) }),
  },
  ...ENDS.flatMap(fieldsOf),
  {
    name: 'fd.is_server',
    type: 'BOOL',
    desc: 'Whether this machine is the server of the connection, or listens; false for all that is no IP socket.',
    get: isServer,
  },
];
