import type { Readable } from 'node:stream';
import { unreadable } from '../../engine/index.ts';
import type { ByteSource } from './source.ts';

/** A readable stream of bytes: standard input, a socket, bytes made in memory. */
export class StreamSource implements ByteSource {
  position = 0;
  readonly size: number | undefined;
  readonly cutShort = false;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #stream: Readable;
  readonly #name: string;

  constructor(stream: Readable, name: string, size?: number) {
    this.#stream = stream;
    this.#name = name;
    this.size = size;
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = await this.#chunks.next().catch((error: unknown) => {
        throw unreadable('CAPTURE_UNREADABLE', this.#name, error);
      });
      if (chunk.done === true) return undefined;
      const { value } = chunk;
      if (value.length === 0) continue;
      this.position += value.length;
      // Plain arrays only: code that sees two kinds of them is slower.
      return new Uint8Array(value.buffer, value.byteOffset, value.length);
    }
  }

  close(): Promise<void> {
    this.#stream.destroy();
    return Promise.resolve();
  }
}
