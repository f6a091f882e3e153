import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { unwritable } from '../../engine/index.ts';

/** A file or stream that takes bytes one piece after the other. Errors are those of the system. */
export interface Target {
  write(bytes: Uint8Array): Promise<void>;
  /** All has been written. */
  finish(): Promise<void>;
  /** It will not be whole: what was begun goes away, as far as it can. */
  abandon(): Promise<void>;
}

/** A file that has its name only once it is whole; until then it lies beside its place as `NAME.part`. */
export class FileTarget implements Target {
  readonly #path: string;
  readonly #partial: string;
  readonly #file: FileHandle;

  private constructor(path: string, partial: string, file: FileHandle) {
    this.#path = path;
    this.#partial = partial;
    this.#file = file;
  }

  /** Begins a file. What is no regular file, such as a pipe or a device, is written as it is. Throws a `DiagnosticError`. */
  static async open(path: string): Promise<FileTarget> {
    try {
      const found = await stat(path).catch(() => undefined);
      const partial = found === undefined || found.isFile() ? `${path}.part` : path;
      return new FileTarget(path, partial, await open(partial, 'w'));
    } catch (error) {
      throw unwritable('CAPTURE_UNWRITABLE', path, error);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;)
      at += (await this.#file.write(bytes, at, bytes.length - at)).bytesWritten;
  }

  async finish(): Promise<void> {
    await this.#file.close();
    if (this.#partial !== this.#path) await rename(this.#partial, this.#path);
  }

  async abandon(): Promise<void> {
    await this.#file.close();
    if (this.#partial !== this.#path) await rm(this.#partial, { force: true });
  }
}

/** A stream, such as standard output, which stays open. */
export class StreamTarget implements Target {
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(bytes, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  abandon(): Promise<void> {
    return Promise.resolve();
  }
}
