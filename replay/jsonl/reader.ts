import {
  EncodingError,
  fromBytes,
  isObject,
  shown,
  type ByteString,
  type Diagnostic,
  type Event,
  type JsonInputObject,
  type StateSink,
} from '../../engine/index.ts';
import { captureDiagnostic, captureError, type CaptureCode, type CapturePlace } from '../failure.ts';
import type { CaptureReader } from '../fed-capture.ts';
import { isInitialState } from '../initial-state.ts';
import { EventLines } from './event-lines.ts';
import { columnAt, columnOf, JsonLineError, parseJsonLine } from './json-line.ts';
import { Lines, MAX_LINE } from './lines.ts';
import { FORMAT_VERSION, StateLines } from './state-lines.ts';

/** Where the reader stands in a section. */
const BEFORE = 0;
const STATE = 1;
const EVENTS_OF_SECTION = 2;
const STOPPED = 3;

/** Keys that lead to the place of an error are shown up to this length. */
const LONGEST_PATH = 80;

/** Longest line that a diagnostic holds, in bytes. */
const LONGEST_EXCERPT = 1 << 16;

const MAX_MIB = MAX_LINE >> 20;

/**
 * Reads a capture of JSON lines that is fed to it in chunks: lines of state, then lines of events, again for each section. Blank lines are
 * passed over, and so is a byte order mark. The form of the lines is described in docs/reference/capture-format.md.
 */
export class JsonlReader implements CaptureReader {
  readonly warnings: Diagnostic[] = [];
  readonly #file: string;
  readonly #sink: StateSink;
  readonly #lines = new Lines();
  readonly #state: StateLines;
  readonly #events = new EventLines();
  #phase = BEFORE;
  /** Whether the events of the section so far belong to its initial state. */
  #initial = false;
  #eventCount = 0;
  /** Whether the line at hand is the last one, and has no end. */
  #unended = false;
  /** Whether the last line, without an end, was cut off. */
  #cutOff = false;

  constructor(file: string, sink: StateSink) {
    this.#file = file;
    this.#sink = sink;
    this.#state = new StateLines(sink);
  }

  get stopped(): boolean {
    return this.#phase === STOPPED;
  }

  release(): void {
    this.#lines.release();
    if (this.#lines.tooLong)
      this.#fail('CAPTURE_LINE', `line ${this.#lines.number + 1} is longer than ${MAX_MIB} MiB`);
  }

  feed(chunk: Uint8Array): void {
    this.#lines.feed(chunk);
  }

  next(event: Event): boolean {
    while (this.#phase !== STOPPED) {
      const line = this.#nextLine();
      if (line === undefined) return false;
      if (this.#takeLine(line, event)) return true;
    }
    return false;
  }

  complete(): boolean {
    this.#unended = this.#phase !== STOPPED && this.#lines.hasRest;
    return this.#unended;
  }

  finish(cutShort: boolean): void {
    if (this.#phase === STOPPED) return;
    const withoutEvents = this.#phase !== EVENTS_OF_SECTION;
    this.#endSection();
    if (cutShort || this.#cutOff) {
      const message = cutShort
        ? 'the compressed data end too early: the capture is cut off'
        : `the capture is cut off: line ${this.#lines.number} ends in the middle`;
      if (this.#eventCount === 0) this.#fail('CAPTURE_TRUNCATED', `${message}, before its first event`);
      this.#warn('CAPTURE_TRUNCATED', `${message}; what comes before was read`, 'copy the file again');
    } else if (withoutEvents) {
      const message = 'there are lines of processes, users and the like, or none at all, but no event';
      if (this.#eventCount === 0) this.#fail('CAPTURE_NO_EVENTS', message);
      this.#warn('CAPTURE_NO_EVENTS', `the last section is without effect: ${message}`);
    }
    this.#phase = STOPPED;
  }

  #nextLine(): ByteString | undefined {
    const line = this.#lines.next();
    if (line !== undefined || !this.#unended || !this.#lines.hasRest) return line;
    return this.#lines.rest();
  }

  /** Takes one line. True if it was an event. */
  #takeLine(line: ByteString, event: Event): boolean {
    try {
      const parsed = this.#parse(line);
      if (parsed === undefined) return false;
      if (parsed['state'] !== undefined) {
        this.#takeState(parsed);
        return false;
      }
      this.#events.read(parsed, event);
    } catch (error) {
      return this.#failLine(line, error);
    }
    if (this.#phase !== EVENTS_OF_SECTION) this.#beginEvents();
    this.#eventCount++;
    if (this.#initial && !isInitialState(event)) this.#endInitial();
    return true;
  }

  /** The object of a line; undefined for a blank one. */
  #parse(line: ByteString): JsonInputObject | undefined {
    const text = this.#lines.number === 1 && line.startsWith('\xef\xbb\xbf') ? line.slice(3) : line;
    if (/^\s*$/.test(text)) return undefined;
    const parsed = parseJsonLine(text);
    if (!isObject(parsed))
      throw new EncodingError(
        'a line is a JSON object',
        'each line is an event, as in {"type": "openat", …}',
      );
    return parsed;
  }

  #takeState(line: JsonInputObject): void {
    switch (line['state']) {
      case 'section':
        this.#endSection();
        this.#checkVersion(line);
        this.#beginSection();
        return;
      case 'started':
        if (this.#phase !== EVENTS_OF_SECTION) this.#beginEvents();
        if (this.#initial) this.#endInitial();
        return;
    }
    if (this.#phase === EVENTS_OF_SECTION)
      throw new EncodingError(
        'lines of state stand before the events',
        'another capture begins with {"state":"section"}',
        ['state'],
      );
    if (this.#phase === BEFORE) this.#beginSection();
    this.#state.take(line);
  }

  #checkVersion(line: JsonInputObject): void {
    const { version = FORMAT_VERSION } = line;
    if (typeof version === 'number' && version >= 1 && version <= FORMAT_VERSION) return;
    this.#fail(
      'CAPTURE_VERSION',
      `line ${this.#lines.number}: the lines are of version ${shown(version)}; versions up to ${FORMAT_VERSION} are known`,
      {},
      'update tiercel',
    );
  }

  #beginSection(): void {
    this.#phase = STATE;
    this.#sink.restart();
  }

  #beginEvents(): void {
    if (this.#phase === BEFORE) this.#beginSection();
    this.#state.end();
    this.#sink.ready();
    this.#phase = EVENTS_OF_SECTION;
    this.#initial = true;
  }

  #endInitial(): void {
    this.#initial = false;
    this.#sink.started?.();
  }

  /** A section has come to its end, maybe without an event. */
  #endSection(): void {
    if (this.#phase === STATE) this.#beginEvents();
    if (this.#initial) this.#endInitial();
    this.#phase = BEFORE;
  }

  #failLine(line: ByteString, error: unknown): false {
    const place = this.#placeOf(line);
    if (error instanceof JsonLineError) {
      if (error.cutOff && this.#unended) {
        this.#cutOff = true;
        return false;
      }
      this.#fail('CAPTURE_LINE', `this is no JSON: ${error.message}`, {
        ...place,
        ...(error.at !== undefined && { column: columnAt(line, error.at) }),
      });
    }
    if (!(error instanceof EncodingError)) throw error;
    const column = columnOf(line, error.path);
    const at = fromBytes(error.path.join('.')).slice(0, LONGEST_PATH);
    this.#fail(
      'CAPTURE_LINE',
      (at === '' ? '' : `${at}: `) + error.message,
      { ...place, ...(column !== undefined && { column }) },
      error.hint,
    );
  }

  #placeOf(line: ByteString): { line: number; excerpt: string } {
    return { line: this.#lines.number, excerpt: line.length > LONGEST_EXCERPT ? '' : fromBytes(line) };
  }

  #warn(code: CaptureCode, message: string, hint?: string): void {
    this.warnings.push(captureDiagnostic(code, 'warning', message, { file: this.#file }, hint));
  }

  #fail(code: CaptureCode, message: string, place: Omit<CapturePlace, 'file'> = {}, hint?: string): never {
    this.#phase = STOPPED;
    throw captureError(code, message, { file: this.#file, ...place }, hint);
  }
}
