import { readFileSync } from 'node:fs';
import {
  byteString,
  DiagnosticError,
  Event,
  Machine,
  readAccounts,
  type Accounts,
  type BufferFormat,
  type ByteString,
  type Diagnostic,
  type EventCode,
  type Source,
} from '../engine/index.ts';
import { captureFiles as filesOf, openCapture, type CaptureFile } from '../replay/index.ts';
import { sourceFinder } from '../sources/index.ts';

/** What is done with the events of a capture. */
export interface CaptureReading {
  /** How the machine shows buffers. Default: `normal`. */
  readonly bufferFormat?: BufferFormat;
  /** The host that events of plug-ins name as theirs. Default: none. */
  readonly hostname?: ByteString;
  /** The sources that a file of JSON may be of that does not tell it. */
  readonly sources?: readonly Source[];
  /**
   * Tells the types of events that are wanted. Others may be left out where they change nothing: they are counted, and numbered, but not given.
   * Default: all.
   */
  readonly asks?: (code: EventCode) => boolean;
  /**
   * Takes each event once the machine has applied it; it is valid until the next. `visible` is false for events that libsinsp keeps from rules.
   * False ends the reading.
   */
  readonly onEvent: (event: Event, visible: boolean) => boolean;
  /** Called between chunks of the capture; what it returns is waited for. */
  readonly onProgress?: (progress: ReadProgress) => Promise<void> | void;
}

/** How far a reading has come. */
export interface ReadProgress {
  /** Bytes of the file that were read so far. */
  readonly bytes: number;
  /** Size of the file, if it has one. */
  readonly total: number | undefined;
  readonly events: number;
}

/** What a reading met. */
export interface ReadResult {
  /** Events that were read, those that rules do not see included. */
  readonly events: number;
  /** Warnings, and the error that ended the capture early, if one did. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads one capture: its events go through the state of a machine of its own. An error of the capture ends it and is in the result; all events
 * before it have been given.
 */
export async function readCapture(path: string, reading: CaptureReading): Promise<ReadResult> {
  const { bufferFormat = 'normal', hostname = '', sources, asks, onEvent, onProgress } = reading;
  const machine = newMachine();
  machine.host = hostname;
  machine.rendering.bufferFormat = bufferFormat;
  const { passing } = machine;
  if (asks) passing.allow(asks);
  const event = new Event();
  const diagnostics: Diagnostic[] = [];
  let given = 0;
  const capture = await openCapture(path, machine, { findSource: sourceFinder(sources) }).catch(
    (error: unknown) => {
      diagnostics.push(diagnosticOf(error));
    },
  );
  if (!capture) return { events: 0, diagnostics };
  try {
    reading: while (await capture.fill()) {
      while (capture.next(event)) {
        given++;
        if (!onEvent(event, machine.apply(event))) break reading;
      }
      await onProgress?.({ bytes: capture.position, total: capture.size, events: given + passing.passed });
    }
  } catch (error) {
    diagnostics.push(diagnosticOf(error));
  } finally {
    diagnostics.unshift(...capture.warnings);
    await capture.close();
  }
  return { events: given + passing.passed, diagnostics };
}

/** The files that paths stand for: captures, and files with events of a source. */
export const captureFiles = (paths: readonly string[]): Promise<CaptureFile[]> =>
  filesOf(paths, sourceFinder());

/** The size of all captures; undefined if that of one is not known. */
export function totalSize(captures: readonly CaptureFile[]): number | undefined {
  let total = 0;
  for (const { size } of captures) {
    if (size === undefined) return undefined;
    total += size;
  }
  return total;
}

/** A machine of which nothing is known yet but the accounts of this one. */
export function newMachine(): Machine {
  const machine = new Machine();
  machine.users.local = localAccounts();
  return machine;
}

/** The diagnostic of an error; other errors are thrown on. */
export function diagnosticOf(error: unknown): Diagnostic {
  if (error instanceof DiagnosticError) return error.diagnostic;
  throw error;
}

/** The accounts of this machine: where a capture does not name a user, Falco looks here. */
function localAccounts(): Accounts {
  return readAccounts(textOf('/etc/passwd'), textOf('/etc/group'));
}

function textOf(file: string): ByteString {
  try {
    const bytes = readFileSync(file);
    return byteString(bytes, 0, bytes.length);
  } catch {
    return '';
  }
}
