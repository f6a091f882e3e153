import type { Event } from '../event.ts';
import type { Container } from '../state/container.ts';
import type { Thread } from '../state/thread.ts';

/** The thread whose container an event's fields show. */
export function threadOf(event: Event): Thread | undefined {
  return event.thread ?? event.machine?.threads.find(event.tid);
}

/**
 * What is known of the container that an event is about: the one it announces, else the one its thread is in, where the host
 * counts as a container. Undefined where nothing is known.
 */
export function containerOf(event: Event): Container | undefined {
  const { machine } = event;
  if (machine === undefined) return undefined;
  const told = machine.containers.toldBy(event);
  if (told !== undefined) return told;
  const thread = threadOf(event);
  return thread === undefined ? undefined : machine.containers.find(thread.containerId);
}
