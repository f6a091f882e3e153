import { expect } from 'chai';
import { DiagnosticError, Event, type ThreadSnapshot } from '../../../engine/index.ts';
import { JsonlReader } from '../../../replay/index.ts';
import { StateLog } from '../scap/state-log.ts';
import { readJsonl } from './read-lines.ts';

const EVENT = '{"type":"close","tid":7,"params":{"fd":3}}';

describe('events that people write', () => {
  const cases: readonly (readonly [name: string, line: object, seen: object])[] = [
    [
      'by type and direction',
      { type: 'openat', dir: '>', tid: 1, params: { name: '/x' } },
      { symbol: 'SYSCALL_OPENAT_2_E', params: ['', '2f7800', '', ''] },
    ],
    [
      'an exit event, if nothing is said',
      { type: 'close', tid: 1, params: { fd: 3 } },
      { symbol: 'SYSCALL_CLOSE_X', params: ['', '0300000000000000'] },
    ],
    ['the newest of its name', { type: 'execve', tid: 1 }, { symbol: 'SYSCALL_EXECVE_19_X' }],
    ['the newest, though all are old', { type: 'brk', dir: '>', tid: 1 }, { symbol: 'SYSCALL_BRK_4_E' }],
    ['an event without an exit', { type: 'container', tid: -1 }, { symbol: 'CONTAINER_JSON_2_E', tid: -1 }],
    ['by symbol', { event: 'SYSCALL_EXECVE_8_X', tid: 1 }, { symbol: 'SYSCALL_EXECVE_8_X' }],
    [
      'a system call without an event type of its own',
      { type: 'getpid', tid: 1 },
      { symbol: 'GENERIC_X', params: ['1000', ''] },
    ],
    [
      'the same, by its symbol too',
      { event: 'GENERIC_E', type: 'getpid', tid: 1, params: { nativeID: 39 } },
      { symbol: 'GENERIC_E', params: ['1000', '2700'] },
    ],
    ['fewer parameters', { type: 'close', tid: 1, param_count: 1 }, { params: [''] }],
    ['a time as digits', { type: 'close', tid: 1, time: '18446744073709551615' }, { time: 18446744073709551615n }],
    ['a time as a number', { type: 'close', tid: 1, time: 5 }, { time: 5n }],
    ['a date', { type: 'close', tid: 1, time: '2023-11-14T22:13:20.000000001Z' }, { time: 1700000000000000001n }],
    ['a date elsewhere', { type: 'close', tid: 1, time: '2023-11-15 00:13:20+02:00' }, { time: 1700000000000000000n }],
    ['a tid beyond 2^53', { type: 'close', tid: '-9223372036854775808' , num: 'x' }, { tid: -(2 ** 63) }],
    ['cpu and flags', { type: 'close', tid: 1, cpu: 3, block_flags: 1 }, { cpu: 3, flags: 1 }],
  ]; // prettier-ignore
  for (const [name, line, seen] of cases)
    it(name, () => {
      const { events, error } = readJsonl(JSON.stringify(line));
      expect(error).equals(undefined);
      expect(events).length(1);
      for (const [key, value] of Object.entries(seen))
        expect((events[0] as unknown as Record<string, unknown>)[key], key).deep.equals(value);
    });

  it('a time as a number with all its digits', () => {
    const { events } = readJsonl('{"type":"close","tid":1,"time": 1700000000000000001}');
    expect(events[0]!.time).equals(1700000000000000001n);
  });

  it('without a time: that of the event before', () => {
    const { events } = readJsonl(`${EVENT}\n{"type":"close","tid":1,"time":9}\n${EVENT}\n`);
    expect(events.map(({ time }) => time)).deep.equals([0n, 9n, 9n]);
  });

  it('with blank lines, a byte order mark and DOS ends of lines', () => {
    const { events, error } = readJsonl(`\ufeff${EVENT}\r\n\r\n  \n${EVENT}`);
    expect(error).equals(undefined);
    expect(events).length(2);
  });
});

describe('states that people write', () => {
  it('needs no more than a tid', () => {
    const { state } = readJsonl(`{"state":"process","tid":7}\n${EVENT}`);
    const expected: Partial<ThreadSnapshot> = { tid: 7, pid: 7, vtid: 7, vpid: 7, ptid: 0, loginuid: 0xffffffff, args: '' };
    expect(state.threads[0]).includes(expected);
    expect(state.calls).deep.equals(['restart', 'addThread', 'ready', 'started', 'event']);
  }); // prettier-ignore

  it('makes a thread of another process one', () => {
    const { state } = readJsonl(`{"state":"process","tid":8,"pid":7,"args":["-l","é"]}\n${EVENT}`);
    expect(state.threads[0]).includes({ tid: 8, pid: 7, vtid: 8, vpid: 7, args: '-l\0\xc3\xa9\0' });
  });

  it('gathers the fds of a process', () => {
    const { state } = readJsonl(
      [
        '{"state":"process","tid":7}',
        '{"state":"fd","tid":7,"fd":0,"name":"/dev/null"}',
        '{"state":"fd","tid":7,"fd":1,"type":"ipv6_servsock","ip":"::1","port":80}',
        '{"state":"fd","tid":9,"fd":1,"type":"unix_sock","name":"/run/x","source":"0xff"}',
        EVENT,
      ].join('\n'),
    );
    expect([...state.fds]).deep.equals([
      [
        7,
        [
          { fd: 0, type: 1, ino: 0, name: '/dev/null' },
          { fd: 1, type: 6, ino: 0, ip: `${'\0'.repeat(15)}\x01`, port: 80, l4proto: 2 },
        ],
      ],
      [9, [{ fd: 1, type: 8, ino: 0, source: 255, destination: 0, name: '/run/x' }]],
    ]);
  });

  it('begins another section', () => {
    const { state, events } = readJsonl(`${EVENT}\n{"state":"section"}\n{"state":"group","gid":5}\n${EVENT}\n`);
    expect(events).length(2);
    expect(state.groups).deep.equals([{ gid: 5, name: '' }]);
    expect(state.calls).deep.equals(
      ['restart', 'ready', 'started', 'event', 'restart', 'addGroup', 'ready', 'started', 'event'],
    );
  }); // prettier-ignore

  it('tells the events that complete the state from others', () => {
    const added = '{"type":"useradded","tid":-1,"params":{"name":"bob"}}';
    const calls = (...lines: string[]) => readJsonl(lines.join('\n')).state.calls;
    expect(calls(added, added, EVENT)).deep.equals(['restart', 'ready', 'event', 'event', 'started', 'event']);
    expect(calls(added, '{"state":"started"}', added)).deep.equals(['restart', 'ready', 'event', 'started', 'event']);
    expect(calls(added)).deep.equals(['restart', 'ready', 'event', 'started']);
  }); // prettier-ignore
});

describe('lines that cannot be', () => {
  const cases: readonly (readonly [line: string, message: RegExp, place: object, hint?: RegExp])[] = [
    ['{"type":"close",}', /^this is no JSON: Expected double-quoted/, { line: 2, column: 17 }],
    ['{"type":"close"', /^this is no JSON: the line ends/, { line: 2, column: 16 }],
    ['[]', /^a line is a JSON object/, { line: 2 }],
    ['null', /^a line is a JSON object/, { line: 2 }],
    ['{}', /^an event without a type/, { line: 2 }],
    ['{"type":7}', /^type: an event without a type/, { column: 2 }],
    ['{"type":"close"}', /^an event without a tid/, { line: 2 }],
    ['{"type":"close","tid":1,"parms":{}}', /^parms: there is no key "parms"/, { column: 25 }, /did you mean params\?/],
    ['{"type":"close","tid":1,"pär":{}}', /^pär: there is no key "pär"/, { column: 25 }],
    ['{"type":"clsoe","tid":1}', /^type: there is no event type "clsoe"/, { column: 2 }, /did you mean close/],
    ['{"type":"switch","dir":"<","tid":1}', /no event type "switch" of direction </, { column: 2 }],
    ['{"type":"close","dir":"in","tid":1}', /^dir: a direction is/, { column: 17 }],
    ['{"event":"SYSCALL_CLOSE","tid":1}', /^event: there is no event "SYSCALL_CLOSE"/, { column: 2 }, /SYSCALL_CLOSE_[EX]/],
    ['{"event":"SYSCALL_CLOSE_X","type":"open","tid":1}', /^type: the event is SYSCALL_CLOSE_X/, { column: 28 }],
    ['{"event":"SYSCALL_CLOSE_X","dir":">","tid":1}', /^dir: the event is SYSCALL_CLOSE_X/, { column: 28 }],
    ['{"type":"close","tid":"x"}', /^tid: an integer was expected/, { column: 17 }],
    ['{"type":"close","tid":1,"time":"yesterday"}', /^time: an integer was expected/, { column: 25 }],
    ['{"type":"close","tid":1,"time":"2026-01-31"}', /^time: a time was expected/, { column: 25 }, /2026-01-31T12/],
    ['{"type":"close","tid":1,"time":"2026-13-31T00:00:00Z"}', /^time: a date from 1970 on/, { column: 25 }],
    ['{"type":"close","tid":1,"time":-1}', /^time: an integer from 0 to/, { column: 25 }],
    ['{"type":"close","tid":1,"cpu":65536}', /^cpu: an integer from 0 to 65535/, { column: 25 }],
    ['{"type":"close","tid":1,"param_count":3}', /^param_count: an integer from 0 to 2/, { column: 25 }],
    ['{"type":"close","tid":1,"params":[]}', /^params: an object with the parameters by name/, { column: 25 }],
    ['{"type":"close","tid":1,"params":{"fx":3}}', /^params.fx: .* no parameter "fx"/, { column: 35 }, /did you mean fd/],
    ['{"type":"close","tid":1,"params":{"fd":"x"}}', /^params.fd: an integer was expected/, { column: 35 }],
    ['{"type":"close","tid":1,"params":{"fd":"\\udc00"}}', /half a character/, { line: 2 }],
    ['{"state":"proces","tid":1}', /^state: what the line tells of was expected, and "proces"/, { column: 2 }, /did you mean process/],
    ['{"state":"process"}', /^"tid" is missing/, { line: 2 }],
    ['{"state":"process","tid":1,"nam":"x"}', /^nam: there is no key "nam"/, { column: 28 }],
    ['{"state":"process","tid":1,"exe_writable":1}', /^exe_writable: true or false/, { column: 28 }],
    ['{"state":"fd","fd":1}', /^"tid" is missing/, { line: 2 }],
    ['{"state":"fd","tid":1}', /^"fd" is missing/, { line: 2 }],
    ['{"state":"fd","tid":1,"fd":1,"type":"socket"}', /^type: the type of an fd was expected/, { column: 30 }],
    ['{"state":"fd","tid":1,"fd":1,"port":1}', /^port: there is no key/, { column: 30 }],
    ['{"state":"fd","tid":1,"fd":1,"type":"ipv4_servsock","ip":"::1"}', /^ip: an IPv4 address/, { column: 53 }],
    ['{"state":"interface","name":"e","address":"1.2.3.4","netmask":"::","broadcast":"::"}', /same kind/, { line: 2 }],
    ['{"state":"user"}', /^"uid" is missing/, { line: 2 }],
  ]; // prettier-ignore
  for (const [line, message, place, hint] of cases)
    it(line, () => {
      const { error, events, state } = readJsonl(`\n${line}\n${EVENT}\n`);
      expect(error).includes({ code: 'CAPTURE_LINE', file: 'test.jsonl', line: 2, excerpt: line, ...place });
      expect(error!.message).matches(message);
      if (hint !== undefined) expect(error!.hint).matches(hint);
      expect(events).length(0);
      expect(state.calls).not.includes('event');
    });

  it('state among events', () => {
    const { error, events } = readJsonl(`${EVENT}\n{"state":"user","uid":5}\n`);
    expect(events).length(1);
    expect(error).includes({ code: 'CAPTURE_LINE', line: 2, column: 2 });
  });

  it('a line that does not end', () => {
    const reader = new JsonlReader('test.jsonl', new StateLog());
    const event = new Event();
    const chunk = new Uint8Array(1 << 20).fill(0x20);
    reader.feed(new Uint8Array(Buffer.from(`${EVENT}\n`)));
    expect(reader.next(event)).equals(true);
    let chunks = 0;
    const feed = () => {
      for (; ; chunks++) {
        reader.release();
        reader.feed(chunk);
        expect(reader.next(event)).equals(false);
      }
    };
    expect(feed).throws(DiagnosticError, 'line 2 is longer than 128 MiB');
    expect(chunks).equals(129);
    expect(reader.stopped).equals(true);
  });

  it('lines of a newer version', () => {
    const { error } = readJsonl(`{"state":"section","version":2}\n${EVENT}\n`);
    expect(error).includes({ code: 'CAPTURE_VERSION' });
  });
});

describe('captures that end too early', () => {
  it('in the middle of a line', () => {
    for (let length = EVENT.length + 3; length < 2 * EVENT.length + 1; length++) {
      const { events, warnings, error } = readJsonl(`${EVENT}\n${EVENT}`.slice(0, length));
      expect(error).equals(undefined);
      expect(events).length(1);
      expect(warnings.map(({ code }) => code)).deep.equals(['CAPTURE_TRUNCATED']);
    }
  });

  it('in the middle of the first line', () => {
    expect(readJsonl(EVENT.slice(0, 9)).error).includes({ code: 'CAPTURE_TRUNCATED' });
  });

  it('before an event', () => {
    expect(readJsonl('{"state":"process","tid":1}\n').error).includes({ code: 'CAPTURE_NO_EVENTS' });
    expect(readJsonl('\n').error).includes({ code: 'CAPTURE_NO_EVENTS' });
  });

  it('before an event of the last section', () => {
    const { warnings, events, error, state } = readJsonl(`${EVENT}\n{"state":"section"}\n`);
    expect(error).equals(undefined);
    expect(events).length(1);
    expect(warnings.map(({ code }) => code)).deep.equals(['CAPTURE_NO_EVENTS']);
    expect(state.calls.at(-1)).equals('started');
  });
});
