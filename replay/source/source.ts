/** Bytes in chunks, from wherever they come. */
export interface ByteSource {
  /**
   * The next bytes (never none); undefined at the end. They belong to the caller, who may also change them, until the next call.
   * Errors are `DiagnosticError`s.
   */
  read(): Promise<Uint8Array | undefined>;
  /** Bytes taken from the file or pipe so far. */
  readonly position: number;
  /** Bytes of the whole file; undefined for a pipe. */
  readonly size: number | undefined;
  /** Whether the bytes ended before they should, as far as the source can tell. */
  readonly cutShort: boolean;
  close(): Promise<void>;
}

/** A source whose first bytes were looked at and are given once more. */
export class PeekedSource implements ByteSource {
  #first: Uint8Array | undefined;
  readonly #rest: ByteSource;

  constructor(first: Uint8Array | undefined, rest: ByteSource) {
    this.#first = first;
    this.#rest = rest;
  }

  read(): Promise<Uint8Array | undefined> {
    const first = this.#first;
    if (first === undefined) return this.#rest.read();
    this.#first = undefined;
    return Promise.resolve(first);
  }

  get position(): number {
    return this.#rest.position;
  }

  get size(): number | undefined {
    return this.#rest.size;
  }

  get cutShort(): boolean {
    return this.#rest.cutShort;
  }

  close(): Promise<void> {
    return this.#rest.close();
  }
}

/** Takes at least `count` bytes from a source, or all it has. Undefined if it has none. */
export async function peek(source: ByteSource, count: number): Promise<Uint8Array | undefined> {
  let first = await source.read();
  while (first !== undefined && first.length < count) {
    const kept = first.slice();
    const more = await source.read();
    if (more === undefined) return kept;
    first = new Uint8Array(kept.length + more.length);
    first.set(kept);
    first.set(more, kept.length);
  }
  return first;
}
