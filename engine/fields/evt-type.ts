import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import { ValueError } from '../filter/value-error.ts';
import { parseConstant } from '../filter/values.ts';
import { FD } from '../state/fd.ts';
import { ASYNC_EVENT_NAMES } from '../tables/async-events.ts';
import { ASYNCEVENT_E, GENERIC_X } from '../tables/codes.generated.ts';
import { EVENTS, SYSCALLS } from '../tables/events.generated.ts';
import { NATIVE_SYSCALLS } from '../tables/native-syscalls.ts';
import type { EventInfo } from '../tables/types.ts';
import type { Field } from './define.ts';
import { isExit, META, SYSCALL } from './evt-traits.ts';

const KNOWN_TYPES: ReadonlySet<ByteString> = new Set([
  ...EVENTS.map((info) => info.name),
  ...SYSCALLS.values(),
  ...ASYNC_EVENT_NAMES,
]);

/**
 * The name of the call that a generic event stands for. Where the driver did not know it, the processor's number for it may tell.
 */
function genericName(event: Event): ByteString {
  const sc = event.uint16(0) ?? 0;
  if (sc !== 0) return SYSCALLS.get(sc) ?? '';
  const native = event.uint16(1);
  return (native === undefined ? undefined : NATIVE_SYSCALLS[native]) || 'unknown';
}

function typeName(event: Event): ByteString {
  if (event.code === GENERIC_X) return genericName(event);
  return event.code === ASYNCEVENT_E ? event.string(1) : event.info.name;
}

/** What an event of input or output is about: what its fd stands for. */
function fdCategory(event: Event): ByteString {
  switch (event.fd?.type) {
    case FD.FILE:
    case FD.FILE_V2:
    case FD.DIRECTORY:
      return 'file';
    case FD.IPV4_SOCK:
    case FD.IPV6_SOCK:
    case FD.IPV4_SERVSOCK:
    case FD.IPV6_SERVSOCK:
      return 'net';
    case FD.FIFO:
    case FD.UNIX_SOCK:
    case FD.EVENT:
    case FD.SIGNALFD:
    case FD.INOTIFY:
    case FD.USERFAULTFD:
      return 'ipc';
    default:
      return 'unknown';
  }
}

/** What `evt.category` is for events of a type; undefined where the fd decides. */
export function categoryOf({ category, classes }: EventInfo): ByteString | undefined {
  const kind = classes.find((name) => name === 'wait' || name === 'scheduler' || name === 'internal');
  if (kind !== undefined) return category === 'unknown' ? kind : 'unknown';
  if (category.startsWith('io_')) return undefined;
  return category === 'ipc' ? 'IPC' : category;
}

/** Categories by event code. */
const CATEGORIES: readonly (ByteString | undefined)[] = EVENTS.map(categoryOf);

/** What kind of event it is. */
export const typeFields: readonly Field[] = [
  {
    name: 'evt.dir',
    type: 'CHARBUF',
    deprecated: true,
    desc: '`<` for the end of a system call, `>` for its beginning and for events that are no calls. Rules no longer see beginnings.',
    get: (event) => (isExit(event) ? '<' : '>'),
  },
  {
    name: 'evt.type',
    type: 'CHARBUF',
    desc: 'Name of the event: that of the system call (`openat`), or of something else that happened (`procexit`, `container`). `tiercel events` lists them; other names are errors in conditions.',
    get: typeName,
    bind: () => ({
      parseValue: (text) => {
        try {
          const name = parseConstant(text, 'CHARBUF') as ByteString;
          return KNOWN_TYPES.has(name) ? name : { error: `unknown event type ${name}` };
        } catch (error) {
          if (error instanceof ValueError) return { error: error.message };
          throw error;
        }
      },
    }),
  },
  {
    name: 'evt.type.is',
    type: 'UINT32',
    arg: { required: true, dotted: 'TYPE' },
    format: 'na',
    desc: '1 for events with this name, else 0: `evt.type.is.open`.',
    get: () => undefined,
    bind: (arg, dotted) => {
      if (arg === undefined) return { error: 'filter syntax error: evt.type.is' };
      if (!dotted) return { error: `filter syntax error: evt.type.is[${arg}]` };
      const first = EVENTS.findIndex((info) => info.name === arg);
      if (first < 0) return undefined;
      // The name's first event type and the one after it, which is the exit of a call.
      return { get: (event) => (event.code === first || event.code === first + 1 ? 1 : 0) };
    },
  },
  {
    name: 'syscall.type',
    type: 'CHARBUF',
    desc: 'Name of the system call; events that are no calls have none. Unlike with `evt.type`, any name is accepted in conditions.',
    get: (event) => {
      if (!SYSCALL[event.code]) return undefined;
      return event.code === GENERIC_X ? genericName(event) : event.info.name;
    },
  },
  {
    name: 'evt.category',
    type: 'CHARBUF',
    desc: 'What the event is about: `file`, `net`, `IPC`, `memory`, `process`, `user`, `signal`, `time`, `sleep`, `system`, `wait`, `scheduler`, `internal`, `other` or `unknown`. For reads, writes and calls like `ioctl` the fd decides: `file`, `net`, `ipc` (in small letters) or `unknown`.',
    get: (event) => CATEGORIES[event.code] ?? fdCategory(event),
  },
  {
    name: 'evt.cpu',
    type: 'INT16',
    format: 'id',
    desc: 'Number of the processor that the event happened on.',
    get: (event) => (event.cpu << 16) >> 16,
  },
];

/** Whether an event was made beside the stream of system calls. */
export const asyncFields: readonly Field[] = [
  {
    name: 'evt.is_async',
    type: 'BOOL',
    desc: 'Whether the event was made beside the stream of system calls, as those about containers and users are.',
    get: (event) => META[event.code]!,
  },
  {
    name: 'evt.asynctype',
    type: 'CHARBUF',
    desc: 'Name of an event for which `evt.is_async` is true, such as `container`; other events have none.',
    get: (event) => {
      if (!META[event.code]) return undefined;
      return event.code === ASYNCEVENT_E ? event.string(1) : event.info.name;
    },
  },
];
