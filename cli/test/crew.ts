import type { ReadProgress, RunTestFile } from '../../daemon/index.ts';
import { mergeCoverage, type Coverage } from '../../rules/index.ts';
import { prepareRunner, type TestSetup } from './setup.ts';
import { TestThreads } from './threads.ts';

/** Those who run test files: this thread, or several beside it. */
export interface Crew {
  /** Each runs one file at a time. */
  readonly runners: readonly RunTestFile[];
  /** What all files that were run show of the rules. */
  coverage(): Promise<Coverage>;
  end(): Promise<void>;
}

/** One job is done in this thread, more by as many threads beside it. `onProgress` tells how far a capture has been read in this thread. */
export function prepareCrew(
  jobs: number,
  setup: TestSetup,
  onProgress: (progress: ReadProgress) => void,
): Crew {
  if (jobs > 1) {
    const threads = new TestThreads(jobs, setup);
    return {
      runners: threads.runners,
      coverage: async () => mergeCoverage(await threads.coverage()),
      end: () => threads.end(),
    };
  }
  const { runner, coverage } = prepareRunner(setup, onProgress);
  return {
    runners: [(name, onlyMarked) => runner.run(name, onlyMarked)],
    coverage: () => Promise.resolve(coverage?.report() ?? mergeCoverage([])),
    end: () => Promise.resolve(),
  };
}
