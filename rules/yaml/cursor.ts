import type { ByteString } from '../../engine/index.ts';
import { YamlError, type Mark } from './node.ts';

/** What yaml-cpp sees behind the end of a text; the byte itself counts as an end, too. */
export const END = '\x04';

// Blanks and ends of lines as yaml-cpp sees them; false for the end of the text.

export const isBlank = (unit: string): boolean => unit === ' ' || unit === '\t';
export const isBreak = (unit: string): boolean => unit === '\n' || unit === '\r';
export const isBlankOrBreak = (unit: string): boolean => isBlank(unit) || isBreak(unit);

/** A place in a text that moves on byte by byte. */
export class Cursor {
  readonly text: ByteString;
  /** What ends a line for places: a lone `\r` if the first line ends so, and before that first end, NUL. */
  #lineEnd = '\0';
  at = 0;
  line = 0;
  column = 0;

  constructor(text: ByteString) {
    this.text = text;
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  /** The byte `ahead` of the place. */
  peek(ahead = 0): string {
    return this.text[this.at + ahead] ?? END;
  }

  get mark(): Mark {
    return { offset: this.at, line: this.line, column: this.column };
  }

  /** Takes a byte. */
  take(): string {
    const unit = this.peek();
    this.at++;
    this.column++;
    if (this.#lineEnd === '\0' && isBreak(unit))
      this.#lineEnd = unit === '\r' && this.peek() !== '\n' ? '\r' : '\n';
    if (unit === this.#lineEnd) {
      this.line++;
      this.column = 0;
    }
    return unit;
  }

  skip(count: number): void {
    for (let i = 0; i < count; i++) this.take();
  }

  /** Takes all that fits a sticky pattern, which must not fit line breaks and NULs. */
  takeRun(pattern: RegExp): ByteString {
    pattern.lastIndex = this.at;
    const run = pattern.exec(this.text)?.[0] ?? '';
    this.at += run.length;
    this.column += run.length;
    return run;
  }

  /** Takes a line break: `\n`, `\r\n` or `\r`. */
  skipBreak(): void {
    this.skip(this.peek() === '\r' && this.peek(1) === '\n' ? 2 : 1);
  }

  /** Skips all up to the end of the line. */
  skipLine(): void {
    while (!this.ended && !isBreak(this.peek())) if (this.takeRun(/[^\r\n\0]+/y) === '') this.take();
  }

  /** Whether a blank, a line break or the end follows the byte `ahead` of the place. */
  standsAlone(ahead = 0): boolean {
    const next = this.peek(ahead + 1);
    return isBlankOrBreak(next) || next === END;
  }

  /** Whether the line begins with the marker of a document, `---` or `...`. */
  atMarker(markers: readonly string[] = ['---', '...']): boolean {
    return (
      this.column === 0 &&
      markers.some((marker) => this.text.startsWith(marker, this.at)) &&
      this.standsAlone(2)
    );
  }

  fail(problem: string, mark: Mark = this.mark): never {
    throw new YamlError(problem, mark);
  }
}
