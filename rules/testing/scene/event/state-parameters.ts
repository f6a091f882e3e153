/** Parameters of the events that change what fields tell of a process: what facts say of it holds after them. */
import type { EventInfo, Int, JsonInput, Thread } from '../../../../engine/index.ts';
import type { Draft } from '../draft.ts';

type Params = { [name: string]: JsonInput };

const json = (value: Int): JsonInput => String(value);
const memory = (thread: Thread): Params => ({
  pgft_maj: json(thread.pageFaultsMajor),
  pgft_min: json(thread.pageFaultsMinor),
  vm_size: thread.vmSizeKb,
  vm_rss: thread.vmRssKb,
  vm_swap: thread.vmSwapKb,
});
const user = ({ uid }: Thread): Params => ({ uid, ruid: uid, euid: uid, suid: uid });
const group = ({ gid }: Thread): Params => ({ gid, rgid: gid, egid: gid, sgid: gid });
const directory = (thread: Thread): Params => ({ path: thread.currentDirectory.replace(/(.)\/$/, '$1') });

const BY_EVENT: Readonly<Record<string, (thread: Thread) => Params>> = {
  setuid: user,
  setreuid: user,
  setresuid: user,
  setgid: group,
  setregid: group,
  setresgid: group,
  capset: (thread) => ({
    cap_inheritable: json(thread.capInheritable),
    cap_permitted: json(thread.capPermitted),
    cap_effective: json(thread.capEffective),
  }),
  chdir: directory,
  getcwd: directory,
  chroot: ({ root }) => ({ path: root }),
  setsid: ({ sid }) => ({ res: sid }),
  brk: memory,
  mmap: memory,
  mmap2: memory,
  munmap: memory,
  switch: memory,
};

/** The values that leave a thread as it is, by the names of the event's parameters. */
export function stateParameters({ name, params }: EventInfo, thread: Thread): Params {
  const all = Object.hasOwn(BY_EVENT, name) ? BY_EVENT[name]!(thread) : {};
  return Object.fromEntries(
    Object.entries(all).filter(([known]) => params.some((param) => param.name === known)),
  );
}

/** Puts a process where it was before it changed its directory by a relative path to the one that a fact tells. */
export function stepBack({ name }: EventInfo, { params, process }: Draft, thread: Thread): void {
  const path = name === 'chdir' ? params.get('path')?.text() : undefined;
  if (path === undefined || process.cwd?.endsWith(`/${path}/`) !== true) return;
  (thread.mainThread ?? thread).cwd = process.cwd.slice(0, -path.length - 1);
}
