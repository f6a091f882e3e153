import type { ThreadSnapshot } from '../../../engine/state/snapshot.ts';

/** An entry of a process list, as the tests of the state need them. */
export function snapshot(
  tid: number,
  pid: number,
  ptid: number,
  more: Partial<ThreadSnapshot> = {},
): ThreadSnapshot {
  return {
    tid, pid, ptid, sid: 1, vpgid: 1, pgid: 1, comm: 'c', exe: 'e', exepath: '/e (deleted)', exeWritable: false,
    exeUpperLayer: false, exeLowerLayer: false, exeFromMemfd: false, args: 'a\0b\0', env: 'X=1\0', cwd: '/home/./u',
    fdLimit: 1024, flags: 0, uid: 0, gid: 0, loginuid: 5, capPermitted: 1, capEffective: 2, capInheritable: 3,
    exeIno: 4, exeInoCtime: 5, exeInoMtime: 6, vmSizeKb: 7, vmRssKb: 8, vmSwapKb: 9, pageFaultsMajor: 10,
    pageFaultsMinor: 11, vtid: tid, vpid: pid, pidnsInitStart: 12, cgroups: 'cpu=/\0', root: '/',
    cloneTime: 1700000000123456789n, tty: 13, ...more,
  }; // prettier-ignore
}
