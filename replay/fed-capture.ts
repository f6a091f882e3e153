import type { Diagnostic, Event } from '../engine/index.ts';
import type { Capture } from './capture.ts';
import type { ByteSource } from './source/source.ts';

/** Reads a capture that is fed to it in chunks. */
export interface CaptureReader {
  readonly warnings: readonly Diagnostic[];
  /** Whether an error has ended the reading. */
  readonly stopped: boolean;
  /** Keeps what is left of the last chunk, which may then be overwritten. */
  release(): void;
  /** Adds a chunk, after `release`. It must stay until the next `release`; the reader may change it. */
  feed(chunk: Uint8Array): void;
  /** Points `event` at the next event. False when there is no whole one in the chunks so far. Throws a `DiagnosticError`. */
  next(event: Event): boolean;
  /** Takes what is left after the last chunk for whole, where it may be. True if there is something for `next`. */
  complete?(): boolean;
  /** Says that no chunk will follow; `cutShort` if the source noticed that itself. Throws if that is no end of a capture. */
  finish(cutShort: boolean): void;
}

/** A capture whose reader is fed from a source of (uncompressed) bytes. */
export class FedCapture implements Capture {
  readonly file: string;
  readonly #source: ByteSource;
  readonly #reader: CaptureReader;

  constructor(source: ByteSource, file: string, reader: CaptureReader) {
    this.file = file;
    this.#source = source;
    this.#reader = reader;
  }

  get position(): number {
    return this.#source.position;
  }

  get size(): number | undefined {
    return this.#source.size;
  }

  get warnings(): readonly Diagnostic[] {
    return this.#reader.warnings;
  }

  async fill(): Promise<boolean> {
    const reader = this.#reader;
    if (reader.stopped) return false;
    reader.release();
    const chunk = await this.#source.read();
    if (chunk !== undefined) reader.feed(chunk);
    else if (reader.complete?.() !== true) {
      reader.finish(this.#source.cutShort);
      return false;
    }
    return true;
  }

  next(event: Event): boolean {
    return this.#reader.next(event);
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}
