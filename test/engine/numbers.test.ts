import { expect } from 'chai';
import { padded, parameterNumber, shortest, type Width } from '../../engine/numbers.ts';

describe('numbers in text', () => {
  const NUMBERS: readonly (readonly [number | bigint, Width, 'dec' | 'oct' | 'hex' | 'na', string])[] = [
    [0, 32, 'dec', '0'],
    // Numbers of 8 and 16 bits keep the sign that their type has: C prints them as int.
    [200, 8, 'dec', '200'],
    [65535, 16, 'na', '65535'],
    [-1, 16, 'dec', '-1'],
    [-2, 8, 'hex', 'FFFFFFFE'],
    [2 ** 32 - 1, 32, 'dec', '-1'],
    [2n ** 64n - 2n, 64, 'dec', '-2'],
    [-2, 64, 'hex', 'FFFFFFFFFFFFFFFE'],
    [-1, 32, 'oct', '037777777777'],
    [8, 32, 'oct', '010'],
    [255, 8, 'hex', 'FF'],
  ];
  for (const [value, width, format, text] of NUMBERS)
    it(`prints ${value} of ${width} bits (${format}) as ${text}`, () =>
      expect(parameterNumber(value, width, format)).to.equal(text));

  it('pads nanoseconds', () => {
    expect(padded(5)).to.equal('000000005');
    expect(padded(-5)).to.equal('-00000005');
    expect(padded(12345678901)).to.equal('12345678901');
  });

  for (const [value, text] of [
    [0, '0'],
    [1.5, '1.5'],
    [0.000001, '1e-06'],
    [0.00012345678, '0.000123457'],
    [123456, '123456'],
    [1234567, '1.23457e+06'],
    [100, '100'],
  ] as const)
    // prettier-ignore
    it(`prints ${value} like %g`, () => expect(shortest(value)).to.equal(text));
});
