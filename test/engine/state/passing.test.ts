import { expect } from 'chai';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Event } from '../../../engine/event.ts';
import { allFields } from '../../../engine/fields/index.ts';
import { Machine } from '../../../engine/state/machine.ts';
import * as E from '../../../engine/tables/codes.generated.ts';
import { EVENTS } from '../../../engine/tables/events.generated.ts';
import type { EventCode } from '../../../engine/tables/types.ts';
import { ScapReader } from '../../../replay/scap/reader.ts';
import { eventBytes, syntheticEvent, type ParamValue } from '../../event-bytes.ts';
import { hasOracle, oraclePath } from '../../oracle.ts';
import { concat, eventBlock, sectionHeader } from '../../replay/scap/writer.ts';

const bundled = join(import.meta.dirname, '../../captures');

/** Recordings of the current driver, and old ones with enter events. */
function captures(): string[] {
  const own = readdirSync(bundled).map((name) => join(bundled, name));
  if (!hasOracle()) return own.filter((path) => path.endsWith('.scap'));
  const old = ['mpm-event', 'nginx', 'setns', 'tcp-client-server'].map((name) =>
    oraclePath('captures', `${name}.scap`),
  );
  const large = ['network', 'threads-and-files'].map((name) => oraclePath('..', 'captures', `${name}.scap`));
  return [...own, ...old, ...large].filter((path) => path.endsWith('.scap') && existsSync(path));
}

type OldEvent = readonly [code: EventCode, params: readonly ParamValue[]];

const fields = allFields.flatMap((fieldClass) =>
  fieldClass.fields.filter(
    ({ arg, filterOnly, stateful }) => filterOnly !== true && stateful !== true && arg?.required !== true,
  ),
);

function load(path: string): Uint8Array {
  const bytes = readFileSync(path);
  return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
}

/** All fields of every `nth` event of certain types, a line each. */
function read(
  capture: Uint8Array,
  asked: (code: EventCode) => boolean,
  pass: boolean,
  nth: number,
  machine: Machine = new Machine(),
): string[][] {
  if (pass) machine.passing.allow(asked);
  const reader = new ScapReader('test.scap', machine);
  reader.feed(Uint8Array.from(capture));
  const event = new Event();
  const lines: string[][] = [];
  let given = 0;
  while (reader.next(event)) {
    const shown = machine.apply(event);
    if (!asked(event.code) || !shown || given++ % nth !== 0) continue;
    lines.push(fields.map(({ name, get }) => `${name} ${String(get(event))}`));
  }
  return lines;
}

describe('Passing', function () {
  this.timeout(120_000);
  const sets: readonly (readonly [string, (code: EventCode) => boolean])[] = [
    ['openat and execve', (code) => ['openat', 'open', 'execve'].includes(EVENTS[code]!.name)],
    [
      'connect, sendto and close',
      (code) => ['connect', 'sendto', 'sendmsg', 'close'].includes(EVENTS[code]!.name),
    ],
    ['reads', (code) => ['read', 'recvfrom', 'recvmsg'].includes(EVENTS[code]!.name)],
    [
      'clones, exits and lookups',
      (code) => ['clone', 'clone3', 'vfork', 'procexit', 'fstat'].includes(EVENTS[code]!.name),
    ],
    ['every third type', (code) => code % 6 < 2],
  ];
  for (const path of captures())
    for (const [name, asked] of sets)
      it(`leaves the fields of ${name} as they are: ${path.split('/').pop()}`, () => {
        const capture = load(path);
        const all = read(capture, asked, false, 7);
        const passed = read(capture, asked, true, 7);
        expect(passed.length).to.equal(all.length);
        const differing = all.flatMap((values, n) => values.filter((value, i) => value !== passed[n]![i]));
        expect(differing.slice(0, 5)).to.deep.equal([]);
      });

  it('passes over most of a recording', () => {
    const machine = new Machine();
    machine.passing.allow((code) => EVENTS[code]!.name === 'openat');
    const reader = new ScapReader('podman-shell', machine);
    reader.feed(Uint8Array.from(load(join(bundled, 'podman-shell.scap'))));
    const event = new Event();
    let given = 0;
    for (; reader.next(event); given++) machine.apply(event);
    expect(given).to.be.below(event.num / 3);
  });

  it('holds events until one has told the time', () => {
    const machine = new Machine();
    machine.apply(syntheticEvent(E.PROCINFO_E, 7, 1000, [1, 2]));
    expect(machine.passing.held).to.equal(true);
    machine.apply(syntheticEvent(E.SYSCALL_CLOSE_X, 7, 2000, [0, 3]));
    expect(machine.passing.held).to.equal(false);
  });

  // Calls of an old driver between two of `open`, and how many of their events are passed over; those of `open` have an enter event each.
  const open = [E.SYSCALL_OPEN_X, [3, '/etc/passwd', 1, 0]] as const;
  const old: readonly (readonly [name: string, events: readonly OldEvent[], passed: number])[] = [
    ['close', [[E.SYSCALL_CLOSE_E, [3]], [E.SYSCALL_CLOSE_X, [0]]], 1],
    ['close that fails', [[E.SYSCALL_CLOSE_E, [3]], [E.SYSCALL_CLOSE_X, [-9]]], 1],
    ['close of no fd', [[E.SYSCALL_CLOSE_E, [-1]], [E.SYSCALL_CLOSE_X, [-9]]], 1],
    ['close whose enter event is missing', [[E.SYSCALL_CLOSE_X, [0]]], 1],
    ['read', [[E.SYSCALL_READ_E, [3, 100]], [E.SYSCALL_READ_X, [4, 'data']]], 1],
    ['recvmsg of a file', [[E.SOCKET_RECVMSG_E, [3]], [E.SOCKET_RECVMSG_X, [4, 4, 'data', '']]], 0],
    ['futex', [[E.SYSCALL_FUTEX_E, [1, 2, 3]], [E.SYSCALL_FUTEX_X, [0]]], 1],
    ['fcntl that copies', [[E.SYSCALL_FCNTL_E, [3, 1]], [E.SYSCALL_FCNTL_X, [4]]], 1],
    ['fcntl that sets a flag', [[E.SYSCALL_FCNTL_E, [3, 3]], [E.SYSCALL_FCNTL_X, [0]]], 1],
    ['an enter event that serves no exit', [[E.SYSCALL_READ_E, [3, 100]]], 0],
    ['mmap', [[E.SYSCALL_MMAP_E, [0, 1, 1, 1, 3, 0]], [E.SYSCALL_MMAP_X, [0, 7, 8, 9]]], 1],
    ['procinfo', [[E.PROCINFO_E, [1, 2]]], 1],
  ]; // prettier-ignore
  for (const [name, events, count] of old)
    it(`leaves behind what an old ${name} leaves`, () => {
      const made: readonly OldEvent[] = [
        open,
        [E.SYSCALL_OPEN_E, []],
        ...events,
        [E.SYSCALL_OPEN_E, []],
        open,
      ];
      const capture = concat(
        sectionHeader(),
        ...made.map(([code, params], i) => eventBlock(eventBytes(code, 7, 1000 + i, params))),
      );
      const asked = (code: EventCode) => EVENTS[code]!.name === 'open';
      const machine = new Machine();
      const passed = read(capture, asked, true, 1, machine);
      expect(passed).to.deep.equal(read(capture, asked, false, 1));
      expect(passed.length).to.equal(2);
      expect(machine.passing.passed).to.equal(count + 2);
    });
});
