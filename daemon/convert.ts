import {
  DiagnosticError,
  Event,
  Relevance,
  STATE_ONLY,
  StateTee,
  type Diagnostic,
  type FindSource,
} from '../engine/index.ts';
import { createCapture, openCapture, type Capture, type CaptureWriter } from '../replay/index.ts';
import type { Filter } from '../rules/index.ts';
import { sourceFinder } from '../sources/index.ts';
import { diagnosticOf, newMachine, type ReadProgress } from './capture.ts';
import { whenAborted } from './interrupt.ts';

/** What is converted, and into what. */
export interface ConvertJob {
  /** Files and directories; several become the sections of one capture. */
  readonly captures: readonly string[];
  /** A file, or `-` for standard output. */
  readonly output: string;
  /** One of `WRITE_FORMATS`. Default: by the name of the output. */
  readonly format?: string | undefined;
  /** Default: if the name of the output ends in `.gz`. */
  readonly gzip?: boolean | undefined;
  /** Which events are kept. Others stay, hidden from rules, as far as the kept ones need them. */
  readonly filter?: Filter | undefined;
  /** Bytes of data in an event that is made of a log of strace. Default: 80, as in Falco. */
  readonly snaplen?: number | undefined;
  /** Ends the conversion with its reason; then there is no output. */
  readonly signal?: AbortSignal | undefined;
  /** Called between chunks of the captures. */
  readonly onProgress?: (progress: ReadProgress) => void;
}

/** A conversion in numbers. */
export interface ConvertResult {
  /** Events that were read. */
  readonly events: number;
  /** Those that were written; `hidden` of them for the state only. */
  readonly written: number;
  readonly hidden: number;
  /** Whether there is an output: not if nothing could be read. */
  readonly created: boolean;
  /** Warnings and errors of the captures; what stands before their places was converted. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Converts captures, whole or filtered. An error of a capture ends it, and the next goes on. Throws a `DiagnosticError` if the output cannot be
 * written; then there is none.
 */
export async function convertCaptures(job: ConvertJob): Promise<ConvertResult> {
  const { writer, abandon } = await createCapture(job.output, job);
  try {
    const conversion =
      job.filter === undefined ? new WholeConversion(writer) : new FilteredConversion(writer, job.filter);
    const capture = await openCapture(job.captures, conversion.sink, { ...job, findSource: refuseLogs });
    const { events, diagnostics } = await run(capture, conversion, writer, job);
    const created = events > 0;
    if (created) await writer.close();
    else await abandon();
    return { events, written: conversion.written, hidden: conversion.hidden, created, diagnostics };
  } catch (error) {
    await abandon();
    throw error;
  }
}

/** What to do with a log that holds events of another source than system calls, as it cannot be converted. */
export const LOG_HINT =
  "it is read as it is by all other commands; tiercel show LOG CONDITION -p '%jevt.obj' > PART writes the events that a condition selects";

/** Tells of files that are no captures, but are read as such elsewhere. */
const refuseLogs: FindSource = async (start, file) => {
  const source = await sourceFinder()(start, file);
  if (source === undefined) return undefined;
  throw new DiagnosticError({
    code: 'CAPTURE_UNKNOWN_FORMAT',
    severity: 'error',
    message: `this is no capture of system calls, but a log of ${source.name}, which needs no conversion`,
    file,
    hint: LOG_HINT,
  });
};

async function run(
  capture: Capture,
  conversion: WholeConversion | FilteredConversion,
  writer: CaptureWriter,
  { onProgress, signal }: ConvertJob,
): Promise<{ events: number; diagnostics: Diagnostic[] }> {
  const errors: Diagnostic[] = [];
  const event = new Event();
  let events = 0;
  const aborted = signal === undefined ? [] : [whenAborted(signal)];
  /** False at the end of the last capture. */
  const fill = async (): Promise<boolean> => {
    for (;;)
      try {
        return await capture.fill();
      } catch (error) {
        errors.push(diagnosticOf(error));
      }
  };
  try {
    while (await Promise.race([fill(), ...aborted])) {
      try {
        while (capture.next(event)) {
          events++;
          conversion.take(event);
        }
      } catch (error) {
        errors.push(diagnosticOf(error));
      }
      await writer.drain();
      onProgress?.({ bytes: capture.position, total: capture.size, events });
    }
    return { events, diagnostics: [...capture.warnings, ...errors] };
  } finally {
    await capture.close();
  }
}

/** Everything as it is. */
class WholeConversion {
  readonly sink: CaptureWriter;
  written = 0;
  readonly hidden = 0;

  constructor(writer: CaptureWriter) {
    this.sink = writer;
  }

  take(event: Event): void {
    this.sink.event(event);
    this.written++;
  }
}

/**
 * Events that match, and those that matter to them: flagged so that readers apply them to the state and show them to nobody
 * (SCAP_DF_STATE_ONLY of libscap).
 */
class FilteredConversion {
  readonly sink: StateTee;
  written = 0;
  hidden = 0;
  readonly #writer: CaptureWriter;
  readonly #filter: Filter;
  readonly #relevance: Relevance;

  constructor(writer: CaptureWriter, filter: Filter) {
    const machine = newMachine();
    this.#writer = writer;
    this.#filter = filter;
    this.#relevance = new Relevance(machine);
    this.sink = new StateTee(machine, writer);
  }

  take(event: Event): void {
    const visible = this.#relevance.apply(event);
    if (visible && this.#filter.matches(event)) this.#writer.event(event);
    else if (!visible) {
      this.#writer.event(event);
      this.hidden++;
    } else if (this.#relevance.matters) {
      this.#writer.event(event, event.blockFlags | STATE_ONLY);
      this.hidden++;
    } else return;
    this.written++;
  }
}
