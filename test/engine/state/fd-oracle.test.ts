import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fromBytes } from '../../../engine/bytes.ts';
import { Event } from '../../../engine/event.ts';
import { addressText } from '../../../engine/state/addresses.ts';
import { FD, FD_FLAG, L4, shownL4, typeChar, typeString, type Fd } from '../../../engine/state/fd.ts';
import { Machine } from '../../../engine/state/machine.ts';
import { AT_FDCWD } from '../../../engine/state/directory.ts';
import { sanitize } from '../../../engine/state/path.ts';
import type { Thread } from '../../../engine/state/thread.ts';
import { SYSCALL_OPENAT2_X, SYSCALL_OPENAT_2_X } from '../../../engine/tables/codes.generated.ts';
import { ScapReader } from '../../../replay/scap/reader.ts';
import { hasOracle, oraclePath } from '../../oracle.ts';

type Values = Record<string, unknown>;

const USES_FDS = ['creates_fd', 'uses_fd', 'destroys_fd'] as const;
const L4_NAMES = new Map<number, string>([
  [L4.TCP, 'tcp'],
  [L4.UDP, 'udp'],
  [L4.ICMP, 'icmp'],
  [L4.RAW, 'raw'],
]);

const OPENAT: readonly number[] = [SYSCALL_OPENAT_2_X, SYSCALL_OPENAT2_X];

const SERVERS: readonly number[] = [FD.IPV4_SERVSOCK, FD.IPV6_SERVSOCK];

/** The fields that tell of the kind of an fd, whatever it is. */
function common(fd: Fd, event: Event): Values {
  return {
    'fd.type': typeString(fd),
    'fd.typechar': typeChar(fd),
    'fd.name': fromBytes(sanitize(fd.name)),
    'fd.nameraw': fromBytes(sanitize(fd.nameRaw.replace(/\/+/g, '/'))),
    'fd.l4proto': L4_NAMES.get(shownL4(fd)) ?? '<NA>',
    'fd.sockfamily':
      fd.isIpSocket || SERVERS.includes(fd.type) ? 'ip' : fd.type === FD.UNIX_SOCK ? 'unix' : undefined,
    'fd.connected': fd.isConnected,
    'fd.name_changed': event.fdNameChanged,
    'fd.dev': fd.dev.toString(16).toUpperCase(),
    'fd.ino': Number(fd.ino),
    'fd.is_upper_layer': (fd.flags & FD_FLAG.OVERLAY_UPPER) !== 0,
    'fd.is_lower_layer': (fd.flags & FD_FLAG.OVERLAY_LOWER) !== 0,
  };
}

/** The fields of a socket's addresses. */
function addresses(fd: Fd, thread: Thread, machine: Machine): Values {
  const isServer = SERVERS.includes(fd.type);
  const { isIpSocket } = fd;
  const values: Values = {
    'fd.cip': undefined,
    'fd.sip': undefined,
    'fd.cport': undefined,
    'fd.sport': undefined,
  };
  if (thread.containerId === '') Object.assign(values, { 'fd.lip': undefined, 'fd.rip': undefined });
  if (isIpSocket && fd.hasRole) {
    const { sip, dip, sport, dport } = fd;
    values['fd.cip'] = addressText(sip);
    values['fd.sip'] = addressText(dip);
    values['fd.cport'] = sport;
    values['fd.sport'] = dport;
    if (thread.containerId === '') {
      const isLocal = machine.interfaces.isLocal(sip);
      values['fd.lip'] = addressText(isLocal ? sip : dip);
      values['fd.rip'] = addressText(isLocal ? dip : sip);
      values['fd.lport'] = isLocal ? sport : dport;
      values['fd.rport'] = isLocal ? dport : sport;
    }
  } else if (isServer) {
    if (fd.hasRole) values['fd.sip'] = addressText(fd.serverIp);
    values['fd.sport'] = fd.serverPort;
  }
  if (!isIpSocket) values['fd.is_server'] = isServer;
  else if (thread.containerId === '') values['fd.is_server'] = machine.interfaces.isLocal(fd.dip);
  return values;
}

/**
 * The fd that fields show. The rule that wrote the reference prints `evt.abspath.src`, and reading that makes the directory of an openat the
 * fd of the event.
 */
function shownFd(event: Event, thread: Thread): Fd | undefined {
  let { fd } = event;
  if (OPENAT.includes(event.code) && !event.isEmpty(1) && !event.isEmpty(2)) {
    const dirfd = event.int64(1)!;
    if (dirfd !== AT_FDCWD && !event.string(2).startsWith('/')) fd = thread.fd(dirfd);
  }
  return fd ?? (thread.lastEventFd === -1 ? undefined : thread.fd(thread.lastEventFd));
}

/** What the fields of an event's fd should be; undefined when the event has to do with none. */
function valuesOf(event: Event, machine: Machine): Values | undefined {
  const { thread } = event;
  if (thread === undefined || !event.info.flags.some((flag) => USES_FDS.includes(flag as never)))
    return undefined;
  const fd = shownFd(event, thread);
  const types = new Set<string>();
  for (const open of thread.fdTable?.values() ?? []) types.add(typeString(open));
  const values: Values = {
    'fd.num': thread.lastEventFd,
    'fd.types': types.size > 0 ? [...types] : undefined,
  };
  if (fd === undefined) return values;
  return { ...values, ...common(fd, event), ...addresses(fd, thread, machine) };
}

/** The number of an event and what Falco printed for its fd. Lines are long and their keys sorted: only the part with `fd.` is parsed. */
function readLine(line: string): { num: number; fields: Values } {
  const num = Number(/"evt\.num":(\d+)/.exec(line)![1]);
  const start = line.indexOf(',"fd.');
  const end = start < 0 ? -1 : line.slice(start).search(/,"(?!fd\.)[a-z]+\d*\.|\}$/);
  return { num, fields: start < 0 ? {} : (JSON.parse(`{${line.slice(start + 1, start + end)}}`) as Values) };
}

function capturePath(name: string): string {
  const own = oraclePath('captures', `${name}.scap`);
  return existsSync(own) ? own : oraclePath('../captures', `${name}.scap`);
}

function bytesOfFile(path: string): Uint8Array {
  const bytes = readFileSync(path);
  return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
}

describe('fds against the reference', () => {
  if (!hasOracle()) return;
  for (const file of readdirSync(oraclePath('fields')).filter((name) => name.endsWith('.gz')))
    it(file, () => {
      const lines = gunzipSync(readFileSync(oraclePath('fields', file)))
        .toString()
        .trim()
        .split('\n');
      const machine = new Machine();
      const reader = new ScapReader(file, machine);
      reader.feed(bytesOfFile(capturePath(file.split('.')[0]!)));
      const event = new Event();
      const wrong: string[] = [];
      let compared = 0;
      let next = 0;
      let expected = readLine(lines[0]!);
      while (next < lines.length && reader.next(event)) {
        machine.apply(event);
        if (event.num !== expected.num) continue;
        const actual = valuesOf(event, machine);
        for (const [key, value] of Object.entries(actual ?? {})) {
          compared++;
          if (JSON.stringify(value) !== JSON.stringify(expected.fields[key]))
            wrong.push(
              `${event.num} ${event.info.symbol} ${key}: ${JSON.stringify(value)} instead of ${JSON.stringify(expected.fields[key])}`,
            );
        }
        if (actual === undefined && expected.fields['fd.type'] !== undefined)
          wrong.push(
            `${event.num} ${event.info.symbol}: no fd instead of ${String(expected.fields['fd.name'])}`,
          );
        if (++next < lines.length) expected = readLine(lines[next]!);
      }
      expect(next).to.equal(lines.length);
      expect(compared > 0).to.equal(lines.some((line) => line.includes('"fd.type"')));
      expect(wrong.slice(0, 20), `${wrong.length} of ${compared} values are wrong`).to.deep.equal([]);
    });
});
