import { accountSetters } from './account-setters.ts';
import { containerSetters } from './container-setters.ts';
import type { Setter } from './draft.ts';
import { eventSetters } from './event-setters.ts';
import { fdSetters } from './fd-setters.ts';
import { processSetters } from './process-setters.ts';

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
