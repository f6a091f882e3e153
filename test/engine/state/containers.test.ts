import { expect } from 'chai';
import type { Event } from '../../../engine/event.ts';
import { Machine } from '../../../engine/state/machine.ts';
import type { Thread } from '../../../engine/state/thread.ts';
import * as codes from '../../../engine/tables/codes.generated.ts';
import type { EventCode } from '../../../engine/tables/types.ts';
import { syntheticEvent, type ParamValue } from '../../event-bytes.ts';
import { snapshot } from './snapshots.ts';

const ID = '7951fb549ab99e0722a949b6c121634e1f3a36b5bacbe5392991e3b12251e6b8';
const SHORT = '7951fb549ab9';
const DOCKER = `cpu=/docker/${ID}\0`;

const json = (id: string, more: object = {}) => JSON.stringify({ container: { id, ...more } }) + '\0';

describe('ContainerTable', () => {
  let machine: Machine;
  let time: number;
  beforeEach(() => {
    machine = new Machine();
    time = 100e9;
  });

  function apply(code: EventCode, tid: number, ...params: ParamValue[]): Event {
    const event = syntheticEvent(code, tid, ++time, params);
    machine.apply(event);
    return event;
  }

  /** A section of a capture that begins with these threads. */
  function begin(...threads: ReturnType<typeof snapshot>[]): void {
    machine.restart();
    for (const thread of threads) machine.addThread(thread);
    machine.ready();
  }

  const async = (name: string, text: string, plugin = 0) => apply(codes.ASYNCEVENT_E, 0, plugin, name, text);
  const clone = (tid: number, result: number, pid: number, ptid: number, cgroup: string, code = codes.SYSCALL_CLONE_20_X) =>
    apply(code, tid, result, 'sh', [], tid, pid, ptid, '', 1, 0, 0, 0, 0, 0, 'sh', [cgroup], 0, 0, 0, tid, pid, 0); // prettier-ignore
  const containerOf = (tid: number) => machine.threads.find(tid)!.containerId;

  describe('hears of containers', () => {
    const told: [what: string, tell: () => Event, name: string | undefined][] = [
      ['from the plug-in', () => async('container', json('a', { name: 'web' })), 'web'],
      ['from container_json', () => apply(codes.CONTAINER_JSON_2_E, -1, json('a', { name: 'web' })), 'web'],
      ['not from other plug-ins', () => async('container', json('a', { name: 'web' }), 9), undefined],
      ['not under other names', () => async('containers', json('a', { name: 'web' })), undefined],
      ['not from an empty text', () => apply(codes.CONTAINER_JSON_2_E, -1, undefined), undefined],
      ['not from a broken text', () => async('container', '{"container":'), undefined],
    ];
    for (const [what, tell, name] of told)
      it(what, () => {
        const event = tell();
        expect(machine.containers.find('a')?.name).to.equal(name);
        expect(machine.containers.toldBy(event)?.name).to.equal(name);
      });

    it('that end: the event still tells of them', () => {
      async('container', json('a', { name: 'web' }));
      const event = async('container_removed', json('a', { name: 'gone' }));
      expect(machine.containers.find('a')).to.equal(undefined);
      expect(machine.containers.toldBy(event)?.name).to.equal('gone');
      expect(machine.containers.toldBy(apply(codes.SYSCALL_GETUID_X, 1, 0))).to.equal(undefined);
    });

    it('that change', () => {
      async('container', json('a', { name: 'old', ip: '10.0.0.1' }));
      async('container', json('a', { name: 'new' }));
      expect(machine.containers.find('a')).to.include({ name: 'new', ip: '' });
    });

    it('at the beginning of a later section, whose events are numbered from 1', () => {
      begin();
      machine.started();
      for (const text of ['1', '2', '3']) apply(codes.SYSCALL_GETUID_X, 1, Number(text));
      begin();
      for (const id of ['a', 'b', 'c', 'd']) async('container', json(id));
      machine.started();
      const event = apply(codes.SYSCALL_GETUID_X, 1, 0);
      expect(event.num).to.equal(4);
      expect(machine.containers.toldBy(event)).to.equal(undefined);
      expect(machine.containers.find('d')?.id).to.equal('d');
    });
  });

  describe('finds the container of a thread', () => {
    const host = snapshot(1, 1, 0, { cgroups: 'cpu=/\0' });

    it('at the beginning of a capture, also of one that it knows nothing of', () => {
      begin(host, snapshot(5, 5, 1, { cgroups: DOCKER }));
      expect(containerOf(5)).to.equal('');
      machine.started();
      expect([containerOf(1), containerOf(5)]).to.deep.equal(['', SHORT]);
      expect(machine.containers.find(SHORT)).to.equal(undefined);
    });

    it('not at the beginning of a later section: only when something happens', () => {
      begin(host);
      machine.started();
      begin(host, snapshot(5, 5, 1, { cgroups: DOCKER }));
      machine.started();
      apply(codes.SYSCALL_GETUID_X, 5, 0);
      expect(containerOf(5)).to.equal('');
      apply(codes.SYSCALL_CHROOT_X, 5, 0, '/');
      expect(containerOf(5)).to.equal(SHORT);
    });

    it('when it is started, by its own event', () => {
      begin(host);
      machine.started();
      clone(1, 20, 1, 0, `cpu=/docker/${ID}`);
      expect([containerOf(1), containerOf(20)]).to.deep.equal(['', '']);
      clone(20, 0, 20, 1, `cpu=/docker/${ID}`);
      // What its caller saw is what counts, and that is only asked for now.
      expect(containerOf(20)).to.equal(SHORT);
    });

    it('when it fails to start another, not', () => {
      begin(host, snapshot(5, 5, 1));
      machine.started();
      machine.threads.find(5)!.setCgroups([`cpu=/docker/${ID}`].join('\0'));
      clone(5, -11, 5, 1, 'cpu=/');
      expect(containerOf(5)).to.equal('');
      clone(5, 6, 5, 1, 'cpu=/');
      expect(containerOf(5)).to.equal(SHORT);
    });

    const layouts: [what: string, cgroups: readonly string[], id: string, type: string | undefined][] = [
      ['the first control group that names one', ['cpu=/', 'mem=/lxc.payload.a', 'pids=/lxc.payload.b'], 'a', 'lxc'],
      ['none', ['cpu=/user.slice', 'mem='], '', 'host'],
      ['one without a name, which stands for the host then', ['cpu=/lxc/'], '', 'lxc'],
      ['one without a name before one that the runtime knows', ['cpu=/lxc/', `mem=/docker/${ID}`], SHORT, undefined],
    ]; // prettier-ignore
    for (const [what, cgroups, id, type] of layouts)
      it(`in ${what}`, () => {
        begin(snapshot(1, 1, 0, { cgroups: cgroups.map((entry) => entry + '\0').join('') }));
        machine.started();
        expect(containerOf(1)).to.equal(id);
        expect(machine.containers.find(id)?.typeName).to.equal(type);
      });
  });

  it('has the users of the host looked up for a thread that leaves its container', () => {
    machine.users.local = {
      findUser: (uid) => ({ uid, gid: 7, name: `user${uid}`, homedir: '/', shell: '/bin/sh' }),
      findGroup: (gid) => ({ gid, name: `group${gid}` }),
    };
    begin(snapshot(5, 5, 0, { cgroups: DOCKER, uid: 4, gid: 4 }));
    machine.started();
    const thread: Thread = machine.threads.find(5)!;
    Object.assign(thread, { uid: 33, gid: 34 });
    thread.setCgroups(['cpu=/'].join('\0'));
    apply(codes.SYSCALL_CHROOT_X, 5, 0, '/');
    expect(machine.users.findUser('', 33)?.name).to.equal('user33');
    expect(machine.users.findGroup('', 34)?.name).to.equal('group34');
  });
});
