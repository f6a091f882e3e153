/** What can happen to deliveries, as parts of a draft: each keeps the tables and the books of the output in step. */
import { PRIORITIES } from '../../engine/index.ts';
import type { RoutedAlert } from '../alert.ts';
import type { RouteInfo } from '../output.ts';
import type { Draft } from './draft.ts';
import type { Account, DeadReason, DeadRecord, DropReason, PendingRecord } from './records.ts';

/** An alert and where it is to go. */
export interface Accepted {
  readonly alert: RoutedAlert;
  readonly deliveries: readonly { readonly output: string; readonly route: RouteInfo }[];
}

/** Seqs are below this. */
export const END = Number.MAX_SAFE_INTEGER;
/** Rank of the most important priority. */
export const TOP_RANK = PRIORITIES.length - 1;

/** Least important first. */
export function rankOf({ priority }: Pick<PendingRecord, 'priority'>): number {
  return TOP_RANK - PRIORITIES.indexOf(priority);
}

/** Puts an alert in, for all its outputs. */
export function append(draft: Draft, { alert, deliveries }: Accepted): void {
  const { received, json, priority, source } = alert;
  const record = {
    bytes: Buffer.byteLength(json),
    received,
    priority,
    internal: source === 'internal',
  };
  let rest = deliveries;
  while (rest.length > 0) {
    // Two routes may bring the same alert to the same output, in two forms: the second has a place of its own.
    const outputs = new Map(rest.toReversed().map((delivery) => [delivery.output, delivery]));
    const seq = draft.nextSeq();
    draft.put(draft.tables.log, seq, alert);
    if (outputs.size > 1) draft.put(draft.tables.refs, seq, outputs.size);
    for (const [output, { route }] of outputs)
      putPending(draft, output, seq, { route, ...record }, { accepted: 1 });
    rest = rest.filter((delivery) => outputs.get(delivery.output) !== delivery);
  }
}

/** Sums of the books that grow. */
type Growth = Partial<Record<'accepted' | 'delivered', number>>;

function putPending(
  draft: Draft,
  output: string,
  seq: number,
  record: PendingRecord,
  growth: Growth = {},
): void {
  draft.put(draft.tables.pending, [output, seq], record);
  if (bookPending(draft, output, 1, record.bytes, growth).ranked !== 'no')
    draft.put(draft.tables.ranks, [output, rankOf(record), seq], true);
}

function takePending(
  draft: Draft,
  output: string,
  seq: number,
  growth: Growth = {},
): PendingRecord | undefined {
  const record = draft.pending(output, seq);
  if (record === undefined) return undefined;
  draft.remove(draft.tables.pending, [output, seq]);
  if (bookPending(draft, output, -1, -record.bytes, growth).ranked !== 'no')
    draft.remove(draft.tables.ranks, [output, rankOf(record), seq]);
  return record;
}

function bookPending(
  draft: Draft,
  output: string,
  count: number,
  bytes: number,
  { accepted = 0, delivered = 0 }: Growth,
): Account {
  return draft.book(output, (account) => ({
    ...account,
    accepted: account.accepted + accepted,
    delivered: account.delivered + delivered,
    pending: account.pending + count,
    pendingBytes: account.pendingBytes + bytes,
  }));
}

function takeDead(draft: Draft, output: string, seq: number): DeadRecord | undefined {
  const record = draft.get(draft.tables.dead, [output, seq]);
  if (record === undefined) return undefined;
  draft.remove(draft.tables.dead, [output, seq]);
  draft.book(output, (account) => ({
    ...account,
    dead: account.dead - 1,
    deadBytes: account.deadBytes - record.bytes,
  }));
  return record;
}

/** One delivery or dead letter less needs the alert. */
function release(draft: Draft, seq: number): void {
  const { refs, log } = draft.tables;
  const count = draft.get(refs, seq) ?? 1;
  if (count > 2) draft.put(refs, seq, count - 1);
  else if (count === 2) draft.remove(refs, seq);
  else draft.remove(log, seq);
}

/** A delivery was made; false if there is none. */
export function settle(draft: Draft, output: string, seq: number): boolean {
  if (takePending(draft, output, seq, { delivered: 1 }) === undefined) return false;
  release(draft, seq);
  return true;
}

/** Gives a delivery up; false if there is none. */
export function bury(
  draft: Draft,
  output: string,
  seq: number,
  { reason, message, attempts }: DeadReason,
  buried: number,
): boolean {
  const record = takePending(draft, output, seq);
  if (record === undefined) return false;
  draft.put(draft.tables.dead, [output, seq], { ...record, reason, message, attempts, buried });
  draft.book(output, (account) => ({
    ...account,
    dead: account.dead + 1,
    deadBytes: account.deadBytes + record.bytes,
  }));
  return true;
}

/** Puts a dead letter back, at the end of the queue; false if there is none. @throws RecordError if its alert cannot be read. */
export function revive(draft: Draft, output: string, seq: number): boolean {
  const log = draft.get(draft.tables.log, seq);
  const record = log && takeDead(draft, output, seq);
  if (record === undefined) return false;
  release(draft, seq);
  const next = draft.nextSeq();
  draft.put(draft.tables.log, next, log!);
  const { route, bytes, received, priority, internal } = record;
  putPending(draft, output, next, { route, bytes, received, priority, internal });
  return true;
}

/** Drops a delivery; undefined if there is none. */
export function dropPending(
  draft: Draft,
  output: string,
  seq: number,
  reason: DropReason,
): PendingRecord | undefined {
  return dropped(draft, output, seq, reason, takePending(draft, output, seq));
}

/** Drops a dead letter; undefined if there is none. */
export function dropDead(
  draft: Draft,
  output: string,
  seq: number,
  reason: DropReason,
): DeadRecord | undefined {
  return dropped(draft, output, seq, reason, takeDead(draft, output, seq));
}

function dropped<R extends PendingRecord>(
  draft: Draft,
  output: string,
  seq: number,
  reason: DropReason,
  record: R | undefined,
): R | undefined {
  if (record === undefined) return undefined;
  release(draft, seq);
  draft.book(output, (account) => ({
    ...account,
    dropped: { ...account.dropped, [reason]: account.dropped[reason] + 1 },
  }));
  return record;
}
