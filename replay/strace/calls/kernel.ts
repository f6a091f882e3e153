/** The kernel itself: modules, BPF, keys and the like. */
import { bytesOfString, integerOf } from '../text.ts';
import { rawBytes, textOf, type Call, type Parameters, type Translate } from '../call.ts';
import { SECCOMP } from '../numbers.ts';
import type { JsonInput } from '../../../engine/index.ts';

/** Parameters of keyctl that are text, by the operation. */
const KEY_TEXTS: Readonly<Record<string, readonly number[]>> = {
  KEYCTL_JOIN_SESSION_KEYRING: [1],
  KEYCTL_RESTRICT_KEYRING: [2, 3],
  KEYCTL_PKEY_QUERY: [3],
  KEYCTL_SEARCH: [2, 3],
  KEYCTL_PKEY_ENCRYPT: [2],
  KEYCTL_PKEY_DECRYPT: [2],
  KEYCTL_PKEY_SIGN: [2],
  KEYCTL_PKEY_VERIFY: [2],
};

/** Keyrings that have names (linux/keyctl.h). */
const KEYRINGS: readonly string[] = [
  'KEY_SPEC_THREAD_KEYRING',
  'KEY_SPEC_PROCESS_KEYRING',
  'KEY_SPEC_SESSION_KEYRING',
  'KEY_SPEC_USER_KEYRING',
  'KEY_SPEC_USER_SESSION_KEYRING',
  'KEY_SPEC_GROUP_KEYRING',
  'KEY_SPEC_REQKEY_AUTH_KEY',
  'KEY_SPEC_REQUESTOR_KEYRING',
];

function key(call: Call, i: number): JsonInput {
  if (KEY_TEXTS[call.arg(0)]?.includes(i) === true) return { charbuf: textOf(call.arg(i)) };
  const keyring = KEYRINGS.indexOf(call.arg(i));
  // The driver reads the 32 bits of the argument into 64 without their sign.
  return { int64: keyring >= 0 ? (-1 - keyring) >>> 0 : (integerOf(call.arg(i)) ?? 0) };
}

function fsconfig(call: Call): Parameters {
  const command = call.arg(1);
  const value = call.failed ? '' : call.arg(3);
  const binary = command === 'FSCONFIG_SET_BINARY';
  return {
    res: call.result,
    fd: call.fd(0),
    cmd: [command],
    key: call.text(2),
    value_bytebuf: binary ? rawBytes(bytesOfString(value) ?? '') : null,
    value_charbuf: binary ? null : textOf(value),
    aux: call.fd(4),
  };
}

/** Kinds of quotas that the driver tells apart (linux/quota.h). */
const QUOTA_FORMATS: Readonly<Record<string, string>> = {
  QFMT_VFS_OLD: 'QFMT_VFS_OLD',
  QFMT_VFS_V0: 'QFMT_VFS_V0',
  QFMT_VFS_V1: 'QFMT_VFS_V1',
};

/** A quota command: `QCMD(Q_SYNC, USRQUOTA)`. What it reads and writes is not told. */
function quotactl(call: Call): Parameters {
  const [, command = '', type = ''] = /^QCMD\((\w+), (\w+)\)/.exec(call.arg(0)) ?? [];
  const zeros = [
    ...['dqb_bhardlimit', 'dqb_bsoftlimit', 'dqb_curspace', 'dqb_ihardlimit', 'dqb_isoftlimit'],
    ...['dqb_btime', 'dqb_itime', 'dqi_bgrace', 'dqi_igrace', 'dqi_flags'],
  ];
  const turnsOn = command === 'Q_QUOTAON';
  return {
    res: call.result,
    special: call.text(1),
    quotafilepath: turnsOn ? call.text(3) : null,
    ...Object.fromEntries(zeros.map((name) => [name, 0])),
    quota_fmt_out: ['QFMT_NOT_USED'],
    cmd: [command],
    type: [type],
    id: /^Q_X?(?:GETQUOTA|SETQUOTA|SETQLIM)$/.test(command) ? call.int(2) : 0,
    quota_fmt: [(turnsOn ? QUOTA_FORMATS[call.arg(2)] : undefined) ?? 'QFMT_NOT_USED'],
  };
}

/** Commands of bpf that the event table has no names for (linux/bpf.h). */
const BPF: Readonly<Record<string, number>> = { BPF_TOKEN_CREATE: 36, BPF_PROG_STREAM_READ_BY_FD: 37 };

export const KERNEL: Readonly<Record<string, Translate>> = {
  bpf: (call) => ({ fd: call.result, cmd: BPF[call.arg(0)] ?? [call.arg(0)] }),
  init_module: (call) => ({
    res: call.result,
    img: rawBytes((bytesOfString(call.arg(0)) ?? '').slice(0, call.snaplen)),
    length: call.int(1),
    uargs: call.text(2),
  }),
  finit_module: (call) => ({
    res: call.result,
    fd: call.fd(0),
    uargs: call.text(1),
    flags: call.names(2),
  }),
  delete_module: (call) => ({ res: call.result, name: call.text(0), flags: call.names(1) }),
  seccomp: (call) => ({
    res: call.result,
    op: Math.max(0, SECCOMP.indexOf(call.arg(0))),
    flags: integerOf(call.arg(1)) ?? 0,
  }),
  keyctl: (call) => ({
    res: call.result,
    operation: [call.arg(0)],
    arg2: key(call, 1),
    arg3: key(call, 2),
    arg4: key(call, 3),
    arg5: key(call, 4),
  }),
  fsconfig,
  quotactl,
};
