import type { RoutedAlert } from '../alert.ts';
import type { Draft } from './draft.ts';
import type { PendingDelivery } from './reading.ts';
import type { Account, PendingRecord } from './records.ts';

/** Deliveries of one output that are in memory at most, and bytes of their JSON. */
const MOST = 4096;
const MOST_BYTES = 8 << 20;

interface Entry {
  readonly alert: RoutedAlert;
  readonly record: PendingRecord;
}

interface Tail {
  /** In order of the queue. */
  readonly entries: Map<number, Entry>;
  /** All that is to be delivered from this seq on is here. */
  readonly from: number;
  bytes: number;
}

/**
 * The newest deliveries that are to be made, and the books, in memory as they are on disk: who keeps up with what comes reads nothing back. An output that does not keep up has nothing here
 * until it has read all that waits for it.
 */
export class Recent {
  /** The seq that is given next. */
  next: number;
  readonly #tails = new Map<string, Tail>();
  readonly #accounts = new Map<string, Account>();
  /** By output: the newest that was to be delivered. */
  readonly #newest = new Map<string, number>();

  /** @param next The seq that is given next. */
  constructor(next: number) {
    this.next = next;
  }

  /** Follows what was committed. */
  apply(draft: Draft): void {
    const { pending, log, accounts } = draft.tables;
    this.next = draft.next;
    for (const [output, account] of draft.changes(accounts)) this.#accounts.set(output, account!);
    for (const [[output, seq], record] of draft.changes(pending)) {
      if (record === undefined) this.#remove(output, seq);
      else this.#add(output, seq, { alert: draft.get(log, seq)!, record });
    }
  }

  /** Somebody has read from disk that nothing is to be delivered from this seq on: what comes then is kept. */
  follow(output: string, from: number): void {
    if (this.#tails.has(output) || (this.#newest.get(output) ?? 0) >= from) return;
    this.#tails.set(output, { entries: new Map(), from, bytes: 0 });
  }

  /** Undefined where the disk has to be asked. */
  pending(output: string, after: number, limit: number): PendingDelivery[] | undefined {
    const tail = this.#tails.get(output);
    if (tail === undefined || after + 1 < tail.from) return undefined;
    const found: PendingDelivery[] = [];
    for (const [seq, { alert, record }] of tail.entries) {
      if (found.length >= limit) break;
      if (seq > after) found.push({ seq, alert, route: record.route, bytes: record.bytes });
    }
    return found;
  }

  /** Undefined where the disk has to be asked. */
  isPending(output: string, seq: number): boolean | undefined {
    const tail = this.#tails.get(output);
    return tail === undefined || seq < tail.from ? undefined : tail.entries.has(seq);
  }

  account(output: string): Account | undefined {
    return this.#accounts.get(output);
  }

  record(output: string, seq: number): PendingRecord | undefined {
    return this.#tails.get(output)?.entries.get(seq)?.record;
  }

  #add(output: string, seq: number, entry: Entry): void {
    this.#newest.set(output, seq);
    const tail = this.#tails.get(output);
    if (tail === undefined) return;
    tail.entries.set(seq, entry);
    tail.bytes += entry.record.bytes;
    if (tail.entries.size > MOST || tail.bytes > MOST_BYTES) this.#tails.delete(output);
  }

  #remove(output: string, seq: number): void {
    const tail = this.#tails.get(output);
    const entry = tail?.entries.get(seq);
    if (entry === undefined) return;
    tail!.entries.delete(seq);
    tail!.bytes -= entry.record.bytes;
  }
}
