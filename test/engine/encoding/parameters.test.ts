import { expect } from 'chai';
import { toBytes } from '../../../engine/bytes.ts';
import { ByteBuffer } from '../../../engine/encoding/byte-buffer.ts';
import { codecsOf, exactJson, putValue } from '../../../engine/encoding/codecs.ts';
import { EncodingError, type JsonInput } from '../../../engine/encoding/json.ts';
import * as E from '../../../engine/tables/codes.generated.ts';
import { EVENTS } from '../../../engine/tables/events.generated.ts';
import type { EventCode } from '../../../engine/tables/types.ts';
import {
  sockaddrBytes,
  socktupleBytes,
  syntheticEvent,
  unixSockaddrBytes,
  unixTupleBytes,
} from '../../event-bytes.ts';

/** A parameter of an event type, and how some bytes of it stand in JSON. */
type Case = readonly [code: EventCode, param: string, hex: string | Uint8Array, json: JsonInput];

const hexOf = (bytes: Uint8Array | string): string =>
  typeof bytes === 'string' ? bytes.replaceAll(' ', '') : Buffer.from(bytes).toString('hex');
const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

const CASES: Readonly<Record<string, readonly Case[]>> = {
  integers: [
    [E.SYSCALL_OPENAT_2_X, 'fd', '03 00 00 00 00 00 00 00', 3],
    [E.SYSCALL_OPENAT_2_X, 'fd', 'fe ff ff ff ff ff ff ff', -2],
    [E.SYSCALL_OPENAT_2_X, 'ino', 'ff ff ff ff ff ff 1f 00', 9007199254740991],
    [E.SYSCALL_OPENAT_2_X, 'ino', '00 00 00 00 00 00 20 00', '9007199254740992'],
    [E.SYSCALL_OPENAT_2_X, 'ino', 'ff ff ff ff ff ff ff ff', '18446744073709551615'],
    [E.SYSCALL_OPENAT_2_X, 'fd', '01 00 00 00 00 00 e0 ff', -9007199254740991],
    [E.SYSCALL_OPENAT_2_X, 'fd', '00 00 00 00 00 00 e0 ff', '-9007199254740992'],
    [E.SYSCALL_OPENAT_2_X, 'fd', '00 00 00 00 00 00 00 80', '-9223372036854775808'],
    [E.SYSCALL_OPENAT_2_X, 'dev', 'ff ff ff ff', 4294967295],
    [E.SYSCALL_SETREUID_X, 'ruid', 'ff ff ff ff', 4294967295],
    [E.SYSCALL_KILL_X, 'sig', '09', 9],
    [E.SYSCALL_NANOSLEEP_X, 'interval', '00 ca 9a 3b 00 00 00 00', 1000000000],
  ],
  'numbers of another length stay bytes': [
    [E.SYSCALL_OPENAT_2_X, 'fd', '03 00 00 00', { base64: 'AwAAAA==' }],
    [E.SYSCALL_OPENAT_2_X, 'flags', '03', { base64: 'Aw==' }],
    [E.SYSCALL_OPENAT_2_X, 'mode', '03', { base64: 'Aw==' }],
  ],
  names: [
    [E.SYSCALL_OPENAT_2_X, 'flags', '01 10 00 00', 'O_RDONLY|O_CLOEXEC'],
    [E.SYSCALL_OPENAT_2_X, 'flags', '01 00 00 80', 'O_RDONLY|0x80000000'],
    [E.SYSCALL_OPENAT_2_X, 'flags', '00 00 00 80', '0x80000000'],
    [E.SYSCALL_OPENAT_2_X, 'flags', '00 00 00 00', 'O_NONE'],
    [E.SYSCALL_OPENAT_2_X, 'mode', 'a4 01 00 00', '0644'],
    [E.SYSCALL_OPENAT_2_X, 'mode', '00 00 00 00', '0'],
    [E.SYSCALL_CHMOD_X, 'mode', 'ff ff ff ff', '037777777777'],
    [E.SYSCALL_LSEEK_E, 'whence', '02', 'SEEK_END'],
    [E.SYSCALL_LSEEK_E, 'whence', '77', 0x77],
    [E.GENERIC_X, 'ID', '10 00', 'getpid'],
    [E.GENERIC_X, 'ID', 'ff ff', 65535],
  ],
  text: [
    [E.SYSCALL_OPENAT_2_X, 'name', utf8('/etc/passwd\0'), '/etc/passwd'],
    [E.SYSCALL_OPENAT_2_X, 'name', '00', ''],
    [E.SYSCALL_OPENAT_2_X, 'name', utf8('é"\\\n\t\u0001\u007f\0'), toBytes('é"\\\n\t\u0001\u007f')],
    [E.SYSCALL_OPENAT_2_X, 'name', '2f e9 00', { base64: 'L+kA' }],
    [E.SYSCALL_OPENAT_2_X, 'name', utf8('no end'), { base64: 'bm8gZW5k' }],
    [E.SYSCALL_OPENAT_2_X, 'name', utf8('a\0b\0'), { base64: 'YQBiAA==' }],
  ],
  buffers: [
    [E.SYSCALL_READ_X, 'data', utf8('line\r\n\ttext é'), toBytes('line\r\n\ttext é')],
    [E.SYSCALL_READ_X, 'data', '7f 45 4c 46', { base64: 'f0VMRg==' }],
    [E.SYSCALL_READ_X, 'data', 'ff fe', { base64: '//4=' }],
    [E.SYSCALL_READ_X, 'data', '00', { base64: 'AA==' }],
  ],
  lists: [
    [E.SYSCALL_EXECVE_19_X, 'args', utf8('-c\0\0"ls"\0'), ['-c', '', '"ls"']],
    [E.SYSCALL_EXECVE_19_X, 'args', '00', ['']],
    [E.SYSCALL_EXECVE_19_X, 'args', utf8('-c\0l'), { base64: 'LWMAbA==' }],
    [E.SYSCALL_EXECVE_19_X, 'args', utf8('cut'), 'cut'],
    [E.SYSCALL_EXECVE_19_X, 'env', '41 3d e9 00 42 3d 00', [{ base64: 'QT3p' }, 'B=']],
    [E.ITER_TASK_E, 'argv', utf8('a\0b\0'), ['a', 'b']],
    [E.TRACER_E, 'args', utf8('k\0v\0l\0w\0'), [['k', 'v'], ['l', 'w']]],
    [E.TRACER_E, 'args', utf8('k\0'), { base64: 'awA=' }],
    [E.SYSCALL_POLL_X, 'fds', '02 00 03 00 00 00 00 00 00 00 01 00 ff ff ff ff ff ff ff ff ff ff',
      [{ fd: 3, flags: 1 }, { fd: -1, flags: -1 }]],
    [E.SYSCALL_POLL_X, 'fds', '00 00', []],
    [E.SYSCALL_POLL_X, 'fds', '01 00', { base64: 'AQA=' }],
    [E.SYSCALL_POLL_X, 'fds', '01', { base64: 'AQ==' }],
  ], // prettier-ignore
  addresses: [
    [E.SOCKET_CONNECT_X, 'addr', sockaddrBytes('1.2.3.4', 443), { ip: '1.2.3.4', port: 443 }],
    [E.SOCKET_CONNECT_X, 'addr', sockaddrBytes('fe80::1', 65535), { ip: 'fe80::1', port: 65535 }],
    [E.SOCKET_CONNECT_X, 'addr', sockaddrBytes('::', 0), { ip: '::', port: 0 }],
    [E.SOCKET_CONNECT_X, 'addr', sockaddrBytes('::ffff:102:304', 1), { ip: '::ffff:1.2.3.4', port: 1 }],
    [E.SOCKET_CONNECT_X, 'addr', unixSockaddrBytes('/run/x'), { path: '/run/x' }],
    [E.SOCKET_CONNECT_X, 'addr', unixSockaddrBytes(''), { path: '' }],
    [E.SOCKET_CONNECT_X, 'addr', '01', { base64: 'AQ==' }],
    [E.SOCKET_CONNECT_X, 'addr', '01 61', { base64: 'AWE=' }],
    [E.SOCKET_CONNECT_X, 'addr', '02 01 02 03', { base64: 'AgECAw==' }],
    [E.SOCKET_CONNECT_X, 'addr', '0a 01', { base64: 'CgE=' }],
    [E.SOCKET_CONNECT_X, 'addr', '10', { base64: 'EA==' }],
    [E.SOCKET_CONNECT_X, 'tuple', socktupleBytes('10.0.0.1', 5, '1.1.1.1', 80),
      { sip: '10.0.0.1', sport: 5, dip: '1.1.1.1', dport: 80 }],
    [E.SOCKET_CONNECT_X, 'tuple', socktupleBytes('::1', 5, '2001:db8::2', 80),
      { sip: '::1', sport: 5, dip: '2001:db8::2', dport: 80 }],
    [E.SOCKET_CONNECT_X, 'tuple', unixTupleBytes(0xffff888812345678n, 0n, '/run/y'),
      { source: '0xffff888812345678', destination: '0x0', path: '/run/y' }],
    [E.SOCKET_CONNECT_X, 'tuple', '01 00', { base64: 'AQA=' }],
    [E.SOCKET_CONNECT_X, 'tuple', '02', { base64: 'Ag==' }],
    [E.SOCKET_CONNECT_X, 'tuple', '0a', { base64: 'Cg==' }],
    [E.SOCKET_CONNECT_X, 'tuple', '11', { base64: 'EQ==' }],
    [E.ITER_TASK_FILE_SOCKET_INET_E, 'local_ip', '7f 00 00 01', '127.0.0.1'],
    [E.ITER_TASK_FILE_SOCKET_INET6_E, 'local_ip', '00'.repeat(15) + '01', '::1'],
    [E.ITER_TASK_FILE_SOCKET_INET6_E, 'local_ip', '01', { base64: 'AQ==' }],
  ], // prettier-ignore
  'values of several types': [
    [E.SOCKET_SETSOCKOPT_X, 'val', '02 01 00 00 00', { uint32: 1 }],
    [E.SOCKET_SETSOCKOPT_X, 'val', '00 68 69', { bytebuf: 'hi' }],
    [E.SOCKET_SETSOCKOPT_X, 'val', '02 01', { base64: 'AgE=' }],
    [E.SOCKET_SETSOCKOPT_X, 'val', '02', { base64: 'Ag==' }],
    [E.SOCKET_SETSOCKOPT_X, 'val', '09 01', { base64: 'CQE=' }],
    [E.SYSCALL_KEYCTL_X, 'arg2', '01 61 00', { charbuf: 'a' }],
  ],
  nothing: [
    [E.SYSCALL_OPENAT_2_X, 'name', '', null],
    [E.SOCKET_CONNECT_X, 'tuple', '', null],
  ],
};

function place(code: EventCode, param: string): number {
  const i = EVENTS[code]!.params.findIndex(({ name }) => name === param);
  if (i < 0) throw new Error(`${EVENTS[code]!.symbol} has no parameter ${param}`);
  return i;
}

function bytesOfJson(code: EventCode, param: string, json: JsonInput): string {
  const out = new ByteBuffer();
  putValue(codecsOf(EVENTS[code]!)[place(code, param)]!, json, out);
  return Buffer.from(out.bytes.subarray(0, out.length)).toString('hex');
}

describe('parameters in JSON', () => {
  for (const [name, cases] of Object.entries(CASES))
    it(name, () => {
      for (const [code, param, bytes, json] of cases) {
        const i = place(code, param);
        const params = Array.from({ length: i + 1 }, (_, k) =>
          k === i ? Uint8Array.from(Buffer.from(hexOf(bytes), 'hex')) : undefined,
        );
        const what = `${EVENTS[code]!.symbol}.${param} ${hexOf(bytes)}`;
        expect(JSON.parse(exactJson(syntheticEvent(code, 1, 1, params), i)), what).deep.equals(json);
        expect(bytesOfJson(code, param, json), what).equals(hexOf(bytes));
      }
    });

  it('keeps long values as base64', () => {
    const event = syntheticEvent(E.PLUGINEVENT_E, 1, 1, [1, 'x'.repeat((1 << 20) + 1)]);
    expect(exactJson(event, 1)).matches(/^\{"base64":"eHh4/);
  });
});

describe('parameters that people write', () => {
  const written: readonly (readonly [code: EventCode, param: string, json: JsonInput, hex: string])[] = [
    [E.SYSCALL_OPENAT_2_X, 'flags', 4097, '01100000'],
    [E.SYSCALL_OPENAT_2_X, 'flags', ' O_CLOEXEC | O_RDONLY ', '01100000'],
    [E.SYSCALL_OPENAT_2_X, 'flags', '0x1001', '01100000'],
    [E.SYSCALL_OPENAT_2_X, 'flags', '4096|O_RDONLY', '01100000'],
    [E.SYSCALL_OPENAT_2_X, 'mode', 420, 'a4010000'],
    [E.SYSCALL_OPENAT_2_X, 'fd', '-ENOENT', 'feffffffffffffff'],
    [E.SYSCALL_OPENAT_2_X, 'fd', 'ENOENT', 'feffffffffffffff'],
    [E.SYSCALL_OPENAT_2_X, 'fd', '+3', '0300000000000000'],
    [E.SYSCALL_OPENAT_2_X, 'dirfd', 'AT_FDCWD', '9cffffffffffffff'],
    [E.SYSCALL_OPENAT_2_X, 'ino', '0xffffffffffffffff', 'ffffffffffffffff'],
    [E.SYSCALL_OPENAT_2_X, 'name', { hex: '2f E9 00' }, '2fe900'],
    [E.SYSCALL_KILL_X, 'sig', 'SIGKILL', '09'],
    [E.SYSCALL_KILL_X, 'res', 'EPERM', 'ffffffffffffffff'],
    [E.SYSCALL_SETREUID_X, 'ruid', -1, 'ffffffff'],
    [E.SYSCALL_READ_X, 'data', ['a', 'b'], '61006200'],
    [E.SYSCALL_READ_X, 'data', '', ''],
    [E.SYSCALL_EXECVE_19_X, 'args', [], ''],
    [E.SYSCALL_EXECVE_19_X, 'args', 'a\0b\0', '61006200'],
    [E.SOCKET_CONNECT_X, 'addr', { ip: '::ffff:10.0.0.1' }, '0a00000000000000000000ffff0a0000010000'],
    [E.SOCKET_CONNECT_X, 'tuple', { path: '/x' }, `01${'00'.repeat(16)}2f7800`],
    [E.SYSCALL_POLL_X, 'fds', [{ fd: 3 }], '010003000000000000000000'],
    [E.SOCKET_SETSOCKOPT_X, 'val', { uint32: '0x10' }, '0210000000'],
  ];
  for (const [code, param, json, hex] of written)
    it(`${param}: ${JSON.stringify(json)}`, () => {
      expect(bytesOfJson(code, param, json)).equals(hex);
    });
});

describe('parameters that cannot be', () => {
  const wrong: readonly (readonly [code: EventCode, param: string, json: JsonInput, message: RegExp])[] = [
    [E.SYSCALL_OPENAT_2_X, 'fd', 1.5, /an integer was expected, and 1.5 was found/],
    [E.SYSCALL_OPENAT_2_X, 'fd', 1e300, /an integer was expected/],
    [E.SYSCALL_OPENAT_2_X, 'fd', 'three', /an integer was expected, and "three" was found/],
    [E.SYSCALL_OPENAT_2_X, 'fd', true, /an integer was expected, and true was found/],
    [
      E.SYSCALL_OPENAT_2_X,
      'ino',
      '18446744073709551616',
      /from -9223372036854775808 to 18446744073709551615/,
    ],
    [E.SYSCALL_OPENAT_2_X, 'dev', 4294967296, /from -2147483648 to 4294967295 was expected/],
    [E.SYSCALL_KILL_X, 'sig', 256, /from -128 to 255/],
    [E.SYSCALL_OPENAT_2_X, 'mode', '644', /octal/],
    [E.SYSCALL_OPENAT_2_X, 'mode', '0999', /octal/],
    [E.SYSCALL_OPENAT_2_X, 'flags', 'O_CLOSEXEC', /no flag "O_CLOSEXEC"/],
    [E.SYSCALL_OPENAT_2_X, 'flags', '0x100000000', /from 0 to 4294967295/],
    [E.SYSCALL_OPENAT_2_X, 'flags', [], /an integer was expected, and a list was found/],
    [E.SYSCALL_OPENAT_2_X, 'name', 3, /a string was expected, and 3 was found/],
    [E.SYSCALL_OPENAT_2_X, 'name', 'a\0b', /NUL/],
    [E.SYSCALL_OPENAT_2_X, 'name', { base64: '!' }, /base64 was expected/],
    [E.SYSCALL_OPENAT_2_X, 'name', { hex: '0' }, /hexadecimal/],
    [E.SYSCALL_READ_X, 'data', { text: 'a' }, /a string was expected, and an object was found/],
    [E.SYSCALL_EXECVE_19_X, 'args', ['a\0b'], /NUL/],
    [E.SYSCALL_EXECVE_19_X, 'args', [1], /a string was expected, and 1/],
    [E.SOCKET_CONNECT_X, 'addr', { ip: '1.2.3' }, /an IPv4 or IPv6 address was expected, and "1.2.3"/],
    [E.SOCKET_CONNECT_X, 'addr', { ip: '1.2.3.4', prot: 1 }, /no key "prot"/],
    [E.SOCKET_CONNECT_X, 'addr', { ip: '1.2.3.4', port: 70000 }, /from 0 to 65535/],
    [E.SOCKET_CONNECT_X, 'addr', {}, /an IPv4 or IPv6 address was expected, and null/],
    [E.SOCKET_CONNECT_X, 'addr', '1.2.3.4:80', /an object with ip or path was expected/],
    [E.SOCKET_CONNECT_X, 'tuple', { sip: '1.2.3.4', dip: '::1' }, /the other an IPv6 address/],
    [E.SYSCALL_POLL_X, 'fds', [3], /an object with fd and flags was expected, and 3/],
    [E.SYSCALL_POLL_X, 'fds', {}, /a list of objects/],
    [E.TRACER_E, 'args', [['a']], /a list of two strings/],
    [E.SOCKET_SETSOCKOPT_X, 'val', 1, /the type of the value as its only key/],
    [E.SOCKET_SETSOCKOPT_X, 'val', { uint32: 1, uint64: 1 }, /the type of the value as its only key/],
    [E.ITER_TASK_FILE_SOCKET_INET_E, 'local_ip', '::1', /an IPv4 address was expected/],
    [E.ITER_TASK_FILE_SOCKET_INET6_E, 'local_ip', '1.2.3.4', /an IPv6 address was expected/],
  ];
  for (const [code, param, json, message] of wrong)
    it(`${param}: ${JSON.stringify(json)}`, () => {
      expect(() => bytesOfJson(code, param, json)).throws(EncodingError, message);
    });
});
