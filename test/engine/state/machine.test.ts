import { expect } from 'chai';
import fc from 'fast-check';
import { Machine } from '../../../engine/state/machine.ts';
import * as codes from '../../../engine/tables/codes.generated.ts';
import { EVENTS } from '../../../engine/tables/events.generated.ts';
import type { EventCode } from '../../../engine/tables/types.ts';
import { syntheticEvent, type ParamValue } from '../../event-bytes.ts';
import { snapshot } from './snapshots.ts';

describe('Machine', () => {
  let machine: Machine;
  beforeEach(() => {
    machine = new Machine();
    machine.restart();
  });

  let time = 1000;
  const event = (code: EventCode, tid: number, ...params: ParamValue[]) =>
    syntheticEvent(code, tid, time++, params);
  const getuid = (tid = 1) => event(codes.SYSCALL_GETUID_X, tid, 0);

  it('takes threads from a snapshot and links them when all are there', () => {
    machine.addThread(snapshot(11, 10, 1));
    machine.addThread(snapshot(10, 10, 1));
    machine.addThread(snapshot(1, 1, 0));
    machine.ready();
    const main = machine.threads.find(10)!;
    expect(main).to.include({
      cwd: '/home/u/',
      exepath: '/e',
      commandLine: 'c a b',
      threadCount: 2,
      loginuid: 5,
      tty: 13,
    });
    expect(main.cloneTime).to.equal(1700000000123456789n);
    expect(main.env).to.deep.equal(['X=1']);
    const thread = machine.threads.find(11)!;
    expect(thread).to.include({ cwd: '', mainThread: main });
    expect([thread.env, thread.environment]).to.deep.equal([[], ['X=1']]);
    expect(main.parent(machine.threads)).to.equal(machine.threads.find(1));
  });

  const begin = () => {
    machine.ready();
    machine.started();
  };

  it('numbers events, and hides those that only help to understand others', () => {
    begin();
    const seen = [
      getuid(),
      event(codes.SYSCALL_EXECVE_19_E, 1, '/x'),
      event(codes.SYSCALL_OPENAT_2_E, 1, -100, 'x', 0, 0),
      event(codes.SOCKET_CONNECT_E, 1, 3, undefined),
      getuid(),
    ].map((e) => [machine.apply(e), e.num]);
    expect(seen).to.deep.equal([[true, 1], [false, 2], [false, 3], [false, 4], [true, 5]]); // prettier-ignore
  });

  it('hides events that are there for the state only', () => {
    begin();
    const hidden = getuid();
    hidden.blockFlags = 1;
    expect(machine.apply(hidden)).to.equal(false);
  });

  it('counts events about the state that come first, but does not show them', () => {
    machine.addUser({ uid: 7, gid: 7, name: 'snapshot', homedir: '', shell: '' });
    machine.ready();
    const added = event(codes.USER_ADDED_E, -1, 7, 7, 'event', '', '', '');
    expect(machine.apply(added)).to.equal(false);
    expect(machine.users.findUser('', 7)?.name).to.equal('event');
    machine.started();
    expect(machine.users.findUser('', 7)?.name).to.equal('snapshot');
    // More of these events may follow: what ends the beginning can be an event that readers leave out.
    const later = event(codes.USER_ADDED_E, -1, 7, 7, 'later', '', '', '');
    expect(machine.apply(later)).to.equal(true);
    expect(later.num).to.equal(2);
    expect(machine.users.findUser('', 7)?.name).to.equal('later');
  });

  it('shows events about the state that come after its end', () => {
    machine.ready();
    const user = () => event(codes.USER_ADDED_E, -1, 1, 1, 'alice', '/home/alice', '/bin/sh', '');
    expect(machine.apply(user())).to.equal(false);
    // The reader met an event that it does not give.
    machine.started();
    expect(machine.apply(user())).to.equal(true);
  });

  it('goes on counting after a restart, and forgets the threads', () => {
    machine.machineInfo({ cpus: 2, memory: 0, maxPid: 0, hostname: 'h', bootTime: 9, flags: 0 });
    machine.ready();
    machine.started();
    machine.apply(getuid());
    machine.apply(getuid());
    expect(machine.info.hostname).to.equal('');
    machine.restart();
    machine.machineInfo({ cpus: 2, memory: 0, maxPid: 0, hostname: 'h', bootTime: 9, flags: 0 });
    machine.ready();
    expect([machine.threads.size, machine.info.hostname]).to.deep.equal([0, 'h']);
    const added = event(codes.USER_ADDED_E, -1, 7, 7, 'event', '', '', '');
    expect([machine.apply(added), added.num]).to.deep.equal([false, 1]);
    machine.started();
    const next = getuid();
    machine.apply(next);
    expect(next.num).to.equal(3);
  });

  it('knows when the first event was that tells of the machine', () => {
    machine.apply(event(codes.PROCINFO_E, 1, 0, 0));
    expect(machine.firstEventTimeLow).to.equal(0);
    machine.apply(getuid());
    expect(machine.firstEventTimeLow).to.equal(time - 1);
  });

  it('finds the thread of an event, and adds it if unknown', () => {
    const known = getuid(5);
    machine.apply(known);
    expect(known.thread).to.include({ tid: 5, isInvalid: true });
    const procinfo = event(codes.PROCINFO_E, 6, 0, 0);
    machine.apply(procinfo);
    expect(procinfo.thread).to.equal(undefined);
    const drop = event(codes.DROP_E, 5, 1);
    machine.apply(drop);
    expect(drop.thread?.tid).to.equal(5);
    expect(machine.threads.size).to.equal(1);
  });

  it('finds the error of an event', () => {
    const failed = event(codes.SYSCALL_CHDIR_X, 1, -13, '/root');
    machine.apply(failed);
    expect(failed.errorCode).to.equal(13);
  });

  it('is not upset by parameters of any size', () => {
    const events = EVENTS.filter((info) => info !== undefined).map((info) => info.code);
    const bytes = fc.uint8Array({ maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.constantFrom(...events),
            fc.integer({ min: -1, max: 4 }),
            fc.array(bytes, { maxLength: 31 }),
          ),
          {
            maxLength: 30,
          },
        ),
        (list) => {
          const fresh = new Machine();
          for (const [code, tid, params] of list) fresh.apply(syntheticEvent(code, tid, time++, params));
        },
      ),
      { numRuns: 300 },
    );
  });
});
