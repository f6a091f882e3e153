import fc from 'fast-check';
import type { ParamInfo } from '../../../engine/tables/types.ts';
import { socktupleBytes, unixSockaddrBytes, unixTupleBytes } from '../../event-bytes.ts';

const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const exactly = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const text = fc.string({ unit: 'binary', maxLength: 12 });
const terminated = text.map((one) => utf8(`${one}\0`));
const strings = fc.array(text, { maxLength: 4 }).map((all) => utf8(all.map((one) => `${one}\0`).join('')));

/** Bytes of numbers that are at some border, of any number, and of some other length. */
const numbers = fc.oneof(
  fc.constantFrom(1, 2, 4, 8).chain((size) => exactly(size)),
  fc.constantFrom(1, 2, 4, 8).map((size) => new Uint8Array(size)),
  fc.constantFrom(1, 2, 4, 8).map((size) => new Uint8Array(size).fill(255)),
  fc.bigInt({ min: -(1n << 55n), max: 1n << 55n }).map((value) => {
    const eight = new DataView(new ArrayBuffer(8));
    eight.setBigInt64(0, value, true);
    return new Uint8Array(eight.buffer);
  }),
  fc
    .constantFrom(1, 2, 4)
    .chain((size) => fc.nat(40).map((n) => Uint8Array.from({ length: size }, (_, i) => (i === 0 ? n : 0)))),
);

const withFamily = (sizes: readonly number[]) =>
  fc
    .tuple(
      fc.constantFrom(0, 1, 2, 10, 16),
      fc.constantFrom(...sizes).chain((size) => exactly(size)),
    )
    .map(([family, rest]) => Uint8Array.of(family, ...rest));

const addresses = fc.oneof(
  withFamily([0, 4, 6, 18, 12, 36, 17]),
  text.map(unixSockaddrText),
  fc
    .tuple(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), text)
    .map(([end, path]) => unixTupleBytes(end, 3n, path.replace(/[^ -~]/g, ''))),
  fc
    .constantFrom('::', '::1', '1::', '::ffff:0:0', '1:0:0:2::3')
    .map((ip) => socktupleBytes(ip, 1, '::2', 65535)),
);

function unixSockaddrText(path: string): Uint8Array {
  return unixSockaddrBytes(path.replace(/[^ -~]/g, ''));
}

const fdLists = fc
  .array(exactly(10), { maxLength: 3 })
  .map((entries) => Uint8Array.from([entries.length, 0, ...entries.flatMap((entry) => [...entry])]));

/** Bytes that a parameter may have: right ones for its type mostly, but anything may come. */
export function parameterBytes(param: ParamInfo): fc.Arbitrary<Uint8Array> {
  const { type, variants } = param;
  const right = (): fc.Arbitrary<Uint8Array> => {
    if (type === 'dyn')
      return fc
        .constantFrom(...variants!.map((variant, i) => [variant, i] as const))
        .chain(([variant, i]) => parameterBytes(variant).map((value) => Uint8Array.of(i, ...value)));
    if (type === 'charbuf' || type === 'fspath' || type === 'fsrelpath') return terminated;
    if (type === 'bytebuf' || type.startsWith('charbuf')) return fc.oneof(strings, text.map(utf8));
    if (type === 'sockaddr' || type === 'socktuple') return addresses;
    if (type === 'fdlist') return fdLists;
    return numbers;
  };
  return fc.oneof(
    { weight: 8, arbitrary: right() },
    { weight: 1, arbitrary: bytes(20) },
    { weight: 1, arbitrary: fc.constant(new Uint8Array(0)) },
  );
}
