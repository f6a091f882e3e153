import { expect } from 'chai';
import { enumNames, flagNames, modeNames } from '../../engine/flags.ts';

describe('flags', () => {
  const values = [
    ['ALL', 7],
    ['A', 1],
    ['B', 2],
    ['C', 4],
    ['NONE', 0],
  ] as const;
  it('names each bit once', () => {
    expect(flagNames(7, values)).to.equal('ALL');
    expect(flagNames(5, values)).to.equal('A|C');
    expect(flagNames(9, values)).to.equal('A');
    expect(flagNames(0, values)).to.equal('NONE');
    expect(flagNames(8, values)).to.equal('');
    expect(
      flagNames(0x80000001, [
        ['HIGH', 0x80000000],
        ['A', 1],
      ]),
    ).to.equal('HIGH|A');
  });
  it('names values', () => {
    expect(
      enumNames(1, [
        ['X', 1],
        ['Y', 1],
        ['Z', 2],
      ]),
    ).to.equal('X|Y');
    expect(enumNames(3, values)).to.equal('');
    expect(modeNames(3, values)).to.equal('A|B');
    expect(modeNames(7, values)).to.equal('ALL');
  });
});
