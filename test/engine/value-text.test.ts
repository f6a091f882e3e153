import { expect } from 'chai';
import { valueText } from '../../engine/value-text.ts';

describe('values of fields', () => {
  it('rounds halves to even', () => {
    expect(
      [0.25, 0.75, 0.35, 2.25, 100].map((value) => valueText(value, 'DOUBLE', 'na', 'normal')),
    ).to.deep.equal(['0.2', '0.8', '0.3', '2.2', '100.0']);
  });

  it('prints fields as their class says', () => {
    expect(valueText(5, 'UINT32', 'na', 'normal')).to.equal(undefined);
    expect(valueText(-5, 'INT64', 'na', 'normal')).to.equal('-5');
    expect(valueText(64768, 'UINT32', 'hex', 'normal')).to.equal('FD00');
    expect(valueText(0o644, 'UINT32', 'oct', 'normal')).to.equal('644');
    expect(valueText(-1, 'INT16', 'hex', 'normal')).to.equal('FFFFFFFF');
    expect(valueText(7, 'ABSTIME', '10-padded-dec', 'normal')).to.equal('000000007');
    expect(valueText(0x7f000001, 'IPADDR', 'na', 'normal')).to.equal('127.0.0.1');
    expect(valueText('a\0b', 'CHARBUF', 'na', 'normal')).to.equal('a');
  });
});
