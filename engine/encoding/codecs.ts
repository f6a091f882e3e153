import { byteString, type ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import { errnoName } from '../tables/errno.ts';
import { EVENTS, SYSCALLS } from '../tables/events.generated.ts';
import { SIGNALS } from '../tables/signals.ts';
import type { EventInfo, ParamInfo } from '../tables/types.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import type { ParameterCodec } from './codec.ts';
import { bytesJson, EncodingError, isObject, rawBytes, type JsonInput } from './json.ts';
import { enumeration, flags, integer, octal, type Size } from './numbers.ts';
import { address, fdlist, sockaddr, socktuple } from './sockets.ts';
import { buffer, pairs, strings, terminated } from './texts.ts';

/** Parameters of type `bytebuf` that hold NUL-separated strings. */
const LISTS: ReadonlySet<string> = new Set(['args', 'env', 'cgroups']);

/** AT_FDCWD, and errors as they are returned: `ENOENT` is -2. */
const ERRORS: ReadonlyMap<string, number> = new Map(
  Array.from({ length: 600 }, (_, code) => [errnoName(code), -code] as const)
    .filter(([name]) => name !== '')
    .flatMap(([name, code]) => [[name, code] as const, [`-${name}`, code] as const]),
);
const FDS: ReadonlyMap<string, number> = new Map([...ERRORS, ['AT_FDCWD', -100]]);
const SIGNAL_NUMBERS: ReadonlyMap<string, number> = new Map(
  SIGNALS.flatMap((name, number) => (name === undefined ? [] : [[name, number] as const])),
);
const SYSTEM_CALLS = [...SYSCALLS].map(([code, name]) => [name, code] as const);

/** A value whose first byte says of which type it is: `{"uint32": 1}`. */
function dynamic(variants: readonly ParamInfo[]): ParameterCodec {
  const codecs = variants.map(codecOf);
  const places = new Map(variants.map((variant, i) => [variant.type as string, i]));
  return {
    toJson(bytes, view, at, size) {
      const variant = variants[bytes[at]!];
      if (variant === undefined || size === 1) return undefined;
      const json = codecs[bytes[at]!]!.toJson(bytes, view, at + 1, size - 1);
      return json === undefined ? undefined : `{"${variant.type}":${json}}`;
    },
    fromJson(value, out) {
      const [key = '', ...more] = isObject(value) ? Object.keys(value) : [];
      const place = places.get(key);
      if (place === undefined || more.length > 0)
        throw new EncodingError(
          'an object with the type of the value as its only key was expected',
          `types are ${[...places.keys()].join(', ')}, as in {"${variants[0]!.type}": …}`,
        );
      out.int(place, 1);
      putValue(codecs[place]!, (value as { [key: string]: JsonInput })[key]!, out);
    },
  };
}

function codecOf(param: ParamInfo): ParameterCodec {
  const { values } = param;
  const number = (size: Size, signed: boolean, names?: ReadonlyMap<string, number>) =>
    param.format === 'oct' ? octal(size) : integer(size, signed, names);
  switch (param.type) {
    case 'int8':
      return number(1, true);
    case 'int16':
      return number(2, true);
    case 'int32':
    case 'fd32':
    case 'pid32':
      return number(4, true);
    case 'int64':
    case 'pid':
      return number(8, true);
    case 'errno':
      return number(8, true, ERRORS);
    case 'fd':
      return number(8, true, FDS);
    case 'uint8':
      return number(1, false);
    case 'sigtype':
      return number(1, false, SIGNAL_NUMBERS);
    case 'uint16':
    case 'port':
      return number(2, false);
    case 'syscallid':
      return enumeration(2, SYSTEM_CALLS);
    case 'uint32':
    case 'uid':
    case 'gid':
    case 'sigset':
      return number(4, false);
    case 'uint64':
    case 'reltime':
    case 'abstime':
      return number(8, false);
    case 'flags8':
      return values === undefined ? number(1, false) : flags(1, values);
    case 'flags16':
      return values === undefined ? number(2, false) : flags(2, values);
    case 'flags32':
      return values === undefined ? number(4, false) : flags(4, values);
    case 'enumflags8':
      return values === undefined ? number(1, false) : enumeration(1, values);
    case 'enumflags16':
      return values === undefined ? number(2, false) : enumeration(2, values);
    case 'enumflags32':
      return values === undefined ? number(4, false) : enumeration(4, values);
    case 'mode':
      return octal(4);
    case 'charbuf':
    case 'fspath':
    case 'fsrelpath':
      return terminated;
    case 'bytebuf':
      return LISTS.has(param.name) ? strings : buffer;
    case 'charbufarray':
      return strings;
    case 'charbufpairarray':
      return pairs;
    case 'sockaddr':
      return sockaddr;
    case 'socktuple':
      return socktuple;
    case 'fdlist':
      return fdlist;
    case 'ipv4addr':
      return address(4);
    case 'ipv6addr':
      return address(16);
    case 'dyn':
      return dynamic(param.variants ?? []);
  }
}

const CODECS: (readonly ParameterCodec[] | undefined)[] = new Array<undefined>(EVENTS.length).fill(undefined);

/** The codecs of an event type's parameters. */
export function codecsOf(info: EventInfo): readonly ParameterCodec[] {
  return (CODECS[info.code] ??= info.params.map(codecOf));
}

/** Longer values are kept as bytes, whatever they are: base64 grows less than any list. */
const LONG = 1 << 20;

/**
 * Parameter `i` of an event in JSON, so that its bytes can be made again: null if it is empty. The caller has checked that the schema knows
 * it and the event has it.
 */
export function exactJson(event: Event, i: number): ByteString {
  const size = event.size(i);
  if (size === 0) return 'null';
  const at = event.offset(i);
  const json = size > LONG ? undefined : codecsOf(event.info)[i]!.toJson(event.bytes, event.view, at, size);
  return json ?? bytesJson(byteString(event.bytes, at, at + size));
}

/** Appends the bytes of a value: none for null, those of `{"base64": …}` whatever the type. Throws an `EncodingError`. */
export function putValue(codec: ParameterCodec, value: JsonInput, out: ByteBuffer): void {
  if (value === null) return;
  const raw = typeof value === 'object' ? rawBytes(value) : undefined;
  if (raw === undefined) codec.fromJson(value, out);
  else out.text(raw);
}
