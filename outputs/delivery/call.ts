import { SendError, type Delivery, type Failure, type OutputLog, type Sender } from '../output.ts';
import type { Clock } from './clock.ts';

/** Milliseconds that a sender gets to end by itself once it was told to. */
const GRACE = 1000;

/** Why calls are aborted. */
export const STOPPING = new DOMException('tiercel stops', 'AbortError');
const TIMEOUT = new DOMException('the time is up', 'TimeoutError');

/** What came of a call: undefined if all was delivered. */
export type CallOutcome = Failure | 'stopping' | undefined;

/** Calls a sender once. It has `timeout` milliseconds, and some grace, whatever it does; abort with `STOPPING` to end it earlier. */
export async function callSender(
  sender: Sender,
  batch: readonly Delivery[],
  {
    controller,
    log,
    clock,
    timeout,
  }: {
    readonly controller: AbortController;
    readonly log: OutputLog;
    readonly clock: Clock;
    readonly timeout: number;
  },
): Promise<CallOutcome> {
  const { signal } = controller;
  const cancelTimeout = clock.after(timeout, () => controller.abort(TIMEOUT));
  let cancelGrace: (() => void) | undefined;
  const overdue = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      cancelGrace = clock.after(GRACE, () => reject(signal.reason as Error));
    });
  });
  try {
    await Promise.race([sender.send(batch, { signal, log }), overdue]);
    return undefined;
  } catch (error) {
    if (signal.reason === STOPPING) return 'stopping';
    return failureOf(error, signal.reason === TIMEOUT, timeout);
  } finally {
    cancelTimeout();
    cancelGrace?.();
  }
}

/** What an error of a sender means. Those that it did not mean to throw count as faults of the destination: they are tried again, and an alert that causes them is found. */
function failureOf(error: unknown, timedOut: boolean, timeout: number): Failure {
  if (timedOut) return { retry: true, reason: 'timeout', message: `no answer within ${timeout} ms` };
  if (error instanceof SendError) return error.failure;
  const { message, code } = error as NodeJS.ErrnoException;
  const reason = code !== undefined && NETWORK_CODES.has(code) ? 'network' : 'server';
  return { retry: true, reason, message: message ?? String(error) };
}

const NETWORK_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
]);
