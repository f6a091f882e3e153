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
import { networkTest, parseIpv4, parseIpv6 } from '../filter/network.ts';

type Test = NonNullable<BoundField['test']>;

const never: FieldTest = () => false;
const isKnown: FieldTest = (event) => fdOf(event) !== undefined;

/** Both ends of what an event's fd connects: how tests find them. */
export interface Ends {
  /** Whether the fd is known at all. */
  readonly isKnown: FieldTest;
  /** A test of the addresses of both ends; of a listening socket's own, which then stands for both. */
  readonly ofAddresses: (holds: (source: IpAddress, destination: IpAddress) => boolean) => FieldTest;
  /** A test of the address of a listening socket. */
  readonly ofListening: (holds: (address: IpAddress) => boolean) => FieldTest;
  /** As `ofAddresses`, of ports. */
  readonly ofPorts: (holds: (source: number, destination: number) => boolean) => FieldTest;
}

/** Whether an fd is a connection or a listening socket, so that it has addresses. */
function hasAddress(fd: Fd): boolean {
  return fd.isIpSocket || fd.type === FD.IPV4_SERVSOCK || fd.type === FD.IPV6_SERVSOCK;
}

function ofAddresses(holds: (source: IpAddress, destination: IpAddress) => boolean): FieldTest {
  return (event) => {
    const fd = fdOf(event);
    if (fd === undefined || !hasAddress(fd)) return false;
    return fd.isIpSocket ? holds(fd.sip, fd.dip) : holds(fd.serverIp, fd.serverIp);
  };
}

/** `fd.ip`: `=` and `!=`. `in` never holds. */
export const testAddress =
  ({ isKnown, ofAddresses }: Ends): Test =>
  (op, _modifier, [value]) => {
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
export const testNetwork =
  ({ isKnown, ofAddresses, ofListening }: Ends): Test =>
  (op, _modifier, [value]) => {
    if (op === 'exists') return isKnown;
    if (value === undefined) return never;
    const contains = networkTest(value as ByteString);
    switch (op) {
      case '=':
      case '==':
      case 'in':
        return ofAddresses((source, destination) => contains(source) || contains(destination));
      case '!=':
        return ofAddresses((source, destination) => !contains(source) && !contains(destination));
      case 'intersects':
        return ofListening(contains);
      default:
        return never;
    }
  };

/** `fd.port` and `fd.proto`: all comparisons of numbers, and `in`. */
export const testPort =
  ({ isKnown, ofPorts }: Ends): Test =>
  (op, _modifier, values) => {
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

const ofListening: Ends['ofListening'] = (holds) => (event) => {
  const fd = fdOf(event);
  return fd !== undefined && hasAddress(fd) && !fd.isIpSocket && holds(fd.serverIp);
};

/** The ends as the machine knows them. */
export const endsOfFd: Ends = { isKnown, ofAddresses, ofListening, ofPorts };

/**
 * `fd.sip.name` and its like. Falco asks its machine for the addresses of the *value*; here addresses stand for themselves, and
 * only localhost is known, as 127.0.0.1, besides what the machine of the events knows (`hostNames`).
 */
export function testName(read: (event: Event) => IpAddress | undefined): Test {
  return (op, _modifier, values) => {
    if (op === 'exists') return isKnown;
    const names = op === 'in' ? values : values.slice(0, 1);
    const addresses = new Set<IpAddress>(names.flatMap(addressesOf));
    const isNamed = (event: Event, address: IpAddress): boolean => {
      const name = event.machine?.hostNames.get(address);
      return addresses.has(address) || (name !== undefined && names.includes(name));
    };
    switch (op) {
      case '=':
      case '==':
      case 'in':
        return (event) => {
          const address = read(event);
          return address !== undefined && isNamed(event, address);
        };
      case '!=':
        return (event) => {
          const address = read(event);
          return address !== undefined && !isNamed(event, address);
        };
      default:
        return never;
    }
  };
}

const LOOPBACK = 0x7f000001;

function addressesOf(value: FieldValue): readonly IpAddress[] {
  const name = String(value);
  if (name === 'localhost') return [LOOPBACK];
  const address = parseIpv4(name) ?? parseIpv6(name);
  return address === undefined ? [] : [address];
}
