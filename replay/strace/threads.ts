/** What a log tells of processes while it is read: what the driver would find in the kernel when an event is made. */
import type { ByteString, FdSnapshot, ThreadSnapshot } from '../../engine/index.ts';
import { unknownThread } from '../unknown-thread.ts';
import { basename, resolvePath } from './paths.ts';

/** A thread of which nothing is known but, at most, its name. */
export function blankThread(tid: number, comm: ByteString = ''): ThreadSnapshot {
  return {
    ...unknownThread(),
    sid: 0,
    vpgid: 0,
    pgid: 0,
    tid,
    pid: tid,
    vtid: tid,
    vpid: tid,
    comm,
    exe: comm,
    fdLimit: 1024,
    root: '/',
  };
}

/** Bytes of the name of a thread: TASK_COMM_LEN of the kernel, without the NUL. */
const MAX_COMM = 15;

/** What the kernel calls a process that runs a file. */
export const commOf = (filename: ByteString): ByteString => basename(filename).slice(0, MAX_COMM);

/** A process that was there before the log, or of which the log does not tell where it came from. */
export interface Origin {
  /** As it was at the start. */
  readonly state: ThreadSnapshot;
  /** Fds that it had, by what the log tells of them; undefined if the recorder has told all. */
  readonly fds: Map<number, FdSnapshot> | undefined;
}

/** What the threads of a process share. */
interface SharedByThreads {
  /** Undefined where nobody told, until a call shows it. */
  cwd: ByteString | undefined;
  /** Fds of which the log told where they come from, or that they were there at the start. */
  readonly fds: Set<number>;
  readonly origin: Origin;
  /** Whether orphans of its descendants become its children. */
  subreaper: boolean;
}

/** A thread of the log. */
export class TracedThread {
  /** What is known of it now; shared by nobody. */
  readonly state: ThreadSnapshot;
  readonly shared: SharedByThreads;

  private constructor(state: ThreadSnapshot, shared: SharedByThreads) {
    this.state = state;
    this.shared = shared;
  }

  /** One that was there at the start; `fds` are its fds, if they are known. */
  static original(state: ThreadSnapshot, fds: readonly FdSnapshot[] | undefined): TracedThread {
    const origin = { state, fds: fds === undefined ? new Map<number, FdSnapshot>() : undefined };
    const known = new Set(fds?.map(({ fd }) => fd));
    const cwd = state.cwd === '' ? undefined : state.cwd;
    return new TracedThread({ ...state }, { cwd, fds: known, origin, subreaper: false });
  }

  /** A child as it is after the clone; a thread of the same process if `isThread`. */
  child(
    tid: number,
    { isThread, sharesFds, vtid = tid }: { isThread: boolean; sharesFds: boolean; vtid?: number },
  ): TracedThread {
    const state = { ...this.state, tid, vtid };
    if (!isThread) {
      state.pid = tid;
      state.vpid = vtid;
      state.ptid = this.state.pid;
    }
    const { shared } = this;
    return new TracedThread(
      state,
      isThread ? shared : { ...shared, fds: sharesFds ? shared.fds : new Set(shared.fds), subreaper: false },
    );
  }

  /** A path as the process means it, without links resolved; undefined if it is relative to what is not known. */
  resolve(path: ByteString, directory: ByteString | undefined = this.shared.cwd): ByteString | undefined {
    if (path.startsWith('/')) return resolvePath('/', path);
    return directory === undefined ? undefined : resolvePath(directory, path);
  }

  /** Names it, as the kernel does: 15 bytes at most. */
  setComm(name: ByteString): void {
    this.state.comm = name.slice(0, MAX_COMM);
  }

  /** Takes over what an exec makes of a process, as far as the call tells. */
  exec(filename: ByteString, args: readonly ByteString[], env: readonly ByteString[] | undefined): void {
    const { state } = this;
    const [exe = '', ...rest] = args;
    state.exe = exe;
    state.args = rest.map((arg) => `${arg}\0`).join('');
    if (env !== undefined) state.env = env.map((entry) => `${entry}\0`).join('');
    state.comm = commOf(filename);
    state.exepath = this.resolve(filename) ?? filename;
    // Root may write everywhere but where nobody can.
    state.exeWritable = state.uid === 0;
    state.exeUpperLayer = state.exeLowerLayer = state.exeFromMemfd = false;
    state.exeIno = state.exeInoCtime = state.exeInoMtime = 0;
    state.tid = state.pid;
  }

  /** The effective user became another one; capabilities go with user 0 (capabilities(7)). */
  setUid(uid: number): void {
    const { state } = this;
    if (state.uid === 0 && uid !== 0) state.capEffective = 0;
    if (state.uid !== 0 && uid === 0) state.capEffective = state.capPermitted;
    state.uid = uid;
  }
}
