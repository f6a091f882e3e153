import { closeSync, openSync, readSync } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { unreadable } from '../../engine/index.ts';
import type { ByteSource } from './source.ts';

/** Small enough to stay in the processor's cache from the reading to the last look. */
const CHUNK = 1 << 18;

/** After so many chunks, whatever else waits (signals, output) has its turn. */
const TURN = 16;

/** Opens a file, or what has a path like one. */
export async function openPath(path: string): Promise<ByteSource> {
  try {
    const status = await stat(path);
    return status.isFile()
      ? new FileSource(path, status.size)
      : new DeviceSource(path, await open(path, 'r'));
  } catch (error) {
    throw unreadable('CAPTURE_UNREADABLE', path, error);
  }
}

/**
 * A regular file. It is read when the bytes are wanted: the system reads ahead by itself, and a detour over other threads costs more than
 * copying bytes that are there.
 */
class FileSource implements ByteSource {
  position = 0;
  readonly size: number;
  readonly cutShort = false;
  readonly #path: string;
  readonly #file: number;
  readonly #chunk: Uint8Array;
  #count = 0;
  #open = true;

  constructor(path: string, size: number) {
    this.#path = path;
    this.size = size;
    this.#file = openSync(path, 'r');
    this.#chunk = new Uint8Array(Math.min(CHUNK, size + 1));
  }

  async read(): Promise<Uint8Array | undefined> {
    if (++this.#count % TURN === 0) await setImmediate();
    const chunk = this.#chunk;
    let count: number;
    try {
      count = readSync(this.#file, chunk, 0, chunk.length, null);
    } catch (error) {
      throw unreadable('CAPTURE_UNREADABLE', this.#path, error);
    }
    if (count === 0) return undefined;
    this.position += count;
    return count === chunk.length ? chunk : chunk.subarray(0, count);
  }

  close(): Promise<void> {
    if (this.#open) closeSync(this.#file);
    this.#open = false;
    return Promise.resolve();
  }
}

/** What lets a reader wait: a named pipe, a terminal. While the caller works on one buffer, the next one is being filled. */
class DeviceSource implements ByteSource {
  position = 0;
  readonly size = undefined;
  readonly cutShort = false;
  readonly #file: FileHandle;
  readonly #path: string;
  #given: Uint8Array = new Uint8Array(CHUNK);
  #coming: Uint8Array = new Uint8Array(CHUNK);
  #reading: Promise<number>;

  constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
    this.#reading = this.#start();
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
        throw unreadable('CAPTURE_UNREADABLE', this.#path, error);
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
