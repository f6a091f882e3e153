import type { ByteString } from './bytes.ts';
import type { Event } from './event.ts';

/** How buffers are shown: printable characters and dots, or base64 (`buffer_format_base64`). */
export type BufferFormat = 'normal' | 'base64';

/**
 * Settings for the text of events, and the memory that libsinsp keeps between texts. One for each machine.
 */
export class Rendering {
  bufferFormat: BufferFormat = 'normal';
  /** Seconds east of UTC at a moment. The process's own time zone (`TZ`) unless set. */
  utcOffset: (at: Date) => number = (at) => -60 * at.getTimezoneOffset();
  readonly scratch = new Scratch();
}

/** The settings that hold for an event. */
export function renderingOf(event: Event): Rendering {
  return event.machine?.rendering ?? shared;
}

/** Notes a text that libsinsp makes in its memory for texts while it applies an event: the name of a socket. */
export function noteText(event: Event, text: ByteString): void {
  renderingOf(event).scratch.write(text);
}

/**
 * The buffer into which libsinsp writes each parameter's text over the one before (`sinsp_evt::m_paramstr_storage`). It is never cleared, and
 * `evt.buffer` of an event without data shows what lies in it. Only the texts that still show are kept: each is shorter than the
 * one below it.
 */
export class Scratch {
  readonly #texts: ByteString[] = [];
  /** Length of the buffer parameter that was rendered last. */
  bufferLength = 0;
  /** Bytes of the memory: it grows with long texts and stays so, and texts of other kinds are cut to it. */
  size = 1024;

  /** Makes room for a text of `length` bytes and its NUL. */
  reserve(length: number): void {
    this.size = Math.max(this.size, length + 1);
  }

  /** Makes room for `length` bytes of data, which double the memory until two more would fit. */
  reserveBuffer(length: number): void {
    while (length > this.size - 2) this.size *= 2;
  }

  /** Notes that `text` and a NUL were written at the beginning. */
  write(text: ByteString): void {
    const texts = this.#texts;
    while (texts.length > 0 && texts[texts.length - 1]!.length <= text.length) texts.pop();
    texts.push(text);
  }

  /** What a reader finds that stops at the first NUL. */
  get text(): ByteString {
    return this.#texts[this.#texts.length - 1] ?? '';
  }

  /** The first `length` bytes. */
  bytes(length: number): ByteString {
    let bytes = '';
    for (let i = this.#texts.length - 1; i >= 0 && bytes.length < length; i--)
      bytes += `${this.#texts[i]}\0`.slice(bytes.length);
    return bytes.slice(0, length).padEnd(length, '\0');
  }
}

const shared = new Rendering();
