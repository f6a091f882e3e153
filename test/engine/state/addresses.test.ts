import { expect } from 'chai';
import fc from 'fast-check';
import { isIPv6 } from 'node:net';
import {
  addressText,
  ipv6TextAt,
  isMappedIpv4,
  setKernelAddresses,
  writeHex,
} from '../../../engine/state/addresses.ts';
import { byteString } from '../../../engine/bytes.ts';

const words = (...values: number[]) => Uint8Array.from(values.flatMap((word) => [word >> 8, word & 255]));

function hexAt(bytes: Uint8Array, offset: number): string {
  const out = new Uint8Array(16);
  return byteString(out, 0, writeHex(out, 0, bytes, offset));
}

describe('addresses', () => {
  it('prints IPv4 addresses', () => {
    expect(addressText(0x7f000001)).to.equal('127.0.0.1');
    expect(addressText(0xffffffff)).to.equal('255.255.255.255');
    expect(addressText(0)).to.equal('0.0.0.0');
  });

  const cases: [text: string, bytes: Uint8Array][] = [
    ['::', words(0, 0, 0, 0, 0, 0, 0, 0)],
    ['::1', words(0, 0, 0, 0, 0, 0, 0, 1)],
    ['fe80::1:0:0:1', words(0xfe80, 0, 0, 0, 1, 0, 0, 1)],
    ['2001:db8::1:0:0:1', words(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1)],
    ['2001:db8:0:1:1:1:1:1', words(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1)],
    ['1::', words(1, 0, 0, 0, 0, 0, 0, 0)],
    ['::ffff:10.0.2.15', words(0, 0, 0, 0, 0, 0xffff, 0x0a00, 0x020f)],
    ['::1.2.3.4', words(0, 0, 0, 0, 0, 0, 0x0102, 0x0304)],
    ['::2:0:0', words(0, 0, 0, 0, 0, 2, 0, 0)],
    ['1:2:3:4:5:6:7:8', words(1, 2, 3, 4, 5, 6, 7, 8)],
  ];
  for (const [text, bytes] of cases)
    it(`prints ${text}`, () => {
      expect(ipv6TextAt(bytes, 0)).to.equal(text);
      expect(addressText(byteString(bytes, 0, 16))).to.equal(text);
    });

  it('prints every IPv6 address so that it can be read again', () => {
    const word = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
    fc.assert(
      fc.property(fc.array(word, { minLength: 8, maxLength: 8 }), (values) => {
        const text = ipv6TextAt(words(...values), 0);
        expect(isIPv6(text), text).to.equal(true);
        if (!text.includes('.'))
          expect(new URL(`http://[${text}]`).hostname).to.equal(
            new URL(`http://[${values.map((v) => v.toString(16)).join(':')}]`).hostname,
          );
      }),
    );
  });

  it('takes the address of all zeros for a mapped one, as libsinsp does', () => {
    expect(isMappedIpv4(words(0, 0, 0, 0, 0, 0xffff, 1, 2), 0)).to.equal(true);
    expect(isMappedIpv4(words(0, 0, 0, 0, 0, 0, 0, 0), 0)).to.equal(true);
    expect(isMappedIpv4(words(0, 0, 0, 0, 0, 0, 0, 1), 0)).to.equal(false);
  });

  it('keeps all digits of kernel addresses', () => {
    const bytes = new Uint8Array(16);
    setKernelAddresses(bytes, 0xffff9d74e0b2fc00n, 0);
    expect(hexAt(bytes, 0)).to.equal('ffff9d74e0b2fc00');
    expect(hexAt(bytes, 8)).to.equal('0');
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(0xffff), (one, other) => {
        setKernelAddresses(bytes, one, other);
        expect(hexAt(bytes, 0)).to.equal(one.toString(16));
        expect(hexAt(bytes, 8)).to.equal(other.toString(16));
      }),
    );
  });
});
