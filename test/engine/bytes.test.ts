import { expect } from 'chai';
import fc from 'fast-check';
import { readInt64, readInt64Number, readUint64 } from '../../engine/bytes.ts';

describe('64-bit integers', () => {
  it('are read with all their digits', () => {
    const view = new DataView(new ArrayBuffer(8));
    const edge = fc
      .tuple(fc.constantFrom(0n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n), fc.bigInt(-2n, 2n))
      .map(([power, more]) => power + more);
    fc.assert(
      fc.property(fc.oneof(edge, fc.bigInt(0n, 2n ** 64n - 1n)), (value) => {
        view.setBigUint64(0, value, true);
        const unsigned = BigInt.asUintN(64, value);
        const signed = BigInt.asIntN(64, value);
        expect(BigInt(readUint64(view, 0))).to.equal(unsigned);
        expect(BigInt(readInt64(view, 0))).to.equal(signed);
        expect(readInt64Number(view, 0)).to.equal(Number(signed));
        for (const read of [readUint64(view, 0), readInt64(view, 0)])
          expect(typeof read === 'bigint' || Number.isSafeInteger(read)).to.equal(true);
      }),
    );
  });
});
