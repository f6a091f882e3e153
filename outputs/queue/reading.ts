/** What is read from the queue, as it was last committed. */
import type { RoutedAlert } from '../alert.ts';
import type { RouteInfo } from '../output.ts';
import { END } from './moves.ts';
import {
  EMPTY_ACCOUNT,
  RecordError,
  type Account,
  type DeadRecord,
  type Table,
  type Tables,
} from './records.ts';

/** A delivery that is to be made. */
export interface PendingDelivery {
  /** Place in the queue; grows, with gaps. */
  readonly seq: number;
  readonly alert: RoutedAlert;
  readonly route: RouteInfo;
  /** Of the alert's JSON. */
  readonly bytes: number;
}

/** A delivery that was given up. */
export interface DeadLetter extends DeadRecord {
  readonly output: string;
  readonly seq: number;
  /** undefined if it cannot be read any more. */
  readonly alert: RoutedAlert | undefined;
}

/** Records that one transaction of a command moves. */
export const WINDOW = 500;

/** Pending deliveries after a seq, `limit` at most, and the seqs before the last of them whose alerts cannot be read. */
export function readPending(
  tables: Tables,
  output: string,
  after: number,
  limit: number,
): { readonly found: PendingDelivery[]; readonly damaged: number[] } {
  const { pending } = tables;
  const found: PendingDelivery[] = [];
  const damaged: number[] = [];
  for (const { key, value } of pending.db.getRange({ start: [output, after + 1], end: [output, END] })) {
    if (found.length >= limit) break;
    const seq = key[1];
    const alert = readAlertOf(tables, seq);
    if (alert === undefined) {
      damaged.push(seq);
      continue;
    }
    const { route, bytes } = pending.decode(value);
    found.push({ seq, alert, route, bytes });
  }
  return { found, damaged };
}

/** When the oldest pending alert was received. */
export function readOldest({ pending }: Tables, output: string): number | undefined {
  for (const { value } of pending.db.getRange({ start: [output, 0], end: [output, END], limit: 1 }))
    return pending.decode(value).received;
  return undefined;
}

/** The alert of a delivery or dead letter; undefined if it cannot be read. */
export function readAlertOf({ log }: Tables, seq: number): RoutedAlert | undefined {
  try {
    const bytes = log.db.get(seq);
    return bytes === undefined ? undefined : log.decode(bytes);
  } catch (error) {
    if (error instanceof RecordError) return undefined;
    throw error;
  }
}

/** A dead letter; undefined if there is none of this seq. Its alert is undefined if it cannot be read. */
export function readDeadLetter(tables: Tables, output: string, seq: number): DeadLetter | undefined {
  const bytes = tables.dead.db.get([output, seq]);
  if (bytes === undefined) return undefined;
  return { output, seq, ...tables.dead.decode(bytes), alert: readAlertOf(tables, seq) };
}

/** The seqs of an output's dead letters before `end`, some at a time: between two windows, others may write. */
export function* deadWindows({ dead }: Tables, output: string, end: number): Iterable<readonly number[]> {
  for (let after = 0; ;) {
    const keys = [...dead.db.getKeys({ start: [output, after + 1], end: [output, end], limit: WINDOW })];
    if (keys.length === 0) return;
    yield keys.map(([, seq]) => seq);
    after = keys.at(-1)![1];
  }
}

/** Seqs that are given from now on are not below this. */
export function readNextSeq({ meta }: Tables): number {
  return (readValue(meta, 'next') as number | undefined) ?? 1;
}

/** The books of an output; all zero if it never had an alert. */
export function readAccount({ accounts }: Tables, output: string): Account {
  return readValue(accounts, output) ?? EMPTY_ACCOUNT;
}

/** A value of a table; undefined if there is none. @throws RecordError if it is not what was written. */
export function readValue<V>({ db, decode }: Table<string, V>, key: string): V | undefined {
  const bytes = db.get(key);
  return bytes === undefined ? undefined : decode(bytes);
}
