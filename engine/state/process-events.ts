import type { EventCode } from '../tables/types.ts';
import type { Apply } from './machine.ts';

/** What the events of processes and threads change. */
export const processEvents: readonly (readonly [EventCode, Apply])[] = [];
