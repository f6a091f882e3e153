import { open, type FileHandle } from 'node:fs/promises';
import { captureError } from '../failure.ts';
import type { ByteSource } from './source.ts';

/** Large enough that waiting costs nothing per event, small enough to stay in the processor's cache. */
const CHUNK = 1 << 20;

/** A file. While the caller works on one buffer, the next one is being read. */
export class FileSource implements ByteSource {
  position = 0;
  readonly size: number | undefined;
  readonly cutShort = false;
  readonly #file: FileHandle;
  readonly #path: string;
  #given: Uint8Array;
  #coming: Uint8Array;
  #reading: Promise<number>;

  private constructor(path: string, file: FileHandle, size: number | undefined) {
    this.#path = path;
    this.#file = file;
    this.size = size;
    const capacity = size === undefined ? CHUNK : Math.min(CHUNK, size + 1);
    this.#given = new Uint8Array(capacity);
    this.#coming = new Uint8Array(capacity);
    this.#reading = this.#start();
  }

  static async open(path: string): Promise<FileSource> {
    try {
      const file = await open(path, 'r');
      const stat = await file.stat();
      return new FileSource(path, file, stat.isFile() ? stat.size : undefined);
    } catch (error) {
      throw unreadable(path, error);
    }
  }

  async read(): Promise<Uint8Array | undefined> {
    const count = await this.#reading;
    if (count === 0) return undefined;
    this.position += count;
    const chunk = this.#coming;
    this.#coming = this.#given;
    this.#given = chunk;
    this.#reading = this.#start();
    return count === chunk.length ? chunk : chunk.subarray(0, count);
  }

  #start(): Promise<number> {
    const reading = this.#file.read(this.#coming, 0, this.#coming.length, null).then(
      (result) => result.bytesRead,
      (error: unknown) => {
        throw unreadable(this.#path, error);
      },
    );
    // Whoever calls `read` learns of the error; nobody may.
    reading.catch(() => undefined);
    return reading;
  }

  async close(): Promise<void> {
    await this.#reading.catch(() => undefined);
    await this.#file.close();
  }
}

const REASONS: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  ENOENT: ['there is no such file', 'check the path'],
  EACCES: ['no permission to read it', 'check the permissions of the file and of the directories above it'],
  EPERM: ['no permission to read it', 'check the permissions of the file and of the directories above it'],
  EISDIR: ['it is a directory', 'name its captures, or the directory itself to replay all of them'],
};

/** The error for a file that the system does not let us read. */
export function unreadable(path: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const [message, hint] = REASONS[code] ?? [
    error instanceof Error ? error.message : String(error),
    undefined,
  ];
  return captureError('CAPTURE_UNREADABLE', `cannot read ${path}: ${message}`, { file: path }, hint, error);
}
