import { open, realpath, type FileHandle } from 'node:fs/promises';
import { HEAD_BYTES, headHash, type FileMark } from './mark.ts';

/** What of a file may change. */
export interface FileInfo {
  readonly size: number;
  /** Nanoseconds since the epoch. */
  readonly modified: bigint;
  /** Names that it still has. */
  readonly names: bigint;
}

/** A file that is read from a place on; it stays the same file whatever becomes of its name. */
export class OpenFile {
  readonly path: string;
  /** What the path led to when it was opened. */
  readonly realPath: string;
  readonly dev: string;
  readonly ino: string;
  readonly #handle: FileHandle;
  #head: FileMark['head'] = { bytes: 0, hash: headHash(new Uint8Array()) };

  private constructor(path: string, realPath: string, handle: FileHandle, dev: string, ino: string) {
    this.path = path;
    this.realPath = realPath;
    this.#handle = handle;
    this.dev = dev;
    this.ino = ino;
  }

  /** Undefined if there is none, or something else than a file; throws if it cannot be opened. */
  static async open(path: string): Promise<OpenFile | undefined> {
    let handle: FileHandle;
    try {
      handle = await open(path, 'r');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    const stat = await handle.stat({ bigint: true });
    if (!stat.isFile()) {
      await handle.close();
      return undefined;
    }
    const realPath = await realpath(path).catch(() => path);
    return new OpenFile(path, realPath, handle, String(stat.dev), String(stat.ino));
  }

  /** Equal for one and the same file. */
  get identity(): string {
    return `${this.dev}:${this.ino}`;
  }

  async info(): Promise<FileInfo> {
    const { size, mtimeNs, nlink } = await this.#handle.stat({ bigint: true });
    return { size: Number(size), modified: mtimeNs, names: nlink };
  }

  /** Bytes from a place on, as many as there are and fit; none at the end. */
  async read(buffer: Buffer, position: number): Promise<Buffer> {
    const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, position);
    return buffer.subarray(0, bytesRead);
  }

  /** The mark for having read up to an offset. */
  async mark(offset: number): Promise<FileMark> {
    const bytes = Math.min(offset, HEAD_BYTES);
    if (bytes > this.#head.bytes) {
      const head = await this.#headOf(bytes);
      // Less if the file was cut since; then what was known tells more.
      if (head.bytes === bytes) this.#head = head;
    }
    const { realPath: path, dev, ino } = this;
    const { modified } = await this.info();
    return { path, dev, ino, offset, head: this.#head, modified: String(modified) };
  }

  /** Whether the file begins as it did when the mark was made, and reaches as far. */
  async continues({ head, offset }: FileMark): Promise<boolean> {
    if ((await this.info()).size < offset) return false;
    const { bytes, hash } = await this.#headOf(head.bytes);
    return bytes === head.bytes && hash === head.hash;
  }

  async #headOf(bytes: number): Promise<FileMark['head']> {
    const head = await this.read(Buffer.alloc(bytes), 0);
    return { bytes: head.length, hash: headHash(head) };
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** Whether an error says that there is no such file. */
export const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
