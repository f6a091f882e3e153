import type { ByteString, Int } from '../bytes.ts';

const TWO_32 = 4294967296;

/** Bytes that are written from front to back into a memory that grows as needed and is used again. */
export class ByteBuffer {
  bytes = new Uint8Array(4096);
  view = new DataView(this.bytes.buffer);
  /** Bytes that were written. */
  length = 0;

  clear(): void {
    this.length = 0;
  }

  /** Takes the next `count` bytes, which hold anything. Returns where they begin. */
  take(count: number): number {
    const at = this.length;
    const end = at + count;
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.bytes.length));
      larger.set(this.bytes.subarray(0, at));
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    this.length = end;
    return at;
  }

  /** An integer of 1, 2 or 4 bytes, little-endian, whether signed or not. */
  int(value: number, size: number): void {
    const at = this.take(size);
    if (size === 4) this.view.setInt32(at, value, true);
    else if (size === 2) this.view.setInt16(at, value, true);
    else this.bytes[at] = value;
  }

  int64(value: Int): void {
    this.setInt64(this.take(8), value);
  }

  setInt64(at: number, value: Int): void {
    if (typeof value === 'bigint') {
      this.view.setBigInt64(at, BigInt.asIntN(64, value), true);
      return;
    }
    this.view.setInt32(at, value, true);
    this.view.setInt32(at + 4, Math.floor(value / TWO_32), true);
  }

  text(text: ByteString): void {
    const at = this.take(text.length);
    const { bytes } = this;
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  }
}
