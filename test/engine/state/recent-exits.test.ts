import { expect } from 'chai';
import { RecentExits } from '../../../engine/state/recent-exits.ts';
import { SYSCALL_GETUID_X } from '../../../engine/tables/codes.generated.ts';
import { syntheticEvent } from '../../event-bytes.ts';

const at = (seconds: number) => syntheticEvent(SYSCALL_GETUID_X, 1, Math.round(seconds * 1e9), [0]);

describe('RecentExits', () => {
  let exits: RecentExits;
  beforeEach(() => {
    exits = new RecentExits();
    exits.add(20, 10, at(100));
  });

  const cases: [what: string, tid: number, ptid: number, seconds: number, known: boolean][] = [
    ['the moment itself', 20, 10, 100, true],
    ['a little later', 20, 10, 101.9, true],
    ['two seconds later', 20, 10, 102, false],
    ['earlier', 20, 10, 99.9, false],
    ['another child', 21, 10, 100, false],
    ['another parent', 20, 11, 100, false],
    ['the two the other way round', 10, 20, 100, false],
  ];
  for (const [what, tid, ptid, seconds, known] of cases)
    it(`${known ? 'know' : 'do not know'} ${what}`, () => {
      expect(exits.has(tid, ptid, at(seconds))).to.equal(known);
    });

  it('know every end, also where the clock goes back', () => {
    exits.add(20, 10, at(50));
    expect([50, 51, 100, 101].map((seconds) => exits.has(20, 10, at(seconds)))).to.deep.equal(
      new Array<boolean>(4).fill(true),
    );
    expect(exits.has(20, 10, at(75))).to.equal(false);
  });

  it('know ids that are not known', () => {
    exits.add(20, -1, at(100));
    expect(exits.has(20, -1, at(100))).to.equal(true);
  });

  it('are so many at most', () => {
    for (let tid = 1000; tid < 1000 + 8191; tid++) exits.add(tid, 10, at(100));
    expect(exits.has(20, 10, at(100))).to.equal(true);
    exits.add(5, 10, at(100));
    expect([20, 1000, 5].map((tid) => exits.has(tid, 10, at(100)))).to.deep.equal([false, true, true]);
  });

  it('can be forgotten', () => {
    exits.clear();
    expect(exits.has(20, 10, at(100))).to.equal(false);
  });
});
