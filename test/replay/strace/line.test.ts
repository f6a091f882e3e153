import { expect } from 'chai';
import fc from 'fast-check';
import { fieldsOf, itemsOf, namesOf, noteOf } from '../../../replay/strace/text.ts';
import { parseBody, parseLeader } from '../../../replay/strace/line.ts';

const MS = 1_000_000n;

describe('the lines of strace', () => {
  const leaders: readonly (readonly [
    line: string,
    tid: number | undefined,
    time: bigint,
    clock: string,
    nr?: number,
  ])[] = [
    ['execve(', undefined, 0n, 'none'],
    ['1234 execve(', 1234, 0n, 'none'],
    ['1234  execve(', 1234, 0n, 'none'],
    ['[pid  1234] execve(', 1234, 0n, 'none'],
    ['[pid 1234<bash>] execve(', 1234, 0n, 'none'],
    ['1234<my (odd) name> execve(', 1234, 0n, 'none'],
    ['12:34:56 execve(', undefined, 45296000n * MS, 'day'],
    ['1234 12:34:56.789012 execve(', 1234, 45296789n * MS + 12000n, 'day'],
    ['1700000000.123456 execve(', undefined, 1700000000123n * MS + 456000n, 'epoch'],
    ['1700000000 execve(', undefined, 1700000000000n * MS, 'epoch'],
    ['7 1700000000.123456789 [  59] execve(', 7, 1700000000123n * MS + 456789n, 'epoch', 59],
    ['7 1700000000.123456 [ 257] [00007f3d2c1b4a10] execve(', 7, 1700000000123n * MS + 456000n, 'epoch', 257],
    ['     0.000123 execve(', undefined, 123000n, 'relative'],
    ['[pid 7] 12:00:00 (+     0.000005) execve(', 7, 43200000n * MS, 'day'],
  ];
  for (const [line, tid, time, clock, nr] of leaders)
    it(`begins with ${JSON.stringify(line.slice(0, -7))}`, () => {
      const { leader, at } = parseLeader(line);
      expect(leader).to.deep.include({ tid, time, clock, nr });
      expect(line.slice(at)).to.equal('execve(');
    });

  const bodies: readonly (readonly [body: string, expected: object])[] = [
    [
      'close(3</etc/passwd>) = 0 <0.000012>',
      { kind: 'call', name: 'close', args: ['3</etc/passwd>'], value: 0, duration: 12000n },
    ],
    ['getpid() = 5', { kind: 'call', name: 'getpid', args: [], value: 5 }],
    [
      'openat(AT_FDCWD, "/x", O_RDONLY)        = -1 ENOENT (No such file or directory)',
      { kind: 'call', name: 'openat', args: ['AT_FDCWD', '"/x"', 'O_RDONLY'], value: -2 },
    ],
    [
      'openat(AT_FDCWD, "/x) = 3", O_RDONLY) = 3</x\\51 = 3>',
      {
        kind: 'call',
        name: 'openat',
        args: ['AT_FDCWD', '"/x) = 3"', 'O_RDONLY'],
        value: 3,
        note: '/x\\51 = 3',
      },
    ],
    [
      'mmap(NULL, 8) = 0x7f86e9f0b000',
      { kind: 'call', name: 'mmap', args: ['NULL', '8'], value: 0x7f86e9f0b000 },
    ],
    [
      'futex(0x1, FUTEX_WAIT) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)',
      { kind: 'call', value: -512 },
    ],
    ['keyctl(1) = -1 ENOKEY (Required key not available)', { kind: 'call', value: -126 }],
    ['foo(1) = -1 ERRNO_200 (Unknown error 200)', { kind: 'call', value: -200 }],
    ['execve("/bin/sh", ["sh"], []) = 0 (DELAYED) <0.5>', { kind: 'call', value: 0, duration: 500n * MS }],
    [
      'poll([{fd=3}], 1, 10) = 1 ([{fd=3, revents=POLLIN}])',
      { kind: 'call', value: 1, rest: '([{fd=3, revents=POLLIN}])' },
    ],
    ['exit_group(0) = ?', { kind: 'call', name: 'exit_group', result: undefined }],
    ['read(0,  <unfinished ...>) = ?', { kind: 'call', name: 'read', args: ['0', ''], result: undefined }],
    ['read(3</x>,  <unfinished ...>', { kind: 'unfinished', text: 'read(3</x>,', newTid: undefined }],
    [
      'execve("/x", ["x"] <pid changed to 77 ...>',
      { kind: 'unfinished', text: 'execve("/x", ["x"]', newTid: 77 },
    ],
    ['pause( <detached ...>', { kind: 'unfinished', text: 'pause(' }],
    ['<... read resumed>"abc", 3) = 3', { kind: 'resumed', text: '"abc", 3) = 3' }],
    ['<... wait4 resumed> [{}], 0) = 3', { kind: 'resumed', text: '[{}], 0) = 3' }],
    [
      '--- SIGCHLD {si_signo=SIGCHLD, si_pid=7} ---',
      { kind: 'signal', signal: 'SIGCHLD', info: '{si_signo=SIGCHLD, si_pid=7}' },
    ],
    ['+++ exited with 3 +++', { kind: 'exited', status: 0x300, signal: undefined, core: false }],
    ['+++ killed by SIGSEGV (core dumped) +++', { kind: 'exited', status: 0, signal: 'SIGSEGV', core: true }],
    ['+++ superseded by execve in pid 9 +++', { kind: 'superseded', by: 9 }],
    ['--- stopped by SIGTSTP ---', { kind: 'other', known: true }],
    ['strace: Process 12 attached', { kind: 'other', known: true }],
    ['hello (world) = 5', { kind: 'other', known: false }],
    ['open("/x"', { kind: 'other', known: false }],
    ['', { kind: 'other', known: false }],
  ];
  for (const [body, expected] of bodies)
    it(`reads ${JSON.stringify(body.slice(0, 60))}`, () => {
      const parsed = parseBody(body);
      const flat = { ...parsed, ...('result' in parsed ? parsed.result : {}) };
      expect(flat).to.deep.include(expected);
    });

  it('takes long lines in time that grows with their length', () => {
    for (const long of [' ', '(', ')', '"', '<', '[', '=', '\\', '3<', '/*', ' <']) {
      const text = long.repeat(500_000);
      for (const line of [
        text,
        `read(${text}`,
        `read(${text}) = 0`,
        `read(3) = ${text}`,
        `--- SIGINT {${text}`,
        `12 ${text}`,
      ]) {
        const body = parseBody(line.slice(parseLeader(line).at));
        if (body.kind === 'call')
          body.args.forEach((arg) => [fieldsOf(arg), itemsOf(arg), noteOf(arg), namesOf(arg)]);
      }
    }
  });

  it('takes anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const line = Buffer.from(text).toString('latin1');
        const { at } = parseLeader(line);
        expect(at).to.be.within(0, line.length);
        expect(parseBody(line.slice(at))).to.have.property('kind');
      }),
    );
  });
});
