import type { Event } from '../event.ts';
import type { IpAddress } from '../state/snapshot.ts';
import { parseIpv4 } from '../filter/network.ts';

/**
 * Whether an address is one of the event's own machine. In a container, it is one of the container's own or the machine's; where the container's
 * address is not known, one of any container's. IPv6 addresses are never a container's.
 */
export function isLocalAddress(event: Event, address: IpAddress): boolean {
  const { thread, machine } = event;
  if (thread === undefined || machine === undefined) return false;
  if (thread.containerId !== '') {
    if (typeof address === 'string') return false;
    const ip = machine.containers.find(thread.containerId)?.ip ?? '';
    if (ip === '') return machine.containers.hasAddress(address);
    if (parseIpv4(ip) === address) return true;
  }
  return machine.interfaces.isLocal(address);
}
