import { ASYNC_EVENT_NAMES, didYouMean, EVENTS, SYSCALLS, type EventInfo } from '../../../engine/index.ts';
import type { Draft } from './draft.ts';
import { SceneError, type Fact } from './fact.ts';

/** Event types that today's driver makes. */
const isCurrent = ({ flags, name, params, code }: EventInfo): boolean =>
  !flags.includes('old_version') &&
  !flags.includes('unused') &&
  !(params.length === 0 && code === 0) &&
  name !== 'NA';

const exits = new Map<string, EventInfo>();
const enters = new Map<string, EventInfo>();
const bySymbol = new Map<string, EventInfo>();
for (const info of EVENTS) {
  bySymbol.set(info.symbol, info);
  if (isCurrent(info)) (info.enter ? enters : exits).set(info.name, info);
}

const GENERIC = bySymbol.get('GENERIC_X')!;
const ASYNC = bySymbol.get('ASYNCEVENT_E')!;
const PLUGIN = 'pluginevent';

/** System calls by name, for those without an event of their own. */
const SYSTEM_CALLS: ReadonlySet<string> = new Set(SYSCALLS.values());

/** All names that `evt.type` can have here. */
export const EVENT_TYPE_NAMES: ReadonlySet<string> = new Set(
  [...exits.keys(), ...enters.keys(), ...SYSTEM_CALLS, ...ASYNC_EVENT_NAMES].filter(
    (name) => name !== PLUGIN && name !== '',
  ),
);

/** The type of the event that a draft is about: the end of a system call unless `evt.dir` says otherwise. */
export function eventType(draft: Draft, fact: Fact | undefined): EventInfo {
  const { type } = draft;
  if (type === undefined)
    throw new SceneError('there is no evt.type', undefined, 'say what happens, as in evt.type: openat');
  if (!EVENT_TYPE_NAMES.has(type))
    throw new SceneError(`there is no event type ${type}`, fact, didYouMean(type, EVENT_TYPE_NAMES));
  if (ASYNC_EVENT_NAMES.includes(type)) return ASYNC;
  const exit = exits.get(type);
  const enter = enters.get(type);
  if (draft.enter === true && enter === undefined)
    throw new SceneError(
      `${type} has no event for its beginning any more: evt.dir is always "<"`,
      fact,
      'leave evt.dir away',
    );
  const info = draft.enter === true ? enter : (exit ?? (SYSTEM_CALLS.has(type) ? undefined : enter));
  return info ?? GENERIC;
}

export const isGeneric = (info: EventInfo): boolean => info === GENERIC;
export const isAsync = (info: EventInfo): boolean => info === ASYNC;
