import { expect } from 'chai';
import { Machine } from '../../../engine/state/machine.ts';
import { Relevance } from '../../../engine/state/relevance.ts';
import * as codes from '../../../engine/tables/codes.generated.ts';
import type { EventCode } from '../../../engine/tables/types.ts';
import { sockaddrBytes, socktupleBytes, syntheticEvent, type ParamValue } from '../../event-bytes.ts';

describe('which events matter to others', () => {
  let relevance: Relevance;
  let time: number;
  /** Applies an event of thread 7, and says whether it matters. */
  const matters = (code: EventCode, params: readonly ParamValue[], tid = 7): boolean => {
    relevance.apply(syntheticEvent(code, tid, time++, params));
    return relevance.matters;
  };
  const getuid = (tid?: number): boolean => matters(codes.SYSCALL_GETUID_X, [0], tid);
  const open = [3, '/file', 0, 0, 0, 1] as const;

  beforeEach(() => {
    const machine = new Machine();
    machine.restart();
    machine.ready();
    machine.started();
    relevance = new Relevance(machine);
    time = 1000;
    getuid();
  });

  it('the first of a section, from which times are counted', () => {
    relevance = new Relevance(new Machine());
    expect([getuid(), getuid()]).to.deep.equal([true, false]);
  });

  it('the first of a thread, which makes it known', () => {
    expect([getuid(8), getuid(8), getuid()]).to.deep.equal([true, false, false]);
  });

  const single: readonly (readonly [
    what: string,
    code: EventCode,
    params: readonly ParamValue[],
    matters: boolean,
  ])[] = [
    ['that opens a file', codes.SYSCALL_OPEN_X, open, true],
    ['that closes one', codes.SYSCALL_CLOSE_X, [0, 3], true],
    ['that changes the user', codes.SYSCALL_SETUID_X, [0, 5], true],
    ['that tells of a user', codes.USER_ADDED_E, [1, 1, 'alice', '/home/alice', '/bin/sh', ''], true],
    ['that tells of a container', codes.ASYNCEVENT_E, [0, 'container', '{}'], true],
    ['that only asks', codes.SYSCALL_GETUID_X, [0], false],
    ['that waits', codes.SYSCALL_FUTEX_X, [0, 1, 2, 3], false],
    ['that tells how much memory a process has', codes.SYSCALL_BRK_4_X, [0, 1, 2, 3], true],
  ];
  for (const [what, code, params, expected] of single)
    it(`${expected ? 'one' : 'not one'} ${what}`, () => expect(matters(code, params)).to.equal(expected));

  it('reads and writes of sockets, not of files', () => {
    matters(codes.SYSCALL_OPEN_X, open);
    expect(matters(codes.SYSCALL_READ_X, [4, 'data', 3, 10])).to.equal(false);
    matters(codes.SOCKET_SOCKET_X, [4, 2, 1, 0]);
    matters(codes.SOCKET_CONNECT_X, [
      0,
      socktupleBytes('10.0.0.1', 1000, '10.0.0.2', 80),
      4,
      sockaddrBytes('10.0.0.2', 80),
    ]);
    expect(matters(codes.SYSCALL_READ_X, [4, 'data', 4, 10])).to.equal(true);
  });

  it('the one after the end of a thread, whose time is that of the end', () => {
    matters(codes.SYSCALL_CLONE_20_X, [9]);
    expect(matters(codes.PROCEXIT_1_E, [0, 0, 0, 0, 0], 8)).to.equal(true);
    expect([getuid(), getuid()]).to.deep.equal([true, false]);
  });

  it('what comes between the enter and the exit event of a call, and parts them', () => {
    expect(matters(codes.SYSCALL_OPEN_E, ['/file', 0, 0])).to.equal(true);
    expect(getuid()).to.equal(true);
    expect(getuid()).to.equal(false);
  });
});
