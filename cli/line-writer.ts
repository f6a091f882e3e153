import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { ByteString } from '../engine/index.ts';

/** Writes lines of bytes to a stream, no faster than the stream takes them. */
export class LineWriter {
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** Writes whole lines, and waits while the stream is full. */
  async write(lines: ByteString | Uint8Array): Promise<void> {
    if (!this.#stream.write(lines, 'latin1')) await once(this.#stream, 'drain');
  }
}
