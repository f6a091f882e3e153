import { expect } from 'chai';
import {
  columnsJson,
  columnsOf,
  eventJson,
  eventLines,
  formatJson,
  formatLines,
  tabbedColumns,
  type EventWriter,
} from '../../../daemon/index.ts';
import { DiagnosticError, Machine, toBytes, type Diagnostic, type Event } from '../../../engine/index.ts';
import * as code from '../../../engine/tables/codes.generated.ts';
import { syntheticEvent } from '../../event-bytes.ts';

/** Process 7 opens /etc/passwd, reads two bytes of it and a millisecond later closes it. */
function* events(): Generator<Event> {
  const machine = new Machine();
  machine.rendering.utcOffset = () => 0;
  const start = 1_600_000_000_000_000_001n;
  for (const event of [
    syntheticEvent(code.SYSCALL_OPENAT_2_X, 7, start, [3, -100, '/etc/passwd', 1, 0, 0, 2n ** 60n + 1n]),
    syntheticEvent(code.SYSCALL_READ_X, 7, start + 1n, [2, 'a\t', 3, 16]),
    syntheticEvent(code.SYSCALL_CLOSE_X, 7, start + 1_000_000n, [-9, 3]),
  ]) {
    event.cpu = 2;
    machine.apply(event);
    yield event;
  }
}

const written = (write: EventWriter): (string | undefined)[] => Array.from(events(), (event) => write(event));

describe('lines of events', () => {
  it('are those of sysdig', () =>
    expect(written(eventLines('local'))).to.deep.equal([
      '1 12:26:40.000000001 2 <NA> (7) < openat fd=3(<f>/etc/passwd) dirfd=-100(AT_FDCWD) name=/etc/passwd flags=1(O_RDONLY) mode=0 dev=0 ino=1152921504606846977',
      '2 12:26:40.000000002 2 <NA> (7) < read res=2 data=a. fd=3(<f>/etc/passwd) size=16',
      '3 12:26:40.001000001 2 <NA> (7) < close res=-9(EBADF) fd=3(<f>/etc/passwd)',
    ]));

  const times: [kind: Parameters<typeof eventLines>[0], times: string[]][] = [
    ['local', ['12:26:40.000000001', '12:26:40.000000002', '12:26:40.001000001']],
    [
      'utc',
      [
        '2020-09-13T12:26:40.000000001+0000',
        '2020-09-13T12:26:40.000000002+0000',
        '2020-09-13T12:26:40.001000001+0000',
      ],
    ],
    ['relative', ['0.000000000', '0.000000001', '0.001000000']],
    ['delta', ['0.000000000', '0.000000001', '0.000999999']],
  ];
  for (const [kind, expected] of times)
    it(`shows the time as ${kind}`, () =>
      expect(written(eventLines(kind)).map((line) => line!.split(' ')[1])).to.deep.equal(expected));

  it('leaves out an event that lacks a field of the format', () => {
    expect(written(formatLines('%evt.num %evt.buflen'))).to.deep.equal([undefined, '2 2', undefined]);
    expect(written(formatLines('*%evt.num %evt.buflen'))).to.deep.equal(['1 <NA>', '2 2', '3 <NA>']);
  });
});

describe('events as JSON', () => {
  it('have their parameters in JSON types, with all digits', () =>
    expect(written(eventJson)).to.deep.equal([
      '{"num":1,"time":"2020-09-13T12:26:40.000000001Z","cpu":2,"pid":null,"tid":7,"process":null,"dir":"<","type":"openat","args":{"fd":3,"dirfd":-100,"name":"/etc/passwd","flags":"O_RDONLY","mode":"0","dev":"0","ino":1152921504606846977},"fd":{"num":3,"type":"file","name":"/etc/passwd"}}',
      '{"num":2,"time":"2020-09-13T12:26:40.000000002Z","cpu":2,"pid":null,"tid":7,"process":null,"dir":"<","type":"read","args":{"res":2,"data":"a.","fd":3,"size":16},"fd":{"num":3,"type":"file","name":"/etc/passwd"}}',
      '{"num":3,"time":"2020-09-13T12:26:40.001000001Z","cpu":2,"pid":null,"tid":7,"process":null,"dir":"<","type":"close","args":{"res":-9,"fd":3},"fd":{"num":3,"type":"file","name":"/etc/passwd"},"error":"EBADF"}',
    ]));

  it('name the capture when asked', () => {
    const [first] = events();
    expect(eventJson(first!, 'é.scap')).to.match(new RegExp(`^{"capture":"${toBytes('é')}.scap","num":1,`));
  });

  it('take the fields of a format', () => {
    expect(written(formatJson('%evt.num %evt.buflen'))).to.deep.equal([
      undefined,
      '{"evt.num":2,"evt.buflen":2}',
      undefined,
    ]);
    expect(written(formatJson('*%evt.buflen'))[0]).to.equal('{"evt.buflen":null}');
  });
});

describe('columns', () => {
  const LIST = 'evt.num, evt.buflen ,toupper(evt.type),concat(evt.type,"\t,")';
  it('stand between tabs', () =>
    expect(written(tabbedColumns(columnsOf(LIST))).slice(0, 2)).to.deep.equal([
      '1\t<NA>\tOPENAT\topenat\\t,',
      '2\t2\tREAD\tread\\t,',
    ]));
  it('are keys in JSON', () =>
    expect(written(columnsJson(columnsOf(LIST)))[0]).to.equal(
      '{"evt.num":1,"evt.buflen":null,"toupper(evt.type)":"OPENAT","concat(evt.type,\\"\\t,\\")":"openat\\t,"}',
    ));
});

describe('what cannot be shown', () => {
  function problem(make: () => unknown): Diagnostic {
    try {
      make();
    } catch (error) {
      if (error instanceof DiagnosticError) return error.diagnostic;
      throw error;
    }
    throw new Error('nothing is wrong');
  }
  const columns: [list: string, column: number, message: RegExp][] = [
    ['proc.name,proc.nam', 11, /nonexistent field proc\.nam/],
    ['é,proc.name', 1, /expected/],
    ['proc.name,', 11, /expected/],
    ['', 1, /expected/],
    ['proc.name fd.name', 11, /expected a comma/],
    ['proc.name,evt.arg', 11, /evt\.arg/],
    ['proc.name,tolower(fd.nam)', 11, /nonexistent field fd\.nam/],
    ['proc.namex', 1, /nonexistent field proc\.namex/],
  ];
  for (const [list, column, message] of columns)
    it(`points into the fields ${JSON.stringify(list)}`, () => {
      const diagnostic = problem(() => columnsOf(list));
      expect(diagnostic).to.deep.include({ text: list, line: 1, column });
      expect(diagnostic.message).to.match(message);
    });

  const formats: [format: string, column: number, endColumn: number, message: RegExp][] = [
    ['é %evt.num %proc.nam x', 12, 21, /"%proc\.nam" is no field/],
    ['*100%', 5, 6, /cannot end with a %/],
    ['', 1, 2, /empty/],
  ];
  for (const [format, column, endColumn, message] of formats)
    it(`points into the format ${JSON.stringify(format)}`, () => {
      const diagnostic = problem(() => formatLines(format));
      expect(diagnostic).to.deep.include({ text: format, line: 1, column, endColumn });
      expect(diagnostic.message).to.match(message);
    });
});
