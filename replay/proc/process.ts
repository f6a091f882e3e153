/** A process as /proc shows it, in the form in which captures begin with it (proc(5); scap_proc_add_from_proc of libscap). */
import type { ByteString, Int, ThreadSnapshot } from '../../engine/index.ts';
import { readBytes, readLink } from './files.ts';
import { cgroupsOf } from './cgroups.ts';
import { programOf } from './program.ts';

/** Fields of /proc/PID/stat behind the name, which may hold anything. */
const STAT = { PPID: 1, PGRP: 2, SESSION: 3, TTY: 4, MINFLT: 7, MAJFLT: 9 } as const;

const NO_LOGIN = 0xffffffff;

/** The process with this id as it is now; undefined if there is none. What may not be read of it is empty. */
export function readProcess(pid: number): ThreadSnapshot | undefined {
  const directory = `/proc/${pid}`;
  const stat = readBytes(`${directory}/stat`);
  const status = readBytes(`${directory}/status`);
  if (stat === undefined || status === undefined) return undefined;
  const numbers = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const number = (i: number) => Number(numbers[i] ?? 0);
  const fields = statusFields(status);
  const ids = (name: string) => Number(fields.get(name)?.split(/\s+/)[1] ?? 0);
  const capabilities = (name: string) => int(BigInt(`0x${fields.get(name) ?? '0'}`));
  const kilobytes = (name: string) => Number.parseInt(fields.get(name) ?? '0', 10);
  const [exe = '', ...args] = stringsOf(readBytes(`${directory}/cmdline`));
  const uid = ids('Uid');
  const gid = ids('Gid');
  const capEffective = capabilities('CapEff');
  return {
    tid: pid,
    pid,
    ptid: number(STAT.PPID),
    sid: number(STAT.SESSION),
    vpgid: number(STAT.PGRP),
    pgid: number(STAT.PGRP),
    comm: (readBytes(`${directory}/comm`) ?? '').replace(/\n$/, ''),
    exe,
    ...programOf(pid, { uid, gid, capEffective }),
    args: args.map((arg) => `${arg}\0`).join(''),
    env: readBytes(`${directory}/environ`) ?? '',
    cwd: readLink(`${directory}/cwd`) ?? '',
    fdLimit: fdLimitOf(readBytes(`${directory}/limits`) ?? ''),
    flags: 0,
    uid,
    gid,
    loginuid: Number(readBytes(`${directory}/loginuid`) ?? NO_LOGIN),
    capPermitted: capabilities('CapPrm'),
    capEffective,
    capInheritable: capabilities('CapInh'),
    vmSizeKb: kilobytes('VmSize'),
    vmRssKb: kilobytes('VmRSS'),
    vmSwapKb: kilobytes('VmSwap'),
    pageFaultsMajor: number(STAT.MAJFLT),
    pageFaultsMinor: number(STAT.MINFLT),
    vtid: pid,
    vpid: pid,
    pidnsInitStart: 0,
    cgroups: cgroupsOf(readBytes(`${directory}/cgroup`) ?? ''),
    root: readLink(`${directory}/root`) ?? '/',
    cloneTime: 0,
    tty: number(STAT.TTY) >>> 0,
  };
}

function statusFields(status: ByteString): ReadonlyMap<string, string> {
  return new Map(
    status.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
    }),
  );
}

function stringsOf(bytes = ''): ByteString[] {
  if (bytes === '') return [];
  return (bytes.endsWith('\0') ? bytes.slice(0, -1) : bytes).split('\0');
}

function fdLimitOf(limits: ByteString): number {
  const found = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  return found === undefined || found === 'unlimited' ? -1 : Number(found);
}

const int = (value: bigint): Int => (value <= Number.MAX_SAFE_INTEGER ? Number(value) : value);

/** The processes from one up to the first of all, the nearest first. */
export function readAncestors(pid: number): ThreadSnapshot[] {
  const ancestors: ThreadSnapshot[] = [];
  const seen = new Set<number>();
  for (let next = pid; next > 0 && !seen.has(next);) {
    seen.add(next);
    const process = readProcess(next);
    if (process === undefined) break;
    ancestors.push(process);
    next = process.ptid;
  }
  return ancestors;
}
