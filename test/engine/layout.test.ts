import { expect } from 'chai';
import { setFlagsFromString } from 'node:v8';
import { Event } from '../../engine/event.ts';
import { Fd } from '../../engine/state/fd.ts';
import { Thread } from '../../engine/state/thread.ts';

/** A number that V8 does not hold in 31 bits and a sign. */
const LARGE = 0xfedcba98;

describe('the layout', () => {
  let haveSameMap: (a: object, b: object) => boolean;
  before(() => {
    setFlagsFromString('--allow-natives-syntax');
    haveSameMap = new Function('a', 'b', 'return %HaveSameMap(a, b)') as typeof haveSameMap;
  });
  after(() => setFlagsFromString('--no-allow-natives-syntax'));

  const classes: readonly (readonly [string, () => object, object])[] = [
    ['an event', () => new Event(), { timeLow: LARGE }],
    ['an fd', () => new Fd(), { ino: 2 ** 40 }],
    [
      'a thread',
      () => new Thread(),
      {
        uid: LARGE, gid: LARGE, loginuid: LARGE, cloneTimeLow: LARGE, lastExecTimeLow: LARGE,
        exeIno: 2 ** 40, exeInoCtime: 2n ** 60n, exeInoMtime: 2n ** 60n, exeInoCtimeDurationCloneTs: 2 ** 40,
        exeInoCtimeDurationPidnsStart: 2 ** 40, pidnsInitStart: 2 ** 40, fdLimit: 2n ** 63n - 1n,
        capPermitted: 2 ** 40, capEffective: 2 ** 40, capInheritable: 2 ** 40, pageFaultsMajor: LARGE, pageFaultsMinor: LARGE,
      },
    ],
  ]; // prettier-ignore
  for (const [name, make, values] of classes)
    it(`of ${name} is the same whatever its fields hold`, () => {
      const before = make();
      Object.assign(make(), values);
      expect(haveSameMap(before, make())).to.equal(true);
    });
});
