import { byteString, type ByteString } from '../../engine/index.ts';

const NEWLINE = 10;
const RETURN = 13;
const NO_BYTES = new Uint8Array(0);

/** Longest line that is taken, in bytes: room for the longest event of a .scap capture (64 MiB) in base64. */
export const MAX_LINE = 1 << 27;

/** A buffer that grew beyond this for one long line is given back after it. */
const KEPT = 1 << 20;

/** A stream of chunks as lines. Only a line that crosses the end of a chunk is copied. */
export class Lines {
  /** Number of the line that was given last, from 1. */
  number = 0;
  #chunk: Uint8Array = NO_BYTES;
  #at = 0;
  /** The beginning of a line that ends in a later chunk. */
  #kept: Uint8Array = NO_BYTES;
  #keptLength = 0;

  /** Whether there are bytes behind the last whole line. */
  get hasRest(): boolean {
    return this.#keptLength > 0 || this.#at < this.#chunk.length;
  }

  /** Whether the line that is being gathered is longer than a line may be. */
  get tooLong(): boolean {
    return this.#keptLength > MAX_LINE;
  }

  /** Saves what is left of the chunk, which the caller may then overwrite. */
  release(): void {
    this.#keep(this.#chunk.length);
    this.#chunk = NO_BYTES;
    this.#at = 0;
  }

  /** Adds a chunk, after `release`. */
  feed(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** The next whole line, as the bytes before its end. Undefined if there is none in the chunks so far. */
  next(): ByteString | undefined {
    const end = this.#chunk.indexOf(NEWLINE, this.#at);
    if (end < 0) return undefined;
    if (this.#keptLength > 0) {
      this.#keep(end);
      this.#at = end + 1;
      return this.rest();
    }
    const line = text(this.#chunk, this.#at, end);
    this.#at = end + 1;
    this.number++;
    return line;
  }

  /** The line that was gathered, after `release`: at the end, the one without an end. */
  rest(): ByteString {
    const line = text(this.#kept, 0, this.#keptLength);
    this.#keptLength = 0;
    if (this.#kept.length > KEPT) this.#kept = NO_BYTES;
    this.number++;
    return line;
  }

  #keep(end: number): void {
    const count = end - this.#at;
    const length = this.#keptLength + count;
    if (length > this.#kept.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#kept.length));
      larger.set(this.#kept.subarray(0, this.#keptLength));
      this.#kept = larger;
    }
    this.#kept.set(this.#chunk.subarray(this.#at, end), this.#keptLength);
    this.#keptLength = length;
  }
}

function text(bytes: Uint8Array, start: number, end: number): ByteString {
  return byteString(bytes, start, end > start && bytes[end - 1] === RETURN ? end - 1 : end);
}
