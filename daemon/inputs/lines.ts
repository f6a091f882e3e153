/** Lines that a piece of a stream completed. */
export interface LinePiece {
  /** Without their line ends. */
  readonly lines: readonly Buffer[];
  /** Lines that were longer than allowed, and left out. */
  readonly tooLong: number;
  /** Bytes from the end of the last piece's last complete line to the end of this one's: what need not be read again. */
  readonly consumed: number;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Cuts a stream of bytes into lines, holding no more of it than one line of the longest length. */
export class LineCutter {
  readonly #most: number;
  /** The beginning of the line that is not complete; dropped when it is too long. */
  #rest: Buffer[] = [];
  #restBytes = 0;
  #tooLong = false;

  /** `most` is the longest line in bytes, without its end. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Bytes of the line that is not complete yet. */
  get pending(): number {
    return this.#restBytes;
  }

  push(chunk: Buffer): LinePiece {
    const lines: Buffer[] = [];
    let tooLong = 0;
    let consumed = 0;
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      this.#hold(chunk.subarray(start, end));
      consumed += this.#restBytes + 1;
      const line = this.#take();
      if (line === undefined) tooLong++;
      else lines.push(line);
      start = end + 1;
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start));
    return { lines, tooLong, consumed };
  }

  /** The last line of a stream that has come to its end without a line feed; nothing if there is none. */
  end(): LinePiece {
    const consumed = this.#restBytes;
    if (consumed === 0) return { lines: [], tooLong: 0, consumed };
    const line = this.#take();
    return line === undefined ? { lines: [], tooLong: 1, consumed } : { lines: [line], tooLong: 0, consumed };
  }

  #hold(part: Buffer): void {
    this.#restBytes += part.length;
    // One byte more, for the carriage return of a line that just fits.
    if (this.#restBytes > this.#most + 1) {
      this.#tooLong = true;
      this.#rest = [];
    } else if (part.length > 0) this.#rest.push(part);
  }

  #take(): Buffer | undefined {
    const parts = this.#rest;
    const dropped = this.#tooLong;
    this.#rest = [];
    this.#restBytes = 0;
    this.#tooLong = false;
    if (dropped) return undefined;
    const whole = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    const line = whole.at(-1) === CARRIAGE_RETURN ? whole.subarray(0, -1) : whole;
    return line.length > this.#most ? undefined : line;
  }
}
