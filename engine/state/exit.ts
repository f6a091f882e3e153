import { PROCEXIT_1_E } from '../tables/codes.generated.ts';
import type { EventCode } from '../tables/types.ts';
import { CL } from './thread.ts';
import type { Apply } from './machine.ts';

const REAPER_TID = 4;

/** A thread ended. It stays in the table until the next event, so that rules can still read it. */
const exit: Apply = (event, machine) => {
  const { thread } = event;
  if (thread === undefined) return;
  if (!thread.isDead) thread.group?.threadDied();
  thread.flags |= CL.CLOSED;
  machine.removeThreadLater(event.tid);
  if (thread.children.length === 0) return;
  if (event.paramCount <= REAPER_TID) thread.reaperTid = -1;
  else thread.reaperTid = event.int64(REAPER_TID) ?? thread.reaperTid;
};

/** What the end of a thread changes. */
export const exitEvents: readonly (readonly [EventCode, Apply])[] = [[PROCEXIT_1_E, exit]];
