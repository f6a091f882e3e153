import { createGunzip, type Gunzip } from 'node:zlib';
import { captureError } from '../failure.ts';
import type { ByteSource } from './source.ts';

/** Whether bytes begin as gzip data do. */
export function isGzip(start: Uint8Array): boolean {
  return start.length >= 2 && start[0] === 0x1f && start[1] === 0x8b;
}

const CHUNK = 1 << 20;
/** Compressed bytes that wait within zlib, so that it goes on by itself while the caller works. */
const WAITING = 1 << 20;
const NOTHING = Promise.resolve(undefined);
/** zlib keeps the unfinished chunk to itself when it meets damage, so the way to the damage is gone a second time in small steps. */
const CAREFUL_CHUNK = 1 << 14;

/**
 * The inflated bytes of a gzip source (of all its members, if several were concatenated). Inflating happens on zlib's own threads
 * and is one chunk ahead of the caller.
 *
 * Data that end too early give all bytes before the end, and `cutShort`. Damaged data give the bytes before the damage (but for the last 16 KiB at
 * most), then an error; to reach them, the source is opened once more with `reopen`, if it can be.
 */
export class GunzipSource implements ByteSource {
  cutShort = false;
  #source: ByteSource;
  readonly #file: string;
  readonly #reopen: (() => Promise<ByteSource>) | undefined;
  #zlib: Gunzip;
  /** Whether compressed bytes are being read. */
  #fetching = false;
  /** Whether there are no more of them. */
  #fetched = false;
  #closing = false;
  #ended = false;
  #error: NodeJS.ErrnoException | undefined = undefined;
  /** Why compressed bytes could not be read. */
  #failure: Error | undefined = undefined;
  #careful = false;
  #given = 0;
  #discard = 0;
  #wake: () => void = () => undefined;
  #ahead: Promise<Uint8Array | undefined>;

  constructor(source: ByteSource, file: string, reopen?: () => Promise<ByteSource>) {
    this.#source = source;
    this.#file = file;
    this.#reopen = reopen;
    this.#zlib = this.#start(CHUNK);
    this.#ahead = this.#produceAhead();
  }

  get position(): number {
    return this.#source.position;
  }

  get size(): number | undefined {
    return this.#source.size;
  }

  async read(): Promise<Uint8Array | undefined> {
    const ahead = this.#ahead;
    // After an error there is nothing more.
    this.#ahead = NOTHING;
    const chunk = await ahead;
    if (chunk !== undefined) this.#ahead = this.#produceAhead();
    return chunk;
  }

  async close(): Promise<void> {
    this.#ended = true;
    // First the source: what is being waited for may never come.
    await this.#source.close();
    this.#wake();
    await this.#ahead.catch(() => undefined);
    this.#zlib.destroy();
  }

  #start(chunkSize: number): Gunzip {
    this.#fetching = this.#fetched = this.#closing = this.#ended = false;
    this.#error = this.#failure = undefined;
    const zlib = createGunzip({ chunkSize });
    zlib.on('readable', () => {
      this.#wake();
    });
    zlib.on('end', () => {
      this.#ended = true;
      this.#wake();
    });
    zlib.on('error', (error) => {
      this.#error = error;
      this.#wake();
    });
    return zlib;
  }

  #produceAhead(): Promise<Uint8Array | undefined> {
    const chunk = this.#produce();
    chunk.catch(() => undefined);
    return chunk;
  }

  async #produce(): Promise<Uint8Array | undefined> {
    for (;;) {
      const inflated = (this.#error === undefined ? this.#zlib.read() : null) as Buffer | null;
      if (inflated !== null) {
        const skip = Math.min(this.#discard, inflated.length);
        this.#discard -= skip;
        if (skip === inflated.length) continue;
        const count = inflated.length - skip;
        this.#given += count;
        return new Uint8Array(inflated.buffer, inflated.byteOffset + skip, count);
      }
      if (this.#error !== undefined) {
        if (await this.#recover(this.#error)) continue;
        return undefined;
      }
      if (this.#failure !== undefined && this.#zlib.writableLength === 0) throw this.#failure;
      if (this.#ended) return undefined;
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      this.#feed();
      await woken;
    }
  }

  /**
   * Lets zlib have more of the compressed bytes if few wait there. The end is told only when all that could be inflated has been taken: an error would
   * discard it.
   */
  #feed(): void {
    const zlib = this.#zlib;
    if (this.#fetched) {
      if (this.#closing || zlib.writableLength > 0) return;
      this.#closing = true;
      zlib.end();
    } else if (!this.#fetching && zlib.writableLength < WAITING) {
      this.#fetching = true;
      void this.#fetch(zlib);
    }
  }

  async #fetch(zlib: Gunzip): Promise<void> {
    try {
      const input = await this.#source.read();
      // Damage was met meanwhile, and all begins anew.
      if (zlib !== this.#zlib) return;
      if (input === undefined) this.#fetched = true;
      // The source fills the same bytes again.
      else if (!zlib.destroyed) zlib.write(Uint8Array.prototype.slice.call(input), () => this.#wake());
    } catch (error) {
      if (zlib !== this.#zlib) return;
      this.#failure = error as Error;
    }
    this.#fetching = false;
    this.#wake();
  }

  /** What to do about an error of zlib: true if reading goes on, false if this is the end. */
  async #recover(error: NodeJS.ErrnoException): Promise<boolean> {
    if (error.code === 'Z_BUF_ERROR') {
      this.cutShort = true;
      return false;
    }
    if (this.#careful || this.#reopen === undefined)
      throw captureError(
        'CAPTURE_GZIP',
        `the compressed data are damaged (${error.message}): ${this.#given} bytes could be inflated`,
        { file: this.#file, offset: this.#given },
        'get the file once more, or check it with gzip -t',
        error,
      );
    this.#careful = true;
    await this.#source.close();
    this.#source = await this.#reopen();
    this.#discard = this.#given;
    this.#zlib.destroy();
    this.#zlib = this.#start(CAREFUL_CHUNK);
    return true;
  }
}
