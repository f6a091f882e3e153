import { expect } from 'chai';
import { lintChecks } from '../../../rules/index.ts';
import { lintText } from './lint-text.ts';

describe('the examples of lint checks', () => {
  for (const { code, bad, good } of lintChecks) {
    it(`${code}: the bad one has one finding, of this check alone`, () =>
      expect(lintText(bad).map((finding) => finding.code)).to.deep.equal([code]));
    it(`${code}: the good one has none`, () => expect(lintText(good)).to.deep.equal([]));
  }

  it('are all different, as are the codes', () => {
    expect(new Set(lintChecks.map(({ code }) => code)).size).to.equal(lintChecks.length);
    expect(new Set(lintChecks.map(({ bad }) => bad)).size).to.be.above(lintChecks.length - 3);
  });
});
