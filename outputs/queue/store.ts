import { existsSync, mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { checkFile } from './check-file.ts';
import { QueueError } from './errors.ts';
import { LAYOUT_VERSION, openTables, TABLE_NAMES, type Tables } from './records.ts';

/** An open LMDB environment with the tables of the queue. */
export interface Store {
  readonly folder: string;
  readonly root: RootDatabase<Buffer>;
  readonly tables: Tables;
}

const DATA_FILE = 'data.mdb';
const TRIAL_BYTES = 1 << 16;
const DAMAGED_HINT =
  'keep a copy of the folder, move it away, and start again with an empty one; if the file was cut short, a backup of it helps';

/**
 * Opens the environment in a folder, which is made if missing.
 *
 * Without `overlappingSync` a commit is LMDB's own: pages are written and flushed, then the page that points to them, and only then are they visible and the promise of the commit
 * resolves. With it, `db.flushed` would be what to wait for, and that promise never settles when a flush fails (lmdb 3.5.6, write.js: `flushResolvers`).
 * `eventTurnBatching` would wrap each of our batches into another one, whose promise nobody gets, so that its rejection cannot be handled.
 *
 * @throws QueueError `damaged`, `version`, `disk`, `no_space`.
 */
export async function openStore(folder: string, readOnly: boolean): Promise<Store> {
  const file = join(folder, DATA_FILE);
  if (readOnly && !existsSync(file))
    throw new QueueError(
      'damaged',
      `${folder} has no queue: ${DATA_FILE} is missing`,
      'is it the data_dir of tiercel run?',
    );
  let root: RootDatabase<Buffer> | undefined;
  try {
    if (!readOnly) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      tryToWrite(folder, file);
    }
    const wrong = checkFile(file);
    if (wrong !== undefined) throw new QueueError('damaged', `${file} is damaged: ${wrong}`, DAMAGED_HINT);
    root = open<Buffer, string>({
      path: folder,
      noSubdir: false,
      maxDbs: TABLE_NAMES.length,
      encoding: 'binary',
      overlappingSync: false,
      eventTurnBatching: false,
      readOnly,
    });
    const tables = openTables(root);
    checkVersion(folder, tables, readOnly);
    return { folder, root, tables };
  } catch (error) {
    await root?.close();
    if (error instanceof QueueError) throw error;
    if (/MDB_(?:CORRUPTED|INVALID|PAGE_NOTFOUND|VERSION_MISMATCH|BAD_)/.test((error as Error).message))
      throw new QueueError('damaged', `${file} is damaged: ${(error as Error).message}`, DAMAGED_HINT, {
        cause: error,
      });
    const { problem, message, hint } = diskError(folder, error);
    if (problem === 'no_space') throw new QueueError(problem, message, hint, { cause: error });
    throw new QueueError('disk', `${folder} cannot be opened: ${(error as Error).message}`, undefined, {
      cause: error,
    });
  }
}

/** lmdb takes the process down (SIGSEGV) when the first pages of a new file cannot be written, so this is tried without it. */
function tryToWrite(folder: string, file: string): void {
  const trial = join(folder, 'trial');
  try {
    writeFileSync(trial, Buffer.alloc(TRIAL_BYTES), { flush: true });
  } catch (error) {
    const failed = diskError(folder, error);
    // What a queue has can still be delivered when the disk is full.
    if (failed.problem !== 'no_space' || !existsSync(file) || statSync(file).size === 0) throw failed;
  } finally {
    rmSync(trial, { force: true });
  }
}

function checkVersion(folder: string, { meta }: Tables, readOnly: boolean): void {
  const bytes = meta.db.get('version');
  if (bytes === undefined) {
    if (!readOnly)
      meta.db.transactionSync(() => void meta.db.putSync('version', meta.encode(LAYOUT_VERSION)));
    return;
  }
  const version = meta.decode(bytes);
  if (version !== LAYOUT_VERSION)
    throw new QueueError(
      'version',
      `${folder} was written by another version of tiercel: its layout is ${String(version)}, this one knows ${LAYOUT_VERSION}`,
      'run the version that wrote it until its queue is empty, or the newer of the two',
    );
}

/** The error for what the disk did not do. LMDB says EIO where a write was cut short for lack of room, so the system is asked whether there is any. */
export function diskError(folder: string, cause: unknown): QueueError {
  const { message: text, code = '' } = cause as NodeJS.ErrnoException;
  // What follows are places in memory.
  const message = text.replace(/: Attempting to write page .*/, '');
  if (FULL_CODES.has(code) || FULL_TEXT.test(message) || freeBytes(folder) < 1 << 20)
    return fullError(folder, cause);
  return new QueueError('disk', `${folder} cannot be written: ${message}`, undefined, { cause });
}

const FULL_CODES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);
/** What the C library says for the same. */
const FULL_TEXT = /No space left on device|Disk quota exceeded/;

/** The error for a disk that has no room. */
export const fullError = (folder: string, cause?: unknown): QueueError =>
  new QueueError(
    'no_space',
    `the disk of ${folder} is full`,
    'make room: alerts are accepted again as soon as there is some',
    { cause },
  );

/** Bytes that are free on the disk of a folder; infinite if the system does not say. */
export function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}

/** Bytes that can be written: on the disk, and into pages of the file that nothing stands in any more. */
export function roomOf({ folder, root, tables }: Store): number {
  const whole = root.getStats() as unknown as RootStats;
  const used = [whole.root, whole.free, ...Object.values(tables).map(({ db }) => db.getStats() as TreeStats)];
  const pages = used.reduce(
    (sum, tree) => sum + tree.treeBranchPageCount + tree.treeLeafPageCount + tree.overflowPages,
    0,
  );
  return freeBytes(folder) + Math.max(0, whole.lastPageNumber + 1 - pages) * whole.pageSize;
}

interface TreeStats {
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}
interface RootStats {
  readonly lastPageNumber: number;
  readonly pageSize: number;
  readonly root: TreeStats;
  readonly free: TreeStats;
}
