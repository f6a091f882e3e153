import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Event } from '../../../engine/event.ts';
import { dumpState, type StateWriter } from '../../../engine/state/dump.ts';
import { FD } from '../../../engine/state/fd.ts';
import { Machine } from '../../../engine/state/machine.ts';
import type { ThreadSnapshot } from '../../../engine/state/snapshot.ts';
import { StateTee } from '../../../engine/state/tee.ts';
import { ScapReader } from '../../../replay/index.ts';
import { ownCaptures } from '../../replay/compare-captures.ts';
import { StateLog } from '../../replay/scap/state-log.ts';

/** Writes down a state and the events that complete it. */
class DumpLog extends StateLog implements StateWriter {
  readonly events: { symbol: string; time: bigint; tid: number; params: string[] }[] = [];

  event(event: Event): void {
    this.events.push({
      symbol: event.info.symbol,
      time: event.time,
      tid: event.tid,
      params: Array.from({ length: event.paramCount }, (_, i) => event.buffer(i)),
    });
  }
}

function dump(machine: Machine, time = 5n): DumpLog {
  const log = new DumpLog();
  dumpState(machine, time, log);
  return log;
}

/** What libsinsp does not dump. */
const LEFT_OUT = {
  exeWritable: false, exeUpperLayer: false, exeLowerLayer: false, exeFromMemfd: false, capPermitted: 0, capEffective: 0,
  capInheritable: 0, exeIno: 0, exeInoCtime: 0, exeInoMtime: 0, pidnsInitStart: 0, cloneTime: 0, tty: 0,
}; // prettier-ignore

const thread = (tid: number, pid: number, more: Partial<ThreadSnapshot> = {}): ThreadSnapshot => ({
  tid, pid, ptid: 0, sid: 1, vpgid: 2, pgid: 3, comm: 'c', exe: 'e', exepath: '/e', exeWritable: true, exeUpperLayer: true,
  exeLowerLayer: true, exeFromMemfd: true, args: 'a\0b\0', env: 'X=1\0', cwd: '/home', fdLimit: 1024, flags: 0, uid: 4, gid: 5,
  loginuid: 6, capPermitted: 7, capEffective: 8, capInheritable: 9, exeIno: 10, exeInoCtime: 11, exeInoMtime: 12, vmSizeKb: 13,
  vmRssKb: 14, vmSwapKb: 15, pageFaultsMajor: 16, pageFaultsMinor: 17, vtid: tid, vpid: pid, pidnsInitStart: 18,
  cgroups: 'cpu=/x\0memory=/y\0', root: '/r', cloneTime: 19, tty: 20, ...more,
}); // prettier-ignore

describe('the state of a machine as a snapshot', () => {
  let machine: Machine;
  beforeEach(() => {
    machine = new Machine();
    machine.restart();
  });

  for (const path of ownCaptures)
    it(`is at the start of a capture what that says: ${path.slice(path.lastIndexOf('/') + 1)}`, () => {
      const given = new StateLog();
      const reader = new ScapReader('test', new StateTee(machine, given));
      reader.feed(gunzipSync(readFileSync(path)));
      const event = new Event();
      while (reader.next(event) && !machine.apply(event));
      const {
        threads,
        fds,
        interfaces,
        users,
        groups,
        machine: info,
        calls,
        events,
      } = dump(machine, event.time);

      // The first event may have made one more thread known.
      const known = new Map(threads.map((each) => [each.tid, each]));
      for (const each of given.threads) {
        const main = given.threads.find(({ tid }) => tid === each.pid);
        const got = known.get(each.tid)!;
        expect(got).to.include({
          ...each,
          ...LEFT_OUT,
          // The clones of a program that is gone have no parent any more; libsinsp marks threads, and ends directories with a slash.
          ptid: got.ptid,
          flags: got.flags,
          env: each.tid === each.pid ? each.env : '',
          cwd: main === undefined ? './' : main.cwd.endsWith('/') ? main.cwd : `${main.cwd}/`,
        });
        const wanted = each.tid === each.pid ? (given.fds.get(each.tid) ?? []) : [];
        const dumped = fds.get(each.tid)!;
        if (each.tid !== event.tid)
          expect(dumped.map(({ fd }) => fd)).to.have.members(wanted.map(({ fd }) => fd));
      }
      expect([interfaces, users, groups]).to.deep.equal([given.interfaces, given.users, given.groups]);
      // What the file says of the machine is lost on libsinsp.
      expect(info).to.include({ cpus: 0, hostname: '' });
      expect(calls.slice(-2)).to.deep.equal(['addFds', 'ready']);
      expect(events.filter(({ symbol }) => symbol === 'USER_ADDED_E').length).to.be.at.least(users.length);
      expect(events.every(({ time, tid }) => time === event.time && tid === -1)).to.equal(true);
    });

  it('has the fds of main threads, whatever they are', () => {
    machine.addThread(thread(10, 10));
    machine.addThread(thread(11, 10));
    const fds = [
      { fd: 0, ino: 1, type: FD.FILE_V2, openFlags: 2, mountId: 0, dev: 3, name: '/file' },
      { fd: 1, ino: 2, type: FD.IPV4_SERVSOCK, ip: 0x7f000001, port: 80, l4proto: 2 },
      { fd: 2, ino: 3, type: FD.IPV6_SERVSOCK, ip: '\x20\x01'.padEnd(16, '\0'), port: 443, l4proto: 2 },
      { fd: 3, ino: 4, type: FD.UNIX_SOCK, source: 5n << 60n, destination: 6, name: '/socket' },
      { fd: 4, ino: 5, type: FD.IPV4_SOCK, sip: 1, dip: 2, sport: 3, dport: 4, l4proto: 2 },
      { fd: 5, ino: 6, type: FD.IPV6_SOCK, sip: '\x20\x01'.padEnd(16, '\0'), dip: '\x20\x02'.padEnd(16, '\0'), sport: 3, dport: 4, l4proto: 3 },
      { fd: 6, ino: 7, type: FD.FIFO, name: 'pipe:[7]' },
      { fd: 7, ino: 8, type: FD.EVENTPOLL, name: '[eventpoll]' },
    ] as const; // prettier-ignore
    machine.addFds(10, fds);
    machine.addFds(11, [fds[0]]);
    machine.ready();
    machine.started();
    const log = dump(machine);
    expect([...log.fds.get(10)!].sort((a, b) => a.fd - b.fd)).to.deep.equal(fds);
    expect(log.fds.get(11)).to.deep.equal([]);
  });

  it('cuts strings as libsinsp does', () => {
    const long = 'x'.repeat(3000);
    machine.addThread(
      thread(10, 10, { args: `${long}\0${long}\0rest\0`, cgroups: `cpu=/${long}\0memory=/${long}\0` }),
    );
    machine.ready();
    machine.started();
    const [{ args, cgroups }] = dump(machine).threads as [ThreadSnapshot];
    expect(args).to.equal(`${long}\0${'x'.repeat(4096 - 3001 - 1)}\0`);
    expect(cgroups).to.equal(`cpu=/${long}\0memory=/${'x'.repeat(4096 - 3006 - 9)}\0`);
  });

  it('has every user and group that is known as an event', () => {
    machine.users.addUser({ uid: 5, gid: 6, name: 'eve', homedir: '/home/eve', shell: '/bin/sh' });
    machine.users.addGroup({ gid: 0x01020304, name: 'staff' });
    expect(dump(machine, 77n).events).to.deep.equal([
      {
        symbol: 'USER_ADDED_E',
        time: 77n,
        tid: -1,
        params: ['\x05\0\0\0', '\x06\0\0\0', 'eve\0', '/home/eve\0', '/bin/sh\0', '\0'],
      },
      { symbol: 'GROUP_ADDED_E', time: 77n, tid: -1, params: ['\x04\x03\x02\x01', 'staff\0', '\0'] },
    ]);
  });
});
