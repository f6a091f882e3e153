import { pause, type Backoff } from './backoff.ts';
import type { HealthRecord } from './health.ts';
import type { InputContext } from './input.ts';

/** What is made again whenever it ends: a connection, a program. */
export interface Connecting {
  /** Resolves to why it ended. */
  readonly once: () => Promise<string>;
  /** What the log says then; the pause before the next one and the reason stand beside it. */
  readonly message: string;
  readonly backoff: Backoff;
  readonly health: HealthRecord;
  readonly log: InputContext['log'];
  readonly signal: AbortSignal;
}

/** Connects again and again, after pauses, until the signal comes. */
export async function keepConnecting({
  once,
  message,
  backoff,
  health,
  log,
  signal,
}: Connecting): Promise<void> {
  while (!signal.aborted) {
    const reason = await once();
    if (signal.aborted) return;
    health.state = 'connecting';
    health.failed(reason);
    const after = backoff.next();
    log.warn(message, { reason, after });
    await pause(after, signal);
  }
}
