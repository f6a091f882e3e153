import { expect } from 'chai';
import type { Event } from '../../../engine/event.ts';
import { bindField, type BoundField, type Extracted } from '../../../engine/fields/index.ts';
import { compileCondition } from '../../../engine/filter/condition.ts';
import { parse } from '../../../engine/filter/parser.ts';
import { evaluate } from '../../../engine/filter/trace.ts';
import { FD, Fd, type FdType } from '../../../engine/state/fd.ts';
import { Machine } from '../../../engine/state/machine.ts';
import { Thread } from '../../../engine/state/thread.ts';
import * as code from '../../../engine/tables/codes.generated.ts';
import { EVENTS } from '../../../engine/tables/events.generated.ts';
import type { EventCode } from '../../../engine/tables/types.ts';
import { syntheticEvent, type ParamValue } from '../../event-bytes.ts';

function bound(name: string, arg?: string): BoundField {
  const found = bindField(name, arg);
  if (found === undefined || 'error' in found) throw new Error(`no ${name}`);
  return found;
}

function eventOf(type: EventCode, params: readonly ParamValue[], fdType?: FdType, fdName = ''): Event {
  const event = syntheticEvent(type, 7, 10n ** 18n, params);
  event.machine = new Machine();
  event.thread = new Thread();
  Object.assign(event.thread, { tid: 7, pid: 7, cwd: '/home/ann/' });
  if (fdType !== undefined) {
    event.fd = new Fd();
    event.fd.type = fdType;
    event.fd.name = fdName;
    event.thread.addFd(5, event.fd);
  }
  return event;
}

const close = (result: number) => eventOf(code.SYSCALL_CLOSE_X, [result, 3], FD.FILE);
const read = (result: number, type?: FdType) => eventOf(code.SYSCALL_READ_X, [result, 'ab', 5, 4], type);
const openat = (flags: number, mode: number, result = 3) =>
  eventOf(code.SYSCALL_OPENAT_2_X, [result, -100, 'x', flags, mode]);
const container = () => eventOf(code.ASYNCEVENT_E, [1, 'container', 'data']);
const generic = (sc: number, native?: number) => eventOf(code.GENERIC_X, [sc, native]);

const CASES: readonly (readonly [field: string, event: Event, value: Extracted])[] = [
  ['evt.type', close(0), 'close'],
  ['evt.type', container(), 'container'],
  ['evt.type', generic(11), 'time'],
  ['evt.type', generic(0, 317), 'seccomp'],
  ['evt.type', generic(0), 'unknown'],
  ['evt.type', generic(0, 9999), 'unknown'],
  ['evt.type', generic(9999), ''],
  ['syscall.type', generic(11), 'time'],
  ['syscall.type', container(), undefined],
  ['evt.type.is.close', close(0), 1],
  ['evt.type.is.open', close(0), 0],
  ['evt.dir', close(0), '<'],
  ['evt.dir', container(), '>'],
  ['evt.category', close(0), 'file'],
  ['evt.category', read(1), 'unknown'],
  ['evt.category', read(1, FD.IPV6_SOCK), 'net'],
  ['evt.category', read(1, FD.FIFO), 'ipc'],
  ['evt.category', eventOf(code.PROCINFO_E, [1, 1]), 'internal'],
  ['evt.is_async', container(), true],
  ['evt.asynctype', container(), 'container'],
  ['evt.asynctype', eventOf(code.PROCINFO_E, [1, 1]), 'procinfo'],
  ['evt.asynctype', close(0), undefined],
  ['evt.res', close(0), 'SUCCESS'],
  ['evt.res', close(-2), 'ENOENT'],
  ['evt.res', generic(11), undefined],
  ['evt.rawres', close(-2), -2],
  ['evt.rawres', eventOf(code.SYSCALL_BRK_4_X, [2n ** 62n]), 2n ** 62n],
  ['evt.rawres', container(), undefined],
  ['evt.failed', close(-2), true],
  ['evt.failed', container(), undefined],
  ['evt.count.error', close(-2), 1],
  ['evt.count.error.file', close(0), 0],
  ['evt.count.error.file', openat(1, 0, -2), 1],
  ['evt.count.error.net', close(-2), undefined],
  ['evt.count.error.net', read(-2, FD.UNIX_SOCK), 1],
  ['evt.count.error.net', eventOf(code.SOCKET_CONNECT_X, [-111]), 1],
  ['evt.count.error.memory', eventOf(code.SYSCALL_BRK_4_X, [1]), 0],
  ['evt.count.error.other', eventOf(code.SYSCALL_BRK_4_X, [1]), undefined],
  ['evt.count.error.other', read(-2, FD.FIFO), 1],
  ['evt.count.exit', close(0), 1],
  ['evt.count.exit', container(), undefined],
  ['evt.buflen', read(2), undefined],
  ['evt.buflen', read(2, FD.FILE), 2],
  ['evt.buflen', read(-2, FD.FILE), undefined],
  ['evt.buflen.in', read(2, FD.FILE), 2],
  ['evt.buflen.out', read(2, FD.FILE), undefined],
  ['evt.buflen.net', read(2, FD.FILE), undefined],
  ['evt.io_dir', read(2), 'read'],
  ['evt.io_dir', close(0), undefined],
  ['evt.is_syslog', eventOf(code.SYSCALL_WRITE_X, [1, 'a', 5, 1], FD.UNIX_SOCK, 'a->b /dev/log'), true],
  ['evt.is_syslog', read(1, FD.UNIX_SOCK), false],
  ['evt.is_open_read', openat(1, 0), true],
  ['evt.is_open_write', openat(1, 0), false],
  ['evt.is_open_write', openat(3, 0), true],
  ['evt.is_open_exec', openat(4, 0o755), true],
  ['evt.is_open_exec', openat(1, 0o755), false],
  ['evt.is_open_exec', eventOf(code.SYSCALL_CREAT_X, [3, 'x', 0o700]), true],
  ['evt.is_open_create', openat(1 << 14, 0), true],
  ['evt.is_open_create', openat(1 << 13, 0, -2), false],
  ['evt.is_open_create', close(0), false],
  ['evt.buffer', read(2), 'ab'],
  ['evt.buffer', close(0), undefined],
  ['evt.rawarg.fd', close(0), 3],
  ['evt.rawarg.name', close(0), undefined],
  ['evt.rawarg.data', read(2), 'ab'],
  ['evt.abspath', openat(0, 0), '/home/ann/x'],
  ['evt.abspath', close(0), undefined],
  ['evt.abspath.dst', eventOf(code.SYSCALL_RENAMEAT_X, [0, -100, 'a', 5, 'b'], FD.DIRECTORY, '/d'), '/d/b'],
  ['evt.abspath.src', eventOf(code.SYSCALL_RENAMEAT_X, [0, -100, '/a/../c', 5, 'b']), '/c'],
  ['evt.abspath', eventOf(code.SYSCALL_UNLINKAT_2_X, [0, 77, 'b', 0]), '<UNKNOWN>/b'],
  ['evt.source', close(0), 'syscall'],
  ['evt.hostname', close(0), ''],
  ['evt.reltime', close(0), 10n ** 18n],
  ['evt.reltime.s', close(0), 10 ** 9],
  ['evt.rawtime.ns', close(0), 0],
  ['evt.latency.human', close(0), '0ns'],
];

describe('evt.*', () => {
  CASES.forEach(([name, event, value], i) =>
    it(`reads ${name} (${i})`, () => expect(bound(name).get(event)).to.equal(value)),
  );

  it('reads parameters by place', () => {
    const args = (arg: string) => bound('evt.arg', arg).get(close(-9));
    expect(['0', '1', ' 1', '2', '-1', '-2'].map(args)).to.deep.equal([
      'EBADF', '3', '3', undefined, undefined, undefined,
    ]); // prettier-ignore
  });

  it('leaves out parameters of newer versions', () => {
    const event = eventOf(code.SYSCALL_CLOSE_X, [0, 3, 'new']);
    expect(bound('evt.args').get(event)).to.equal('res=0 fd=3');
    expect(bound('evt.arg', '2').get(event)).to.equal(undefined);
  });

  it('checks the names of event types', () => {
    const { parseValue } = bound('evt.type');
    for (const name of ['open', 'syscall', 'unknown', '', 'container', 'getpid'])
      expect(parseValue!(name, '=')).to.equal(name);
    expect(parseValue!('op', 'contains')).to.deep.equal({ error: 'unknown event type op' });
    expect(parseValue!('x'.repeat(256), '='))
      .to.have.property('error')
      .that.contains('too long');
  });

  it('takes the directory of a path for the fd of the event', () => {
    const event = eventOf(code.SYSCALL_UNLINKAT_2_X, [0, 5, 'b', 0], FD.DIRECTORY, '/d');
    event.fd = undefined;
    bound('evt.abspath').get(event);
    expect(event.fd).to.have.property('name', '/d');
  });

  it('compares raw parameters with the type that the event has', () => {
    const { parseValue, test, type } = bound('evt.rawarg.fd');
    expect(type).to.equal('INT64');
    expect(parseValue!('3', '=')).to.equal(3);
    expect(parseValue!('x', '=')).to.deep.equal({ error: 'x is not a valid number' });
    const equals = (value: unknown) => value === 3;
    expect(test!('=', undefined, [3], equals)(close(0))).to.equal(true);
    expect(test!('in', undefined, [3], equals)(close(0))).to.equal(false);
    expect(test!('exists', undefined, [], equals)(close(0))).to.equal(true);
    expect(test!('exists', undefined, [], equals)(container())).to.equal(false);
    expect(bound('evt.rawarg.data').parseValue!('a', '=')).to.deep.equal({
      error: 'wrong parameter type 10',
    });
    for (const [condition, error] of [
      ['evt.rawarg.tuple = a', "'=' operator not supported for type 'SOCKTUPLE'"],
      ['evt.rawarg.tuple in ()', "'in' operator not supported for type 'SOCKTUPLE'"],
      ['evt.rawarg.addr < 5', "'<' operator not supported for type 'SOCKADDR'"],
      ['evt.rawarg.euid startswith oneof (a)', "'startswith' operator not supported for type 'UID'"],
      ['evt.rawarg.val == 5', "'=' operator not supported for type 'DYNAMIC'"],
      ['evt.rawarg.data < 5', "'<' operator not supported for buffer filters"],
      ['evt.rawarg.name < 5', undefined],
      ['evt.rawarg.tuple exists', undefined],
    ] as const) {
      const compile = () => compileCondition(parse(condition), bindField);
      if (error === undefined) expect(compile, condition).not.to.throw();
      else expect(compile, condition).to.throw(`filter error: ${error}`);
    }
  });

  /** An event of which one parameter alone has a value. */
  function eventWith(type: EventCode, param: string, value: ParamValue): Event {
    const { params } = EVENTS[type]!;
    return eventOf(
      type,
      params.map(({ name }) => (name === param ? value : undefined)),
    );
  }

  /** Conditions on raw parameters whose type in the event is not the first one of that name. */
  const OTHER_TYPES: readonly (readonly [
    about: string,
    event: Event,
    yes: readonly string[],
    no: readonly string[],
  ])[] = [
    [
      'unsigned instead of signed',
      eventWith(code.SYSCALL_BRK_4_X, 'res', 5),
      ['evt.rawarg.res = 5', 'evt.rawarg.res < -1', 'evt.rawarg.res != -1'],
      ['evt.rawarg.res > -1', 'evt.rawarg.res in (5)'],
    ],
    [
      'signed instead of unsigned',
      eventWith(code.SYSCALL_CLONE_20_X, 'fdlimit', -1),
      ['evt.rawarg.fdlimit = -1', 'evt.rawarg.fdlimit = 18446744073709551615', 'evt.rawarg.fdlimit < 5'],
      ['evt.rawarg.fdlimit > 5', 'evt.rawarg.fdlimit = 4294967295'],
    ],
    [
      'shorter',
      eventWith(code.SYSCALL_SIGNALFD_X, 'flags', 3),
      ['evt.rawarg.flags = 3', 'evt.rawarg.flags = 259', 'evt.rawarg.flags < 4'],
      ['evt.rawarg.flags = 2', 'evt.rawarg.flags < 256'],
    ],
    [
      'longer',
      eventWith(code.SYSCALL_MLOCK2_X, 'flags', 3),
      ['evt.rawarg.flags = 3'],
      ['evt.rawarg.flags = 259'],
    ],
    [
      'text instead of a number',
      eventWith(code.SYSCALL_MOUNT_X, 'dev', '/'),
      ['evt.rawarg.dev = 47', 'evt.rawarg.dev != 5', 'evt.rawarg.dev > 5', 'evt.rawarg.dev exists'],
      ['evt.rawarg.dev = 46', 'evt.rawarg.dev < 5', 'evt.rawarg.dev in (47)'],
    ],
    [
      'empty',
      eventWith(code.SYSCALL_BRK_4_X, 'res', undefined),
      [],
      ['evt.rawarg.res = 0', 'evt.rawarg.res != 0', 'evt.rawarg.res exists'],
    ],
  ];
  for (const [about, event, yes, no] of OTHER_TYPES)
    for (const condition of [...yes, ...no])
      it(`compares raw parameters of another type, ${about}: ${condition}`, () => {
        const { tree } = compileCondition(parse(condition), bindField);
        expect(evaluate(tree, event)).to.equal(yes.includes(condition));
      });

  it('shows raw parameters that are empty, or that libsinsp does not show', () => {
    const empty = eventOf(code.SYSCALL_CLOSE_X, [undefined, 3]);
    expect(bound('evt.rawarg.res').text!(empty)).to.equal('0');
    // The JSON is made of the bytes that follow.
    expect(bound('evt.rawarg.res').json!(empty)).to.equal(3);
    const last = eventOf(code.SYSCALL_CLOSE_X, [0, undefined]);
    expect(bound('evt.rawarg.fd').json!(last)).to.equal(0);
    const bind = eventWith(code.SOCKET_BIND_X, 'addr', '\x01/x\0');
    expect(bound('evt.rawarg.addr').text!(bind)).to.equal(undefined);
    expect(bound('evt.rawarg.addr').json!(bind)).to.equal(null);
    expect(bound('evt.rawarg.addr').get(bind)).to.equal('\x01/x\0');
  });

  it('accepts events around a moment', () => {
    const around = (moment: bigint, delta: number) =>
      bound('evt.around', moment.toString()).test!('=', undefined, [delta], () => false)(close(0));
    expect(around(10n ** 18n + 5_000_000n, 5)).to.equal(true);
    expect(around(10n ** 18n + 5_000_001n, 5)).to.equal(false);
    expect(around(10n ** 18n - 5_000_000n, 5)).to.equal(true);
    // Of several values the last one counts.
    const { test } = bound('evt.around', (10n ** 18n + 7_000_000n).toString());
    expect(test!('=', 'oneof', [5, 7], () => false)(close(0))).to.equal(true);
    expect(test!('=', 'oneof', [7, 5], () => false)(close(0))).to.equal(false);
    const { parseValue } = bound('evt.around', '5');
    expect(parseValue!('10', '=')).to.equal(10);
    expect(parseValue!('10', '>')).to.deep.equal({
      error: "evt.around supports only '=' comparison operator",
    });
  });

  it('counts times before the first event as far in the future, as unsigned numbers are', () => {
    const event = close(0);
    event.machine!.firstEventTimeHigh = 0xffffffff;
    const field = bound('evt.reltime');
    expect(field.get(event)).to.equal(10n ** 18n + 2n ** 32n);
    expect(field.json!(event)).to.equal(10n ** 18n + 2n ** 32n);
  });

  it('reads descriptions of containers of long ago', () => {
    const event = eventOf(code.INFRASTRUCTURE_EVENT_E, [
      'docker',
      'x',
      'Event:start; ID:0123456789abcdef; name:web; Image:httpd@sha256:1',
      'host',
    ]);
    const names = ['name', 'container.id', 'container.name', 'container.image'];
    expect(names.map((name) => bound(`evt.infra.docker.${name}`).get(event))).to.deep.equal([
      'start',
      '0123456789ab',
      'web',
      'httpd',
    ]);
  });
});
