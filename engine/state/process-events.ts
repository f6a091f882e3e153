import type { EventCode } from '../tables/types.ts';
import { cloneEvents } from './clone.ts';
import { credentialEvents } from './credentials.ts';
import { enterEvents } from './enter-events.ts';
import { execveEvents } from './execve.ts';
import { exitEvents } from './exit.ts';
import type { Apply } from './machine.ts';
import { surroundingEvents } from './process.ts';

/** What the events of processes and threads change. */
export const processEvents: readonly (readonly [EventCode, Apply])[] = [
  ...enterEvents,
  ...cloneEvents,
  ...execveEvents,
  ...exitEvents,
  ...credentialEvents,
  ...surroundingEvents,
];
