import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import type { Container } from './container.ts';
import type { Machine } from './machine.ts';
import type { Thread } from './thread.ts';

/** The containers of the machine: the state of Falco's container plug-in. */
export class ContainerTable {
  /** Container metadata by the short id that threads carry; '' is the host. */
  find(_id: ByteString): Container | undefined {
    return undefined;
  }

  /** Once the threads of a snapshot are all there. */
  start(_threads: Iterable<Thread>): void {}

  /** After the state machine has applied an event. */
  apply(_event: Event, _machine: Machine): void {}
}
