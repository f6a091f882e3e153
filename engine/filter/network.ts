import { bytesOf, type ByteString } from '../bytes.ts';
import type { FieldValue } from '../fields/define.ts';
import { ipv4At } from '../state/addresses.ts';
import { parseUnsigned } from './numbers.ts';
import { ValueError } from './value-error.ts';

/**
 * The constant of a network check: 8 bytes for IPv4 (address, mask), 18 for IPv6 (address, whole bytes to compare, bits to drop of the
 * byte behind them).
 */
export type Network = ByteString;

/** An IPv4 address as `inet_pton` reads it: four decimal numbers without leading zeros. */
export function parseIpv4(text: ByteString): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  let address = 0;
  for (let i = 1; i <= 4; i++) {
    const octet = match[i]!;
    if (Number(octet) > 255 || (octet.length > 1 && octet.startsWith('0'))) return undefined;
    address = address * 256 + Number(octet);
  }
  return address;
}

/**
 * An IPv6 address as `inet_pton` reads it, as 16 bytes. The form with a dotted end is left out: Falco takes whatever holds a dot for IPv4.
 */
export function parseIpv6(text: ByteString): ByteString | undefined {
  const [left, right, ...more] = text.split('::').map((half) => (half === '' ? '' : words(half)));
  if (left === undefined || more.length > 0) return undefined;
  if (!text.includes('::')) return left.length === 16 ? left : undefined;
  if (right === undefined) return undefined;
  // `::` stands for one word of zeros at least.
  const zeros = 16 - left.length - right.length;
  return zeros >= 2 ? left + '\0'.repeat(zeros) + right : undefined;
}

const word = (value: number): ByteString => String.fromCharCode(value >> 8, value & 255);

function words(text: ByteString): ByteString | undefined {
  let bytes = '';
  for (const part of text.split(':')) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
    bytes += word(parseInt(part, 16));
  }
  return bytes;
}

/** An address constant: what holds a dot is read as IPv4. Throws a `ValueError`. */
export function parseAddress(text: ByteString): number | ByteString {
  if (text.includes('.')) {
    const address = parseIpv4(text);
    if (address === undefined) throw new ValueError(`unrecognized IPv4 address ${text}`);
    return address;
  }
  const address = parseIpv6(text);
  if (address === undefined) throw new ValueError(`unrecognized IPv6 address ${text}`);
  return address;
}

/** A network constant, `address/bits`. Throws a `ValueError`. */
export function parseNetwork(text: ByteString): Network {
  const slash = text.indexOf('/');
  const ipv4 = text.includes('.');
  if (slash < 0)
    throw new ValueError(ipv4 ? `unrecognized IP network ${text}` : `invalid v6 netmask: ${text}`);
  const host = text.slice(0, slash);
  const mask = text.slice(slash + 1).split('\n', 1)[0]!;
  return ipv4 ? ipv4Network(text, host, mask) : ipv6Network(text, host, mask);
}

function ipv4Network(text: ByteString, host: ByteString, mask: ByteString): Network {
  const address = parseIpv4(host);
  if (address === undefined) throw new ValueError(`unrecognized IP address ${text}`);
  const bits = Number(parseUnsigned(mask, 8));
  if (bits > 32) throw new ValueError(`invalid netmask ${mask}`);
  const netmask = bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0;
  return word(address >>> 16) + word(address & 0xffff) + word(netmask >>> 16) + word(netmask & 0xffff);
}

function ipv6Network(text: ByteString, host: ByteString, mask: ByteString): Network {
  const address = parseIpv6(host);
  if (address === undefined) throw new ValueError(`unrecognized IPv6 address ${text}`);
  const bits = Number(parseUnsigned(mask, 8));
  if (bits === 0 || bits > 128) throw new ValueError(`invalid v6 netmask ${mask}`);
  const whole = (bits - 1) >> 3;
  return address + String.fromCharCode(whole, 8 * (whole + 1) - bits);
}

/** Whether an address lies in `network`; never if one is IPv4 and the other IPv6. */
export function networkTest(network: Network): (address: FieldValue) => boolean {
  const bytes = bytesOf(network);
  if (bytes.length === 8) {
    const base = ipv4At(bytes, 0);
    const mask = ipv4At(bytes, 4);
    return (address) => typeof address === 'number' && ((address ^ base) & mask) === 0;
  }
  const prefix = network.slice(0, bytes[16]);
  const drop = bytes[17]!;
  const last = bytes[prefix.length]! >> drop;
  return (address) =>
    typeof address === 'string' &&
    address.startsWith(prefix) &&
    address.charCodeAt(prefix.length) >> drop === last;
}
