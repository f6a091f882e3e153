/** Sockets, their addresses and what is sent through them. */
import { sockaddrOf, tupleOf } from '../addresses.ts';
import { bitsOf, rawBytes, sizeOf, fdOf, type Call, type Parameters, type Translate } from '../call.ts';
import { errorNumber, PROTOCOL, SOCKET_TYPE } from '../numbers.ts';
import { bytesOfString, fieldsOf, integerOf, itemsOf, namesOf } from '../text.ts';
import type { ByteString, JsonInput } from '../../../engine/index.ts';

/** Flags of the type of a socket by the names that files have for them. */
const typeFlags = (names: readonly ByteString[]) => names.map((name) => name.replace(/^SOCK_/, 'O_'));

const socket: Translate = (call) => ({
  fd: call.result,
  domain: call.names(0),
  type: call.bits(1, SOCKET_TYPE),
  proto: call.bits(2, PROTOCOL),
  flags: typeFlags(call.names(1)),
});

function socketpair(call: Call): Parameters {
  const [first = '-1', second = '-1'] = call.failed ? [] : call.items(3);
  return {
    res: call.result,
    fd1: fdOf(first),
    fd2: fdOf(second),
    source: 0,
    peer: 0,
    domain: call.names(0),
    type: call.bits(1, SOCKET_TYPE),
    proto: call.bits(2, PROTOCOL),
  };
}

const EINPROGRESS = -115;

const connect: Translate = (call) => ({
  res: call.result,
  tuple:
    call.result === 0 || call.result === EINPROGRESS
      ? tupleOf(call.connection ?? call.note(0), 'out', call.arg(1))
      : null,
  fd: call.fd(0),
  addr: sockaddrOf(call.arg(1)),
});

const accept = (call: Call): Parameters => ({
  fd: call.result,
  tuple: call.failed ? null : tupleOf(call.resultNote, 'in', call.arg(1)),
  queuepct: 0,
  queuelen: 0,
  queuemax: 0,
});

const sent = (call: Call, passed?: ByteString): JsonInput =>
  call.failed ? null : tupleOf(call.note(0), 'out', passed);
const received = (call: Call, passed?: ByteString): JsonInput =>
  call.failed ? null : tupleOf(call.note(0), 'in', passed);

const send = (call: Call): Parameters => ({
  res: call.result,
  data: call.written(1, call.int(2)),
  fd: call.fd(0),
  size: call.uint32(2),
});

const receive = (call: Call): Parameters => ({
  res: call.result,
  data: call.read(1),
  fd: call.fd(0),
  size: call.uint32(2),
});

/** The name and the buffers of a message. */
function messageOf(text: ByteString): { name: ByteString; buffers: ByteString[] } {
  const fields = fieldsOf(text);
  return {
    name: fields.get('msg_name') ?? '',
    buffers: itemsOf(fields.get('msg_iov') ?? ''),
  };
}

function sendmsg(call: Call): Parameters {
  const { name, buffers } = messageOf(call.arg(1));
  const size = sizeOf(buffers);
  return {
    res: call.result,
    data: call.gathered(buffers, Number(call.result) > 0 ? Number(call.result) : size),
    fd: call.fd(0),
    size,
    tuple: sent(call, name),
  };
}

function recvmsg(call: Call): Parameters {
  const { name, buffers } = messageOf(call.arg(1));
  const length = Math.max(0, Number(call.result));
  return {
    res: call.result,
    size: length,
    data: call.failed ? null : call.gathered(buffers, length),
    tuple: received(call, name),
    fd: call.fd(0),
  };
}

/** Messages of the driver's events (MAX_SENDMMSG_RECVMMSG_SIZE). */
const MAX_MESSAGES = 8;

/** Each message that went through is an event of its own. */
const messages =
  (direction: 'out' | 'in'): Translate =>
  (call) => {
    const count = Math.min(Number(call.result), MAX_MESSAGES);
    if (count <= 0) return { res: call.result, fd: call.fd(0), size: 0 };
    return call
      .items(1)
      .slice(0, count)
      .map((item) => {
        const fields = fieldsOf(item);
        const length = Number(integerOf(fields.get('msg_len') ?? '') ?? 0);
        const { name, buffers } = messageOf(fields.get('msg_hdr') ?? '');
        return {
          res: length,
          fd: call.fd(0),
          size: direction === 'out' ? sizeOf(buffers) : length,
          data: call.gathered(buffers, length),
          tuple: tupleOf(call.note(0), direction, name),
        };
      });
  };

const LEVELS: ReadonlySet<string> = new Set(['SOL_SOCKET', 'SOL_TCP']);
/** Options whose value is no integer. */
const NO_INTEGER = /^SO_(?:LINGER|PEERCRED|PEERNAME|ATTACH_\w+|PEERGROUPS|MEMINFO|LOCK_FILTER)$/;

/** The value of an option, in the form that the driver chooses for it. */
function optionValue(level: ByteString, option: ByteString, value: ByteString, length: number): JsonInput {
  const inside = /^\[(.*)\]$/s.exec(value)?.[1] ?? value;
  const number = integerOf(inside);
  if (level === 'SOL_SOCKET') {
    if (option === 'SO_ERROR') return { errno: -(errorNumber(inside) ?? Number(number ?? 0)) };
    if (/^SO_(?:RCV|SND)TIMEO/.test(option)) {
      const [, seconds = '0', micros = '0'] = /tv_sec=(\d+), tv_usec=(\d+)/.exec(value) ?? [];
      return { reltime: String(BigInt(seconds) * 1_000_000_000n + BigInt(micros) * 1000n) };
    }
    if (option === 'SO_COOKIE') return { uint64: number ?? 0 };
    if (!NO_INTEGER.test(option)) return { uint32: Number(number ?? 0) >>> 0 };
  }
  const text = bytesOfString(value);
  const bytes = text ?? (number === undefined ? '' : littleEndian(Number(number)));
  return bytes === '' ? null : { bytebuf: rawBytes(bytes.slice(0, length)) };
}

const littleEndian = (value: number): ByteString =>
  String.fromCharCode(value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255);

const option =
  (lengthOf: (text: ByteString) => number): Translate =>
  (call) => {
    const [level, name] = [call.arg(1), call.arg(2)];
    const length = lengthOf(call.arg(4));
    return {
      res: call.result,
      fd: call.fd(0),
      level: LEVELS.has(level) ? [level] : ['UNKNOWN'],
      optname: level === 'SOL_SOCKET' ? [name.replace(/_(?:OLD|NEW)$/, '')] : ['UNKNOWN'],
      val: optionValue(level, name, call.arg(3), length),
      optlen: length,
    };
  };

export const SOCKETS: Readonly<Record<string, Translate>> = {
  socket,
  socketpair,
  bind: (call) => ({ res: call.result, addr: sockaddrOf(call.arg(1)), fd: call.fd(0) }),
  connect,
  listen: (call) => ({ res: call.result, fd: call.fd(0), backlog: call.uint32(1) | 0 }),
  accept,
  accept4: (call) => ({
    ...accept(call),
    // The parameter has no names: PPM_O_CLOEXEC and PPM_O_NONBLOCK.
    flags: bitsOf(typeFlags(namesOf(call.arg(3))).join('|'), { O_CLOEXEC: 1 << 12, O_NONBLOCK: 1 << 6 }),
  }),
  shutdown: (call) => ({ res: call.result, fd: call.fd(0), how: call.names(1) }),
  getsockname: () => ({}),
  getpeername: () => ({}),
  send: (call) => ({ ...send(call), tuple: sent(call) }),
  sendto: (call) => ({ ...send(call), tuple: sent(call, call.arg(4)) }),
  recv: (call) => ({ ...receive(call), tuple: received(call) }),
  recvfrom: (call) => ({ ...receive(call), tuple: received(call, call.arg(4)) }),
  sendmsg,
  recvmsg,
  sendmmsg: messages('out'),
  recvmmsg: messages('in'),
  setsockopt: option((text) => Number(integerOf(text) ?? 0) & 0xffff),
  getsockopt: option((text) => Number(/(\d+)\]$/.exec(text)?.[1] ?? 0)),
};
