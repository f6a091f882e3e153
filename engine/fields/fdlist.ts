import { readInt64Number, type ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import { addressText, ipv4TextAt } from '../state/addresses.ts';
import { FD, IN6_SERVER, type Fd } from '../state/fd.ts';
import { SYSCALL_POLL_X, SYSCALL_PPOLL_X } from '../tables/codes.generated.ts';
import type { Field, FieldClass, PrintFormat } from './define.ts';

/** The parameter that holds a number of fds (2 bytes), then each fd (8 bytes) with its flags (2). */
const FDS = 1;
const ENTRY = 10;

/** Joins what `read` gives for each fd that poll waits for; undefined if that is nothing. */
function list(
  event: Event,
  read: (num: number, fd: Fd | undefined) => ByteString | undefined,
): ByteString | undefined {
  const { thread, view } = event;
  if (event.code !== SYSCALL_POLL_X && event.code !== SYSCALL_PPOLL_X) return undefined;
  const size = event.size(FDS);
  if (thread === undefined || size < 2) return undefined;
  const start = event.offset(FDS);
  const count = Math.min(view.getUint16(start, true), Math.floor((size - 2) / ENTRY));
  let text = '';
  for (let i = 0; i < count; i++) {
    const num = readInt64Number(view, start + 2 + i * ENTRY);
    const item = read(num, thread.fd(num));
    if (item !== undefined) text += `${item},`;
  }
  return text === '' ? undefined : text.slice(0, -1);
}

function serverAddress(fd: Fd): ByteString | undefined {
  if (fd.isIpSocket) return addressText(fd.dip);
  if (fd.type === FD.IPV4_SERVSOCK) return addressText(fd.serverIp);
  // Falco shows the first four bytes as if they were an IPv4 address.
  if (fd.type === FD.IPV6_SERVSOCK) return ipv4TextAt(fd.socket, IN6_SERVER.IP);
  return undefined;
}

function field(
  name: string,
  what: string,
  read: (num: number, fd: Fd | undefined) => ByteString | undefined,
  format: PrintFormat = 'na',
): Field {
  return {
    name,
    type: 'CHARBUF',
    format,
    desc: `Of \`poll\` and \`ppoll\`: ${what}, with commas between them.`,
    get: (event) => list(event, read),
  };
}

/** `fdlist.*`: the fds that poll waits for. */
export const fdlistClass: FieldClass = {
  name: 'fdlist',
  source: 'syscall',
  desc: 'The file descriptors that `poll` and `ppoll` wait for.',
  fields: [
    field('fdlist.nums', 'the numbers of the fds that they wait for', (num) => num.toString(), 'id'),
    field('fdlist.names', 'the names of the fds, `<NA>` for those without one', (_num, fd) =>
      fd === undefined || fd.name === '' ? '<NA>' : fd.name,
    ),
    field('fdlist.cips', 'the IP addresses of the clients', (_num, fd) =>
      fd?.isIpSocket ? addressText(fd.sip) : undefined,
    ),
    field('fdlist.sips', 'the IP addresses of the servers', (_num, fd) => fd && serverAddress(fd)),
    field(
      'fdlist.cports',
      'the ports of the clients',
      (_num, fd) => (fd?.isIpSocket ? fd.sport.toString() : undefined),
      'dec',
    ),
    field(
      'fdlist.sports',
      'the ports of the servers',
      (_num, fd) => (fd?.isIpSocket ? fd.dport.toString() : undefined),
      'dec',
    ),
  ],
};
