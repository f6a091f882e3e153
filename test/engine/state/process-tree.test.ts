import { expect } from 'chai';
import { CL } from '../../../engine/state/thread.ts';
import * as codes from '../../../engine/tables/codes.generated.ts';
import { ProcessScene, type Ids } from './process-scene.ts';
import { snapshot } from './snapshots.ts';

const init = snapshot(1, 1, 0, { comm: 'init', exepath: '/sbin/init', cwd: '/' });
const onlyInit = () => new ProcessScene(init);

const IN_BOX = CL.CHILD_IN_PIDNS;

/**
 * ```
 * init 1
 * ├ shop 20, 21
 * └ proxy 30, 31, 32     started by 21, for its parent
 *   └ runtime 40
 *     └ box 50, 51       1 and 2 in a pid namespace
 *       └ app 60, 61     10 and 12 there, a child of 51
 *         └ job 70       17 there, a child of 61
 * ```
 */
function tree(): ProcessScene {
  const scene = onlyInit();
  scene.clone(20, [1, 1, 0]);
  scene.clone(21, [20, 20, 1], { flags: CL.CLONE_THREAD });
  scene.clone(30, [21, 20, 1], { flags: CL.CLONE_PARENT });
  scene.clone(0, [30, 30, 1], { flags: CL.CLONE_PARENT });
  scene.clone(31, [30, 30, 1], { flags: CL.CLONE_THREAD });
  scene.clone(32, [31, 30, 1], { flags: CL.CLONE_THREAD });
  scene.clone(40, [30, 30, 1]);
  scene.clone(0, [50, 50, 40], { flags: CL.CLONE_NEWPID | IN_BOX, vtid: 1, vpid: 1 });
  scene.clone(0, [51, 50, 40], { flags: CL.CLONE_THREAD | IN_BOX, vtid: 2, vpid: 1 });
  scene.clone(0, [60, 60, 51], { flags: IN_BOX, vtid: 10, vpid: 10 });
  scene.clone(0, [61, 60, 51], { flags: CL.CLONE_THREAD | IN_BOX, vtid: 12, vpid: 10 });
  scene.clone(0, [70, 70, 61], { flags: IN_BOX, vtid: 17, vpid: 17 });
  return scene;
}

describe('the tree of processes', () => {
  it('grows by what clone tells', () => {
    const scene = tree();
    expect([1, 20, 21, 30, 31, 32, 40, 50, 51, 60, 61, 70].map((tid) => scene.ids(tid))).to.deep.equal([
      [1, 0, 1, 1],
      [20, 1, 20, 20],
      [20, 1, 21, 20],
      [30, 1, 30, 30],
      [30, 1, 31, 30],
      [30, 1, 32, 30],
      [40, 30, 40, 40],
      [50, 40, 1, 1],
      [50, 40, 2, 1],
      [60, 51, 10, 10],
      [60, 51, 12, 10],
      [70, 61, 17, 17],
    ]);
    expect([1, 20, 30, 40, 50, 60, 70].map((pid) => scene.group(pid))).to.deep.equal([
      [1, true, 1, 1],
      [2, false, 2, 2],
      [3, false, 3, 3],
      [1, false, 1, 1],
      [2, true, 2, 2],
      [2, false, 2, 2],
      [1, false, 1, 1],
    ]);
    expect([1, 30, 40, 51, 61, 50].map((tid) => scene.children(tid))).to.deep.equal([
      [5, 20, 21, 30, 31, 32],
      [1, 40],
      [2, 50, 51],
      [2, 60, 61],
      [1, 70],
      [0],
    ]);
  });

  it('comes from the snapshot, in whatever order that is', () => {
    const scene = new ProcessScene(
      snapshot(30, 30, 24),
      snapshot(40, 40, 26),
      snapshot(25, 24, 1),
      snapshot(24, 24, 1),
      snapshot(26, -1, -1),
      snapshot(2, 1, 0),
      init,
      snapshot(50, 50, 99),
    );
    expect(scene.machine.threads.size).to.equal(8);
    expect([1, 24, 26].map((tid) => scene.children(tid))).to.deep.equal([[2, 24, 25], [1, 30], [0]]);
    expect([1, 24, 30, 40].map((pid) => scene.group(pid))).to.deep.equal([
      [2, true, 2, 2],
      [2, false, 2, 2],
      [1, false, 1, 1],
      [1, false, 1, 1],
    ]);
    expect(scene.thread(25)!.mainThread).to.equal(scene.thread(24));
    // Neither an invalid nor a missing process has children.
    expect([2, 26, 40, 50].map((tid) => scene.thread(tid)!.ptid)).to.deep.equal([0, -1, 0, 0]);
  });

  it('is walked by threads, or by processes', () => {
    const scene = tree();
    expect(scene.ancestors(50)).to.deep.equal([40, 30, 1]);
    expect(scene.ancestors(61)).to.deep.equal([51, 40, 30, 1]);
    const above = [0, 1, 2, 3, 4, 5, 6].map(
      (n) => scene.thread(70)!.ancestorProcess(scene.machine.threads, n)?.tid,
    );
    expect(above).to.deep.equal([70, 60, 50, 40, 30, 1, undefined]);
  });

  it('gives orphans to those who are left', () => {
    const scene = tree();
    scene.remove(51, 50);
    expect([scene.group(50), scene.children(50)]).to.deep.equal([
      [1, true, 2, 1],
      [2, 60, 61],
    ]);
    scene.remove(61, 60);
    expect(scene.children(60)).to.deep.equal([1, 70]);
    scene.remove(60, 50);
    expect(scene.children(50)).to.deep.equal([3, 70]);
    scene.apply(codes.SYSCALL_PRCTL_X, 31, 0, 36, '', 1);
    scene.remove(30, 31);
    expect([scene.children(31), scene.thread(30)!.isDead]).to.deep.equal([[1, 40], true]);
    scene.remove(31, 32);
    scene.remove(40, 32);
    expect(scene.children(32)).to.deep.equal([2, 50]);
    expect(scene.ancestors(70)).to.deep.equal([50, 32, 1]);
    // Fields name processes: the dead main thread stands for that of the thread.
    expect(scene.thread(50)!.ancestorProcess(scene.machine.threads, 1)?.tid).to.equal(30);
  });

  describe('finds a reaper itself', () => {
    const ways: [what: string, remove: (scene: ProcessScene) => void][] = [
      ['where the kernel names none', (scene) => scene.remove(61, 0)],
      ['where the kernel could not tell', (scene) => scene.remove(61, -1)],
      ['where an old event does not tell', (scene) => scene.remove(61)],
      ['where the one that the kernel names is not known', (scene) => scene.remove(61, 8000)],
      ['where the event was lost', (scene) => scene.machine.threads.remove(61)],
      [
        'where an older event has no such parameter',
        (scene) => {
          scene.apply(codes.PROCEXIT_1_E, 61, 0);
          scene.apply(codes.SYSCALL_GETUID_X, 1, 0);
        },
      ],
    ];
    for (const [what, remove] of ways)
      it(what, () => {
        const scene = tree();
        remove(scene);
        expect(scene.thread(61)).to.equal(undefined);
        expect([scene.thread(70)!.ptid, scene.children(60), scene.group(60)]).to.deep.equal([
          60,
          [1, 70],
          [1, false, 2, 1],
        ]);
      });

    it('in the nearest init above, of the same namespace', () => {
      const scene = tree();
      scene.remove(61);
      scene.remove(60);
      expect(scene.thread(70)!.ptid).to.equal(50);
      scene.remove(51);
      // Who leaves the last thread of an init has no reaper that could be known.
      scene.remove(50);
      expect([scene.thread(70)!.ptid, scene.group(50)]).to.deep.equal([0, undefined]);
    });

    it('and makes the unknown one that the kernel named known by its id', () => {
      const scene = tree();
      scene.remove(30, 8000);
      expect(scene.thread(8000)).to.include({ isInvalid: true, comm: '<NA>' });
      expect(scene.thread(30)).to.include({ reaperTid: 31 });
      expect([scene.group(30), scene.thread(40)!.ptid]).to.deep.equal([[2, false, 3, 3], 31]);
    });
  });

  describe('at the end of a thread', () => {
    const ends: [what: string, tid: number, reaper: number | undefined, kept: number][] = [
      ['without children the reaper is not noted', 60, 1, -1],
      ['a reaper is', 61, 60, 60],
      ['and that there is none', 61, 0, 0],
      ['and that the kernel could not tell', 61, -1, -1],
      ['and one that is not known', 61, 8000, 8000],
      ['an old event does not tell', 61, undefined, -1],
    ];
    for (const [what, tid, reaper, kept] of ends)
      it(what, () => {
        const scene = tree();
        const { thread } = scene.exit(tid, reaper);
        expect(thread).to.include({ tid, isDead: true, reaperTid: kept });
        expect(scene.group(60)).to.deep.equal([1, false, 2, 2]);
        expect(scene.thread(70)!.ptid).to.equal(61);
      });

    it('counts it once', () => {
      const scene = tree();
      scene.exit(60);
      scene.exit(60);
      scene.exit(60);
      expect(scene.group(60)).to.deep.equal([1, false, 2, 2]);
    });

    it('keeps the main thread while others live', () => {
      const scene = tree();
      scene.remove(60);
      expect(scene.group(60)).to.deep.equal([1, false, 2, 2]);
      scene.remove(60);
      scene.remove(60);
      expect(scene.thread(60)).to.include({ isDead: true, expired: false });
      scene.remove(61);
      expect([scene.group(60), scene.thread(60), scene.thread(61)]).to.deep.equal([
        undefined,
        undefined,
        undefined,
      ]);
      expect(scene.thread(70)!.ptid).to.equal(50);
    });

    it('removes all if the main thread is the last', () => {
      const scene = tree();
      scene.remove(61);
      expect(scene.group(60)).to.deep.equal([1, false, 2, 1]);
      scene.remove(60);
      expect([scene.group(60), scene.thread(60)]).to.deep.equal([undefined, undefined]);
    });

    it('that is not known changes nothing', () => {
      const scene = tree();
      expect(scene.exit(8000, 1).thread).to.equal(undefined);
      expect([scene.children(1), scene.machine.threads.size]).to.deep.equal([[5, 20, 21, 30, 31, 32], 12]);
    });
  });

  describe('cleans its lists', () => {
    const COUNT = 150;

    it('of threads when eleven are dead', () => {
      const scene = onlyInit();
      scene.clone(0, [20, 20, 1]);
      for (let i = 1; i < COUNT; i++) scene.clone(0, [20 + i, 20, 1], { flags: CL.CLONE_THREAD });
      expect(scene.group(20)).to.deep.equal([COUNT, false, COUNT, COUNT]);
      for (let i = 0; i < 10; i++) scene.remove(20 + i);
      // The main thread is dead, but not gone.
      expect(scene.group(20)).to.deep.equal([COUNT - 10, false, COUNT, COUNT - 9]);
      scene.remove(145);
      // The eleventh is listed until the next time.
      expect(scene.group(20)).to.deep.equal([COUNT - 11, false, COUNT - 9, COUNT - 10]);
      scene.remove(146);
      expect(scene.group(20)).to.deep.equal([COUNT - 12, false, COUNT - 9, COUNT - 11]);
      for (let i = 0; i <= COUNT; i++) scene.remove(20 + i);
      expect([scene.group(20), scene.machine.threads.size]).to.deep.equal([undefined, 1]);
    });

    it('of threads that come and go', () => {
      const scene = onlyInit();
      scene.clone(0, [20, 20, 1]);
      for (let i = 1; i < COUNT; i++) {
        scene.clone(0, [20 + i, 20, 1], { flags: CL.CLONE_THREAD });
        scene.remove(20 + i);
      }
      // After eleven ends the first time, then after every ten.
      const cleanings = 1 + Math.floor((COUNT - 1 - 11) / 10);
      expect(scene.group(20)).to.deep.equal([1, false, COUNT - 10 * cleanings, 1]);
      expect(scene.machine.threads.size).to.equal(2);
    });

    it('of children when ten are gone', () => {
      const scene = onlyInit();
      for (let i = 0; i < COUNT; i++) scene.clone(0, [20 + i, 20 + i, 1]);
      for (let i = 0; i < 9; i++) scene.remove(20 + i);
      expect(scene.children(1)[0]).to.equal(COUNT);
      scene.remove(145);
      expect(scene.children(1)[0]).to.equal(COUNT - 9);
      scene.remove(146);
      expect(scene.children(1)[0]).to.equal(COUNT - 9);
      for (let i = 0; i <= COUNT; i++) scene.remove(20 + i);
      const cleanings = 1 + Math.floor((COUNT - 10) / 9);
      expect(scene.children(1)).to.deep.equal([COUNT - 9 * cleanings]);
      expect(scene.machine.threads.size).to.equal(1);
    });

    it('of children that come and go', () => {
      const scene = onlyInit();
      for (let i = 0; i < COUNT; i++) {
        scene.clone(0, [20 + i, 20 + i, 1]);
        scene.remove(20 + i);
      }
      const cleanings = 1 + Math.floor((COUNT - 10) / 9);
      expect(scene.children(1)).to.deep.equal([COUNT - 9 * cleanings]);
    });
  });

  describe('when a thread runs a program', () => {
    const kinds = { execve: codes.SYSCALL_EXECVE_19_X, execveat: codes.SYSCALL_EXECVEAT_X };
    for (const [kind, code] of Object.entries(kinds)) {
      it(`the others of its process are gone (${kind})`, () => {
        const scene = tree();
        scene.clone(80, [32, 30, 1]);
        expect(scene.children(32)).to.deep.equal([1, 80]);
        scene.execve([30, 30, 1], 'ls', code);
        expect(scene.group(30)).to.deep.equal([1, false, 3, 1]);
        expect([31, 32].map((tid) => scene.thread(tid))).to.deep.equal([undefined, undefined]);
        expect(scene.children(30)).to.deep.equal([2, 40, 80]);
      });

      it(`a dead main thread lives again (${kind})`, () => {
        const scene = tree();
        scene.remove(30, 31);
        const main = scene.thread(30)!;
        expect([scene.children(31), scene.group(30), main.isDead]).to.deep.equal([
          [1, 40],
          [2, false, 3, 3],
          true,
        ]);
        scene.execve([30, 30, 1], 'ls', code);
        expect(scene.thread(30)).to.equal(main);
        expect([main.isDead, scene.children(30), scene.group(30)]).to.deep.equal([
          false,
          [1, 40],
          [1, false, 3, 1],
        ]);
        scene.remove(30);
        expect([scene.thread(30), scene.group(30)]).to.deep.equal([undefined, undefined]);
      });

      it(`that was not known, it is (${kind})`, () => {
        const scene = onlyInit();
        scene.apply(codes.SYSCALL_GETUID_X, 24, 0);
        expect(scene.thread(24)).to.include({ isInvalid: true });
        scene.execve([24, 24, 1], 'ls', code);
        expect([scene.ids(24), scene.group(24), scene.children(1)]).to.deep.equal([
          [24, 1, 24, 24],
          [1, false, 1, 1],
          [1, 24],
        ]);
      });

      it(`its children run it too (${kind})`, () => {
        const scene = tree();
        scene.execve([70, 70, 61], 'job', code);
        scene.clone(0, [80, 80, 70], { flags: IN_BOX, vtid: 20, vpid: 20, comm: 'other' });
        expect(scene.thread(80)).to.include({ exepath: '/bin/job', comm: 'other' });
      });
    }

    it('with its own id, it stays beside the main thread', () => {
      const scene = tree();
      scene.execve([31, 30, 1]);
      expect([scene.group(30), scene.thread(31)!.comm]).to.deep.equal([[2, false, 3, 2], 'ls']);
      expect([30, 31, 32].map((tid) => scene.thread(tid)?.tid)).to.deep.equal([30, 31, undefined]);
    });
  });

  describe('from the caller of clone', () => {
    const callers: [what: string, result: number, caller: Ids, flags: number][] = [
      ['that is known', 11, [1, 1, 0], 0],
      ['that is not known', 13, [24, 24, 26], 0],
      ['of a thread', 14, [33, 32, 30], CL.CLONE_THREAD],
      ['into other namespaces', 15, [37, 37, 36], 1 << 5],
      ['in a pid namespace', 2, [38, 38, 37], IN_BOX],
      ['that fails', -3, [1, 1, 0], 0],
    ];
    for (const [what, result, caller, flags] of callers)
      it(`${what}: the event is the caller's`, () => {
        const event = onlyInit().clone(result, caller, { flags });
        expect(event.thread?.tid).to.equal(caller[0]);
      });

    it('a lost process comes back', () => {
      const scene = onlyInit();
      scene.clone(24, [1, 1, 0]);
      scene.clone(50, [30, 30, 24]);
      expect([scene.ids(30), scene.ids(50)]).to.deep.equal([
        [30, 24, 30, 30],
        [50, 30, 50, 50],
      ]);
      expect([scene.children(24), scene.children(30)]).to.deep.equal([
        [1, 30],
        [1, 50],
      ]);
    });

    it('a lost main thread comes back', () => {
      const scene = onlyInit();
      scene.clone(30, [24, 24, 1], { flags: CL.CLONE_THREAD });
      expect([scene.ids(24), scene.ids(30), scene.group(24)]).to.deep.equal([
        [24, 1, 24, 24],
        [24, 1, 30, 24],
        [2, false, 2, 2],
      ]);
      expect(scene.children(1)).to.deep.equal([2, 24, 30]);
    });

    it('the child has the name of this moment, and the caller keeps its own', () => {
      const scene = new ProcessScene(init, snapshot(24, 24, 1, { comm: 'old' }));
      scene.clone(26, [24, 24, 1], { comm: 'new' });
      expect([scene.thread(24)!.comm, scene.thread(26)!.comm]).to.deep.equal(['old', 'new']);
    });

    it('a child with the id of one whose end was lost replaces it', () => {
      const scene = onlyInit();
      scene.clone(24, [1, 1, 0], { comm: 'old' });
      const old = scene.thread(24)!;
      scene.clone(30, [24, 24, 1]);
      scene.clone(24, [1, 1, 0], { comm: 'new' });
      expect([old.expired, scene.thread(24)!.comm, scene.group(24)]).to.deep.equal([
        true,
        'new',
        [1, false, 1, 1],
      ]);
      // The children of the old one went to init.
      expect([scene.children(1), scene.children(24)]).to.deep.equal([[3, 24, 30], [0]]);
    });

    it('a main thread with living threads is replaced, and they get the new one', () => {
      const scene = onlyInit();
      scene.clone(24, [1, 1, 0], { comm: 'old' });
      scene.clone(25, [24, 24, 1], { flags: CL.CLONE_THREAD });
      scene.clone(24, [1, 1, 0], { comm: 'new' });
      expect(scene.thread(24)!.comm).to.equal('new');
      expect(scene.thread(25)!.mainThread).to.equal(scene.thread(24));
      expect(scene.group(24)).to.deep.equal([2, false, 3, 2]);
    });

    it('nothing comes back that has just ended', () => {
      const scene = onlyInit();
      scene.clone(24, [1, 1, 0]);
      scene.clone(0, [30, 30, 24]);
      scene.remove(30);
      scene.clone(30, [24, 24, 1]);
      expect(scene.thread(30)).to.equal(undefined);
    });
  });

  describe('from the child of clone', () => {
    const children: [what: string, child: Ids, flags: number][] = [
      ['of a known parent', [11, 11, 1], 0],
      ['of an unknown parent', [24, 24, 26], 0],
      ['that is a thread', [33, 32, 30], CL.CLONE_THREAD],
      ['in other namespaces', [37, 37, 36], (1 << 5) | IN_BOX],
      ['in a pid namespace', [38, 38, 37], IN_BOX],
    ];
    for (const [what, child, flags] of children)
      it(`${what}: the event is the child's`, () => {
        const scene = onlyInit();
        const event = scene.clone(0, child, { flags });
        expect(event.thread).to.equal(scene.thread(child[0]));
        expect(event.thread?.tid).to.equal(child[0]);
      });

    it('a known one stays as its caller told it', () => {
      const scene = onlyInit();
      scene.clone(24, [1, 1, 0]);
      expect(scene.clone(0, [24, 35, 1]).thread?.pid).to.equal(24);
      scene.wait(2);
      expect(scene.clone(0, [24, 35, 1]).thread?.pid).to.equal(35);
    });

    it('one whose clock goes back is a new one', () => {
      const scene = onlyInit();
      scene.clone(24, [1, 1, 0]);
      scene.wait(-1);
      expect(scene.clone(0, [24, 35, 1]).thread?.pid).to.equal(35);
    });

    it('a lost main thread comes back', () => {
      const scene = onlyInit();
      scene.clone(0, [30, 24, 1], { flags: CL.CLONE_THREAD });
      expect([scene.ids(24), scene.ids(30), scene.group(24)]).to.deep.equal([
        [24, 1, 24, 24],
        [24, 1, 30, 24],
        [2, false, 2, 2],
      ]);
      expect(scene.children(1)).to.deep.equal([2, 24, 30]);
    });

    it('a lost parent is known by its id only', () => {
      const scene = onlyInit();
      scene.clone(0, [30, 30, 24]);
      expect(scene.thread(24)).to.include({ isInvalid: true, comm: '<NA>' });
      // Who is invalid has no children.
      expect(scene.ids(30)).to.deep.equal([30, 0, 30, 30]);
    });

    it('the flag that it was started for the parent of its caller may be missing', () => {
      const scene = onlyInit();
      scene.clone(0, [24, 24, 1]);
      scene.clone(0, [30, 30, 1]);
      expect(scene.children(1)).to.deep.equal([2, 24, 30]);
    });
  });

  describe('of a group', () => {
    it('is a reaper by prctl in any of its threads', () => {
      const scene = tree();
      const calls: [result: number, option: number, value: number, reaper: boolean][] = [
        [-1, 36, 1, false],
        [-1, 37, 1, false],
        [0, 36, 80, true],
        [0, 15, 0, true],
        [0, 36, 0, false],
        [0, 37, 1, true],
        [0, 37, 0, false],
      ];
      for (const [result, option, value, reaper] of calls) {
        scene.apply(codes.SYSCALL_PRCTL_X, 31, result, option, '', value);
        expect(scene.group(30), `${result} ${option} ${value}`).to.deep.equal([3, reaper, 3, 3]);
      }
    });

    it('is none by prctl in a thread that is not known', () => {
      const scene = onlyInit();
      scene.apply(codes.SYSCALL_PRCTL_X, 61004, 0, 37, '', 1);
      expect(scene.thread(61004)).to.include({ isInvalid: true, group: undefined });
    });

    it('is a reaper once the kernel has named one of its threads', () => {
      const scene = tree();
      scene.remove(40, 30);
      expect([scene.group(30), scene.children(30)]).to.deep.equal([
        [3, true, 3, 3],
        [3, 50, 51],
      ]);
    });

    it('counts its threads beside a dead main thread', () => {
      const scene = tree();
      const counts = () => [scene.thread(31)!.threadCount, scene.thread(31)!.childThreadCount];
      expect(counts()).to.deep.equal([3, 2]);
      scene.exit(30, 31);
      expect(counts()).to.deep.equal([2, 2]);
      scene.exit(32, 31);
      expect(counts()).to.deep.equal([1, 1]);
    });
  });
});
