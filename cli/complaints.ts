import type { Diagnostic } from '../engine/index.ts';
import { tellOf } from './diagnostics.ts';
import type { ProgressBar } from './progress.ts';

/** What was wrong during a long job: told on standard error at once, in the place of the progress bar. */
export class Complaints {
  /** Whether something was an error, or is taken for one. */
  failed = false;
  readonly #bar: ProgressBar;
  readonly #fails: (diagnostic: Diagnostic) => boolean;

  /** @param fails Which diagnostics are failures; those of severity `error` unless told otherwise. */
  constructor(bar: ProgressBar, fails = ({ severity }: Diagnostic): boolean => severity === 'error') {
    this.#bar = bar;
    this.#fails = fails;
  }

  readonly tell = (diagnostic: Diagnostic): void => {
    this.#bar.clear();
    this.failed ||= this.#fails(diagnostic);
    tellOf(diagnostic);
  };
}
