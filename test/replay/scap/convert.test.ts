import { expect } from 'chai';
import { EVENTS, type EventCode } from '../../../engine/index.ts';
import * as E from '../../../engine/tables/codes.generated.ts';
import { CONVERSION_RULES } from '../../../replay/scap/conversion-rules.ts';
import { PLAN, PLANS, planIndex } from '../../../replay/scap/conversion-plan.ts';
import { EnterEvents } from '../../../replay/scap/enter-events.ts';
import { eventBytes, type ParamValue } from '../../event-bytes.ts';
import { readAll, type Reading } from './read-all.ts';
import { concat, eventBlock, flaggedEventBlock, sectionHeader, withoutCount } from './writer.ts';

type Made = readonly [code: EventCode, params: readonly ParamValue[], tid?: number];

/** Reads events behind one that ends the initial state. */
function convert(...events: readonly Made[]): Reading {
  const first: Made = [E.SYSCALL_CLOSE_X, [0, 3], 1];
  const blocks = [first, ...events].map(([code, params, tid = 7]) =>
    eventBlock(eventBytes(code, tid, 1, params)),
  );
  const reading = readAll(concat(sectionHeader(), ...blocks));
  return { ...reading, events: reading.events.slice(1) };
}

const u64 = (value: number) => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true);
  return Buffer.from(bytes).toString('hex');
};
const text = (value: string) => Buffer.from(value + '\0').toString('hex');

/** The event that comes out, as its symbol and parameters. */
type Expected = readonly [symbol: string, ...params: readonly string[]];

const execve17: readonly ParamValue[] = [
  0,
  'sh',
  ['-c'],
  7,
  7,
  1,
  '/',
  1024,
  0,
  0,
  1,
  1,
  1,
  'sh',
  '',
  ['A=1'],
  0,
];

const cases: readonly (readonly [name: string, made: readonly Made[], expected: readonly Expected[]])[] = [
  ['a current event passes as it is', [[E.SYSCALL_CLOSE_X, [0, 4]]], [['SYSCALL_CLOSE_X', u64(0), u64(4)]]],
  [
    'an exit event takes parameters from its enter event',
    [
      [E.SYSCALL_READ_E, [5, 100]],
      [E.SYSCALL_READ_X, [4, 'data']],
    ],
    [['SYSCALL_READ_X', u64(4), '64617461', u64(5), '64000000']],
  ],
  [
    'without its enter event it gets defaults',
    [[E.SYSCALL_READ_X, [4, 'data']]],
    [['SYSCALL_READ_X', u64(4), '64617461', u64(0), '00000000']],
  ],
  ['or empty parameters', [[E.SYSCALL_SETUID_X, [0]]], [['SYSCALL_SETUID_X', u64(0), '']]],
  [
    'an enter event serves one exit event',
    [
      [E.SYSCALL_SETUID_E, [33]],
      [E.SYSCALL_SETUID_X, [0]],
      [E.SYSCALL_SETUID_X, [0]],
    ],
    [
      ['SYSCALL_SETUID_X', u64(0), '21000000'],
      ['SYSCALL_SETUID_X', u64(0), ''],
    ],
  ],
  [
    'the enter event of another thread does not serve',
    [
      [E.SYSCALL_SETUID_E, [33], 8],
      [E.SYSCALL_SETUID_X, [0], 9],
    ],
    [['SYSCALL_SETUID_X', u64(0), '']],
  ],
  [
    'of two enter events the last one counts',
    [
      [E.SYSCALL_READ_E, [1, 1]],
      [E.SYSCALL_SETUID_E, [34]],
      [E.SYSCALL_SETUID_X, [0]],
    ],
    [['SYSCALL_SETUID_X', u64(0), '22000000']],
  ],
  [
    'an old type becomes a current one',
    [
      [E.SYSCALL_UNLINKAT_E, [-100, '/tmp/x']],
      [E.SYSCALL_UNLINKAT_X, [0]],
    ],
    [['SYSCALL_UNLINKAT_2_X', u64(0), u64(-100), text('/tmp/x'), '']],
  ],
  [
    'a parameter is cut to the size of its new type',
    [
      [E.SYSCALL_BPF_E, [5]],
      [E.SYSCALL_BPF_X, [Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0)]],
    ],
    [['SYSCALL_BPF_2_X', u64(3), '05000000']],
  ],
  [
    'default ids are all ones',
    [[E.SOCKET_ACCEPT4_X, [3, '', 0]]],
    [['SOCKET_ACCEPT4_6_X', u64(3), '', '00', '00000000', '00000000', '00000000']],
  ],
  [
    'an enter event that rules may want passes, and serves as well',
    [
      [E.SOCKET_CONNECT_E, [3, '\u0002abcd']],
      [E.SOCKET_CONNECT_X, [0, 'tuple']],
    ],
    [
      ['SOCKET_CONNECT_E', u64(3), '0261626364'],
      // The first of two steps uses the enter event up, so the second one does not find the address.
      ['SOCKET_CONNECT_X', u64(0), '7475706c65', u64(3), ''],
    ],
  ],
  [
    'container events of all ages',
    [
      [E.CONTAINER_E, ['abc', 3, 'web', 'nginx:1']],
      [E.CONTAINER_JSON_E, ['{}']],
      [E.CONTAINER_JSON_2_E, ['{}']],
      [E.CONTAINER_E, [undefined, 3, 'web', 'nginx:1']],
    ],
    [
      ['CONTAINER_JSON_2_E', text('{"id":"abc","type":3,"name":"web","image":"nginx:1"}')],
      ['CONTAINER_JSON_2_E', text('{}')],
      ['CONTAINER_JSON_2_E', text('{}')],
      ['CONTAINER_JSON_2_E', ''],
    ],
  ],
  ['a process exit without parameters', [[E.PROCEXIT_E, []]], [['PROCEXIT_1_E', '', '', '', '', '']]],
];

describe('conversion', () => {
  for (const [name, made, expected] of cases)
    it(name, () => {
      const { events, error } = convert(...made);
      expect(error).equals(undefined);
      expect(events.map((event) => [event.symbol, ...event.params])).deep.equals(expected);
      expect(events.map((event) => event.tid)).deep.equals(
        made.slice(made.length - events.length).map(([, , tid = 7]) => tid),
      );
    });

  it('goes through all versions of execve', () => {
    const { events, error } = convert(
      [E.SYSCALL_EXECVE_8_E, []],
      [E.SYSCALL_EXECVE_8_X, execve17.slice(0, 8)],
      [E.SYSCALL_EXECVE_18_E, ['/bin/sh']],
      [E.SYSCALL_EXECVE_17_X, execve17],
    );
    expect(error).equals(undefined);
    const count = EVENTS[E.SYSCALL_EXECVE_19_X]!.params.length;
    expect(events.map((event) => [event.symbol, event.params.length])).deep.equals([
      ['SYSCALL_EXECVE_19_E', 1],
      ['SYSCALL_EXECVE_19_X', count],
      ['SYSCALL_EXECVE_19_E', 1],
      ['SYSCALL_EXECVE_19_X', count],
    ]);
    const [, oldest, , newer] = events;
    expect(oldest!.params.slice(0, 9)).deep.equals([
      u64(0), text('sh'), text('-c'), u64(7), u64(7), u64(1), text('/'), u64(1024), '',
    ]); // prettier-ignore
    expect(oldest!.params.at(-1), 'filename').equals('');
    expect(newer!.params[13], 'comm').equals(text('sh'));
    expect(newer!.params[15], 'env').equals(text('A=1'));
    expect(newer!.params.at(-1), 'filename').equals(text('/bin/sh'));
  });

  it('gives empty parameters to events in blocks of all kinds', () => {
    const made = eventBytes(E.SYSCALL_OPENAT_2_E, 7, 1, []);
    const blocks = [
      eventBlock(made),
      flaggedEventBlock(made, 0, 0),
      // Here is no room for all lengths in front of the event.
      eventBlock(withoutCount(made), 0, 0x204),
      flaggedEventBlock(withoutCount(made), 0, 0, 0x208),
    ];
    const { events, error } = readAll(concat(sectionHeader(), ...blocks));
    expect(error).equals(undefined);
    expect(events.map(({ symbol, tid, params }) => [symbol, tid, ...params])).deep.equals(
      blocks.map(() => ['SYSCALL_OPENAT_2_E', 7, '', '', '', '']),
    );
  });

  it('stops where an exit event meets the enter event of another call, as Falco does', () => {
    const { events, error } = convert(
      [E.SYSCALL_CLOSE_E, [3]],
      [E.SYSCALL_READ_X, [4, 'data']],
      [E.SYSCALL_CLOSE_X, [0, 4]],
    );
    expect(events).deep.equals([]);
    expect(error).includes({ code: 'CAPTURE_CONVERSION' });
    expect(error!.message).contains('SYSCALL_READ_X').contains('SYSCALL_CLOSE_E');
  });

  it('stops at a number of parameters that no version has', () => {
    const { error } = convert([E.SYSCALL_CLOSE_X, []]);
    expect(error).includes({ code: 'CAPTURE_CONVERSION' });
  });

  it('leaves such an event out at the beginning of a section', () => {
    const bad = eventBlock(eventBytes(E.SYSCALL_CLOSE_X, 1, 1, []));
    const good = eventBlock(eventBytes(E.SYSCALL_CLOSE_X, 2, 1, [0, 3]));
    const reading = readAll(concat(sectionHeader(), bad, good));
    expect(reading.events.map((event) => event.tid)).deep.equals([2]);
    expect(reading.warnings.map((warning) => warning.code)).deep.equals(['CAPTURE_CONVERSION']);
    expect(readAll(concat(sectionHeader(), bad, good, bad)).error).includes({ code: 'CAPTURE_CONVERSION' });
  });
});

describe('the conversion rules', () => {
  const targets = new Map(EVENTS.map((info) => [info.symbol, info]));

  it('bring every old event to an end', () => {
    for (const rule of CONVERSION_RULES) {
      let count = rule.count ?? targets.get(rule.event)!.params.length;
      let symbol = rule.event;
      let steps = 0;
      for (
        let step: typeof rule | undefined = rule;
        step?.action === 'add' || step?.action === 'become';
        steps++
      ) {
        count = (step.action === 'add' ? count : 0) + step.values.length;
        symbol = step.target ?? symbol;
        step = CONVERSION_RULES.find((next) => next.event === symbol && next.count === count);
        expect(steps).lessThan(50);
      }
      const plan = PLANS[planIndex(targets.get(symbol)!.code, count)];
      expect([PLAN.PASS, PLAN.DROP, PLAN.STORE, PLAN.STORE_AND_PASS], `${rule.event} ${rule.count}`).includes(
        plan,
      );
    }
  });

  it('take every old value once, and never more of the enter event than it has', () => {
    for (const rule of CONVERSION_RULES) {
      const old = rule.values.filter((value) => value.source === 'old').map((value) => value.index);
      expect(new Set(old).size, rule.event).equals(old.length);
      const enter = EVENTS[targets.get(rule.event)!.code - 1];
      for (const { source, index } of rule.values)
        if (source.startsWith('enter')) expect(index, rule.event).lessThan(enter!.params.length);
        else if (source === 'old') expect(index, rule.event).lessThan(rule.count!);
    }
  });
});

describe('enter events', () => {
  const readEnter = (tid: number, fd: number): DataView => {
    const bytes = eventBytes(E.SYSCALL_READ_E, tid, 1, [fd, 100]);
    return new DataView(bytes.buffer);
  };

  it('of threads that are done are forgotten', () => {
    const events = new EnterEvents();
    const view = readEnter(0, 3);
    for (let tid = 0; tid < 300_000; tid++) {
      view.setUint32(8, tid, true);
      const event = events.store(view, 0);
      if (tid % 1000 !== 0) event.waiting = false;
    }
    expect(events.size).lessThan(70_000);
    expect(events.find(readEnter(1000, 0), 0)).not.equals(undefined);
    expect(events.find(readEnter(1001, 0), 0)).equals(undefined);
  });

  it('stay when the room of the reader is used again', () => {
    const events = new EnterEvents();
    const view = readEnter(7, 3);
    events.store(view, 0);
    events.release();
    view.setUint32(30, 99, true);
    const { view: kept, start } = events.find(view, 0)!;
    expect(kept.getUint32(start + 30, true)).equals(3);
  });

  it('of threads whose ids have the same lower bits are told apart', () => {
    const events = new EnterEvents();
    const tids = [7, 7 + 4096, 7 + 2 ** 32, -1];
    const views = tids.map((tid) => readEnter(tid, 3));
    for (const view of views) events.store(view, 0);
    expect(events.size).equals(tids.length);
    for (const view of views) expect(events.find(view, 0)!.view).equals(view);
  });

  it('serve exit events in later chunks', () => {
    const blocks = [
      sectionHeader(),
      ...[3, 4, 5].map((tid) => eventBlock(eventBytes(E.SYSCALL_READ_E, tid, 1, [tid, 100]))),
      ...[5, 3, 4].map((tid) => eventBlock(eventBytes(E.SYSCALL_READ_X, tid, 2, [4, 'data']))),
    ];
    const capture = concat(...blocks);
    for (const size of [1, 17, 60, 100, capture.length]) {
      const { events, error } = readAll(capture, [size]);
      expect(error).equals(undefined);
      expect(events.map((event) => event.params[2])).deep.equals([5, 3, 4].map(u64));
    }
  });
});
