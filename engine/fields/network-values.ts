/** Constants of conditions about the network: ports, addresses, networks. */
import { byteString, type ByteString } from '../bytes.ts';
import { SERVICES } from '../tables/services.ts';
import type { IpAddress } from '../state/snapshot.ts';
import type { FieldError } from './define.ts';

const INT32_MAX = 2147483647;

/** A port by number (of which 16 bits count) or service name. An empty text is port 0. */
export function parsePort(text: ByteString): number | FieldError {
  if (text === '') return 0;
  if (/^\d+$/.test(text)) {
    const port = Number(text);
    // Falco ends here, with the word "stoi".
    return port > INT32_MAX ? { error: `port number ${text} is out of range` } : port & 0xffff;
  }
  return SERVICES.get(text) ?? { error: `unrecognized protocol ${text}` };
}

/** An address: text with a dot is taken for IPv4, all other for IPv6. */
export function parseAddress(text: ByteString): IpAddress | FieldError {
  if (text.includes('.')) return ipv4(text) ?? { error: `unrecognized IPv4 address ${text}` };
  return ipv6(text) ?? { error: `unrecognized IPv6 address ${text}` };
}

/**
 * A network, as a byte string: address and mask, 8 bytes for IPv4 and 32 for IPv6. The address keeps the bits outside the mask.
 */
export function parseNetwork(text: ByteString): ByteString | FieldError {
  return text.includes('.') ? ipv4Network(text) : ipv6Network(text);
}

function ipv4Network(text: ByteString): ByteString | FieldError {
  const slash = text.indexOf('/');
  if (slash < 0) return { error: `unrecognized IP network ${text}` };
  const address = ipv4(text.slice(0, slash));
  if (address === undefined) return { error: `unrecognized IP address ${text}` };
  const prefix = firstLine(text.slice(slash + 1));
  const bits = prefixLength(prefix);
  if (typeof bits !== 'number') return bits;
  if (bits > 32) return { error: `invalid netmask ${prefix}` };
  return ipv4Bytes(address) + mask(bits, 4);
}

function ipv6Network(text: ByteString): ByteString | FieldError {
  const slash = text.indexOf('/');
  if (slash < 0) return { error: `invalid v6 netmask: ${text}` };
  const address = ipv6(text.slice(0, slash));
  if (address === undefined) return { error: `unrecognized IPv6 address ${text}` };
  const prefix = firstLine(text.slice(slash + 1));
  const bits = prefixLength(prefix);
  if (typeof bits !== 'number') return bits;
  if (bits === 0 || bits > 128) return { error: `invalid v6 netmask ${prefix}` };
  return address + mask(bits, 16);
}

const firstLine = (text: string): string => /^[^\n]*/.exec(text)![0];

/** A number of which 8 bits count, as the C library's `%u` reads it: blanks and a sign may come first. */
function prefixLength(text: ByteString): number | FieldError {
  const digits = /^[ \t\n\v\f\r]*([+-]?)(\d+)$/.exec(text);
  if (digits === null) return { error: `${text} is not a valid number` };
  const value = BigInt(digits[2]!);
  if (value >= 2n ** 64n) return 255;
  return Number(BigInt.asUintN(8, digits[1] === '-' ? -value : value));
}

function mask(bits: number, size: number): ByteString {
  const bytes = Uint8Array.from({ length: size }, (_, i) => 0xff00 >> Math.min(8, Math.max(0, bits - 8 * i)));
  return byteString(bytes, 0, size);
}

/** Whether an address is in a network. Addresses of the other family are in none. */
export function isInNetwork(address: IpAddress, network: ByteString): boolean {
  const bytes = typeof address === 'number' ? ipv4Bytes(address) : address;
  const size = bytes.length;
  if (network.length !== 2 * size) return false;
  for (let i = 0; i < size; i++)
    if (((bytes.charCodeAt(i) ^ network.charCodeAt(i)) & network.charCodeAt(size + i)) !== 0) return false;
  return true;
}

function ipv4Bytes(address: number): ByteString {
  return String.fromCharCode(address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255);
}

/** `a.b.c.d` as inet_pton reads it: no leading zeros. */
export function ipv4(text: ByteString): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let address = 0;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    address = address * 256 + Number(part);
  }
  return address;
}

/** IPv6 text as inet_pton reads it, without a dotted end. */
export function ipv6(text: ByteString): ByteString | undefined {
  const gap = text.indexOf('::');
  if (gap < 0) {
    const all = words(text);
    return all?.length === 8 ? wordBytes(all) : undefined;
  }
  const front = words(text.slice(0, gap));
  const back = words(text.slice(gap + 2));
  if (front === undefined || back === undefined || front.length + back.length > 7) return undefined;
  const zeros = new Array<number>(8 - front.length - back.length).fill(0);
  return wordBytes([...front, ...zeros, ...back]);
}

function words(text: string): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  return parts.every((part) => /^[0-9A-Fa-f]{1,4}$/.test(part))
    ? parts.map((part) => parseInt(part, 16))
    : undefined;
}

const wordBytes = (list: readonly number[]): ByteString =>
  list.map((word) => String.fromCharCode(word >> 8, word & 255)).join('');
