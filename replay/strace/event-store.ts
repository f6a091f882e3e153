import type { Event } from '../../engine/index.ts';

/** Events are kept in pieces of about this many bytes. */
const PIECE = 1 << 20;

/** A piece with events one behind the other. */
interface Piece {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  length: number;
}

/** Events in memory, in the order in which they were added. */
export class EventStore {
  readonly #pieces: Piece[] = [];
  /** How many there are. */
  count = 0;
  #piece = 0;
  #at = 0;

  /** Keeps a copy of an event. */
  add(event: Event): void {
    const { bytes, start, length } = event;
    let piece = this.#pieces.at(-1);
    if (piece === undefined || piece.length + length > piece.bytes.length) {
      const memory = new Uint8Array(Math.max(PIECE, length));
      piece = { bytes: memory, view: new DataView(memory.buffer), length: 0 };
      this.#pieces.push(piece);
    }
    piece.bytes.set(bytes.subarray(start, start + length), piece.length);
    piece.length += length;
    this.count++;
  }

  /** Points `event` at the next one, from the first on. False after the last one. */
  next(event: Event): boolean {
    for (;;) {
      const piece = this.#pieces[this.#piece];
      if (piece === undefined) return false;
      if (this.#at < piece.length) {
        event.point(piece.bytes, piece.view, this.#at);
        event.cpu = 0;
        event.blockFlags = 0;
        this.#at += event.length;
        return true;
      }
      this.#piece++;
      this.#at = 0;
    }
  }
}
