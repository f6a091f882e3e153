import { type ByteString } from '../../engine/index.ts';

/** Longest document that is read, in bytes. */
export const MAX_DOCUMENT = 1 << 26;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Finds where a document ends that is given line by line. It counts brackets only: whether the text is JSON shows when it is read. A line that ends inside a string ends
 * no document.
 */
export class DocumentEnd {
  #depth = 0;

  /** Takes the next line. True if the document ends in it; `broken` if nothing that follows can make it one. */
  take(line: ByteString): 'open' | 'ended' | 'broken' {
    let at = 0;
    for (; at < line.length; at++) {
      switch (line.charCodeAt(at)) {
        case QUOTE: {
          at++;
          while (at < line.length && line.charCodeAt(at) !== QUOTE)
            at += line.charCodeAt(at) === BACKSLASH ? 2 : 1;
          if (at >= line.length) return 'broken';
          break;
        }
        case 0x7b:
        case 0x5b:
          this.#depth++;
          break;
        case 0x7d:
        case 0x5d:
          if (--this.#depth === 0) return /^\s*$/.test(line.slice(at + 1)) ? 'ended' : 'broken';
      }
    }
    return 'open';
  }
}
