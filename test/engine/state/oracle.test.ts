import { expect } from 'chai';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fromBytes, type ByteString, type Int } from '../../../engine/bytes.ts';
import { Event } from '../../../engine/event.ts';
import { Machine } from '../../../engine/state/machine.ts';
import { sanitize } from '../../../engine/state/path.ts';
import type { Thread } from '../../../engine/state/thread.ts';
import { openCapture } from '../../../replay/index.ts';
import { hasOracle, oraclePath } from '../../oracle.ts';

/** State lasts: a mistake shows in a fifth of the events, too. All of them take half a minute. */
const EVERY = process.env['REQUIRE_ORACLE'] === '1' ? 1 : 5;

type Value = string | number | bigint | boolean | undefined;

const CAPABILITIES = [
  'CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP', 'LINUX_IMMUTABLE',
  'NET_BIND_SERVICE', 'NET_BROADCAST', 'NET_ADMIN', 'NET_RAW', 'IPC_LOCK', 'IPC_OWNER', 'SYS_MODULE', 'SYS_RAWIO',
  'SYS_CHROOT', 'SYS_PTRACE', 'SYS_PACCT', 'SYS_ADMIN', 'SYS_BOOT', 'SYS_NICE', 'SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG',
  'MKNOD', 'LEASE', 'AUDIT_WRITE', 'AUDIT_CONTROL', 'SETFCAP', 'MAC_OVERRIDE', 'MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM',
  'BLOCK_SUSPEND', 'AUDIT_READ', 'PERFMON', 'BPF', 'CHECKPOINT_RESTORE',
]; // prettier-ignore

function capabilities(bits: Int): string {
  return CAPABILITIES.filter((_, i) => ((BigInt(bits) >> BigInt(i)) & 1n) === 1n)
    .map((name) => `CAP_${name}`)
    .join(' ');
}

/** What Falco prints of each thread, from the thread itself. Absent values are those that Falco does not print. */
const THREAD_VALUES: Record<string, (thread: Thread, machine: Machine) => Value> = {
  'proc.pid': (thread) => thread.pid,
  'proc.vpid': (thread) => known(thread.vpid),
  'thread.vtid': (thread) => known(thread.vtid),
  'proc.ppid': (thread, { threads }) => thread.ancestorProcess(threads, 1)?.pid,
  'proc.apid[2]': (thread, { threads }) => thread.ancestorProcess(threads, 2)?.pid,
  'proc.sid': (thread) => thread.sid,
  'proc.vpgid': (thread) => thread.vpgid,
  'proc.pgid': (thread) => thread.pgid,
  'proc.tty': (thread) => thread.tty,
  'proc.name': (thread) => shown(thread.comm),
  'proc.exe': (thread) => shown(thread.exe),
  'proc.exepath': (thread) => shown(thread.exepath),
  'proc.cmdline': (thread) => shown(thread.commandLine),
  'proc.args': (thread) => shown(thread.args.join(' ')),
  'proc.env': (thread) => shown(thread.environment.join(' ')),
  'proc.env[PATH]': (thread) => shown(thread.environmentValue('PATH')),
  'proc.cwd': (thread) => shown(thread.currentDirectory),
  'proc.aname[1]': (thread, { threads }) => shown(thread.ancestorProcess(threads, 1)?.comm),
  'proc.aname[4]': (thread, { threads }) => shown(thread.ancestorProcess(threads, 4)?.comm),
  'proc.aname': (thread, machine) => chain(thread, machine, (ancestor) => ancestor.comm),
  'proc.aexe': (thread, machine) => chain(thread, machine, (ancestor) => ancestor.exe),
  'proc.acmdline': (thread, machine) => chain(thread, machine, (ancestor) => ancestor.commandLine),
  'user.uid': (thread) => thread.uid,
  'user.loginuid': (thread) => thread.loginuid | 0,
  'group.gid': (thread) => thread.gid,
  'proc.nthreads': (thread) => thread.threadCount,
  'proc.nchilds': (thread) => thread.childThreadCount,
  'thread.ismain': (thread) => thread.isMainThread,
  'thread.cap_permitted': (thread) => capabilities(thread.capPermitted),
  'thread.cap_effective': (thread) => capabilities(thread.capEffective),
  'thread.cap_inheritable': (thread) => capabilities(thread.capInheritable),
  'proc.is_exe_writable': (thread) => thread.exeWritable,
  'proc.is_exe_upper_layer': (thread) => thread.exeUpperLayer,
  'proc.is_exe_lower_layer': (thread) => thread.exeLowerLayer,
  'proc.is_exe_from_memfd': (thread) => thread.exeFromMemfd,
  'proc.exe_ino': (thread) => notZero(thread.exeIno),
  'proc.exe_ino.ctime': (thread) => notZero(thread.exeInoCtime),
  'proc.exe_ino.mtime': (thread) => notZero(thread.exeInoMtime),
  'proc.pidns_init_start_ts': (thread) => notZero(thread.pidnsInitStart),
  'proc.pid.ts': (thread) => notZero(thread.cloneTime),
  'proc.ppid.ts': (thread, { threads }) => thread.parent(threads)?.cloneTime,
  'proc.fdlimit': (thread) => thread.processFdLimit,
  'proc.fdopencount': (thread) => thread.fdCount,
  'proc.vmsize': (thread) => thread.vmSizeKb,
  'proc.vmrss': (thread) => thread.vmRssKb,
  'proc.vmswap': (thread) => thread.vmSwapKb,
  'thread.pfmajor': (thread) => thread.pageFaultsMajor,
  'thread.pfminor': (thread) => thread.pageFaultsMinor,
  'thread.cgroups': (thread) =>
    thread.cgroups.length === 0
      ? undefined
      : shown(thread.cgroups.map(([subsystem, path]) => `${subsystem}=${path}`).join(' ')),
};

function shown(text: ByteString | undefined): string | undefined {
  return text === undefined ? undefined : fromBytes(sanitize(text));
}

function known(id: number): number | undefined {
  return id === -1 ? undefined : id;
}

function notZero(value: Int): Int | undefined {
  return value === 0 ? undefined : value;
}

function chain(thread: Thread, machine: Machine, text: (ancestor: Thread) => ByteString): string | undefined {
  const main = thread.mainThread;
  if (main === undefined) return undefined;
  let all = '';
  for (const ancestor of main.ancestors(machine.threads)) all += (all === '' ? '' : ' ') + text(ancestor);
  return all === '' ? undefined : shown(all);
}

/** Every value that differs, as `number name: ours, Falco's`; and how many events never came. */
async function compare(capture: string, oracle: string): Promise<{ missed: number; differences: string[] }> {
  const lines = gunzipSync(readFileSync(oracle))
    .toString()
    .trimEnd()
    .split('\n')
    .filter((_, i) => i % EVERY === 0);
  const expected = new Map<number, Record<string, unknown>>();
  for (const line of lines) {
    // Times and inodes have more digits than a number holds.
    const values = JSON.parse(line.replace(/":(-?\d{16,})(?=[,}])/g, '":"$1"')) as Record<string, unknown>;
    expected.set(values['evt.num'] as number, values);
  }
  const machine = new Machine();
  const event = new Event();
  const differences: string[] = [];
  let compared = 0;
  const reader = await openCapture(capture, machine);
  while (compared < expected.size && (await reader.fill()))
    while (reader.next(event)) {
      const isShown = machine.apply(event);
      const values = expected.get(event.num);
      if (values === undefined) continue;
      compared++;
      if (!isShown) differences.push(`${event.num} is hidden`);
      if (event.tid !== values['thread.tid'] && values['thread.tid'] !== undefined)
        differences.push(`${event.num} thread.tid: ${event.tid}, ${String(values['thread.tid'])}`);
      const { thread } = event;
      for (const [name, valueOf] of Object.entries(THREAD_VALUES)) {
        const value = thread && valueOf(thread, machine);
        if (String(value) !== String(values[name]))
          differences.push(
            `${event.num} ${event.info.symbol} ${name}: ${String(value)}, ${String(values[name])}`,
          );
      }
    }
  await reader.close();
  return { missed: expected.size - compared, differences };
}

describe('threads as the real Falco sees them', function () {
  if (!hasOracle()) return;
  this.timeout(60000);
  const folders = [oraclePath('captures'), oraclePath('../captures')].filter((folder) => existsSync(folder));
  for (const folder of folders)
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.scap'))) {
      const name = file.slice(0, -'.scap'.length);
      const oracle = ['fields', 'state']
        .map((kind) => oraclePath('fields', `${name}.${kind}.jsonl.gz`))
        .find((path) => existsSync(path));
      if (oracle === undefined) continue;
      it(name, async () => {
        const { missed, differences } = await compare(join(folder, file), oracle);
        expect(missed).to.equal(0);
        expect(differences.slice(0, 10), `${differences.length} differences`).to.deep.equal([]);
      });
    }
});
