import { expect } from 'chai';
import type { FdSnapshot, ThreadSnapshot } from '../../../engine/index.ts';
import { GENERIC_X } from '../../../engine/tables/codes.generated.ts';
import { eventBytes } from '../../event-bytes.ts';
import { readAll, type Reading } from './read-all.ts';
import { block, bytes, concat, eventBlock, machineInfo, sectionHeader, sized, type Bytes } from './writer.ts';

const anEvent = eventBlock(eventBytes(GENERIC_X, 1, 1, [1, 2]));

function readState(...blocks: readonly Uint8Array[]): Reading {
  return readAll(concat(sectionHeader(), ...blocks, anEvent));
}

/** A process as version `version` lays it out, up to the root directory. */
function processEntry(version: number): Bytes {
  const entry = bytes().u64(11).u64(10).u64(9);
  if (version >= 6) entry.u64(8);
  if (version >= 8) entry.u64(7);
  entry.text('comm').text('exe');
  if (version >= 7) entry.text('/bin/exe');
  entry.text('-a\0-b').text('/tmp').u64(1024).u32(3).u32(1000).u32(1001);
  if (version >= 2) entry.u32(21).u32(22).u32(23).u64(24).u64(25);
  if (version >= 3) entry.text('HOME=/\0');
  if (version >= 4) entry.u64(-1).u64(5).text('cpu=/a\0');
  if (version >= 5) entry.text('/root\0x');
  return entry;
}

const bare: Partial<ThreadSnapshot> = {
  tid: 11,
  pid: 10,
  ptid: 9,
  sid: -1,
  vpgid: -1,
  pgid: -1,
  comm: 'comm',
  exe: 'exe',
  exepath: '',
  args: '-a\0-b\0',
  env: '',
  cwd: '/tmp',
  fdLimit: 1024,
  flags: 3,
  uid: 1000,
  gid: 1001,
  loginuid: 0xffffffff,
  vmSizeKb: 0,
  vtid: -1,
  vpid: -1,
  cgroups: '',
  root: '',
  tty: 0,
};

const added: readonly (readonly [version: number, Partial<ThreadSnapshot>])[] = [
  [2, { vmSizeKb: 21, vmRssKb: 22, vmSwapKb: 23, pageFaultsMajor: 24, pageFaultsMinor: 25 }],
  [3, { env: 'HOME=/\0' }],
  [4, { vtid: -1, vpid: 5, cgroups: 'cpu=/a\0' }],
  [5, { root: '/root' }],
  [6, { sid: 8 }],
  [7, { exepath: '/bin/exe' }],
  [8, { vpgid: 7 }],
];

describe('process lists', () => {
  const types: readonly (readonly [type: number, version: number])[] = [
    [0x202, 1],
    [0x8000abcd, 1],
    [0x207, 2],
    [0x8013abcd, 2],
    [0x209, 3],
    [0x8014abcd, 3],
    [0x210, 4],
    [0x211, 5],
    [0x212, 6],
    [0x213, 7],
    [0x214, 8],
  ];
  for (const [type, version] of types)
    it(`version ${version} in blocks of type 0x${type.toString(16)}`, () => {
      const entry = processEntry(version).done();
      const { state, error } = readState(block(type, concat(entry, entry)));
      expect(error).equals(undefined);
      expect(state.threads).length(2);
      const expected = Object.assign(
        {},
        bare,
        ...added.filter(([since]) => since <= version).map(([, f]) => f),
      );
      expect(state.threads[1]).includes(expected);
    });

  /** What was appended to version 9, in order. */
  const extension = (entry: Bytes): Bytes =>
    entry
      .u64(31)
      .u32(32)
      .u32(33)
      .u8(1)
      .u64(34)
      .u64(35)
      .u64(36)
      .u8(1)
      .u64(37)
      .u64(38)
      .u64(39)
      .u8(1)
      .u8(1)
      .u64(40);

  it('version 9 with all fields, and one more that nobody knows', () => {
    const entry = sized(extension(processEntry(9)).u32(99));
    const { state, error } = readState(block(0x215, concat(entry, entry)));
    expect(error).equals(undefined);
    expect(state.threads).length(2);
    expect(state.threads[1]).includes({
      vpgid: 7,
      pidnsInitStart: 31,
      tty: 32,
      loginuid: 33,
      exeWritable: true,
      capInheritable: 34,
      capPermitted: 35,
      capEffective: 36,
      exeUpperLayer: true,
      exeIno: 37,
      exeInoCtime: 38,
      exeInoMtime: 39,
      exeFromMemfd: true,
      exeLowerLayer: true,
      pgid: 40,
    });
  });

  it('version 9 from before libs 0.10, without the two fields in the middle', () => {
    const entry = sized(processEntry(9).u32(33).u8(1).u64(34).u64(35).u64(36));
    const { state } = readState(block(0x215, entry));
    expect(state.threads[0]).includes({
      pidnsInitStart: 0,
      tty: 0,
      loginuid: 33,
      exeWritable: true,
      capInheritable: 34,
      capPermitted: 35,
      capEffective: 36,
      exeUpperLayer: false,
      pgid: -1,
    });
  });

  it('version 9 whose entry is shorter than its fields', () => {
    const entry = processEntry(9);
    const { error } = readState(block(0x215, bytes().u32(20).raw(entry.done())));
    expect(error).includes({ code: 'CAPTURE_CORRUPT', offset: 28 + 8 });
    expect(error!.message).contains('is said to have 20');
  });
});

describe('fd lists', () => {
  const v6 = '\x20\x01' + '\0'.repeat(13) + '\x01';
  const v6Bytes = [0x20, 1, ...new Array<number>(13).fill(0), 1];
  const entries: readonly (readonly [name: string, Bytes, Partial<FdSnapshot>])[] = [
    [
      'an IPv4 socket',
      bytes().u64(3).u64(77).u8(3).raw([127, 0, 0, 1]).raw([10, 0, 0, 2]).u16(4000).u16(443).u8(2),
      { fd: 3, ino: 77, type: 3, sip: 0x7f000001, dip: 0x0a000002, sport: 4000, dport: 443, l4proto: 2 },
    ],
    [
      'an IPv6 socket',
      bytes().u64(4).u64(1).u8(4).raw(v6Bytes).raw(v6Bytes).u16(1).u16(2).u8(3),
      { fd: 4, type: 4, sip: v6, dip: v6, sport: 1, dport: 2, l4proto: 3 },
    ],
    [
      'a listening IPv4 socket',
      bytes().u64(5).u64(1).u8(5).raw([0, 0, 0, 0]).u16(22).u8(2),
      { fd: 5, type: 5, ip: 0, port: 22, l4proto: 2 },
    ],
    [
      'a listening IPv6 socket',
      bytes().u64(6).u64(1).u8(6).raw(v6Bytes).u16(80).u8(2),
      { fd: 6, type: 6, ip: v6, port: 80, l4proto: 2 },
    ],
    [
      'a unix socket',
      bytes().u64(7).u64(1).u8(8).u64(0xffff888000000001n).u64(0).text('/run/x'),
      { fd: 7, type: 8, source: 0xffff888000000001n, destination: 0, name: '/run/x' },
    ],
    ['a pipe', bytes().u64(8).u64(1).u8(7).text('pipe:[1]'), { fd: 8, type: 7, name: 'pipe:[1]' }],
    ['a pidfd', bytes().u64(9).u64(1).u8(21).text('pidfd'), { fd: 9, type: 21, name: 'pidfd' }],
    [
      'a file',
      bytes().u64(10).u64(1).u8(16).u32(65).text('/etc/passwd'),
      { fd: 10, type: 16, openFlags: 65, dev: 0, mountId: 0, name: '/etc/passwd' },
    ],
  ];

  for (const [name, entry, expected] of entries) {
    it(`${name}, version 1`, () => {
      const { state, error } = readState(block(0x203, bytes().u64(42).raw(entry.done()).raw(entry.done())));
      expect(error).equals(undefined);
      expect(state.fds.get(42)).length(2);
      expect(state.fds.get(42)![1]).includes(expected);
    });
    it(`${name}, version 2`, () => {
      const { state, error } = readState(block(0x218, bytes().u64(42).raw(sized(entry)).raw(sized(entry))));
      expect(error).equals(undefined);
      expect(state.fds.get(42)).length(2);
      expect(state.fds.get(42)![1]).includes(expected);
    });
  }

  it('a file with its device, and something that nobody knows', () => {
    const entry = bytes().u64(10).u64(1).u8(16).u32(65).text('/etc/passwd').u32(0x800001).u32(5);
    const { state } = readState(block(0x218, bytes().u64(42).raw(sized(entry)).raw(sized(entry))));
    expect(state.fds.get(42)!.map((fd) => fd.dev)).deep.equals([0x800001, 0x800001]);
  });

  it('a type that nobody knows', () => {
    const { state } = readState(
      block(
        0x218,
        bytes()
          .u64(42)
          .raw(sized(bytes().u64(1).u64(2).u8(99).u64(3))),
      ),
    );
    expect(state.fds.get(42)).deep.equals([{ fd: 1, ino: 2, type: 10, name: 'unknown-type:[99]' }]);
  });

  it('a name that is too long', () => {
    const { error } = readState(block(0x203, bytes().u64(42).u64(1).u64(2).u8(1).text('x'.repeat(1024))));
    expect(error).includes({ code: 'CAPTURE_CORRUPT', offset: 28 + 8 + 8 + 17 });
  });
});

describe('interface lists', () => {
  const v4 = bytes()
    .u16(1)
    .u16(2)
    .raw([10, 0, 0, 1])
    .raw([255, 0, 0, 0])
    .raw([10, 255, 255, 255])
    .u64(1000)
    .raw([108, 111]);
  const expectedV4 = {
    family: 'ipv4',
    name: 'lo',
    address: 0x0a000001,
    netmask: 0xff000000,
    broadcast: 0x0affffff,
    linkSpeed: 1000,
  };
  const address = Array.from({ length: 16 }, (_, i) => i);
  const v6 = bytes().u16(4).u16(2).raw(address).raw(address).raw(address).raw([108, 111]);

  it('version 1, with and without speed', () => {
    const { state } = readState(block(0x205, concat(v4.done(), v6.done())));
    expect(state.interfaces[0]).deep.equals(expectedV4);
    expect(state.interfaces[1]).includes({ family: 'ipv6', name: 'lo', linkSpeed: 0 });
  });

  it('version 2, with something that nobody knows', () => {
    const entry = concat(
      bytes()
        .u32(v4.length + 4)
        .done(),
      v4.done(),
      new Uint8Array(4),
    );
    const { state } = readState(block(0x219, concat(entry, entry)));
    expect(state.interfaces).deep.equals([expectedV4, expectedV4]);
  });

  it('of two lists the last one counts', () => {
    const { state } = readState(block(0x205, concat(v4.done(), v6.done())), block(0x205, v4));
    expect(state.interfaces).deep.equals([expectedV4]);
  });

  it('an unknown type', () => {
    const { error } = readState(block(0x205, bytes().u16(9).u16(0).u64(0)));
    expect(error).includes({ code: 'CAPTURE_CORRUPT' });
  });
});

describe('user lists', () => {
  const user = bytes().u8(0).u32(1000).u32(1001).text('alice').text('/home/alice').text('/bin/sh');
  const group = bytes().u8(1).u32(1001).text('staff');
  const alice = { uid: 1000, gid: 1001, name: 'alice', homedir: '/home/alice', shell: '/bin/sh' };

  for (const [type, entries] of [
    [0x206, concat(user.done(), group.done(), user.done())],
    [0x8012abcd, concat(user.done(), group.done(), user.done())],
    [0x220, concat(sized(user), sized(bytes().raw(group.done()).u32(7)), sized(user))],
  ] as const)
    it(`type 0x${type.toString(16)}`, () => {
      const { state } = readState(block(type, entries));
      expect(state.users).deep.equals([alice, alice]);
      expect(state.groups).deep.equals([{ gid: 1001, name: 'staff' }]);
    });
});

describe('the machine', () => {
  it('is read', () => {
    const { state } = readState(machineInfo('web-1'));
    expect(state.machine).deep.equals({
      cpus: 4,
      memory: 8_000_000_000,
      maxPid: 32768,
      hostname: 'web-1',
      bootTime: 1_700_000_000_000_000_000n,
      flags: 1,
    });
  });

  it('must have its exact length', () => {
    const { error } = readState(block(0x201, new Uint8Array(184)));
    expect(error).includes({ code: 'CAPTURE_CORRUPT' });
  });
});
