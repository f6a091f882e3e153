import type { ProcessEnd, ProcessTree, TreeEntry } from '../daemon/index.ts';
import { alertTime, fromBytes, type ByteString } from '../engine/index.ts';
import { printable, table } from './table.ts';

/** What the kernel calls nobody. */
const NOBODY = 0xffffffff;

/** Trees are not drawn deeper than this. */
const MAX_DEPTH = 64;

/**
 * A process tree for people, its lines no longer than `width`:
 *
 *      PID  USER   CONTAINER  BEGAN   ENDED           PROCESS
 *        1  root   host       -       -               systemd --system
 *      812  root   host       -       -               ├─ sshd -D
 *     1207  alice  host       +0.120  +3.002, exit 1  │  └─ sh -c id → id
 */
export function renderProcessTree({ start, processes }: ProcessTree, width: number): string {
  /** For each depth whether more processes come there. */
  const goesOn: boolean[] = [];
  const rows = processes.map((process) => {
    const { pid, user, uid, container, began, end, depth, isLast } = process;
    goesOn.length = Math.min(goesOn.length, depth);
    const above = goesOn.slice(1, MAX_DEPTH).map((more) => (more ? '│  ' : '   '));
    const branches = depth === 0 ? '' : `${above.join('')}${isLast ? '└─ ' : '├─ '}`;
    goesOn[depth] = !isLast;
    return [
      String(pid),
      user === undefined ? (uid === NOBODY ? '-' : String(uid)) : printable(user),
      container === undefined ? 'host' : printable(container.name ?? container.id),
      began === undefined ? '-' : since(began, start!),
      end === undefined ? '-' : `${since(end.time, start!)}${outcome(end)}`,
      branches + programs(process),
    ];
  });
  return table(['PID', 'USER', 'CONTAINER', 'BEGAN', 'ENDED', 'PROCESS'], rows, { right: [0], width });
}

/** `+1.234`: seconds since the first event. */
function since(time: bigint, start: bigint): string {
  const milliseconds = (time - start) / 1_000_000n;
  return `+${milliseconds / 1000n}.${String(milliseconds % 1000n).padStart(3, '0')}`;
}

function outcome({ code, signal }: ProcessEnd): string {
  if (signal !== undefined) return `, ${printable(signal)}`;
  return code === undefined ? '' : `, exit ${code}`;
}

/** What a process ran, one program after the other. What it had from its parent counts only if it started none. */
function programs({ name, cmdline, firstCmdline, began, execs }: TreeEntry): string {
  if (name === undefined) return '(unknown)';
  const started = execs.map((exec) => exec.cmdline);
  if (started.length === 0) started.push(cmdline);
  else if (began === undefined && firstCmdline !== started[0]) started.unshift(firstCmdline);
  return started.map((command) => printable(command).trimEnd()).join(' → ');
}

/** A process tree as one JSON object a process, each followed by those below it. */
export function processTreeJson({ capture, processes }: ProcessTree, several: boolean): string {
  const text = (value: ByteString | undefined): string | null =>
    value === undefined ? null : fromBytes(value);
  const time = (value: bigint | undefined): string | null => (value === undefined ? null : alertTime(value));
  return processes
    .map((process) => {
      const { container, end, uid } = process;
      return `${JSON.stringify({
        ...(several && { capture }),
        pid: process.pid,
        ppid: process.ppid ?? null,
        depth: process.depth,
        name: text(process.name),
        exepath: text(process.exepath),
        cmdline: text(process.cmdline),
        uid: uid === NOBODY ? null : uid,
        user: text(process.user),
        container: container === undefined ? null : { id: text(container.id), name: text(container.name) },
        began: time(process.began),
        execs: process.execs.map((exec) => ({ time: time(exec.time), cmdline: text(exec.cmdline) })),
        end:
          end === undefined
            ? null
            : { time: time(end.time), code: end.code ?? null, signal: text(end.signal) },
        events: process.events,
      })}\n`;
    })
    .join('');
}
