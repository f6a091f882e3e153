/** How much of the conditions of rules tests show. */
export { mergeCoverage } from './merge.ts';
export { CoverageRecorder } from './recorder.ts';
export { CoverageCounter, type CoverageCounts, type LeafCounts, type RuleCounts } from './counter.ts';
export {
  coverageOf,
  percentOf,
  reportCoverage,
  type Coverage,
  type LeafCoverage,
  type RuleCoverage,
} from './report.ts';
