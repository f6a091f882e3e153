/** Names that Falco's container plug-in gives to its events (`asyncevent`). */
export const ASYNC_EVENT_NAMES: readonly string[] = ['container', 'container_removed'];
