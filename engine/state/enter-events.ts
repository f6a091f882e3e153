import { Event } from '../event.ts';
import {
  SOCKET_CONNECT_E,
  SYSCALL_CREAT_E,
  SYSCALL_EXECVEAT_E,
  SYSCALL_EXECVE_19_E,
  SYSCALL_EXECVE_19_X,
  SYSCALL_OPENAT2_E,
  SYSCALL_OPENAT_2_E,
  SYSCALL_OPEN_E,
} from '../tables/codes.generated.ts';
import type { EventCode } from '../tables/types.ts';
import type { Apply } from './machine.ts';
import type { Thread } from './thread.ts';

/** Longer enter events are not kept: SP_EVT_BUF_SIZE of libsinsp. */
const MAX_LENGTH = 4096;

// Copies that wait for their next use: threads have at most one each, and for a short time.
const spare: Event[] = [];

/** Keeps a copy of an enter event until the exit of the same thread. */
function keepEnterEvent(event: Event): void {
  const { thread, length } = event;
  if (thread === undefined || length > MAX_LENGTH) return;
  const copy = thread.enterEvent ?? spare.pop() ?? withBuffer();
  const { bytes } = copy;
  const { bytes: from, start } = event;
  for (let i = 0; i < length; i++) bytes[i] = from[start + i]!;
  copy.point(bytes, copy.view, 0);
  copy.cpu = event.cpu;
  thread.enterEvent = copy;
  thread.lastEventValid = true;
}

function withBuffer(): Event {
  const event = new Event();
  event.bytes = new Uint8Array(MAX_LENGTH);
  event.view = new DataView(event.bytes.buffer);
  return event;
}

/** The enter event of an exit event, if it was kept and belongs to it. Valid while the exit event is applied. */
export function enterEventOf(exit: Event): Event | undefined {
  const { thread } = exit;
  if (thread === undefined || !thread.lastEventValid) return undefined;
  const enter = thread.enterEvent;
  if (enter === undefined) return undefined;
  if (enter.code === exit.code - 1) return enter;
  // An execveat that succeeds ends as an execve.
  if (enter.code === SYSCALL_EXECVEAT_E && exit.code === SYSCALL_EXECVE_19_X) return enter;
  thread.lastEventValid = false;
  return undefined;
}

/** Gives up the enter event of a thread, once its exit event has been applied. */
export function dropEnterEvent(thread: Thread): void {
  if (thread.enterEvent === undefined) return;
  if (spare.length < 64) spare.push(thread.enterEvent);
  thread.enterEvent = undefined;
  thread.lastEventValid = false;
}

const keepUnlessEmpty: Apply = (event) => {
  if (!event.isEmpty(0)) keepEnterEvent(event);
};

/** Those of old captures come without parameters: then there is nothing to keep. */
export const KEPT_UNLESS_EMPTY: readonly EventCode[] = [
  SYSCALL_OPEN_E,
  SYSCALL_CREAT_E,
  SYSCALL_OPENAT_2_E,
  SYSCALL_OPENAT2_E,
  SYSCALL_EXECVE_19_E,
];

/** Enter events that help to understand their exit events; rules never see them. */
export const enterEvents: readonly (readonly [EventCode, Apply])[] = [
  ...KEPT_UNLESS_EMPTY.map((code) => [code, keepUnlessEmpty] as const),
  [SYSCALL_EXECVEAT_E, keepEnterEvent],
  [SOCKET_CONNECT_E, keepEnterEvent],
];
