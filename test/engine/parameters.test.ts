import { expect } from 'chai';
import fc from 'fast-check';
import type { Event } from '../../engine/event.ts';
import { parameterMeaning, parameterText } from '../../engine/parameters.ts';
import { renderingOf } from '../../engine/rendering.ts';
import { FD, Fd } from '../../engine/state/fd.ts';
import { Machine } from '../../engine/state/machine.ts';
import { Thread } from '../../engine/state/thread.ts';
import * as code from '../../engine/tables/codes.generated.ts';
import { EVENTS } from '../../engine/tables/events.generated.ts';
import type { EventCode } from '../../engine/tables/types.ts';
import { syntheticEvent, type ParamValue } from '../event-bytes.ts';

/** A machine in UTC with process 7, `cat` in /home/ann, whose fd 3 is a file and fd 4 a directory. */
function machine(): Machine {
  const machine = new Machine();
  machine.rendering.utcOffset = () => 0;
  const thread = new Thread();
  Object.assign(thread, { tid: 7, pid: 7, ptid: 1, comm: 'cat', cwd: '/home/ann/' });
  machine.threads.add(thread, true);
  const file = new Fd();
  Object.assign(file, { type: FD.FILE_V2, name: '/etc/pass\nwd' });
  thread.addFd(3, file);
  const directory = new Fd();
  Object.assign(directory, { type: FD.DIRECTORY, name: '/srv/x' });
  thread.addFd(4, directory);
  machine.users.addUser({ uid: 1000, gid: 1000, name: 'ann', homedir: '/home/ann', shell: '/bin/sh' });
  return machine;
}

function eventOf(type: EventCode, ...params: ParamValue[]): Event {
  const event = syntheticEvent(type, 7, 1n, params);
  event.machine = machine();
  event.thread = event.machine.threads.find(7);
  return event;
}

const sixteen = (last: number) => [...new Array<number>(15).fill(0), last];
const bytes = (...units: number[]): string => String.fromCharCode(...units);

const CASES: readonly (readonly [
  about: string,
  type: EventCode,
  param: string,
  value: ParamValue,
  plain: string,
  resolved: string,
])[] = [
  ['an error number', code.SYSCALL_CLOSE_X, 'res', -2, '-2', 'ENOENT'],
  ['success', code.SYSCALL_CLOSE_X, 'res', 0, '0', ''],
  ['an error that nobody knows', code.SYSCALL_CLOSE_X, 'res', -4000, '-4000', ''],
  ['no error number', code.SYSCALL_CLOSE_X, 'res', undefined, '<NA>', ''],
  ['a file', code.SYSCALL_CLOSE_X, 'fd', 3, '3', '<f>/etc/pass\xef\xbf\xbdwd'],
  ['an fd that nobody knows', code.SYSCALL_CLOSE_X, 'fd', 9, '9', ''],
  ['an fd that is an error', code.SYSCALL_CLOSE_X, 'fd', -9, '-9', 'EBADF'],
  ['the directory here', code.SYSCALL_OPENAT_2_X, 'dirfd', -100, '-100', 'AT_FDCWD'],
  ['flags', code.SYSCALL_OPENAT_2_X, 'flags', 4099, '4099', 'O_RDWR|O_CLOEXEC'],
  ['no flags at all', code.SYSCALL_OPENAT_2_X, 'flags', 0, '0', 'O_NONE'],
  ['a number in octal', code.SYSCALL_OPENAT_2_X, 'mode', 0o644, '0644', ''],
  ['zero in octal', code.SYSCALL_OPENAT_2_X, 'mode', 0, '0', ''],
  ['a number in hexadecimal', code.SYSCALL_OPENAT_2_X, 'dev', 0xfd00, 'FD00', ''],
  ['an unsigned number, shown with a sign', code.SYSCALL_OPENAT_2_X, 'ino', 2n ** 64n - 1n, '-1', ''],
  ['a small unsigned number, shown without a sign', code.SYSCALL_SEMOP_X, 'sem_num_0', 40000, '40000', ''],
  ['a small signed number', code.SYSCALL_SEMOP_X, 'sem_op_0', -3, '-3', ''],
  ['an absolute path', code.SYSCALL_OPENAT_2_X, 'name', '/etc/x', '/etc/x', ''],
  ['a path from here', code.SYSCALL_RMDIR_2_X, 'path', '../bob/.', '../bob/.', '/home/bob'],
  ['a path that is not there', code.SYSCALL_RMDIR_2_X, 'path', undefined, '<NA>', ''],
  ['the text of drivers of old', code.SYSCALL_RMDIR_2_X, 'path', '(NULL)', '<NA>', ''],
  ['an enumeration', code.SOCKET_SOCKET_X, 'domain', 1, '1', 'AF_LOCAL|AF_UNIX'],
  ['a mode', code.SYSCALL_CHMOD_X, 'mode', 0o4755, '04755', 'S_IXOTH|S_IROTH|S_IXGRP|S_IRGRP|S_IXUSR|S_IWUSR|S_IRUSR|S_ISUID'],
  ['a user', code.SYSCALL_SETUID_X, 'uid', 1000, '1000', 'ann'],
  ['a user that nobody knows', code.SYSCALL_SETUID_X, 'uid', 5, '5', '<NA>'],
  ['no user', code.SYSCALL_SETUID_X, 'uid', 0xffffffff, '-1', '<NONE>'],
  ['a process', code.SYSCALL_KILL_X, 'pid', 7, '7', 'cat'],
  ['a signal', code.SYSCALL_KILL_X, 'sig', 9, '9', 'SIGKILL'],
  ['no signal', code.SYSCALL_KILL_X, 'sig', 0, '0', ''],
  ['bytes', code.SYSCALL_READ_X, 'data', 'a\n\xffb', 'a..b', ''],
  ['no bytes', code.SYSCALL_READ_X, 'data', undefined, 'NULL', ''],
  ['a time that was waited', code.SYSCALL_NANOSLEEP_X, 'interval', 1_500_000_000, '1500000000', '1.5s'],
  ['no time', code.SYSCALL_NANOSLEEP_X, 'interval', 2n ** 64n - 1n, 'none', ''],
  ['a moment', code.SYSCALL_EXECVE_19_X, 'exe_ino_ctime', 1_600_000_000_000_000_001n, '2020-09-13 12:26:40.000000001', ''],
  ['an IPv4 address', code.SOCKET_BIND_X, 'addr', bytes(2, 127, 0, 0, 1, 80, 0), '127.0.0.1:80', ''],
  ['an IPv4 address that was cut', code.SOCKET_BIND_X, 'addr', bytes(2, 127, 0), 'INVALID IPv4', ''],
  ['an IPv6 address', code.SOCKET_BIND_X, 'addr', bytes(10, ...sixteen(1), 80, 0), '::1:80', ''],
  ['a path as address', code.SOCKET_BIND_X, 'addr', `${bytes(1)}/run/x\0`, '/run/x', ''],
  ['a tuple', code.SOCKET_CONNECT_X, 'tuple', bytes(2, 1, 2, 3, 4, 1, 0, 5, 6, 7, 8, 0, 1), '1.2.3.4:1->5.6.7.8:256', ''],
  ['a list of fds', code.SYSCALL_POLL_X, 'fds', bytes(2, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 4, 0), '3:f1 5:?4', ''],
  ['a number among others', code.SYSCALL_KEYCTL_X, 'arg2', bytes(0, 5, 0, 0, 0, 0, 0, 0, 0), '5', ''],
  ['a text among others', code.SYSCALL_KEYCTL_X, 'arg2', bytes(1) + 'user\0', 'user', ''],
  ['a kind that there is not', code.SYSCALL_KEYCTL_X, 'arg2', bytes(9, 1), 'INVALID DYNAMIC PARAMETER', ''],
]; // prettier-ignore

describe('the text of parameters', () => {
  for (const [about, type, name, value, plain, resolved] of CASES)
    it(`shows ${about}`, () => {
      const { params } = EVENTS[type]!;
      const i = params.findIndex((param) => param.name === name);
      expect(i, name).to.be.at.least(0);
      const event = eventOf(type, ...params.map((_, k) => (k === i ? value : undefined)));
      expect({ ...parameterText(event, i, 'normal') }).to.deep.equal({ plain, resolved });
      expect(parameterMeaning(event, i, 'normal')).to.equal(resolved || plain);
    });

  it("starts a path from the directory's fd", () => {
    const event = eventOf(code.SYSCALL_OPENAT_2_X, 5, 4, 'y', 1);
    expect(parameterMeaning(event, 2, 'normal')).to.equal('/srv/x/y');
    expect(parameterMeaning(eventOf(code.SYSCALL_OPENAT_2_X, 5, -100, 'y', 1), 2, 'normal')).to.equal(
      '/home/ann/y',
    );
    expect(parameterMeaning(eventOf(code.SYSCALL_OPENAT_2_X, 5, 99, 'y', 1), 2, 'normal')).to.equal('y');
  });

  it('shows buffers as base64 if asked to', () => {
    const event = eventOf(code.SYSCALL_READ_X, 2, '\x7fELF');
    expect(parameterMeaning(event, 1, 'base64')).to.equal('f0VMRg==');
  });

  it('remembers what was written', () => {
    const event = eventOf(code.SYSCALL_READ_X, 2, 'abcdef');
    const { scratch } = renderingOf(event);
    parameterText(event, 1, 'normal');
    parameterText(event, 0, 'normal');
    expect(scratch.bytes(8)).to.equal('2\0cdef\0\0');
    expect(scratch.text).to.equal('2');
    expect(scratch.bufferLength).to.equal(6);
    scratch.write('longer than all');
    expect(scratch.bytes(3)).to.equal('lon');
  });

  it('cuts lists of fds to the memory, which long texts enlarge', () => {
    const count = 300;
    const fds = Array.from({ length: count }, (_, i) => bytes(i & 255, i >> 8, 0, 0, 0, 0, 0, 0, 1, 0));
    const poll = eventOf(code.SYSCALL_POLL_X, 1, bytes(count & 255, count >> 8) + fds.join(''));
    const shown = () => parameterText(poll, 1, 'normal').plain;
    const whole = Array.from(
      { length: count },
      (_, i) => `${i}:${i === 3 ? 'f' : i === 4 ? 'd' : '?'}1`,
    ).join(' ');
    expect(shown()).to.equal(whole.slice(0, 1023));
    const show = (event: Event, i: number, format: 'normal' | 'base64' = 'normal') => {
      event.machine = poll.machine;
      parameterText(event, i, format);
    };
    show(eventOf(code.SYSCALL_READ_X, 0, 'x'.repeat(1022)), 1);
    expect(shown()).to.have.length(1023);
    show(eventOf(code.SYSCALL_RMDIR_2_X, 0, 'x'.repeat(1100)), 1);
    expect(shown()).to.equal(whole.slice(0, 1100));
    show(eventOf(code.SYSCALL_READ_X, 0, 'x'.repeat(1100)), 1);
    expect(shown()).to.equal(whole);
  });

  it('cuts paths that replacements have made longer than the memory', () => {
    const broken = eventOf(code.SYSCALL_RMDIR_2_X, 0, '/' + '\xff'.repeat(400) + 'abc');
    expect(parameterText(broken, 1, 'normal').plain).to.equal('/' + '\xef\xbf\xbd'.repeat(340));
    const short = eventOf(code.SYSCALL_RMDIR_2_X, 0, '/' + '\xff'.repeat(300) + 'abc');
    expect(parameterText(short, 1, 'normal').plain).to.equal('/' + '\xef\xbf\xbd'.repeat(300) + 'abc');
  });

  it('never fails, whatever the bytes are', () => {
    const types = EVENTS.filter((info) => info.params.length > 0);
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
        (info, values) => {
          const event = eventOf(info.code, ...values.slice(0, info.params.length));
          for (let i = 0; i < event.paramCount; i++)
            expect(parameterMeaning(event, i, 'normal')).to.be.a('string');
        },
      ),
      { numRuns: 400 },
    );
  });
});
