import { EVENT_SYSCALLS, EVENTS, SYSCALLS } from './events.generated.ts';
import type { EventInfo } from './types.ts';

/** The event type of the current schema that a system call makes, by the call's name; calls that are missing make generic events. */
export const SYSCALL_EVENTS: ReadonlyMap<string, EventInfo> = new Map(
  EVENTS.filter(
    ({ enter, classes, flags, symbol }) =>
      !enter && classes.includes('syscall') && !flags.includes('old_version') && symbol !== 'GENERIC_X',
  ).flatMap((info) => EVENT_SYSCALLS[info.code]!.map((code) => [SYSCALLS.get(code)!, info] as const)),
);
