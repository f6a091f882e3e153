/** A small capture of which everything is known, for tests of what is shown. */
import { toBytes } from '../../../engine/index.ts';
import * as code from '../../../engine/tables/codes.generated.ts';
import type { EventCode } from '../../../engine/tables/types.ts';
import { eventBytes, socktupleBytes, type ParamValue } from '../../event-bytes.ts';
import { concat, eventBlock, machineInfo, sectionHeader } from '../../replay/scap/writer.ts';

/** 2020-09-13T12:26:40Z */
export const START = 1_600_000_000_000_000_000n;
const MILLISECOND = 1_000_000n;

/** An event so many milliseconds after `START`. */
export const at = (ms: number, type: EventCode, tid: number, ...params: ParamValue[]): Uint8Array =>
  eventBlock(eventBytes(type, tid, START + BigInt(ms) * MILLISECOND, params));

export const capture = (...events: readonly Uint8Array[]): Uint8Array =>
  concat(sectionHeader(), machineInfo(), ...events);

export const clone = (ms: number, tid: number, result: number, ptid: number, comm = 'bash'): Uint8Array =>
  at(
    ms,
    code.SYSCALL_CLONE_20_X,
    tid,
    ...[result, comm, ['-l'], tid, tid, ptid, '', 1024, 1, 2, 300, 200, 100, comm],
    ...[['cpuset=/x'], 0, 400000, 400000, tid, tid, 0],
  );

export const execve = (
  ms: number,
  tid: number,
  ptid: number,
  comm: string,
  args: readonly string[],
  result = 0,
): Uint8Array =>
  at(
    ms,
    code.SYSCALL_EXECVE_19_X,
    tid,
    ...[result, comm, args, tid, tid, ptid, '', 1024, 1, 2, 300, 200, 100, comm, ['cpuset=/x'], ['A=1']],
    ...[7, 8, 1000, 0, 0, 0, 0, 2n ** 63n + 1n, 0, 0, 0, `/bin/${comm}`, 9, 0, comm],
  );

/** `status` is that of `wait`. */
export const exit = (ms: number, tid: number, ret: number, sig: number): Uint8Array =>
  at(ms, code.PROCEXIT_1_E, tid, sig === 0 ? ret << 8 : sig, ret, sig, 0, 0);

/**
 * Process 10, `bash`, which was there before, starts 20, which becomes `cat`, and 30, which starts 40 and is killed. 20 fails to open a file,
 * opens another, reads and connects.
 */
export const example = capture(
  clone(0, 10, 20, 1),
  clone(1, 20, 0, 10),
  execve(2, 20, 10, 'cat', ['/etc/shädow'].map(toBytes)),
  at(3, code.SYSCALL_OPENAT_2_X, 20, -13, -100, '/etc/shadow', 1, 0, 0, 0),
  at(4, code.SYSCALL_OPENAT_2_X, 20, 3, -100, '/etc/passwd', 1, 0, 0, 2n ** 60n + 1n),
  at(5, code.SYSCALL_READ_X, 20, 5, 'a\tb\nc', 3, 100),
  at(6, code.SOCKET_SOCKET_X, 20, 4, 2, 1, 0, 0),
  at(7, code.SOCKET_CONNECT_X, 20, 0, socktupleBytes('10.0.0.7', 40000, '10.0.0.1', 443), 4),
  at(8, code.SYSCALL_WRITE_X, 20, 7, 'request', 4, 7),
  clone(9, 10, 30, 1),
  clone(10, 30, 0, 10),
  clone(11, 30, 40, 10),
  clone(12, 40, 0, 30),
  exit(1500, 20, 1, 0),
  exit(2000, 30, 0, 9),
);
