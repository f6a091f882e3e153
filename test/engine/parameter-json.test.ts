import { expect } from 'chai';
import type { Event } from '../../engine/event.ts';
import type { JsonValue } from '../../engine/json.ts';
import { parameterJson, parametersJson } from '../../engine/parameter-json.ts';
import { Machine } from '../../engine/state/machine.ts';
import * as code from '../../engine/tables/codes.generated.ts';
import { EVENTS } from '../../engine/tables/events.generated.ts';
import type { EventCode } from '../../engine/tables/types.ts';
import { socktupleBytes, syntheticEvent, type ParamValue } from '../event-bytes.ts';

function eventOf(type: EventCode, ...params: ParamValue[]): Event {
  const event = syntheticEvent(type, 7, 1n, params);
  event.machine = new Machine();
  return event;
}

const CASES: readonly (readonly [
  about: string,
  type: EventCode,
  param: string,
  value: ParamValue,
  json: JsonValue,
])[] = [
  ['a result', code.SYSCALL_CLOSE_X, 'res', -2, -2],
  ['an fd', code.SYSCALL_CLOSE_X, 'fd', 3, 3],
  ['nothing', code.SYSCALL_CLOSE_X, 'res', undefined, null],
  ['a number of another size', code.SYSCALL_CLOSE_X, 'res', new Uint8Array(3), null],
  ['an unsigned number beyond 2^53', code.SYSCALL_OPENAT_2_X, 'ino', 2n ** 63n + 1n, 2n ** 63n + 1n],
  ['a signed number beyond 2^53', code.SYSCALL_CLONE_20_X, 'fdlimit', -(2n ** 60n), -(2n ** 60n)],
  ['flags', code.SYSCALL_OPENAT_2_X, 'flags', 4099, 'O_RDWR|O_CLOEXEC'],
  ['an octal number', code.SYSCALL_OPENAT_2_X, 'mode', 0o644, '0644'],
  ['a hexadecimal number', code.SYSCALL_OPENAT_2_X, 'dev', 0x801, '801'],
  ['a path', code.SYSCALL_OPENAT_2_X, 'name', '/etc/passwd', '/etc/passwd'],
  ['no path', code.SYSCALL_OPENAT_2_X, 'name', undefined, null],
  ['an empty text', code.SYSCALL_EXECVE_19_X, 'exe', '', ''],
  ['a text of old drivers that is none', code.SYSCALL_EXECVE_19_X, 'exe', '(NULL)', null],
  ['a list', code.SYSCALL_EXECVE_19_X, 'args', ['-c', '', 'x y'], ['-c', '', 'x y']],
  ['an environment', code.SYSCALL_EXECVE_19_X, 'env', ['A=1', 'B='], ['A=1', 'B=']],
  ['bytes', code.SYSCALL_READ_X, 'data', 'a\nb', 'a.b'],
  ['nobody', code.SYSCALL_EXECVE_19_X, 'loginuid', -1, -1],
  ['a user', code.SYSCALL_EXECVE_19_X, 'loginuid', 4_000_000_000, 4_000_000_000],
  ['a signal', code.PROCEXIT_1_E, 'sig', 9, 'SIGKILL'],
  [
    'an address',
    code.SOCKET_CONNECT_X,
    'tuple',
    socktupleBytes('10.0.0.7', 1, '10.0.0.1', 2),
    '10.0.0.7:1->10.0.0.1:2',
  ],
  ['a variant', code.SYSCALL_PTRACE_X, 'data', Uint8Array.of(1, 9), 'SIGKILL'],
  [
    'a variant that nobody knows',
    code.SYSCALL_PTRACE_X,
    'data',
    Uint8Array.of(77),
    'INVALID DYNAMIC PARAMETER',
  ],
];

describe('parameters in JSON', () => {
  for (const [about, type, param, value, json] of CASES)
    it(`shows ${about}`, () => {
      const { params } = EVENTS[type]!;
      const i = params.findIndex(({ name }) => name === param);
      const event = eventOf(type, ...params.map((_, k) => (k === i ? value : undefined)));
      expect(parameterJson(event, i)).to.deep.equal(json);
    });

  it('has those that the event has, in their order', () => {
    const event = eventOf(code.SYSCALL_OPENAT_2_X, 3, -100, '/a');
    expect([...parametersJson(event)]).to.deep.equal([
      ['fd', 3],
      ['dirfd', -100],
      ['name', '/a'],
    ]);
  });

  it('takes no bytes for any parameter of any event', () => {
    for (const { code: type, params } of EVENTS) {
      const event = eventOf(type, ...params.map(() => undefined));
      for (const value of parametersJson(event).values()) expect(value).to.equal(null);
    }
  });

  it('takes any bytes for any parameter', () => {
    for (const { code: type, params } of EVENTS)
      for (const size of [1, 2, 4, 8, 9]) {
        const event = eventOf(type, ...params.map(() => new Uint8Array(size).fill(0xff)));
        expect(parametersJson(event).size).to.be.at.most(params.length);
      }
  });
});
