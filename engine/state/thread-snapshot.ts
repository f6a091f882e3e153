import type { Int } from '../bytes.ts';
import type { ThreadSnapshot } from './snapshot.ts';
import { CL, Thread } from './thread.ts';

/** The thread that an entry of a capture's process list describes. Who belongs to whom is found out when all are there. */
export function threadOf(snapshot: ThreadSnapshot): Thread {
  const thread = new Thread();
  thread.tid = snapshot.tid;
  thread.pid = snapshot.pid;
  thread.ptid = snapshot.ptid;
  thread.sid = snapshot.sid;
  thread.vpgid = snapshot.vpgid;
  thread.pgid = snapshot.pgid;
  thread.comm = snapshot.comm;
  thread.exe = snapshot.exe;
  thread.setExepath(snapshot.exepath);
  thread.exeWritable = snapshot.exeWritable;
  thread.exeUpperLayer = snapshot.exeUpperLayer;
  thread.exeLowerLayer = snapshot.exeLowerLayer;
  thread.exeFromMemfd = snapshot.exeFromMemfd;
  thread.setArgs(snapshot.args);
  if (thread.isMainThread) {
    thread.setEnv(snapshot.env);
    thread.changeDirectory(snapshot.cwd);
  }
  thread.flags |= snapshot.flags | CL.ACTIVE;
  thread.fdLimit = snapshot.fdLimit;
  thread.capPermitted = snapshot.capPermitted;
  thread.capEffective = snapshot.capEffective;
  thread.capInheritable = snapshot.capInheritable;
  thread.exeIno = snapshot.exeIno;
  thread.exeInoCtime = snapshot.exeInoCtime;
  thread.exeInoMtime = snapshot.exeInoMtime;
  thread.vmSizeKb = snapshot.vmSizeKb;
  thread.vmRssKb = snapshot.vmRssKb;
  thread.vmSwapKb = snapshot.vmSwapKb;
  thread.pageFaultsMajor = snapshot.pageFaultsMajor;
  thread.pageFaultsMinor = snapshot.pageFaultsMinor;
  thread.vtid = snapshot.vtid;
  thread.vpid = snapshot.vpid;
  thread.pidnsInitStart = snapshot.pidnsInitStart;
  [thread.cloneTimeLow, thread.cloneTimeHigh] = halves(snapshot.cloneTime);
  thread.tty = snapshot.tty;
  thread.setCgroups(snapshot.cgroups);
  thread.root = snapshot.root;
  thread.uid = snapshot.uid;
  thread.gid = snapshot.gid;
  thread.loginuid = snapshot.loginuid;
  return thread;
}

function halves(time: Int): [low: number, high: number] {
  const exact = BigInt.asUintN(64, BigInt(time));
  return [Number(exact & 0xffffffffn), Number(exact >> 32n)];
}
