import { dumpState, type Alert, type Event } from '../engine/index.ts';
import { GzipFile, ScapWriter } from '../replay/index.ts';
import type { FalcoConfig } from './config/falco-keys.ts';

/** What a rule says of captures. */
export interface CaptureRule {
  /** Whether its alerts start a capture. */
  readonly capture: boolean;
  /** Milliseconds that a capture goes on after an alert; 0 for `capture.default_duration`. */
  readonly captureDuration: number;
}

/** A capture that is being written. */
interface OpenCapture {
  readonly file: GzipFile;
  readonly writer: ScapWriter;
}

/** Names an alert of Falco about itself. */
const SIZE_LIMIT = 'Falco internal: capture size limit reached';

const MEGABYTE = 1024 * 1024;
const MILLISECOND = 1_000_000n;

/**
 * Writes captures where rules match, as do_inspect of Falco does (process_events.cpp): a capture begins at an alert of a rule that asks for
 * one, with the state of the machine; every event that rules see goes into it until the time of the latest alert is over, or the file is
 * as large as it may be. There is one capture at a time: further alerts make it longer.
 */
export class RuleCaptures {
  readonly #config: FalcoConfig['capture'];
  readonly #rules: readonly CaptureRule[];
  readonly #onSizeLimit: (alert: Alert) => void;
  #capture: OpenCapture | undefined = undefined;
  /** Set by every alert, whether it starts a capture or not, as in Falco. Nanoseconds since the epoch. */
  #deadline = 0n;
  readonly #maxSize: number;
  readonly #hostname: string;

  constructor(
    config: FalcoConfig['capture'],
    rules: readonly CaptureRule[],
    hostname: string,
    onSizeLimit: (alert: Alert) => void,
  ) {
    this.#config = config;
    this.#rules = rules;
    this.#hostname = hostname;
    this.#onSizeLimit = onSizeLimit;
    this.#maxSize = config.max_file_size_mb > 0 ? config.max_file_size_mb * MEGABYTE : Infinity;
  }

  /**
   * Takes an event that rules see, with the indexes of those that match it. Throws a `DiagnosticError` if a file cannot be written; it is
   * given up then.
   */
  take(event: Event, matches: readonly number[]): void {
    if (matches.length > 0) this.#matched(event, matches);
    const capture = this.#capture;
    if (capture === undefined) return;
    this.#attempt(capture, () => capture.writer.event(event, 0));
    if (event.time >= this.#deadline) this.end();
    else if (capture.file.size >= this.#maxSize) {
      this.end();
      this.#onSizeLimit(this.#sizeAlert(event, capture.file.size));
    }
  }

  /** Ends the capture that is being written, if there is one. Throws a `DiagnosticError` if its file cannot be written to the end. */
  end(): void {
    const capture = this.#capture;
    if (capture === undefined) return;
    this.#attempt(capture, () => {
      capture.writer.flush();
      capture.file.end();
    });
    this.#capture = undefined;
    this.#deadline = 0n;
  }

  /** Gives a capture up that cannot be written. */
  #attempt({ file }: OpenCapture, write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#capture = undefined;
      void file.abandon();
      throw error;
    }
  }

  #matched(event: Event, matches: readonly number[]): void {
    const { mode, default_duration: defaultDuration } = this.#config;
    let starts = mode === 'all_rules';
    for (const index of matches) {
      const { capture, captureDuration } = this.#rules[index]!;
      starts ||= capture;
      const duration = captureDuration > 0 ? captureDuration : defaultDuration;
      const deadline = event.time + BigInt(duration) * MILLISECOND;
      if (deadline > this.#deadline) this.#deadline = deadline;
    }
    if (starts && this.#capture === undefined) this.#begin(event);
  }

  #begin(event: Event): void {
    const file = new GzipFile(captureName(this.#config.path_prefix, event.time, event.num));
    const writer = new ScapWriter(file);
    this.#capture = { file, writer };
    this.#attempt(this.#capture, () => dumpState(event.machine!, event.time, writer));
  }

  /** Falco gives this alert the time at which it prints it; here, so that a replay gives the same every time, that of the event. */
  #sizeAlert(event: Event, size: number): Alert {
    const limit = this.#config.max_file_size_mb;
    return {
      rule: SIZE_LIMIT,
      priority: 'Informational',
      source: 'internal',
      time: event.time,
      hostname: this.#hostname,
      tags: [],
      message: `${SIZE_LIMIT}. Configured limit: ${limit} MB.`,
      fields: new Map([
        ['max_file_size_mb', limit],
        ['written_bytes', size],
      ]),
    };
  }
}

/** The name of the capture that begins at an event (generate_scap_file_path of Falco): numbers have 20 digits, so that names sort by time. */
export function captureName(prefix: string, time: bigint, num: number): string {
  return `${prefix}_${digits(time)}_${digits(num)}.scap`;
}

const digits = (number: bigint | number): string => String(number).padStart(20, '0');
