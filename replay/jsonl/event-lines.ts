import {
  ByteBuffer,
  byteString,
  bytesJson,
  eventFromJson,
  EncodingError,
  EVENT_HEADER,
  EVENTS,
  exactJson,
  intJson,
  isObject,
  readInt,
  readInt64,
  readKey,
  readText,
  SYSCALLS,
  unexpected,
  unknownKey,
  type ByteString,
  type Event,
  type Int,
  type JsonInput,
  type JsonInputObject,
} from '../../engine/index.ts';
import { directionOf, isGeneric, namedEvent } from './event-names.ts';

/** What the lines of an event type have in common: its name, and the names of its parameters. */
interface Frame {
  readonly type: ByteString;
  readonly params: readonly ByteString[];
}

const FRAMES: readonly Frame[] = EVENTS.map((info) => ({
  type: `,"type":"${info.name}","dir":"${directionOf(info)}","event":"${info.symbol}","params":{`,
  params: info.params.map(({ name }, i) => `${i === 0 ? '' : ','}"${name}":`),
}));

/**
 * An event as a line without its end, UTF-8 as a byte string. `num` is its position in the file, from 1. Parameters that the schema does not
 * know are left out: readers give none.
 */
export function eventLine(event: Event, num: number, flags: number): ByteString {
  const { info, paramCount } = event;
  const frame = FRAMES[event.code]!;
  const count = Math.min(paramCount, info.params.length);
  let line = `{"num":${num},"time":"${event.time}","cpu":${event.cpu},"tid":${intJson(readInt64(event.view, event.start + 8))}`;
  if (flags !== 0) line += `,"block_flags":${flags}`;
  line += isGeneric(info) ? frame.type.replace('"syscall"', `"${callName(event)}"`) : frame.type;
  for (let i = 0; i < count; i++) line += frame.params[i]! + exactJson(event, i);
  line += '}';
  if (paramCount !== info.params.length) line += `,"param_count":${count}`;
  const end = count === 0 ? event.start + EVENT_HEADER : event.offset(count - 1) + event.size(count - 1);
  const eventEnd = event.start + event.length;
  if (end < eventEnd) line += `,"rest":${bytesJson(byteString(event.bytes, end, eventEnd))}`;
  return `${line}}`;
}

/** The system call that a generic event stands for; the name of its type if that is not known. */
function callName(event: Event): ByteString {
  const call = event.uint16(0);
  return (call === undefined ? undefined : SYSCALLS.get(call)) ?? event.info.name;
}

/** The keys of an event. */
export const EVENT_KEYS = [
  'num',
  'time',
  'cpu',
  'tid',
  'block_flags',
  'type',
  'dir',
  'event',
  'params',
  'param_count',
  'rest',
];
const NO_PARAMS: JsonInputObject = {};
const MAX_TIME = (1n << 64n) - 1n;
const MAX_TID = (1n << 63n) - 1n;

/** Makes events of lines. */
export class EventLines {
  readonly #out = new ByteBuffer();
  /** Time of the event before, which counts for one without a time. */
  #time: Int = 0;

  /** Points `event` at the event of a parsed line; it stays until the next one is read. Throws an `EncodingError`. */
  read(line: JsonInputObject, event: Event): void {
    for (const key in line) if (!EVENT_KEYS.includes(key)) throw unknownKey(key, EVENT_KEYS);
    const { info, call } = namedEvent(line['event'], line['type'], line['dir']);
    const { time, tid, params, rest } = line;
    if (tid === undefined) throw new EncodingError('an event without a tid', 'say whose it is: "tid": 1000');
    if (params !== undefined && !isObject(params))
      throw unexpected(params, 'an object with the parameters by name').within('params');
    const given = params ?? NO_PARAMS;
    if (time !== undefined) this.#time = readKey('time', time, readTime);
    eventFromJson(
      {
        info,
        time: this.#time,
        tid: readKey('tid', tid, (value) => readInt(value, -MAX_TID - 1n, MAX_TID)),
        params: call === undefined || 'ID' in given ? given : { ID: call, ...given },
        paramCount: small(line, 'param_count', info.params.length, info.params.length),
        rest: rest === undefined ? '' : readKey('rest', rest, readText),
      },
      this.#out,
      event,
    );
    event.cpu = small(line, 'cpu', 0xffff, 0);
    event.blockFlags = small(line, 'block_flags', 0xffffffff, 0);
  }
}

function small(line: JsonInputObject, key: string, max: number, fallback: number): number {
  const value = line[key];
  return value === undefined ? fallback : Number(readKey(key, value, (given) => readInt(given, 0, max)));
}

const ISO = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)$/;

/** Nanoseconds since the epoch, or a date with a time zone. */
function readTime(value: JsonInput): Int {
  const iso = typeof value === 'string' ? ISO.exec(value) : null;
  if (iso === null) {
    if (typeof value === 'string' && value.includes('-'))
      throw unexpected(value, 'a time', 'dates are written as "2026-01-31T12:34:56.123456789Z"');
    return readInt(value, 0, MAX_TIME);
  }
  const [, seconds, fraction = '', zone] = iso;
  const at = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(at) || at < 0) throw unexpected(value, 'a date from 1970 on');
  return BigInt(at) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
