import type { Event, StateSink } from '../engine/index.ts';

/**
 * Takes what a capture consists of, in the order in which a reader gives it: the state (`StateSink`), then its events; again for each
 * section of a capture that was concatenated. Nothing of an event is kept: it may be pointed elsewhere after the call.
 *
 * The calls only gather bytes; between chunks of the input, `drain` waits until they are taken.
 */
export interface CaptureWriter extends StateSink {
  /** Writes an event of the current schema as it is, with its cpu. `flags` of its block are those of the event, if not given. */
  event(event: Event, flags?: number): void;
  /** Waits until the file has taken what was written so far. Throws a `DiagnosticError` if it cannot. */
  drain(): Promise<void>;
  /** Ends the file. Throws a `DiagnosticError` if it cannot be written to its end. */
  close(): Promise<void>;
}
