import type { Event } from '../event.ts';
import { ASYNCEVENT_E, CONTAINER_JSON_2_E, PROCEXIT_1_E } from '../tables/codes.generated.ts';
import { EVENTS } from '../tables/events.generated.ts';
import { TRAIT, TRAITS } from './event-traits.ts';
import { fdEvents } from './fd-events.ts';
import type { Machine } from './machine.ts';
import { processEvents } from './process-events.ts';
import { PLAIN_TRANSFERS } from './transfers.ts';
import { userEvents } from './users.ts';

/** Event types that change the state. */
const CHANGES = new Uint8Array(EVENTS.length);
for (const [code] of [...processEvents, ...fdEvents, ...userEvents]) CHANGES[code] = 1;
CHANGES[ASYNCEVENT_E] = CHANGES[CONTAINER_JSON_2_E] = 1;

/** Those that change the state only if their fd is a socket. */
const CHANGES_SOCKETS = new Uint8Array(EVENTS.length);
for (const code of PLAIN_TRANSFERS) CHANGES_SOCKETS[code] = 1;

/**
 * Applies events to a machine and tells which of them matter to those that follow: if the others are left out of a capture, the
 * fields of the rest keep their values, but for those that count events (`evt.num`) or remember earlier values (`evt.deltatime`).
 */
export class Relevance {
  readonly #machine: Machine;
  #matters = false;
  #previousWasExit = false;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Whether the latest event matters to those that follow. */
  get matters(): boolean {
    return this.#matters;
  }

  /** Applies an event; false if libsinsp keeps it from rules. */
  apply(event: Event): boolean {
    const machine = this.#machine;
    const { threads } = machine;
    const thread = threads.find(event.tid);
    // Whatever comes between an enter event and its exit parts them.
    const awaited = thread?.enterEvent !== undefined;
    const isFirst = machine.firstEventTimeLow === 0 && machine.firstEventTimeHigh === 0;
    const visible = machine.apply(event);
    const { code } = event;
    this.#matters =
      awaited ||
      // Times are counted from the first event; the end of a thread is noted with the time of the event after it.
      isFirst ||
      this.#previousWasExit ||
      (CHANGES[code] === 1 && (CHANGES_SOCKETS[code] === 0 || event.fd?.isIpSocket === true)) ||
      (TRAITS[code]! & TRAIT.HIDDEN) !== 0 ||
      // Most events make their thread known.
      (thread === undefined && threads.find(event.tid) !== undefined);
    this.#previousWasExit = code === PROCEXIT_1_E;
    return visible;
  }
}
