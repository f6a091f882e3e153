/**
 * One process at a time works on a queue. The owner listens on a unix socket beside the data and has its name in the table `meta`: the kernel knows whether somebody listens, also across
 * containers that share a volume but not their process ids, and closes the socket of a process that was killed. Names change hands in LMDB's transactions, so that of two that come
 * at the same time one is refused.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { QueueError } from './errors.ts';
import type { Tables } from './records.ts';

interface OwnerRecord {
  readonly socket: string;
  readonly pid: number;
}

/** The claim of this process on a queue. */
export interface Ownership {
  release(): Promise<void>;
}

/** @throws QueueError `in_use` if another process has the queue. */
export async function takeOwnership(folder: string, tables: Tables): Promise<Ownership> {
  const mine: OwnerRecord = { socket: `owner-${randomBytes(6).toString('hex')}.sock`, pid: process.pid };
  const server = createServer((socket) => socket.destroy());
  await withShortPath(folder, mine.socket, async (path) => {
    server.listen(path);
    await once(server, 'listening');
  });
  server.unref();
  try {
    await claim(folder, tables, mine);
  } catch (error) {
    await closeServer(server, folder, mine.socket);
    throw error;
  }
  return {
    release: async () => {
      try {
        if (readOwner(tables)?.socket === mine.socket)
          tables.meta.db.transactionSync(() => void tables.meta.db.removeSync('owner'));
      } catch {
        // The disk fails. Nobody listens from now on, and that is what counts.
      }
      await closeServer(server, folder, mine.socket);
    },
  };
}

async function claim(folder: string, tables: Tables, mine: OwnerRecord): Promise<void> {
  for (;;) {
    const owner = readOwner(tables);
    if (owner !== undefined && (await listens(folder, owner.socket)))
      throw new QueueError(
        'in_use',
        `${folder} is in use by another process (pid ${owner.pid})`,
        'each tiercel run needs a data_dir of its own; stop the other one first',
      );
    const { db, encode } = tables.meta;
    const taken = db.transactionSync(() => {
      if (readOwner(tables)?.socket !== owner?.socket) return false;
      db.putSync('owner', encode(mine));
      return true;
    });
    if (!taken) continue;
    if (owner !== undefined) rmSync(join(folder, owner.socket), { force: true });
    return;
  }
}

function readOwner({ meta }: Tables): OwnerRecord | undefined {
  const bytes = meta.db.get('owner');
  return bytes === undefined ? undefined : (meta.decode(bytes) as OwnerRecord);
}

async function listens(folder: string, socket: string): Promise<boolean> {
  return withShortPath(folder, socket, async (path) => {
    const connection = connect(path);
    try {
      await once(connection, 'connect');
      return true;
    } catch {
      return false;
    } finally {
      connection.destroy();
    }
  });
}

/** Paths of sockets have 107 bytes at most; on Linux, a descriptor of the folder stands in for a longer one. */
async function withShortPath<T>(folder: string, name: string, use: (path: string) => Promise<T>): Promise<T> {
  const path = join(folder, name);
  if (Buffer.byteLength(path) <= 100 || process.platform !== 'linux') return use(path);
  const descriptor = openSync(folder, 'r');
  try {
    return await use(`/proc/self/fd/${descriptor}/${name}`);
  } finally {
    closeSync(descriptor);
  }
}

async function closeServer(server: Server, folder: string, socket: string): Promise<void> {
  server.close();
  await once(server, 'close');
  rmSync(join(folder, socket), { force: true });
}
