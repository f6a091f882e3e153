import type { Event } from '../event.ts';
import * as code from '../tables/codes.generated.ts';
import { EVENTS } from '../tables/events.generated.ts';
import type { EventClass, EventCode, EventFlag } from '../tables/types.ts';

/** For each event type whether something holds for it; indexed by code. */
type Marks = readonly boolean[];

const withFlag = (...flags: readonly EventFlag[]): Marks =>
  EVENTS.map((info) => flags.some((flag) => info.flags.includes(flag)));
const withClass = (name: EventClass): Marks => EVENTS.map((info) => info.classes.includes(name));

// What the flags and classes of the event table say (`engine/tables/events.generated.ts`), by code.

export const READS = withFlag('reads_from_fd');
export const WRITES = withFlag('writes_to_fd');
export const WAITS = withFlag('waits');
export const SYSCALL = withClass('syscall');
export const META = withClass('metaevent');
/** The category is one of input and output. */
export const IO = EVENTS.map((info) => info.category.startsWith('io_'));

/** Whether the system call opens a file. */
export const OPENS: Marks = marked([
  code.SYSCALL_OPEN_X,
  code.SYSCALL_CREAT_X,
  code.SYSCALL_OPENAT_2_X,
  code.SYSCALL_OPENAT2_X,
  code.SYSCALL_OPEN_BY_HANDLE_AT_X,
]);

/** Whether the system call makes a connection. */
export const CONNECTS: Marks = marked([
  code.SOCKET_ACCEPT_5_X,
  code.SOCKET_ACCEPT4_6_X,
  code.SOCKET_CONNECT_X,
]);

function marked(codes: readonly EventCode[]): Marks {
  return EVENTS.map((info) => codes.includes(info.code));
}

const RETURNS: Marks = EVENTS.map(
  (info, i) => i !== code.GENERIC_X && i % 2 === 1 && SYSCALL[i] === true && info.params.length > 0,
);

/** Whether the event tells what a system call returned. Exits of calls that the driver knows only by number do not. */
export function hasResult(event: Event): boolean {
  return RETURNS[event.code]! && event.paramCount > 0;
}

/** Whether it is the end of a system call: exit events have the odd codes. */
export const isExit = (event: Event): boolean => (event.code & 1) === 1;

const indexesByName = new Map<string, Int8Array>();

/** Index of the parameter `name` in each event type, -1 where there is none. */
export function parameterIndex(name: string): Int8Array {
  let indexes = indexesByName.get(name);
  if (indexes === undefined) {
    indexes = Int8Array.from(EVENTS, (info) => info.params.findIndex((param) => param.name === name));
    indexesByName.set(name, indexes);
  }
  return indexes;
}

/** Index of the parameter in this event, -1 if it lacks it. */
export function indexIn(event: Event, indexes: Int8Array): number {
  const i = indexes[event.code]!;
  return i < event.paramCount ? i : -1;
}
