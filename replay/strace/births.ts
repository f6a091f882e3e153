/** Clones: what parent and child see of them (clone.bpf.c, clone3.bpf.c, fork.bpf.c, vfork.bpf.c of Falco's driver). */
import type { ByteString, ThreadSnapshot } from '../../engine/index.ts';
import type { Parameters } from './call.ts';
import type { CallEntry } from './log.ts';
import { fieldsOf, namesOf, type Digits } from './text.ts';
import type { TracedThread } from './threads.ts';

/** The calls that make processes and threads. */
export const CLONES: ReadonlySet<string> = new Set(['clone', 'clone3', 'fork', 'vfork']);

/** Whether the result is the id of a process in another pid namespace than that of strace. */
const isElsewhere = ({ result }: CallEntry): boolean => result.rest.includes("in strace's PID NS");

/** The flags of a clone by their names. */
function cloneFlags({ name, args }: CallEntry): readonly ByteString[] {
  if (name === 'clone3') return namesOf(fieldsOf(args[0] ?? '').get('flags') ?? '');
  if (name !== 'clone') return [];
  return namesOf(args.find((arg) => arg.startsWith('flags='))?.slice('flags='.length) ?? '');
}

/** The child of a clone as it is when it begins. */
export function childOf(parent: TracedThread, tid: number, call: CallEntry): TracedThread {
  const flags = cloneFlags(call);
  const child = parent.child(tid, {
    isThread: flags.includes('CLONE_THREAD'),
    sharesFds: flags.includes('CLONE_FILES'),
    ...(isElsewhere(call) && { vtid: Number(call.result.value) }),
  });
  if (flags.includes('CLONE_PARENT')) child.state.ptid = parent.state.ptid;
  return child;
}

/** As many bytes of arguments and environment as the driver takes (MAX_PROC_ARG_ENV); the last one is a NUL. */
export const MAX_STRINGS = 4096;
export const cutStrings = (strings: ByteString, max = MAX_STRINGS): ByteString =>
  strings.length <= max ? strings : `${strings.slice(0, max - 1)}\0`;

/** What clones and execs tell of a process in the same words. */
export const processParameters = (state: ThreadSnapshot): Parameters => ({
  tid: state.tid,
  pid: state.pid,
  ptid: state.ptid,
  fdlimit: String(state.fdLimit),
  pgft_maj: String(state.pageFaultsMajor),
  pgft_min: String(state.pageFaultsMinor),
  vm_size: state.vmSizeKb,
  vm_rss: state.vmRssKb,
  vm_swap: state.vmSwapKb,
  comm: state.comm,
  cgroups: state.cgroups,
});

/** The parameters of a clone: `state` is that of the one that sees it, `result` what that one was given. */
export function cloneParameters(state: ThreadSnapshot, call: CallEntry, result: Digits): Parameters {
  const failed = Number(result) < 0;
  const elsewhere = isElsewhere(call) || state.tid !== state.vtid;
  return {
    res: result,
    exe: failed ? null : state.exe,
    args: failed ? null : cutStrings(state.args, Math.max(1, MAX_STRINGS - state.exe.length - 1)),
    ...processParameters(state),
    flags: [...cloneFlags(call), ...(elsewhere ? ['CLONE_CHILD_IN_PIDNS'] : [])],
    uid: state.uid,
    gid: state.gid,
    vtid: state.vtid,
    vpid: state.vpid,
    pidns_init_start_ts: 0,
  };
}
