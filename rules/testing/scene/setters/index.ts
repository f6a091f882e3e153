import { accountSetters } from './account.ts';
import { containerSetters } from './container.ts';
import type { Setter } from '../draft.ts';
import { eventSetters } from './event.ts';
import { fdSetters } from './fd.ts';
import { processSetters } from './process.ts';

/** What each field says of an event and its surroundings. A field that is missing here follows from others: it is read back only. */
export const setters: ReadonlyMap<string, Setter> = new Map(
  Object.entries({
    ...eventSetters,
    ...processSetters,
    ...fdSetters,
    ...accountSetters,
    ...containerSetters,
  }),
);
