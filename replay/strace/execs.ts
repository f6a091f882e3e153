/** Execs (execve.bpf.c, execveat.bpf.c, sched_process_exec.bpf.c of Falco's driver). */
import type { ByteString, ThreadSnapshot } from '../../engine/index.ts';
import { cutStrings, MAX_STRINGS, processParameters } from './births.ts';
import { fdOf, textOf, type Call, type Parameters } from './call.ts';
import { bytesOfString, itemsOf, unescape } from './text.ts';
import { commOf } from './threads.ts';

/** Flags of a program's file: PPM_EXE_* of Falco's driver. */
const EXE = { WRITABLE: 1, UPPER_LAYER: 2, FROM_MEMFD: 4, LOWER_LAYER: 8 } as const;

/** What is called: the arguments stand one place later in execveat. */
interface Exec {
  /** As the kernel names it (`bprm->filename`). */
  readonly filename: ByteString;
  /** The directory or file that the path is relative to, as strace tells. */
  readonly directory: ByteString | undefined;
  readonly args: readonly ByteString[];
  /** Undefined if strace only told how many there are (without `-v`). */
  readonly env: readonly ByteString[] | undefined;
}

function execOf(call: Call): Exec {
  const at = call.name === 'execveat' ? 1 : 0;
  const path = String(textOf(call.arg(at)) ?? '');
  const env = call.arg(at + 2);
  const directory = at === 1 ? call.note(0) : undefined;
  return {
    filename: at === 1 ? filenameOf(call, path) : path,
    directory: directory === undefined ? undefined : unescape(directory),
    args: stringsOf(call.arg(at + 1)),
    env: env.startsWith('[') ? stringsOf(env) : undefined,
  };
}

/** The name that the kernel gives a file that is found through an fd (`alloc_bprm`). */
function filenameOf(call: Call, path: ByteString): ByteString {
  const fd = call.arg(0);
  if (path.startsWith('/') || fd.startsWith('AT_FDCWD')) return path;
  return path === '' ? `/dev/fd/${fdOf(fd)}` : `/dev/fd/${fdOf(fd)}/${path}`;
}

const stringsOf = (text: ByteString) =>
  itemsOf(text).map((item) => (bytesOfString(item) ?? '').split('\0', 1)[0]!);

/** What a successful exec makes of its thread; `found` is what the recorder saw of it right after. Its parameters. */
export function applyExec(call: Call, found: ThreadSnapshot | undefined): Parameters {
  const { thread } = call;
  const { filename, directory, args, env } = execOf(call);
  thread.exec(filename, args, env);
  const { state } = thread;
  if (directory !== undefined && directory.startsWith('/')) {
    const path = String(textOf(call.arg(1)) ?? '');
    state.exepath = path === '' ? directory : (thread.resolve(path, directory) ?? path);
    state.exeFromMemfd = path === '' && directory.startsWith('/memfd:');
  }
  if (found !== undefined && isStill(found, filename, args)) takeFound(state, found);
  return execParameters(call, state, filename, state);
}

/**
 * Whether what the recorder found is still what this call made: on a busy machine it may come too late, and find what the process became by another exec. The kernel
 * names it after the file, but for one that is called by its fd; arguments are those of the call, or of the interpreter with those behind.
 */
function isStill(found: ThreadSnapshot, filename: ByteString, args: readonly ByteString[]): boolean {
  const named = filename.startsWith('/dev/fd/') || found.comm === commOf(filename);
  const given = args.slice(1).map((arg) => `${arg}\0`);
  return named && (found.args.length >= MAX_STRINGS - 1 || found.args.endsWith(given.join('')));
}

/** Where the process comes from is known better from the log: for the recorder, it may be a child of strace. */
function takeFound(state: ThreadSnapshot, found: ThreadSnapshot): void {
  const { tid, pid, ptid, vtid, vpid, cwd } = state;
  Object.assign(state, found, { tid, pid, ptid, vtid, vpid, cwd });
}

/** The parameters of an exec that failed: those of the process as it stays, and what it was to become. */
export function failedExec(call: Call): Parameters {
  const { filename, args, env = [] } = execOf(call);
  const [exe = '', ...rest] = args;
  return execParameters(call, call.thread.state, filename, {
    exe,
    args: rest.map((arg) => `${arg}\0`).join(''),
    env: env.map((entry) => `${entry}\0`).join(''),
  });
}

function execParameters(
  call: Call,
  state: ThreadSnapshot,
  filename: ByteString,
  { exe, args, env }: Pick<ThreadSnapshot, 'exe' | 'args' | 'env'>,
): Parameters {
  return {
    res: call.result,
    exe,
    args: cutStrings(args, Math.max(1, MAX_STRINGS - exe.length - 1)),
    ...processParameters(state),
    env: cutStrings(env),
    tty: state.tty,
    vpgid: state.vpgid,
    loginuid: state.loginuid,
    flags:
      (state.exeWritable ? EXE.WRITABLE : 0) |
      (state.exeUpperLayer ? EXE.UPPER_LAYER : 0) |
      (state.exeFromMemfd ? EXE.FROM_MEMFD : 0) |
      (state.exeLowerLayer ? EXE.LOWER_LAYER : 0),
    cap_inheritable: String(state.capInheritable),
    cap_permitted: String(state.capPermitted),
    cap_effective: String(state.capEffective),
    exe_ino: String(state.exeIno),
    exe_ino_ctime: String(state.exeInoCtime),
    exe_ino_mtime: String(state.exeInoMtime),
    uid: state.uid,
    trusted_exepath: state.exepath,
    pgid: state.pgid,
    gid: state.gid,
    // A failed execveat has no such parameter.
    ...((call.name === 'execve' || !call.failed) && { filename }),
  };
}
