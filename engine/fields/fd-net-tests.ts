/**
 * Comparisons that Falco's fields of connections make themselves. They are true of either end of a connection, and differ from the
 * ordinary ones in more than that: modifiers are ignored, some look at their first value only.
 */
import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import { FD, type Fd } from '../state/fd.ts';
import type { IpAddress } from '../state/snapshot.ts';
import type { BoundField, FieldTest, FieldValue } from './define.ts';
import { fdOf } from './fd-of.ts';
import { ipv4, ipv6, isInNetwork } from './network-values.ts';

type Test = NonNullable<BoundField['test']>;

const never: FieldTest = () => false;
const isKnown: FieldTest = (event) => fdOf(event) !== undefined;

/** Whether an fd is a connection or a listening socket, so that it has addresses. */
function hasAddress(fd: Fd): boolean {
  return fd.isIpSocket || fd.type === FD.IPV4_SERVSOCK || fd.type === FD.IPV6_SERVSOCK;
}

/** A test of the addresses of both ends; of a listening socket's own, which then stands for both. */
function ofAddresses(holds: (source: IpAddress, destination: IpAddress) => boolean): FieldTest {
  return (event) => {
    const fd = fdOf(event);
    if (fd === undefined || !hasAddress(fd)) return false;
    return fd.isIpSocket ? holds(fd.sip, fd.dip) : holds(fd.serverIp, fd.serverIp);
  };
}

/** `fd.ip`: `=` and `!=`. `in` never holds. */
export const testAddress: Test = (op, _modifier, [value]) => {
  switch (op) {
    case 'exists':
      return isKnown;
    case '=':
    case '==':
      return ofAddresses((source, destination) => source === value || destination === value);
    case '!=':
      return ofAddresses((source, destination) => source !== value && destination !== value);
    default:
      return never;
  }
};

/** `fd.net`: with its first value only, `in` too. */
export const testNetwork: Test = (op, _modifier, [value]) => {
  if (op === 'exists') return isKnown;
  const network = value as ByteString | undefined;
  if (network === undefined) return never;
  const contains = (address: IpAddress) => isInNetwork(address, network);
  switch (op) {
    case '=':
    case '==':
    case 'in':
      return ofAddresses((source, destination) => contains(source) || contains(destination));
    case '!=':
      return ofAddresses((source, destination) => !contains(source) && !contains(destination));
    case 'intersects':
      return (event) => {
        const fd = fdOf(event);
        return fd !== undefined && hasAddress(fd) && !fd.isIpSocket && contains(fd.serverIp);
      };
    default:
      return never;
  }
};

/** `fd.port` and `fd.proto`: all comparisons of numbers, and `in`. */
export const testPort: Test = (op, _modifier, values) => {
  const value = values[0] as number;
  switch (op) {
    case 'exists':
      return isKnown;
    case '=':
    case '==':
      return ofPorts((source, destination) => source === value || destination === value);
    case '!=':
      return ofPorts((source, destination) => source !== value && destination !== value);
    case '<':
      return ofPorts((source, destination) => source < value || destination < value);
    case '<=':
      return ofPorts((source, destination) => source <= value || destination <= value);
    case '>':
      return ofPorts((source, destination) => source > value || destination > value);
    case '>=':
      return ofPorts((source, destination) => source >= value || destination >= value);
    case 'in': {
      const ports = new Set(values);
      return ofPorts((source, destination) => ports.has(source) || ports.has(destination));
    }
    default:
      return never;
  }
};

function ofPorts(holds: (source: number, destination: number) => boolean): FieldTest {
  return (event) => {
    const fd = fdOf(event);
    if (fd === undefined || !hasAddress(fd)) return false;
    return fd.isIpSocket ? holds(fd.sport, fd.dport) : holds(fd.serverPort, fd.serverPort);
  };
}

/**
 * `fd.cnet` and its like: whether the address that `read` gives is in the networks. With modifiers, Falco looks the address itself up
 * among the networks for `= anyof` and `!= allof`, and never finds it.
 */
export function testNetworks(read: (event: Event) => IpAddress | undefined): Test {
  return (op, modifier, values) => {
    if (op === 'exists') return (event) => read(event) !== undefined;
    const holds = inNetworks(op, modifier, values as readonly ByteString[]);
    return (event) => {
      const address = read(event);
      return address !== undefined && holds(address);
    };
  };
}

function inNetworks(
  op: Parameters<Test>[0],
  modifier: Parameters<Test>[1],
  networks: readonly ByteString[],
): (address: IpAddress) => boolean {
  const differs = op === '!=';
  const matches = (address: IpAddress, network: ByteString) => isInNetwork(address, network) !== differs;
  if (networks.length === 0) return () => false;
  switch (modifier) {
    case 'oneof':
      return (address) => networks.filter((network) => matches(address, network)).length === 1;
    case 'anyof':
      return differs ? (address) => networks.some((network) => matches(address, network)) : () => false;
    case 'allof':
      return differs ? () => true : (address) => networks.every((network) => matches(address, network));
    default:
      if (op === 'in' || op === 'intersects')
        return (address) => networks.some((network) => isInNetwork(address, network));
      return (address) => matches(address, networks[0]!);
  }
}

/**
 * `fd.sip.name` and its like. Falco asks its machine for the addresses of the *value*; here addresses stand for themselves, and
 * only localhost is known.
 */
export function testName(read: (event: Event) => IpAddress | undefined): Test {
  return (op, _modifier, values) => {
    if (op === 'exists') return isKnown;
    const addresses = new Set<IpAddress>((op === 'in' ? values : values.slice(0, 1)).flatMap(addressesOf));
    switch (op) {
      case '=':
      case '==':
      case 'in':
        return (event) => {
          const address = read(event);
          return address !== undefined && addresses.has(address);
        };
      case '!=':
        return (event) => {
          const address = read(event);
          return address !== undefined && !addresses.has(address);
        };
      default:
        return never;
    }
  };
}

function addressesOf(value: FieldValue): readonly IpAddress[] {
  const name = String(value);
  if (name === 'localhost') return [0x7f000001, ipv6('::1')!];
  const address = ipv4(name) ?? ipv6(name);
  return address === undefined ? [] : [address];
}
