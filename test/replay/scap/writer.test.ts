import { expect } from 'chai';
import fc from 'fast-check';
import type { Event } from '../../../engine/index.ts';
import {
  EVENTS,
  FD,
  type FdSnapshot,
  type FdType,
  type InterfaceSnapshot,
  type MachineInfo,
  type ThreadSnapshot,
} from '../../../engine/index.ts';
import {
  ASYNCEVENT_E,
  SYSCALL_CLOSE_X,
  SYSCALL_READ_X,
  USER_ADDED_E,
} from '../../../engine/tables/codes.generated.ts';
import { PLAN, PLANS, planIndex } from '../../../replay/scap/conversion-plan.ts';
import { ScapWriter } from '../../../replay/index.ts';
import { eventBytes, syntheticEvent } from '../../event-bytes.ts';
import { readAll, type Reading, type SeenEvent } from './read-all.ts';
import { bytes, concat, eventBlock, flaggedEventBlock, sectionHeader } from './writer.ts';

/** What a writer wrote. */
class Memory {
  readonly pieces: Uint8Array[] = [];
  readonly output = {
    write: (piece: Uint8Array): void => void this.pieces.push(piece),
    drain: () => Promise.resolve(),
    close: () => Promise.resolve(),
    abandon: () => Promise.resolve(),
  };

  get bytes(): Uint8Array {
    return concat(...this.pieces);
  }
}

/** Writes a capture with `fill`, and what reading it gives. */
async function written(fill: (writer: ScapWriter) => void): Promise<{ bytes: Uint8Array; reading: Reading }> {
  const memory = new Memory();
  const writer = new ScapWriter(memory.output);
  fill(writer);
  await writer.drain();
  await writer.close();
  return { bytes: memory.bytes, reading: readAll(memory.bytes) };
}

/** A section without anything that is known of the machine. */
function begin(writer: ScapWriter): void {
  writer.restart();
  writer.ready();
}

const read = (time = 5): Event => syntheticEvent(SYSCALL_READ_X, 7, time, [3, 'abc', 3, 10]);
const user = (): Event => syntheticEvent(USER_ADDED_E, -1, 5, [1, 1, 'alice', '/home/alice', '/bin/sh', '']);

describe('writing .scap captures', () => {
  it('writes an event as libscap does, padded to four bytes', async () => {
    const event = syntheticEvent(SYSCALL_CLOSE_X, 7, 5, [0, 3]);
    event.cpu = 2;
    const { bytes: got } = await written((writer) => {
      begin(writer);
      writer.event(event);
      writer.event(event, 1);
    });
    const plain = eventBytes(SYSCALL_CLOSE_X, 7, 5, [0, 3]);
    expect([...got]).eql([...concat(sectionHeader(), eventBlock(plain, 2), flaggedEventBlock(plain, 2, 1))]);
  });

  it('writes an event of a large type to a large block, with flags too', async () => {
    const params = [0, 'container', bytes().raw(new Uint8Array(100_000)).done()] as const;
    const { bytes: got, reading } = await written((writer) => {
      begin(writer);
      writer.event(read());
      writer.event(syntheticEvent(ASYNCEVENT_E, 1, 5, params));
      writer.event(syntheticEvent(ASYNCEVENT_E, 1, 5, params), 1);
    });
    const large = eventBytes(ASYNCEVENT_E, 1, 5, params);
    expect(
      Buffer.from(
        got.subarray(
          sectionHeader().length + eventBlock(eventBytes(SYSCALL_READ_X, 7, 5, [3, 'abc', 3, 10])).length,
        ),
      ).equals(concat(eventBlock(large, 0, 0x221), flaggedEventBlock(large, 0, 1, 0x222))),
    ).equals(true);
    expect(reading.events.map(({ flags }) => flags)).eql([0, 0, 1]);
  });

  it('takes a large block where flags make an event too long for an ordinary one', async () => {
    const event = syntheticEvent(SYSCALL_READ_X, 7, 5, [0, new Uint8Array(65472), 3, 10]);
    expect(event.length).equals(65472 + 26 + 8 + 20);
    const { reading } = await written((writer) => {
      begin(writer);
      writer.event(event);
      writer.event(event, 1);
    });
    expect(reading.error).equals(undefined);
    expect(reading.events.map(({ flags }) => flags)).eql([0, 1]);
  });

  it('keeps an event out of the initial state that was not in it', async () => {
    // A dropped event of an old driver may have stood between the two users.
    const { reading } = await written((writer) => {
      begin(writer);
      writer.event(user());
      writer.started();
      writer.event(user());
      writer.event(read());
    });
    expect(reading.state.calls).eql(['restart', 'ready', 'event', 'started', 'event', 'event']);
    expect(reading.events.map(({ symbol }) => symbol)).eql([
      'USER_ADDED_E',
      'USER_ADDED_E',
      'SYSCALL_READ_X',
    ]);
  });

  it('writes several sections', async () => {
    const { reading } = await written((writer) => {
      for (const hostname of ['one', 'two']) {
        writer.restart();
        writer.machineInfo({ cpus: 1, memory: 2, maxPid: 3, hostname, bootTime: 4, flags: 5 });
        writer.ready();
        writer.event(read());
      }
    });
    expect(reading.events.length).equals(2);
    expect(reading.state.machine?.hostname).equals('two');
    expect(reading.state.calls.filter((call) => call === 'restart').length).equals(2);
  });

  it('cuts what no reader would take', async () => {
    const { reading } = await written((writer) => {
      writer.restart();
      writer.addUser({
        uid: 1,
        gid: 1,
        name: 'n'.repeat(300),
        homedir: 'h'.repeat(2000),
        shell: 's'.repeat(300),
      });
      writer.addFds(7, [
        { fd: 1, ino: 2, type: FD.FILE_V2, openFlags: 1, mountId: 0, dev: 3, name: 'f'.repeat(2000) },
      ]);
      writer.ready();
      writer.event(read());
    });
    expect(reading.error).equals(undefined);
    expect(reading.state.users[0]).eql({
      uid: 1,
      gid: 1,
      name: 'n'.repeat(255),
      homedir: 'h'.repeat(255),
      shell: 's'.repeat(255),
    });
    expect(reading.state.fds.get(7)![0]!.name).equals('f'.repeat(1023));
  });

  it('leaves out fds of which nothing is known, as libscap does', async () => {
    const { reading } = await written((writer) => {
      writer.restart();
      writer.addFds(7, [
        { fd: 1, ino: 2, type: FD.UNKNOWN, name: '' },
        { fd: 2, ino: 2, type: FD.FIFO, name: 'pipe' },
      ]);
      writer.ready();
      writer.event(read());
    });
    expect(reading.state.fds.get(7)!.map(({ fd }) => fd)).eql([2]);
  });

  it('writes what is read again, whatever it is', () =>
    fc.assert(
      fc.asyncProperty(fc.array(section, { minLength: 1, maxLength: 3 }), async (sections) => {
        const last = sections.at(-1)!;
        const { reading } = await written((writer) => {
          for (const { machine, threads, fds, interfaces, users, groups, events } of sections) {
            writer.restart();
            writer.machineInfo(machine);
            for (const thread of threads) writer.addThread(thread);
            for (const [tid, list] of fds) writer.addFds(tid, list);
            for (const entry of interfaces) writer.addInterface(entry);
            for (const each of users) writer.addUser(each);
            for (const each of groups) writer.addGroup(each);
            writer.ready();
            writer.started();
            for (const [event, flags] of events) writer.event(event, flags);
          }
        });
        expect(reading.error).equals(undefined);
        expect(reading.state.machine).eql(last.machine);
        expect(reading.state.threads).eql(last.threads);
        expect([...reading.state.fds]).eql([...new Map(last.fds)]);
        expect(reading.state.interfaces).eql(last.interfaces);
        expect(reading.state.users).eql(last.users);
        expect(reading.state.groups).eql(last.groups);
        expect(reading.events).eql(
          sections.flatMap(({ events }) => events.map(([event, flags]) => seen(event, flags))),
        );
      }),
      { numRuns: 150 },
    )).timeout(60_000);
});

function seen(event: Event, flags: number): SeenEvent {
  const params = Array.from({ length: event.paramCount }, (_, i) =>
    Buffer.from(event.buffer(i), 'latin1').toString('hex'),
  );
  return { symbol: event.info.symbol, tid: event.tid, time: event.time, cpu: event.cpu, flags, params };
}

// Arbitrary sections. Numbers are as the reader gives them: safe ones as `number`.

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(normal);
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(normal);
const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const port = fc.integer({ min: 0, max: 0xffff });
const id = fc.integer({ min: -1, max: 2 ** 40 });
const byteText = (maxLength: number) =>
  fc.uint8Array({ maxLength, min: 1 }).map((text) => Buffer.from(text).toString('latin1'));
const path = byteText(300);
const strings = fc
  .array(byteText(40), { maxLength: 8 })
  .map((list) => list.map((text) => `${text}\0`).join(''));
const address6 = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((text) => Buffer.from(text).toString('latin1'));

function normal(value: bigint): number | bigint {
  const safe = Number(value);
  return Number.isSafeInteger(safe) ? safe : value;
}

const machine: fc.Arbitrary<MachineInfo> = fc.record({
  cpus: uint32,
  memory: uint64,
  maxPid: uint64,
  hostname: byteText(128),
  bootTime: uint64,
  flags: uint64,
});

const thread: fc.Arbitrary<ThreadSnapshot> = fc.record({
  tid: id, pid: id, ptid: id, sid: id, vpgid: id, pgid: id,
  comm: path, exe: path, exepath: path,
  exeWritable: fc.boolean(), exeUpperLayer: fc.boolean(), exeLowerLayer: fc.boolean(), exeFromMemfd: fc.boolean(),
  args: strings, env: strings, cwd: path,
  fdLimit: int64, flags: uint32, uid: uint32, gid: uint32, loginuid: uint32,
  capPermitted: uint64, capEffective: uint64, capInheritable: uint64,
  exeIno: uint64, exeInoCtime: uint64, exeInoMtime: uint64,
  vmSizeKb: uint32, vmRssKb: uint32, vmSwapKb: uint32, pageFaultsMajor: uint64, pageFaultsMinor: uint64,
  vtid: id, vpid: id, pidnsInitStart: uint64, cgroups: strings, root: path,
  // Captures do not hold this one.
  cloneTime: fc.constant(0), tty: uint32,
}); // prettier-ignore

const head = { fd: id, ino: uint64 };
const socket = { sport: port, dport: port, l4proto: fc.integer({ min: 0, max: 5 }) };
const others = Object.values(FD).filter(
  (type) =>
    ![
      FD.UNINITIALIZED,
      FD.UNKNOWN,
      FD.IPV4_SOCK,
      FD.IPV6_SOCK,
      FD.IPV4_SERVSOCK,
      FD.IPV6_SERVSOCK,
      FD.UNIX_SOCK,
      FD.FILE_V2,
    ].includes(type as never),
) as FdType[];
const fd: fc.Arbitrary<FdSnapshot> = fc.oneof(
  fc.record({ ...head, type: fc.constant(FD.IPV4_SOCK), sip: uint32, dip: uint32, ...socket }),
  fc.record({ ...head, type: fc.constant(FD.IPV6_SOCK), sip: address6, dip: address6, ...socket }),
  fc.record({ ...head, type: fc.constant(FD.IPV4_SERVSOCK), ip: uint32, port, l4proto: socket.l4proto }),
  fc.record({ ...head, type: fc.constant(FD.IPV6_SERVSOCK), ip: address6, port, l4proto: socket.l4proto }),
  fc.record({ ...head, type: fc.constant(FD.UNIX_SOCK), source: uint64, destination: uint64, name: path }),
  fc.record({
    ...head,
    type: fc.constant(FD.FILE_V2),
    openFlags: uint32,
    mountId: fc.constant(0),
    dev: uint32,
    name: path,
  }),
  fc.record({ ...head, type: fc.constantFrom(...others), name: path }),
);

const link = { name: byteText(16), linkSpeed: uint64 };
const network: fc.Arbitrary<InterfaceSnapshot> = fc.oneof(
  fc.record({
    family: fc.constant('ipv4' as const),
    address: uint32,
    netmask: uint32,
    broadcast: uint32,
    ...link,
  }),
  fc.record({
    family: fc.constant('ipv6' as const),
    address: address6,
    netmask: address6,
    broadcast: address6,
    ...link,
  }),
);

/** Event types that pass as they are with all their parameters. */
const current = EVENTS.filter(({ code, params }) => PLANS[planIndex(code, params.length)] === PLAN.PASS);
const event: fc.Arbitrary<[Event, number]> = fc
  .tuple(fc.constantFrom(...current), id, uint64, port, fc.constantFrom(0, 1, 2, 5))
  .chain(([info, tid, time, cpu, flags]) =>
    fc
      .array(fc.uint8Array({ maxLength: 60 }), {
        minLength: info.params.length,
        maxLength: info.params.length,
      })
      .map((params): [Event, number] => {
        const made = syntheticEvent(info.code, tid, BigInt(time), params);
        made.cpu = cpu;
        return [made, flags];
      }),
  );

const section = fc.record({
  machine,
  threads: fc.array(thread, { maxLength: 5 }),
  fds: fc.array(fc.tuple(id, fc.array(fd, { maxLength: 6 })), { maxLength: 4 }),
  interfaces: fc.array(network, { maxLength: 4 }),
  users: fc.array(
    fc.record({
      uid: uint32,
      gid: uint32,
      name: byteText(255),
      homedir: byteText(255),
      shell: byteText(255),
    }),
    { maxLength: 4 },
  ),
  groups: fc.array(fc.record({ gid: uint32, name: byteText(255) }), { maxLength: 4 }),
  events: fc.array(event, { minLength: 1, maxLength: 20 }),
});
