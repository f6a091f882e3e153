import type { Diagnostic, Event, StateSink } from '../../engine/index.ts';
import { captureDiagnostic, captureError } from '../failure.ts';
import type { CaptureReader } from '../fed-capture.ts';
import { isInitialState } from '../initial-state.ts';
import { Lines } from '../jsonl/lines.ts';
import type { EventStore } from './event-store.ts';
import { STRACE_FLAGS } from './log-traits.ts';
import { StraceLog } from './log.ts';
import { Translator } from './translator.ts';

const HINT = `make the log with: strace ${STRACE_FLAGS} -o FILE COMMAND`;

/**
 * Reads a log of strace. Where processes come from, and what was there when it began, stands further down in a log: it is read whole before it gives its
 * first event, and its events are held in memory.
 */
export class StraceReader implements CaptureReader {
  readonly warnings: Diagnostic[] = [];
  readonly #file: string;
  readonly #sink: StateSink;
  readonly #snaplen: number | undefined;
  readonly #lines = new Lines();
  #log: StraceLog | undefined = new StraceLog();
  #events: EventStore | undefined = undefined;
  #stopped = false;
  /** Whether the events so far belong to the initial state. */
  #initial = false;

  /** `snaplen`: bytes of data in an event; 80 by default, as in Falco. */
  constructor(file: string, sink: StateSink, snaplen?: number) {
    this.#file = file;
    this.#sink = sink;
    this.#snaplen = snaplen;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  release(): void {
    this.#lines.release();
    if (this.#lines.tooLong) this.#fail(`line ${this.#lines.number + 1} is too long`);
  }

  feed(chunk: Uint8Array): void {
    this.#lines.feed(chunk);
  }

  next(event: Event): boolean {
    if (this.#events !== undefined) return this.#nextOf(this.#events, event);
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) this.#log!.add(line);
    return false;
  }

  #nextOf(events: EventStore, event: Event): boolean {
    if (!events.next(event)) return false;
    if (this.#initial && !isInitialState(event)) this.#start();
    return true;
  }

  #start(): void {
    this.#initial = false;
    this.#sink.started();
  }

  complete(): boolean {
    const log = this.#log;
    if (log === undefined) return false;
    this.#log = undefined;
    if (this.#lines.hasRest) log.add(this.#lines.rest());
    log.end();
    this.#check(log);
    const { state, events } = new Translator(log, this.#snaplen);
    this.#events = events;
    state.tell(this.#sink);
    this.#initial = true;
    return true;
  }

  finish(cutShort: boolean): void {
    this.#stopped = true;
    if (this.#initial) this.#start();
    if (cutShort)
      this.#warn(
        'CAPTURE_TRUNCATED',
        'the compressed data end too early: the log is cut off; what comes before was read',
        'copy the file again',
      );
  }

  #check({ entries, traits, strange, firstStrange }: StraceLog): void {
    const unsuitable = entries.length === 0 ? 'there is no call in it' : traits.unsuitable;
    if (unsuitable !== undefined)
      this.#fail(`this log of strace cannot be used: ${unsuitable}`, firstStrange);
    if (traits.missing.length > 0)
      this.#warn(
        'CAPTURE_STRACE',
        `the log does not tell everything: it lacks ${traits.missing.join(', ')}`,
        HINT,
      );
    if (strange > 0)
      this.#warn(
        'CAPTURE_LINE',
        strange === 1
          ? `line ${firstStrange} is none of strace's: it was left out`
          : `${strange} lines are none of strace's, the first of them line ${firstStrange}: they were left out`,
        'the output of the command stands among them? Have strace write to a file: -o FILE',
      );
  }

  #warn(code: 'CAPTURE_STRACE' | 'CAPTURE_LINE' | 'CAPTURE_TRUNCATED', message: string, hint: string): void {
    this.warnings.push(captureDiagnostic(code, 'warning', message, { file: this.#file }, hint));
  }

  #fail(message: string, line = 0): never {
    this.#stopped = true;
    throw captureError('CAPTURE_STRACE', message, { file: this.#file, ...(line > 0 && { line }) }, HINT);
  }
}
