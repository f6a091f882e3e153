import type { Event } from '../event.ts';

/**
 * The machine as the events describe it: threads, fds, users, groups, containers. A reader hands it what a capture says at its start
 * (`StateSink`), then every event in order (`apply`).
 */
export class Machine {
  /**
   * Brings the state up to date with an event, and tells the event its number, thread and fd. Returns false for
   * events that libsinsp keeps from rules.
   */
  apply(event: Event): boolean {
    event.machine = this;
    return true;
  }
}

/** Applies one event type to the state. */
export type Apply = (event: Event, machine: Machine) => void;
