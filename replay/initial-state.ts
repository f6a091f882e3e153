import type { Event } from '../engine/index.ts';

const INITIAL_STATE: ReadonlySet<string> = new Set([
  'CONTAINER_JSON_2_E',
  'USER_ADDED_E',
  'USER_DELETED_E',
  'GROUP_ADDED_E',
  'GROUP_DELETED_E',
  'ASYNCEVENT_E',
]);

/** Whether an event at the beginning of a section completes its state (is_initialstate_event of libsinsp). */
export function isInitialState(event: Event): boolean {
  return INITIAL_STATE.has(event.info.symbol);
}
