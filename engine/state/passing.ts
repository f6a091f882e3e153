import * as C from '../tables/codes.generated.ts';
import { EVENTS } from '../tables/events.generated.ts';
import type { EventCode } from '../tables/types.ts';
import { EVENT_HEADER } from '../event.ts';
import { KEPT_UNLESS_EMPTY } from './enter-events.ts';
import { FD_PARAMETER, TRAIT, TRAITS } from './event-traits.ts';
import { applyCommand } from './fd-events.ts';
import { FD, type Fd } from './fd.ts';
import { tellsReaper } from './process.ts';
import type { Thread } from './thread.ts';
import { PLAIN_TRANSFERS } from './transfers.ts';

/** What there is to look at before an event may be passed over. */
const LOOK = {
  /** It must be given. */
  GIVE: 0,
  /** Nothing: it has no effect at all. */
  NOTHING: 1,
  /** Whether its thread is known. */
  THREAD: 2,
  /** The same, and whether there is something in it to keep for its exit event. */
  ENTER: 3,
  /** Whether its thread is known, and its fd becomes the one found last. */
  FD: 4,
  /** The fd goes. */
  CLOSE: 5,
  /** The command may copy an fd, or change one. */
  FCNTL: 6,
  /** A socket shows itself connected. */
  TRANSFER: 7,
  /** The same, and whether the addresses in the event are news. */
  RECEIVE: 8,
  SEND: 9,
  /** What memory the process has now. */
  MEMORY: 10,
  /** The same, and its fd becomes the one found last. */
  MEMORY_AND_FD: 11,
  /** Whether the option says who takes over orphans. */
  PRCTL: 12,
} as const;
type Look = (typeof LOOK)[keyof typeof LOOK];

const LOOKS: ReadonlyMap<EventCode, Look> = new Map<EventCode, Look>([
  [C.PROCINFO_E, LOOK.NOTHING],
  ...KEPT_UNLESS_EMPTY.map((code) => [code, LOOK.ENTER] as const),
  [C.SYSCALL_CLOSE_X, LOOK.CLOSE],
  [C.SYSCALL_FCNTL_X, LOOK.FCNTL],
  [C.SYSCALL_BRK_4_X, LOOK.MEMORY],
  [C.SYSCALL_MUNMAP_X, LOOK.MEMORY],
  [C.SYSCALL_MMAP_X, LOOK.MEMORY_AND_FD],
  [C.SYSCALL_MMAP2_X, LOOK.MEMORY_AND_FD],
  [C.SYSCALL_PRCTL_X, LOOK.PRCTL],
  ...PLAIN_TRANSFERS.map((code) => [code, LOOK.TRANSFER] as const),
  [C.SOCKET_RECV_X, LOOK.RECEIVE],
  [C.SOCKET_RECVFROM_X, LOOK.RECEIVE],
  [C.SOCKET_RECVMSG_X, LOOK.RECEIVE],
  [C.SOCKET_SEND_X, LOOK.SEND],
  [C.SOCKET_SENDTO_X, LOOK.SEND],
  [C.SOCKET_SENDMSG_X, LOOK.SEND],
]);

/** Marks enter events whose exit events exist: what an enter event leaves with its thread counts only for its exit event. */
const PAIRED = Uint8Array.from(EVENTS, ({ code, enter }) => {
  const exit = EVENTS[code + 1];
  return enter && exit !== undefined && !exit.enter && !exit.flags.includes('unused') ? 1 : 0;
});

/** Threads are found by the lower bits of their ids. */
const PLACES = 4096;

function lookOf(code: EventCode, changesState: boolean): Look {
  const info = EVENTS[code]!;
  const traits = TRAITS[code]!;
  const look = LOOKS.get(code);
  if (info.largeLengths) return LOOK.GIVE;
  if (look !== undefined) return look;
  if (PAIRED[code] === 1) return LOOK.GIVE;
  const special = TRAIT.DETACHED | TRAIT.LOOKS_UP_ONLY | TRAIT.HIDDEN | TRAIT.MOVES;
  if (changesState || (traits & special) !== 0) return LOOK.GIVE;
  if ((traits & TRAIT.USES_FD) === 0 || FD_PARAMETER[code]! < 0) return LOOK.THREAD;
  return info.enter ? LOOK.GIVE : LOOK.FD;
}

/**
 * Lets a reader pass over events that change nothing that anybody could see, and that no rule asks for: most of a capture. An event that is passed
 * over costs a look at a few of its bytes. What is left is what applying it would have left (`Machine.apply`).
 *
 * To begin with, all events must be given; `allow` says which nobody asks for.
 */
export class Passing {
  /** For each event code, 0 if its events must be given: what `pass` is called with. */
  readonly looks = new Uint8Array(EVENTS.length);
  /** Events that were passed over since the machine last counted them. */
  count = 0;
  /** Whether the next event must be given, as something is to be done before it. */
  held = true;
  /** Those that it has counted. */
  #counted = 0;
  readonly #changesState: (code: EventCode) => boolean;
  readonly #threads = new Array<Thread | undefined>(PLACES).fill(undefined);

  constructor(changesState: (code: EventCode) => boolean) {
    this.#changesState = changesState;
  }

  /** Lets events pass whose types are not asked for. Those that rules never see are asked for in vain. */
  allow(isAsked: (code: EventCode) => boolean): void {
    for (const { code } of EVENTS)
      this.looks[code] =
        isAsked(code) && (TRAITS[code]! & TRAIT.HIDDEN) === 0
          ? LOOK.GIVE
          : lookOf(code, this.#changesState(code));
  }

  /** Events that were passed over so far. */
  get passed(): number {
    return this.#counted + this.count;
  }

  /** Counts the events that were passed over, and begins anew. */
  take(): number {
    const { count } = this;
    this.#counted += count;
    this.count = 0;
    return count;
  }

  /** Notes the thread of an event that was applied. Not while an enter event is kept with it: the next event of the thread counts then. */
  saw(thread: Thread): void {
    const place = thread.tid & (PLACES - 1);
    const noted = thread.enterEvent === undefined ? thread : undefined;
    // Mostly it is there already, and looking is cheaper than telling the garbage collector.
    if (this.#threads[place] !== noted) this.#threads[place] = noted;
  }

  /** A thread has left the table, or another took its place. */
  forget(tid: number): void {
    this.#threads[tid & (PLACES - 1)] = undefined;
  }

  /** All threads have left the table. */
  clear(): void {
    this.#threads.fill(undefined);
  }

  /**
   * Whether the event of type `code` with its header at `start` may be passed over; it is then counted, and done with. `look` is that of the code, and not 0;
   * the event must end at `end`. Not to be called while `held`.
   */
  pass(view: DataView, start: number, code: number, look: number, end: number): boolean {
    if (look !== LOOK.NOTHING) {
      const thread = this.#threadOf(view, start, code);
      if (thread === undefined) return false;
      if (look === LOOK.THREAD) thread.lastEventFd = -1;
      else if (look === LOOK.ENTER) {
        if (view.getUint32(start + 22, true) > 0 && view.getUint16(start + EVENT_HEADER, true) > 0)
          return false;
        thread.lastEventFd = -1;
        thread.lastEventCode = code as EventCode;
      } else if (!changesLittle(view, start, code, look, thread, end)) return false;
    }
    this.count++;
    return true;
  }

  /**
   * The same for the exit event of an old driver, which its reader has yet to complete from the enter event: there stands its fd, at `fdAt` of `enter`. What it
   * returned is its own first parameter. `code` is the type that it will have.
   */
  passExit(
    view: DataView,
    start: number,
    code: number,
    look: number,
    enter: DataView,
    fdAt: number,
  ): boolean {
    const thread = this.#threadOf(view, start, code);
    if (thread === undefined) return false;
    if (look === LOOK.THREAD) thread.lastEventFd = -1;
    else {
      if (look === LOOK.FCNTL || look >= LOOK.MEMORY) return false;
      const count = view.getUint32(start + 22, true);
      const lengths = start + EVENT_HEADER;
      const resultAt = view.getUint16(lengths, true) === 8 ? lengths + 2 * count : -1;
      if (!touchesFd(look, thread, enter, fdAt, view, resultAt)) return false;
    }
    this.count++;
    return true;
  }

  /** The thread of an event, if it is known, and the event is not the exit of the enter event before it. */
  #threadOf(view: DataView, start: number, code: number): Thread | undefined {
    const tid = view.getInt32(start + 8, true);
    const thread = this.#threads[tid & (PLACES - 1)];
    return thread === undefined ||
      thread.tid !== tid ||
      view.getInt32(start + 12, true) !== 0 ||
      thread.lastEventCode + 1 === code
      ? undefined
      : thread;
  }
}

/** Whether an event whose thread is known may be passed over; what that leaves is then done. */
function changesLittle(
  view: DataView,
  start: number,
  code: number,
  look: number,
  thread: Thread,
  end: number,
): boolean {
  if (look < LOOK.MEMORY) return usesFd(view, start, code, look, thread, end);
  return look === LOOK.PRCTL
    ? changesNoReaper(view, start, thread, end)
    : changesMemory(view, start, code, look, thread, end);
}

/** Whether an event about an fd may be passed over; what that leaves with its thread and fd is then done. */
function usesFd(
  view: DataView,
  start: number,
  code: number,
  look: number,
  thread: Thread,
  end: number,
): boolean {
  const place = FD_PARAMETER[code]!;
  const count = view.getUint32(start + 22, true);
  if (place >= count) return false;
  const lengths = start + EVENT_HEADER;
  let at = lengths + 2 * count;
  if (at > end) return false;
  const resultAt = view.getUint16(lengths, true) === 8 ? at : -1;
  for (let i = 0; i < place; i++) at += view.getUint16(lengths + 2 * i, true);
  if (view.getUint16(lengths + 2 * place, true) !== 8 || at + 8 > end) return false;
  return look === LOOK.FCNTL
    ? controlsFd(view, lengths, count, thread, at, resultAt, end)
    : touchesFd(look, thread, view, at, view, resultAt);
}

/** The same for `fcntl`. Its fd is at `at`, its command and the fd's flags behind that. */
function controlsFd(
  view: DataView,
  lengths: number,
  count: number,
  thread: Thread,
  at: number,
  resultAt: number,
  end: number,
): boolean {
  const num = fdAt(view, at);
  if (num === undefined) return false;
  thread.lastEventFd = num;
  if (num < 0) return true;
  if (count < 4 || view.getUint16(lengths + 4, true) !== 1 || at + 10 > end) return false;
  const fd = thread.fdTable?.find(num);
  if (fd === undefined) return true;
  if (resultAt < 0 || view.getUint16(lengths + 6, true) !== 8) return false;
  const made = view.getInt32(resultAt, true);
  const upper = view.getInt32(resultAt + 4, true);
  if (upper < 0) return true;
  if (upper > 0 || made < 0) return false;
  applyCommand(thread, fd, view.getUint8(at + 8), view.getUint8(at + 9), made);
  return true;
}

/** The same for other events, whose fd and result (where that has 8 bytes) are known. */
function touchesFd(
  look: number,
  thread: Thread,
  fdView: DataView,
  at: number,
  view: DataView,
  resultAt: number,
): boolean {
  const num = fdAt(fdView, at);
  if (num === undefined) return false;
  thread.lastEventFd = num;
  if (num < 0) return look !== LOOK.SEND;
  const table = thread.fdTable;
  switch (look) {
    case LOOK.FD:
      table?.find(num);
      return true;
    case LOOK.CLOSE:
      if (table === undefined) return true;
      if (resultAt < 0) return false;
      if (table.find(num) !== undefined && view.getInt32(resultAt + 4, true) >= 0) table.remove(num);
      return true;
    default: {
      const fd = table?.find(num);
      if (fd === undefined) return look !== LOOK.SEND;
      if (look === LOOK.TRANSFER && !fd.isIpSocket) return true;
      if (resultAt < 0) return false;
      if (view.getInt32(resultAt + 4, true) < 0) return true;
      if (look !== LOOK.TRANSFER && !tellsNothing(fd)) return false;
      fd.setConnected();
      return true;
    }
  }
}

/** The fd at a place of a view; undefined if it takes more than 32 bits. */
function fdAt(view: DataView, at: number): number | undefined {
  const num = view.getInt32(at, true);
  return view.getInt32(at + 4, true) === num >> 31 ? num : undefined;
}

/** What an event says of the memory of its process. Its other parameters tell of the mapping. */
function changesMemory(
  view: DataView,
  start: number,
  code: number,
  look: number,
  thread: Thread,
  end: number,
): boolean {
  const count = view.getUint32(start + 22, true);
  const lengths = start + EVENT_HEADER;
  const at = lengths + 2 * count;
  if (count < 4 || at + 20 > end || view.getUint16(lengths, true) !== 8) return false;
  for (let i = 1; i < 4; i++) if (view.getUint16(lengths + 2 * i, true) !== 4) return false;
  if (look === LOOK.MEMORY) thread.lastEventFd = -1;
  else if (!usesFd(view, start, code, LOOK.FD, thread, end)) return false;
  thread.vmSizeKb = view.getUint32(at + 8, true);
  thread.vmRssKb = view.getUint32(at + 12, true);
  thread.vmSwapKb = view.getUint32(at + 16, true);
  return true;
}

/** Whether a prctl says nothing of who takes over orphans. */
function changesNoReaper(view: DataView, start: number, thread: Thread, end: number): boolean {
  const count = view.getUint32(start + 22, true);
  const lengths = start + EVENT_HEADER;
  const at = lengths + 2 * count;
  if (count < 2 || at + 12 > end) return false;
  if (view.getUint16(lengths, true) !== 8 || view.getUint16(lengths + 2, true) !== 4) return false;
  if (tellsReaper(view.getUint32(at + 8, true))) return false;
  thread.lastEventFd = -1;
  return true;
}

/** Whether the addresses in an event are not looked at: those of a TCP connection that is known. */
const tellsNothing = (fd: Fd): boolean => fd.type === FD.IPV4_SOCK && fd.isTcp && fd.name !== '';
