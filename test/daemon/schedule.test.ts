import { expect } from 'chai';
import { Schedule } from '../../daemon/schedule.ts';

const captures = (...sizes: (number | undefined)[]) =>
  sizes.map((size, index) => ({ path: size === undefined ? '-' : `${index}.scap`, size }));

describe('Schedule', () => {
  it('gives the first, then the largest', () => {
    const schedule = new Schedule(captures(1, 5, 3, 9));
    expect([schedule.take(true), schedule.take(false), schedule.take(false)]).to.deep.equal([0, 3, 1]);
  });

  it('gives the one whose alerts are out next as soon as those before it are done', () => {
    const schedule = new Schedule(captures(1, 2, 3, 4));
    expect([schedule.take(true), schedule.take(false)]).to.deep.equal([0, 3]);
    schedule.done(0);
    expect(schedule.take(true)).to.equal(1);
    schedule.done(3);
    expect(schedule.take(false)).to.equal(2);
    schedule.done(1);
    expect(schedule.take(true)).to.equal(undefined);
  });

  it('keeps standard input for the main thread, which takes it at once', () => {
    const schedule = new Schedule(captures(1, 2, undefined, 3));
    expect([schedule.take(true), schedule.take(false), schedule.take(false)]).to.deep.equal([2, 0, 3]);
    const alone = new Schedule(captures(undefined));
    expect([alone.take(false), alone.take(true)]).to.deep.equal([undefined, 0]);
  });

  it('always has the first that is not done replayed, whatever the sizes and whoever is done when', () => {
    // A small generator of numbers, so that runs are the same.
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    for (let round = 0; round < 200; round++) {
      const count = 1 + random(12);
      const schedule = new Schedule(
        captures(...Array.from({ length: count }, () => (random(10) === 0 ? undefined : random(100)))),
      );
      const threads = 2 + random(3);
      const has = Array.from({ length: threads }, (_, thread) => schedule.take(thread === 0));
      const done = new Set<number>();
      while (done.size < count) {
        const first = Array.from({ length: count }, (_, index) => index).find((index) => !done.has(index));
        expect(has).to.include(first);
        const thread = random(threads);
        const index = has[thread];
        if (index === undefined) continue;
        done.add(index);
        schedule.done(index);
        has[thread] = schedule.take(thread === 0);
      }
    }
  });
});
