import { uint64, type ByteString, type Int } from '../bytes.ts';
import type { Event } from '../event.ts';
import { renderingOf } from '../rendering.ts';
import { isoTime, localTime } from '../times.ts';
import type { Field } from './define.ts';

const SECOND = 1_000_000_000;

const seconds = (ns: Int): Int => {
  if (typeof ns === 'number') return (ns - (ns % SECOND)) / SECOND;
  return Number(ns / BigInt(SECOND));
};
const fraction = (ns: Int): number => (typeof ns === 'number' ? ns % SECOND : Number(ns % BigInt(SECOND)));

const rawTime = (event: Event): Int => uint64(event.timeLow, event.timeHigh);

/** The time of an event since another moment, as an unsigned 64-bit number. */
function since(event: Event, low: number, high: number): Int {
  const difference = event.timeLow - low;
  const borrow = difference < 0 ? 1 : 0;
  return uint64(difference >>> 0, (event.timeHigh - high - borrow) >>> 0);
}

const relativeTime = (event: Event): Int =>
  since(event, event.machine?.firstEventTimeLow ?? 0, event.machine?.firstEventTimeHigh ?? 0);

/** Falco hands times to its JSON library as signed numbers. */
const asSigned = (ns: Int): Int => (typeof ns === 'number' ? ns : BigInt.asIntN(64, ns));
const jsonTime = (event: Event): Int => asSigned(rawTime(event));

function clockTime(parts: { date: boolean; ns: boolean }): (event: Event) => ByteString {
  // The zone is the one of now, not the one of the event's day.
  return (event) => localTime(event.time, renderingOf(event).utcOffset(new Date()), parts);
}

/** The time since the event that was read before; the first one has none. */
function timeBetween(part: (ns: Int) => Int): { get: (event: Event) => Int } {
  let low = 0;
  let high = 0;
  return {
    get: (event) => {
      const first = low === 0 && high === 0;
      const between = first ? 0 : part(since(event, low, high));
      low = event.timeLow;
      high = event.timeHigh;
      return between;
    },
  };
}

const whole = (ns: Int): Int => ns;

/** Times that every event has. */
export const timeFields: readonly Field[] = [
  {
    name: 'evt.time',
    type: 'CHARBUF',
    desc: 'Time of day of the event with nanoseconds, in the local time zone: `08:12:31.830935172`.',
    get: clockTime({ date: false, ns: true }),
    json: jsonTime,
  },
  {
    name: 'evt.time.s',
    type: 'CHARBUF',
    desc: 'Time of day of the event to the second, in the local time zone: `08:12:31`.',
    get: clockTime({ date: false, ns: false }),
    json: jsonTime,
  },
  {
    name: 'evt.time.iso8601',
    type: 'CHARBUF',
    desc: 'Day and time of the event as ISO 8601 writes them, with nanoseconds, in UTC: `2026-11-23T08:12:31.830935172+0000`.',
    get: (event) => isoTime(event.time),
    json: jsonTime,
  },
  {
    name: 'evt.datetime',
    type: 'CHARBUF',
    desc: 'Day and time of the event with nanoseconds, in the local time zone: `2026-11-23 08:12:31.830935172`.',
    get: clockTime({ date: true, ns: true }),
    json: jsonTime,
  },
  {
    name: 'evt.datetime.s',
    type: 'CHARBUF',
    desc: 'Day and time of the event to the second, in the local time zone: `2026-11-23 08:12:31`.',
    get: clockTime({ date: true, ns: false }),
    json: jsonTime,
  },
  {
    name: 'evt.rawtime',
    type: 'ABSTIME',
    desc: 'Time of the event: nanoseconds since 1970 in UTC.',
    get: rawTime,
    json: jsonTime,
  },
  {
    name: 'evt.rawtime.s',
    type: 'ABSTIME',
    desc: 'The whole seconds of `evt.rawtime`.',
    get: (event) => seconds(rawTime(event)),
    json: (event) => seconds(rawTime(event)),
  },
  {
    name: 'evt.rawtime.ns',
    type: 'ABSTIME',
    format: '10-padded-dec',
    desc: 'The nanoseconds of `evt.rawtime` beyond its whole seconds.',
    get: (event) => fraction(rawTime(event)),
    json: (event) => fraction(rawTime(event)),
  },
  {
    name: 'evt.reltime',
    type: 'RELTIME',
    format: '10-padded-dec',
    desc: 'Nanoseconds since the first event of the capture.',
    get: relativeTime,
    json: (event) => asSigned(relativeTime(event)),
  },
  {
    name: 'evt.reltime.s',
    type: 'RELTIME',
    desc: 'The whole seconds of `evt.reltime`.',
    get: (event) => seconds(relativeTime(event)),
    json: (event) => seconds(relativeTime(event)),
  },
  {
    name: 'evt.reltime.ns',
    type: 'RELTIME',
    format: '10-padded-dec',
    desc: 'The nanoseconds of `evt.reltime` beyond its whole seconds.',
    get: (event) => fraction(relativeTime(event)),
    json: (event) => fraction(relativeTime(event)),
  },
];

const zero = (): number => 0;

/** Times between events. Latencies were given up: they read 0. */
export const intervalFields: readonly Field[] = [
  {
    name: 'evt.latency',
    type: 'RELTIME',
    deprecated: true,
    desc: 'Was once how long a system call took; is always 0 now.',
    get: zero,
    json: zero,
  },
  {
    name: 'evt.latency.s',
    type: 'RELTIME',
    deprecated: true,
    desc: 'Was once the whole seconds of `evt.latency`; is always 0 now.',
    get: zero,
    json: zero,
  },
  {
    name: 'evt.latency.ns',
    type: 'RELTIME',
    format: '10-padded-dec',
    deprecated: true,
    desc: 'Was once the nanoseconds of `evt.latency` beyond its whole seconds; is always 0 now.',
    get: zero,
    json: zero,
  },
  {
    name: 'evt.latency.quantized',
    type: 'UINT64',
    deprecated: true,
    hidden: true,
    desc: 'Was once the order of magnitude of `evt.latency`; is always 0 now.',
    get: zero,
  },
  {
    name: 'evt.latency.human',
    type: 'CHARBUF',
    deprecated: true,
    desc: 'Was once `evt.latency` with a unit; is always `0ns` now.',
    get: () => '0ns',
  },
  {
    name: 'evt.wait_latency',
    type: 'RELTIME',
    deprecated: true,
    desc: 'Was once how long a system call waited; is always 0 now.',
    get: zero,
  },
  {
    name: 'evt.deltatime',
    type: 'RELTIME',
    stateful: true,
    desc: 'Nanoseconds since the last event for which this same condition or output was worked out; 0 the first time.',
    get: zero,
    bind: () => timeBetween(whole),
  },
  {
    name: 'evt.deltatime.s',
    type: 'RELTIME',
    stateful: true,
    desc: 'The whole seconds of `evt.deltatime`.',
    get: zero,
    bind: () => timeBetween(seconds),
  },
  {
    name: 'evt.deltatime.ns',
    type: 'RELTIME',
    format: '10-padded-dec',
    stateful: true,
    desc: 'The nanoseconds of `evt.deltatime` beyond its whole seconds.',
    get: zero,
    bind: () => {
      const between = timeBetween(fraction);
      return { ...between, json: between.get };
    },
  },
  {
    name: 'evt.outputtime',
    type: 'CHARBUF',
    hidden: true,
    desc: 'The same as `evt.time`.',
    get: clockTime({ date: false, ns: true }),
    json: jsonTime,
  },
];
