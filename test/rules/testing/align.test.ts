import { expect } from 'chai';
import fc from 'fast-check';
import { align } from '../../../rules/testing/align.ts';

const same = (a: string, b: string): number | undefined =>
  a[0] === b[0] ? Math.abs(a.length - b.length) : undefined;

describe('align', () => {
  it('pairs what belongs together in its order, at the least cost', () => {
    expect(align(['a', 'b'], ['a', 'c', 'b'], same)).to.deep.equal({
      pairs: [['a', 'a'], ['b', 'b']],
      missing: [],
      extra: ['c'],
    }); // prettier-ignore
    expect(align(['aaa'], ['a', 'aa', 'aaa'], same).pairs).to.deep.equal([['aaa', 'aaa']]);
    expect(align(['a', 'b'], ['b', 'a'], same).pairs).to.have.length(1);
    expect(align([], ['a'], same)).to.deep.equal({ pairs: [], missing: [], extra: ['a'] });
    expect(align(['a'], [], same)).to.deep.equal({ pairs: [], missing: ['a'], extra: [] });
  });

  it('leaves nothing out, and pairs as many as a longest common subsequence has', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 });
    fc.assert(
      fc.property(text, text, (first, second) => {
        const { pairs, missing, extra } = align(first, second, same);
        expect([...pairs.map(([a]) => a), ...missing].sort()).to.deep.equal([...first].sort());
        expect([...pairs.map(([, b]) => b), ...extra].sort()).to.deep.equal([...second].sort());
        expect(pairs.length).to.equal(commonLength(first, second));
      }),
    );
  });

  it('takes long sequences, too', () => {
    const second = Array.from({ length: 3000 }, (_, i) => (i % 3 === 0 ? 'a' : 'b'));
    const { pairs, missing, extra } = align(
      Array.from({ length: 900 }, () => 'a'),
      second,
      same,
    );
    expect([pairs.length, missing.length, extra.length]).to.deep.equal([900, 0, 2100]);
  });
});

function commonLength(first: readonly string[], second: readonly string[]): number {
  const [a, ...rest] = first;
  if (a === undefined) return 0;
  const at = second.indexOf(a);
  const without = commonLength(rest, second);
  return at < 0 ? without : Math.max(without, 1 + commonLength(rest, second.slice(at + 1)));
}
