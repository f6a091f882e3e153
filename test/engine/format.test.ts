import { expect } from 'chai';
import fc from 'fast-check';
import { toBytes } from '../../engine/bytes.ts';
import type { Event } from '../../engine/event.ts';
import { bindField } from '../../engine/fields/index.ts';
import { compileOutput, type Output } from '../../engine/format.ts';
import { toJson } from '../../engine/json.ts';
import { Machine } from '../../engine/state/machine.ts';
import { Thread } from '../../engine/state/thread.ts';
import * as code from '../../engine/tables/codes.generated.ts';
import { syntheticEvent } from '../event-bytes.ts';

/** A read of 4 bytes that gave "a\nb"; `café` reads. */
function event(time = 1_600_000_000_000_000_001n): Event {
  const read = syntheticEvent(code.SYSCALL_READ_X, 7, time, [3, 'a\nb', 4, 16]);
  read.machine = new Machine();
  read.machine.rendering.utcOffset = () => -4 * 3600;
  const thread = new Thread();
  Object.assign(thread, { tid: 7, pid: 7, ptid: 1, comm: toBytes('café\u0007'), exe: '/bin/cat' });
  read.thread = thread;
  read.num = 12;
  return read;
}

function compiled(text: string): Output {
  const output = compileOutput(text, bindField);
  if ('error' in output) throw new Error(output.error);
  return output;
}

const TEXTS: readonly (readonly [output: string, text: string])[] = [
  ['plain', 'plain'],
  ['*', ''],
  ['*%evt.num', '12'],
  ['%evt.num%evt.num', '1212'],
  ['(%evt.type,)', '(read,)'],
  ['%proc.name', toBytes('café\ufffd')],
  ['%evt.typefoo %evt.type.foo %evt.type[2]', 'readfoo read.foo read[2]'],
  ['%proc.aname[2', '<NA>[2'],
  ['%evt.arg[0]/%evt.arg.size/%evt.arg["0"]', '3/16/3'],
  ['%5evt.type|%2evt.type|%05evt.num', 'read |re|12   '],
  ['%7evt.asynctype', '<NA>   '],
  ['%toupper(evt.type) %toupper(basename(proc.exe))', 'READ CAT'],
  // Only texts whose field has a format for numbers have a length that shows.
  ['%len(evt.type)', '<NA>'],
  ['%len(evt.res)', '7'],
  ['%len(concat(evt.res, "x"))', '<NA>'],
  ['%basename(("a/b", "c/", "d"))', '(b,,d)'],
  ['%basename(("a/", "b/", "c", "d"))', '(c,d)'],
  ['%evt.time %evt.time.s', '08:26:40.000000001 08:26:40'],
  ['%evt.datetime', '2020-09-13 08:26:40.000000001'],
  ['%evt.time.iso8601', '2020-09-13T12:26:40.000000001+0000'],
  ['%evt.rawtime.s %evt.rawtime.ns', '1600000000 000000001'],
  ['%evt.buffer|%evt.args', 'a.b|res=3 data=a.b fd=4 size=16'],
  ['%evt.rawarg.size %evt.rawarg.data', '16 a.b'],
  ['%evt.res %evt.rawres %evt.failed', 'SUCCESS 3 false'],
  ['%evt.type.is.read', '<NA>'],
  ['%evt.latency.ns %evt.dir', '000000000 <'],
];

const ERRORS: readonly (readonly [output: string, error: string, at?: number])[] = [
  ['', 'empty formatting token'],
  ['100%', 'invalid formatting syntax: formatting cannot end with a %', 3],
  ['x %10', 'invalid formatting syntax: formatting cannot end with a number', 2],
  ['100%% ok', "unknown filter: unexpected token after '", 3],
  ['*%evt.num %no.such', "unknown filter: unexpected token after '", 10],
  ['%no.such', "unknown filter: unexpected token after '"],
  ['%evt.arg', "unknown filter: unexpected token after '"],
  ['%val(proc.name)', "unknown filter: unexpected token after '"],
  ['%frob(proc.name)', "unknown filter: unexpected token after '"],
  ['%tolower()', "unknown filter: unexpected token after '"],
  ['%join(",", proc.args)', "unknown filter: unexpected token after '"],
];

describe('outputs', () => {
  for (const [output, text] of TEXTS)
    it(`shows ${output}`, () => expect(compiled(output).text(event())).to.equal(text));

  for (const [output, error, at = 0] of ERRORS)
    it(`refuses ${output || 'nothing'}`, () =>
      expect(compileOutput(output, bindField)).to.deep.equal({ error, at }));

  it('tells whether an event has every field', () => {
    const cases: [string, string | undefined][] = [
      ['%evt.num|%5evt.type|', '12|read |'],
      ['%evt.num %evt.pluginname', undefined],
      ['%evt.num %20evt.pluginname', undefined],
      ['no field', 'no field'],
    ];
    for (const [output, text] of cases) expect(compiled(output).completeText(event())).to.equal(text);
  });

  it('gives the fields for JSON', () => {
    const output = compiled(
      '%evt.num %evt.time %evt.arg[0] %toupper(proc.name) %evt.pluginname %evt.rawtime.ns %evt.type.is.read %evt.failed %7evt.rawarg.size',
    );
    expect(toJson(output.fields(event()))).to.equal(
      toBytes(
        '{"evt.arg[0]":"3","evt.failed":false,"evt.num":12,"evt.pluginname":null,"evt.rawarg.size":16,"evt.rawtime.ns":1,"evt.time":1600000000000000001,' +
          '"evt.type.is.read":null,"proc.name":"café\ufffd"}',
      ),
    );
  });

  it('names the fields and the outermost transformers', () => {
    expect(
      compiled('%evt.num %toupper(basename(proc.exe)) %concat(tolower(proc.name), "x") %evt.arg[0]').names,
    ).to.deep.equal([
      'evt.num',
      'proc.exe',
      'toupper(basename(proc.exe))',
      'proc.name',
      'concat(tolower(proc.name),x)',
      'evt.arg[0]',
    ]);
  });

  it('measures the time between the events that it is asked for; JSON says 0', () => {
    const output = compiled('%evt.deltatime %evt.deltatime.s %evt.deltatime.ns');
    expect(output.text(event(5_000_000_000n))).to.equal('0 0 000000000');
    expect(toJson(output.fields(event(5_000_000_000n)))).to.contain('"evt.deltatime":0,');
    expect(output.text(event(8_000_000_123n))).to.equal('3000000123 3 000000123');
    expect(toJson(output.fields(event(8_000_000_123n)))).to.equal(
      '{"evt.deltatime":0,"evt.deltatime.ns":0,"evt.deltatime.s":0}',
    );
  });

  it('encodes buffers twice if base64 is asked for, as Falco does', () => {
    const read = event();
    read.machine!.rendering.bufferFormat = 'base64';
    expect(compiled('%evt.buffer %evt.arg.data').text(read)).to.equal('WVFwaQ== YQpi');
    expect(bindField('evt.buffer')).to.have.property('get');
  });

  it('shows what libsinsp left in its memory for a buffer without data', () => {
    const output = compiled('%evt.buffer');
    const read = event();
    expect(output.text(read)).to.equal('a.b');
    const empty = syntheticEvent(code.SYSCALL_READ_X, 7, 1n, [3, undefined, 4, 16]);
    empty.machine = read.machine;
    expect(output.text(empty)).to.equal('NUL');
  });

  it('compiles anything or says why not', () => {
    const piece = fc.constantFrom(
      '%',
      'evt.',
      'arg',
      '[0]',
      '(',
      ')',
      'proc.name',
      'tolower(',
      '9',
      ' ',
      '*',
      'x.y',
      '"',
      ',',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const output = compileOutput(pieces.join(''), bindField);
        expect('error' in output ? output.error : output.text(event())).to.be.a('string');
      }),
      { numRuns: 500 },
    );
  });
});
