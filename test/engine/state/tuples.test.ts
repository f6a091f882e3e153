import { expect } from 'chai';
import fc from 'fast-check';
import { socktupleText } from '../../../engine/state/tuples.ts';
import { unixTupleBytes } from '../../event-bytes.ts';

describe('the text of a unix socket', () => {
  it('is that of its addresses and path, whatever came before', () => {
    // Few of them, some of which differ in one byte only, so that they come back.
    const address = fc.constantFrom(
      0n,
      0x40n,
      0x4000n,
      0xffff9d74e0b2fc00n,
      0xffff9d74e0b2fc40n,
      0xfeff9d74e0b2fc00n,
    );
    const path = fc.constantFrom('', '/run/x', '/run/y', '/run/x1', '@\x01');
    fc.assert(
      fc.property(fc.array(fc.tuple(address, address, path), { maxLength: 40 }), (seen) => {
        for (const [source, destination, end] of seen) {
          const tuple = unixTupleBytes(source, destination, end);
          const shown = end.replace('\x01', '\xef\xbf\xbd');
          expect(socktupleText(tuple, 0, tuple.length)).to.equal(
            `${source.toString(16)}->${destination.toString(16)} ${shown}`,
          );
        }
      }),
    );
  });

  it('has no path where the tuple ends before it', () => {
    for (let size = 1; size < 18; size++) {
      const tuple = unixTupleBytes(1n, 2n, '').subarray(0, size);
      expect(() => socktupleText(tuple, 0, size), `${size} bytes`).not.to.throw();
    }
  });
});
