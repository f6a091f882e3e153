import { expect } from 'chai';
import type { Event } from '../../../engine/event.ts';
import { FD, L4, shownL4, type Fd } from '../../../engine/state/fd.ts';
import { Machine } from '../../../engine/state/machine.ts';
import { Thread } from '../../../engine/state/thread.ts';
import * as codes from '../../../engine/tables/codes.generated.ts';
import type { EventCode } from '../../../engine/tables/types.ts';
import {
  sockaddrBytes,
  socktupleBytes,
  syntheticEvent,
  unixSockaddrBytes,
  unixTupleBytes,
  type ParamValue,
} from '../../event-bytes.ts';

const PID = 100;
const AF = { UNIX: 1, INET: 2, INET6: 10, NETLINK: 16, PACKET: 17 };
const SOCK = { STREAM: 1, DGRAM: 2, RAW: 3, NONBLOCK: 2048 };
const IPPROTO = { IP: 0, ICMP: 1, TCP: 6, UDP: 17, RAW: 255 };

const CLIENT = '172.40.111.222';
const SERVER = '142.251.111.147';
const CLIENT6 = '9:8:7:6::1';
const SERVER6 = '1:2:3:4::1';

describe('connections', () => {
  let machine: Machine;
  let thread: Thread;

  beforeEach(() => {
    machine = new Machine();
    thread = new Thread();
    thread.tid = thread.pid = PID;
    thread.ptid = 1;
    machine.threads.add(thread, true);
  });

  let time = 1;
  function apply(code: EventCode, ...params: ParamValue[]): Event {
    const event = syntheticEvent(code, PID, time++, params);
    machine.apply(event);
    return event;
  }
  const fd = (num: number): Fd => thread.fds.find(num)!;
  const socket = (num: number, domain: number, type = SOCK.STREAM, protocol = IPPROTO.IP) =>
    apply(codes.SOCKET_SOCKET_X, num, domain, type, protocol, 0);
  const bind = (num: number, address: Uint8Array) => apply(codes.SOCKET_BIND_X, 0, address, num);
  const connect = (num: number, tuple?: Uint8Array, address?: Uint8Array, result = 0) =>
    apply(codes.SOCKET_CONNECT_X, result, tuple, num, address);
  const connecting = (num: number, address?: Uint8Array) => apply(codes.SOCKET_CONNECT_E, num, address);
  const accept = (num: number, tuple?: Uint8Array) => apply(codes.SOCKET_ACCEPT_5_X, num, tuple, 0, 0, 5);

  const protocols: readonly (readonly [type: number, protocol: number, l4: number])[] = [
    [SOCK.STREAM, IPPROTO.IP, L4.TCP],
    [SOCK.STREAM | SOCK.NONBLOCK, IPPROTO.IP, L4.TCP],
    [SOCK.DGRAM, IPPROTO.IP, L4.UDP],
    [SOCK.RAW, IPPROTO.IP, L4.UNKNOWN],
    [SOCK.STREAM, IPPROTO.TCP, L4.TCP],
    [SOCK.RAW, IPPROTO.TCP, L4.RAW],
    [SOCK.DGRAM, IPPROTO.UDP, L4.UDP],
    [SOCK.RAW, IPPROTO.UDP, L4.RAW],
    [SOCK.DGRAM, IPPROTO.ICMP, L4.ICMP],
    [SOCK.RAW, IPPROTO.ICMP, L4.RAW],
    [SOCK.RAW, IPPROTO.RAW, L4.RAW],
    [SOCK.STREAM, 132, L4.UNKNOWN],
  ];
  for (const [type, protocol, l4] of protocols)
    it(`socket type ${type}, protocol ${protocol}`, () => {
      for (const domain of [AF.INET, AF.INET6]) {
        const made = socket(3, domain, type, protocol).fd!;
        expect(made).to.include({ l4proto: l4, hasRole: false, isConnected: false, name: '' });
        expect(shownL4(made)).to.equal(l4 === L4.RAW ? L4.RAW : L4.NA);
      }
    });

  it('knows what sockets without ports are', () => {
    const types = [AF.UNIX, AF.NETLINK, AF.PACKET, 0].map((domain) => socket(3, domain).fd!.type);
    expect(types).to.deep.equal([FD.UNIX_SOCK, FD.NETLINK, FD.UNKNOWN, FD.UNKNOWN]);
  });

  describe('connect', () => {
    it('over and over from one datagram socket', () => {
      socket(3, AF.INET6, SOCK.DGRAM);
      connect(3, socktupleBytes(CLIENT6, 54321, SERVER6, 443), sockaddrBytes(SERVER6, 443));
      expect(fd(3)).to.include({ name: '9:8:7:6::1:54321->1:2:3:4::1:443', isClient: true });
      connecting(3, sockaddrBytes('2001:4860::8888', 8));
      const again = connect(
        3,
        socktupleBytes(CLIENT6, 54321, '2001:4860::8888', 8),
        sockaddrBytes('2001:4860::8888', 8),
      );
      expect(again.fdNameChanged).to.equal(true);
      expect(fd(3)).to.include({ name: '9:8:7:6::1:54321->2001:4860::8888:8', dport: 8 });
      const sent = apply(codes.SOCKET_SENDTO_X, 0, undefined, 3, 6, undefined);
      expect([sent.fd, sent.fdNameChanged]).to.deep.equal([fd(3), false]);
    });

    it('that fails leaves all as it was', () => {
      socket(3, AF.INET);
      connect(3, socktupleBytes(CLIENT, 54321, SERVER, 443), sockaddrBytes(SERVER, 443));
      connecting(3, sockaddrBytes('152.40.111.222', 25632));
      connect(
        3,
        socktupleBytes('80.9.11.45', 12, '152.40.111.222', 25632),
        sockaddrBytes('152.40.111.222', 25632),
        -111,
      );
      expect(fd(3)).to.include({
        name: '172.40.111.222:54321->142.251.111.147:443',
        sport: 54321,
        dport: 443,
        isConnected: true,
        isClient: true,
      });
    });

    it('is known by its exit event where another event came between', () => {
      socket(3, AF.INET);
      connecting(3, sockaddrBytes('9.9.9.9', 9));
      apply(codes.SYSCALL_GETUID_X, 0);
      const event = connect(3, socktupleBytes(CLIENT, 1, SERVER, 443), sockaddrBytes(SERVER, 443));
      expect(event.fd?.name).to.equal('172.40.111.222:1->142.251.111.147:443');
    });

    it('with fast open has no tuple: the enter event tells the other end, not the name', () => {
      for (const [domain, address, type] of [
        [AF.INET, sockaddrBytes(SERVER, 443), FD.IPV4_SOCK],
        [AF.INET6, sockaddrBytes('::ffff:8efb:6f93', 443), FD.IPV4_SOCK],
        [AF.INET6, sockaddrBytes(SERVER6, 443), FD.IPV6_SOCK],
      ] as const) {
        socket(3, domain);
        connecting(3, address);
        connect(3, undefined, address);
        expect(fd(3)).to.include({ type, name: '', dport: 443, sport: 0, hasRole: false, isConnected: true });
        if (type === FD.IPV4_SOCK) expect(fd(3).dip).to.equal(0x8efb6f93);
      }
      socket(4, AF.INET);
      connect(4, undefined, sockaddrBytes(SERVER, 443));
      expect(fd(4)).to.include({ dport: 0, isConnected: true });
    });

    it('with fast open to something that is no internet address is named as its missing tuple', () => {
      socket(3, AF.UNIX);
      connecting(3, unixSockaddrBytes('/run/x'));
      connect(3, undefined, unixSockaddrBytes('/run/x'));
      expect(fd(3).name).to.equal('NULL');
      expect(machine.rendering.scratch.text).to.equal('NULL');
    });

    it('of a unix socket, also where its tuple is broken', () => {
      const tuple = unixTupleBytes(0x9c758d0fn, 0x9c758d0an, '/tmp/stream.sock');
      socket(3, AF.UNIX);
      expect(connect(3, tuple.slice(0, -1)).fd).to.include({ name: '', hasRole: false });
      connect(3, tuple, unixSockaddrBytes('/tmp/stream.sock'));
      expect(fd(3)).to.include({ name: '9c758d0f->9c758d0a /tmp/stream.sock', isClient: true });
      connecting(3, unixSockaddrBytes('/real'));
      connect(3, tuple, unixSockaddrBytes('/tmp/stream.sock'));
      expect(fd(3).name).to.equal('9c758d0f->9c758d0a /real');
    });

    it('of a server over UDP turns the tuple', () => {
      socket(3, AF.INET, SOCK.DGRAM);
      bind(3, sockaddrBytes(SERVER, 53));
      apply(codes.SOCKET_RECVFROM_X, 3, 'abc', socktupleBytes(CLIENT, 5, SERVER, 53), 3, 3);
      expect(fd(3)).to.include({ name: '172.40.111.222:5->142.251.111.147:53', isServer: true });
      connect(3, socktupleBytes(SERVER, 53, '1.2.3.4', 6), sockaddrBytes('1.2.3.4', 6));
      expect(fd(3)).to.include({ name: '1.2.3.4:6->142.251.111.147:53', isClient: false });
    });
  });

  describe('bind', () => {
    it('to a mapped address makes an IPv4 server, with the protocol', () => {
      socket(3, AF.INET6);
      bind(3, sockaddrBytes('::ffff:8efb:6f93', 443));
      expect(fd(3)).to.include({
        type: FD.IPV4_SERVSOCK,
        serverIp: 0x8efb6f93,
        serverPort: 443,
        l4proto: L4.TCP,
        isServer: true,
        name: '::ffff:142.251.111.147:443',
      });
    });

    it('to an IPv6 address, and what comes there', () => {
      socket(3, AF.INET6, SOCK.DGRAM);
      bind(3, sockaddrBytes(SERVER6, 53));
      expect(fd(3)).to.include({ type: FD.IPV6_SERVSOCK, serverPort: 53, l4proto: L4.UDP });
      const event = apply(codes.SOCKET_RECVFROM_X, 3, 'abc', socktupleBytes(CLIENT6, 5, SERVER6, 53), 3, 3);
      expect(event.fd).to.include({
        type: FD.IPV6_SERVSOCK,
        name: '9:8:7:6::1:5->1:2:3:4::1:53',
        isServer: true,
      });
    });

    it('to port 0 or to something that is no port gives a name only', () => {
      const names = [
        [AF.INET, sockaddrBytes(CLIENT, 0)],
        [AF.INET6, sockaddrBytes(CLIENT6, 0)],
        [AF.UNIX, unixSockaddrBytes('/run/x')],
        [AF.NETLINK, Uint8Array.of(AF.NETLINK, 1, 2)],
      ].map(([domain, address]) => {
        const before = socket(3, domain as number).fd!.type;
        const event = bind(3, address as Uint8Array);
        expect(event.fd).to.include({ type: before, hasRole: false });
        return event.fd!.name;
      });
      expect(names).to.deep.equal(['172.40.111.222:0', '9:8:7:6::1:0', '/run/x', 'family 16']);
    });

    it('that failed, or whose address is cut short, changes nothing', () => {
      socket(3, AF.INET);
      apply(codes.SOCKET_BIND_X, -98, sockaddrBytes(SERVER, 443), 3);
      bind(3, sockaddrBytes(SERVER, 443).slice(0, 6));
      expect(fd(3)).to.include({ type: FD.IPV4_SOCK, name: '', hasRole: false });
    });
  });

  describe('accept', () => {
    it('gives a connected server socket of the family of its tuple', () => {
      const cases: readonly (readonly [Uint8Array, object])[] = [
        [
          socktupleBytes(CLIENT, 1, SERVER, 443),
          { type: FD.IPV4_SOCK, name: '172.40.111.222:1->142.251.111.147:443', l4proto: L4.TCP },
        ],
        [
          socktupleBytes(CLIENT6, 1, SERVER6, 443),
          { type: FD.IPV6_SOCK, name: '9:8:7:6::1:1->1:2:3:4::1:443', l4proto: L4.TCP },
        ],
        [
          socktupleBytes('::ffff:0102:0304', 1, '::ffff:0506:0708', 443),
          { type: FD.IPV4_SOCK, name: '1.2.3.4:1->5.6.7.8:443', sip: 0x01020304, l4proto: L4.TCP },
        ],
        [unixTupleBytes(1n, 2n, '/run/x'), { type: FD.UNIX_SOCK, name: '1->2 /run/x', unixDestination: 2 }],
      ];
      for (const [tuple, expected] of cases)
        expect(accept(7, tuple).fd).to.include({ ...expected, isServer: true, isConnected: true, num: 7 });
    });

    it('of another family, or without a tuple, gives no more than a number', () => {
      for (const tuple of [
        undefined,
        Uint8Array.of(AF.NETLINK),
        socktupleBytes(CLIENT, 1, SERVER, 2).slice(0, 9),
      ]) {
        expect(accept(9, tuple).fd).to.equal(undefined);
        expect(thread).to.include({ lastEventFd: 9 });
        expect(thread.fds.find(9)).to.equal(undefined);
      }
    });
  });

  describe('transfers', () => {
    it('name a socket by addresses alone where its protocol has no ports', () => {
      socket(3, AF.INET, SOCK.RAW, IPPROTO.ICMP);
      socket(4, AF.INET6, SOCK.DGRAM, IPPROTO.ICMP);
      apply(codes.SOCKET_SENDTO_X, 8, 'ping', 3, 8, socktupleBytes(CLIENT, 0, SERVER, 0));
      apply(codes.SOCKET_SENDTO_X, 8, 'ping', 4, 8, socktupleBytes(CLIENT6, 0, SERVER6, 0));
      expect([3, 4].map((num) => fd(num).name)).to.deep.equal([
        '172.40.111.222->142.251.111.147',
        '9:8:7:6::1->1:2:3:4::1',
      ]);
    });

    const tuple = socktupleBytes(CLIENT, 5, SERVER, 53);
    const back = socktupleBytes(SERVER, 53, CLIENT, 5);
    const addressed: readonly (readonly [string, Event['code'], readonly ParamValue[]])[] = [
      ['send', codes.SOCKET_SEND_X, [3, 'abc', 3, 3, tuple]],
      ['sendto', codes.SOCKET_SENDTO_X, [3, 'abc', 3, 3, tuple]],
      ['sendmsg', codes.SOCKET_SENDMSG_X, [3, 'abc', 3, 3, tuple]],
      ['sendmmsg', codes.SOCKET_SENDMMSG_X, [1, 3, 3, 'abc', tuple]],
      ['recv', codes.SOCKET_RECV_X, [3, 'abc', 3, 3, back]],
      ['recvfrom', codes.SOCKET_RECVFROM_X, [3, 'abc', back, 3, 3]],
      ['recvmsg', codes.SOCKET_RECVMSG_X, [3, 3, 'abc', back, undefined, 3]],
      ['recvmmsg', codes.SOCKET_RECVMMSG_X, [1, 3, 3, 'abc', back, undefined]],
    ];
    for (const [call, code, params] of addressed)
      it(`${call} tells the addresses, unless it failed or TCP knows them`, () => {
        socket(3, AF.INET, SOCK.DGRAM);
        const event = apply(code, ...params);
        expect(event.fdNameChanged).to.equal(true);
        // One that receives first is taken for a server.
        const receives = call.startsWith('recv');
        expect(event.fd).to.include({
          name: receives ? '142.251.111.147:53->172.40.111.222:5' : '172.40.111.222:5->142.251.111.147:53',
          isServer: receives,
          isClient: !receives,
          isConnected: true,
        });
        socket(3, AF.INET, SOCK.DGRAM);
        expect(apply(code, -11, ...params.slice(1)).fd).to.include({ name: '', isConnected: false });
        socket(3, AF.INET);
        connect(3, socktupleBytes(CLIENT, 5, '1.2.3.4', 80), sockaddrBytes('1.2.3.4', 80));
        expect(apply(code, ...params).fd?.name).to.equal('172.40.111.222:5->1.2.3.4:80');
      });

    it('show that a socket is connected', () => {
      const codesOfTransfers = [
        codes.SYSCALL_READ_X,
        codes.SYSCALL_WRITE_X,
        codes.SYSCALL_PREAD_X,
        codes.SYSCALL_PWRITE_X,
        codes.SYSCALL_WRITEV_X,
        codes.SYSCALL_PWRITEV_X,
      ];
      for (const code of codesOfTransfers) {
        socket(3, AF.INET6);
        apply(code, -11, undefined, 3, 1);
        expect(fd(3).isConnected).to.equal(false);
        apply(code, 1, 'x', 3, 1);
        expect(fd(3).isConnected).to.equal(true);
      }
    });

    it('make one a server where its process is bound to the port', () => {
      socket(3, AF.INET, SOCK.DGRAM);
      bind(3, sockaddrBytes('0.0.0.0', 53));
      socket(4, AF.INET, SOCK.DGRAM);
      apply(codes.SOCKET_RECVFROM_X, 3, 'abc', socktupleBytes(CLIENT, 5, SERVER, 53), 4, 3);
      expect(fd(4)).to.include({ name: '172.40.111.222:5->142.251.111.147:53', isServer: true });
      // One that sends first is a client, also to a port of its own process.
      socket(5, AF.INET, SOCK.DGRAM);
      apply(codes.SOCKET_SENDTO_X, 3, 'abc', 5, 3, socktupleBytes(CLIENT, 6, SERVER, 53));
      expect(fd(5)).to.include({ isClient: true });
    });
  });
});
