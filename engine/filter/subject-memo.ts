import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import type { Subject } from '../fields/define.ts';
import { FIRST_ROWS, MAX_BYTES, MAX_LENGTH, MAX_ROWS, UNKNOWN, type Memo } from './value-memo.ts';

/** Texts by the places of their subjects. */
class Places {
  readonly texts: (ByteString | undefined)[];
  readonly rows: Int32Array;

  constructor(length: number) {
    this.texts = new Array<ByteString | undefined>(length).fill(undefined);
    this.rows = new Int32Array(length);
  }
}

/** Results of parts of conditions that one subject decides, like `ValueMemo`. */
export class SubjectMemo implements Memo {
  known: Uint8Array;
  readonly #subject: Subject;
  readonly #width: number;
  /** For each kind of the subject, the rows of its texts. */
  readonly #rows: readonly Map<ByteString, number>[];
  /** For each kind, the texts that were met last at each place, and their rows. */
  readonly #places: (Places | undefined)[];
  #count = 1;
  #time = 0;
  #row = 0;

  constructor(subject: Subject, width: number) {
    this.#subject = subject;
    this.#width = width;
    this.known = new Uint8Array(FIRST_ROWS * width);
    this.#places = Array.from({ length: subject.kinds }, () => undefined);
    this.#rows = Array.from({ length: subject.kinds }, () => new Map<ByteString, number>());
  }

  locate(event: Event, time: number): number {
    if (this.#time === time) return this.#row;
    this.#time = time;
    const subject = this.#subject;
    const kind = subject.find(event);
    if (kind < 0) return (this.#row = this.#fresh());
    const { text, place } = subject;
    if (place < 0) return (this.#row = this.#find(kind, text));
    const places = (this.#places[kind] ??= new Places(subject.places));
    if (places.texts[place] !== text) {
      places.rows[place] = this.#find(kind, text);
      // The first row is not this text's own.
      places.texts[place] = places.rows[place] === 0 ? undefined : text;
    }
    return (this.#row = places.rows[place]!);
  }

  #find(kind: number, text: ByteString): number {
    const row = this.#rows[kind]!.get(text);
    if (row !== undefined) return row;
    return text.length > MAX_LENGTH ? this.#fresh() : this.#add(kind, text);
  }

  /** The first row, emptied: it is for what is not kept. */
  #fresh(): number {
    this.known.fill(UNKNOWN, 0, this.#width);
    return 0;
  }

  #add(kind: number, text: ByteString): number {
    if ((this.#count + 1) * this.#width > this.known.length) this.#makeRoom();
    const row = this.#count++ * this.#width;
    this.#rows[kind]!.set(text, row);
    return row;
  }

  #makeRoom(): void {
    const { known } = this;
    if (this.#count < MAX_ROWS && known.length < MAX_BYTES) {
      this.known = new Uint8Array(2 * known.length);
      this.known.set(known);
    } else {
      for (const rows of this.#rows) rows.clear();
      this.#places.fill(undefined);
      known.fill(UNKNOWN);
      this.#count = 1;
    }
  }

  restart(): void {
    this.#time = 0;
  }
}
