/** Writes the blocks of .scap captures, for tests. */
import { bytesOf } from '../../../engine/index.ts';

/** Values in the order in which they lie in a block. */
export class Bytes {
  #bytes: number[] = [];

  get length(): number {
    return this.#bytes.length;
  }

  u8(value: number): this {
    this.#bytes.push(value & 255);
    return this;
  }

  u16(value: number): this {
    return this.u8(value).u8(value >>> 8);
  }

  u32(value: number): this {
    return this.u16(value & 0xffff).u16(value >>> 16);
  }

  u64(value: number | bigint): this {
    const whole = BigInt.asUintN(64, BigInt(value));
    return this.u32(Number(whole & 0xffffffffn)).u32(Number(whole >> 32n));
  }

  raw(bytes: Uint8Array | readonly number[]): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  /** A text with its length in front. */
  text(value: string): this {
    return this.u16(value.length).raw(bytesOf(value));
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

export const bytes = (): Bytes => new Bytes();

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A block, padded to a multiple of 4 bytes. */
export function block(type: number, body: Uint8Array | Bytes): Uint8Array {
  const contents = body instanceof Bytes ? body.done() : body;
  const padding = (4 - (contents.length % 4)) % 4;
  const length = 12 + contents.length + padding;
  return bytes().u32(type).u32(length).raw(contents).raw(new Uint8Array(padding)).u32(length).done();
}

export function sectionHeader(major = 1, minor = 2): Uint8Array {
  return block(0x0a0d0d0a, bytes().u32(0x1a2b3c4d).u16(major).u16(minor).u64(-1));
}

export function machineInfo(hostname = 'box', bootTime = 1_700_000_000_000_000_000n): Uint8Array {
  const name = new Uint8Array(128);
  name.set(bytesOf(hostname));
  return block(
    0x201,
    bytes().u32(4).u64(8_000_000_000).u64(32768).raw(name).u64(bootTime).u64(1).u64(0).u64(0),
  );
}

/** An event block of the current kind. `event` is what `eventBytes` gives. */
export function eventBlock(event: Uint8Array, cpu = 0, type = 0x216): Uint8Array {
  return block(type, bytes().u16(cpu).raw(event));
}

/** An event block with flags. */
export function flaggedEventBlock(event: Uint8Array, cpu: number, flags: number, type = 0x217): Uint8Array {
  return block(type, bytes().u16(cpu).u32(flags).raw(event));
}

/** An event as old captures hold it, without the number of parameters. */
export function withoutCount(event: Uint8Array): Uint8Array {
  const old = concat(event.subarray(0, 22), event.subarray(26));
  new DataView(old.buffer).setUint32(16, old.length, true);
  return old;
}

/** An entry that tells its length, counting that. */
export function sized(entry: Bytes): Uint8Array {
  return bytes()
    .u32(entry.length + 4)
    .raw(entry.done())
    .done();
}
