import { expect } from 'chai';
import fc from 'fast-check';
import { commonInOrder } from '../../../rules/diff/sequence.ts';

const common = (old: string, next: string): string =>
  commonInOrder([...old], [...next])
    .map(([i]) => old[i])
    .join('');

describe('commonInOrder', () => {
  const cases: [old: string, next: string, common: string][] = [
    ['', 'abc', ''],
    ['abc', 'abc', 'abc'],
    ['abcd', 'axcd', 'acd'],
    ['abcde', 'eabcd', 'abcd'],
    ['abcdef', 'defabc', 'def'],
    ['aab', 'ab', 'ab'],
    ['ab', 'xaaby', 'ab'],
  ];
  for (const [old, next, expected] of cases)
    it(`${old} and ${next}`, () => expect(common(old, next)).to.equal(expected));

  it('finds the longest run of sequences without repetitions', () => {
    const sequence = fc.uniqueArray(fc.nat(8));
    fc.assert(
      fc.property(sequence, sequence, (old, next) => {
        const pairs = commonInOrder(old, next);
        for (const [i, j] of pairs) expect(old[i]).to.equal(next[j]);
        for (const [k, [i, j]] of pairs.slice(1).entries())
          expect([i > pairs[k]![0], j > pairs[k]![1]]).to.deep.equal([true, true]);
        expect(pairs.length).to.equal(longest(old, next));
      }),
    );
  });
});

/** By the table of all beginnings. */
function longest(old: readonly number[], next: readonly number[]): number {
  let row = next.map(() => 0);
  for (const element of old) {
    const above = row;
    row = [];
    next.forEach((other, j) => {
      row.push(other === element ? (above[j - 1] ?? 0) + 1 : Math.max(above[j]!, row[j - 1] ?? 0));
    });
  }
  return row.at(-1) ?? 0;
}
