/** Captures as they may come: what sections hold, as a reader gives it. Numbers are as there: safe ones as `number`. */
import fc from 'fast-check';
import {
  EVENTS,
  FD,
  type Event,
  type FdSnapshot,
  type FdType,
  type GroupSnapshot,
  type InterfaceSnapshot,
  type MachineInfo,
  type ThreadSnapshot,
  type UserSnapshot,
} from '../../engine/index.ts';
import { PLAN, PLANS, planIndex } from '../../replay/scap/conversion-plan.ts';
import { syntheticEvent } from '../event-bytes.ts';

/** What one section of a capture holds. */
export interface Section {
  readonly machine: MachineInfo;
  readonly threads: readonly ThreadSnapshot[];
  readonly fds: readonly (readonly [tid: number, fds: readonly FdSnapshot[]])[];
  readonly interfaces: readonly InterfaceSnapshot[];
  readonly users: readonly UserSnapshot[];
  readonly groups: readonly GroupSnapshot[];
  /** With the flags of their blocks. */
  readonly events: readonly (readonly [Event, flags: number])[];
}

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

const section: fc.Arbitrary<Section> = fc.record({
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

/** One capture: its sections. */
export const sections: fc.Arbitrary<Section[]> = fc.array(section, { minLength: 1, maxLength: 3 });
