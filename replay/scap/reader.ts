import {
  EVENTS,
  EVENT_HEADER,
  type Diagnostic,
  type Event,
  type Passing,
  type StateSink,
} from '../../engine/index.ts';
import { captureDiagnostic, captureError, type CaptureCode } from '../failure.ts';
import type { CaptureReader } from '../fed-capture.ts';
import { isInitialState } from '../initial-state.ts';
import { BlockBody, BlockError } from './block-body.ts';
import * as B from './blocks.ts';
import { EVENT_COUNT, LARGE, PLAN, PLANS, conversionAt, planIndex } from './conversion-plan.ts';
import { CONVERTED, Converter, unknownConversion } from './convert.ts';
import { StateBlocks } from './state.ts';
import { addParameterCount, spareBytes } from './v1-events.ts';
import { Window } from './window.ts';

/** Where the reader stands in a section. */
const SECTION = 0;
const STATE = 1;
const EVENTS_OF_SECTION = 2;
const STOPPED = 3;

/** Blocks of events that are shorter or longer than this are looked at more closely. */
const SHORT = B.BLOCK_HEADER + 2 + EVENT_HEADER + B.BLOCK_TRAILER;
const LONG = 65536;

/** Type of the first block behind the section header of a packet capture. */
const PCAPNG_INTERFACE = 1;

const CORRUPT_HINT = 'the file is damaged from here on; record or copy it again';

/**
 * Reads a .scap capture that is fed to it in chunks, as libscap's savefile engine does: sections of state blocks and event blocks; where captures
 * were concatenated, the next section begins with a restart of the state. Gives the events that scap's `next` returns as success: converted to
 * the current schema, without those that libscap filters out.
 */
export class ScapReader implements CaptureReader {
  readonly warnings: Diagnostic[] = [];
  readonly #file: string;
  readonly #sink: StateSink;
  readonly #state: StateBlocks;
  readonly #window = new Window();
  readonly #converter = new Converter();
  /** Below this position of the window, blocks can be taken without asking the window for more. */
  #limit = 0;
  #phase = SECTION;
  #sections = 0;
  /** Whether the events of the section so far belong to its initial state. */
  #initial = false;
  /** Length of the event block before, for the diagnosis of what follows it. */
  #lastLength = 0;
  /** What its end says. */
  #lastTrailer = 0;
  #packets = false;
  #newer = 0;
  #newerAt = 0;
  #trimmed = 0;
  #trimmedAt = 0;

  constructor(file: string, sink: StateSink) {
    this.#file = file;
    this.#sink = sink;
    this.#state = new StateBlocks(sink);
  }

  /** Whether an error has ended the reading. */
  get stopped(): boolean {
    return this.#phase === STOPPED;
  }

  /** Keeps what is left of the last chunk, which may then be overwritten. */
  release(): void {
    this.#converter.release();
    this.#window.release();
    this.#limit = 0;
  }

  /** Adds a chunk, after `release`. It must stay until the next `release`; old events are changed in place. */
  feed(chunk: Uint8Array): void {
    this.#window.feed(chunk);
  }

  /**
   * Points `event` at the next event. False when there is no whole one in the chunks so far. Throws a `DiagnosticError` at the place
   * where reading cannot go on.
   */
  next(event: Event): boolean {
    const window = this.#window;
    const { passing } = this.#sink;
    for (;;) {
      if (passing !== undefined) this.#pass(passing);
      const { at, view } = window;
      if (at >= this.#limit) {
        if (!this.#advance()) return false;
        continue;
      }
      const length = view.getUint32(at + 4, true);
      const blockEnd = at + length;
      const type = view.getUint32(at, true);
      if (blockEnd > window.end || (type !== B.EVENT_V2 && !B.isEventBlock(type))) {
        if (!this.#advance()) return false;
        continue;
      }
      if (length < SHORT || length > LONG) this.#checkLength(type, length);
      const cpu = view.getUint16(at + 8, true);
      const flags = hasFlags(type) ? view.getUint32(at + 10, true) : 0;
      const start = this.#eventStart(type, at, blockEnd);
      window.at = blockEnd;
      this.#lastLength = length;
      if (start < 0) continue;

      const count = view.getUint32(start + 22, true);
      const code = view.getUint16(start + 20, true);
      const index = planIndex(code, count);
      const plan = PLANS[index]!;
      if (plan === PLAN.DROP) {
        if (this.#initial) this.#endInitial();
        continue;
      }
      if (spareBytes(view, start, count, LARGE[code]!, blockEnd - B.BLOCK_TRAILER) < 0)
        this.#failParameters(at, code, count);
      if (plan === PLAN.PASS) event.point(window.bytes, view, start);
      else if (!this.#convert(event, index, at, start)) {
        if (this.#initial) this.#endInitial();
        continue;
      }
      event.cpu = cpu;
      event.blockFlags = flags;
      if (this.#initial && !isInitialState(event)) this.#endInitial();
      return true;
    }
  }

  /** Passes over the events at hand that need not be given. Whatever is not plain stays for `next`. */
  #pass(passing: Passing): void {
    if (passing.held) return;
    const window = this.#window;
    const { view, end } = window;
    const limit = this.#limit;
    const converter = this.#converter;
    const { looks } = passing;
    let { at } = window;
    let length = 0;
    while (at < limit) {
      const type = view.getUint32(at, true);
      if (type !== B.EVENT_V2 && type !== B.EVENT_FLAGS_V2) break;
      const blockLength = view.getUint32(at + 4, true);
      const blockEnd = at + blockLength;
      if (blockLength < SHORT || blockLength > LONG || blockEnd > end) break;
      const start = at + (type === B.EVENT_V2 ? B.BLOCK_HEADER + 2 : B.BLOCK_HEADER + 6);
      const code = view.getUint16(start + 20, true);
      if (code >= EVENT_COUNT) break;
      const count = view.getUint32(start + 22, true);
      const index = planIndex(code, count);
      const plan = PLANS[index]!;
      const eventEnd = blockEnd - B.BLOCK_TRAILER;
      if (plan === PLAN.PASS) {
        const look = looks[code]!;
        if (look === 0 || !passing.pass(view, start, code, look, eventEnd)) break;
      } else if (plan === PLAN.STORE) {
        if (spareBytes(view, start, count, LARGE[code]!, eventEnd) < 0) break;
        converter.store(view, start);
      } else if (plan === PLAN.CONVERT) {
        const conversion = conversionAt(index);
        if (looks[conversion.code] === 0) break;
        if (spareBytes(view, start, count, LARGE[code]!, eventEnd) !== 0) break;
        if (!converter.pass(passing, conversion, view, start)) break;
      } else if (plan !== PLAN.DROP) break;
      length = blockLength;
      at = blockEnd;
    }
    if (length === 0) return;
    window.at = at;
    this.#lastLength = length;
  }

  /**
   * Says that no chunk will follow; `cutShort` if the source noticed that itself. Throws if there was no event at all; a capture that
   * ends in the middle of a block is given a warning.
   */
  finish(cutShort: boolean): void {
    if (this.#phase === STOPPED) return;
    const { left } = this.#window;
    const offset = this.#window.offset(this.#window.at);
    const empty = this.#sections === 0 || (this.#sections === 1 && this.#phase === STATE);
    if (this.#initial) this.#endInitial();
    else if (this.#phase === STATE) {
      this.#state.end();
      this.#sink.started();
    }
    this.#warnOfNewer();
    if (left > 0 || cutShort) {
      const message = cutShort
        ? `the compressed data end too early: the capture is cut off after ${offset + left} bytes`
        : `the capture is cut off: ${left} bytes at its end are no whole block`;
      if (empty) this.#fail('CAPTURE_TRUNCATED', `${message}, before its first event`, offset);
      this.#warn(
        'CAPTURE_TRUNCATED',
        `${message}; what comes before was read`,
        offset,
        'copy the file again',
      );
    } else if (this.#phase === SECTION) {
      this.#fail('CAPTURE_EMPTY', 'the capture is empty', 0);
    } else if (this.#phase === STATE) {
      const message = 'there are processes, users and the like, but no event';
      const hint = this.#packets
        ? 'this is a capture of network packets (pcapng)'
        : 'was the recording stopped at once?';
      if (empty) this.#fail('CAPTURE_NO_EVENTS', message, offset, hint);
      this.#warn('CAPTURE_NO_EVENTS', `the last section is without effect: ${message}`, offset);
    }
    this.#phase = STOPPED;
  }

  /**
   * Goes on where the fast path cannot: at the beginning of a chunk, of a section, at a block that crosses chunks. True if a whole
   * event block is next.
   */
  #advance(): boolean {
    const window = this.#window;
    this.#limit = 0;
    const trailerAt = window.at - B.BLOCK_TRAILER;
    if (trailerAt >= 0) this.#lastTrailer = window.view.getUint32(trailerAt, true);
    while (this.#phase !== STOPPED && window.need(B.BLOCK_HEADER)) {
      const type = window.view.getUint32(window.at, true);
      const length = window.view.getUint32(window.at + 4, true);
      const isEvent = B.isEventBlock(type);
      if (this.#phase === SECTION) this.#checkSectionStart(type);
      else if (this.#phase === STATE && isEvent) {
        this.#state.end();
        this.#phase = EVENTS_OF_SECTION;
        this.#initial = true;
      } else if (this.#phase === EVENTS_OF_SECTION && !isEvent) {
        if (type !== B.SECTION_HEADER) this.#failUnexpected(type);
        this.#endSection();
      }
      this.#checkLength(type, length);
      if (!window.need(length)) return false;
      if (isEvent) {
        this.#limit = window.carried ? window.at + 1 : window.end - (B.BLOCK_HEADER - 1);
        return true;
      }
      if (this.#phase === SECTION) this.#beginSection();
      else this.#takeStateBlock(type, length);
      window.at += length;
    }
    return false;
  }

  #checkSectionStart(type: number): void {
    if (type !== B.SECTION_HEADER)
      this.#fail(
        this.#sections === 0 ? 'CAPTURE_UNKNOWN_FORMAT' : 'CAPTURE_CORRUPT',
        `a section header (0a0d0d0a) was expected, and 0x${type.toString(16)} was found`,
        this.#window.offset(this.#window.at),
        this.#sections === 0 ? 'is this a .scap file?' : CORRUPT_HINT,
      );
  }

  #checkLength(type: number, length: number): void {
    const least =
      type === B.SECTION_HEADER && this.#phase === SECTION
        ? B.SECTION_HEADER_LENGTH
        : B.BLOCK_HEADER + B.BLOCK_TRAILER + (B.isEventBlock(type) ? eventHeader(type) : 0);
    const most = B.maxBlockLength(type);
    if (length >= least && length <= most) return;
    // A file of the other byte order shows itself in its first block only after its length.
    if (type === B.SECTION_HEADER && this.#phase === SECTION && this.#window.need(12)) this.#checkByteOrder();
    this.#fail(
      'CAPTURE_CORRUPT',
      `a block of type 0x${type.toString(16)} says that it has ${length} bytes; ${least} to ${most} were expected`,
      this.#window.offset(this.#window.at),
      CORRUPT_HINT,
    );
  }

  #checkByteOrder(): void {
    const { view, at } = this.#window;
    const magic = view.getUint32(at + B.BLOCK_HEADER, true);
    if (magic === B.SECTION_MAGIC) return;
    const swapped = view.getUint32(at + B.BLOCK_HEADER, false) === B.SECTION_MAGIC;
    this.#fail(
      swapped ? 'CAPTURE_BYTE_ORDER' : 'CAPTURE_CORRUPT',
      swapped
        ? 'the capture was recorded on a big-endian machine'
        : `the magic number 1a2b3c4d was expected, and ${magic.toString(16)} was found`,
      this.#window.offset(at + B.BLOCK_HEADER),
      swapped
        ? 'such captures can be read on machines of the same byte order only, by Falco too'
        : CORRUPT_HINT,
    );
  }

  #beginSection(): void {
    const { view, at } = this.#window;
    this.#checkByteOrder();
    const major = view.getUint16(at + 12, true);
    if (major > B.MAJOR_VERSION)
      this.#fail(
        'CAPTURE_VERSION',
        `the capture has format version ${major}.${view.getUint16(at + 14, true)}; versions up to ${B.MAJOR_VERSION} are known`,
        this.#window.offset(at + 12),
        'update tiercel, or record with an older version of Falco',
      );
    this.#sections++;
    this.#phase = STATE;
    this.#state.begin();
  }

  /** What libscap reports as an unexpected block: another capture follows. */
  #endSection(): void {
    if (this.#initial) this.#endInitial();
    this.#phase = SECTION;
  }

  #takeStateBlock(type: number, length: number): void {
    const { bytes, view, at } = this.#window;
    const end = at + length - B.BLOCK_TRAILER;
    if (type === PCAPNG_INTERFACE) this.#packets = true;
    const trailer = view.getUint32(end, true);
    if (trailer !== length)
      this.#fail(
        'CAPTURE_CORRUPT',
        `a block of type 0x${type.toString(16)} has ${length} bytes by its beginning and ${trailer} by its end`,
        this.#window.offset(at),
        CORRUPT_HINT,
      );
    try {
      this.#state.take(type, new BlockBody(bytes, view, at + B.BLOCK_HEADER, end));
    } catch (error) {
      if (!(error instanceof BlockError)) throw error;
      this.#fail(
        'CAPTURE_CORRUPT',
        `in a block of type 0x${type.toString(16)}: ${error.message}`,
        this.#window.offset(error.at),
        CORRUPT_HINT,
      );
    }
  }

  /** Where the header of an event begins; below 0 for an event of a type that is not known. Old blocks get a current header. */
  #eventStart(type: number, at: number, blockEnd: number): number {
    const { view } = this.#window;
    const start = at + B.BLOCK_HEADER + (hasFlags(type) ? 6 : 2);
    const room = blockEnd - B.BLOCK_TRAILER;
    const old = isOld(type);
    const code = view.getUint16(start + 20, true);
    if (code >= EVENT_COUNT) {
      if (this.#newer++ === 0) this.#newerAt = this.#window.offset(at);
      return -1;
    }
    if (!old) return start;
    if (!addParameterCount(view, start, code, room))
      this.#fail(
        'CAPTURE_EVENT',
        `the lengths of the parameters of an event ${EVENTS[code]!.symbol} do not add up to its length`,
        this.#window.offset(at),
        CORRUPT_HINT,
      );
    return start - 4;
  }

  /** Carries out what the plan says for an event that cannot pass as it is. False if it is not to be given. */
  #convert(event: Event, index: number, at: number, start: number): boolean {
    const { bytes, view } = this.#window;
    const converter = this.#converter;
    switch (PLANS[index]) {
      case PLAN.STORE:
        converter.store(view, start);
        return false;
      case PLAN.STORE_AND_PASS:
        converter.store(view, start);
        event.point(bytes, view, start);
        return true;
      case PLAN.TRIM:
        if (this.#trimmed++ === 0) this.#trimmedAt = this.#window.offset(at);
        converter.trim(view, start);
        break;
      case PLAN.CONVERT: {
        const result = converter.convert(conversionAt(index), bytes, view, start, start - at);
        if (result === CONVERTED.DROP) return false;
        if (result === CONVERTED.FAIL) return this.#failConversion(at, converter.failure);
        break;
      }
      default:
        return this.#failConversion(
          at,
          unknownConversion(view.getUint16(start + 20, true), view.getUint32(start + 22, true)),
        );
    }
    const { passing } = this.#sink;
    if (passing !== undefined && passes(passing, converter.view, converter.start)) return false;
    event.point(converter.bytes, converter.view, converter.start);
    return true;
  }

  /** libsinsp does not notice a failure while it looks for the end of the initial state; later one ends the capture. */
  #failConversion(at: number, failure: string): false {
    const offset = this.#window.offset(at);
    if (!this.#initial) this.#fail('CAPTURE_CONVERSION', failure, offset, 'Falco stops here too');
    this.#warn('CAPTURE_CONVERSION', `an event was left out: ${failure}`, offset);
    return false;
  }

  #endInitial(): void {
    this.#initial = false;
    this.#sink.started();
  }

  #failParameters(at: number, code: number, count: number): never {
    this.#fail(
      'CAPTURE_EVENT',
      `the ${count} parameters of an event ${EVENTS[code]!.symbol} do not fit into its block`,
      this.#window.offset(at),
      CORRUPT_HINT,
    );
  }

  #failUnexpected(type: number): never {
    const window = this.#window;
    const length = this.#lastLength;
    if (this.#lastTrailer !== length)
      this.#fail(
        'CAPTURE_CORRUPT',
        `an event block says that it has ${length} bytes, but no block begins behind them`,
        window.offset(window.at) - length,
        CORRUPT_HINT,
      );
    this.#fail(
      'CAPTURE_CORRUPT',
      `an event or a section header was expected, and a block of type 0x${type.toString(16)} was found`,
      window.offset(window.at),
      CORRUPT_HINT,
    );
  }

  #warnOfNewer(): void {
    const hint = 'the capture was recorded by a newer version of Falco; update tiercel';
    if (this.#newer > 0)
      this.#warn(
        'CAPTURE_NEWER',
        `${this.#newer} events of types that are not known were left out`,
        this.#newerAt,
        hint,
      );
    if (this.#trimmed > 0)
      this.#warn(
        'CAPTURE_NEWER',
        `parameters that are not known were left out of ${this.#trimmed} events`,
        this.#trimmedAt,
        hint,
      );
  }

  #warn(code: CaptureCode, message: string, offset: number, hint?: string): void {
    this.warnings.push(captureDiagnostic(code, 'warning', message, { file: this.#file, offset }, hint));
  }

  #fail(code: CaptureCode, message: string, offset: number, hint?: string): never {
    this.#phase = STOPPED;
    this.#limit = 0;
    throw captureError(code, message, { file: this.#file, offset }, hint);
  }
}

/** Whether a converted event may be passed over. */
function passes(passing: Passing, view: DataView, start: number): boolean {
  if (passing.held) return false;
  const code = view.getUint16(start + 20, true);
  const look = passing.looks[code]!;
  return look !== 0 && passing.pass(view, start, code, look, start + view.getUint32(start + 16, true));
}

function isOld(type: number): boolean {
  return type === B.EVENT || type === B.EVENT_FLAGS || type === B.EVENT_INT;
}

function hasFlags(type: number): boolean {
  return type === B.EVENT_FLAGS_V2 || type === B.EVENT_FLAGS_V2_LARGE || type === B.EVENT_FLAGS;
}

/** Bytes of an event block before the lengths of the parameters, without the header of the block. */
function eventHeader(type: number): number {
  return (hasFlags(type) ? 6 : 2) + EVENT_HEADER - (isOld(type) ? 4 : 0);
}
