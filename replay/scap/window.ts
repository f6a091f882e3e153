const NO_BYTES = new Uint8Array(0);
const NO_VIEW = viewOf(NO_BYTES);

/** A carry buffer that grew beyond this for one long block is given back after it. */
const KEPT_CARRY = 1 << 20;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/**
 * A stream of chunks, seen through a window that is always contiguous: the chunk itself, or, for a block that crosses the end of
 * a chunk, a carry buffer that holds its first part and as much of the next chunk as it needs. Nothing else is copied.
 */
export class Window {
  bytes: Uint8Array = NO_BYTES;
  view: DataView = NO_VIEW;
  /** Where the next block begins in `bytes`. */
  at = 0;
  /** End of what `bytes` holds of the stream. */
  end = 0;
  /** Whether `bytes` is the carry buffer: then only one block at a time is to be taken from it. */
  carried = false;

  /** Offset in the stream of `bytes[0]`. */
  #base = 0;
  #chunk: Uint8Array = NO_BYTES;
  /** A view of `#viewed`: sources fill the same chunk again and again. */
  #chunkView: DataView = NO_VIEW;
  #viewed: Uint8Array = NO_BYTES;
  #carry: Uint8Array = NO_BYTES;
  /** Bytes of the carry buffer that came before `#chunk`. */
  #tail = 0;

  /** Offset in the stream of position `at` of `bytes`. */
  offset(at: number): number {
    return this.#base + at;
  }

  /** Bytes that can be had without another chunk. */
  get left(): number {
    return this.carried ? this.#tail + this.#chunk.length - this.at : this.end - this.at;
  }

  /** Saves what is left of the chunk, which the caller may then overwrite. */
  release(): void {
    const left = this.left;
    if (left === 0) {
      this.#base += this.at;
      this.bytes = NO_BYTES;
      this.view = NO_VIEW;
      this.carried = false;
      this.at = this.end = 0;
    } else {
      if (this.carried) this.#take(left);
      const { bytes, at } = this;
      if (bytes !== this.#carry || at > 0) {
        if (this.#carry.length < left) this.#carry = new Uint8Array(capacity(left));
        this.#carry.set(bytes.subarray(at, at + left));
      }
      this.bytes = this.#carry;
      this.view = viewOf(this.#carry);
      this.carried = true;
      this.#base += at;
      this.at = 0;
      this.end = left;
    }
    this.#tail = left;
    this.#chunk = NO_BYTES;
  }

  /** Adds a chunk, after `release`. */
  feed(chunk: Uint8Array): void {
    this.#chunk = chunk;
    if (this.#tail === 0) this.#useChunk(0);
  }

  /** Makes `count` bytes from `at` on contiguous. False if there are not as many. */
  need(count: number): boolean {
    if (this.carried && this.at >= this.#tail) {
      this.#base += this.#tail;
      this.#useChunk(this.at - this.#tail);
    }
    if (this.end - this.at >= count) return true;
    if (!this.carried || this.left < count) return false;
    this.#take(count);
    return true;
  }

  #useChunk(at: number): void {
    const chunk = this.#chunk;
    if (chunk !== this.#viewed) {
      this.#viewed = chunk;
      this.#chunkView = viewOf(chunk);
    }
    this.bytes = chunk;
    this.view = this.#chunkView;
    this.at = at;
    this.end = chunk.length;
    this.carried = false;
    if (this.#carry.length > KEPT_CARRY) this.#carry = NO_BYTES;
  }

  /** Copies so much of the chunk behind the carried bytes that `count` are there. */
  #take(count: number): void {
    const end = this.at + count;
    if (end <= this.end) return;
    if (this.#carry.length < end) {
      const larger = new Uint8Array(capacity(end));
      larger.set(this.#carry.subarray(0, this.end));
      this.#carry = larger;
      this.bytes = larger;
      this.view = viewOf(larger);
    }
    const taken = this.end - this.#tail;
    this.#carry.set(this.#chunk.subarray(taken, end - this.#tail), this.end);
    this.end = end;
  }
}

function capacity(count: number): number {
  let size = 4096;
  while (size < count) size *= 2;
  return size;
}
