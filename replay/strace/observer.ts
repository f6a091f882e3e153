/** What a recorder learns of processes while strace writes of them: facts that no log tells. */
import { FD, type ByteString, type FdSnapshot, type ThreadSnapshot } from '../../engine/index.ts';
import {
  fdLine,
  fdsLine,
  groupLine,
  interfaceLine,
  machineLine,
  processLine,
  userLine,
} from '../jsonl/state-lines.ts';
import {
  layerOf,
  readAncestors,
  readFds,
  readGroups,
  readInterfaces,
  readLink,
  readMachine,
  readProcess,
  readUsers,
  statusOf,
} from '../proc/index.ts';
import { assumeContainer, containerAncestors, insideOf, RUNC, type AssumedContainer } from './container.ts';
import { containerLine, factLine } from './facts.ts';
import { parseBody, parseCall, parseLeader, type Result } from './line.ts';
import { unescape } from './text.ts';

/** PPM_O_F_CREATED and the layers of an overlay, as flags of an open. */
const CREATED = 1 << 14;
const LAYERS = { upper: 1 << 15, lower: 1 << 16 } as const;

/** Files carry times of a clock that lags behind by a tick of 10 ms at most. */
const LAG = 10_000_000n;

const DEVICE_BITS = 0xffffffffn;

export interface ObserverOptions {
  /** Whether environments are told of. Default: true. */
  readonly env?: boolean | undefined;
  /** The image of a container that the processes are to be taken for. */
  readonly container?: string | undefined;
  /** Whether the command's standard output is standard error. Default: false. */
  readonly outputTaken?: boolean | undefined;
}

/** Watches the lines of a log as strace writes them, and gives the facts that belong behind them. */
export class Observer {
  readonly #keepsEnv: boolean;
  readonly #container: AssumedContainer | undefined;
  readonly #outputTaken: boolean;
  /** When the recording began, on the clock of files. */
  readonly #began = BigInt(Date.now()) * 1_000_000n - LAG;
  /** Calls that may make files, and that are not over yet. */
  readonly #opening = new Map<number, { readonly text: ByteString; readonly time: bigint }>();
  /** When files were made that were told of, by device and inode. */
  readonly #made = new Map<string, bigint>();

  constructor({ env = true, container, outputTaken = false }: ObserverOptions = {}) {
    this.#keepsEnv = env;
    this.#outputTaken = outputTaken;
    this.#container = container === undefined ? undefined : assumeContainer(container);
  }

  /**
   * The facts before the first line: the machine, the processes that this one descends from without itself, and the process that strace begins with. That one
   * appears as a child of whoever called this process, which is what it would be without a recorder, with the fds that it inherits from here. In an assumed
   * container, it is the first process there, and those above it are the container's.
   */
  begin(tid: number): ByteString[] {
    const container = this.#container;
    const ancestors =
      container === undefined ? readAncestors(process.ppid) : containerAncestors(container, process.pid);
    const own = readProcess(process.pid);
    const lines = [
      machineLine(readMachine()),
      ...readInterfaces().map(interfaceLine),
      ...readUsers().map(userLine),
      ...readGroups().map(groupLine),
      ...(container === undefined ? [] : [containerLine(container.json)]),
      ...ancestors.map((ancestor) => this.#processLine(ancestor)),
    ];
    if (own !== undefined) {
      const first = childOf(ancestors[0] ?? own, own, tid);
      lines.push(
        this.#tracedLine(container === undefined ? first : { ...first, ...RUNC, vtid: 1, vpid: 1 }),
        fdsLine(tid),
        ...this.#inheritedFds().map((fd) => fdLine(tid, fd)),
      );
    }
    return lines.map(factLine);
  }

  #inheritedFds(): FdSnapshot[] {
    if (!this.#outputTaken) return readFds([0, 1, 2]);
    return readFds([0, 2]).flatMap((fd) => (fd.fd === 2 ? [{ ...fd, fd: 1 }, fd] : [fd]));
  }

  /** The facts behind a line: what became of a process by an exec, and which file an open made. */
  after(line: ByteString): ByteString[] {
    if (!/exec|open|creat/.test(line)) return [];
    const { leader, at } = parseLeader(line);
    const { tid, time } = leader;
    if (tid === undefined) return [];
    const text = line.slice(at);
    const body = parseBody(text);
    switch (body.kind) {
      case 'call':
        if (/^exec/.test(body.name)) return body.result?.value === 0 ? this.#process(tid) : [];
        return makesFile(text) && body.result !== undefined ? this.#file(tid, body.result, time) : [];
      case 'unfinished':
        if (makesFile(body.text)) this.#opening.set(tid, { text: body.text, time });
        return [];
      case 'resumed': {
        const name = /^<\.\.\. (\w+)/.exec(text)?.[1] ?? '';
        if (/^exec/.test(name)) return /\)\s*= 0\b[^"]*$/.test(body.text) ? this.#process(tid) : [];
        const began = this.#opening.get(tid);
        this.#opening.delete(tid);
        const call = began === undefined ? undefined : parseCall(began.text + body.text);
        return call?.result === undefined ? [] : this.#file(tid, call.result, began!.time);
      }
      default:
        return [];
    }
  }

  #process(tid: number): ByteString[] {
    const link = `/proc/${tid}/exe`;
    const program = readLink(link);
    const found = readProcess(tid);
    // What was read while it ended, or became another program, belongs to neither.
    if (found === undefined || program === undefined || readLink(link) !== program) return [];
    return [factLine(this.#tracedLine(found))];
  }

  /** A process that strace traces. */
  #tracedLine(process: ThreadSnapshot): ByteString {
    if (this.#container === undefined) return this.#processLine(process);
    const file = statusOf(`/proc/${process.tid}/exe`);
    const layer = file === undefined ? undefined : this.#assumedLayer(file.birthtimeNs);
    return this.#processLine({
      ...insideOf(this.#container, process),
      exeUpperLayer: layer === 'upper',
      exeLowerLayer: layer === 'lower',
    });
  }

  /** In an assumed container, what is made after the recording began is in the upper layer, and all else came with the image. */
  #assumedLayer(born: bigint): 'upper' | 'lower' {
    return born >= this.#began ? 'upper' : 'lower';
  }

  #processLine(process: ThreadSnapshot): ByteString {
    return processLine(this.#keepsEnv ? process : { ...process, env: '' });
  }

  #file(tid: number, { value, note }: Result, began: bigint): ByteString[] {
    if (typeof value !== 'number' || value < 0 || note?.startsWith('/') !== true) return [];
    const name = unescape(note.replace(/<(?:char|block) [\d:]+>$/, ''));
    const link = `/proc/${tid}/fd/${value}`;
    const path = statusOf(link) === undefined ? Buffer.from(name, 'latin1') : link;
    const status = statusOf(path);
    if (status?.isFile() !== true) return [];
    const key = `${status.dev}:${status.ino}`;
    const born = status.birthtimeNs;
    const isNew = born >= began - LAG && this.#made.get(key) !== born;
    if (isNew) this.#made.set(key, born);
    const layer = this.#container === undefined ? layerOf(path, status) : this.#assumedLayer(born);
    const fd: FdSnapshot = {
      fd: value,
      ino: status.ino,
      type: FD.FILE_V2,
      openFlags: (isNew ? CREATED : 0) | (layer === undefined ? 0 : LAYERS[layer]),
      mountId: 0,
      dev: Number(status.dev & DEVICE_BITS),
      name,
    };
    return [factLine(fdLine(tid, fd))];
  }
}

const makesFile = (call: ByteString) => /^open(?:at2?)?\(.*O_(?:CREAT|TMPFILE)|^creat\(/s.test(call);

/** A process that runs what its parent runs, and has the rest from this process. */
function childOf(parent: ThreadSnapshot, own: ThreadSnapshot, tid: number): ThreadSnapshot {
  const { sid, pgid, vpgid, tty, cwd, root, env, fdLimit, cgroups } = own;
  const { uid, gid, loginuid, capPermitted, capEffective, capInheritable } = own;
  return {
    ...parent,
    ...{ tid, pid: tid, vtid: tid, vpid: tid, ptid: parent.pid },
    ...{ sid, pgid, vpgid, tty, cwd, root, env, fdLimit, cgroups },
    ...{ uid, gid, loginuid, capPermitted, capEffective, capInheritable },
  };
}
