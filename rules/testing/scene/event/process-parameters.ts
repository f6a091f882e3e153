/** Parameters of the events with which processes begin: what the kernel tells of them. */
import type { EventInfo, Int, JsonInput, Thread } from '../../../../engine/index.ts';
import type { Draft, ProcessDraft } from '../draft.ts';
import type { Given } from '../given.ts';

const EXE_FLAGS = { exeWritable: 1, exeUpperLayer: 2, exeFromMemfd: 4, exeLowerLayer: 8 } as const;

const known = (value: Int): JsonInput => (value === 0 ? null : intJson(value));
const intJson = (value: Int): JsonInput => (typeof value === 'bigint' ? String(value) : value);

/** Whether an event tells what a process runs. */
export const tellsOfProcess = ({ params }: EventInfo): boolean =>
  params.some(({ name }) => name === 'comm') && params.some(({ name }) => name === 'fdlimit');

const IDS = ['tid', 'pid'];
const NUMBER = /^-?\d+$/;

/**
 * Takes what parameters say of the process for facts about it: `evt.arg.comm` is its name after the event. Ids that are shown as names are
 * its own, and its parent's.
 */
export function takeProcessParameters({ params, process, ...draft }: Draft): void {
  const take = (name: string, put: (given: Given) => void): void => {
    const given = params.get(name);
    if (given !== undefined) put(given);
  };
  take('comm', (given) => (process.name ??= given.text()));
  take('exe', (given) => (process.exe ??= given.text()));
  take('trusted_exepath', (given) => (process.exepath ??= given.text()));
  for (const id of IDS)
    take(id, (given) => {
      if (!NUMBER.test(given.text())) params.delete(id);
    });
  take('ptid', (given) => {
    const text = given.text();
    const parent: ProcessDraft = NUMBER.test(text) ? { pid: Number(text) } : { name: text };
    draft.ancestors.set(1, { ...parent, ...draft.ancestors.get(1) });
    params.delete('ptid');
  });
}

/** The values of a thread by the names of the parameters. */
export function processParameters(thread: Thread): { [name: string]: JsonInput } {
  const main = thread.mainThread ?? thread;
  let flags = 0;
  for (const [name, bit] of Object.entries(EXE_FLAGS))
    if (thread[name as keyof typeof EXE_FLAGS]) flags |= bit;
  const threadFlags = thread === main ? 0 : thread.flags;
  return {
    exe: thread.exe,
    args: [...thread.args],
    tid: thread.tid,
    pid: thread.pid,
    ptid: thread.ptid,
    cwd: '',
    fdlimit: intJson(main.fdLimit),
    pgft_maj: intJson(thread.pageFaultsMajor),
    pgft_min: intJson(thread.pageFaultsMinor),
    vm_size: thread.vmSizeKb,
    vm_rss: thread.vmRssKb,
    vm_swap: thread.vmSwapKb,
    comm: thread.comm,
    cgroups: thread.cgroups.map(([subsystem, path]) => `${subsystem}=${path}`),
    env: [...main.env],
    tty: thread.tty,
    vpgid: thread.vpgid,
    loginuid: thread.loginuid,
    flags: flags | threadFlags,
    cap_inheritable: intJson(thread.capInheritable),
    cap_permitted: intJson(thread.capPermitted),
    cap_effective: intJson(thread.capEffective),
    exe_ino: known(thread.exeIno),
    exe_ino_ctime: known(thread.exeInoCtime),
    exe_ino_mtime: known(thread.exeInoMtime),
    uid: thread.uid,
    gid: thread.gid,
    trusted_exepath: thread.exepath,
    filename: thread.exepath,
    pgid: thread.pgid,
    vtid: thread.vtid,
    vpid: thread.vpid,
    pidns_init_start_ts: intJson(thread.pidnsInitStart),
  };
}
