import type { ByteString } from '../bytes.ts';
import type { Event } from '../event.ts';
import type { Subject } from '../fields/define.ts';
import { FIRST_ROWS, MAX_BYTES, MAX_LENGTH, MAX_ROWS, UNKNOWN, type Memo } from './value-memo.ts';

/** Results of parts of conditions that one subject decides, like `ValueMemo`. */
export class SubjectMemo implements Memo {
  known: Uint8Array;
  readonly #subject: Subject;
  readonly #width: number;
  /** For each kind of the subject, the rows of its texts. */
  readonly #rows: readonly Map<ByteString, number>[];
  #count = 1;
  #time = 0;
  #row = 0;

  constructor(subject: Subject, width: number) {
    this.#subject = subject;
    this.#width = width;
    this.known = new Uint8Array(FIRST_ROWS * width);
    this.#rows = Array.from({ length: subject.kinds }, () => new Map<ByteString, number>());
  }

  locate(event: Event, time: number): number {
    if (this.#time === time) return this.#row;
    this.#time = time;
    const subject = this.#subject;
    const kind = subject.find(event);
    if (kind >= 0) {
      const { text } = subject;
      const row = this.#rows[kind]!.get(text);
      if (row !== undefined) return (this.#row = row);
      if (text.length <= MAX_LENGTH) return (this.#row = this.#add(kind, text));
    }
    // The first row is for what is not kept.
    this.known.fill(UNKNOWN, 0, this.#width);
    return (this.#row = 0);
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
      known.fill(UNKNOWN);
      this.#count = 1;
    }
  }

  restart(): void {
    this.#time = 0;
  }
}
