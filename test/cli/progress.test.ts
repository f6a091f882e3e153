import { expect } from 'chai';
import { grouped, progressLine } from '../../cli/progress.ts';

describe('progressLine', () => {
  it('shows share, rate and alerts', () =>
    expect(progressLine({ bytes: 5e6, total: 1e7, events: 20000, alerts: 3 }, 2, 200)).to.equal(
      '[██████████··········]  50 % 5.0 MB of 10.0 MB, 20 000 events, 10 000/s, 3 alerts',
    ));
  it('has no bar for a pipe', () =>
    expect(progressLine({ bytes: 5e6, total: undefined, events: 0, alerts: 0 }, 0, 200)).to.equal(
      '5.0 MB, 0 events, 0/s, 0 alerts',
    ));
  it('says nothing of alerts where there are none to be made', () =>
    expect(progressLine({ bytes: 5e6, total: undefined, events: 7 }, 1, 200)).to.equal(
      '5.0 MB, 7 events, 7/s',
    ));
  const narrower: [columns: number, line: string][] = [
    [82, '[██████████··········]  50 % 5.0 MB of 10.0 MB, 20 000 events, 10 000/s, 3 alerts'],
    [81, '[██████████··········]  50 % 5.0 MB of 10.0 MB, 20 000 events, 3 alerts'],
    [71, '5.0 MB of 10.0 MB, 20 000 events, 3 alerts'],
    [40, '5.0 MB of 10.0 MB, 20 000 events'],
    [20, '5.0 MB of 10.0 MB'],
    [8, ''],
  ];
  for (const [columns, line] of narrower)
    it(`says less where there are ${columns} columns`, () =>
      expect(progressLine({ bytes: 5e6, total: 1e7, events: 20000, alerts: 3 }, 2, columns)).to.equal(line));
  it('groups digits', () =>
    expect([0, 999, 1000, 1234567].map(grouped)).to.deep.equal(['0', '999', '1 000', '1 234 567']));
});
