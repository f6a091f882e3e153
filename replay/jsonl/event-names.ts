import {
  didYouMean,
  EncodingError,
  EVENTS,
  shown,
  SYSCALLS,
  type EventInfo,
  type JsonInput,
} from '../../engine/index.ts';

const BY_SYMBOL: ReadonlyMap<string, EventInfo> = new Map(EVENTS.map((info) => [info.symbol, info]));

/** The newest event type of each name, by direction and name. */
const BY_NAME: ReadonlyMap<string, EventInfo> = byName();

/** Codes of system calls that have no event type of their own. */
const GENERIC_CALLS: ReadonlyMap<string, number> = new Map([...SYSCALLS].map(([code, name]) => [name, code]));

function byName(): Map<string, EventInfo> {
  const newest = new Map<string, EventInfo>();
  for (const info of EVENTS) {
    if (info.flags.includes('unused')) continue;
    const key = directionOf(info) + info.name;
    const known = newest.get(key);
    if (known === undefined || isOld(known) || !isOld(info)) newest.set(key, info);
  }
  return newest;
}

function isOld(info: EventInfo): boolean {
  return info.flags.includes('old_version');
}

/** Names to choose from. */
const TYPES: ReadonlySet<string> = new Set([
  ...Array.from(BY_NAME.values(), ({ name }) => name),
  ...GENERIC_CALLS.keys(),
]);

/** `>` for enter events, `<` for exit events. */
export function directionOf(info: EventInfo): '>' | '<' {
  return info.enter ? '>' : '<';
}

/** Whether an event type stands for system calls that have none of their own. */
export function isGeneric(info: EventInfo): boolean {
  return info.name === 'syscall';
}

/** An event type, and the system call where the type is generic. */
export interface NamedEvent {
  readonly info: EventInfo;
  readonly call?: string;
}

/** The event type that a line names, by its symbol or by name and direction. Throws an `EncodingError`. */
export function namedEvent(
  symbol: JsonInput | undefined,
  type: JsonInput | undefined,
  dir: JsonInput | undefined,
): NamedEvent {
  if (dir !== undefined && dir !== '<' && dir !== '>')
    throw new EncodingError('a direction is ">" (enter) or "<" (exit)', undefined, ['dir']);
  if (symbol !== undefined) return bySymbol(symbol, type, dir);
  if (typeof type !== 'string')
    throw new EncodingError(
      'an event without a type',
      'say which it is: {"type": "openat", "tid": 1, "params": {…}}',
      type === undefined ? [] : ['type'],
    );
  const directions = dir === undefined ? ['<', '>'] : [dir];
  for (const direction of directions) {
    const info = BY_NAME.get(direction + type);
    if (info !== undefined) return { info };
  }
  if (GENERIC_CALLS.has(type)) return { info: BY_NAME.get(`${directions[0]!}syscall`)!, call: type };
  throw new EncodingError(
    `there is no event type ${shown(type)}${dir === undefined ? '' : ` of direction ${dir}`}`,
    didYouMean(type, TYPES) ??
      'types are named as in evt.type: system calls by their names, container, procexit, switch, …',
    ['type'],
  );
}

function bySymbol(symbol: JsonInput, type: JsonInput | undefined, dir: JsonInput | undefined): NamedEvent {
  const info = typeof symbol === 'string' ? BY_SYMBOL.get(symbol) : undefined;
  if (info === undefined)
    throw new EncodingError(
      `there is no event ${shown(symbol)}`,
      (typeof symbol === 'string' ? didYouMean(symbol, BY_SYMBOL.keys()) : undefined) ??
        'name it by type and dir, as in "type": "openat", "dir": "<"',
      ['event'],
    );
  const generic = isGeneric(info);
  if (type !== undefined && type !== info.name && !generic)
    throw new EncodingError(
      `the event is ${info.symbol}, which is of type ${shown(info.name)}, not ${shown(type)}`,
      'leave one of "event" and "type" out',
      ['type'],
    );
  if (dir !== undefined && dir !== directionOf(info))
    throw new EncodingError(
      `the event is ${info.symbol}, whose direction is ${shown(directionOf(info))}`,
      'leave one of "event" and "dir" out',
      ['dir'],
    );
  return generic && typeof type === 'string' && GENERIC_CALLS.has(type) ? { info, call: type } : { info };
}
