import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { unwritable } from '../../engine/index.ts';
import type { ByteOutput } from './output.ts';

/**
 * A compressed file that is written at once, piece by piece: how long it is does not depend on how fast a disk is. It has its name
 * once it is closed; until then it lies beside its place as `NAME.part`. Throws `DiagnosticError`s.
 */
export class GzipFile implements ByteOutput {
  /** Bytes of the file so far. */
  size = 0;
  readonly #path: string;
  readonly #file: number;
  #open = true;

  constructor(path: string) {
    this.#path = path;
    this.#file = this.#try(() => openSync(this.#partial, 'w'));
  }

  get #partial(): string {
    return `${this.#path}.part`;
  }

  write(bytes: Uint8Array): void {
    const data = gzipSync(bytes);
    this.#try(() => {
      for (let at = 0; at < data.length;) at += writeSync(this.#file, data, at);
    });
    this.size += data.length;
  }

  drain(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.end();
    return Promise.resolve();
  }

  /** The same, done when it returns. */
  end(): void {
    this.#try(() => {
      this.#close();
      renameSync(this.#partial, this.#path);
    });
  }

  abandon(): Promise<void> {
    this.#close();
    rmSync(this.#partial, { force: true });
    return Promise.resolve();
  }

  #close(): void {
    if (this.#open) closeSync(this.#file);
    this.#open = false;
  }

  #try<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw unwritable('CAPTURE_UNWRITABLE', this.#path, error);
    }
  }
}
