import type { ByteString } from '../bytes.ts';
import { packEvent, uint32Bytes } from '../pack-event.ts';
import type { Event } from '../event.ts';
import { GROUP_ADDED_E, USER_ADDED_E } from '../tables/codes.generated.ts';
import { FD, type Fd } from './fd.ts';
import type { Machine } from './machine.ts';
import type { FdSnapshot, StateSink, ThreadSnapshot } from './snapshot.ts';
import type { Thread } from './thread.ts';

/** Takes a state and the events that complete it. */
export interface StateWriter extends StateSink {
  event(event: Event): void;
}

/** Of arguments, environment and control groups libsinsp writes so many bytes (SCAP_MAX_ARGS_SIZE). */
const MAX_STRINGS = 4096;

/**
 * Tells a writer the state of a machine at an event, as Falco does when it begins a capture (`sinsp_dumper::open`, dump_threads_to_file of
 * libsinsp): what the capture that is read said of the machine, its interfaces and users; every thread that is known now; the fds
 * of main threads; and every user that is known now, as events.
 *
 * As in Falco, this is not all: capabilities, terminals, inodes of programs, the fds of threads that do not share those of their process,
 * and what is known of containers stay behind (libsinsp would ask the container plug-in, which does not answer in Falco 0.44.1).
 */
export function dumpState(machine: Machine, time: bigint, writer: StateWriter): void {
  writer.restart();
  writer.machineInfo(machine.info);
  machine.tellGiven(writer);
  for (const thread of machine.threads.values()) writer.addThread(threadSnapshot(thread));
  for (const thread of machine.threads.values()) {
    const fds = thread.isMainThread ? thread.fdTable : undefined;
    writer.addFds(thread.tid, fds === undefined ? [] : [...fds.values()].map(fdSnapshot));
  }
  writer.ready();
  for (const { uid, gid, name, homedir, shell } of machine.users.users()) {
    const texts = [name, homedir, shell, ''].map((text) => `${text}\0`);
    writer.event(packEvent(USER_ADDED_E, time, -1, [uint32Bytes(uid), uint32Bytes(gid), ...texts]));
  }
  for (const { gid, name } of machine.users.groups())
    writer.event(packEvent(GROUP_ADDED_E, time, -1, [uint32Bytes(gid), `${name}\0`, '\0']));
}

/** What thread_to_scap of libsinsp fills in; the rest is zero. */
function threadSnapshot(thread: Thread): ThreadSnapshot {
  const { currentDirectory } = thread;
  return {
    tid: thread.tid,
    pid: thread.pid,
    ptid: thread.ptid,
    sid: thread.sid,
    vpgid: thread.vpgid,
    pgid: thread.pgid,
    comm: thread.comm,
    exe: thread.exe,
    exepath: thread.exepath,
    exeWritable: false,
    exeUpperLayer: false,
    exeLowerLayer: false,
    exeFromMemfd: false,
    args: joinedStrings(thread.args.map((arg) => `${arg}\0`)),
    env: joinedStrings(thread.env.map((entry) => `${entry}\0`)),
    cwd: currentDirectory === '' ? '/' : currentDirectory,
    fdLimit: thread.fdLimit,
    flags: thread.flags >>> 0,
    uid: thread.uid,
    gid: thread.gid,
    loginuid: thread.loginuid,
    capPermitted: 0,
    capEffective: 0,
    capInheritable: 0,
    exeIno: 0,
    exeInoCtime: 0,
    exeInoMtime: 0,
    vmSizeKb: thread.vmSizeKb,
    vmRssKb: thread.vmRssKb,
    vmSwapKb: thread.vmSwapKb,
    pageFaultsMajor: thread.pageFaultsMajor,
    pageFaultsMinor: thread.pageFaultsMinor,
    vtid: thread.vtid,
    vpid: thread.vpid,
    pidnsInitStart: 0,
    cgroups: joinedStrings(thread.cgroups.flatMap(([subsystem, path]) => [subsystem, '=', `${path}\0`])),
    root: thread.root,
    cloneTime: 0,
    tty: 0,
  };
}

/** Strings one after the other; the last that has room is cut to it, with a NUL in the end (add_to_iovec of libsinsp). */
function joinedStrings(parts: readonly ByteString[]): ByteString {
  const text = parts.join('');
  return text.length <= MAX_STRINGS ? text : `${text.slice(0, MAX_STRINGS - 1)}\0`;
}

/** fd_to_scap of libsinsp. */
function fdSnapshot(fd: Fd): FdSnapshot {
  const { type, ino, name } = fd;
  const head = { fd: fd.num, ino, type };
  switch (type) {
    case FD.IPV4_SOCK:
    case FD.IPV6_SOCK: {
      const { sip, dip, sport, dport, l4proto } = fd;
      return { ...head, sip, dip, sport, dport, l4proto };
    }
    case FD.IPV4_SERVSOCK:
    case FD.IPV6_SERVSOCK:
      return { ...head, ip: fd.serverIp, port: fd.serverPort, l4proto: fd.l4proto };
    case FD.UNIX_SOCK:
      return { ...head, source: fd.unixSource, destination: fd.unixDestination, name };
    case FD.FILE_V2:
      return { ...head, openFlags: fd.openFlags, mountId: fd.mountId, dev: fd.dev, name };
    default:
      return { ...head, name };
  }
}
