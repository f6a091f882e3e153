import type { Diagnostic, Event, StateSink } from '../../engine/index.ts';
import type { Capture } from '../capture.ts';
import type { ByteSource } from '../source/source.ts';
import { ScapReader } from './reader.ts';

/** A .scap capture, read from a source of (uncompressed) bytes. */
export class ScapCapture implements Capture {
  readonly file: string;
  readonly #source: ByteSource;
  readonly #reader: ScapReader;

  constructor(source: ByteSource, file: string, sink: StateSink) {
    this.file = file;
    this.#source = source;
    this.#reader = new ScapReader(file, sink);
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
    if (this.#reader.stopped) return false;
    this.#reader.release();
    const chunk = await this.#source.read();
    if (chunk === undefined) {
      this.#reader.finish(this.#source.cutShort);
      return false;
    }
    this.#reader.feed(chunk);
    return true;
  }

  next(event: Event): boolean {
    return this.#reader.next(event);
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}
