import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { unwritable } from '../../engine/index.ts';
import type { ByteOutput } from './output.ts';
import type { Target } from './target.ts';

const compress = promisify(gzip);

/** So many pieces may wait to be compressed and written. */
const MAX_WAITING = 8;

/**
 * Writes pieces in their order, compressed if need be: each is a gzip member of its own, so that several are compressed at the same
 * time (gzip files may consist of several; Falco reads them as one). A piece is in memory until it is written.
 */
export class PiecewiseOutput implements ByteOutput {
  readonly #target: Target;
  readonly #path: string;
  readonly #gzip: boolean;
  #waiting = 0;
  #written: Promise<void> = Promise.resolve();
  #failed = false;

  constructor(target: Target, path: string, gzip: boolean) {
    this.#target = target;
    this.#path = path;
    this.#gzip = gzip;
  }

  write(bytes: Uint8Array): void {
    const data = this.#gzip ? compress(bytes) : bytes;
    const before = this.#written;
    const write = async (): Promise<void> => {
      await before;
      await this.#target.write(await data);
      this.#waiting--;
    };
    this.#waiting++;
    this.#written = write();
    // Whoever drains or closes learns of it.
    this.#written.catch(() => (this.#failed = true));
  }

  async drain(): Promise<void> {
    if (this.#waiting > MAX_WAITING || this.#failed) await this.#settled();
  }

  async close(): Promise<void> {
    await this.#settled();
    try {
      await this.#target.finish();
    } catch (error) {
      throw unwritable('CAPTURE_UNWRITABLE', this.#path, error);
    }
  }

  async abandon(): Promise<void> {
    await this.#written.catch(() => undefined);
    await this.#target.abandon().catch(() => undefined);
  }

  async #settled(): Promise<void> {
    try {
      await this.#written;
    } catch (error) {
      throw unwritable('CAPTURE_UNWRITABLE', this.#path, error);
    }
  }
}
