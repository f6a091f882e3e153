import { expect } from 'chai';
import fc from 'fast-check';
import { DiagnosticError, Event, EVENTS } from '../../../engine/index.ts';
import { openStream } from '../../../replay/index.ts';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { beginsStraceLog } from '../../../replay/strace/recognise.ts';
import { StateLog } from '../scap/state-log.ts';
import { readLog } from './read-log.ts';

const GOOD = [
  '10 1700000000.000001 [  59] execve("/bin/sh", ["sh", "-c", "x"], ["A=1"]) = 0 <0.000100>',
  '10 1700000000.000200 [ 257] openat(AT_FDCWD</>, "/etc/passwd", O_RDONLY) = 3</etc/passwd> <0.000010>',
  '10 1700000000.000300 [   0] read(3</etc/passwd>,  <unfinished ...>',
  '10 1700000000.000400 [  56] clone(child_stack=NULL, flags=CLONE_VM|SIGCHLD) = 11 <0.000010>',
  '11 1700000000.000500 [  42] connect(3<TCP:[9]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("1.2.3.4")}, 16) = 0 <0.000010>',
  '10 1700000000.000600 [   0] <... read resumed>"root:x:0", 4096) = 8 <0.000300>',
  '11 1700000000.000700 [   1] write(3<TCP:[10.0.0.1:99->1.2.3.4:80]>, "hi\\n", 3) = 3 <0.000010>',
  '11 1700000000.000800 [  14] --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=10, si_uid=0} ---',
  '11 1700000000.000900 [  14] +++ killed by SIGTERM +++',
  '10 1700000000.001000 [ 231] +++ exited with 0 +++',
];

function refusal(text: string): {
  code: string;
  message: string;
  hint: string | undefined;
  line: number | undefined;
} {
  try {
    readLog(text);
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    const { code, message, hint, line } = error.diagnostic;
    return { code, message, hint, line };
  }
  throw new Error('it was read');
}

describe('StraceReader', () => {
  it('reads a log in chunks of any size, with or without a last newline', () => {
    const text = GOOD.join('\n');
    const whole = readLog(`${text}\n`);
    expect(whole.events).to.have.lengthOf(10);
    expect(whole.warnings).to.deep.equal([]);
    for (const chunk of [1, 7, 100]) expect(readLog(text, chunk).events).to.deep.equal(whole.events);
    expect(readLog(`${GOOD.join('\r\n')}\r\n`).events).to.deep.equal(whole.events);
  });

  it('refuses a log of which nothing can be made, and says how to make a good one', () => {
    const hint = 'make the log with: strace -f -n -v -yy -s 4096 -ttt -T -o FILE COMMAND';
    const summary =
      '% time     seconds  usecs/call     calls    errors syscall\n------ ---\n 50.00    0.000001           1         1           read\n';
    expect(refusal(summary)).to.deep.include({ code: 'CAPTURE_STRACE', hint });
    const raw = 'openat(0xffffff9c, 0x7ffe, 0x80000, 0) = 0x3\n';
    expect(refusal(raw)).to.deep.include({
      code: 'CAPTURE_STRACE',
      message: 'this log of strace cannot be used: flags and addresses stand in it as numbers (-X raw)',
      hint,
    });
  });

  it('warns of what a log does not tell', () => {
    const { events, warnings } = readLog(
      'execve("/bin/sh", ["sh"], 0x7ffe /* 23 vars */) = 0\nopenat(AT_FDCWD, "/long/pa"..., O_RDONLY) = 3\nclose(3) = 0\n',
    );
    expect(events).to.have.lengthOf(3);
    expect(warnings).to.deep.equal([
      'the log does not tell everything: it lacks dates and times (-ttt), what fds stand for (-yy), environments (-v), whole strings (-s 4096)',
    ]);
  });

  it('knows the only process of a log by what it asks for', () => {
    const { events, state, warnings } = readLog(
      'execve("/bin/sh", ["sh"], ["A=1"]) = 0\nset_tid_address(0x7f) = 4711\nfork() = 4712\n+++ exited with 0 +++\n',
    );
    expect(events.map(({ tid }) => tid)).to.deep.equal([4711, 4711, 4711, 4712, 4711]);
    expect(state.threads.map(({ tid }) => tid)).to.deep.equal([4711]);
    expect(warnings[0]).to.contain('what child processes do (-f)');
  });

  it('passes over stacks, and the counts at the end', () => {
    const { events, warnings } = readLog(
      `${GOOD[0]}\n > /usr/lib/libc.so.6(x+0x1) [0x2]\n% time     seconds  usecs/call     calls    errors syscall\n------ --- ---\n100.00    0.000001           1         1           total\n`,
    );
    expect([events.length, warnings]).to.deep.equal([1, []]);
  });

  it('leaves out lines that are none of strace’s, and tells of them', () => {
    const { events, warnings } = readLog(
      `${GOOD[0]}\nhello from the command\nstrace: Process 11 attached\n(more)\n`,
    );
    expect(events).to.have.lengthOf(1);
    expect(warnings[0]).to.equal(
      "2 lines are none of strace's, the first of them line 2: they were left out",
    );
  });

  it('is opened by what a file holds', async () => {
    const starts: readonly (readonly [text: string, is: boolean])[] = [
      [GOOD[0]!, true],
      ['execve("/bin/ls", ["ls"], 0x7ff) = 0', true],
      ['[pid  1234] close(3) = 0', true],
      ['12:00:00 close(3) = 0', true],
      ['strace: Process 12 attached', true],
      ['# {"state":"machine","cpus":1}', true],
      ['% time     seconds  usecs/call     calls', true],
      ['main(argc, argv)', false],
      ['{"state":"section"}', false],
      ['# Changelog', false],
      ['', false],
    ];
    for (const [text, is] of starts) expect(beginsStraceLog(Buffer.from(text)), text).to.equal(is);
    const state = new StateLog();
    const capture = await openStream(Readable.from([gzipSync(GOOD.join('\n'))]), 'log.gz', state);
    const event = new Event();
    let count = 0;
    while (await capture.fill()) while (capture.next(event)) count++;
    expect(count).to.equal(10);
    expect(state.calls).to.include('started');
  });

  it('takes logs that are damaged anywhere', () => {
    const text = GOOD.join('\n');
    const damage = fc.record({
      at: fc.nat(text.length),
      cut: fc.nat(30),
      put: fc.oneof(
        fc.constantFrom(
          '',
          '"',
          '<',
          '>',
          '\n',
          '{',
          '}',
          '(',
          ')',
          ' = ',
          '99999999999999999999',
          '<unfinished ...>',
          '\0',
          '-1',
          '0x',
        ),
        fc.string({ unit: 'binary', maxLength: 10 }),
      ),
    });
    fc.assert(
      fc.property(fc.array(damage, { maxLength: 8 }), (damages) => {
        let damaged = text;
        for (const { at, cut, put } of damages)
          damaged = damaged.slice(0, at) + put + damaged.slice(at + cut);
        try {
          const { events } = readLog(damaged);
          // libsinsp takes no number without bytes.
          for (const { symbol, params } of events)
            for (const { name, type } of EVENTS.find((info) => info.symbol === symbol)!.params)
              if (/int|flags|^(?:errno|fd|[pug]id|sigtype|mode|syscallid|(?:rel|abs)time|sigset)$/.test(type))
                expect(params[name], `${symbol}.${name}`).not.to.equal(null);
          // Every event that is given is one of a line.
          expect(events.length).to.be.at.most(2 * damaged.split('\n').length + 2);
        } catch (error) {
          expect(error).to.be.instanceOf(DiagnosticError);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('takes lines in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(GOOD, { minLength: 1 }), (lines) => {
        try {
          readLog(lines.join('\n'));
        } catch (error) {
          expect(error).to.be.instanceOf(DiagnosticError);
        }
      }),
    );
  });
});
