import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { ByteString } from '../engine/index.ts';

/** Lines are gathered up to this many bytes before they are handed to the stream. */
const GATHER = 1 << 16;

/** Writes lines of bytes to a stream in large pieces, no faster than the stream takes them. */
export class LineWriter {
  readonly #stream: Writable;
  #lines = '';

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** Adds a line; its newline is added here. */
  write(line: ByteString): void {
    this.#lines += line;
    this.#lines += '\n';
    if (this.#lines.length >= GATHER) this.#pass();
  }

  /** Hands over what was gathered, and waits while the stream is full. */
  async flush(): Promise<void> {
    this.#pass();
    if (this.#stream.writableNeedDrain) await once(this.#stream, 'drain');
  }

  #pass(): void {
    if (this.#lines === '') return;
    this.#stream.write(this.#lines, 'latin1');
    this.#lines = '';
  }
}
