import type { EventInfo, Int, JsonInput, Machine, Thread } from '../../../../engine/index.ts';
import type { Defaults } from '../defaults.ts';
import type { Draft } from '../draft.ts';
import type { Connection } from '../state/connection.ts';
import type { Containers } from '../state/containers.ts';
import { makeLocal, putFd, tellsFd, type Role } from '../state/fds.ts';
import { fdParameter, fdUse } from './fd-use.ts';
import { isFailure, numberIn, toldResult } from './result.ts';

/** Parameters by their names. */
export type Params = { [name: string]: JsonInput };

/** The first number that is not one of the standard fds. */
export const FIRST_FD = 3;

/** What is needed to set up the fds of an event. */
export interface FdContext {
  readonly machine: Machine;
  readonly containers: Containers;
  readonly info: EventInfo;
  readonly draft: Draft;
  readonly thread: Thread;
  readonly defaults: Defaults;
}

/** The lowest number that the process has no fd of. */
export function firstFree(thread: Thread): number {
  let num = FIRST_FD;
  while ((thread.mainThread ?? thread).fds.find(num) !== undefined) num++;
  return num;
}

/** The number of an fd that the event makes: what the call returned, if facts say so; undefined if it failed. */
export function newNumber({ info, draft, thread, defaults }: FdContext): Int | undefined {
  const result = toldResult(info, draft);
  if (result === 'failed' || isFailure(result)) return undefined;
  const told = result ?? draft.fd.num;
  if (told !== undefined) return told;
  const num = firstFree(thread);
  defaults.note('fd.num', num);
  return num;
}

/** The fd that the process had to do with last, if it still has it. */
function latestFd(thread: Thread): number | undefined {
  const { lastEventFd } = thread;
  return lastEventFd > 2 && thread.fdTable?.find(lastEventFd) !== undefined ? lastEventFd : undefined;
}

/** The number of an fd that the event uses. */
export function usedNumber(context: FdContext, parameter = fdParameter(context.info)): number {
  const { info, draft, thread, defaults } = context;
  // What fields show is the number of the copy, unless there is none.
  const isCopied =
    fdUse(info) === 'copies' && !draft.absent.has('fd.type') && !isFailure(toldResult(info, draft));
  const told = numberIn(draft, parameter) ?? (isCopied ? undefined : draft.fd.num);
  if (told !== undefined) return Number(told);
  const num = latestFd(thread) ?? firstFree(thread);
  if (parameter !== undefined && !draft.params.has(parameter)) defaults.note('fd.num', num);
  return num;
}

/** Puts the event's own fd into the table, if facts tell anything of it. */
export function putOwn(context: FdContext, num: number, role: Role): Connection | undefined {
  const { machine, draft, thread, defaults } = context;
  if (!tellsFd(draft.fd) || draft.absent.has('fd.type')) return undefined;
  const connection = putFd(machine, thread, num, draft.fd, role, defaults);
  if (connection !== undefined) local(context, connection);
  return connection;
}

/** Lets this machine's end of a connection be known as its own. */
export function local({ machine, containers, draft, thread }: FdContext, connection: Connection): void {
  const isAsked = draft.fd.ends.local !== undefined || draft.fd.ends.remote !== undefined;
  makeLocal(machine, thread, connection, draft.fd.isServer, (id, ip) => {
    if (isAsked || draft.container.described) containers.setAddress(id, ip);
  });
}
