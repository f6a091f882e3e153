/** The queue of a running daemon: how it is opened, and what it tells. */
import { DiagnosticError } from '../../engine/index.ts';
import {
  Queue,
  QueueError,
  type ConfiguredOutput,
  type Dropped,
  type QueueLimits,
} from '../../outputs/index.ts';
import type { RunConfig } from '../config/run-config.ts';

/** What the queue tells; it is opened before there is anybody to listen. */
export class QueueEvents {
  onDropped: (dropped: Dropped) => void = () => undefined;
  onFull: (error: QueueError) => void = () => undefined;
  onResumed: () => void = () => undefined;
  #onBroken: (error: QueueError) => void = () => undefined;
  readonly failed = new Promise<QueueError>((resolve) => (this.#onBroken = resolve));

  onFailed(error: QueueError): void {
    if (error.problem === 'no_space') this.onFull(error);
    else this.#onBroken(error);
  }
}

/**
 * Opens the queue of a configuration.
 *
 * @throws DiagnosticError that names the file of the configuration, if the queue cannot be opened.
 */
export async function openQueue(
  { own, path, outputs, file }: RunConfig,
  events: QueueEvents,
): Promise<Queue> {
  try {
    return await Queue.open(path(own.data_dir), {
      outputs: limitsOf(outputs),
      onDropped: (dropped) => events.onDropped(dropped),
      onFailed: (error) => events.onFailed(error),
      onResumed: () => events.onResumed(),
    });
  } catch (error) {
    if (!(error instanceof QueueError)) throw error;
    const { problem, message } = error;
    const hint = problem === 'no_space' ? 'make room, and start again' : error.hint;
    throw new DiagnosticError(
      {
        code: `QUEUE_${problem.toUpperCase()}`,
        severity: 'error',
        file,
        message,
        ...(hint !== undefined && { hint }),
      },
      { cause: error },
    );
  }
}

/** What each output lets wait, by its name. */
export const limitsOf = (outputs: readonly ConfiguredOutput[]): ReadonlyMap<string, QueueLimits> =>
  new Map(outputs.map(({ name, common }) => [name, common.queue]));
