import {
  byteString,
  readInt64,
  readInt64Number,
  readUint64,
  type ByteString,
  type Int,
} from '../../engine/index.ts';

/** Why the contents of a block make no sense, and where. The reader turns it into a diagnostic. */
export class BlockError extends Error {
  /** Position in the buffer that holds the block. */
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Reads the contents of a block from front to back, never beyond its end. */
export class BlockBody {
  at: number;
  readonly end: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, view: DataView, at: number, end: number) {
    this.#bytes = bytes;
    this.#view = view;
    this.at = at;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  fail(message: string, at = this.at): never {
    throw new BlockError(message, at);
  }

  /** The position of the next `count` bytes, which are then behind us. */
  #pass(count: number, what: string): number {
    const { at } = this;
    if (count > this.end - at)
      this.fail(`${what} needs ${count} bytes, and ${this.end - at} are left in the block`);
    this.at = at + count;
    return at;
  }

  uint8(what: string): number {
    return this.#bytes[this.#pass(1, what)]!;
  }

  uint16(what: string): number {
    return this.#view.getUint16(this.#pass(2, what), true);
  }

  uint32(what: string): number {
    return this.#view.getUint32(this.#pass(4, what), true);
  }

  /** A 64-bit integer as the nearest number, taken as signed: an id of -1 is stored as 2^64 - 1. */
  id(what: string): number {
    return readInt64Number(this.#view, this.#pass(8, what));
  }

  uint64(what: string): Int {
    return readUint64(this.#view, this.#pass(8, what));
  }

  int64(what: string): Int {
    return readInt64(this.#view, this.#pass(8, what));
  }

  /** An IPv4 address as a number; captures hold it in network order. */
  ipv4(what: string): number {
    return this.#view.getUint32(this.#pass(4, what), false);
  }

  ipv6(what: string): ByteString {
    return this.bytes(16, what);
  }

  bytes(count: number, what: string): ByteString {
    const at = this.#pass(count, what);
    return byteString(this.#bytes, at, at + count);
  }

  /** A length (2 bytes) of at most `max`, and as many bytes. */
  counted(max: number, what: string): ByteString {
    const { at } = this;
    const count = this.uint16(what);
    if (count > max) this.fail(`${what} is said to have ${count} bytes, and has ${max} at most`, at);
    return this.bytes(count, what);
  }

  /** The same, for text that libscap keeps as a C string: it ends at the first NUL. */
  text(max: number, what: string): ByteString {
    return upToNul(this.counted(max, what));
  }

  skip(count: number, what: string): void {
    this.#pass(count, what);
  }
}

/** What C makes of a buffer with text. */
export function upToNul(text: ByteString): ByteString {
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}
