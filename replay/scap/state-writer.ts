import {
  FD,
  type FdSnapshot,
  type GroupSnapshot,
  type InterfaceSnapshot,
  type IpAddress,
  type MachineInfo,
  type StateSink,
  type ThreadSnapshot,
  type UserSnapshot,
} from '../../engine/index.ts';
import { BlockBuilder } from './block-builder.ts';
import * as B from './blocks.ts';

// What libscap reads at most (scap_limits.h, scap.h), with room for the NUL where it needs one.
const MAX_PATH = 1024;
const MAX_NAME = 1023;
const MAX_ARGS = 4096;
const MAX_CREDENTIAL = 255;
const HOSTNAME = 128;

/** scap_ifinfo_type, userblock type */
const IPV4 = 1;
const IPV6 = 2;
const USER = 0;
const GROUP = 1;

/**
 * Gathers what a section says of the machine, and gives it as the blocks that libscap 0.25.4 writes, in its order: machine, interfaces, users,
 * processes, fds. Texts that its reader would refuse are cut to what it takes.
 */
export class StateBlocksWriter implements StateSink {
  #machine: MachineInfo | undefined = undefined;
  readonly #interfaces: InterfaceSnapshot[] = [];
  readonly #users = new BlockBuilder();
  readonly #processes = new BlockBuilder();
  readonly #fds = new BlockBuilder();

  /** A section begins. */
  restart(): void {
    this.#machine = undefined;
    this.#interfaces.length = 0;
    for (const gathered of [this.#users, this.#processes, this.#fds]) gathered.clear();
  }

  machineInfo(info: MachineInfo): void {
    this.#machine = info;
  }

  addThread(thread: ThreadSnapshot): void {
    const out = this.#processes;
    const start = out.length;
    out.uint32(0);
    writeThread(out, thread);
    out.setLength(start, start);
  }

  addFds(tid: number, fds: readonly FdSnapshot[]): void {
    const out = this.#fds;
    out.block(B.FDS_V2, () => {
      out.int64(tid);
      for (const fd of fds) {
        // libscap leaves out fds of which it knows nothing, and its readers do.
        if (fd.type === FD.UNKNOWN || fd.type === FD.UNINITIALIZED) continue;
        const start = out.length;
        out.uint32(0);
        writeFd(out, fd);
        out.setLength(start, start);
      }
    });
  }

  addInterface(entry: InterfaceSnapshot): void {
    this.#interfaces.push(entry);
  }

  addUser({ uid, gid, name, homedir, shell }: UserSnapshot): void {
    const out = this.#users;
    const start = out.length;
    out.uint32(0);
    out.uint8(USER);
    out.uint32(uid);
    out.uint32(gid);
    for (const text of [name, homedir, shell]) out.text(text, MAX_CREDENTIAL);
    out.setLength(start, start);
  }

  addGroup({ gid, name }: GroupSnapshot): void {
    const out = this.#users;
    const start = out.length;
    out.uint32(0);
    out.uint8(GROUP);
    out.uint32(gid);
    out.text(name, MAX_CREDENTIAL);
    out.setLength(start, start);
  }

  ready(): void {}

  started(): void {}

  /** The blocks of the section up to its first event, the header of the section first. */
  blocks(): Uint8Array {
    const out = new BlockBuilder();
    out.block(B.SECTION_HEADER, () => {
      out.uint32(B.SECTION_MAGIC);
      out.uint16(B.MAJOR_VERSION);
      out.uint16(B.MINOR_VERSION);
      // The length of the section: not known.
      out.int64(-1);
    });
    if (this.#machine !== undefined) writeMachine(out, this.#machine);
    if (this.#interfaces.length > 0)
      out.block(B.INTERFACES_V2, () => {
        for (const entry of this.#interfaces) writeInterface(out, entry);
      });
    if (this.#users.length > 0) out.block(B.USERS_V2, () => out.raw(this.#users.bytes));
    if (this.#processes.length > 0) out.block(B.PROCESSES_V9, () => out.raw(this.#processes.bytes));
    out.raw(this.#fds.bytes);
    this.restart();
    return out.bytes;
  }
}

function writeMachine(out: BlockBuilder, machine: MachineInfo): void {
  out.block(B.MACHINE_INFO, () => {
    out.uint32(machine.cpus);
    out.int64(machine.memory);
    out.int64(machine.maxPid);
    out.fixed(machine.hostname, HOSTNAME);
    out.int64(machine.bootTime);
    out.int64(machine.flags);
    // Reserved.
    out.int64(0);
    out.int64(0);
  });
}

/** The length that an interface begins with does not count itself, unlike those of other entries. */
function writeInterface(out: BlockBuilder, entry: InterfaceSnapshot): void {
  const at = out.length;
  out.uint32(0);
  const start = out.length;
  const name = entry.name.slice(0, MAX_NAME);
  out.uint16(entry.family === 'ipv4' ? IPV4 : IPV6);
  out.uint16(name.length);
  for (const address of [entry.address, entry.netmask, entry.broadcast]) writeAddress(out, address);
  out.int64(entry.linkSpeed);
  out.fixed(name, name.length);
  out.setLength(at, start);
}

/** An entry of version 9, behind its length. */
function writeThread(out: BlockBuilder, thread: ThreadSnapshot): void {
  for (const id of [thread.tid, thread.pid, thread.ptid, thread.sid, thread.vpgid]) out.int64(id);
  out.text(thread.comm, MAX_PATH);
  out.text(thread.exe, MAX_PATH);
  out.text(thread.exepath, MAX_PATH);
  out.counted(thread.args, MAX_ARGS);
  out.text(thread.cwd, MAX_PATH);
  out.int64(thread.fdLimit);
  out.uint32(thread.flags);
  out.uint32(thread.uid);
  out.uint32(thread.gid);
  out.uint32(thread.vmSizeKb);
  out.uint32(thread.vmRssKb);
  out.uint32(thread.vmSwapKb);
  out.int64(thread.pageFaultsMajor);
  out.int64(thread.pageFaultsMinor);
  out.counted(thread.env, MAX_ARGS);
  out.int64(thread.vtid);
  out.int64(thread.vpid);
  out.counted(thread.cgroups, MAX_ARGS);
  out.text(thread.root, MAX_PATH);
  out.int64(thread.pidnsInitStart);
  out.uint32(thread.tty);
  out.uint32(thread.loginuid);
  out.uint8(Number(thread.exeWritable));
  out.int64(thread.capInheritable);
  out.int64(thread.capPermitted);
  out.int64(thread.capEffective);
  out.uint8(Number(thread.exeUpperLayer));
  out.int64(thread.exeIno);
  out.int64(thread.exeInoCtime);
  out.int64(thread.exeInoMtime);
  out.uint8(Number(thread.exeFromMemfd));
  out.uint8(Number(thread.exeLowerLayer));
  out.int64(thread.pgid);
}

/** An entry of version 2, behind its length. */
function writeFd(out: BlockBuilder, fd: FdSnapshot): void {
  const { name = '', l4proto = 0 } = fd;
  out.int64(fd.fd);
  out.int64(fd.ino);
  out.uint8(fd.type);
  switch (fd.type) {
    case FD.IPV4_SOCK:
    case FD.IPV6_SOCK:
      writeAddress(out, fd.sip ?? noAddress(fd.type === FD.IPV6_SOCK));
      writeAddress(out, fd.dip ?? noAddress(fd.type === FD.IPV6_SOCK));
      out.uint16(fd.sport ?? 0);
      out.uint16(fd.dport ?? 0);
      out.uint8(l4proto);
      break;
    case FD.IPV4_SERVSOCK:
    case FD.IPV6_SERVSOCK:
      writeAddress(out, fd.ip ?? noAddress(fd.type === FD.IPV6_SERVSOCK));
      out.uint16(fd.port ?? 0);
      out.uint8(l4proto);
      break;
    case FD.UNIX_SOCK:
      out.int64(fd.source ?? 0);
      out.int64(fd.destination ?? 0);
      out.text(name, MAX_NAME);
      break;
    case FD.FILE_V2:
      out.uint32(fd.openFlags ?? 0);
      out.text(name, MAX_NAME);
      out.uint32(fd.dev ?? 0);
      break;
    default:
      out.text(name, MAX_NAME);
  }
}

function noAddress(ipv6: boolean): IpAddress {
  return ipv6 ? '' : 0;
}

function writeAddress(out: BlockBuilder, address: IpAddress): void {
  if (typeof address === 'number') out.ipv4(address);
  else out.fixed(address, 16);
}
