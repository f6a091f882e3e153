import { expect } from 'chai';
import fc from 'fast-check';
import * as E from '../../../engine/tables/codes.generated.ts';
import { eventBytes } from '../../event-bytes.ts';
import { readAll, type Reading } from './read-all.ts';
import {
  block,
  bytes,
  concat,
  eventBlock,
  flaggedEventBlock,
  machineInfo,
  sectionHeader,
  withoutCount,
} from './writer.ts';

const closeEvent = (tid: number, time = 5) => eventBytes(E.SYSCALL_CLOSE_X, tid, time, [0, 3]);
const userAdded = eventBytes(E.USER_ADDED_E, 1, 1, [5, 5, 'bob', '/home/bob', '/bin/sh', '']);
const read = (...blocks: readonly Uint8Array[]): Reading => readAll(concat(sectionHeader(), ...blocks));
const tids = (reading: Reading) => reading.events.map((event) => event.tid);

/** A block that claims another length than it has. */
function lying(original: Uint8Array, length: number): Uint8Array {
  const copy = original.slice();
  new DataView(copy.buffer).setUint32(4, length, true);
  return copy;
}

describe('event blocks', () => {
  const event = closeEvent(77);
  const expected = {
    symbol: 'SYSCALL_CLOSE_X',
    tid: 77,
    time: 5n,
    params: ['0000000000000000', '0300000000000000'],
  };
  const kinds: readonly (readonly [name: string, Uint8Array, flags: number])[] = [
    ['EV', eventBlock(withoutCount(event), 3, 0x204), 0],
    ['EV_INT', eventBlock(withoutCount(event), 3, 0x8010abcd), 0],
    ['EVF', flaggedEventBlock(withoutCount(event), 3, 0x80000001, 0x208), 0x80000001],
    ['EV_V2', eventBlock(event, 3), 0],
    ['EVF_V2', flaggedEventBlock(event, 3, 9), 9],
    ['EV_V2_LARGE', eventBlock(event, 3, 0x221), 0],
    ['EVF_V2_LARGE', flaggedEventBlock(event, 3, 9, 0x222), 9],
  ];
  for (const [name, eventOfKind, flags] of kinds)
    it(name, () => {
      const { events, error } = read(eventOfKind, eventOfKind);
      expect(error).equals(undefined);
      expect(events).length(2);
      expect(events[1]).deep.equals({ ...expected, cpu: 3, flags });
    });

  it('holds large events', () => {
    const payload = 'x'.repeat(300_000);
    const large = eventBytes(E.ASYNCEVENT_E, 1, 1, [0, 'container', payload]);
    const { events, error } = read(eventBlock(large, 0, 0x221), eventBlock(closeEvent(2)));
    expect(error).equals(undefined);
    expect(events[0]!.params[2]).length(600_000);
    expect(events[1]!.tid).equals(2);
  });

  it('counts the parameters of old events by their lengths', () => {
    // As drivers of 2016 wrote it: 2 parameters instead of 5.
    const old = withoutCount(eventBytes(E.SOCKET_SENDMMSG_X, 1, 1, []));
    const read2 = withoutCount(eventBytes(E.SYSCALL_READ_X, 2, 1, [4, 'data']));
    const { events, error } = read(eventBlock(old, 0, 0x204), eventBlock(read2, 0, 0x204));
    expect(error).equals(undefined);
    expect(events.map((event) => [event.symbol, event.params.length])).deep.equals([
      ['SOCKET_SENDMMSG_X', 5],
      ['SYSCALL_READ_X', 4],
    ]);
  });

  it('leaves out types that nobody knows', () => {
    const unknown = closeEvent(8);
    new DataView(unknown.buffer).setUint16(20, 4000, true);
    const reading = read(
      eventBlock(closeEvent(1)),
      eventBlock(unknown),
      eventBlock(unknown),
      eventBlock(closeEvent(2)),
    );
    expect(reading.error).equals(undefined);
    expect(tids(reading)).deep.equals([1, 2]);
    expect(reading.warnings).length(1);
    expect(reading.warnings[0]).includes({ code: 'CAPTURE_NEWER', severity: 'warning', offset: 28 + 60 });
  });

  it('leaves out parameters that nobody knows', () => {
    const newer = eventBytes(E.SIGNALDELIVER_E, 9, 1, [1, 2, 3, Uint8Array.of(1, 2, 3), Uint8Array.of(4)]);
    const reading = read(eventBlock(newer), eventBlock(closeEvent(2)));
    expect(reading.events[0]!.params).deep.equals(['0100000000000000', '0200000000000000', '03']);
    expect(reading.warnings.map((warning) => warning.code)).deep.equals(['CAPTURE_NEWER']);
  });

  it('drops what libscap filters', () => {
    // An enter event of an old version that no converter manages, and an unused type.
    const reading = read(
      eventBlock(eventBytes(E.SYSCALL_CLONE_11_E, 1, 1, [])),
      eventBlock(eventBytes(E.SYSCALL_CLOSE_E, 2, 1, [3])),
      eventBlock(closeEvent(3)),
    );
    expect(tids(reading)).deep.equals([3]);
  });
});

describe('sections', () => {
  it('hand the state over before the first event, and again where captures were concatenated', () => {
    const section = concat(
      sectionHeader(),
      machineInfo(),
      eventBlock(closeEvent(1)),
      eventBlock(closeEvent(2)),
    );
    const reading = readAll(concat(section, section));
    const once = ['restart', 'machineInfo', 'ready', 'started', 'event', 'event'];
    // What is known of the machine outlives its section.
    const twice = ['restart', 'machineInfo', 'ready', 'started', 'event', 'event'];
    expect(reading.error).equals(undefined);
    expect(reading.state.calls).deep.equals([...once, ...twice]);
    expect(tids(reading)).deep.equals([1, 2, 1, 2]);
  });

  it('begin with events that complete the state', () => {
    const reading = read(eventBlock(userAdded), eventBlock(closeEvent(1)), eventBlock(userAdded));
    expect(reading.state.calls).deep.equals(['restart', 'ready', 'event', 'started', 'event', 'event']);
  });

  it('end that beginning at the first event that is filtered', () => {
    const reading = read(
      eventBlock(userAdded),
      eventBlock(eventBytes(E.SYSCALL_CLOSE_E, 2, 1, [3])),
      eventBlock(userAdded),
    );
    expect(reading.state.calls).deep.equals(['restart', 'ready', 'event', 'started', 'event']);
  });

  it('may hold blocks that nobody knows, before their first event', () => {
    const reading = read(block(0x999, new Uint8Array(100)), sectionHeader(), eventBlock(closeEvent(1)));
    expect(reading.error).equals(undefined);
    expect(tids(reading)).deep.equals([1]);
  });

  it('may have options in their header', () => {
    const header = block(0x0a0d0d0a, bytes().u32(0x1a2b3c4d).u16(1).u16(2).u64(-1).raw(new Uint8Array(16)));
    expect(tids(readAll(concat(header, eventBlock(closeEvent(1)))))).deep.equals([1]);
  });
});

describe('chunks', () => {
  it('of any size give the same events', () => {
    const capture = concat(
      sectionHeader(),
      machineInfo(),
      eventBlock(userAdded),
      ...Array.from({ length: 20 }, (_, i) => eventBlock(closeEvent(i))),
      eventBlock(eventBytes(E.ASYNCEVENT_E, 1, 1, [0, 'a', 'x'.repeat(9000)]), 0, 0x221),
      ...Array.from({ length: 5 }, (_, i) => eventBlock(withoutCount(closeEvent(i)), 0, 0x204)),
      sectionHeader(),
      flaggedEventBlock(closeEvent(9), 1, 1),
    );
    const whole = readAll(capture);
    expect(whole.events).length(28);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        const reading = readAll(capture, sizes);
        expect(reading.error).equals(undefined);
        expect(reading.events).deep.equals(whole.events);
        expect(reading.state.calls).deep.equals(whole.state.calls);
      }),
      { numRuns: 60 },
    );
  });
});

describe('bad captures', () => {
  const first = eventBlock(closeEvent(1));
  const swapped = Uint8Array.from([0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 28, 0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 2]);
  const wrongTrailer = block(0x201, new Uint8Array(180));
  wrongTrailer[wrongTrailer.length - 4] = 1;
  const wrongSum = closeEvent(1);
  wrongSum[26] = 200;
  const wrongCount = closeEvent(1);
  new DataView(wrongCount.buffer).setUint32(22, 0xffffffff, true);
  const wrongLength = closeEvent(1);
  new DataView(wrongLength.buffer).setUint32(16, 4000, true);
  const wrongOld = withoutCount(closeEvent(1));
  wrongOld[22] = 7;

  const cases: readonly (readonly [
    name: string,
    capture: Uint8Array,
    code: string,
    offset: number,
    events: number,
  ])[] = [
    ['nothing', new Uint8Array(0), 'CAPTURE_EMPTY', 0, 0],
    ['no section header', first, 'CAPTURE_UNKNOWN_FORMAT', 0, 0],
    ['the other byte order', concat(swapped, new Uint8Array(20)), 'CAPTURE_BYTE_ORDER', 8, 0],
    ['a wrong magic number', block(0x0a0d0d0a, new Uint8Array(16)), 'CAPTURE_CORRUPT', 8, 0],
    ['a major version to come', concat(sectionHeader(2), first), 'CAPTURE_VERSION', 12, 0],
    ['no events', concat(sectionHeader(), machineInfo()), 'CAPTURE_NO_EVENTS', 220, 0],
    ['a cut before the first event', concat(sectionHeader(), machineInfo().slice(0, 50)), 'CAPTURE_TRUNCATED', 28, 0],
    ['a trailer that contradicts', concat(sectionHeader(), wrongTrailer), 'CAPTURE_CORRUPT', 28, 0],
    ['a block shorter than a block', concat(sectionHeader(), first, lying(first, 11)), 'CAPTURE_CORRUPT', 88, 1],
    ['an event block too short', concat(sectionHeader(), first, lying(first, 36)), 'CAPTURE_CORRUPT', 88, 1],
    ['an event block too long', concat(sectionHeader(), lying(first, 70_000), new Uint8Array(70_000)), 'CAPTURE_CORRUPT', 28, 0],
    ['a length that lies', concat(sectionHeader(), first, lying(first, 64), first), 'CAPTURE_CORRUPT', 88, 2],
    ['a state block too long', concat(sectionHeader(), lying(machineInfo(), 0xfffffff0)), 'CAPTURE_CORRUPT', 28, 0],
    ['a state block among events', concat(sectionHeader(), first, machineInfo(), first), 'CAPTURE_CORRUPT', 88, 1],
    ['lengths of parameters too great', concat(sectionHeader(), first, eventBlock(wrongSum)), 'CAPTURE_EVENT', 88, 1],
    ['too many parameters', concat(sectionHeader(), first, eventBlock(wrongCount)), 'CAPTURE_EVENT', 88, 1],
    ['an event longer than its block', concat(sectionHeader(), first, eventBlock(wrongLength)), 'CAPTURE_EVENT', 88, 1],
    ['an old event that does not add up', concat(sectionHeader(), first, eventBlock(wrongOld, 0, 0x204)), 'CAPTURE_EVENT', 88, 1],
  ]; // prettier-ignore

  for (const [name, capture, code, offset, events] of cases)
    for (const sizes of [[capture.length], [7]])
      it(`${name}, in chunks of ${sizes[0]}`, () => {
        const reading = readAll(capture, sizes);
        expect(reading.error).includes({ code, severity: 'error', file: 'test.scap', offset });
        expect(reading.events).length(events);
      });

  it('says of packet captures what they are', () => {
    const { error } = read(block(1, new Uint8Array(8)), block(6, new Uint8Array(64)));
    expect(error!.hint).contains('pcapng');
  });

  it('gives nothing more after an error', () => {
    const reading = readAll(concat(sectionHeader(), first, machineInfo(), first, first));
    expect(reading.events).length(1);
  });
});

describe('a capture cut off at any byte', () => {
  const events = Array.from({ length: 6 }, (_, i) => eventBlock(closeEvent(i + 1)));
  const head = concat(sectionHeader(), machineInfo(), block(0x220, new Uint8Array(0)));
  const capture = concat(head, ...events, sectionHeader(), ...events);

  it('gives the whole events before the cut, and a warning', () => {
    for (let cut = 0; cut <= capture.length; cut++)
      for (const sizes of [[cut], [13]]) {
        const reading = readAll(capture.slice(0, cut), sizes);
        const size = events[0]!.length;
        const inFirst = Math.min(6, Math.max(0, Math.floor((cut - head.length) / size)));
        const second = head.length + 6 * size + 28;
        const inSecond = Math.max(0, Math.floor((cut - second) / size));
        expect(reading.events.length, `cut at ${cut}`).equals(inFirst + inSecond);
        if (cut <= head.length)
          expect(reading.error?.code, `cut at ${cut}`).matches(/EMPTY|TRUNCATED|NO_EVENTS/);
        else if (cut < head.length + size) expect(reading.events).length(0);
        else {
          const whole = cut < second ? (cut - head.length) % size === 0 : (cut - second) % size === 0;
          expect(reading.error, `cut at ${cut}`).equals(undefined);
          const expected = cut === second ? ['CAPTURE_NO_EVENTS'] : whole ? [] : ['CAPTURE_TRUNCATED'];
          expect(
            reading.warnings.map((warning) => warning.code),
            `cut at ${cut}`,
          ).deep.equals(expected);
        }
      }
  });
});
