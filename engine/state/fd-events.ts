import type { EventCode } from '../tables/types.ts';
import type { Apply } from './machine.ts';

/** What the events of file descriptors change. */
export const fdEvents: readonly (readonly [EventCode, Apply])[] = [];
