import { expect } from 'chai';
import type { Event } from '../../../engine/event.ts';
import type { FieldValue } from '../../../engine/fields/define.ts';
import { fdClass } from '../../../engine/fields/fd.ts';
import { fdlistClass } from '../../../engine/fields/fdlist.ts';
import { fsPathClass } from '../../../engine/fields/fs-path.ts';
import type { BinaryOperator, Modifier, UnaryOperator } from '../../../engine/filter/ast.ts';
import { valueTest } from '../../../engine/filter/compare.ts';
import { parseConstant } from '../../../engine/filter/values.ts';
import { FD, FD_FLAG, Fd, L4 } from '../../../engine/state/fd.ts';
import { Machine } from '../../../engine/state/machine.ts';
import { Thread } from '../../../engine/state/thread.ts';
import { setServer, setTuple } from '../../../engine/state/tuples.ts';
import * as codes from '../../../engine/tables/codes.generated.ts';
import type { EventCode } from '../../../engine/tables/types.ts';
import { socktupleBytes, syntheticEvent, type ParamValue } from '../../event-bytes.ts';
import { bindError, bindField, readField } from './bind-field.ts';

const classes = [fdClass, fsPathClass, fdlistClass];
const PID = 7;

const CLIENT = 0x0a000001; // 10.0.0.1
const SERVER = 0x0a000002; // 10.0.0.2
const IPV6 = '\x20\x01' + '\0'.repeat(13) + '\x01'; // 2001::1

function fdOf(values: Partial<Fd>): Fd {
  return Object.assign(new Fd(), values);
}

function connection(type: Fd['type'], flags: number, l4 = L4.TCP): Fd {
  const fd = fdOf({ type, flags, name: 'tuple' });
  if (type === FD.IPV6_SOCK) setTuple(fd, IPV6, 1234, IPV6, 443, l4);
  else setTuple(fd, CLIENT, 1234, SERVER, 443, l4);
  return fd;
}

function listening(): Fd {
  const fd = fdOf({ type: FD.IPV4_SERVSOCK, name: '10.0.0.2:80' });
  setServer(fd, SERVER, 80, L4.TCP);
  return fd;
}

/** A process with fds, on a machine whose address is that of the client. */
class Scene {
  readonly machine = new Machine();
  readonly thread = new Thread();

  constructor() {
    const { machine, thread } = this;
    Object.assign(thread, { tid: PID, pid: PID, ptid: 1, cwd: '/home/u/' });
    machine.threads.add(thread, true);
    machine.interfaces.add({
      family: 'ipv4',
      name: 'eth0',
      address: CLIENT,
      netmask: 0xffffff00,
      broadcast: 0,
      linkSpeed: 0,
    });
    thread.addFd(0, fdOf({ type: FD.FILE_V2, name: '/etc/passwd', nameRaw: '..//etc///passwd', dev: 0xca02, ino: 9, flags: FD_FLAG.OVERLAY_LOWER })); // prettier-ignore
    thread.addFd(1, fdOf({ type: FD.DIRECTORY, name: '/var/log' }));
    thread.addFd(2, fdOf({ type: FD.FIFO, name: 'pipe' }));
    thread.addFd(3, connection(FD.IPV4_SOCK, FD_FLAG.ROLE_CLIENT | FD_FLAG.SOCKET_CONNECTED));
    thread.addFd(4, connection(FD.IPV4_SOCK, 0));
    thread.addFd(5, connection(FD.IPV6_SOCK, FD_FLAG.ROLE_CLIENT));
    thread.addFd(6, listening());
    thread.addFd(7, fdOf({ type: FD.FILE, name: 'relative' }));
    thread.addFd(8, fdOf({ type: FD.FILE, name: '/top' }));
    thread.addFd(9, fdOf({ type: FD.FILE, name: '/dir/' }));
    thread.addFd(10, fdOf({ type: FD.UNIX_SOCK, name: '', flags: FD_FLAG.ROLE_CLIENT }));
  }

  /** An event about an fd of this process, or about one that is not known. */
  event(num: number, code: EventCode = codes.SYSCALL_CLOSE_X, params: readonly ParamValue[] = [0]): Event {
    const event = syntheticEvent(code, PID, 1, params);
    event.machine = this.machine;
    event.thread = this.thread;
    this.thread.lastEventFd = num;
    event.fd = this.thread.fd(num);
    return event;
  }
}

describe('fields of file descriptors', () => {
  const scene = new Scene();

  const values: readonly (readonly [num: number, text: string, value: unknown])[] = [
    [0, 'fd.num', 0],
    [0, 'fd.type', 'file'],
    [0, 'fd.typechar', 'f'],
    [0, 'fd.name', '/etc/passwd'],
    [0, 'fd.directory', '/etc'],
    [0, 'fd.filename', 'passwd'],
    [0, 'fd.nameraw', '../etc/passwd'],
    [0, 'fd.uid', '70'],
    [0, 'fd.containername', ':/etc/passwd'],
    [0, 'fd.containerdirectory', ':/etc'],
    [0, 'fd.dev', 0xca02],
    [0, 'fd.dev.major', 0xca],
    [0, 'fd.dev.minor', 2],
    [0, 'fd.ino', 9],
    [0, 'fd.is_lower_layer', true],
    [0, 'fd.is_upper_layer', false],
    [0, 'fd.l4proto', '<NA>'],
    [0, 'fd.sockfamily', undefined],
    [0, 'fd.is_server', false],
    [0, 'fd.sip', undefined],
    [0, 'fd.cproto', undefined],
    [1, 'fd.directory', '/var/log'],
    [1, 'fd.filename', undefined],
    [2, 'fd.directory', undefined],
    [7, 'fd.directory', '/'],
    [7, 'fd.filename', '/'],
    [8, 'fd.directory', '/'],
    [8, 'fd.filename', 'top'],
    [9, 'fd.directory', '/dir/'],
    [9, 'fd.filename', '/dir/'],
    [3, 'fd.cip', CLIENT],
    [3, 'fd.sip', SERVER],
    [3, 'fd.lip', CLIENT],
    [3, 'fd.rip', SERVER],
    [3, 'fd.cport', 1234],
    [3, 'fd.sport', 443],
    [3, 'fd.lport', 1234],
    [3, 'fd.rport', 443],
    [3, 'fd.sproto', '443'],
    [3, 'fd.rproto', '443'],
    [3, 'fd.snet', SERVER],
    [3, 'fd.l4proto', 'tcp'],
    [3, 'fd.sockfamily', 'ip'],
    [3, 'fd.is_server', false],
    [3, 'fd.connected', true],
    [3, 'fd.ip', undefined],
    [3, 'fd.sip.name', undefined],
    [4, 'fd.sip', undefined],
    [4, 'fd.sport', undefined],
    [4, 'fd.sproto', undefined],
    [4, 'fd.cproto', undefined],
    [4, 'fd.l4proto', '<NA>'],
    [5, 'fd.sip', IPV6],
    [5, 'fd.cport', 1234],
    [6, 'fd.sip', undefined],
    [6, 'fd.sport', 80],
    [6, 'fd.sproto', ''],
    [6, 'fd.is_server', true],
    [10, 'fd.cproto', ''],
    [10, 'fd.sproto', undefined],
    [10, 'fd.sockfamily', 'unix'],
    [99, 'fd.num', 99],
    [99, 'fd.name', ''],
    [99, 'fd.directory', '/'],
    [99, 'fd.typechar', 'o'],
    [99, 'fd.type', undefined],
    [99, 'fd.connected', undefined],
    [99, 'fd.nameraw', ''],
  ];
  for (const [num, text, value] of values)
    it(`${text} of fd ${num} is ${JSON.stringify(value)}`, () => {
      expect(readField(classes, scene.event(num), text)).to.equal(value);
    });

  it('fd.types are those of the process, in the order of its table', () => {
    const event = scene.event(0);
    expect(readField(classes, event, 'fd.types')).to.have.members([
      'file',
      'directory',
      'pipe',
      'ipv4',
      'ipv6',
      'unix',
    ]);
    expect(readField(classes, event, 'fd.types[1]')).to.deep.equal(['directory']);
    expect(readField(classes, event, 'fd.types[99]')).to.equal(undefined);
    expect(readField(classes, event, 'fd.types[-1]')).to.have.lengthOf(6);
    expect(bindError(classes, 'fd.types[x]')).to.deep.equal({ error: 'x is not a valid number' });
  });

  it('follow the name of an fd', () => {
    const event = scene.event(8);
    expect(readField(classes, event, 'fd.filename')).to.equal('top');
    event.fd!.name = '/other/file';
    expect(readField(classes, event, 'fd.filename')).to.equal('file');
    expect(readField(classes, event, 'fd.directory')).to.equal('/other');
    event.fd!.name = '/top';
  });

  it('have no value for events that are about no fd', () => {
    const event = scene.event(0, codes.SYSCALL_CHDIR_X, [0, '/']);
    for (const { name, get } of fdClass.fields) expect(get(event), name).to.equal(undefined);
  });

  it('tell of a local end in a container by the addresses of containers', () => {
    const { machine, thread } = scene;
    thread.containerId = 'abc';
    expect(readField(classes, scene.event(3), 'fd.lip')).to.equal(SERVER);
    expect(readField(classes, scene.event(3), 'fd.containername')).to.equal('abc:tuple');
    machine.containers.find('')!.ip = '10.0.0.1';
    expect(readField(classes, scene.event(3), 'fd.lip')).to.equal(CLIENT);
    machine.containers.find('')!.ip = '';
    thread.containerId = '';
  });

  describe('where the fd is not known', () => {
    const unknown: readonly (readonly [
      code: EventCode, params: readonly ParamValue[], name: unknown, raw: unknown, directory: unknown, char: string,
    ])[] = [
      [codes.SYSCALL_OPENAT_2_X, [-2, -100, 'x//y', 0, 0, 0, 0], '/home/u/x/y', 'x/y', '/home/u/x', 'f'],
      [codes.SYSCALL_OPENAT_2_X, [-2, 1, 'y', 0, 0, 0, 0], '/var/log/y', 'y', '/var/log', 'f'],
      [codes.SYSCALL_OPENAT_2_X, [-2, 77, 'y', 0, 0, 0, 0], '<UNKNOWN>y', 'y', '/', 'f'],
      [codes.SYSCALL_OPENAT_2_X, [-2, 77, '/a/../b', 0, 0, 0, 0], '/b', '/a/../b', '/', 'f'],
      [codes.SYSCALL_OPENAT_2_X, [-2, -100, undefined, 0, 0, 0, 0], undefined, undefined, undefined, 'f'],
      [codes.SYSCALL_OPENAT2_X, [-2, -100, 'z', 0, 0, 0, 0, 0], '/home/u/z', 'z', '/home/u', 'f'],
      [codes.SYSCALL_OPEN_X, [-2, 'a/b', 0, 0, 0, 0], '/home/u/a/b', '/home/u/a/b', '/home/u/a', 'o'],
      [codes.SYSCALL_OPEN_X, [-2, '/a//b', 0, 0, 0, 0], '/a//b', '/a/b', '/a/', 'o'],
      [codes.SYSCALL_CREAT_X, [-2, undefined, 0, 0, 0, 0], '<NA>', '<NA>', '/', 'f'],
      [codes.SOCKET_ACCEPT4_6_X, [-2, socktupleBytes('1.2.3.4', 5, '6.7.8.9', 10), 0, 0, 0], '1.2.3.4:5->6.7.8.9:10', '1.2.3.4:5->6.7.8.9:10', '/', '4'],
      [codes.SOCKET_CONNECT_X, [-2, undefined, 3], 'NULL', 'NULL', '/', 'o'],
      [codes.SYSCALL_OPEN_BY_HANDLE_AT_X, [-2, 1, 0, '/h/f', 0, 0], '/h/f', '/h/f', '/h', 'o'],
      [codes.SYSCALL_OPENAT_2_E, [-100, 'x', 0, 0], undefined, undefined, undefined, 'f'],
      [codes.SYSCALL_PIPE2_X, [-2, 0, 0, 0, 0], '', '', '/', 'p'],
    ]; // prettier-ignore
    for (const [code, params, name, raw, directory, char] of unknown)
      it(`event ${code} is named ${JSON.stringify(name)}`, () => {
        const event = scene.event(-1, code, params);
        expect(readField(classes, event, 'fd.name')).to.equal(name);
        expect(readField(classes, event, 'fd.nameraw')).to.equal(raw);
        expect(readField(classes, event, 'fd.directory')).to.equal(directory);
        expect(readField(classes, event, 'fd.typechar')).to.equal(char);
        expect(readField(classes, event, 'fd.filename')).to.equal(undefined);
      });

    it('leaves the text of the parameter where the next text without data shows it', () => {
      const { scratch } = scene.machine.rendering;
      for (const [code, params, text] of [
        [codes.SYSCALL_OPEN_X, [-2, '../x', 0, 0, 0, 0], '../x'],
        [codes.SOCKET_CONNECT_X, [-2, undefined, 3], 'NULL'],
      ] as const) {
        scratch.write('a longer text than any of them');
        readField(classes, scene.event(-1, code, params), 'fd.name');
        expect(scratch.text).to.equal(text);
      }
    });
  });

  describe('comparisons of their own', () => {
    type Case = readonly [
      text: string, op: BinaryOperator | UnaryOperator, constants: readonly string[], fds: readonly number[], modifier?: Modifier,
    ]; // prettier-ignore
    const FDS = [0, 3, 4, 5, 6, 99];
    const cases: readonly Case[] = [
      ['fd.ip', '=', ['10.0.0.1'], [3, 4]],
      ['fd.ip', '=', ['10.0.0.2'], [3, 4, 6]],
      ['fd.ip', '!=', ['10.0.0.1'], [5, 6]],
      ['fd.ip', 'in', ['10.0.0.1', '10.0.0.2'], []],
      ['fd.ip', '=', ['1.1.1.1', '10.0.0.1'], [], 'anyof'],
      ['fd.ip', '=', ['2001::1'], [5]],
      ['fd.ip', 'exists', [], [0, 3, 4, 5, 6]],
      ['fd.net', '=', ['10.0.0.0/30'], [3, 4, 6]],
      ['fd.net', '=', ['10.0.0.2/32'], [3, 4, 6]],
      ['fd.net', '!=', ['10.0.0.2/32'], [5]],
      ['fd.net', 'in', ['1.0.0.0/8', '10.0.0.0/8'], []],
      ['fd.net', 'in', ['10.0.0.0/8', '1.0.0.0/8'], [3, 4, 6]],
      ['fd.net', 'intersects', ['10.0.0.0/8'], [6]],
      ['fd.net', '=', ['2001::/16'], [5]],
      ['fd.net', 'exists', [], [0, 3, 4, 5, 6]],
      ['fd.port', '=', ['443'], [3, 4, 5]],
      ['fd.port', '!=', ['443'], [6]],
      ['fd.port', 'in', ['http', '1'], [6]],
      ['fd.port', '<', ['100'], [6]],
      ['fd.port', '<=', ['443'], [3, 4, 5, 6]],
      ['fd.port', '>', ['1000'], [3, 4, 5]],
      ['fd.port', '>=', ['80'], [3, 4, 5, 6]],
      ['fd.port', '=', ['1', '443'], [], 'anyof'],
      ['fd.port', 'exists', [], [0, 3, 4, 5, 6]],
      ['fd.proto', '=', ['https'], [3, 4, 5]],
      ['fd.sip.name', '=', ['10.0.0.2'], [3]],
      ['fd.sip.name', '!=', ['10.0.0.2'], [5]],
      ['fd.cip.name', 'in', ['x', '2001::1'], [5]],
      ['fd.lip.name', '=', ['nowhere'], []],
      ['fd.sip.name', 'contains', ['0'], []],
      ['fd.rip.name', 'exists', [], [0, 3, 4, 5, 6]],
    ];
    for (const [text, op, constants, fds, modifier] of cases)
      it(`${text} ${op} ${modifier ?? ''} ${constants.join(' ')}`, () => {
        const { field, bound } = bindField(classes, text);
        const values: FieldValue[] = constants.map((constant) => parseConstant(constant, field.type));
        const test = bound.test!(op, modifier, values, valueTest(op, field.type, values));
        expect(FDS.filter((num) => test(scene.event(num)))).to.deep.equal(fds);
      });
  });

  describe('fs.path', () => {
    const cases: readonly (readonly [code: EventCode, params: readonly ParamValue[], fd: number, expected: Record<string, unknown>])[] = [
      [codes.SYSCALL_MKDIR_2_X, [0, 'a', 0o755], -1, { name: '/home/u/a', nameraw: 'a', source: undefined }],
      [codes.SYSCALL_MKDIR_2_X, [-17, 'a', 0o755], -1, { name: undefined, nameraw: undefined }],
      [codes.SYSCALL_MKDIRAT_X, [0, 1, 'a', 0], 1, { name: '/var/log/a', nameraw: 'a' }],
      [codes.SYSCALL_MKDIRAT_X, [0, 77, 'a', 0], -1, { name: '<UNKNOWN>a' }],
      [codes.SYSCALL_UNLINKAT_2_X, [0, 1, '/x/./y', 0], 1, { name: '/x/y', nameraw: '/x/./y' }],
      [codes.SYSCALL_OPENAT_2_X, [3, -100, 'passwd', 0, 0, 0, 0], 0, { name: '/etc/passwd', nameraw: 'passwd' }],
      [codes.SYSCALL_OPENAT_2_X, [-2, -100, 'passwd', 0, 0, 0, 0], -1, { name: '<UNKNOWN>', nameraw: 'passwd' }],
      [codes.SYSCALL_OPENAT_2_X, [-1, -100, 'passwd', 0, 0, 0, 0], -1, { name: undefined, nameraw: undefined }],
      [codes.SYSCALL_FCHMOD_X, [0, 0, 0], 0, { name: '/etc/passwd', nameraw: '/etc/passwd' }],
      [codes.SYSCALL_RENAME_X, [0, 'a', '../b'], -1, { source: '/home/u/a', target: '/home/b', sourceraw: 'a', targetraw: '../b', name: undefined }],
      [codes.SYSCALL_RENAMEAT2_X, [0, 1, 'a', -100, 'b', 0], -1, { source: '/var/log/a', target: '/home/u/b' }],
      [codes.SYSCALL_SYMLINKAT_X, [0, 't', 1, 'l'], 1, { source: '/var/log/l', target: '<UNKNOWN>t' }],
      [codes.SYSCALL_LINK_2_X, [0, 'old', 'new'], -1, { source: '/home/u/new', target: '/home/u/old' }],
      [codes.SYSCALL_MOUNT_X, [0, 'dev', '/mnt', 'ext4'], -1, { source: '/home/u/dev', target: '/mnt' }],
      [codes.SYSCALL_CLOSE_X, [0, 0], 0, { name: undefined, source: undefined, target: undefined }],
    ]; // prettier-ignore
    cases.forEach(([code, params, num, expected], i) =>
      it(`case ${i}: event ${code}`, () => {
        const event = scene.event(num, code, params);
        for (const [name, value] of Object.entries(expected))
          expect(readField(classes, event, `fs.path.${name}`), name).to.equal(value);
      }),
    );
  });

  describe('fdlist', () => {
    function fdList(...nums: number[]): Uint8Array {
      const view = new DataView(new ArrayBuffer(2 + 10 * nums.length));
      view.setUint16(0, nums.length, true);
      nums.forEach((num, i) => view.setBigInt64(2 + 10 * i, BigInt(num), true));
      return new Uint8Array(view.buffer);
    }

    it('reads the fds of poll', () => {
      const event = scene.event(-1, codes.SYSCALL_POLL_X, [1, fdList(0, 3, 99, 5, 6), 0]);
      const read = (name: string) => readField(classes, event, `fdlist.${name}`);
      expect(read('nums')).to.equal('0,3,99,5,6');
      expect(read('names')).to.equal('/etc/passwd,tuple,<NA>,tuple,10.0.0.2:80');
      expect(read('cips')).to.equal('10.0.0.1,2001::1');
      expect(read('sips')).to.equal('10.0.0.2,2001::1,10.0.0.2');
      expect(read('cports')).to.equal('1234,1234');
      expect(read('sports')).to.equal('443,443');
    });

    it('has no value without fds, for other events, and for what is cut off', () => {
      const lists = [fdList(), undefined, Uint8Array.from([1]), fdList(3).slice(0, 8)];
      for (const list of lists)
        expect(
          readField(classes, scene.event(-1, codes.SYSCALL_PPOLL_X, [1, list, 0, 0]), 'fdlist.nums'),
        ).to.equal(undefined);
      expect(readField(classes, scene.event(0), 'fdlist.nums')).to.equal(undefined);
      expect(
        readField(classes, scene.event(-1, codes.SYSCALL_POLL_X, [1, fdList(0, 2), 0]), 'fdlist.cips'),
      ).to.equal(undefined);
    });
  });
});
