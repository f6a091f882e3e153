/** What ends work that a signal interrupted, once everything that was begun is gone. */
export class Interrupted extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Does work that can be interrupted: a signal that would end the process aborts the work instead, with an `Interrupted` that the work throws when it has cleaned up. A second
 * signal ends the process as ever.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (signal: NodeJS.Signals) => {
    controller.abort(new Interrupted(signal));
    for (const name of SIGNALS) process.off(name, interrupt);
  };
  for (const name of SIGNALS) process.on(name, interrupt);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of SIGNALS) process.off(name, interrupt);
  }
}

/** A promise that is only ever rejected: when the signal is aborted, with its reason. */
export function whenAborted(signal: AbortSignal): Promise<never> {
  const aborted = new Promise<never>((_, reject) => {
    const fail = () => reject(signal.reason as Error);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
  // Whoever waits for it learns of it.
  aborted.catch(() => undefined);
  return aborted;
}
