import type { Machine, Thread } from '../../../../engine/index.ts';
import type { Draft, ProcessDraft } from '../draft.ts';
import { nameIn } from './program.ts';

type GroupId = 'sid' | 'vpgid' | 'pgid';

/** How a fact says that a process leads its session or group. */
const LEADS = { sid: 'leadsSession', vpgid: 'leadsVirtualGroup', pgid: 'leadsGroup' } as const;

/**
 * Gives a process its session and groups, and makes the processes that lead them as a draft says. A new process leads its own unless something
 * else is said.
 *
 * @param make Makes a process beside that of the event.
 */
export function leadProcess(
  thread: Thread,
  isNew: boolean,
  draft: Draft,
  make: (draft: ProcessDraft) => Thread,
  threads: Machine['threads'],
): void {
  for (const id of ['sid', 'vpgid', 'pgid'] as const) {
    const own = id === 'pgid' ? thread.pid : thread.vpid;
    const told = draft.process[id];
    const leads = draft.process[LEADS[id]];
    const leader = draft.leaders[id];
    if (told !== undefined) thread[id] = told;
    else if (leads === true || (isNew && leads === undefined && leader === undefined)) thread[id] = own;
    else if (leads === false && leader === undefined) thread[id] = followed(thread, threads);
    if (leader !== undefined) setLeader(thread, id, told, leads, leader, make, threads);
  }
}

/** The id of the group that a process is in if it does not lead one: its parent's. */
function followed(thread: Thread, threads: Machine['threads']): number {
  return threads.find((thread.mainThread ?? thread).ptid)?.pid ?? 1;
}

function setLeader(
  thread: Thread,
  id: GroupId,
  told: number | undefined,
  leads: boolean | undefined,
  leader: ProcessDraft,
  make: (draft: ProcessDraft) => Thread,
  threads: Machine['threads'],
): void {
  const name = nameIn(leader);
  const main = thread.mainThread ?? thread;
  if (told === undefined && leads !== false && (name === undefined || name === main.comm)) {
    thread[id] = id === 'pgid' ? thread.pid : thread.vpid;
    if (!thread.isInPidNamespace) {
      make({ ...leader, pid: main.pid });
      return;
    }
  }
  // In another pid namespace ids cannot be looked up: the eldest above with the same id counts.
  const virtual = id !== 'pgid' && thread.isInPidNamespace;
  const line: Thread[] = [];
  for (const ancestor of main.ancestors(threads)) {
    line.push(ancestor);
    if (ancestor.comm !== name || (told !== undefined && !virtual && ancestor.pid !== told)) continue;
    thread[id] = told ?? (virtual ? ancestor.vpid : ancestor.pid);
    for (const between of line) between[id] = thread[id];
    make({ ...leader, pid: ancestor.pid });
    return;
  }
  if (!virtual) thread[id] = make(told === undefined ? leader : { ...leader, pid: told }).pid;
}
