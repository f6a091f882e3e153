/** The queue of a `data_dir` for commands: looking at it is always possible; changing it goes through the process that runs on it, if one does. */
import * as http from 'node:http';
import { join } from 'node:path';
import { DiagnosticError } from '../engine/index.ts';
import { Queue, QueueError, type DeadSelection } from '../outputs/index.ts';
import { API_SOCKET } from './run/daemon.ts';

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
  const socket = join(folder, API_SOCKET);
  if (await answers(socket)) return change(remoteQueue(socket));
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

function remoteQueue(socket: string): QueueChanges {
  const post = async (path: string, body: unknown, key: string): Promise<number> => {
    const { status, text } = await request(socket, 'POST', path, JSON.stringify(body));
    const answer = JSON.parse(text) as Record<string, unknown>;
    if (status === 200) return answer[key] as number;
    throw new DiagnosticError({
      code: 'QUEUE_REFUSED',
      severity: 'error',
      message: `the running process says: ${String(answer['error'])}`,
    });
  };
  return {
    replay: (selection) => post('/queue/replay', selection, 'replayed'),
    dropDead: (selection) => post('/queue/drop', selection, 'dropped'),
    dropPending: (output) => post('/queue/drop', { output, pending: true }, 'dropped'),
  };
}

async function answers(socket: string): Promise<boolean> {
  try {
    return (await request(socket, 'GET', '/healthz')).status > 0;
  } catch {
    return false;
  }
}

function request(
  socketPath: string,
  method: string,
  path: string,
  body = '',
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const sent = http.request(
      { socketPath, method, path, headers: { 'content-length': Buffer.byteLength(body) } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

function diagnosticOf(error: unknown): unknown {
  if (!(error instanceof QueueError)) return error;
  const { problem, message, hint } = error;
  return new DiagnosticError(
    { code: `QUEUE_${problem.toUpperCase()}`, severity: 'error', message, ...(hint && { hint }) },
    { cause: error },
  );
}
