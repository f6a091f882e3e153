import { Full, type AlertSink, type InputContext } from '../../../daemon/inputs/input.ts';
import type { RoutedAlert } from '../../../outputs/index.ts';

/** A sink that keeps what it is given; it can be made slow, full or broken. */
export class FakeSink implements AlertSink {
  readonly alerts: RoutedAlert[] = [];
  readonly batches: number[] = [];
  checkpoint: unknown;
  calls = 0;
  /** What the next calls come to; after them, everything is taken. */
  readonly answers: ('full' | 'failed' | Promise<void>)[] = [];
  #waiting: { count: number; resolve: () => void }[] = [];

  async accept(alerts: readonly RoutedAlert[], checkpoint?: unknown): Promise<void> {
    this.calls++;
    const answer = this.answers.shift();
    if (answer === 'full') throw new Full('the queue is full', 10);
    if (answer === 'failed') throw new Error('EIO: the disk is gone (token-of-the-disk)');
    await answer;
    this.alerts.push(...alerts);
    this.batches.push(alerts.length);
    if (checkpoint !== undefined) this.checkpoint = JSON.parse(JSON.stringify(checkpoint));
    for (const { count, resolve } of this.#waiting) if (this.alerts.length >= count) resolve();
  }

  /** Resolves when this many alerts were taken. */
  has(count: number): Promise<void> {
    if (this.alerts.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  get rules(): string[] {
    return this.alerts.map(({ rule }) => rule);
  }
}

/** A context with a log that is kept as text. */
export function fakeContext(more: Partial<InputContext> = {}): InputContext & { readonly told: string[] } {
  const told: string[] = [];
  const tell =
    (level: string) =>
    (message: string, details?: Readonly<Record<string, unknown>>): void =>
      void told.push(`${level} ${message} ${JSON.stringify(details ?? {})}`);
  return {
    name: 'in',
    log: { debug: tell('debug'), info: tell('info'), warn: tell('warn'), error: tell('error') },
    path: (path) => path,
    told,
    ...more,
  };
}

/** An alert as Falco prints it. */
export const falcoAlert = (rule: string | number, more: object = {}): string =>
  JSON.stringify({
    hostname: 'h',
    output: `12:34:56.123456789: Warning ${rule}`,
    output_fields: { 'evt.time': 1769862896123456, 'proc.name': 'sh' },
    priority: 'Warning',
    rule: String(rule),
    source: 'syscall',
    tags: ['a'],
    time: '2026-01-31T12:34:56.123456789Z',
    ...more,
  });

/** Resolves when a condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
