import type { WHEN_FULL } from '../output.ts';
import type { Draft } from './draft.ts';
import { QueueError } from './errors.ts';
import { dropDead, dropPending, END, TOP_RANK, type Accepted } from './moves.ts';
import type { Account, DropReason, PendingRecord } from './records.ts';

/** Limits of what waits for one output. (How old it may get is the deliverer's business.) */
export interface QueueLimits {
  /** Sum of the bytes of the alerts' JSON. One alert is always taken, however long. */
  readonly max_bytes: number;
  readonly when_full: (typeof WHEN_FULL)[number];
}

/** Alerts that were dropped in one commit, for one reason. */
export interface Dropped {
  readonly output: string;
  readonly reason: DropReason;
  readonly count: number;
  /** How many of them tiercel had made to tell about itself: of those nothing needs to be told. */
  readonly internal: number;
}

/** @throws QueueError `full` if an output that blocks would get more than it may have. */
export function refuseIfFull(
  draft: Draft,
  limits: ReadonlyMap<string, QueueLimits>,
  entries: readonly Accepted[],
): void {
  const wanted = new Map<string, number>();
  for (const { alert, deliveries } of entries)
    for (const { output } of deliveries)
      wanted.set(output, (wanted.get(output) ?? 0) + Buffer.byteLength(alert.json));
  for (const [output, bytes] of wanted) refuseIfOver(draft, limits, output, bytes);
}

/** The same for bytes of one output. */
export function refuseIfOver(
  draft: Draft,
  limits: ReadonlyMap<string, QueueLimits>,
  output: string,
  bytes: number,
): void {
  const limit = limits.get(output);
  if (limit === undefined || limit.when_full !== 'block') return;
  const { pendingBytes } = draft.account(output);
  if (pendingBytes === 0 || pendingBytes + bytes <= limit.max_bytes) return;
  throw new QueueError(
    'full',
    `the queue of the output ${output} is full: ${pendingBytes} bytes wait, max_bytes is ${limit.max_bytes}`,
    'is the destination down? queue.max_bytes and queue.when_full of the output say what happens then',
  );
}

/** Drops what is too much, where the setting is to drop. */
export function dropWhatIsOver(
  draft: Draft,
  limits: ReadonlyMap<string, QueueLimits>,
  maxDeadBytes: number,
): Dropped[] {
  const all: Dropped[] = [];
  for (const output of draft.changedOutputs()) {
    const limit = limits.get(output);
    if (limit !== undefined && limit.when_full !== 'block') {
      const over = () => {
        const { pendingBytes, pending, ranked } = draft.account(output);
        return pendingBytes > limit.max_bytes && pending > 1 && ready(limit, ranked);
      };
      if (over())
        all.push(
          dropWhile(over, leastWanted(draft, output), output, 'full', (seq) =>
            dropPending(draft, output, seq, 'full'),
          ),
        );
    }
    const deadOver = () => {
      const { deadBytes, dead } = draft.account(output);
      return deadBytes > maxDeadBytes && dead > 1;
    };
    if (deadOver())
      all.push(
        dropWhile(
          deadOver,
          seqs(draft.keys(draft.tables.dead, [output, 0], [output, END])),
          output,
          'dead_full',
          (seq) => dropDead(draft, output, seq, 'dead_full'),
        ),
      );
  }
  return all;
}

/** Until all that waits is in order of priority, nothing is dropped by it. */
function ready({ when_full }: QueueLimits, ranked: Account['ranked']): boolean {
  return when_full === 'drop_oldest' || ranked === 'yes';
}

function dropWhile(
  over: () => boolean,
  candidates: Iterable<number>,
  output: string,
  reason: DropReason,
  drop: (seq: number) => PendingRecord | undefined,
): Dropped {
  let count = 0;
  let internal = 0;
  for (const seq of candidates) {
    if (!over()) break;
    const record = drop(seq);
    if (record !== undefined) count++;
    if (record?.internal) internal++;
  }
  return { output, reason, count, internal };
}

/** The seqs of an output in the order in which its setting lets them go. */
function leastWanted(draft: Draft, output: string): Iterable<number> {
  const { pending, ranks } = draft.tables;
  return draft.account(output).ranked === 'yes'
    ? seqs(draft.keys(ranks, [output, 0, 0], [output, TOP_RANK, END]))
    : seqs(draft.keys(pending, [output, 0], [output, END]));
}

function* seqs(keys: Iterable<readonly [string, ...number[]]>): Iterable<number> {
  for (const key of keys) yield key.at(-1) as number;
}
