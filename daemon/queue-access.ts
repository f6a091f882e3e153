/** The queue of a `data_dir` for commands: looking at it is always possible; changing it goes through the process that runs on it, if one does. */
import { DiagnosticError } from '../engine/index.ts';
import { Queue, QueueError, type DeadSelection } from '../outputs/index.ts';
import { ApiClient } from './api-client.ts';

/** What commands may change. */
export interface QueueChanges {
  /** Puts dead letters back into the queue; resolves with how many. */
  replay(selection: DeadSelection): Promise<number>;
  /** Drops dead letters; resolves with how many. */
  dropDead(selection: DeadSelection): Promise<number>;
  /** Drops all that waits for an output; resolves with how many. */
  dropPending(output: string): Promise<number>;
}

/** Looks at a queue. Throws a `DiagnosticError` if there is none. */
export async function lookIntoQueue<T>(folder: string, look: (queue: Queue) => T | Promise<T>): Promise<T> {
  return withQueue(folder, true, look);
}

/** Changes a queue. Throws a `DiagnosticError` if that cannot be done. */
export async function changeQueue<T>(
  folder: string,
  change: (queue: QueueChanges) => Promise<T>,
): Promise<T> {
  const client = await ApiClient.at(folder);
  if (client !== undefined) return change(remoteQueue(client));
  // What is not there is not made.
  await withQueue(folder, true, () => undefined);
  return withQueue(folder, false, change);
}

async function withQueue<T>(
  folder: string,
  readOnly: boolean,
  use: (queue: Queue) => T | Promise<T>,
): Promise<T> {
  let queue: Queue;
  try {
    queue = await Queue.open(folder, { readOnly });
  } catch (error) {
    throw diagnosticOf(error);
  }
  try {
    return await use(queue);
  } catch (error) {
    throw diagnosticOf(error);
  } finally {
    await queue.close();
  }
}

function remoteQueue(client: ApiClient): QueueChanges {
  const post = async (path: string, body: unknown, key: string): Promise<number> =>
    ((await client.ask('POST', path, body)) as Readonly<Record<string, number>>)[key]!;
  return {
    replay: (selection) => post('/queue/replay', selection, 'replayed'),
    dropDead: (selection) => post('/queue/drop', selection, 'dropped'),
    dropPending: (output) => post('/queue/drop', { output, pending: true }, 'dropped'),
  };
}

function diagnosticOf(error: unknown): unknown {
  if (!(error instanceof QueueError)) return error;
  const { problem, message, hint } = error;
  return new DiagnosticError(
    { code: `QUEUE_${problem.toUpperCase()}`, severity: 'error', message, ...(hint && { hint }) },
    { cause: error },
  );
}
