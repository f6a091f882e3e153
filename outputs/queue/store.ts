import { existsSync, mkdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
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
    if (!readOnly) mkdirSync(folder, { recursive: true, mode: 0o700 });
    // While another process writes, its first pages and the file's length are not of the same moment.
    const wrong = readOnly ? undefined : checkFile(file);
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
    throw new QueueError('disk', `${folder} cannot be opened: ${(error as Error).message}`, undefined, {
      cause: error,
    });
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
export async function diskError(folder: string, cause: unknown): Promise<QueueError> {
  if (await isDiskFull(folder))
    return new QueueError('no_space', `the disk of ${folder} is full`, 'make room, and start again', {
      cause,
    });
  const { message } = cause as Error;
  return new QueueError('disk', `${folder} cannot be written: ${message}`, undefined, { cause });
}

async function isDiskFull(folder: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize < 1 << 20;
  } catch {
    return false;
  }
}
