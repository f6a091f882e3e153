import {
  byteString,
  readInt64,
  readInt64Number,
  readUint64,
  uint64,
  type ByteString,
  type Int,
} from './bytes.ts';
import { bufferText } from './buffers.ts';
import type { Event } from './event.ts';
import { enumNames, flagNames, modeNames } from './flags.ts';
import { parameterNumber, shortest, signed, type Width } from './numbers.ts';
import { renderingOf, type BufferFormat, type Rendering, type Scratch } from './rendering.ts';
import { L4, shownL4, typeChar } from './state/fd.ts';
import { concatenatePaths, sanitize } from './state/path.ts';
import type { Thread } from './state/thread.ts';
import { sockaddrText, socktupleText } from './state/tuples.ts';
import { SYSCALLS } from './tables/events.generated.ts';
import { errnoName } from './tables/errno.ts';
import { SIGNALS } from './tables/signals.ts';
import type { ParamInfo } from './tables/types.ts';
import { localTime, zone } from './times.ts';

/** The directory "here" in place of a directory's fd: PPM_AT_FDCWD. */
export const AT_FDCWD = -100;

/** A parameter as text: as it is (`3`, `-2`, `13`), and what that means (`<f>/etc/passwd`, `ENOENT`, `O_RDONLY|…`), '' if nothing. */
export interface ParameterText {
  readonly plain: ByteString;
  readonly resolved: ByteString;
}

/** How many parameters can be shown: a capture of a newer version may hold more than are known. */
export function parameterCount(event: Event): number {
  return Math.min(event.paramCount, event.info.params.length);
}

const text = { plain: '', resolved: '' };

/**
 * Text of parameter `i` (get_param_as_str of libsinsp). The caller has checked that the event has it. The object that comes back
 * is the same every time: read it before the next call.
 */
export function parameterText(event: Event, i: number, buffers: BufferFormat): ParameterText {
  const param = event.info.params[i]!;
  const rendering = renderingOf(event);
  text.resolved = '';
  if (event.size(i) === 0 && !isString(param)) text.plain = SAYS_NULL.has(param.type) ? 'NULL' : '<NA>';
  else text.plain = render(event, i, param, rendering, buffers);
  rendering.scratch.write(text.plain);
  return text;
}

/** The name for what a parameter holds if it has one, else its plain text: what `evt.arg.x` shows. */
export function parameterMeaning(event: Event, i: number, buffers: BufferFormat): ByteString {
  const { plain, resolved } = parameterText(event, i, buffers);
  return resolved === '' ? plain : resolved;
}

const SAYS_NULL: ReadonlySet<string> = new Set([
  'bytebuf',
  'socktuple',
  'fdlist',
  'charbufarray',
  'charbufpairarray',
  'dyn',
]);

/** Whether an empty parameter is the text `<NA>`. */
function isString(param: ParamInfo): boolean {
  return param.type === 'charbuf' || param.type === 'fspath' || param.type === 'fsrelpath';
}

function render(
  event: Event,
  i: number,
  param: ParamInfo,
  rendering: Rendering,
  buffers: BufferFormat,
): ByteString {
  const { scratch } = rendering;
  if (param.type === 'charbuf') {
    const string = event.string(i);
    scratch.reserve(string.length);
    return string;
  }
  if (param.type === 'fspath' || param.type === 'fsrelpath') return path(event, i, param, scratch);
  const offset = event.offset(i);
  const size = event.size(i);
  if (param.type !== 'dyn') return value(event, param, param, offset, size, rendering, buffers);
  const variant = param.variants?.[event.bytes[offset]!];
  if (variant === undefined) return 'INVALID DYNAMIC PARAMETER';
  if (variant.type === 'charbuf') {
    const string = terminated(event.bytes, offset + 1, size - 1);
    scratch.reserve(string.length);
    return string;
  }
  return value(event, variant, param, offset + 1, size - 1, rendering, buffers);
}

/** The text up to the first NUL; C prints a string that is not there as `(null)`. */
function terminated(bytes: Uint8Array, offset: number, size: number): ByteString {
  if (size === 0) return '(null)';
  let end = offset;
  while (end < offset + size && bytes[end] !== 0) end++;
  return byteString(bytes, offset, end);
}

/** `outer` is the parameter itself, which says how numbers are printed; `param` is its type, which may come from its first byte. */
function value(
  event: Event,
  param: ParamInfo,
  outer: ParamInfo,
  offset: number,
  size: number,
  rendering: Rendering,
  buffers: BufferFormat,
): ByteString {
  const { bytes, view } = event;
  switch (param.type) {
    case 'int8':
      return size === 1 ? parameterNumber(view.getInt8(offset), 8, outer.format) : '<NA>';
    case 'int16':
      return size === 2 ? parameterNumber(view.getInt16(offset, true), 16, outer.format) : '<NA>';
    case 'uint8':
      return number(event, offset, size, 8, outer);
    case 'uint16':
      return number(event, offset, size, 16, outer);
    case 'int32':
    case 'uint32':
      return number(event, offset, size, 32, outer);
    case 'int64':
    case 'uint64':
      return number(event, offset, size, 64, outer);
    case 'errno': {
      if (size !== 8) return '<NA>';
      const code = readInt64(view, offset);
      if (code < 0) text.resolved = errnoName(-low32(view, offset));
      return code.toString();
    }
    case 'fd':
      if (size !== 8) return '<NA>';
      text.resolved = fdMeaning(event.thread, readInt64Number(view, offset));
      return readInt64(view, offset).toString();
    case 'pid': {
      if (size !== 8) return '<NA>';
      const thread = event.machine?.threads.find(readInt64Number(view, offset));
      if (thread !== undefined) text.resolved = thread.comm;
      return readInt64(view, offset).toString();
    }
    case 'uid':
    case 'gid':
      return size === 4 ? owner(event, param.type, view.getUint32(offset, true)) : '<NA>';
    case 'flags8':
    case 'flags16':
    case 'flags32':
    case 'enumflags8':
    case 'enumflags16':
    case 'enumflags32':
    case 'mode':
      return named(event, param, offset, size);
    case 'bytebuf': {
      const shown = bufferText(byteString(bytes, offset, offset + size), buffers);
      rendering.scratch.reserveBuffer(shown.length + (buffers === 'base64' ? 1 : 0));
      rendering.scratch.bufferLength = shown.length;
      return shown;
    }
    case 'sockaddr':
      return sockaddrText(bytes, offset, size);
    case 'socktuple':
      return socktupleText(bytes, offset, size);
    case 'fdlist':
      return fdList(event, offset, size, rendering);
    case 'syscallid':
      return size === 2 ? systemCall(view.getUint16(offset, true)) : '<NA>';
    case 'sigtype':
      if (size !== 1) return '<NA>';
      text.resolved = SIGNALS[bytes[offset]!] ?? '';
      return bytes[offset]!.toString();
    case 'sigset':
      return size === 4 ? signalSet(view.getUint32(offset, true)) : '<NA>';
    case 'reltime':
      return size === 8 ? duration(readUint64(view, offset)) : '<NA>';
    case 'abstime':
      return size === 8 ? moment(readUint64(view, offset), rendering) : '<NA>';
    case 'charbufarray':
    case 'charbufpairarray':
      return byteString(bytes, offset, offset + size)
        .replace(/\0$/, '')
        .replaceAll('\0', '.');
    default:
      return '(n.a.)';
  }
}

function number(event: Event, offset: number, size: number, width: Width, outer: ParamInfo): ByteString {
  if (size !== width / 8) return '<NA>';
  return parameterNumber(readInteger(event.view, offset, width), width, outer.format);
}

/** The unsigned integer of a width; with a sign for 64 bits. */
function readInteger(view: DataView, offset: number, width: Width): Int {
  switch (width) {
    case 8:
      return view.getUint8(offset);
    case 16:
      return view.getUint16(offset, true);
    case 32:
      return view.getUint32(offset, true);
    case 64:
      return readInt64(view, offset);
  }
}

const low32 = (view: DataView, offset: number): number => view.getInt32(offset, true);

function named(event: Event, param: ParamInfo, offset: number, size: number): ByteString {
  const width = param.type.endsWith('8') ? 8 : param.type.endsWith('16') ? 16 : 32;
  if (size !== width / 8) return '<NA>';
  const flags = Number(readInteger(event.view, offset, width));
  const resolve = param.type === 'mode' ? modeNames : param.type.startsWith('enum') ? enumNames : flagNames;
  if (param.values !== undefined) text.resolved = resolve(flags, param.values);
  return param.type === 'mode' ? parameterNumber(flags, 32, param.format) : flags.toString();
}

function owner(event: Event, kind: 'uid' | 'gid', id: number): ByteString {
  if (id === 0xffffffff) {
    text.resolved = '<NONE>';
    return '-1';
  }
  const { thread, machine } = event;
  const container = thread?.containerId ?? '';
  const users = thread === undefined ? undefined : machine?.users;
  const known = kind === 'uid' ? users?.findUser(container, id) : users?.findGroup(container, id);
  text.resolved = known === undefined || known.name === '' ? '<NA>' : sanitize(known.name);
  return signed(id, 32).toString();
}

/** Letters for the protocols of internet sockets. */
const PROTOCOLS: Partial<Record<number, string>> = {
  [L4.TCP]: 't',
  [L4.UDP]: 'u',
  [L4.ICMP]: 'i',
  [L4.RAW]: 'r',
};

function fdMeaning(thread: Thread | undefined, num: number): ByteString {
  if (thread === undefined) return '';
  if (num >= 0) {
    const fd = thread.fd(num);
    return fd === undefined ? '' : `<${typeChar(fd)}${PROTOCOLS[shownL4(fd)] ?? ''}>${sanitize(fd.name)}`;
  }
  return num === AT_FDCWD ? 'AT_FDCWD' : errnoName(-(num | 0));
}

function path(event: Event, i: number, param: ParamInfo, scratch: Scratch): ByteString {
  const name = event.string(i);
  scratch.reserve(name.length);
  const { thread } = event;
  if (thread !== undefined && name !== '<NA>' && name !== '' && !name.startsWith('/'))
    text.resolved = sanitize(concatenatePaths(baseDirectory(event, param, thread), name));
  return sanitize(name, scratch.size - 1);
}

/** The directory, with its slash, that a relative path starts from: the working directory, or what the parameter's fd stands for. */
function baseDirectory(event: Event, param: ParamInfo, thread: Thread): ByteString {
  const { dirfd } = param;
  if (param.type !== 'fsrelpath' || dirfd === undefined || event.info.params[dirfd]?.type !== 'fd')
    return thread.currentDirectory;
  const num = event.int64(dirfd);
  if (num === undefined || num === AT_FDCWD) return thread.currentDirectory;
  const name = thread.fd(num)?.name ?? '';
  return name === '' || name.endsWith('/') ? sanitize(name) : sanitize(`${name}/`);
}

function systemCall(code: number): ByteString {
  const name = SYSCALLS.get(code);
  if (name === undefined) return '<unknown syscall>';
  text.resolved = name;
  return code.toString();
}

function signalSet(set: number): ByteString {
  return SIGNALS.filter((name, signal) => name !== undefined && (set & (1 << (signal - 1))) !== 0).join(' ');
}

function duration(ns: Int): ByteString {
  if (ns === 0xffff_ffff_ffff_ffffn) return 'none';
  text.resolved = `${shortest(Number(ns) / 1e9)}s`;
  return ns.toString();
}

/** libsinsp writes the time zone too and then ends the text before it. */
function moment(ns: Int, rendering: Rendering): ByteString {
  const at = new Date(Math.min(Number(ns) / 1e6, 8.64e15));
  const offset = rendering.utcOffset(at);
  const shown = localTime(BigInt(ns), offset, { date: true, ns: true });
  rendering.scratch.write(`${shown} ${zone(offset)}`);
  return shown;
}

/** `3:p1 4:u5`: fds with their kind and the events that are waited for. */
function fdList(event: Event, offset: number, size: number, rendering: Rendering): ByteString {
  const { thread, view } = event;
  if (thread === undefined) return rendering.scratch.text;
  const longest = rendering.scratch.size - 1;
  const count = size < 2 ? 0 : Math.min(view.getUint16(offset, true), Math.floor((size - 2) / 10));
  let list = '';
  for (let i = 0; i < count; i++) {
    const at = offset + 2 + 10 * i;
    const num = readInt64Number(view, at);
    const fd = thread.fd(num);
    const events = (view.getInt16(at + 8, true) >>> 0).toString(16);
    const shown = uint64(view.getUint32(at, true), view.getUint32(at + 4, true));
    list += `${shown}:${fd === undefined ? '?' : typeChar(fd)}${events}${i < count - 1 ? ' ' : '\0'}`;
    if (list.length >= longest) return list.slice(0, longest).replace(/\0$/, '');
  }
  if (count === 0) return '';
  // The NUL after the last fd is written besides the one that ends every text.
  rendering.scratch.write(list);
  return list.slice(0, -1);
}
