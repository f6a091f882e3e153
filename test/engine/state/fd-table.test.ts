import { expect } from 'chai';
import fc from 'fast-check';
import { FdTable, MAX_FDS } from '../../../engine/state/fd-table.ts';
import { Fd } from '../../../engine/state/fd.ts';

const nums = (table: FdTable) => [...table.values()].map((fd) => fd.num);

describe('FdTable', () => {
  it('holds what a map would hold', () => {
    const num = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(-9, 1023, 1024, 70000, 2 ** 40));
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('add' as const), num }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('remove' as const), num }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('retain' as const), num }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), num }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const table = new FdTable();
        const model = new Map<number, Fd>();
        for (const { do: what, num } of steps) {
          if (what === 'add') {
            const fd = new Fd();
            expect(table.add(num, fd)).to.equal(fd);
            model.set(num, fd);
          } else if (what === 'remove') {
            table.remove(num);
            model.delete(num);
          } else if (what === 'retain') {
            table.retain((fd) => fd.num < num);
            for (const key of [...model.keys()]) if (key >= num) model.delete(key);
          } else {
            table.clear();
            model.clear();
          }
          table.resetCache();
          expect(table.size).to.equal(model.size);
          expect(nums(table).sort()).to.deep.equal([...model.keys()].sort());
          for (const fd of model.values()) expect(table.find(fd.num)).to.equal(fd);
          table.resetCache();
          expect(table.find(num)).to.equal(model.get(num));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('lists fds in the order of a hash map of libc++', () => {
    const table = new FdTable();
    for (const num of [0, 1, 2, 3, 4, 255]) table.add(num, new Fd());
    // 11 buckets from the sixth on; 255 is in the bucket of 2.
    expect(nums(table)).to.deep.equal([4, 3, 255, 2, 1, 0]);
    table.remove(2);
    table.add(2, new Fd());
    expect(nums(table)).to.deep.equal([4, 3, 2, 255, 1, 0]);
  });

  it('is full at the limit, but replaces', () => {
    const table = new FdTable();
    for (let num = 0; num < MAX_FDS; num++) table.add(num, new Fd());
    expect(table.add(MAX_FDS, new Fd())).to.equal(undefined);
    expect(table.add(7, new Fd())).to.be.instanceOf(Fd);
    expect(table.size).to.equal(MAX_FDS);
  });

  it('still finds the fd that was found last after it was dropped with others, until another is found', () => {
    const table = new FdTable();
    const fd = new Fd();
    table.add(3, fd);
    table.add(4, new Fd());
    table.find(3);
    table.retain(() => false);
    expect(table.find(3)).to.equal(fd);
    table.add(5, new Fd());
    expect(table.find(3)).to.equal(undefined);
    table.find(5);
    table.remove(5);
    expect(table.find(5)).to.equal(undefined);
  });
});
