import { expect } from 'chai';
import { CL, Thread } from '../../../engine/state/thread.ts';
import { MAX_THREADS, ThreadTable } from '../../../engine/state/thread-table.ts';

describe('ThreadTable', () => {
  let table: ThreadTable;
  beforeEach(() => {
    table = new ThreadTable();
    add(1, 1, 0);
  });

  function add(tid: number, pid: number, ptid: number): Thread {
    const thread = new Thread();
    thread.tid = thread.vtid = tid;
    thread.pid = thread.vpid = pid;
    thread.ptid = ptid;
    if (tid !== pid) thread.flags |= CL.CLONE_THREAD | CL.CLONE_FILES;
    return table.add(thread, true)!;
  }

  it('makes an unknown thread known as an invalid one', () => {
    const thread = table.get(77)!;
    expect(thread).to.include({ tid: 77, pid: -1, ptid: -1, comm: '<NA>', exe: '<NA>', isInvalid: true });
    expect(thread.group).to.equal(undefined);
    expect(table.get(77)).to.equal(thread);
    expect(table.find(78)).to.equal(undefined);
  });

  it('holds no more than so many', () => {
    for (let tid = 2; tid <= MAX_THREADS; tid++) table.get(tid);
    expect(table.size).to.equal(MAX_THREADS);
    expect(table.get(MAX_THREADS + 1)).to.equal(undefined);
    expect(table.get(MAX_THREADS)).to.not.equal(undefined);
    expect(table.add(new Thread(), true)).to.equal(undefined);
  }).timeout(10000);

  it('links a thread with its process and its parent', () => {
    const main = add(10, 10, 1);
    const thread = add(11, 10, 1);
    expect(thread.mainThread).to.equal(main);
    expect(thread.fdTable).to.equal(main.fds);
    expect([main.threadCount, main.childThreadCount]).to.deep.equal([2, 1]);
    expect(main.parent(table)).to.equal(table.find(1));
  });

  it('finds the main thread also when it came last', () => {
    const thread = add(11, 10, 1);
    expect([thread.mainThread, thread.fdTable]).to.deep.equal([undefined, undefined]);
    expect([thread.threadCount, thread.childThreadCount]).to.deep.equal([1, 1]);
    const main = add(10, 10, 1);
    expect(thread.mainThread).to.equal(main);
    expect(thread.currentDirectory).to.equal('');
  });

  it('takes 0 for an unknown or invalid parent', () => {
    table.get(50);
    expect(add(10, 10, 99).ptid).to.equal(0);
    expect(add(20, 20, 50).ptid).to.equal(0);
  });

  it('keeps a dead main thread while others of its process live', () => {
    const main = add(10, 10, 1);
    add(11, 10, 1);
    table.remove(10);
    expect(main).to.include({ isDead: true, expired: false, threadCount: 1, childThreadCount: 1 });
    expect(table.find(10)).to.equal(main);
    table.remove(11);
    expect([table.find(10), table.find(11), table.group(10)]).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
  });

  describe('gives orphans', () => {
    it('to another thread of the process', () => {
      const main = add(10, 10, 1);
      add(11, 10, 1);
      const child = add(20, 20, 10);
      table.remove(10);
      expect(child.ptid).to.equal(11);
      expect(main.children).to.deep.equal([]);
    });

    it('to the nearest reaper above', () => {
      add(5, 5, 1).group!.reaper = true;
      add(6, 6, 5);
      add(7, 7, 6);
      const child = add(8, 8, 7);
      table.remove(7);
      expect(child.ptid).to.equal(5);
    });

    it('to the thread that the kernel named, which is a reaper from then on', () => {
      add(5, 5, 1);
      const parent = add(7, 7, 5);
      const child = add(8, 8, 7);
      parent.reaperTid = 5;
      table.remove(7);
      expect(child.ptid).to.equal(5);
      expect(table.find(5)!.group!.reaper).to.equal(true);
    });

    it('to nobody where none is known', () => {
      table.remove(1);
      add(7, 7, 5);
      const child = add(8, 8, 7);
      table.remove(7);
      expect(child.ptid).to.equal(0);
    });

    it('to none outside of their pid namespace', () => {
      const parent = add(7, 7, 1);
      parent.vtid = 2;
      const child = add(8, 8, 7);
      table.remove(7);
      expect(child.ptid).to.equal(0);
    });
  });

  describe('ancestors', () => {
    const tids = (thread: Thread) => [...thread.ancestors(table)].map((ancestor) => ancestor.tid);

    it('go up to the first', () => {
      add(2, 2, 1);
      add(3, 3, 2);
      expect(tids(add(4, 4, 3))).to.deep.equal([3, 2, 1]);
    });

    it('end where the chain bites its tail', () => {
      const a = add(2, 2, 1);
      const b = add(3, 3, 2);
      const c = add(4, 4, 3);
      a.ptid = 4;
      expect(tids(c)).to.have.length.within(1, 4);
      b.ptid = 3;
      expect(tids(c)).to.deep.equal([3]);
    });

    it('count by process', () => {
      add(2, 2, 1);
      add(3, 2, 1);
      const child = add(5, 5, 3);
      expect(child.ancestorProcess(table, 0)).to.equal(child);
      expect(child.ancestorProcess(table, 1)!.tid).to.equal(2);
      expect(child.ancestorProcess(table, 2)!.tid).to.equal(1);
      expect(child.ancestorProcess(table, 3)).to.equal(undefined);
    });
  });

  it('forgets children that are gone, after a while', () => {
    const parent = add(10, 10, 1);
    for (let tid = 100; tid < 200; tid++) {
      add(tid, tid, 10);
      table.remove(tid);
    }
    expect(parent.children.length).to.be.below(12);
    expect(parent.notExpiredChildren).to.equal(0);
  });
});

describe('Thread', () => {
  it('names cgroups as version 1 does', () => {
    const thread = new Thread();
    thread.setCgroups(['cpuset=/a', 'io=/b', 'mem_cgroup=/c', 'perf_event=/d', 'memory=/e=f'].join('\0'));
    expect(thread.cgroups).to.deep.equal([
      ['cpuset', '/a'],
      ['blkio', '/b'],
      ['memory', '/c'],
      ['perf_event', '/d'],
      ['memory', '/e=f'],
    ]);
    expect(thread.cgroup('memory')).to.equal('/c');
    expect(thread.cgroup('pids')).to.equal(undefined);
    thread.setCgroups(['pids=/x', 'broken'].join('\0'));
    expect(thread.cgroup('memory')).to.equal('/c');
  });

  it('finds environment variables and strips blanks', () => {
    const thread = new Thread();
    thread.setEnv('A= x y \0EMPTY=\0AB=2\0BLANK=  \0');
    const names = ['A', 'EMPTY', 'AB', 'BLANK', 'NONE'];
    expect(names.map((name) => thread.environmentValue(name))).to.deep.equal(['x y', '', '2', '', '']);
  });

  it('forgets that a program was deleted, once', () => {
    const thread = new Thread();
    thread.setExepath('/bin/x (deleted) (deleted)');
    expect(thread.exepath).to.equal('/bin/x (deleted)');
    thread.setExepath(' (deleted)');
    expect(thread.exepath).to.equal(' (deleted)');
  });
});
