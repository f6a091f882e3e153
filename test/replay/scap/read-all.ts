import { DiagnosticError, Event, type Diagnostic, type StateSink } from '../../../engine/index.ts';
import { ScapReader, type CaptureReader } from '../../../replay/index.ts';
import { StateLog } from './state-log.ts';

/** An event in a form that can be compared. */
export interface SeenEvent {
  readonly symbol: string;
  readonly tid: number;
  readonly time: bigint;
  readonly cpu: number;
  readonly flags: number;
  /** The parameters as hexadecimal digits. */
  readonly params: readonly string[];
}

export interface Reading {
  readonly events: readonly SeenEvent[];
  readonly state: StateLog;
  readonly warnings: readonly Diagnostic[];
  readonly error: Diagnostic | undefined;
}

/** What is to be compared of an event. */
export function see(event: Event): SeenEvent {
  const params: string[] = [];
  for (let i = 0; i < event.paramCount; i++)
    params.push(Buffer.from(event.buffer(i), 'latin1').toString('hex'));
  return {
    symbol: event.info.symbol,
    tid: event.tid,
    time: event.time,
    cpu: event.cpu,
    flags: event.blockFlags,
    params,
  };
}

const scap = (sink: StateSink): CaptureReader => new ScapReader('test.scap', sink);

/** Reads a whole capture that is fed in chunks of the given sizes (the last one repeats). Errors other than diagnostics are thrown. */
export function readAll(
  capture: Uint8Array,
  sizes: readonly number[] = [capture.length],
  readerFor: (sink: StateSink) => CaptureReader = scap,
): Reading {
  const state = new StateLog();
  const reader = readerFor(state);
  const event = new Event();
  const events: SeenEvent[] = [];
  const reading = { events, state, warnings: reader.warnings, error: undefined };
  const take = (): void => {
    while (reader.next(event)) {
      events.push(see(event));
      state.calls.push('event');
    }
  };
  const room = new Uint8Array(Math.max(1, ...sizes));
  try {
    for (let at = 0, i = 0; at < capture.length; i++) {
      const size = Math.max(1, sizes[Math.min(i, sizes.length - 1)]!);
      reader.release();
      // The same room for all chunks, as sources have it; the reader may change them.
      room.fill(0xee).set(capture.subarray(at, at + size));
      reader.feed(room.subarray(0, Math.min(size, capture.length - at)));
      take();
      at += size;
    }
    reader.release();
    if (reader.complete?.() === true) take();
    reader.finish(false);
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return { ...reading, error: error.diagnostic };
  }
  return reading;
}
