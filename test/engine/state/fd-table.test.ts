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
        // The fd that was found last is found once more after it was dropped with others.
        let last: Fd | undefined;
        for (const { do: what, num } of steps) {
          if (what === 'add') {
            const fd = new Fd();
            expect(table.add(num, fd)).to.equal(fd);
            model.set(num, fd);
            last = undefined;
          } else if (what === 'remove') {
            table.remove(num);
            model.delete(num);
            if (num === last?.num) last = undefined;
          } else if (what === 'retain') {
            table.retain((fd) => fd.num < num);
            for (const key of [...model.keys()]) if (key >= num) model.delete(key);
          } else {
            table.clear();
            model.clear();
          }
          expect(table.size).to.equal(model.size);
          expect(nums(table).sort()).to.deep.equal([...model.keys()].sort());
          const expected = model.get(num) ?? (num === last?.num ? last : undefined);
          expect(table.find(num)).to.equal(expected);
          for (const fd of model.values()) expect(table.find(fd.num)).to.equal(fd);
          last = [...model.values()].at(-1) ?? last;
        }
      }),
      { numRuns: 60 },
    );
  });

  it('lists fds in the order of a hash map of libstdc++', () => {
    // Written down from std::unordered_map<int64_t, …> of g++ 12.
    const table = new FdTable();
    const add = (...added: number[]) => added.forEach((num) => table.add(num, new Fd()));
    add(0, 1, 2, 3, 4, 255);
    expect(nums(table)).to.deep.equal([255, 4, 3, 2, 1, 0]);
    table.remove(2);
    add(2);
    expect(nums(table)).to.deep.equal([2, 255, 4, 3, 1, 0]);
    add(5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    expect(nums(table).join()).to.equal('15,14,13,12,0,1,3,4,255,8,2,5,6,7,9,10,11');
    add(-22, 1000);
    table.remove(13);
    table.remove(0);
    expect(nums(table).join()).to.equal('15,1000,14,12,1,3,4,255,8,-22,2,5,6,7,9,10,11');
    for (let i = 0; i < 40; i++) if (table.find(i * 3) === undefined) add(i * 3);
    expect(nums(table).join()).to.equal(
      '117,114,111,108,105,102,99,96,93,90,87,84,81,75,72,57,54,51,11,69,10,39,9,66,7,36,6,5,2,8,78,255,63,4,33,3,60,1,30,12,14,1000,15,0,18,21,24,27,-22,42,45,48',
    );
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
