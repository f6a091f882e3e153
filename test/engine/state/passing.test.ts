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
import { syntheticEvent } from '../../event-bytes.ts';
import { hasOracle, oraclePath } from '../../oracle.ts';

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

const fields = allFields.flatMap((fieldClass) =>
  fieldClass.fields.filter(
    ({ arg, filterOnly, stateful }) => filterOnly !== true && stateful !== true && arg?.required !== true,
  ),
);

/** All fields of every `nth` event of certain types, a line each. */
function read(path: string, asked: (code: EventCode) => boolean, pass: boolean, nth: number): string[][] {
  const bytes = readFileSync(path);
  const machine = new Machine();
  if (pass) machine.passing.allow(asked);
  const reader = new ScapReader(path, machine);
  reader.feed(bytes[0] === 0x1f ? gunzipSync(bytes) : Uint8Array.from(bytes));
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
        const all = read(path, asked, false, 7);
        const passed = read(path, asked, true, 7);
        expect(passed.length).to.equal(all.length);
        const differing = all.flatMap((values, n) => values.filter((value, i) => value !== passed[n]![i]));
        expect(differing.slice(0, 5)).to.deep.equal([]);
      });

  it('passes over most of a recording', () => {
    const machine = new Machine();
    machine.passing.allow((code) => EVENTS[code]!.name === 'openat');
    const bytes = readFileSync(join(bundled, 'podman-shell.scap'));
    const reader = new ScapReader('podman-shell', machine);
    reader.feed(bytes[0] === 0x1f ? gunzipSync(bytes) : Uint8Array.from(bytes));
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
});
