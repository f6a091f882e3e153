import type { ByteString, Int } from '../../engine/index.ts';
import { BLOCK_HEADER, BLOCK_TRAILER } from './blocks.ts';

const START_CAPACITY = 1 << 14;

/** Gathers blocks, or entries of one, in memory: little-endian, packed, as libscap writes them. */
export class BlockBuilder {
  length = 0;
  #bytes = new Uint8Array(START_CAPACITY);
  #view = new DataView(this.#bytes.buffer);

  /** Makes room for `count` bytes and gives the place where they begin. It may give the builder other memory. */
  #pass(count: number): number {
    const at = this.length;
    const end = at + count;
    if (end > this.#bytes.length) {
      let capacity = this.#bytes.length;
      while (capacity < end) capacity *= 2;
      const larger = new Uint8Array(capacity);
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.length = end;
    return at;
  }

  uint8(value: number): void {
    const at = this.#pass(1);
    this.#bytes[at] = value;
  }

  uint16(value: number): void {
    const at = this.#pass(2);
    this.#view.setUint16(at, value, true);
  }

  uint32(value: number): void {
    const at = this.#pass(4);
    this.#view.setUint32(at, value, true);
  }

  /** A 64-bit integer, signed or not. */
  int64(value: Int): void {
    const at = this.#pass(8);
    this.#view.setBigInt64(at, BigInt.asIntN(64, BigInt(value)), true);
  }

  /** An IPv4 address; captures hold it in network order. */
  ipv4(address: number): void {
    const at = this.#pass(4);
    this.#view.setUint32(at, address, false);
  }

  /** The first `count` bytes of a text, with NULs behind one that is shorter. */
  fixed(text: ByteString, count: number): void {
    const at = this.#pass(count);
    for (let i = 0; i < count; i++) this.#bytes[at + i] = i < text.length ? text.charCodeAt(i) : 0;
  }

  /** A length (2 bytes) and as many bytes: those of the text, `max` at most. */
  counted(text: ByteString, max: number): void {
    const count = Math.min(text.length, max);
    this.uint16(count);
    this.fixed(text, count);
  }

  /** The same, for text that libscap keeps as a C string: it ends at the first NUL. */
  text(text: ByteString, max: number): void {
    const nul = text.indexOf('\0');
    this.counted(nul < 0 ? text : text.slice(0, nul), max);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#pass(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Puts the number of bytes since `start` into the 4 bytes at `at`. */
  setLength(at: number, start: number): void {
    this.#view.setUint32(at, this.length - start, true);
  }

  /** A whole block: header, contents, zeros up to a multiple of 4 bytes, trailer. */
  block(type: number, contents: () => void): void {
    const start = this.length;
    this.uint32(type);
    this.uint32(0);
    contents();
    const padded = (this.length - start - BLOCK_HEADER + 3) & ~3;
    this.fixed('', start + BLOCK_HEADER + padded - this.length);
    this.uint32(0);
    this.setLength(start + 4, start);
    this.setLength(this.length - BLOCK_TRAILER, start);
  }

  /** What has been gathered; valid until more is added. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  /** Begins anew, and gives back the memory of what was long. */
  clear(): void {
    this.length = 0;
    if (this.#bytes.length > START_CAPACITY) {
      this.#bytes = new Uint8Array(START_CAPACITY);
      this.#view = new DataView(this.#bytes.buffer);
    }
  }
}
