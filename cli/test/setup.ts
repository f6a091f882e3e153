/** What the main thread and the threads beside it are set up with, so that all run cases in the same way. */
import { TestFileRunner, type CaseSelection, type ReadProgress } from '../../daemon/index.ts';
import { CoverageRecorder, globTest, regexTest } from '../../rules/index.ts';
import type { Layout } from '../columns.ts';
import { explainer, routesExplainer } from './explain.ts';

/** How cases are run, as plain data. */
export interface TestSetup {
  /** A regular expression for names of cases. */
  readonly name?: string;
  /** A glob for names of rules. */
  readonly rule?: string;
  readonly tag?: string;
  readonly explain: 'none' | 'fails' | 'full';
  readonly layout: Layout;
  readonly bail: boolean;
  readonly allowOnly: boolean;
  readonly coverage: boolean;
  readonly keepAlerts: boolean;
  /** falco.yaml or tiercel.yaml, for the plug-ins that it loads. */
  readonly config?: string;
}

/** What runs the files, and what counts their coverage. */
export interface PreparedRunner {
  readonly runner: TestFileRunner;
  readonly coverage: CoverageRecorder | undefined;
}

export function prepareRunner(
  setup: TestSetup,
  onProgress?: (progress: ReadProgress) => void,
): PreparedRunner {
  const { name, rule, tag, explain, layout, bail, allowOnly, keepAlerts, config } = setup;
  const select: CaseSelection = {
    ...(name !== undefined && { name: regexTest(name) }),
    ...(rule !== undefined && { rule: globTest(rule) }),
    ...(tag !== undefined && { tag }),
  };
  const coverage = setup.coverage ? new CoverageRecorder() : undefined;
  const runner = new TestFileRunner({
    select,
    bail,
    allowOnly,
    keepAlerts,
    ...(config !== undefined && { config }),
    ...(onProgress && { onProgress }),
    ...(coverage && { coverage }),
    ...(explain !== 'none' && {
      explain: explainer(layout, explain === 'full'),
      explainRoutes: routesExplainer(layout),
      explainAll: explain === 'full',
    }),
  });
  return { runner, coverage };
}
