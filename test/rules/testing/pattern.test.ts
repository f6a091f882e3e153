import { expect } from 'chai';
import fc from 'fast-check';
import { literalPattern, outputPattern } from '../../../rules/testing/pattern.ts';
import { readTime } from '../../../rules/testing/time.ts';

describe('outputPattern', () => {
  const cases: readonly (readonly [pattern: string, fits: readonly string[], not: readonly string[]])[] = [
    ['shell', ['shell'], ['a shell', '']],
    ['*shell=zsh*', ['shell=zsh', 'a shell=zsh b', 'x\nshell=zsh'], ['shell=zs']],
    ['a?c', ['abc', 'aéc', 'a😀c'], ['ac', 'abbc']],
    ['a[b]c', ['a[b]c'], ['abc']],
    ['\\*\\?\\\\', ['*?\\'], ['xy\\']],
    ['a\\b', ['a\\b'], ['ab']],
    ['*', ['', 'x'], []],
    ['/uid=\\d+$/', ['x uid=12'], ['uid=x', 'uid=1 ']],
    ['/', ['/'], ['']],
    ['//', ['//'], ['']],
  ];
  for (const [pattern, fits, not] of cases)
    it(pattern, () => {
      const { matches } = outputPattern(pattern);
      for (const text of fits) expect(matches(text), text).to.equal(true);
      for (const text of not) expect(matches(text), text).to.equal(false);
    });

  it('matches as a regular expression would', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    fc.assert(
      fc.property(letters, text, (pattern, value) => {
        const regex = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(outputPattern(pattern).matches(value)).to.equal(regex.test(value));
      }),
    );
  });

  it('takes its time from the lengths, not from the stars', () => {
    expect(outputPattern(`${'*a'.repeat(200)}b`).matches('a'.repeat(20_000))).to.equal(false);
  });

  it('knows what can fit one text only', () => {
    expect(['a', 'a*', '/a/'].map((pattern) => outputPattern(pattern).literal)).to.deep.equal([
      true,
      false,
      false,
    ]);
    expect(literalPattern('a*').matches('a*')).to.equal(true);
    expect(literalPattern('a*').matches('ab')).to.equal(false);
  });
});

describe('readTime', () => {
  const cases: readonly (readonly [text: string, nanoseconds: bigint | undefined])[] = [
    ['+2ms', 2_000_000n],
    ['1s', 1_000_000_000n],
    ['1.5s', 1_500_000_000n],
    ['0', 0n],
    ['+0.25us', 250n],
    ['3m', 180_000_000_000n],
    ['1h', 3_600_000_000_000n],
    ['7ns', 7n],
    ['5', undefined],
    ['-1s', undefined],
    ['1 s', undefined],
    ['', undefined],
  ];
  for (const [text, nanoseconds] of cases)
    it(`${text || 'nothing'} is ${nanoseconds ?? 'no time'}`, () =>
      expect(readTime(text)).to.equal(nanoseconds));
});
