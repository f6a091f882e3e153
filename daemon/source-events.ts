import {
  byteString,
  Event,
  formatAlert,
  fromBytes,
  JsonTextError,
  Machine,
  makeAlert,
  RawJson,
  type AlertFormat,
  type ByteString,
  type Source,
  type SourceEvent,
  type SourceProblem,
} from '../engine/index.ts';
import { readAlert } from '../outputs/index.ts';
import type { RecordOutcome, RecordReader } from './inputs/index.ts';
import type { RunningRules } from './rules.ts';

/** What events of a source are asked, and how their alerts are written. */
export interface SourceEventsSetup {
  readonly rules: RunningRules;
  /** JSON. */
  readonly format: AlertFormat;
  /** What alerts have as host. */
  readonly hostname: ByteString;
  /** `open_params` of the plug-in. */
  readonly params?: string;
}

/** Asks rules about the events of a source as they come, in records of text. */
export class SourceEvents implements RecordReader {
  readonly #source: Source;
  readonly #setup: SourceEventsSetup;
  readonly #event = new Event();
  readonly #machine = new Machine();

  constructor(source: Source, setup: SourceEventsSetup) {
    this.#source = source;
    this.#setup = setup;
    this.#machine.host = setup.hostname;
  }

  get kind(): RecordReader['kind'] {
    return this.#source.records.kind;
  }

  *read(record: Buffer, origin: Parameters<RecordReader['read']>[1]): Generator<RecordOutcome> {
    const text = byteString(record, 0, record.length);
    try {
      for (const found of this.#parse(text)) yield 'problem' in found ? found : this.#ask(found, origin);
    } catch (error) {
      if (!(error instanceof JsonTextError)) throw error;
      yield { problem: `this is no JSON: ${error.message}, at byte ${error.at + 1}` };
      for (const found of this.#source.salvage(text)) yield this.#ask(found, origin);
    }
  }

  open(params: string | undefined, signal: AbortSignal): AsyncIterable<Uint8Array | string> | undefined {
    return this.#source.open?.(params ?? this.#setup.params ?? '', signal);
  }

  #parse(text: ByteString): Iterable<SourceEvent<unknown> | SourceProblem> {
    const { records } = this.#source;
    return records.kind === 'json' ? records.parse(RawJson.parse(text)) : records.parse(text);
  }

  #ask({ time, data }: SourceEvent<unknown>, origin: Parameters<RecordReader['read']>[1]): RecordOutcome {
    const { rules, format, hostname } = this.#setup;
    const event = this.#event;
    event.carry(this.#source, time, data);
    this.#machine.apply(event);
    const alerts = Array.from(rules.engine.match(event), (index) =>
      readAlert(fromBytes(formatAlert(makeAlert(rules.alerts[index]!, event, hostname), format)), origin),
    );
    return { alerts };
  }
}
