import { FD, type FdSnapshot, type FdType, type StateSink } from '../../engine/index.ts';
import type { BlockBody } from './block-body.ts';

/** SCAP_MAX_PATH_SIZE, with room for the NUL. */
const MAX_NAME = 1023;

const KNOWN_TYPES: ReadonlySet<number> = new Set(Object.values(FD));

/** Reads the fds of one process. Entries of version 2 tell their length. */
export function readFds(body: BlockBody, version: 1 | 2, sink: StateSink): void {
  const tid = body.id('the tid of an fd list');
  const fds: FdSnapshot[] = [];
  while (body.left >= 4) {
    const start = body.at;
    const length = version === 2 ? body.uint32('the length of an fd') : 0;
    const end = length === 0 ? body.end : start + length;
    const fd = body.id('fd');
    const ino = body.uint64('ino');
    const type = body.uint8('the type of an fd');
    fds.push({ fd, ino, ...readDetails(body, type, version === 2 && length > 0, end) });
    if (length === 0) continue;
    if (end < body.at)
      body.fail(`an fd takes ${body.at - start} bytes, but is said to have ${length}`, start);
    body.skip(end - body.at, 'the rest of an fd');
  }
  sink.addFds(tid, fds);
}

type Details = Omit<FdSnapshot, 'fd' | 'ino'>;

function readDetails(body: BlockBody, type: number, mayExtend: boolean, end: number): Details {
  switch (type) {
    case FD.IPV4_SOCK:
      return {
        type,
        sip: body.ipv4('sip'),
        dip: body.ipv4('dip'),
        sport: body.uint16('sport'),
        dport: body.uint16('dport'),
        l4proto: body.uint8('l4proto'),
      };
    case FD.IPV6_SOCK:
      return {
        type,
        sip: body.ipv6('sip'),
        dip: body.ipv6('dip'),
        sport: body.uint16('sport'),
        dport: body.uint16('dport'),
        l4proto: body.uint8('l4proto'),
      };
    case FD.IPV4_SERVSOCK:
      return { type, ip: body.ipv4('ip'), port: body.uint16('port'), l4proto: body.uint8('l4proto') };
    case FD.IPV6_SERVSOCK:
      return { type, ip: body.ipv6('ip'), port: body.uint16('port'), l4proto: body.uint8('l4proto') };
    case FD.UNIX_SOCK:
      return {
        type,
        source: body.uint64('source'),
        destination: body.uint64('destination'),
        name: body.text(MAX_NAME, 'the name of a socket'),
      };
    case FD.FILE_V2: {
      const openFlags = body.uint32('open_flags');
      const name = body.text(MAX_NAME, 'the name of a file');
      const dev = mayExtend && body.at + 4 <= end ? body.uint32('dev') : 0;
      return { type, openFlags, mountId: 0, dev, name };
    }
    case FD.UNKNOWN:
      return { type, name: '' };
    default:
      // Written by a newer version; libscap does not read on in such an entry.
      if (!KNOWN_TYPES.has(type)) return { type: FD.UNSUPPORTED, name: `unknown-type:[${type}]` };
      return { type: type as FdType, name: body.text(MAX_NAME, 'the name of an fd') };
  }
}
