import { expect } from 'chai';
import type { Event } from '../../../engine/event.ts';
import { FD, FD_FLAG, L4, shownL4, typeChar, typeString, type Fd } from '../../../engine/state/fd.ts';
import { fdEvents } from '../../../engine/state/fd-events.ts';
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
const AF = { UNIX: 1, INET: 2, INET6: 10 };
const CLOEXEC = 1 << 12;

describe('events of file descriptors', () => {
  let machine: Machine;
  let thread: Thread;

  beforeEach(() => {
    machine = new Machine();
    thread = new Thread();
    thread.tid = thread.pid = PID;
    thread.ptid = 1;
    thread.cwd = '/home/u/';
    machine.threads.add(thread, true);
  });

  let time = 1;
  function apply(code: EventCode, ...params: ParamValue[]): Event {
    const event = syntheticEvent(code, PID, time++, params);
    machine.apply(event);
    return event;
  }
  const fd = (num: number): Fd | undefined => thread.fds.find(num);
  const name = (num: number) => fd(num)?.name;

  const openat = (num: number, dirfd: number, path: string, flags = 1) =>
    apply(codes.SYSCALL_OPENAT_2_X, num, dirfd, path, flags, 0, 0x801, 77n);

  describe('open', () => {
    it('resolves a path from the working directory', () => {
      const event = openat(3, -100, '../x//y/./z/');
      expect(event.fd).to.equal(fd(3));
      expect(event.fdNameChanged).to.equal(true);
      expect(fd(3)).to.include({
        name: '/home/x/y/z',
        nameRaw: '../x//y/./z/',
        type: FD.FILE_V2,
        dev: 0x801,
        ino: 77,
      });
      expect([typeChar(fd(3)!), typeString(fd(3)!)]).to.deep.equal(['f', 'file']);
      expect(thread.lastEventFd).to.equal(3);
    });

    it('resolves a path from a directory, and says when it is not known', () => {
      openat(3, -100, '/etc', 1 << 10);
      openat(4, 3, 'passwd');
      openat(5, 9, 'passwd');
      openat(6, 9, '/etc/shadow');
      expect(typeString(fd(3)!)).to.equal('directory');
      expect([4, 5, 6].map(name)).to.deep.equal(['/etc/passwd', '<UNKNOWN>passwd', '/etc/shadow']);
    });

    it('believes the path of the enter event, and the exit event for what the kernel did', () => {
      apply(codes.SYSCALL_OPENAT_2_E, -100, '/true', 1, 0);
      openat(3, -100, '/swapped', 2 | (1 << 14) | (1 << 15));
      expect(fd(3)).to.include({ name: '/true', openFlags: 1 | (1 << 14) | (1 << 15) });
      expect(fd(3)!.flags & FD_FLAG.OVERLAY_UPPER).to.not.equal(0);
    });

    const unbelievable: readonly (readonly [string, () => void])[] = [
      ['has no name', () => apply(codes.SYSCALL_OPENAT_2_E, 9, undefined, 1, 0)],
      ['has a name that is not known', () => apply(codes.SYSCALL_OPENAT_2_E, 9, '<NA>', 1, 0)],
      ['has the name of an old driver for that', () => apply(codes.SYSCALL_OPENAT_2_E, 9, '(NULL)', 1, 0)],
      [
        'has no parameters',
        () => apply(codes.SYSCALL_OPENAT_2_E, undefined, undefined, undefined, undefined),
      ],
      ['is that of another call', () => apply(codes.SYSCALL_OPEN_E, '/other', 1, 0)],
      [
        'is not the last event before the exit event',
        () => {
          apply(codes.SYSCALL_OPENAT_2_E, 9, '/other', 1, 0);
          apply(codes.SYSCALL_GETUID_X, 0);
        },
      ],
      [
        'is longer than libsinsp keeps',
        () => apply(codes.SYSCALL_OPENAT_2_E, 9, '/' + 'x'.repeat(4096), 1, 0),
      ],
    ];
    for (const [name, enter] of unbelievable)
      it(`does not believe an enter event that ${name}`, () => {
        enter();
        openat(3, -100, '/shown', 2);
        expect(fd(3)).to.include({ name: '/shown', openFlags: 2 });
      });

    it('names a path that is too long', () => {
      apply(codes.SYSCALL_OPEN_X, 3, '/' + 'A'.repeat(1024), 1, 0, 5, 1n);
      apply(codes.SYSCALL_OPEN_BY_HANDLE_AT_X, 4, 5, 1, '/' + 'A'.repeat(1024));
      expect([3, 4].map(name)).to.deep.equal(new Array(2).fill('/DIR_TOO_LONG/FILENAME_TOO_LONG'));
      expect(fd(3)).to.include({ directory: '/DIR_TOO_LONG', filename: 'FILENAME_TOO_LONG' });
    });

    it('takes the layer of a created file from its own parameter', () => {
      apply(codes.SYSCALL_CREAT_X, 3, 'new', 0o644, 1, 2n, 2);
      expect(fd(3)).to.include({ name: '/home/u/new', openFlags: 1 << 16 });
    });

    it('takes the device from openat with the inode only, from open and creat without it', () => {
      apply(codes.SYSCALL_OPENAT_2_X, 3, -100, '/a', 1, 0, 0x801, undefined);
      apply(codes.SYSCALL_OPENAT2_X, 4, -100, '/b', 1, 0, 0, 0x801, undefined);
      apply(codes.SYSCALL_OPEN_X, 5, '/c', 1, 0, 0x801, undefined);
      apply(codes.SYSCALL_CREAT_X, 6, '/d', 0o644, 0x801, undefined, undefined);
      expect([3, 4, 5, 6].map((num) => fd(num)!.dev)).to.deep.equal([0, 0, 0x801, 0x801]);
    });

    it('looks the directory up even if the call failed, and the table remembers that', () => {
      openat(3, -100, '/etc');
      openat(4, -100, '/tmp');
      openat(-2, 3, 'none');
      apply(codes.SYSCALL_CLOSE_RANGE_X, 0, 3, 4, 0);
      expect([3, 4].map((num) => apply(codes.SYSCALL_FSTAT_X, 0, num).fd?.name)).to.deep.equal([
        '/etc',
        undefined,
      ]);
    });

    it('adds nothing if the call failed', () => {
      const event = openat(-2, -100, '/etc/none');
      expect(event.fd).to.equal(undefined);
      expect(event.errorCode).to.equal(2);
      expect(thread.fds.size).to.equal(0);
    });
  });

  it('removes what was closed before the next event', () => {
    openat(3, -100, '/a');
    const event = apply(codes.SYSCALL_CLOSE_X, 0, 3);
    expect(event.fd?.name).to.equal('/a');
    expect(fd(3)?.name).to.equal('/a');
    apply(codes.SYSCALL_CLOSE_X, -9, 8);
    expect(fd(3)).to.equal(undefined);
  });

  it('copies with dup, without the close-on-exec flag unless dup3 sets it', () => {
    openat(3, -100, '/a', 1 | CLOEXEC);
    apply(codes.SYSCALL_DUP2_X, 1, 3, 1);
    apply(codes.SYSCALL_DUP3_X, 5, 3, 5, CLOEXEC);
    expect([1, 5].map(name)).to.deep.equal(['/a', '/a']);
    expect([3, 1, 5].map((num) => fd(num)!.closesOnExec)).to.deep.equal([true, false, true]);
    apply(codes.SYSCALL_FCNTL_X, 0, 1, 3, 1n);
    expect(fd(1)!.closesOnExec).to.equal(true);
    apply(codes.SYSCALL_FCNTL_X, 9, 1, 26, 0n);
    expect(fd(9)).to.include({ name: '/a', num: 9 });
  });

  it('closes ranges, or marks them for exec', () => {
    for (const num of [3, 4, 5, 6]) openat(num, -100, `/f${num}`);
    apply(codes.SYSCALL_CLOSE_RANGE_X, 0, 4, 5, 0);
    expect([...thread.fds.values()].map(({ num }) => num).sort()).to.deep.equal([3, 6]);
    apply(codes.SYSCALL_CLOSE_RANGE_X, 0, 0, 0xffffffff, 4);
    expect(fd(3)!.closesOnExec).to.equal(true);
  });

  it('makes pipes; the event stands for the second end', () => {
    const event = apply(codes.SYSCALL_PIPE2_X, 0, 3, 4, 123n, CLOEXEC);
    expect(event.fd).to.equal(fd(4));
    expect(fd(3)).to.include({ type: FD.FIFO, ino: 123, closesOnExec: true });
  });

  it('adds an fd for a memfd_create that failed, as libsinsp does', () => {
    const event = apply(codes.SYSCALL_MEMFD_CREATE_X, -22, 'x', 1);
    expect(event.fd?.num).to.equal(-22);
    expect(typeChar(event.fd!)).to.equal('?');
    expect(thread.fds.size).to.equal(1);
  });

  it('takes an fd out of another process', () => {
    const other = new Thread();
    other.tid = other.pid = 200;
    other.ptid = 1;
    machine.threads.add(other, true);
    openat(3, -100, '/theirs');
    other.addFd(7, fd(3)!.clone());
    apply(codes.SYSCALL_PIDFD_OPEN_X, 4, 200, 0);
    expect(name(4)).to.equal('/proc/200');
    apply(codes.SYSCALL_PIDFD_GETFD_X, 5, 4, 7, 0);
    expect(fd(5)).to.include({ name: '/theirs', closesOnExec: true });
  });

  const plain: [EventCode, string, ParamValue[]][] = [
    [codes.SYSCALL_EVENTFD2_X, 'event', [3, 0]],
    [codes.SYSCALL_SIGNALFD_X, 'signalfd', [3, 0, 0, 0]],
    [codes.SYSCALL_TIMERFD_CREATE_X, 'timerfd', [3, 0, 0]],
    [codes.SYSCALL_INOTIFY_INIT1_X, 'inotify', [3, 0]],
    [codes.SYSCALL_EPOLL_CREATE1_X, 'eventpoll', [3, 1]],
    [codes.SYSCALL_BPF_2_X, 'bpf', [3, 0]],
    [codes.SYSCALL_USERFAULTFD_X, 'userfaultfd', [3, 0]],
    [codes.SYSCALL_IO_URING_SETUP_X, 'io_uring', [3]],
  ];
  for (const [code, type, params] of plain)
    it(`knows what ${type} is`, () => {
      apply(code, ...params);
      expect(typeString(fd(3)!)).to.equal(type);
      expect(fd(3)!.closesOnExec).to.equal(type === 'eventpoll');
    });

  describe('sockets', () => {
    const socket = (num: number, domain: number, type: number) =>
      apply(codes.SOCKET_SOCKET_X, num, domain, type, 0, 0);
    const connect = (
      num: number,
      tuple: Uint8Array | undefined,
      address: Uint8Array | undefined,
      result = 0,
    ) => apply(codes.SOCKET_CONNECT_X, result, tuple, num, address);

    it('connects', () => {
      socket(3, AF.INET, 1);
      expect(shownL4(fd(3)!)).to.equal(L4.NA);
      const event = connect(
        3,
        socktupleBytes('10.0.2.15', 40000, '1.2.3.4', 443),
        sockaddrBytes('1.2.3.4', 443),
        -115,
      );
      expect(event.fdNameChanged).to.equal(true);
      expect(fd(3)).to.include({
        name: '10.0.2.15:40000->1.2.3.4:443',
        sip: 0x0a00020f,
        dip: 0x01020304,
        sport: 40000,
        dport: 443,
        isClient: true,
        isConnected: true,
      });
      expect(shownL4(fd(3)!)).to.equal(L4.TCP);
      expect(apply(codes.SYSCALL_READ_X, 5, 'abcde', 3, 5).fdNameChanged).to.equal(false);
    });

    it('does not connect when the call failed', () => {
      socket(3, AF.INET, 1);
      connect(3, socktupleBytes('10.0.2.15', 40000, '1.2.3.4', 443), undefined, -111);
      expect(fd(3)).to.include({ name: '', isConnected: false });
    });

    it('believes the address of the enter event if memory was changed during the call', () => {
      socket(3, AF.INET, 1);
      apply(codes.SOCKET_CONNECT_E, 3, sockaddrBytes('9.9.9.9', 53));
      connect(3, socktupleBytes('10.0.2.15', 1, '1.2.3.4', 443), sockaddrBytes('1.2.3.4', 443));
      expect(name(3)).to.equal('10.0.2.15:1->9.9.9.9:53');
      // A destination of the kernel's own differs from what was passed.
      apply(codes.SOCKET_CONNECT_E, 3, sockaddrBytes('9.9.9.9', 53));
      connect(3, socktupleBytes('10.0.2.15', 1, '1.2.3.4', 443), sockaddrBytes('0.0.0.0', 443));
      expect(name(3)).to.equal('10.0.2.15:1->1.2.3.4:443');
    });

    it('shows a mapped IPv6 address as IPv4', () => {
      socket(3, AF.INET6, 1);
      connect(3, socktupleBytes('::ffff:0a00:020f', 1, '::ffff:0102:0304', 443), undefined);
      // The protocol stands where an IPv4 socket does not look for it.
      expect(fd(3)).to.include({ type: FD.IPV4_SOCK, name: '<unknown>', dip: 0x01020304 });
      socket(4, AF.INET6, 1);
      connect(4, socktupleBytes('::1', 1, 'fe80::2', 443), undefined);
      expect(fd(4)).to.include({
        type: FD.IPV6_SOCK,
        name: '::1:1->fe80::2:443',
        dip: '\xfe\x80' + '\0'.repeat(13) + '\x02',
      });
    });

    it('accepts', () => {
      const event = apply(
        codes.SOCKET_ACCEPT4_6_X,
        8,
        socktupleBytes('1.2.3.4', 40000, '10.0.2.15', 80),
        0,
        0,
        0,
        CLOEXEC,
      );
      expect(event.fd).to.include({
        name: '1.2.3.4:40000->10.0.2.15:80',
        isServer: true,
        isConnected: true,
        closesOnExec: true,
        l4proto: L4.TCP,
      });
    });

    it('binds, and keeps the protocol when a datagram comes', () => {
      socket(3, AF.INET, 2);
      apply(codes.SOCKET_BIND_X, 0, sockaddrBytes('0.0.0.0', 53), 3);
      expect(fd(3)).to.include({
        type: FD.IPV4_SERVSOCK,
        name: '0.0.0.0:53',
        serverPort: 53,
        serverIp: 0,
        l4proto: L4.UDP,
      });
      apply(codes.SOCKET_RECVFROM_X, 3, 'abc', socktupleBytes('1.2.3.4', 40000, '10.0.2.15', 53), 3, 3);
      expect(name(3)).to.equal('1.2.3.4:40000->10.0.2.15:53');
    });

    it('turns the tuple of a datagram so that the client comes first', () => {
      socket(3, AF.INET, 2);
      apply(codes.SOCKET_SENDTO_X, 3, 'abc', 3, 3, socktupleBytes('10.0.2.15', 40000, '8.8.8.8', 53));
      expect(fd(3)).to.include({ name: '10.0.2.15:40000->8.8.8.8:53', isClient: true, l4proto: L4.UDP });
      const before = fd(3)!.socket;
      const event = apply(
        codes.SOCKET_RECVFROM_X,
        3,
        'abc',
        socktupleBytes('8.8.8.8', 53, '10.0.2.15', 40000),
        3,
        3,
      );
      expect(event.fdNameChanged).to.equal(false);
      expect(fd(3)!.socket).to.equal(before);
    });

    it('guesses a UDP socket where something was sent over an unknown fd', () => {
      const event = apply(
        codes.SOCKET_SENDTO_X,
        3,
        'abc',
        7,
        3,
        socktupleBytes('10.0.2.15', 40000, '8.8.8.8', 53),
      );
      expect(event.fd).to.equal(fd(7));
      expect(name(7)).to.equal('10.0.2.15:40000->8.8.8.8:53');
    });

    it('fills in an address that is missing from the interfaces', () => {
      machine.addInterface({
        family: 'ipv4',
        name: 'lo',
        address: 0x7f000001,
        netmask: 0xff000000,
        broadcast: 0,
        linkSpeed: 0,
      });
      machine.addInterface({
        family: 'ipv4',
        name: 'eth0',
        address: 0x0a00020f,
        netmask: 0xffffff00,
        broadcast: 0,
        linkSpeed: 0,
      });
      machine.started();
      socket(3, AF.INET, 2);
      apply(codes.SOCKET_SENDTO_X, 3, 'abc', 3, 3, socktupleBytes('0.0.0.0', 40000, '8.8.8.8', 53));
      expect(name(3)).to.equal('10.0.2.15:40000->8.8.8.8:53');
    });

    it('names unix sockets by kernel addresses and path', () => {
      socket(3, AF.UNIX, 1);
      connect(3, unixTupleBytes(0xffff9d74e0b2fc00n, 0x10n, '/run/a\x01b'), unixSockaddrBytes('/run/a\x01b'));
      expect(fd(3)).to.include({
        name: 'ffff9d74e0b2fc00->10 /run/a\xef\xbf\xbdb',
        unixSource: 0xffff9d74e0b2fc00n,
        unixDestination: 0x10,
        isClient: true,
      });
      apply(codes.SOCKET_SOCKETPAIR_X, 0, 4, 5, 1n, 2n);
      expect(fd(5)).to.include({ type: FD.UNIX_SOCK, unixDestination: 2, name: '' });
    });

    it('keeps the name of a unix socket while its tuple stays', () => {
      socket(3, AF.UNIX, 2);
      const receive = (path: string, source = 0x10n) =>
        apply(codes.SOCKET_RECVMSG_X, 3, 3, 'abc', unixTupleBytes(source, 0n, path), undefined, 3)
          .fdNameChanged;
      expect([receive('/run/a'), receive('/run/a'), receive('/run/ab'), receive('/run/a')]).to.deep.equal([
        true,
        false,
        true,
        true,
      ]);
      expect(name(3)).to.equal('10->0 /run/a');
      expect([
        receive('/run/a', 1n),
        receive(''),
        receive(''),
        receive('\x01'),
        receive('\x01'),
      ]).to.deep.equal([true, true, false, true, false]);
      expect(name(3)).to.equal('10->0 \xef\xbf\xbd');
    });

    it('copies addresses when they are written, not when they are shared', () => {
      socket(3, AF.INET, 2);
      apply(codes.SOCKET_SENDTO_X, 3, 'abc', 3, 3, socktupleBytes('10.0.2.15', 40000, '8.8.8.8', 53));
      apply(codes.SYSCALL_DUP_1_X, 4, 3);
      expect(fd(4)!.socket).to.equal(fd(3)!.socket);
      apply(codes.SOCKET_SENDTO_X, 3, 'abc', 4, 3, socktupleBytes('10.0.2.16', 40000, '8.8.4.4', 53));
      expect(fd(3)!.sip).to.equal(0x0a00020f);
      expect(fd(4)!.sip).to.equal(0x0a000210);
    });
  });

  it('survives events cut short', () => {
    const result = new Uint8Array(8);
    const one = (byte: number) => Uint8Array.of(byte);
    for (const [code] of fdEvents) {
      apply(code);
      apply(code, result);
      apply(code, result, undefined, undefined);
      for (const family of [AF.UNIX, AF.INET, AF.INET6, 16])
        apply(code, result, one(family), one(family), one(family), one(family));
    }
    expect(machine.threads.find(PID)).to.equal(thread);
  });
});
