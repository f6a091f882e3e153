import type { RoutedAlert } from '../../../outputs/index.ts';
import type { AlertLines } from '../alert-lines.ts';
import type { InputContext } from '../input.ts';
import { LineCutter, type LinePiece } from '../lines.ts';
import type { FileMark } from './mark.ts';
import { OpenFile } from './open-file.ts';
import { rotatedFiles, statOf, type RotatedFile } from './rotation.ts';

/** Bytes that are read, and handed on, at a time. */
const CHUNK = 1 << 18;
/** Milliseconds after which a file that was deleted, and to which nobody writes, is let go. */
const DELETED_GRACE = 60_000;
/** Files that were read to their end, as many as are remembered. */
const MOST_DONE = 64;

/** What a trail needs from the input. */
export interface TrailSetup {
  readonly path: string;
  /** How far an earlier run has read. */
  readonly mark: FileMark | undefined;
  /** Where to begin if there is no mark. */
  readonly from: 'beginning' | 'end';
  /** Longest line in bytes. */
  readonly most: number;
  readonly lines: AlertLines;
  readonly log: InputContext['log'];
  /** Hands alerts and the mark that belongs to them to the sink; false if the input was stopped first. */
  readonly deliver: (alerts: readonly RoutedAlert[], path: string, mark: FileMark) => Promise<boolean>;
}

/**
 * Follows what is written to a path through all the files that come to stand there. A file that gets another name is read to its end before the next: Falco writes to it until it is told to
 * open the path anew, and so it is left only when there is something in its successor.
 */
export class Trail {
  readonly #setup: TrailSetup;
  #mark: FileMark | undefined;
  #from: 'beginning' | 'end';
  #file: OpenFile | undefined;
  /** What the path leads to: where rotated files stand. */
  #realPath: string;
  #cutter: LineCutter;
  #buffer = Buffer.allocUnsafe(CHUNK);
  #offset = 0;
  #modified = -1n;
  /** When the file changed last, as `performance.now()` has it. */
  #changed = 0;
  #size = 0;
  /** Whether the sink knows of the file: noted before anything is read, so that a restart finds it under whatever name. */
  #isNoted = true;
  /** Read before the path is looked at again. */
  #next: { path: string; identity: string; offset: number } | undefined;
  /** The sink did not take what was read, for the input stops: nothing may be read behind it. */
  #isStopped = false;
  readonly #done = new Set<string>();
  /** Files that had been rotated away before the one that is read came to the path. */
  #older: ReadonlySet<string> = new Set();

  constructor(setup: TrailSetup) {
    this.#setup = setup;
    this.#mark = setup.mark;
    this.#from = setup.from;
    this.#realPath = setup.path;
    this.#cutter = new LineCutter(setup.most);
  }

  /** Whether a file is open. */
  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  /** Bytes that are known to be there and were not read yet. */
  get lag(): number {
    return Math.max(0, this.#size - this.#position);
  }

  get #position(): number {
    return this.#offset + this.#cutter.pending;
  }

  /** Opens what is there, if it is not open yet. */
  async open(): Promise<void> {
    if (this.#file === undefined) await this.#open();
  }

  /** Reads what there is. False if there was nothing to do. Throws what the file system says. */
  async step(): Promise<boolean> {
    const file = this.#file ?? (await this.#open());
    if (file === undefined) return false;
    this.#isNoted ||= await this.#setup.deliver([], this.#setup.path, this.#mark!);
    if (!this.#isNoted || this.#isStopped) return false;
    const { size, modified, names } = await file.info();
    this.#size = size;
    if (size !== this.#position || modified !== this.#modified) {
      if (!(await file.continues(this.#markNow(file)))) return this.#startOver(file);
      this.#modified = modified;
      this.#changed = performance.now();
      if ((await this.#readOn(file)) > 0) return true;
    }
    return this.#leave(file, names > 0n);
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  /** Mark of what was read, for comparing: made from what was seen then, not from what the file holds now. */
  #markNow({ realPath: path, dev, ino }: OpenFile): FileMark {
    const { head, modified } = this.#mark!;
    return { path, dev, ino, offset: this.#position, head, modified };
  }

  async #open(): Promise<OpenFile | undefined> {
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) {
      // It may have got another name in the meantime.
      for (const candidate of [next, ...(await rotatedFiles(this.#realPath))]) {
        const file = await OpenFile.open(candidate.path);
        if (file?.identity === next.identity) return this.#begin(file, next.offset);
        await file?.close();
      }
    }
    const { path } = this.#setup;
    const file = await OpenFile.open(path);
    if (file !== undefined) this.#realPath = file.realPath;
    const mark = this.#mark;
    const from = this.#from;
    this.#from = 'beginning';
    if (mark === undefined) return file === undefined ? undefined : this.#beginAnew(file, from);
    if (this.#isDone(mark)) return file === undefined ? undefined : this.#begin(file, 0);
    if (file?.identity === identityOf(mark) && (await file.continues(mark)))
      return this.#begin(file, mark.offset);
    // Rotated while nobody looked: what is left of the old file comes first.
    const old = await this.#find(mark);
    if (old !== undefined) {
      await file?.close();
      return this.#begin(old, mark.offset);
    }
    if (file === undefined) return undefined;
    this.#setup.log.warn('the file was replaced, and the one read before is gone: alerts may be missing', {
      path,
    });
    const between = (await rotatedFiles(this.#realPath)).find(
      ({ compressed, modified }) => !compressed && modified > BigInt(mark.modified),
    );
    const first = between && (await OpenFile.open(between.path));
    if (first === undefined) return this.#begin(file, 0);
    await file.close();
    return this.#begin(first, 0);
  }

  #isDone(mark: FileMark): boolean {
    return this.#done.has(identityOf(mark));
  }

  async #begin(file: OpenFile, offset: number): Promise<OpenFile> {
    this.#file = file;
    this.#offset = offset;
    this.#modified = -1n;
    this.#cutter = new LineCutter(this.#setup.most);
    this.#done.delete(file.identity);
    this.#mark = await file.mark(offset);
    if (file.path === this.#setup.path)
      this.#older = new Set((await rotatedFiles(this.#realPath)).map(({ identity }) => identity));
    return file;
  }

  /** Begins with the first file of all. */
  async #beginAnew(file: OpenFile, from: 'beginning' | 'end'): Promise<OpenFile> {
    this.#isNoted = false;
    return this.#begin(file, from === 'end' ? await lastLineEnd(file) : 0);
  }

  /** Reads to the end of the file; gives the bytes that were read. */
  async #readOn(file: OpenFile): Promise<number> {
    let bytes = 0;
    for (;;) {
      const chunk = await file.read(this.#buffer, this.#position);
      if (chunk.length === 0) return bytes;
      bytes += chunk.length;
      // The lines stay in memory until the sink has them, and the buffer is used again then; an incomplete line needs a copy.
      if (!(await this.#deliver(file, this.#cutter.push(Buffer.from(chunk))))) return 0;
    }
  }

  async #deliver(file: OpenFile, { lines, tooLong, consumed }: LinePiece): Promise<boolean> {
    const { path, most, lines: reader, deliver } = this.#setup;
    if (consumed === 0) return true;
    if (tooLong > 0) reader.refuse(`a line of more than ${most} bytes`, { file: file.path }, tooLong);
    const alerts = reader.read(lines, () => file.path);
    const mark = await file.mark(this.#offset + consumed);
    if (!(await deliver(alerts, path, mark))) {
      this.#isStopped = true;
      return false;
    }
    this.#mark = mark;
    this.#offset += consumed;
    return true;
  }

  /** Goes to the next file, if there is one with something in it. */
  async #leave(file: OpenFile, hasName: boolean): Promise<boolean> {
    if (this.#isStopped) return false;
    const successor = (await this.#rotatedAfter(file))[0] ?? (await this.#atPath());
    if (successor === undefined) {
      // Whoever has a deleted file open can still write to it, but its place on the disk must be given back some day.
      if (!hasName && performance.now() - this.#changed > DELETED_GRACE) await this.#finish(file);
      return false;
    }
    if (successor.identity === file.identity || successor.size === 0) return false;
    // What was written before the successor was.
    await this.#readOn(file);
    if (this.#isStopped || !(await this.#deliver(file, this.#cutter.end()))) return false;
    if (successor.path !== this.#setup.path) this.#next = { ...successor, offset: 0 };
    this.#setup.log.info('the file was rotated', { file: file.path, next: successor.path });
    await this.#finish(file);
    return true;
  }

  /** The file was cut, or written anew from its beginning. What was not read of it may stand in a copy that was made before. */
  async #startOver(file: OpenFile): Promise<boolean> {
    const mark = { ...this.#markNow(file), offset: this.#offset };
    const copy = mark.head.bytes === 0 ? undefined : await this.#find(mark, file.identity);
    this.#setup.log.info('the file was cut', { file: file.path, ...(copy && { copy: copy.path }) });
    if (copy !== undefined) this.#next = { path: copy.path, identity: copy.identity, offset: this.#offset };
    await copy?.close();
    await this.#finish(file);
    return true;
  }

  async #finish(file: OpenFile): Promise<void> {
    this.#done.add(file.identity);
    if (this.#done.size > MOST_DONE) this.#done.delete(this.#done.values().next().value!);
    this.#file = undefined;
    this.#size = 0;
    this.#offset = 0;
    this.#cutter = new LineCutter(this.#setup.most);
    await file.close();
  }

  async #atPath(): Promise<{ path: string; identity: string; size: number } | undefined> {
    return statOf(this.#setup.path);
  }

  /** Files that took the place of this one and were rotated away themselves, in their order. */
  async #rotatedAfter(file: OpenFile): Promise<(RotatedFile & { size: number })[]> {
    const current = await this.#atPath();
    if (current === undefined || current.identity === file.identity) return [];
    const { modified } = await file.info();
    const found: (RotatedFile & { size: number })[] = [];
    for (const candidate of await rotatedFiles(this.#realPath)) {
      const { identity, compressed, path } = candidate;
      if (identity === file.identity || identity === current.identity || this.#done.has(identity)) continue;
      if (this.#older.has(identity)) continue;
      if (candidate.modified < modified || (compressed && candidate.modified === modified)) continue;
      if (compressed) {
        this.#setup.log.warn('a rotated file is compressed and was not read', { file: path });
        this.#done.add(identity);
      } else if (!(await this.#isCopy(path))) found.push({ ...candidate, size: 1 });
    }
    return found;
  }

  /** Whether a file begins as the one that is being read. */
  async #isCopy(path: string): Promise<boolean> {
    const mark = this.#mark;
    if (mark === undefined || mark.head.bytes === 0) return false;
    const file = await OpenFile.open(path);
    const same = file !== undefined && (await file.continues({ ...mark, offset: 0 }));
    await file?.close();
    return same;
  }

  /** The file that a mark was made of, under the name that rotation gave it; or a copy. */
  async #find(mark: FileMark, except?: string): Promise<OpenFile | undefined> {
    const rotated = (await rotatedFiles(this.#realPath)).filter(({ compressed }) => !compressed);
    // The path led elsewhere then.
    const before = await statOf(mark.path);
    const candidates = before === undefined ? rotated : [before, ...rotated];
    const renamed = candidates.filter(({ identity }) => identity === identityOf(mark));
    const others = mark.head.bytes === 0 ? [] : candidates.filter((other) => !renamed.includes(other));
    for (const { path, identity } of [...renamed, ...others]) {
      if (identity === except) continue;
      const file = await OpenFile.open(path);
      if (file !== undefined && (await file.continues(mark))) return file;
      await file?.close();
    }
    return undefined;
  }
}

const identityOf = ({ dev, ino }: FileMark): string => `${dev}:${ino}`;

/** Offset behind the last whole line of a file. */
async function lastLineEnd(file: OpenFile): Promise<number> {
  for (let end = (await file.info()).size; end > 0; end -= CHUNK) {
    const from = Math.max(0, end - CHUNK);
    const lineFeed = (await file.read(Buffer.alloc(end - from), from)).lastIndexOf(0x0a);
    if (lineFeed !== -1) return from + lineFeed + 1;
  }
  return 0;
}
