import { bytesOf, type ByteString, type Int } from '../bytes.ts';
import type { IpAddress } from './snapshot.ts';

/** IPv4 address in network order at `offset`, as an unsigned number. */
export function ipv4At(bytes: Uint8Array, offset: number): number {
  return (
    ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>>
    0
  );
}

/** Writes an IPv4 or IPv6 address in network order. */
export function setAddress(bytes: Uint8Array, offset: number, address: IpAddress): void {
  if (typeof address === 'string') bytes.set(bytesOf(address), offset);
  else for (let i = 0; i < 4; i++) bytes[offset + i] = address >>> (24 - 8 * i);
}

/** Writes a port, little-endian as the driver sends it. */
export function setPort(bytes: Uint8Array, offset: number, port: number): void {
  bytes[offset] = port;
  bytes[offset + 1] = port >> 8;
}

/** Port (host order, little-endian) at `offset`. */
export function portAt(bytes: Uint8Array, offset: number): number {
  return bytes[offset]! | (bytes[offset + 1]! << 8);
}

/** Whether two ranges of `length` bytes are equal. */
export function sameBytes(a: Uint8Array, at: number, b: Uint8Array, bt: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[at + i] !== b[bt + i]) return false;
  return true;
}

/** Whether all of `length` bytes are zero. */
export function isZero(bytes: Uint8Array, offset: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[offset + i] !== 0) return false;
  return true;
}

/** Whether the IPv6 address at `offset` stands for an IPv4 one (`::ffff:a.b.c.d`); that of all zeros counts as such, as in libsinsp. */
export function isMappedIpv4(bytes: Uint8Array, offset: number): boolean {
  if (!isZero(bytes, offset, 10)) return false;
  return (bytes[offset + 10] === 0xff && bytes[offset + 11] === 0xff) || isZero(bytes, offset + 10, 6);
}

/** `a.b.c.d` of the four bytes at `offset`. */
export function ipv4TextAt(bytes: Uint8Array, offset: number): ByteString {
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
}

/**
 * Text of the 16 bytes at `offset`, as inet_ntop of the GNU C library writes it: hexadecimal words, the longest run of two or more
 * zero words as `::`, the last four bytes with dots in `::a.b.c.d` and `::ffff:a.b.c.d`.
 */
export function ipv6TextAt(bytes: Uint8Array, offset: number): ByteString {
  let runStart = -1;
  let runLength = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && isZero(bytes, offset + 2 * end, 2)) end++;
    if (end - i > runLength) {
      runStart = i;
      runLength = end - i;
    }
    if (end > i) i = end;
  }
  const word = (i: number) => (bytes[offset + 2 * i]! << 8) | bytes[offset + 2 * i + 1]!;
  const dotted = runStart === 0 && (runLength === 6 || (runLength === 5 && word(5) === 0xffff));
  let text = '';
  for (let i = 0; i < 8; i++) {
    if (i === runStart) {
      text += '::';
      i += runLength - 1;
      continue;
    }
    if (text !== '' && !text.endsWith('::')) text += ':';
    if (i === 6 && dotted) return text + ipv4TextAt(bytes, offset + 12);
    text += word(i).toString(16);
  }
  return text;
}

/** Text of an address. */
export function addressText(address: IpAddress): ByteString {
  if (typeof address === 'string') return ipv6TextAt(bytesOf(address), 0);
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

const DIGITS = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

/** Writes the little-endian 64-bit number at `offset` in hexadecimal digits to `out`. Returns where they end (at most 16 further on). */
export function writeHex(out: Uint8Array, from: number, bytes: Uint8Array, offset: number): number {
  let at = from;
  for (let shift = 60; shift >= 0; shift -= 4) {
    const digit = (bytes[offset + (shift >> 3)]! >> (shift & 4)) & 0xf;
    if (digit !== 0 || at > from || shift === 0) out[at++] = DIGITS[digit]!;
  }
  return at;
}

/** Writes the kernel addresses of both ends of a unix socket, as the driver sends them. */
export function setKernelAddresses(bytes: Uint8Array, source: Int, destination: Int): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setBigUint64(0, BigInt.asUintN(64, BigInt(source)), true);
  view.setBigUint64(8, BigInt.asUintN(64, BigInt(destination)), true);
}
