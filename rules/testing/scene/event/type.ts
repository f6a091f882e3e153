import { ASYNC_EVENT_NAMES, didYouMean, EVENTS, SYSCALLS, type EventInfo } from '../../../../engine/index.ts';
import type { Draft } from '../draft.ts';
import { SceneError, type Fact } from '../fact.ts';

/** Event types that today's driver makes. */
const isCurrent = ({ flags, name }: EventInfo): boolean =>
  !flags.includes('old_version') && !flags.includes('unused') && name !== 'NA';

const ofSymbol = (symbol: string): EventInfo => EVENTS.find((info) => info.symbol === symbol)!;
/** System calls that have no event of their own. */
const GENERIC = ofSymbol('GENERIC_X');
const ASYNC = ofSymbol('ASYNCEVENT_E');
/** An event of another source. */
const PLUGIN = ofSymbol('PLUGINEVENT_E');

const exits = new Map<string, EventInfo>();
const enters = new Map<string, EventInfo>();
for (const info of EVENTS)
  if (isCurrent(info) && info !== GENERIC && info !== PLUGIN && info !== ASYNC)
    (info.enter ? enters : exits).set(info.name, info);

const SYSTEM_CALLS: ReadonlySet<string> = new Set(
  [...SYSCALLS.values()].filter((name) => name !== '' && name !== 'unknown'),
);

/** All names that `evt.type` can have here. */
export const EVENT_TYPE_NAMES: ReadonlySet<string> = new Set([
  ...exits.keys(),
  ...enters.keys(),
  ...SYSTEM_CALLS,
  ...ASYNC_EVENT_NAMES,
]);

/**
 * The type of the event that a draft is about: the end of a system call unless `evt.dir` says otherwise.
 *
 * @param factOf Finds the fact about a field, for errors.
 */
export function eventType({ type, enter }: Draft, factOf: (field: string) => Fact | undefined): EventInfo {
  if (type === undefined)
    throw new SceneError('there is no evt.type', undefined, 'say what happens, as in evt.type: openat');
  if (!EVENT_TYPE_NAMES.has(type))
    throw new SceneError(
      `there is no event type ${type}`,
      factOf('evt.type') ?? factOf('syscall.type'),
      didYouMean(type, EVENT_TYPE_NAMES),
    );
  if (ASYNC_EVENT_NAMES.includes(type)) return ASYNC;
  const end = exits.get(type) ?? (SYSTEM_CALLS.has(type) ? GENERIC : undefined);
  const beginning = enters.get(type);
  if (enter === true && beginning === undefined)
    throw new SceneError(
      `${type} has no event for its beginning any more: evt.dir is always "<"`,
      factOf('evt.dir'),
      'leave evt.dir away',
    );
  return enter === true ? beginning! : (end ?? beginning!);
}

/** Whether it stands for all system calls that have no type of their own. */
export const isGeneric = (info: EventInfo): boolean => info === GENERIC;
/** Whether it is an event that Falco itself or a plug-in makes (PPME_ASYNCEVENT_E). */
export const isAsync = (info: EventInfo): boolean => info === ASYNC;
