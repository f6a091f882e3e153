/** The keys of the lines that tell of a machine's state, and how their values stand in JSON. */
import {
  addressText,
  EncodingError,
  FD,
  intJson,
  L4,
  nameHint,
  readAddress,
  readInt,
  readKey,
  readStrings,
  readText,
  stringsJson,
  textJson,
  unexpected,
  unknownKey,
  type ByteString,
  type FdSnapshot,
  type FdType,
  type GroupSnapshot,
  type Int,
  type InterfaceSnapshot,
  type IpAddress,
  type JsonInput,
  type JsonInputObject,
  type MachineInfo,
  type ThreadSnapshot,
  type UserSnapshot,
} from '../../engine/index.ts';

/** How one kind of value stands in JSON. */
interface Form<V> {
  toJson(value: V): ByteString;
  fromJson(value: JsonInput): V;
}

/** One key of a line: the property that it stands for, its form, and what counts where it is missing; nothing if it must be there. */
interface Key {
  readonly name: string;
  readonly property: string;
  readonly form: Form<unknown>;
  readonly fallback?: unknown;
}

/** Makes the keys of the lines that describe a `T`. */
function keysFor<T>() {
  return <P extends keyof T & string>(
    name: string,
    property: P,
    form: Form<NonNullable<T[P]>>,
    ...fallback: [] | [NonNullable<T[P]>]
  ): Key => ({
    name,
    property,
    form: form as Form<unknown>,
    ...(fallback.length === 0 ? {} : { fallback: fallback[0] }),
  });
}

const MAX_32 = 0xffffffff;

const uint32: Form<number> = {
  toJson: String,
  fromJson: (value) => Number(readInt(value, -0x80000000, MAX_32)) >>> 0,
};
const uint16: Form<number> = { toJson: String, fromJson: (value) => Number(readInt(value, 0, 0xffff)) };
const uint64: Form<Int> = { toJson: intJson, fromJson: (value) => readInt(value, 0, (1n << 64n) - 1n) };
const int64: Form<Int> = {
  toJson: intJson,
  fromJson: (value) => readInt(value, -(1n << 63n), (1n << 63n) - 1n),
};
/** A 64-bit id as the nearest number, which may be 2^63. */
const id: Form<number> = {
  toJson: intJson,
  fromJson: (value) => Number(readInt(value, -(1n << 63n), 1n << 63n)),
};
const text: Form<ByteString> = { toJson: textJson, fromJson: readText };
const strings: Form<ByteString> = {
  toJson: (value) => stringsJson(value) ?? textJson(value),
  fromJson: readStrings,
};
const bool: Form<boolean> = {
  toJson: String,
  fromJson(value) {
    if (typeof value !== 'boolean') throw unexpected(value, 'true or false');
    return value;
  },
};
const address: Form<IpAddress> = {
  toJson: (value) => `"${addressText(value)}"`,
  fromJson: readAddress,
};
const ipv4 = addressOf('number', 'an IPv4 address');
const ipv6 = addressOf('string', 'an IPv6 address');

function addressOf(kind: 'number' | 'string', what: string): Form<IpAddress> {
  return {
    ...address,
    fromJson(value) {
      const read = readAddress(value);
      if (typeof read !== kind) throw unexpected(value, what);
      return read;
    },
  };
}

/** Kernel addresses in hexadecimal digits. */
const pointer: Form<Int> = { toJson: (value) => `"0x${value.toString(16)}"`, fromJson: uint64.fromJson };

/** A number of a table by its name in lower case. */
function nameOf<N extends number>(table: Readonly<Record<string, N>>, what: string): Form<N> {
  const names = new Map(Object.entries(table).map(([name, value]) => [value, name.toLowerCase()]));
  const values = new Map(Array.from(names, ([value, name]) => [name, value]));
  return {
    toJson: (value) => (names.has(value) ? `"${names.get(value)}"` : String(value)),
    fromJson(value) {
      const found = typeof value === 'string' ? values.get(value) : undefined;
      if (found !== undefined) return found;
      if (typeof value === 'number') return Number(readInt(value, -0x80, 0xff)) as N;
      throw unexpected(value, what, nameHint(value, [...values.keys()]));
    },
  };
}
const fdType = nameOf(FD, 'the type of an fd');
const l4proto = nameOf<number>(L4, 'a protocol');

const machine = keysFor<MachineInfo>();
export const MACHINE_KEYS: readonly Key[] = [
  machine('cpus', 'cpus', uint32, 1),
  machine('memory', 'memory', uint64, 0),
  machine('max_pid', 'maxPid', uint64, 32768),
  machine('hostname', 'hostname', text, ''),
  machine('boot_time', 'bootTime', uint64, 0),
  machine('flags', 'flags', uint64, 0),
];

const thread = keysFor<ThreadSnapshot>();
export const PROCESS_KEYS: readonly Key[] = [
  thread('tid', 'tid', id),
  thread('pid', 'pid', id),
  thread('ptid', 'ptid', id, 0),
  thread('sid', 'sid', id, -1),
  thread('pgid', 'pgid', id, -1),
  thread('vpgid', 'vpgid', id, -1),
  thread('vtid', 'vtid', id, -1),
  thread('vpid', 'vpid', id, -1),
  thread('comm', 'comm', text, ''),
  thread('exe', 'exe', text, ''),
  thread('exepath', 'exepath', text, ''),
  thread('args', 'args', strings, ''),
  thread('env', 'env', strings, ''),
  thread('cwd', 'cwd', text, ''),
  thread('root', 'root', text, ''),
  thread('cgroups', 'cgroups', strings, ''),
  thread('uid', 'uid', uint32, 0),
  thread('gid', 'gid', uint32, 0),
  thread('loginuid', 'loginuid', uint32, MAX_32),
  thread('tty', 'tty', uint32, 0),
  thread('flags', 'flags', uint32, 0),
  thread('fdlimit', 'fdLimit', int64, 0),
  thread('cap_permitted', 'capPermitted', uint64, 0),
  thread('cap_effective', 'capEffective', uint64, 0),
  thread('cap_inheritable', 'capInheritable', uint64, 0),
  thread('exe_writable', 'exeWritable', bool, false),
  thread('exe_upper_layer', 'exeUpperLayer', bool, false),
  thread('exe_lower_layer', 'exeLowerLayer', bool, false),
  thread('exe_from_memfd', 'exeFromMemfd', bool, false),
  thread('exe_ino', 'exeIno', uint64, 0),
  thread('exe_ino_ctime', 'exeInoCtime', uint64, 0),
  thread('exe_ino_mtime', 'exeInoMtime', uint64, 0),
  thread('vm_size', 'vmSizeKb', uint32, 0),
  thread('vm_rss', 'vmRssKb', uint32, 0),
  thread('vm_swap', 'vmSwapKb', uint32, 0),
  thread('pfmajor', 'pageFaultsMajor', uint64, 0),
  thread('pfminor', 'pageFaultsMinor', uint64, 0),
  thread('pidns_init_start_ts', 'pidnsInitStart', uint64, 0),
  thread('clone_ts', 'cloneTime', uint64, 0),
];

export const FDS_KEYS: readonly Key[] = [keysFor<{ tid: number }>()('tid', 'tid', id)];

const fd = keysFor<FdSnapshot>();
const FD_FIRST: readonly Key[] = [
  fd('fd', 'fd', id),
  fd('type', 'type', fdType, FD.FILE),
  fd('ino', 'ino', uint64, 0),
];
const FD_NAME = fd('name', 'name', text, '');
const FD_PROTOCOL = fd('l4proto', 'l4proto', l4proto, L4.TCP);
const fdSocket = (form: Form<IpAddress>): readonly Key[] => [
  fd('sip', 'sip', form),
  fd('sport', 'sport', uint16, 0),
  fd('dip', 'dip', form),
  fd('dport', 'dport', uint16, 0),
  FD_PROTOCOL,
];
const fdServer = (form: Form<IpAddress>): readonly Key[] => [
  fd('ip', 'ip', form),
  fd('port', 'port', uint16, 0),
  FD_PROTOCOL,
];
const FD_UNIX: readonly Key[] = [
  fd('source', 'source', pointer, 0),
  fd('destination', 'destination', pointer, 0),
  FD_NAME,
];
const FD_FILE: readonly Key[] = [
  fd('open_flags', 'openFlags', uint32, 0),
  fd('mount_id', 'mountId', uint32, 0),
  fd('dev', 'dev', uint32, 0),
  FD_NAME,
];

const FD_NAMED: readonly Key[] = [...FD_FIRST, FD_NAME];
const FD_KEYS: Readonly<Partial<Record<number, readonly Key[]>>> = {
  [FD.IPV4_SOCK]: [...FD_FIRST, ...fdSocket(ipv4)],
  [FD.IPV6_SOCK]: [...FD_FIRST, ...fdSocket(ipv6)],
  [FD.IPV4_SERVSOCK]: [...FD_FIRST, ...fdServer(ipv4)],
  [FD.IPV6_SERVSOCK]: [...FD_FIRST, ...fdServer(ipv6)],
  [FD.UNIX_SOCK]: [...FD_FIRST, ...FD_UNIX],
  [FD.FILE_V2]: [...FD_FIRST, ...FD_FILE],
};

/** The keys of an fd, which depend on its type. */
export function fdKeys(type: number): readonly Key[] {
  return FD_KEYS[type] ?? FD_NAMED;
}

const networkInterface = keysFor<InterfaceSnapshot>();
export const INTERFACE_KEYS: readonly Key[] = [
  networkInterface('name', 'name', text),
  networkInterface('address', 'address', address),
  networkInterface('netmask', 'netmask', address),
  networkInterface('broadcast', 'broadcast', address),
  networkInterface('link_speed', 'linkSpeed', uint64, 0),
];

const user = keysFor<UserSnapshot>();
export const USER_KEYS: readonly Key[] = [
  user('uid', 'uid', uint32),
  user('gid', 'gid', uint32, 0),
  user('name', 'name', text, ''),
  user('homedir', 'homedir', text, ''),
  user('shell', 'shell', text, ''),
];

const group = keysFor<GroupSnapshot>();
export const GROUP_KEYS: readonly Key[] = [group('gid', 'gid', uint32), group('name', 'name', text, '')];

/** The process that an fd line belongs to. Throws an `EncodingError`. */
export function readTid({ tid }: JsonInputObject): number {
  if (tid === undefined) throw new EncodingError('"tid" is missing');
  return readKey('tid', tid, id.fromJson);
}

/** The type that an fd line names; a file if it names none. Throws an `EncodingError`. */
export function readFdType(line: JsonInputObject): FdType {
  return readKey('type', line['type'] ?? 'file', fdType.fromJson);
}

/** The keys of a line with the values of an object, without braces; what the object lacks is left out. */
export function keysJson(keys: readonly Key[], object: object): ByteString {
  let json = '';
  for (const { name, property, form } of keys) {
    const value = (object as Readonly<Record<string, unknown>>)[property];
    if (value !== undefined) json += `,"${name}":${form.toJson(value)}`;
  }
  return json;
}

/** The object that a line describes; `besides` are keys that it may have more. Throws an `EncodingError`. */
export function readKeys<T>(keys: readonly Key[], line: JsonInputObject, besides: readonly string[]): T {
  const object: Record<string, unknown> = {};
  let found = 0;
  for (const key of keys) {
    const value = line[key.name];
    if (value !== undefined) {
      found++;
      object[key.property] = readKey(key.name, value, key.form.fromJson);
    } else if ('fallback' in key) object[key.property] = key.fallback;
    else throw new EncodingError(`${JSON.stringify(key.name)} is missing`);
  }
  for (const key of besides) if (line[key] !== undefined) found++;
  if (Object.keys(line).length > found) {
    const known = [...besides, ...keys.map(({ name }) => name)];
    const unknown = Object.keys(line).find((key) => !known.includes(key));
    if (unknown !== undefined) throw unknownKey(unknown, known);
  }
  return object as T;
}
