/** How much of the conditions of rules tests show. */
export { mergeCoverage } from './merge.ts';
export { CoverageRecorder } from './recorder.ts';
export { coverageOf, percentOf, type Coverage, type LeafCoverage, type RuleCoverage } from './report.ts';
