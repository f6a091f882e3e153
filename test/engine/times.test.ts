import { expect } from 'chai';
import { alertTime, isoTime, localTime, zone } from '../../engine/times.ts';

describe('times', () => {
  const ns = 1_709_210_096_000_000_007n;
  it('show zones', () => {
    expect(localTime(ns, 5.5 * 3600, { date: true, ns: true })).to.equal('2024-02-29 18:04:56.000000007');
    expect(localTime(ns, -13 * 3600, { date: true, ns: false })).to.equal('2024-02-28 23:34:56');
    expect(isoTime(ns)).to.equal('2024-02-29T12:34:56.000000007+0000');
    expect(alertTime(0n)).to.equal('1970-01-01T00:00:00.000000000Z');
    expect([0, 19800, -12600].map(zone)).to.deep.equal(['+0000', '+0530', '-0330']);
  });
  it('beyond the calendar are no error', () => {
    expect(isoTime(2n ** 64n - 1n)).to.equal('2554-07-21T23:34:33.709551615+0000');
  });
});
