import {
  EncodingError,
  intJson,
  nameHint,
  unexpected,
  type ByteString,
  type FdSnapshot,
  type GroupSnapshot,
  type InterfaceSnapshot,
  type JsonInputObject,
  type MachineInfo,
  type StateSink,
  type ThreadSnapshot,
  type UserSnapshot,
} from '../../engine/index.ts';
import {
  FDS_KEYS,
  fdKeys,
  GROUP_KEYS,
  INTERFACE_KEYS,
  keysJson,
  MACHINE_KEYS,
  PROCESS_KEYS,
  readFdType,
  readKeys,
  readTid,
  USER_KEYS,
} from './state-keys.ts';

/** Version of the form of the lines: a reader takes its own and older ones. */
export const FORMAT_VERSION = 1;

/** The line with which a section begins. */
export const SECTION_LINE: ByteString = `{"state":"section","version":${FORMAT_VERSION}}`;
/** The line behind the events that belong to the initial state, where they do not end by themselves. */
export const STARTED_LINE: ByteString = '{"state":"started"}';

export const machineLine = (info: MachineInfo): ByteString =>
  `{"state":"machine"${keysJson(MACHINE_KEYS, info)}}`;
export const processLine = (thread: ThreadSnapshot): ByteString =>
  `{"state":"process"${keysJson(PROCESS_KEYS, thread)}}`;
export const fdLine = (tid: number, fd: FdSnapshot): ByteString =>
  `{"state":"fd","tid":${intJson(tid)}${keysJson(fdKeys(fd.type), fd)}}`;
/** The line before the fds of a process where they do not show that a list begins: there are none, or the list before was of the same process. */
export const fdsLine = (tid: number): ByteString => `{"state":"fds","tid":${intJson(tid)}}`;
export const interfaceLine = (entry: InterfaceSnapshot): ByteString =>
  `{"state":"interface"${keysJson(INTERFACE_KEYS, entry)}}`;
export const userLine = (user: UserSnapshot): ByteString => `{"state":"user"${keysJson(USER_KEYS, user)}}`;
export const groupLine = (group: GroupSnapshot): ByteString =>
  `{"state":"group"${keysJson(GROUP_KEYS, group)}}`;

const STATES = ['section', 'machine', 'process', 'fd', 'fds', 'interface', 'user', 'group', 'started'];
const STATE = ['state'];
const OF_FD = ['state', 'tid'];

/** Hands what lines tell of a machine to a sink. The fds of one process, line by line, become one list. */
export class StateLines {
  readonly #sink: StateSink;
  /** The list of fds that is being gathered, if any. */
  #tid = 0;
  #fds: FdSnapshot[] | undefined = undefined;

  constructor(sink: StateSink) {
    this.#sink = sink;
  }

  /** Takes a parsed line of the initial state, but for those of sections. Throws an `EncodingError`. */
  take(line: JsonInputObject): void {
    if (line['state'] === 'fd') {
      this.#takeFd(line);
      return;
    }
    this.end();
    switch (line['state']) {
      case 'machine':
        this.#sink.machineInfo(readKeys<MachineInfo>(MACHINE_KEYS, line, STATE));
        break;
      case 'process':
        this.#sink.addThread(readThread(line));
        break;
      case 'fds':
        this.#beginFds(readKeys<{ tid: number }>(FDS_KEYS, line, STATE).tid);
        break;
      case 'interface':
        this.#sink.addInterface(readInterface(line));
        break;
      case 'user':
        this.#sink.addUser(readKeys<UserSnapshot>(USER_KEYS, line, STATE));
        break;
      case 'group':
        this.#sink.addGroup(readKeys<GroupSnapshot>(GROUP_KEYS, line, STATE));
        break;
      default:
        throw unexpected(
          line['state'] ?? null,
          'what the line tells of',
          nameHint(line['state'] ?? null, STATES),
        ).within('state');
    }
  }

  /** The fds of a process have come to their end. */
  end(): void {
    if (this.#fds !== undefined) this.#sink.addFds(this.#tid, this.#fds);
    this.#fds = undefined;
  }

  #takeFd(line: JsonInputObject): void {
    const { tid, fd } = readFd(line);
    if (this.#fds !== undefined && tid === this.#tid) this.#fds.push(fd);
    else this.#beginFds(tid).push(fd);
  }

  #beginFds(tid: number): FdSnapshot[] {
    this.end();
    this.#tid = tid;
    return (this.#fds = []);
  }
}

/** The process of a line. One that is not said to be a thread of another one, or in a namespace, is not. Throws an `EncodingError`. */
export function readThread(line: JsonInputObject): ThreadSnapshot {
  const { tid, pid = tid, vtid = tid, vpid = pid } = line;
  if (tid === undefined) throw new EncodingError('"tid" is missing');
  return readKeys<ThreadSnapshot>(PROCESS_KEYS, { ...line, tid, pid: pid!, vtid: vtid!, vpid: vpid! }, STATE);
}

/** The fd of a line, and whose it is. Throws an `EncodingError`. */
export function readFd(line: JsonInputObject): { tid: number; fd: FdSnapshot } {
  return { tid: readTid(line), fd: readKeys<FdSnapshot>(fdKeys(readFdType(line)), line, OF_FD) };
}

function readInterface(line: JsonInputObject): InterfaceSnapshot {
  const entry = readKeys<Omit<InterfaceSnapshot, 'family'>>(INTERFACE_KEYS, line, STATE);
  const kinds = new Set([entry.address, entry.netmask, entry.broadcast].map((address) => typeof address));
  if (kinds.size > 1)
    throw new EncodingError('address, netmask and broadcast are not of the same kind, IPv4 or IPv6');
  return { family: typeof entry.address === 'number' ? 'ipv4' : 'ipv6', ...entry };
}
