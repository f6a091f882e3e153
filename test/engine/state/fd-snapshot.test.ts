import { expect } from 'chai';
import { bytesOf } from '../../../engine/bytes.ts';
import { addFds, fixSocketDirections } from '../../../engine/state/fd-snapshot.ts';
import { FD, L4, shownL4 } from '../../../engine/state/fd.ts';
import { NetworkInterfaces } from '../../../engine/state/interfaces.ts';
import type { FdSnapshot } from '../../../engine/state/snapshot.ts';
import { Thread } from '../../../engine/state/thread.ts';
import { sockaddrText, socktupleText } from '../../../engine/state/tuples.ts';
import { sockaddrBytes, socktupleBytes, unixSockaddrBytes, unixTupleBytes } from '../../event-bytes.ts';

const OWN = 0x0a00020f;
const OTHER = 0x01020304;
const mapped = (tail: string) => '\0'.repeat(10) + '\xff\xff' + tail;

describe('fds of a snapshot', () => {
  function threadWith(...fds: FdSnapshot[]): Thread {
    const thread = new Thread();
    thread.tid = thread.pid = 100;
    const ports = new Set<number>();
    addFds(thread, fds, ports);
    fixSocketDirections(thread, ports);
    return thread;
  }
  const tcp = { type: FD.IPV4_SOCK, l4proto: L4.TCP, sip: OWN, dip: OTHER, ino: 5 } as const;
  const listen = { type: FD.IPV4_SERVSOCK, fd: 3, ino: 4, ip: 0, port: 80, l4proto: L4.TCP } as const;

  it('turns connections to ports that somebody listens on', () => {
    const thread = threadWith(
      listen,
      { ...tcp, fd: 4, sport: 80, dport: 40000 },
      { ...tcp, fd: 5, sport: 41000, dport: 80 },
    );
    expect(thread.fds.find(3)).to.include({ name: '0.0.0.0:80', serverPort: 80, hasRole: false });
    expect(thread.fds.find(4)).to.include({
      name: '1.2.3.4:40000->10.0.2.15:80',
      isServer: true,
      sip: OTHER,
      isConnected: true,
    });
    expect(thread.fds.find(5)).to.include({ name: '10.0.2.15:41000->1.2.3.4:80', isClient: true });
    expect(shownL4(thread.fds.find(5)!)).to.equal(L4.TCP);
  });

  it('takes mapped IPv6 addresses for IPv4, others as they are', () => {
    const v6 = { type: FD.IPV6_SOCK, l4proto: L4.UDP, sport: 1, dport: 2, ino: 0 } as const;
    const thread = threadWith(
      { ...v6, fd: 3, sip: mapped('\x0a\x00\x02\x0f'), dip: mapped('\x01\x02\x03\x04') },
      { ...v6, fd: 4, sip: '\xfe\x80' + '\0'.repeat(13) + '\x01', dip: mapped('\x01\x02\x03\x04') },
    );
    expect(thread.fds.find(3)).to.include({
      type: FD.IPV4_SOCK,
      name: '10.0.2.15:1->1.2.3.4:2',
      isClient: true,
    });
    expect(thread.fds.find(4)).to.include({
      type: FD.IPV6_SOCK,
      name: 'fe80::1:1->::ffff:1.2.3.4:2',
      hasRole: false,
    });
  });

  it('knows servers among unix sockets by their path, and leaves out what libsinsp does not know', () => {
    const thread = threadWith(
      { fd: 3, ino: 1, type: FD.UNIX_SOCK, source: 1, destination: 0xffff880000000000n, name: '/run/x' },
      { fd: 4, ino: 1, type: FD.UNIX_SOCK, source: 1, destination: 2, name: '' },
      { fd: 5, ino: 9, type: FD.FILE_V2, name: '/etc/passwd', openFlags: 1, dev: 7 },
      { fd: 6, ino: 9, type: FD.UNKNOWN, name: '' },
    );
    expect(thread.fds.find(3)).to.include({
      isServer: true,
      name: '/run/x',
      unixDestination: 0xffff880000000000n,
    });
    expect(thread.fds.find(4)).to.include({ isClient: true });
    expect(thread.fds.find(5)).to.include({ name: '/etc/passwd', openFlags: 1, dev: 7, ino: 9 });
    expect(thread.fds.find(6)).to.equal(undefined);
  });
});

describe('NetworkInterfaces', () => {
  const interfaces = new NetworkInterfaces();
  const entry = { name: 'x', broadcast: 0, linkSpeed: 0 };
  interfaces.add({ ...entry, family: 'ipv4', address: OWN, netmask: 0xffffff00 });
  interfaces.add({ ...entry, family: 'ipv6', address: '\xfd\x77' + '\0'.repeat(13) + '\x01', netmask: '' });

  it('knows the addresses of the machine', () => {
    expect(interfaces.isLocal(OWN)).to.equal(true);
    expect(interfaces.isLocal(OWN + 1)).to.equal(false);
    // Any address of the same /64 counts.
    expect(interfaces.isLocal('\xfd\x77' + '\0'.repeat(13) + '\x09')).to.equal(true);
    expect(interfaces.isLocal('\xfd\x78' + '\0'.repeat(13) + '\x01')).to.equal(false);
  });
});

describe('text of socket parameters', () => {
  const cases: [text: string, print: typeof sockaddrText, bytes: Uint8Array][] = [
    ['1.2.3.4:80', sockaddrText, sockaddrBytes('1.2.3.4', 80)],
    ['::1:80', sockaddrText, sockaddrBytes('::1', 80)],
    ['/run/x', sockaddrText, unixSockaddrBytes('/run/x')],
    ['family 250', sockaddrText, Uint8Array.of(250)],
    ['INVALID IPv4', sockaddrText, sockaddrBytes('1.2.3.4', 80).slice(0, 5)],
    ['1.2.3.4:5->6.7.8.9:65535', socktupleText, socktupleBytes('1.2.3.4', 5, '6.7.8.9', 65535)],
    ['fe80::1:5->::1:6', socktupleText, socktupleBytes('fe80::1', 5, '::1', 6)],
    ['0.0.0.0:5->1.2.3.4:6', socktupleText, socktupleBytes('::', 5, '::ffff:0102:0304', 6)],
    ['INVALID IPv6', socktupleText, socktupleBytes('::', 5, '::', 6).slice(0, 30)],
    ['ab->0 @x', socktupleText, unixTupleBytes(0xabn, 0n, '@x')],
    ['family 250', socktupleText, Uint8Array.of(250)],
  ];
  for (const [text, print, bytes] of cases)
    it(text, () => {
      expect(print(bytes, 0, bytes.length)).to.equal(text);
      const shifted = Uint8Array.from([...bytesOf('xyz'), ...bytes]);
      expect(print(shifted, 3, bytes.length)).to.equal(text);
    });
});
