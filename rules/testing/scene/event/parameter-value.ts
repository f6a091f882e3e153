import { didYouMean, SIGNALS, type JsonInput, type ParamInfo } from '../../../../engine/index.ts';
import { readEnd, readTuple } from '../state/connection.ts';
import { dataBytes } from '../setters/event.ts';
import type { Given } from '../given.ts';
import { addressText } from '../../../../engine/index.ts';

/** What names in the text of parameters stand for. */
export interface Meanings {
  /** The number of a user or group; it gets an account. */
  account(kind: 'uid' | 'gid', name: string): number;
  /** The id of a process with this name. */
  process(name: string): number;
  /** The number of an fd that is shown like this: `<f>/etc/passwd`. */
  fd(shown: string): number;
}

const LISTS = ['args', 'env', 'cgroups'];
const DIGITS = /^[+-]?\d+$/;

/**
 * What a fact says of a parameter, as the encoding of events understands it: the number, or the text that Falco shows (`O_RDONLY|O_CREAT`, `0755`,
 * `<f>/etc/passwd`, `nobody`, `1.2.3.4:80`).
 */
export function parameterValue(param: ParamInfo, given: Given, meanings: Meanings): JsonInput {
  const { value } = given;
  if (typeof value === 'object') {
    if (param.type.startsWith('flags') || param.type === 'mode')
      return flags(param, given.texts().join('|'), given);
    return given.texts();
  }
  const text = given.text();
  const raw = given.name === 'evt.rawarg';
  switch (param.type) {
    case 'charbuf':
    case 'fspath':
    case 'fsrelpath':
      return text;
    case 'bytebuf':
      return LISTS.includes(param.name) ? given.words() : dataBytes(text);
    case 'charbufarray':
      return given.words();
    case 'fd':
      return text.startsWith('<') ? meanings.fd(text) : text;
    case 'pid':
      return DIGITS.test(text) ? text : meanings.process(text);
    case 'uid':
    case 'gid':
      return DIGITS.test(text) ? text : text === '<NONE>' ? -1 : meanings.account(param.type, text);
    case 'mode':
      return flags(param, text, given, raw ? 10 : 8);
    case 'flags8':
    case 'flags16':
    case 'flags32':
    case 'enumflags8':
    case 'enumflags16':
    case 'enumflags32':
      return flags(param, text, given);
    case 'reltime':
      return /^[\d.]+(?:e[+-]?\d+)?s$/.test(text) ? String(BigInt(Math.round(parseFloat(text) * 1e9))) : text;
    case 'abstime':
      return localTime(text) ?? text;
    case 'sigset':
      return DIGITS.test(text) ? text : signalBits(given);
    case 'sigtype':
      return SIGNALS.includes(text) ? SIGNALS.indexOf(text) : text;
    case 'sockaddr': {
      const end = readEnd(text);
      return end === undefined ? { path: text } : { ip: addressText(end.ip), port: end.port };
    }
    case 'socktuple':
      return tuple(text, given);
    case 'dyn':
      return { [param.variants?.[0]?.type ?? 'uint64']: number(text, param, raw) };
    case 'fdlist':
      return given.fail(
        `${given.fact.field} is a list of fds, which facts cannot tell`,
        'take the event from a capture',
      );
    default:
      return number(text, param, raw);
  }
}

/** A number in the digits in which Falco shows the parameter. */
function number(text: string, param: ParamInfo, raw: boolean): JsonInput {
  if (raw || text.startsWith('0x')) return text;
  if (param.format === 'hex' && /^[0-9a-f]+$/i.test(text)) return `0x${text}`;
  if (param.format === 'oct' && /^[0-7]+$/.test(text)) return parseInt(text, 8);
  return text;
}

/** Nanoseconds since 1970 of a day and time as Falco shows it, in the local time zone. */
function localTime(text: string): string | undefined {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\.(\d{9})$/.exec(text);
  if (match === null) return undefined;
  const [, day, clock, fraction = ''] = match;
  return String(BigInt(Date.parse(`${day}T${clock}`)) * 1_000_000n + BigInt(fraction));
}

/** The bits of signals that are named, with blanks between. */
function signalBits(given: Given): number {
  let bits = 0;
  for (const name of given.words()) {
    const signal = SIGNALS.indexOf(name);
    if (signal < 0) given.fail(`there is no signal ${name}`);
    bits |= 1 << (signal - 1);
  }
  return bits >>> 0;
}

/** Names with bars between them, or a number. */
function flags(param: ParamInfo, text: string, given: Given, radix: 8 | 10 = 10): JsonInput {
  if (DIGITS.test(text)) return parseInt(text, radix);
  if (text.startsWith('0x')) return Number(text);
  const values = new Map(param.values ?? []);
  let bits = 0;
  for (const part of text === '' ? [] : text.split('|')) {
    const name = part.trim();
    const bit = values.get(name);
    if (bit !== undefined) bits |= bit;
    else if (/^(?:\d+|0x[0-9a-f]+)$/i.test(name)) bits |= Number(name);
    else
      given.fail(
        `${given.fact.field} has no flag ${name}`,
        didYouMean(name, values.keys()) ?? `its flags are ${[...values.keys()].join(', ')}`,
      );
  }
  return bits >>> 0;
}

/** `1.2.3.4:5->6.7.8.9:80`, or `a->b /path` for unix sockets. */
function tuple(text: string, given: Given): JsonInput {
  const ends = readTuple(text);
  if (ends !== undefined)
    return {
      sip: addressText(ends.client.ip),
      sport: ends.client.port,
      dip: addressText(ends.server.ip),
      dport: ends.server.port,
    };
  return (
    unixTuple(text) ?? given.fail(`${text} is no pair of addresses`, 'write 10.0.0.1:40000->10.0.0.2:443')
  );
}

/** Both kernel addresses and the path, as the name of a connected unix socket has them. */
export function unixTuple(text: string): { source: string; destination: string; path: string } | undefined {
  const match = /^([0-9a-f]{1,16})->([0-9a-f]{1,16}) (.*)$/.exec(text);
  if (match === null) return undefined;
  const [, source = '', destination = '', path = ''] = match;
  return { source: `0x${source}`, destination: `0x${destination}`, path };
}
