import {
  JsonTextError,
  RawJson,
  type ByteString,
  type Diagnostic,
  type Event,
  type Source,
  type SourceEvent,
  type SourceProblem,
} from '../../engine/index.ts';
import { captureDiagnostic, type CapturePlace } from '../failure.ts';
import type { CaptureReader } from '../fed-capture.ts';
import { columnAt } from '../jsonl/json-line.ts';
import { Lines } from '../jsonl/lines.ts';
import { DocumentEnd, MAX_DOCUMENT } from './documents.ts';

/** So many problems of a file are told one by one. */
const MAX_TOLD = 100;

/** Longest line that a diagnostic holds, in bytes. */
const LONGEST_EXCERPT = 1 << 12;

type Parsed = Iterator<SourceEvent<unknown> | SourceProblem>;

/** A line that was read, and its number in the file. */
interface NumberedLine {
  readonly text: ByteString;
  readonly number: number;
}

/**
 * Reads the events of a source from bytes that are fed to it in chunks. A record is a line, or with JSON a document over several lines. What is no event is told with
 * its line, and reading goes on behind it.
 */
export class RecordReader implements CaptureReader {
  readonly warnings: Diagnostic[] = [];
  readonly stopped = false;
  readonly #file: string;
  readonly #source: Source;
  readonly #lines = new Lines();
  /** Lines of a document that has not ended, and the bytes in them. */
  #open: NumberedLine[] = [];
  #openBytes = 0;
  #end = new DocumentEnd();
  /** Lines that turned out to begin no document of several lines: each is taken for a record. */
  #alone: readonly NumberedLine[] = [];
  /** How many of these were taken. */
  #aloneTaken = 0;
  #events: Parsed | undefined = undefined;
  #line = 0;
  #problems = 0;
  #found = 0;
  #unended = false;

  constructor(file: string, source: Source) {
    this.#file = file;
    this.#source = source;
  }

  release(): void {
    this.#lines.release();
  }

  feed(chunk: Uint8Array): void {
    this.#lines.feed(chunk);
  }

  next(event: Event): boolean {
    for (;;) {
      if (this.#events !== undefined && this.#give(this.#events, event)) return true;
      this.#events = undefined;
      const alone = this.#alone[this.#aloneTaken];
      if (alone !== undefined) {
        this.#aloneTaken++;
        this.#take(alone, true);
        continue;
      }
      this.#alone = [];
      const line = this.#nextLine();
      if (line === undefined) return false;
      this.#take(line, false);
    }
  }

  complete(): boolean {
    if (this.#lines.hasRest) return (this.#unended = true);
    if (this.#open.length === 0) return false;
    this.#giveUp();
    return true;
  }

  finish(cutShort: boolean): void {
    if (cutShort)
      this.warnings.push(
        captureDiagnostic(
          'CAPTURE_TRUNCATED',
          'warning',
          'the compressed data end too early: the file is cut off; what comes before was read',
          { file: this.#file },
          'copy the file again',
        ),
      );
    if (this.#problems > MAX_TOLD)
      this.#warn(`${this.#problems - MAX_TOLD} more records are no events`, { file: this.#file });
    if (this.#found === 0 && this.#problems === 0)
      this.#warn(`there is no event of ${this.#source.name} in the file`, { file: this.#file });
  }

  #nextLine(): NumberedLine | undefined {
    let text = this.#lines.next();
    if (text === undefined && this.#unended && this.#lines.hasRest) text = this.#lines.rest();
    return text === undefined ? undefined : { text, number: this.#lines.number };
  }

  /** Takes a line: a record, or, unless it stands `alone`, a part of one. */
  #take(line: NumberedLine, alone: boolean): void {
    const { records } = this.#source;
    const text = line.number === 1 && line.text.startsWith('\xef\xbb\xbf') ? line.text.slice(3) : line.text;
    if (records.kind === 'lines') {
      this.#line = line.number;
      if (text !== '') this.#events = records.parse(text)[Symbol.iterator]();
    } else if (this.#open.length > 0) this.#gather(line);
    else if (/\S/.test(text)) this.#begin({ ...line, text }, alone);
  }

  /** Takes a line that begins a document. */
  #begin(line: NumberedLine, alone: boolean): void {
    try {
      this.#read(line.text, line.number);
    } catch (error) {
      if (!(error instanceof JsonTextError)) throw error;
      // What is left of a document that did not end begins none.
      if (error.cutOff && !alone) this.#gather(line);
      else {
        this.#refuse(line, error);
        this.#events = this.#source.salvage(line.text)[Symbol.iterator]();
      }
    }
  }

  /** Adds a line to the document that is open. */
  #gather(line: NumberedLine): void {
    this.#open.push(line);
    this.#openBytes += line.text.length;
    const state = this.#openBytes > MAX_DOCUMENT ? 'broken' : this.#end.take(line.text);
    if (state === 'open') return;
    if (state === 'broken') return this.#giveUp();
    const lines = this.#open;
    this.#close();
    try {
      this.#read(lines.map(({ text }) => text).join('\n'), lines[0]!.number);
    } catch (error) {
      if (!(error instanceof JsonTextError)) throw error;
      this.#takeAlone(lines);
    }
  }

  /** Takes the lines of a document that did not end for records of one line each. */
  #giveUp(): void {
    const lines = this.#open;
    this.#close();
    this.#takeAlone(lines);
  }

  #takeAlone(lines: readonly NumberedLine[]): void {
    this.#alone = lines;
    this.#aloneTaken = 0;
  }

  #close(): void {
    this.#open = [];
    this.#openBytes = 0;
    this.#end = new DocumentEnd();
  }

  #read(text: ByteString, line: number): void {
    const { records } = this.#source;
    if (records.kind !== 'json') return;
    this.#line = line;
    this.#events = records.parse(RawJson.parse(text))[Symbol.iterator]();
  }

  #give(events: Parsed, event: Event): boolean {
    for (;;) {
      const { value, done } = events.next();
      if (done === true) return false;
      if ('problem' in value) {
        this.#tell(value.problem, { file: this.#file, line: this.#line }, value.hint);
        continue;
      }
      this.#found++;
      event.carry(this.#source, value.time, value.data);
      return true;
    }
  }

  #refuse({ text, number }: NumberedLine, { message, at }: JsonTextError): void {
    this.#tell(`this is no JSON: ${message}`, {
      file: this.#file,
      line: number,
      column: columnAt(text, at),
      excerpt: text.length > LONGEST_EXCERPT ? '' : text,
    });
  }

  #tell(message: string, place: CapturePlace, hint?: string): void {
    this.#problems++;
    if (this.#problems <= MAX_TOLD) this.#warn(message, place, hint);
  }

  #warn(message: string, place: CapturePlace, hint?: string): void {
    this.warnings.push(captureDiagnostic('CAPTURE_RECORD', 'warning', message, place, hint));
  }
}
