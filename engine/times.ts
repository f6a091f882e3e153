import type { ByteString } from './bytes.ts';
import { padded } from './numbers.ts';

const SECOND = 1_000_000_000n;

const two = (n: number): string => n.toString().padStart(2, '0');

const day = (at: Date): string =>
  `${at.getUTCFullYear().toString().padStart(4, '0')}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`;

const clock = (at: Date): string =>
  `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;

/** The time as a calendar shows it that is `offset` seconds east of UTC. Times beyond JavaScript's calendar stay at its end. */
function calendar(ns: bigint, offset: number): Date {
  return new Date(Math.min(Number(ns / SECOND) + offset, 8.64e12) * 1000);
}

/** What `localTime` shows: the day too, and the nanoseconds. */
export interface TimeParts {
  readonly date: boolean;
  readonly ns: boolean;
}

/**
 * `12:34:56.123456789`, with the day `2026-01-31 12:34:56` (ts_to_string of libsinsp).
 *
 * @param ns Nanoseconds since the epoch.
 * @param offset Seconds east of UTC.
 */
export function localTime(ns: bigint, offset: number, parts: TimeParts): ByteString {
  const at = calendar(ns, offset);
  return (parts.date ? `${day(at)} ` : '') + clock(at) + (parts.ns ? fraction(ns) : '');
}

/** `2026-01-31T12:34:56.123456789+0000` (ts_to_iso_8601 of libsinsp), always UTC. */
export function isoTime(ns: bigint): ByteString {
  return `${isoSeconds(ns)}${fraction(ns)}+0000`;
}

/** `2026-01-31T12:34:56.123456789Z`: the time of an alert in JSON. */
export function alertTime(ns: bigint): ByteString {
  return `${isoSeconds(ns)}${fraction(ns)}Z`;
}

function isoSeconds(ns: bigint): string {
  const at = calendar(ns, 0);
  return `${day(at)}T${clock(at)}`;
}

function fraction(ns: bigint): string {
  return `.${padded(Number(ns % SECOND))}`;
}

/** The zone of `localTime` as `+0530`. */
export function zone(offset: number): ByteString {
  const minutes = Math.abs(Math.trunc(offset / 60));
  return `${offset < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}${two(minutes % 60)}`;
}
