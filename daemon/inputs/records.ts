import type { RoutedAlert } from '../../outputs/index.ts';

/** What became of one event of a record, or what in it is no event. */
export type RecordOutcome =
  | {
      /** What the rules say of it. */
      readonly alerts: readonly RoutedAlert[];
    }
  | { readonly problem: string; readonly hint?: string };

/** Reads what comes to an input with `source`: records of that source, whose events rules are asked about. */
export interface RecordReader {
  /** Whether records are JSON documents or lines of text. */
  readonly kind: 'json' | 'lines';
  /** The events of a record, one after the other; a record is a line, or a JSON document. Never throws. */
  read(
    record: Buffer,
    origin: { readonly input: string; readonly received: number },
  ): Iterable<RecordOutcome>;
  /** Where records come from by themselves, for sources that have such a place. */
  open?(params: string | undefined, signal: AbortSignal): AsyncIterable<Uint8Array | string> | undefined;
}

/** Longest record: a list of events has many of them. */
export const MOST_RECORD_BYTES = 32 * 1024 * 1024;
