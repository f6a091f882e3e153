/**
 * What the queue keeps: the tables of the LMDB environment, their keys, and their values.
 *
 * | table | key | value |
 * |---|---|---|
 * | `log` | seq | the alert, once, however many outputs wait for it |
 * | `refs` | seq | how many deliveries and dead letters need the alert, where that is more than one |
 * | `pending` | output, seq | a delivery that is to be made |
 * | `ranks` | output, rank, seq | the same, least important first; only of outputs that drop by priority |
 * | `dead` | output, seq | a delivery that was given up |
 * | `accounts` | output | sums over the above, and what was delivered and dropped ever since |
 * | `state`, `checkpoints` | a name | what stages and inputs keep |
 * | `meta` | a name | version of this layout, next seq, owner |
 */
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import type { Database, Key, RootDatabase } from 'lmdb';
import type { Priority } from '../../engine/index.ts';
import { readAlert, type RoutedAlert } from '../alert.ts';
import type { RouteInfo } from '../output.ts';

/** Version of the layout. A queue of an older version is brought up to date when it is opened; one of a newer version is refused. */
export const LAYOUT_VERSION = 1;

/** A delivery that is to be made. */
export interface PendingRecord {
  readonly route: RouteInfo;
  /** Bytes of the alert's JSON: what the delivery counts for in limits. */
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly received: number;
  readonly priority: Priority;
  /** Whether tiercel made the alert to tell about itself. */
  readonly internal: boolean;
}

/** Why a delivery was given up. */
export interface DeadReason {
  /** `expired`: older than the output's `max_age`; `damaged`: the alert could not be read from disk; else the reason of the last failure. */
  readonly reason: string;
  /** For people; without secrets. */
  readonly message: string;
  /** Calls that were made since the process started. */
  readonly attempts: number;
}

/** A delivery that was given up. */
export interface DeadRecord extends PendingRecord, DeadReason {
  /** Milliseconds since the epoch. */
  readonly buried: number;
}

/** Why alerts were dropped. `full`: the queue of the output was; `command`: someone said so; `dead_full`: too many dead letters. */
export type DropReason = 'full' | 'command' | 'dead_full';

/** The books of one output. What was accepted for it is always `pending + dead + delivered + dropped`. */
export interface Account {
  readonly accepted: number;
  readonly pending: number;
  readonly pendingBytes: number;
  readonly dead: number;
  readonly deadBytes: number;
  readonly delivered: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Whether `ranks` has its deliveries: all (`yes`), or new ones already and old ones soon (`soon`). */
  readonly ranked: 'no' | 'soon' | 'yes';
}

/** The books of an output that never had an alert. */
export const EMPTY_ACCOUNT: Account = {
  accepted: 0,
  pending: 0,
  pendingBytes: 0,
  dead: 0,
  deadBytes: 0,
  delivered: 0,
  dropped: { full: 0, command: 0, dead_full: 0 },
  ranked: 'no',
};

/** One table: values of one type under keys of one type. */
export interface Table<K extends Key, V> {
  readonly name: string;
  readonly db: Database<Buffer, K>;
  encode(value: V): Buffer;
  /** @throws RecordError if the bytes are not those that were written. */
  decode(bytes: Buffer): V;
}

/** A value on disk is not what was written. */
export class RecordError extends Error {}

/** All tables of a queue. Deliveries are at `[output, seq]`. */
export interface Tables {
  /** Alerts by seq, for as long as a delivery or a dead letter has them. */
  readonly log: Table<number, RoutedAlert>;
  /** How many outputs still need an alert, by seq, while they are several. */
  readonly refs: Table<number, number>;
  readonly pending: Table<[string, number], PendingRecord>;
  /** `[output, rank, seq]`: pending deliveries in order of priority (`Account.ranked`). */
  readonly ranks: Table<[string, number, number], true>;
  readonly dead: Table<[string, number], DeadRecord>;
  readonly accounts: Table<string, Account>;
  /** Values are serialised already (`serializeValue`). */
  readonly state: Table<string, Buffer>;
  readonly checkpoints: Table<string, Buffer>;
  /** `next`: the seq of the next alert; `owner`: the process that has the queue; the version of the layout. */
  readonly meta: Table<string, unknown>;
}

/** Their names, which are those on disk. */
export const TABLE_NAMES = [
  'log',
  'refs',
  'pending',
  'ranks',
  'dead',
  'accounts',
  'state',
  'checkpoints',
  'meta',
] as const satisfies readonly (keyof Tables)[];

/** Opens all tables; those that are missing are made unless the environment is read-only. */
export function openTables(root: RootDatabase<Buffer>): Tables {
  const table = <K extends Key, V>(
    name: keyof Tables,
    codec: Pick<Table<K, V>, 'encode' | 'decode'> = { encode: encodeJson, decode: decodeJson },
  ): Table<K, V> => ({
    name,
    db: root.openDB<Buffer, K>({ name, encoding: 'binary' }),
    ...codec,
  });
  return {
    log: table('log', { encode: encodeLog, decode: decodeLog }),
    refs: table('refs'),
    pending: table('pending'),
    ranks: table('ranks'),
    dead: table('dead'),
    accounts: table('accounts'),
    state: table('state', AS_IS),
    checkpoints: table('checkpoints', AS_IS),
    meta: table('meta'),
  };
}

function encodeJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function decodeJson<V>(bytes: Buffer): V {
  try {
    return JSON.parse(bytes.toString()) as V;
  } catch (error) {
    throw new RecordError('a record cannot be read', { cause: error });
  }
}

const AS_IS = { encode: (bytes: Buffer) => bytes, decode: (bytes: Buffer) => bytes };

/** What stages and inputs keep, whatever it is. @throws DataCloneError if it cannot be kept: a function, say. */
export const serializeValue = (value: unknown): Buffer => serialize(value);
/** The value that `serializeValue` was given. */
export const deserializeValue = (bytes: Buffer): unknown => deserialize(bytes);

/** LMDB has no checksums, so alerts bring one: CRC-32 of what follows, a line of JSON with what is ours, the alert's JSON. */
function encodeLog({ id, received, input, json }: RoutedAlert): Buffer {
  const text = `${JSON.stringify({ id, received, input })}\n${json}`;
  const bytes = Buffer.allocUnsafe(4 + Buffer.byteLength(text));
  bytes.write(text, 4);
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

function decodeLog(bytes: Buffer): RoutedAlert {
  if (bytes.length < 4 || crc32(bytes.subarray(4)) !== bytes.readUInt32LE(0))
    throw new RecordError('the checksum does not match');
  const text = bytes.toString('utf8', 4);
  const end = text.indexOf('\n');
  try {
    const ours = JSON.parse(text.slice(0, end)) as Pick<RoutedAlert, 'id' | 'received' | 'input'>;
    return readAlert(text.slice(end + 1), ours, Infinity);
  } catch (error) {
    throw new RecordError('what is kept is no alert', { cause: error });
  }
}
