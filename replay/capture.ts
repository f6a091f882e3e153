import type { Diagnostic, Event } from '../engine/index.ts';

/**
 * Events in the order in which they were recorded. Reading waits for bytes once per chunk, not once per event:
 *
 *     while (await capture.fill()) while (capture.next(event)) …
 *
 * Both calls throw a `DiagnosticError` at the place where reading cannot go on; every event before that place has been given. After an
 * error `fill` goes on with the next file, if there is one.
 */
export interface Capture {
  /** The file that is being read, as the user named it. */
  readonly file: string;
  /** Bytes taken from the files so far (compressed ones as they lie on disk). */
  readonly position: number;
  /** Bytes that there are in all; undefined if nobody knows, as for a pipe. */
  readonly size: number | undefined;
  /** What was doubtful so far. */
  readonly warnings: readonly Diagnostic[];
  /** Waits for more bytes; call it when `next` gave false. False at the end of the last file. */
  fill(): Promise<boolean>;
  /** Points `event` at the next event, which stays valid until the next call. False when there is none in the bytes at hand. */
  next(event: Event): boolean;
  /** Lets go of the file. */
  close(): Promise<void>;
}
