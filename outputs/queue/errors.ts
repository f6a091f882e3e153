/** Why the queue does not take alerts, or cannot be opened. */
export type QueueProblem =
  /** The queue of an output has reached its limit, and its setting is `block`. */
  | 'full'
  /** The disk has no room left. */
  | 'no_space'
  /** The disk does not do what it is told. */
  | 'disk'
  /** Another process has the folder. */
  | 'in_use'
  /** What is on disk is no queue, or a part of one. */
  | 'damaged'
  /** A newer tiercel wrote it. */
  | 'version'
  /** It was closed. */
  | 'closed';

/** An error of the queue. `full` is an answer to one caller; `no_space` holds until there is room again, `disk` for good. */
export class QueueError extends Error {
  readonly problem: QueueProblem;
  /** How to mend it. */
  readonly hint: string | undefined;
  constructor(problem: QueueProblem, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'QueueError';
    this.problem = problem;
    this.hint = hint;
  }
}
