import { SendError, type Failure } from '../output.ts';

/** What an error of a sender means. Those that it did not mean to throw count as faults of the destination: they are tried again, and an alert that causes them is found. */
export function failureOf(error: unknown, timedOut: boolean, timeout: number): Failure {
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
