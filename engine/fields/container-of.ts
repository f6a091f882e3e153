import type { Event } from '../event.ts';
import type { Container } from '../state/container.ts';

/**
 * What is known of the container that an event is about: the one it announces, else the one its thread is in, where the host
 * counts as a container. Undefined where nothing is known.
 */
export function containerOf(event: Event): Container | undefined {
  const { machine, thread } = event;
  if (machine === undefined) return undefined;
  const told = machine.containers.toldBy(event);
  if (told !== undefined) return told;
  return thread === undefined ? undefined : machine.containers.find(thread.containerId);
}
