/**
 * What the start of a capture tells of the machine: the blocks before its first event. A reader hands them to a `StateSink`
 * (the machine); the shapes are those of libscap (scap.h: scap_threadinfo, scap_fdinfo, scap_userinfo, …).
 */
import type { ByteString, Int } from '../bytes.ts';
import type { FdType } from './fd.ts';
import type { Passing } from './passing.ts';

/** The machine that was captured: scap_machine_info. */
export interface MachineInfo {
  readonly cpus: number;
  readonly memory: Int;
  readonly maxPid: Int;
  readonly hostname: ByteString;
  /** Nanoseconds since the epoch. */
  readonly bootTime: Int;
  readonly flags: Int;
}

/** One entry of a process list block. Fields that the block's version lacks hold libscap's defaults. */
export interface ThreadSnapshot {
  tid: number;
  pid: number;
  ptid: number;
  sid: number;
  vpgid: number;
  pgid: number;
  comm: ByteString;
  exe: ByteString;
  exepath: ByteString;
  exeWritable: boolean;
  exeUpperLayer: boolean;
  exeLowerLayer: boolean;
  exeFromMemfd: boolean;
  /** Each ends with a NUL. */
  args: ByteString;
  /** `NAME=value`, each ends with a NUL. */
  env: ByteString;
  cwd: ByteString;
  fdLimit: Int;
  flags: number;
  uid: number;
  gid: number;
  loginuid: number;
  capPermitted: Int;
  capEffective: Int;
  capInheritable: Int;
  exeIno: Int;
  exeInoCtime: Int;
  exeInoMtime: Int;
  vmSizeKb: number;
  vmRssKb: number;
  vmSwapKb: number;
  pageFaultsMajor: Int;
  pageFaultsMinor: Int;
  vtid: number;
  vpid: number;
  pidnsInitStart: Int;
  /** NUL-separated `subsystem=path`. */
  cgroups: ByteString;
  root: ByteString;
  /** Nanoseconds since the epoch. */
  cloneTime: Int;
  tty: number;
}

/** IPv4 as an unsigned number (127.0.0.1 is 0x7f000001), IPv6 as a byte string of length 16. */
export type IpAddress = number | ByteString;

/** One entry of an fd list block. Which of the optional fields are there depends on `type`. */
export interface FdSnapshot {
  readonly fd: number;
  readonly ino: Int;
  readonly type: FdType;
  /** IPv4 and IPv6 sockets. */
  readonly sip?: IpAddress;
  readonly dip?: IpAddress;
  readonly sport?: number;
  readonly dport?: number;
  /** Sockets that only listen. */
  readonly ip?: IpAddress;
  readonly port?: number;
  readonly l4proto?: number;
  /** Unix sockets: kernel addresses of both ends. */
  readonly source?: Int;
  readonly destination?: Int;
  /** Files. */
  readonly openFlags?: number;
  readonly mountId?: number;
  readonly dev?: number;
  /** Name of everything that has one. */
  readonly name?: ByteString;
}

/** An address of a network interface: scap_ifinfo_ipv4, scap_ifinfo_ipv6. */
export interface InterfaceSnapshot {
  readonly family: 'ipv4' | 'ipv6';
  readonly name: ByteString;
  readonly address: IpAddress;
  readonly netmask: IpAddress;
  /** Broadcast address, where the block has one. */
  readonly broadcast: IpAddress;
  readonly linkSpeed: Int;
}

/** An entry of the list of users: scap_userinfo. */
export interface UserSnapshot {
  readonly uid: number;
  readonly gid: number;
  readonly name: ByteString;
  readonly homedir: ByteString;
  readonly shell: ByteString;
}

/** An entry of the list of groups: scap_groupinfo. */
export interface GroupSnapshot {
  readonly gid: number;
  readonly name: ByteString;
}

/** Takes what a capture tells of the machine. `restart` comes first, and again wherever captures were concatenated. */
export interface StateSink {
  restart(): void;
  machineInfo(info: MachineInfo): void;
  addThread(thread: ThreadSnapshot): void;
  /** The fds of one process, after its thread was added. */
  addFds(tid: number, fds: readonly FdSnapshot[]): void;
  addInterface(entry: InterfaceSnapshot): void;
  addUser(user: UserSnapshot): void;
  addGroup(group: GroupSnapshot): void;
  /** All blocks before the first event have been read. */
  ready(): void;
  /**
   * The events that complete this state have been given: those of users, groups, containers and plug-ins with which a section begins
   * (`consume_initialstate_events` of libsinsp). libsinsp applies them between `ready` and this, without showing them to rules, although `evt.num`
   * counts them; only now it takes over the lists of users, groups and interfaces. The first event of another type ends them, also one
   * that the reader leaves out.
   */
  started(): void;
  /** Which events need not be given. */
  readonly passing?: Passing;
}
